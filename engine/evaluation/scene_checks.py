"""Does a motion show what its sentence says? positions are (2, T, 22, 3) metres, +Y up, person A first."""

import numpy as np

from ..datasets.choreography import FAMILIES
from .physics import physics

__all__ = ["check", "physics"]


def check(family: str, positions: np.ndarray) -> bool:
    """Whether the motion is a recognisable performance of the family. Raises KeyError for an unknown family."""
    return bool(FAMILIES[family].check(np.asarray(positions, dtype=float)))
