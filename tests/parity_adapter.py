"""The engine as functions on numpy arrays, for comparing it with recordings of the published networks."""
import numpy as np
import torch
from torch import Tensor

from engine import published
from engine.vqvae import VQVAE


def tensors(weights: dict[str, np.ndarray]) -> dict[str, Tensor]:
    return {name: torch.from_numpy(array) for name, array in weights.items()}


def build_vqvae(dataset: str, weights: dict[str, np.ndarray]) -> VQVAE:
    """A VQ-VAE from tensors under their published names."""
    state = tensors(weights)
    config = published.vqvae_config(state)
    assert config.layout == dataset
    model = VQVAE(config).eval()
    model.load_weights(published.vqvae_state(state))
    return model


@torch.inference_mode()
def vqvae_encode(model: VQVAE, motion: np.ndarray) -> np.ndarray:
    """One clip at a time, as recorded."""
    return model.encode(torch.from_numpy(motion)).numpy()


@torch.inference_mode()
def vqvae_decode(model: VQVAE, ids: np.ndarray) -> np.ndarray:
    return model.decode(torch.from_numpy(ids)).numpy()
