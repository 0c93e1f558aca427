"""Which samples a training step learns from: batches chosen by the seed and the step alone, divided among processes.

Random numbers belong to samples, too: they are drawn for the whole batch, and each part of it takes its own.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from ..errors import EngineError


@dataclass(frozen=True)
class Share:
    """Which of the processes that train together this one is."""

    process: int = 0
    processes: int = 1

    def of(self, size: int) -> slice:
        """This process' samples of a batch. Raises EngineError if there is none for each process."""
        if size < self.processes:
            raise EngineError(f"A batch of {size} can't be divided among {self.processes} processes: use fewer.")
        return slice(size * self.process // self.processes, size * (self.process + 1) // self.processes)


@dataclass(frozen=True)
class Part:
    """Some samples of a step's batch: `values` has for each name a tensor or list, the sample first.

    first: the number of its first sample in the `whole` batch. seed, step: what random numbers come from.
    """

    values: dict[str, Any]
    first: int
    whole: int
    seed: int = 0
    step: int = 0

    @property
    def size(self) -> int:
        """How many samples it has."""
        return len(next(iter(self.values.values())))

    def split(self, pieces: int) -> list["Part"]:
        """As many parts, or one a sample if there are fewer samples."""
        pieces = min(pieces, self.size)
        edges = [self.size * number // pieces for number in range(pieces + 1)]
        return [
            replace(self, values={name: v[start:stop] for name, v in self.values.items()}, first=self.first + start)
            for start, stop in zip(edges, edges[1:], strict=False)
        ]

    def generator(self, device: torch.device | str = "cpu") -> torch.Generator:
        """The step's random numbers, the same for all its parts."""
        return torch.Generator(device).manual_seed(self.seed * 1_000_003 + self.step)

    def own(self, drawn: Tensor) -> Tensor:
        """Of what was drawn for the whole batch (whole, ...), this part's (size, ...)."""
        return drawn[self.first : self.first + self.size]

    def own_seed(self) -> int:
        """For random numbers that need not be the same however a batch is divided: dropout."""
        return int(np.random.SeedSequence([self.seed, self.step, self.first]).generate_state(1)[0])


class Batches(Protocol):
    """A training set."""

    def read(self, step: int, share: Share) -> tuple[dict[str, Any], int, int]:
        """A process' part of a step's batch: values, first and whole as in Part. May be called in another process."""


def read_ahead(batches: Batches, steps: range, share: Share, readers: int, pinned: bool) -> DataLoader:
    """What `batches.read` gives for each of the steps, read ahead by so many processes; 0: by none, when asked for."""
    ahead = {"prefetch_factor": 4} if readers else {}
    steps_read = _Steps(batches, share)
    return DataLoader(steps_read, sampler=steps, batch_size=None, num_workers=readers, pin_memory=pinned, **ahead)


@dataclass(frozen=True)
class _Steps(Dataset):
    batches: Batches
    share: Share

    def __getitem__(self, step: int) -> tuple[dict[str, Any], int, int]:
        return self.batches.read(step, self.share)


@dataclass(frozen=True)
class ResearchBatches:
    """Batches of a set of research_samples.py, epoch by epoch in a random order; what is left of an epoch is dropped.

    shuffled: false for held-out samples, which come in one order and are always the same.
    """

    samples: Any
    size: int
    seed: int
    shuffled: bool = True

    @property
    def per_epoch(self) -> int:
        """Batches of one epoch."""
        return len(self.samples) // self.size

    def read(self, step: int, share: Share) -> tuple[dict[str, Any], int, int]:
        """As Batches has it: arrays are stacked, anything else is in lists."""
        epoch, number = divmod(step, self.per_epoch)
        order = _order(len(self.samples), self.seed, epoch) if self.shuffled else np.arange(len(self.samples))
        part = share.of(self.size)
        chosen = order[number * self.size : (number + 1) * self.size][part]
        epoch = epoch if self.shuffled else 0
        found = [self.samples.sample(int(index), (self.seed, epoch, int(index))) for index in chosen]
        values = {name: [sample[name] for sample in found] for name in found[0]}
        stacked = {n: torch.from_numpy(np.stack(v)) for n, v in values.items() if isinstance(v[0], np.ndarray)}
        return values | stacked, part.start, self.size


@lru_cache(maxsize=2)
def _order(count: int, seed: int, epoch: int) -> np.ndarray:
    return np.random.default_rng([seed, epoch]).permutation(count)
