"""Our model directory: config.json and two safetensors files, checked on loading, and nothing that runs code.

    config.json               ModelConfig: format version, sizes of both networks, text encoder, lengths
    vqvae.safetensors         the VQ-VAE's tensors, and mean and std (262,) of the rows it was trained on (not Inter-X)
    transformer.safetensors   the masked transformer's tensors
    planner.safetensors       the planner's, if the model has one
    vocabulary.json, .npy     what the model knows (vocabulary.py); may be missing
    README.md                 the model card

Floating tensors may be stored in half precision; they are float32 once loaded. Those stored in float32 are mapped from
their file, not copied.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from .errors import EngineError
from .features import WIDTH
from .normaliser import Normaliser
from .planner import Planner, PlannerConfig
from .sampling import SamplingSettings
from .transformer import MaskedTransformer, TransformerConfig
from .unfilled import Unfilled
from .vqvae import VQVAE, VQVAEConfig

FORMAT = 1
STATISTICS = ("mean", "std")
NETWORKS = ("transformer", "planner")


@dataclass(frozen=True)
class ModelConfig:
    """What a model is. `positions` are as normaliser.py has them; lengths are in frames.

    `vqvae.layout` says what its rows are: "interhuman" or "interx".
    `sampling` is what the model does best with, and the default of whoever uses it.
    """

    name: str
    positions: str
    text_encoder: str
    min_frames: int
    max_frames: int
    vqvae: VQVAEConfig
    transformer: TransformerConfig
    planner: PlannerConfig | None = None
    sampling: SamplingSettings = SamplingSettings()
    fps: float = 30.0
    format: int = FORMAT


@dataclass(frozen=True)
class Model:
    """The networks in evaluation mode, and the scale of their rows; Inter-X's rows are not scaled: None.

    planner: of a model whose transformer follows plans.
    """

    config: ModelConfig
    vqvae: VQVAE
    transformer: MaskedTransformer
    normaliser: Normaliser | None
    planner: Planner | None = None


def save_model(model: Model, folder: Path) -> None:
    """Write a model directory, tensors in half precision."""
    folder.mkdir(parents=True, exist_ok=True)
    halves = {name: t.half().contiguous() for name, t in model.vqvae.weights().items()}
    # The statistics scale everything else: they stay exact.
    scale = model.normaliser
    exact = {name: torch.from_numpy(getattr(scale, name)) for name in STATISTICS} if scale else {}
    save_file(halves | exact, folder / "vqvae.safetensors")
    for name in NETWORKS:
        network = getattr(model, name)
        if network is not None:
            tensors = network.state_dict().items()
            halves = {tensor: (t.half() if t.is_floating_point() else t).contiguous() for tensor, t in tensors}
            save_file(halves, folder / f"{name}.safetensors")
    save_config(model.config, folder)


def save_config(config: ModelConfig, folder: Path) -> None:
    """Write a model directory's config.json."""
    (folder / "config.json").write_text(json.dumps(asdict(config), indent=2) + "\n", "utf-8")


def load_config(folder: Path) -> ModelConfig:
    """Read a model directory's config.json. Raises EngineError."""
    path = folder / "config.json"
    if not path.exists():
        raise EngineError(f"There is no model in {folder}: {path.name} is missing.")
    try:
        table = json.loads(path.read_text("utf-8"))
        version = table.get("format")
        if version == FORMAT:
            table["vqvae"] = VQVAEConfig(**table["vqvae"])
            reads = tuple(table["transformer"].get("reads", ()))
            table["transformer"] = TransformerConfig(**table["transformer"] | {"reads": reads})
            if table.get("planner"):
                table["planner"] = PlannerConfig(**table["planner"] | {"reads": tuple(table["planner"]["reads"])})
            table["sampling"] = SamplingSettings(**table["sampling"])
            return ModelConfig(**table)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        known = ", ".join(field.name for field in fields(ModelConfig))
        raise EngineError(f"{path} is not a model configuration ({error}; known entries: {known}).") from error
    raise EngineError(f"{path} has format {version}, this version reads format {FORMAT}: update one of the two.")


def load_model(folder: str | Path, device: torch.device | str = "cpu") -> Model:
    """Read a model directory. Raises EngineError with a sentence that names the file at fault."""
    folder = Path(folder)
    config = load_config(folder)
    with Unfilled():
        vqvae, transformer = VQVAE(config.vqvae), MaskedTransformer(config.transformer)
        planner = Planner(config.planner) if config.planner else None
    path = folder / "vqvae.safetensors"
    tensors = _load_tensors(path)
    scale = _take_scale(tensors, config, path)
    _check(vqvae.weights(), tensors, path)
    vqvae.load_weights(tensors)
    for name, network in zip(NETWORKS, (transformer, planner), strict=True):
        if network is not None:
            path = folder / f"{name}.safetensors"
            tensors = _load_tensors(path)
            _check(network.state_dict(), tensors, path)
            network.load_state_dict(tensors, assign=True)
    vqvae, transformer, planner = (
        network and network.to(device).eval().requires_grad_(False) for network in (vqvae, transformer, planner)
    )
    return Model(config, vqvae, transformer, scale, planner)


def check_finite(tensors: Mapping[str, Tensor], path: Path) -> None:
    """Raise EngineError if a file's tensors hold anything but numbers."""
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise EngineError(f"{path} is damaged: '{name}' holds numbers that are not finite. Get the model again.")


def _take_scale(tensors: dict[str, Tensor], config: ModelConfig, path: Path) -> Normaliser | None:
    """The statistics, taken out of the VQ-VAE's file."""
    if config.vqvae.layout == "interx":
        return None
    for name in STATISTICS:
        if name not in tensors or tensors[name].shape != (WIDTH,):
            raise EngineError(f"{path} lacks the statistics '{name}' of {WIDTH} numbers. Get the model again.")
    return Normaliser(*(tensors.pop(name).numpy() for name in STATISTICS), config.positions)


def _load_tensors(path: Path) -> dict[str, Tensor]:
    try:
        check_finite(load_file(path), path)  # mapped for this alone: the memory it took is free again
        return {name: t.float() if t.is_floating_point() else t for name, t in load_file(path).items()}
    except FileNotFoundError as error:
        raise EngineError(f"{path} is missing. Get the model again.") from error
    except (SafetensorError, OSError) as error:
        raise EngineError(f"{path} is damaged or cut short ({error}). Get the model again.") from error


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
