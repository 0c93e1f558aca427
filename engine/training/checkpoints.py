"""The state of a training run in one file, from which it goes on exactly, and the weights that are used of it."""

from pathlib import Path
from pickle import UnpicklingError

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from ..errors import EngineError
from ..files import replacing
from ..vqvae import VQVAE
from .config import TrainingConfig

NAME, BEST = "checkpoint.pt", "best.pt"


def save(
    folder: Path, model: nn.Module, optimizer: torch.optim.Optimizer, average: AveragedModel | None, step: int
) -> None:
    """Write the state after `step` steps."""
    state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step}
    if average is not None:
        state["average"] = average.state_dict()
    with replacing(folder / NAME) as partial:
        torch.save(state, partial)


def resume(folder: Path, model: nn.Module, optimizer: torch.optim.Optimizer, average: AveragedModel | None) -> int:
    """Load the state in `folder`, if there is one; return how many steps were done.

    Raises EngineError if it is damaged, or that of a network of other sizes.
    """
    if not (folder / NAME).exists():
        return 0
    saved = _load(folder / NAME)
    fill(model, saved["model"], folder)
    optimizer.load_state_dict(saved["optimizer"])
    if average is not None:
        if "average" in saved:
            average.load_state_dict(saved["average"])
        else:  # the average begins where the run was without one
            average.update_parameters(model)
    return saved["step"]


def keep_if_best(folder: Path, model: nn.Module, step: int, fid: float) -> None:
    """Write the weights of `model` if no FID was lower so far: as published, that is what a run ends with."""
    if not (folder / BEST).exists() or fid < _load(folder / BEST)["fid"]:
        with replacing(folder / BEST) as partial:
            torch.save({"model": model.state_dict(), "step": step, "fid": fid}, partial)


def trained_vqvae(config: TrainingConfig) -> VQVAE:
    """The VQ-VAE of a run, in evaluation mode. Raises EngineError if it has not been trained."""
    model = VQVAE(config.vqvae)
    folder = config.folder / "vqvae"
    fill(model, trained_weights(folder, "VQ-VAE"), folder)
    return model.eval().requires_grad_(False)


def trained_weights(folder: Path, network: str) -> dict[str, Tensor]:
    """The weights that a run ended with: those of the best FID if it was scored, else the running average if it kept
    one, else the last.

    Raises EngineError, naming the network and the command that trains it, if there are none.
    """
    if not (folder / NAME).exists():
        command = f"python -m engine train {folder.name} CONFIG"
        raise EngineError(f"{folder / NAME} is missing: train the {network} first ({command}).")
    saved = _load(folder / (BEST if (folder / BEST).exists() else NAME))
    if "average" not in saved:
        return saved["model"]
    prefix = "module."
    return {n.removeprefix(prefix): tensor for n, tensor in saved["average"].items() if n.startswith(prefix)}


def fill(model: nn.Module, weights: dict[str, Tensor], folder: Path) -> None:
    """Load the weights that a run keeps in `folder`. Raises EngineError if they are those of another network."""
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise EngineError(
            f"{folder} holds a network of other sizes than the configuration asks for: give the run another name, or"
            " remove that folder to begin anew."
        ) from error


def _load(path: Path) -> dict:
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, ValueError, EOFError, OSError, UnpicklingError) as error:
        raise EngineError(f"{path} is damaged. Remove it to begin anew.") from error
