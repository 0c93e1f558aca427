"""Mean and spread of the rows of InterHuman's training clips: global_mean.npy and global_std.npy, as the published."""

from pathlib import Path

import numpy as np

from ..features import CONTACTS, POSITIONS, ROTATIONS, VELOCITIES, WIDTH, mirror_rows, pair_rows, raw_to_y_up
from ..files import replacing
from ..normaliser import Normaliser


def read_statistics(folder: str | Path) -> Normaliser:
    """The statistics in a folder. Raises EngineError if they are missing or not InterHuman's."""
    from ..published_files import read_statistics  # with torch, which reading the data sets does without

    return Normaliser(**{name: values.numpy() for name, values in read_statistics(Path(folder)).items()})


def write_statistics(folder: Path, scale: Normaliser) -> None:
    """Write both files."""
    for name, values in (("global_mean.npy", scale.mean), ("global_std.npy", scale.std)):
        with replacing(folder / name) as partial:
            np.save(partial, values)


def measure(cache) -> Normaliser:
    """Statistics of the training clips of a pair_cache.PairCache, also left for right."""
    count, total, squares = 0, np.zeros(WIDTH), np.zeros(WIDTH)
    for index in cache.of_split("train"):
        raw = cache.clip(index)
        people = [raw_to_y_up(raw[:, person]) for person in range(2)]
        values = np.concatenate(pair_rows(*zip(*people, strict=True)), dtype=np.float64)
        for part in (values, mirror_rows(values)):
            count, total, squares = count + len(part), total + part.sum(0), squares + (part**2).sum(0)
    mean = total / count
    return scale_from(mean, np.sqrt(np.maximum(squares / count - mean**2, 0)))


def scale_from(mean: np.ndarray, std: np.ndarray) -> Normaliser:
    """What a network's rows are scaled by, of their mean and spread (262,)."""
    mean, std = mean.astype(np.float32), std.astype(np.float32)
    for part in (POSITIONS, VELOCITIES, ROTATIONS):
        # No feature is blown up more than four times over the average of its kind.
        std[part] = np.maximum(std[part], std[part].mean() / 4)
    mean[CONTACTS], std[CONTACTS] = 0.0, 1.0  # the losses ask them whether a foot is planted
    return Normaliser(mean, std)
