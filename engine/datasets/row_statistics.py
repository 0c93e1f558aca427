"""Mean and spread of the InterHuman rows that networks read, normalised by them: mean.npy and std.npy."""

from pathlib import Path

import numpy as np

from ..errors import EngineError
from ..features import (
    CONTACTS,
    POSITIONS,
    ROTATIONS,
    VELOCITIES,
    WIDTH,
    Normaliser,
    mirror_rows,
    pair_rows,
    raw_to_y_up,
)
from ..files import replacing

# What the published files are called beside the published code, and what ours are.
FILES = (("mean.npy", "std.npy"), ("global_mean.npy", "global_std.npy"))


def read_statistics(folder: str | Path) -> Normaliser:
    """The statistics in a folder, ours or the published ones. Raises EngineError if they are missing or damaged."""
    folder = Path(folder)
    names = next((names for names in FILES if all((folder / name).exists() for name in names)), None)
    if names is None:
        raise EngineError(f"{folder} has no statistics: mean.npy and std.npy are missing.")
    try:
        mean, std = (np.load(folder / name, allow_pickle=False).astype(np.float32) for name in names)
    except (ValueError, EOFError) as error:
        raise EngineError(f"The statistics in {folder} are damaged ({error}).") from error
    if mean.shape != (WIDTH,) or std.shape != (WIDTH,) or not np.isfinite(mean).all() or not (std > 0).all():
        raise EngineError(
            f"The statistics in {folder} are not two times {WIDTH} numbers, so they are not InterHuman's."
        )
    return Normaliser(mean, std)


def write_statistics(folder: Path, scale: Normaliser) -> None:
    """Write mean.npy and std.npy."""
    for name, values in zip(FILES[0], (scale.mean, scale.std), strict=True):
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
    std = np.sqrt(np.maximum(squares / count - mean**2, 0))
    for part in (POSITIONS, VELOCITIES, ROTATIONS):
        # No feature is blown up more than four times over the average of its kind.
        std[part] = np.maximum(std[part], std[part].mean() / 4)
    mean[CONTACTS], std[CONTACTS] = 0.0, 1.0
    return Normaliser(mean.astype(np.float32), std.astype(np.float32))
