"""Our model directory: config.json and two safetensors files, checked on loading, and nothing that runs code.

    config.json               ModelConfig: format version, sizes of both networks, text encoder, lengths
    vqvae.safetensors         the VQ-VAE's tensors, and mean and std (262,) of the rows it was trained on
    transformer.safetensors   the masked transformer's tensors
    vocabulary.json, .npy     what the model knows (vocabulary.py); may be missing
    README.md                 the model card

Floating tensors may be stored in half precision; they are float32 once loaded.
"""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from .errors import EngineError
from .features import WIDTH, Normaliser
from .sampling import SamplingSettings
from .transformer import MaskedTransformer, TransformerConfig
from .vqvae import VQVAE, VQVAEConfig

FORMAT = 1
STATISTICS = ("mean", "std")


@dataclass(frozen=True)
class ModelConfig:
    """What a model is. `positions` is "world" or "pelvis" (features.relative_to_pelvis); lengths are in frames.

    `sampling` is what the model does best with, and the default of whoever uses it.
    """

    name: str
    positions: str
    text_encoder: str
    min_frames: int
    max_frames: int
    vqvae: VQVAEConfig
    transformer: TransformerConfig
    sampling: SamplingSettings = SamplingSettings()
    fps: float = 30.0
    format: int = FORMAT


@dataclass(frozen=True)
class Model:
    """Both networks in evaluation mode, and the scale of their rows."""

    config: ModelConfig
    vqvae: VQVAE
    transformer: MaskedTransformer
    normaliser: Normaliser


def save_model(model: Model, folder: Path) -> None:
    """Write a model directory, tensors in half precision."""
    folder.mkdir(parents=True, exist_ok=True)
    halves = {name: t.half().contiguous() for name, t in model.vqvae.weights().items()}
    # The statistics scale everything else: they stay exact.
    exact = {name: torch.from_numpy(getattr(model.normaliser, name)) for name in STATISTICS}
    save_file(halves | exact, folder / "vqvae.safetensors")
    halves = {name: t.half().contiguous() for name, t in model.transformer.state_dict().items()}
    save_file(halves, folder / "transformer.safetensors")
    (folder / "config.json").write_text(json.dumps(asdict(model.config), indent=2) + "\n", "utf-8")


def load_model(folder: str | Path, device: torch.device | str = "cpu") -> Model:
    """Read a model directory. Raises EngineError with a sentence that names the file at fault."""
    folder = Path(folder)
    config = _load_config(folder / "config.json")
    path = folder / "vqvae.safetensors"
    tensors = _load_tensors(path)
    for name in STATISTICS:
        if name not in tensors or tensors[name].shape != (WIDTH,):
            raise EngineError(f"{path} lacks the statistics '{name}' of {WIDTH} numbers. Get the model again.")
    scale = Normaliser(*(tensors.pop(name).numpy() for name in STATISTICS), config.positions)
    vqvae = VQVAE(config.vqvae)
    _check(vqvae.weights(), tensors, path)
    vqvae.load_weights(tensors)
    path = folder / "transformer.safetensors"
    transformer = MaskedTransformer(config.transformer)
    tensors = _load_tensors(path)
    _check(transformer.state_dict(), tensors, path)
    transformer.load_state_dict(tensors)
    networks = [network.to(device).eval().requires_grad_(False) for network in (vqvae, transformer)]
    return Model(config, *networks, scale)


def _load_config(path: Path) -> ModelConfig:
    if not path.exists():
        raise EngineError(f"There is no model in {path.parent}: {path.name} is missing.")
    try:
        table = json.loads(path.read_text("utf-8"))
        version = table.get("format")
        if version == FORMAT:
            table["vqvae"] = VQVAEConfig(**table["vqvae"])
            table["transformer"] = TransformerConfig(**table["transformer"])
            table["sampling"] = SamplingSettings(**table["sampling"])
            return ModelConfig(**table)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        known = ", ".join(field.name for field in fields(ModelConfig))
        raise EngineError(f"{path} is not a model configuration ({error}; known entries: {known}).") from error
    raise EngineError(f"{path} has format {version}, this version reads format {FORMAT}: update one of the two.")


def _load_tensors(path: Path) -> dict[str, Tensor]:
    try:
        tensors = {name: tensor.float() for name, tensor in load_file(path).items()}
    except FileNotFoundError as error:
        raise EngineError(f"{path} is missing. Get the model again.") from error
    except (SafetensorError, OSError) as error:
        raise EngineError(f"{path} is damaged or cut short ({error}). Get the model again.") from error
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise EngineError(f"{path} is damaged: '{name}' holds numbers that are not finite. Get the model again.")
    return tensors


def _check(expected: dict[str, Tensor], found: dict[str, Tensor], path: Path) -> None:
    """Same names, same shapes."""
    for name in sorted(expected.keys() | found.keys()):
        if name not in found:
            raise EngineError(f"{path} does not fit its config.json: the tensor '{name}' is missing.")
        if name not in expected:
            raise EngineError(f"{path} does not fit its config.json: it holds an unknown tensor '{name}'.")
        if expected[name].shape != found[name].shape:
            shapes = f"{tuple(found[name].shape)} instead of {tuple(expected[name].shape)}"
            raise EngineError(f"{path} does not fit its config.json: '{name}' has shape {shapes}.")
