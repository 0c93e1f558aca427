"""The training loop all networks share: schedule, precision, processes, checkpoints, curves, progress.

Every random choice of step n comes from seed and n alone, so a run that was killed and started again goes on as if
nothing had happened. A batch is divided among the processes, and each one's share into parts that are worked on one
after the other. Losses are divided by counts over the whole batch and gradients are summed, so the division does not
show. Nothing waits for other processes inside a pass: so all of them can agree to begin a step again, in smaller parts,
when one ran out of memory.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator, InitProcessGroupKwargs
from accelerate.utils.memory import clear_device_cache
from torch import Tensor, nn
from torch.optim import AdamW
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from ..batches import is_out_of_memory
from ..errors import EngineError
from . import checkpoints
from .batches import Part, Share, read_ahead
from .config import Schedule
from .muon import MuonAndAdamW
from .task import Task

BETAS = (0.9, 0.99)
PATIENCE = timedelta(hours=6)  # for the main process, which prepares data and scores while the others wait


def processes(device: str, precision: str) -> Accelerator:
    """This process among those that `accelerate launch` started, or alone; device "cpu" or "auto" for the best.

    precision: "bf16" or "fp32". Raises EngineError if the GPU can't work with it; a CPU that can't takes fp32.
    """
    patience = InitProcessGroupKwargs(timeout=PATIENCE)
    on_cpu = device == "cpu" or not torch.accelerator.is_available()
    emulated = on_cpu and "AVX512" not in torch.backends.cpu.get_cpu_capability()  # 30 times as slow as fp32
    mixed = "bf16" if precision == "bf16" and not emulated else "no"
    try:
        return Accelerator(cpu=device == "cpu", mixed_precision=mixed, kwargs_handlers=[patience])
    except ValueError as error:
        raise EngineError(f"This device can't train in {precision} ({error}): set precision to fp32.") from error


def train(task: Task, schedule: Schedule, folder: Path, accelerator: Accelerator) -> None:
    """Train to the end of the schedule, going on from the checkpoint in `folder` if there is one.

    Raises EngineError if a batch can't be divided among the processes, if not even one sample fits into the memory, or
    if the losses are no numbers any more.
    """
    trainer = Trainer(task, schedule, accelerator)
    folder.mkdir(parents=True, exist_ok=True)
    start = checkpoints.resume(folder, task.model, trainer.optimizer, trainer.average)
    main = accelerator.is_main_process
    writer = SummaryWriter(folder, purge_step=start + 1) if main else None  # a killed run was ahead of its checkpoint
    share = Share(accelerator.process_index, accelerator.num_processes)
    share.of(schedule.batch)  # refused before anything is read
    pinned = accelerator.device.type == "cuda"
    batches = read_ahead(task.batches, range(start, schedule.steps), share, schedule.readers, pinned)
    bar = tqdm(batches, folder.name, schedule.steps, initial=start, mininterval=1.0, unit="step", disable=not main)
    for step, (values, first, whole) in enumerate(bar, start):
        figures = trainer.step(Part(values, first, whole, schedule.seed, step))
        done = step + 1
        saved = done % schedule.save_every == 0 or done == schedule.steps
        if saved or done % schedule.log_every == 0:
            figures = _numbers(figures, done)
            bar.set_postfix({name: f"{value:.4g}" for name, value in figures.items()}, refresh=False)
            _log(writer, figures, done)
        if main and saved:
            figures = trainer.evaluate()
            _log(writer, figures, done)
            bar.write(f"step {done}: " + ", ".join(f"{name} {value:.4g}" for name, value in figures.items()))
            checkpoints.save(folder, task.model, trainer.optimizer, trainer.average, done)
        if main and task.score and schedule.score_every and done % schedule.score_every == 0:
            figures, pictures = trainer.score()
            _log(writer, figures, done)
            for name, picture in pictures.items():
                writer.add_image(name, picture, done, dataformats="HWC")
            if "FID" in figures:
                checkpoints.keep_if_best(folder, trainer.packaged, done, figures["FID"])
    if writer:
        writer.close()
    accelerator.wait_for_everyone()


class Trainer:
    """One network's optimiser and its steps."""

    def __init__(self, task: Task, schedule: Schedule, accelerator: Accelerator):
        self.task, self.schedule, self.accelerator = task, schedule, accelerator
        self.parameters = [weights for weights in task.model.parameters() if weights.requires_grad]
        settings = {"lr": schedule.learning_rate, "betas": BETAS, "weight_decay": schedule.weight_decay}
        muon = schedule.optimizer == "muon"
        self.optimizer = MuonAndAdamW(task.model, **settings) if muon else AdamW(self.parameters, **settings)
        averaging = get_ema_multi_avg_fn(schedule.average)
        self.average = AveragedModel(task.model, multi_avg_fn=averaging) if schedule.average else None
        self.pieces = schedule.accumulation

    def step(self, share: Part) -> dict[str, Tensor]:
        """Learn from this process' share of a batch; losses and figures of the whole batch."""
        self.task.model.train()
        while (done := self._gradients(share)) is None:
            self._halve(share)
        names, losses, total = done
        if self.accelerator.num_processes > 1:
            self._sum_gradients()
            losses = self._sum(losses)
            total = None if total is None else self._sum(total)
        for group in self.optimizer.param_groups:
            group["lr"] = self.schedule.rate(share.step)
        if self.schedule.clip:
            nn.utils.clip_grad_norm_(self.parameters, self.schedule.clip)
        self.optimizer.step()
        figures = self.task.finish(total)
        if self.average:
            self.average.update_parameters(self.task.model)
        return dict(zip(names, losses, strict=True)) | figures

    @torch.no_grad()
    def evaluate(self) -> dict[str, float]:
        """Figures on held-out data."""
        return self.task.evaluate(self.packaged)

    @torch.no_grad()
    def score(self) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """Figures that take longer, and pictures."""
        return self.task.score(self.packaged)

    @property
    def packaged(self) -> nn.Module:
        """The network as it is used: the average if one is kept."""
        model = self.average.module if self.average else self.task.model
        return model.eval()

    def _gradients(self, share: Part) -> tuple[list[str], Tensor, Tensor | None] | None:
        """Fill the gradients of this share: names, values (of the share), and the task's sums. None: out of memory."""
        self.optimizer.zero_grad(set_to_none=True)
        parts = share.split(self.pieces)
        prepared = self._if_it_fits(lambda: [_seeded(part, self.task.prepare) for part in parts])
        if prepared is None:
            return None
        inputs, counts = zip(*prepared, strict=True)
        names = list(counts[0])
        own = torch.stack([self._vector(count[name] for name in names) for count in counts])
        shares = own / self._sum(own.sum(dim=0)).clamp(min=1)
        self.task.begin(inputs)
        passes = self._if_it_fits(lambda: self._passes(parts, inputs, names, shares))
        return passes and (names, *passes)

    def _passes(self, parts: list[Part], inputs: tuple, names: list[str], shares: Tensor) -> tuple:
        """Forward and backward through all parts: sums of the shares of the losses, and of what the task sums."""
        weights = self._vector(self.task.weights.get(name, 0.0) for name in names)
        losses, total = torch.zeros_like(weights), None
        for part, prepared, share in zip(parts, inputs, shares, strict=True):
            values, sums = _seeded(part, lambda part, prepared=prepared: self.task.losses(prepared))
            own = self._vector(values[name] for name in names) * share
            (own * weights).sum().backward()
            losses += own.detach()
            total = sums if total is None else total + sums
        return losses, total

    def _if_it_fits(self, work: Callable[[], Any]) -> Any:
        """What `work` gives; None on all processes if one of them ran out of memory."""
        try:
            result, full = work(), False
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            result, full = None, True
        if self.accelerator.num_processes > 1:
            full = bool(self._sum(torch.tensor(float(full), device=self.accelerator.device)) > 0)
        return None if full else result

    def _halve(self, share: Part) -> None:
        """Work on half as many samples at a time from now on."""
        self.optimizer.zero_grad(set_to_none=True)
        clear_device_cache(garbage_collection=True)
        most = -(-share.whole // self.accelerator.num_processes) if self.task.divisible else 1  # samples of a share
        if self.pieces >= most:
            raise EngineError("The memory is too small for this network: not even its smallest batch fits.")
        before, self.pieces = self.pieces, min(2 * self.pieces, most)
        self.accelerator.print(
            f"\nOut of memory with {-(-most // before)} samples at a time: going on with {-(-most // self.pieces)}. "
            f"What the network learns stays the same. (accumulation = {self.pieces} spares you the attempt.)"
        )

    def _sum_gradients(self) -> None:
        gradients = [weights.grad for weights in self.parameters if weights.grad is not None]
        whole = self._sum(torch.cat([gradient.reshape(-1) for gradient in gradients]))
        for gradient, part in zip(gradients, whole.split([g.numel() for g in gradients]), strict=True):
            gradient.copy_(part.view(gradient.shape))

    def _vector(self, values: Iterable[Tensor | float]) -> Tensor:
        device = self.accelerator.device
        return torch.stack([torch.as_tensor(value, dtype=torch.float32, device=device) for value in values])

    def _sum(self, own: Tensor) -> Tensor:
        return self.accelerator.reduce(own, "sum")


def _seeded(part: Part, work: Callable[[Part], Any]) -> Any:
    """Dropout differs between parts, and is the same whenever a part is worked on."""
    torch.manual_seed(part.own_seed())
    return work(part)


def _numbers(figures: dict[str, Tensor], step: int) -> dict[str, float]:
    figures = {name: float(value) for name, value in figures.items()}
    lost = [name for name, value in figures.items() if not np.isfinite(value)]
    if lost:
        raise EngineError(
            f"Training has failed by step {step}: {', '.join(lost)} can't be told in numbers any more. The checkpoint "
            "before that is kept. Go on from it with a lower learning_rate, with a clip, or in precision fp32."
        )
    return figures


def _log(writer: SummaryWriter | None, figures: dict[str, float], step: int) -> None:
    if writer:
        for name, value in figures.items():
            writer.add_scalar(name, value, step)
        writer.flush()
