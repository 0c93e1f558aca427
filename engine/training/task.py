"""What the training loop needs to know of a network."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from torch import Tensor, nn

from .batches import Batches, Part


class Task(ABC):
    """A network, its batches and its losses; those in `weights` are weighted and summed, the rest are only shown.

    divisible: whether the samples of a batch can be worked on apart from each other.
    score: figures of a network that take longer, and pictures (height, width, 3) in bytes, where there are any.
    """

    model: nn.Module
    batches: Batches
    weights: dict[str, float]
    divisible = True
    score: Callable[[nn.Module], tuple[dict[str, float], dict[str, np.ndarray]]] | None = None

    @abstractmethod
    def prepare(self, part: Part) -> tuple[Any, dict[str, Tensor | int]]:
        """What `losses` takes for a part, on the device, and how many things each loss is the mean of.

        Losses are put together by these numbers, so that they are means over the whole batch.
        """

    @abstractmethod
    def losses(self, prepared: Any) -> tuple[dict[str, Tensor], Tensor | None]:
        """Losses by name, each a mean over this part, and what `finish` wants to have summed over the batch."""

    def begin(self, prepared: Sequence[Any]) -> None:  # noqa: B027 (most tasks have nothing to do there)
        """Before a step, with what `prepare` gave for this process' parts."""

    def finish(self, total: Tensor | None) -> dict[str, Tensor]:
        """After a step, with the sum over the whole batch. Returns figures to be shown."""
        return {}

    def evaluate(self, model: nn.Module) -> dict[str, float]:
        """Figures of `model`, the network as it is packaged, on held-out data."""
        return {}
