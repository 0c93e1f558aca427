"""Put a person's motion onto a rig: the values of its bones' channels."""

from typing import NamedTuple

import numpy as np

from .body import Body


class Channels(NamedTuple):
    """What a pose bone is set to: rotation_quaternion (T, 4), wxyz, and location (T, 3) or None; never a scale."""

    rotation: np.ndarray
    location: np.ndarray | None


def solve(
    body: Body, roots: np.ndarray, rotations: np.ndarray, to_engine: np.ndarray, hands: str = "relaxed"
) -> dict[str, Channels]:
    """The channels that make a rig move so, by bone: every mapped bone and its twist bones, nothing else.

    roots: (T, 3) the pelvis in the engine's world, metres. rotations: (T, 22, 4) local, as Motion has them.
    to_engine: (4, 4), or (T, 4, 4) where the armature object moves; see `body_of`.
    hands: the fingers' pose, one of `fingers.HANDS`.
    """
    raise NotImplementedError
