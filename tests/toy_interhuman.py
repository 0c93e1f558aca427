"""A tiny model of InterHuman's layout and a tiny evaluator, both with random weights."""

from pathlib import Path

import torch

from engine.checkpoint import Model, ModelConfig, save_model
from engine.evaluation.interclip import Evaluator, EvaluatorConfig, save_evaluator
from engine.normaliser import Normaliser
from engine.sampling import SamplingSettings
from engine.text import MINILM, MINILM_READ_WIDTH
from engine.transformer import MaskedTransformer, TransformerConfig
from engine.vqvae import VQVAE, VQVAEConfig


def write_model(folder: Path, normaliser: Normaliser) -> Path:
    """Write the model's directory; its rows are scaled as those of the data."""
    torch.manual_seed(0)
    vqvae = VQVAE(VQVAEConfig("interhuman", codes=64, code_width=16, width=16))
    vqvae.quantiser.start(torch.randn(64, 16))
    sizes = TransformerConfig(
        codes=64, code_width=16, width=24, layers=1, heads=2, feed_forward=32, text_width=MINILM_READ_WIDTH
    )
    config = ModelConfig(
        "toy", "world", MINILM, 15, 300, vqvae.config, sizes, sampling=SamplingSettings(steps=4)
    )  # fmt: skip
    save_model(Model(config, vqvae, MaskedTransformer(sizes), normaliser), folder)
    return folder


def write_evaluator(folder: Path) -> Path:
    """Write the evaluator's folder."""
    torch.manual_seed(0)
    sizes = EvaluatorConfig(width=16, layers=1, heads=2, feed_forward=16, latent=8, sentence_width=384)
    save_evaluator(Evaluator(sizes), MINILM, folder)
    return folder
