"""Work in batches that become smaller when memory runs out."""

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import torch

from .errors import EngineError

Item, Result = TypeVar("Item"), TypeVar("Result")

# What PyTorch says on the different devices; on CUDA it raises a type of its own.
SIGNS = ("out of memory", "not enough memory", "can't allocate memory", "cannot allocate memory")


class Batches:
    """Cuts lists into batches of `size`; a batch that does not fit into memory halves it, from then on, and says so."""

    def __init__(self, size: int):
        self.size = size

    def run(self, items: Sequence[Item], work: Callable[[Sequence[Item]], Result]) -> Iterator[Result]:
        """What `work` makes of one batch after the other. Raises EngineError if a single item does not fit."""
        start = 0
        while start < len(items):
            batch, done = items[start : start + self.size], False
            try:
                result = work(batch)
                done = True
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
            if done:
                yield result
                start += len(batch)
            else:  # only out here the tensors of the failed attempt are gone
                self._halve(len(batch))

    def _halve(self, failed: int) -> None:
        if failed == 1:
            raise EngineError("There is not enough memory for a single clip: close other programs, or use the CPU.")
        self.size = failed // 2
        print(f"Out of memory: from here on {self.size} at a time instead of {failed}.", file=sys.stderr)
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error means that memory ran out, on any device."""
    typed = isinstance(error, torch.OutOfMemoryError | MemoryError)
    return typed or isinstance(error, RuntimeError) and any(sign in str(error).lower() for sign in SIGNS)
