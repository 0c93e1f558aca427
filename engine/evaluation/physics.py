"""Is a motion physical? Feet that stay where they stand, bodies that stay out of each other, the floor, smoothness.

positions are (2, T, 22, 3) metres, +Y up, the floor at 0. A standing person's toe joints are at about 0.02.
"""

import numpy as np

from ..features import SOLE
from ..skeleton import JOINT

PLANTED_HEIGHT = 0.05  # metres of a toe joint over the lowest joint of the clip
PLANTED_SPEED = 0.025  # metres per frame
TOES = [JOINT["left_foot"], JOINT["right_foot"]]
# Bodies as capsules from joint to joint; radii in metres, of a slim adult.
CAPSULES = [
    ("pelvis", "spine2", 0.10), ("spine2", "neck", 0.10), ("neck", "head", 0.07),
    ("left_shoulder", "left_elbow", 0.045), ("left_elbow", "left_wrist", 0.035),
    ("right_shoulder", "right_elbow", 0.045), ("right_elbow", "right_wrist", 0.035),
    ("left_hip", "left_knee", 0.065), ("left_knee", "left_ankle", 0.045), ("left_ankle", "left_foot", 0.035),
    ("right_hip", "right_knee", 0.065), ("right_knee", "right_ankle", 0.045), ("right_ankle", "right_foot", 0.035),
]  # fmt: skip
TOUCH = 0.01  # metres of overlap that count as a touch


def physics(positions: np.ndarray, fps: float = 30.0) -> dict[str, float]:
    """How physical a motion is, both people together; lengths in millimetres, heights over the floor at y = 0.

    foot_slide_mm: mean horizontal way per frame of the toe joints while lower than 5 cm over the clip's lowest joint,
    however fast they are, so that a low swing counts too. foot_slide_planted_mm: the same, only where the toe joint
    also moves by less than 2.5 cm in the frame. lowest_mm: of all joints. floating_frames, below_frames: frames (of
    either person) with the lowest joint over +5 cm or under -3 cm. floor_error_mm: how far a person's lowest joint is
    from a sole's thickness over the floor, the mean over people and frames. penetration_mm: how deep the bodies are in
    each other, the mean over frames of the deepest place; penetration_share: frames with more than 1 cm of it.
    jerk: mean of all joints, m/s^3.
    """
    positions = np.asarray(positions, dtype=float)
    toes = positions[:, :, TOES]
    step = np.linalg.norm(np.diff(toes, axis=1), axis=-1)
    slide = np.linalg.norm(np.diff(toes[..., ::2], axis=1), axis=-1)
    low = toes[:, :-1, :, 1] < positions[..., 1].min() + PLANTED_HEIGHT
    planted = low & (step < PLANTED_SPEED)
    lowest = positions[..., 1].min(-1)
    depth = penetration(positions)
    jerk = np.diff(positions, n=3, axis=1) * fps**3
    return {
        "foot_slide_mm": 1000.0 * _mean(slide[low]),
        "foot_slide_planted_mm": 1000.0 * _mean(slide[planted]),
        "lowest_mm": 1000.0 * float(lowest.min()),
        "floating_frames": int((lowest > 0.05).sum()),
        "below_frames": int((lowest < -0.03).sum()),
        "floor_error_mm": 1000.0 * float(np.abs(lowest - SOLE).mean()),
        "penetration_mm": 1000.0 * float(depth.mean()),
        "penetration_share": float((depth > TOUCH).mean()),
        "jerk": _mean(np.linalg.norm(jerk, axis=-1)),
    }


def penetration(positions: np.ndarray) -> np.ndarray:
    """Metres (T,) by which the two bodies, as capsules, are in each other where that is deepest; 0 if nowhere."""
    starts, ends = ([JOINT[names[end]] for names in CAPSULES] for end in (0, 1))
    radii = np.array([radius for _, _, radius in CAPSULES])
    first, second = positions[0][:, :, None], positions[1][:, None, :]
    gaps = segment_distance(first[:, starts], first[:, ends], second[:, :, starts], second[:, :, ends])
    return (radii[:, None] + radii - gaps).max(axis=(1, 2)).clip(min=0.0)


def segment_distance(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> np.ndarray:
    """Shortest distances (...) between the segments a-b and c-d, points (..., 3) that broadcast."""
    along, other, between = b - a, d - c, a - c
    aa, oo, ao = (np.sum(u * v, -1) for u, v in ((along, along), (other, other), (along, other)))
    ab, ob = np.sum(along * between, -1), np.sum(other * between, -1)
    tiny = 1e-12
    s = np.clip((ao * ob - ab * oo) / np.maximum(aa * oo - ao**2, tiny), 0.0, 1.0)
    t = np.clip((ao * s + ob) / np.maximum(oo, tiny), 0.0, 1.0)
    s = np.clip((ao * t - ab) / np.maximum(aa, tiny), 0.0, 1.0)
    return np.linalg.norm(between + s[..., None] * along - t[..., None] * other, axis=-1)


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if values.size else 0.0
