"""A tiny model of Inter-X's layout with random weights: people who stand about upright and tremble, fingers too."""

from pathlib import Path

import torch

from engine.checkpoint import Model, ModelConfig, save_model
from engine.sampling import SamplingSettings
from engine.text import MINILM, MINILM_READ_WIDTH
from engine.transformer import MaskedTransformer, TransformerConfig
from engine.vqvae import VQVAE, VQVAEConfig

UPRIGHT = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)  # the first two rows of the identity


def write(folder: Path) -> Path:
    """Write the model's directory."""
    torch.manual_seed(0)
    sizes = VQVAEConfig("interx", codes=64, code_width=16, width=16)
    vqvae = VQVAE(sizes)
    vqvae.quantiser.start(torch.randn(sizes.codes, sizes.code_width))
    last = vqvae.decoder.head[-1]
    with torch.no_grad():
        last.bias.copy_(torch.tensor(UPRIGHT))
    config = ModelConfig(
        name="toy-interx",
        positions="world",
        text_encoder=MINILM,
        min_frames=24,
        max_frames=150,
        vqvae=sizes,
        transformer=TransformerConfig(
            codes=64, code_width=16, width=24, layers=1, heads=2, feed_forward=32, text_width=MINILM_READ_WIDTH
        ),
        sampling=SamplingSettings(steps=4),
    )
    save_model(Model(config, vqvae, MaskedTransformer(config.transformer), None), folder)
    return folder
