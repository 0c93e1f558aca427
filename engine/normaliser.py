"""World rows to what a model's networks read, and back: how places are measured, and the scale of every number."""

from dataclasses import dataclass

import numpy as np

from .features import relative_to_pelvis, relative_to_world
from .path import along, off, path_of

POSITIONS = ("world", "pelvis", "path")


@dataclass(frozen=True)
class Normaliser:
    """mean and std (262,) of the rows; positions, one of POSITIONS: as they are, to the pelvis, or along the path."""

    mean: np.ndarray
    std: np.ndarray
    positions: str = "world"

    def normalise(self, world_rows: np.ndarray) -> np.ndarray:
        """World rows (..., T, 262) as float32 for the networks."""
        rows = world_rows
        if self.positions == "pelvis":
            rows = relative_to_pelvis(world_rows)
        elif self.positions == "path":
            rows = along(world_rows, path_of(world_rows))
        return ((rows - self.mean) / self.std).astype(np.float32)

    def restore(self, normalised: np.ndarray, path: np.ndarray | None = None) -> np.ndarray:
        """World rows (..., T, 262) of the networks' output; path (..., T, 3) is needed if positions are along one."""
        rows = normalised * self.std + self.mean
        if self.positions == "pelvis":
            return relative_to_world(rows)
        return off(rows, path) if self.positions == "path" else rows
