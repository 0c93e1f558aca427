"""The training loop both networks share: schedule, precision, checkpoints, curves, progress.

Every random choice of step n comes from seed and n alone, so a run that was killed and started again goes on as if
nothing had happened.
"""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from ..files import replacing
from .config import Schedule


def train(
    model: nn.Module,
    schedule: Schedule,
    losses_of_step: Callable[[int], dict[str, Tensor]],
    weights: dict[str, float],
    folder: Path,
    betas: tuple[float, float] = (0.9, 0.99),
    evaluate: Callable[[], dict[str, float]] | None = None,
) -> None:
    """Train `model` to the end of `schedule`, going on from the checkpoint in `folder` if there is one.

    losses_of_step(step): named losses of one batch; those in `weights` are weighted and summed, the rest only shown.
    evaluate(): figures on held-out data, shown with every checkpoint.
    """
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=schedule.learning_rate, betas=betas, weight_decay=schedule.weight_decay
    )
    folder.mkdir(parents=True, exist_ok=True)
    start = _resume(model, optimizer, folder / "checkpoint.pt")
    writer = SummaryWriter(folder, purge_step=start)
    bar = tqdm(range(start, schedule.steps), initial=start, total=schedule.steps, desc=folder.name, mininterval=1.0)
    for step in bar:
        torch.manual_seed(schedule.seed * 1_000_003 + step)
        for group in optimizer.param_groups:
            group["lr"] = schedule.rate(step)
        model.train()
        losses = losses_of_step(step)
        total = sum(weights[name] * value for name, value in losses.items() if name in weights)
        optimizer.zero_grad(set_to_none=True)
        total.backward()
        if schedule.clip:
            nn.utils.clip_grad_norm_(model.parameters(), schedule.clip)
        optimizer.step()
        done = step + 1
        if done % schedule.log_every == 0:
            figures = {name: float(value.detach()) for name, value in losses.items()}
            bar.set_postfix({name: f"{value:.4g}" for name, value in figures.items()}, refresh=False)
            _log(writer, figures, done)
        if done % schedule.save_every == 0 or done == schedule.steps:
            if evaluate:
                model.eval()
                with torch.no_grad():
                    figures = evaluate()
                _log(writer, figures, done)
                bar.write(f"step {done}: " + ", ".join(f"{name} {value:.4g}" for name, value in figures.items()))
            _save(model, optimizer, done, folder / "checkpoint.pt")
    writer.close()


def autocast(device: torch.device) -> torch.autocast:
    """bf16 where it is the faster kind: CUDA, and CPUs with bf16 instructions."""
    return torch.autocast(device.type, dtype=torch.bfloat16)


def _log(writer: SummaryWriter, figures: dict[str, float], step: int) -> None:
    for name, value in figures.items():
        writer.add_scalar(name, value, step)
    writer.flush()


def _resume(model: nn.Module, optimizer: torch.optim.Optimizer, path: Path) -> int:
    if not path.exists():
        return 0
    saved = torch.load(path, map_location="cpu", weights_only=True)
    model.load_state_dict(saved["model"])
    optimizer.load_state_dict(saved["optimizer"])
    return saved["step"]


def _save(model: nn.Module, optimizer: torch.optim.Optimizer, step: int, path: Path) -> None:
    with replacing(path) as partial:
        torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step}, partial)
