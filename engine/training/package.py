"""From a finished run to a model directory."""
from pathlib import Path

import torch

from ..checkpoint import Model, ModelConfig, save_model
from ..datasets.prepared import training_clips
from ..errors import EngineError
from ..transformer import MaskedTransformer
from .config import TrainingConfig
from .transformer import trained_vqvae
from .vqvae import normaliser


def package(config: TrainingConfig, folder: Path) -> None:
    """Write both networks of a run to `folder`. Raises EngineError if one of them has not been trained."""
    path = config.folder / "transformer" / "checkpoint.pt"
    vqvae = trained_vqvae(config)
    if not path.exists():
        raise EngineError(f"{path} is missing: first run python -m engine train transformer CONFIG.")
    transformer = MaskedTransformer(config.transformer)
    transformer.load_state_dict(torch.load(path, map_location="cpu", weights_only=True)["model"])
    clips = training_clips(config.data, config.folder / "data")
    scale = normaliser(clips, config.positions, config.folder / "statistics.npz")
    names = {"name": config.name, "positions": config.positions, "text_encoder": config.text_encoder}
    lengths = {"min_frames": config.data.min_frames, "max_frames": config.data.max_frames}
    parts = {"vqvae": config.vqvae, "transformer": config.transformer, "sampling": config.sampling}
    model_config = ModelConfig(**names, **lengths, **parts)
    save_model(Model(model_config, vqvae, transformer, scale), folder)
