"""Full-size weights in the published layout, made from a seed: under the names and shapes of the published files."""

import zlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch

from engine import published
from engine.transformer import MaskedTransformer
from engine.vqvae import VQVAE, VQVAEConfig

SEED = 7


def seeded(shapes: Iterable[tuple[str, tuple[int, ...]]]) -> dict[str, np.ndarray]:
    """Weights that depend on a tensor's published name, its shape and the seed only, as used for the recordings."""
    weights = {}
    for name, shape in shapes:
        random = np.random.default_rng(zlib.crc32(f"{SEED}/{name}".encode()))
        values = random.standard_normal(shape, dtype=np.float32)
        if ".adaLN_mod" in name and name.endswith("weight"):
            values *= np.float32(0.2 / np.sqrt(shape[1]))
        elif len(shape) > 1 and name != "token_emb.weight":
            values /= np.float32(np.sqrt(np.prod(shape[1:])))
        elif len(shape) == 1 and name.endswith("weight"):
            values = 1 + np.float32(0.1) * values
        elif len(shape) == 1:
            values *= np.float32(0.02)
        weights[name] = values
    return weights


def published_shapes(state: dict[str, torch.Tensor], names) -> list[tuple[str, tuple[int, ...]]]:
    return [(published.published_name(ours, names), tuple(tensor.shape)) for ours, tensor in state.items()]


def clip_shapes(width: int = 768) -> list[tuple[str, tuple[int, ...]]]:
    """CLIP's text tower as OpenAI names it."""
    shapes = [("token_embedding.weight", (49408, width)), ("positional_embedding", (77, width))]
    norms = ["ln_final"] + [f"transformer.resblocks.{n}.ln_{i}" for n in range(12) for i in (1, 2)]
    for norm in norms:
        shapes += [(f"{norm}.weight", (width,)), (f"{norm}.bias", (width,))]
    linears = {"attn.in_proj_": (3, 1), "attn.out_proj.": (1, 1), "mlp.c_fc.": (4, 1), "mlp.c_proj.": (1, 4)}
    for number in range(12):
        for linear, (rows, columns) in linears.items():
            name = f"transformer.resblocks.{number}.{linear}"
            shapes += [(f"{name}weight", (rows * width, columns * width)), (f"{name}bias", (rows * width,))]
    return shapes


def vqvae_weights(layout: str) -> dict[str, np.ndarray]:
    """A VQ-VAE of "interhuman" or "interx"."""
    with torch.device("meta"):
        state = VQVAE(VQVAEConfig(layout)).weights()
    return seeded(published_shapes(state, published.VQVAE_NAMES[layout]))


def transformer_weights() -> dict[str, np.ndarray]:
    """The masked transformer of either data set."""
    with torch.device("meta"):
        state = MaskedTransformer(published.TRANSFORMER_CONFIG).state_dict()
    return seeded(published_shapes(state, published.TRANSFORMER_NAMES))


def write_hollow_release(folder: Path) -> None:
    """Checkpoints of both data sets in the published layout, of the right shapes, but of one number for each tensor."""
    with torch.device("meta"):
        vqvaes = {layout: VQVAE(VQVAEConfig(layout)).weights() for layout in ("interhuman", "interx")}
        transformer = MaskedTransformer(published.TRANSFORMER_CONFIG).state_dict()
    for layout, state in vqvaes.items():
        parts = {"vq": {"vq_model": _hollow(state, published.VQVAE_NAMES[layout])}}
        parts["trans"] = {"t2m_transformer": _hollow(transformer, published.TRANSFORMER_NAMES)}
        for name, content in parts.items():
            (folder / layout / name).mkdir(parents=True)
            torch.save(content | {"ep": 3, "fid": np.float64(5.15)}, folder / layout / name / "best_fid.tar")
            options = f"---- Options ----\ndataset_name: {layout}\nlatent_dim: 384\nname: {name}\n---- End ----\n"
            (folder / layout / name / "opt.txt").write_text(options)
    for name, value in (("mean", 0.0), ("std", 1.0)):
        np.save(folder / f"global_{name}.npy", np.full(262, value))


def _hollow(state: dict[str, torch.Tensor], names) -> dict[str, torch.Tensor]:
    return {name: torch.zeros(1).expand(shape) for name, shape in published_shapes(state, names)}
