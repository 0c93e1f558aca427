"""The device that the networks work on."""

import torch

from .errors import EngineError


def chosen_device(name: str) -> torch.device:
    """The device called "cpu", "cuda" (or "cuda:1"), "mps"; "auto" takes CUDA, else MPS, else the CPU.

    Raises EngineError for one that this PyTorch can't use.
    """
    usable = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return torch.device(next(kind for kind, there in usable.items() if there))
    if not usable.get(name.partition(":")[0]):
        raise EngineError(f'PyTorch has no device "{name}" on this computer: choose "auto" or "cpu".')
    return torch.device(name)
