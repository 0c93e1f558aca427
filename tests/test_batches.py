"""Batches become smaller when memory runs out."""

import pytest
import torch

from engine.batches import Batches, is_out_of_memory
from engine.errors import EngineError


def test_a_batch_that_does_not_fit_is_halved_and_nothing_is_lost(capsys):
    sizes = []

    def double(batch: list[int]) -> list[int]:
        if len(batch) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        sizes.append(len(batch))
        return [2 * number for number in batch]

    batches = Batches(8)
    made = [number for part in batches.run(range(20), double) for number in part]
    assert made == list(range(0, 40, 2)) and set(sizes) == {2} and batches.size == 2
    told = capsys.readouterr().err.splitlines()
    assert told == [
        "Out of memory: from here on 4 at a time instead of 8.",
        "Out of memory: from here on 2 at a time instead of 4.",
    ]


def test_one_that_does_not_fit_alone_is_told():
    def never(batch):
        raise RuntimeError("MPS backend out of memory (MPS allocated: 1 GB)")

    with pytest.raises(EngineError, match="not enough memory for a single clip"):
        list(Batches(4).run([1, 2, 3], never))


def test_other_failures_stay_what_they_are():
    def wrong(batch):
        raise RuntimeError("shapes do not match")

    with pytest.raises(RuntimeError, match="shapes do not match"):
        list(Batches(4).run([1, 2, 3], wrong))


def test_the_cpus_own_words_are_known():
    with pytest.raises(RuntimeError) as failed:
        torch.empty(1 << 60)
    assert is_out_of_memory(failed.value)
