"""Does a motion show what its sentence says, and is it physical?

positions are (2, T, 22, 3) metres, +Y up, person A first. A standing person's toe joints are at about 0.02.
"""

import numpy as np

from ..datasets.choreography import FAMILIES
from ..skeleton import JOINT

PLANTED_HEIGHT = 0.05  # metres of a toe joint over the lowest joint of the clip
PLANTED_SPEED = 0.025  # metres per frame
TOES = [JOINT["left_foot"], JOINT["right_foot"]]


def check(family: str, positions: np.ndarray) -> bool:
    """Whether the motion is a recognisable performance of the family. Raises KeyError for an unknown family."""
    return bool(FAMILIES[family].check(np.asarray(positions, dtype=float)))


def physics(positions: np.ndarray, fps: float = 30.0) -> dict[str, float]:
    """How physical a motion is, both people together; lengths in millimetres, heights over the floor at y = 0.

    foot_slide_mm: mean horizontal way per frame of the toe joints while lower than 5 cm over the clip's lowest joint,
    however fast they are, so that a low swing counts too. foot_slide_planted_mm: the same, only where the toe joint
    also moves by less than 2.5 cm in the frame. lowest_mm: of all joints. floating_frames, below_frames: frames (of
    either person) with the lowest joint over +5 cm or under -3 cm. jerk: mean of all joints, m/s^3.
    """
    positions = np.asarray(positions, dtype=float)
    toes = positions[:, :, TOES]
    step = np.linalg.norm(np.diff(toes, axis=1), axis=-1)
    slide = np.linalg.norm(np.diff(toes[..., ::2], axis=1), axis=-1)
    low = toes[:, :-1, :, 1] < positions[..., 1].min() + PLANTED_HEIGHT
    planted = low & (step < PLANTED_SPEED)
    lowest = positions[..., 1].min(-1)
    jerk = np.diff(positions, n=3, axis=1) * fps**3
    return {
        "foot_slide_mm": 1000.0 * _mean(slide[low]),
        "foot_slide_planted_mm": 1000.0 * _mean(slide[planted]),
        "lowest_mm": 1000.0 * float(lowest.min()),
        "floating_frames": int((lowest > 0.05).sum()),
        "below_frames": int((lowest < -0.03).sum()),
        "jerk": _mean(np.linalg.norm(jerk, axis=-1)),
    }


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if values.size else 0.0
