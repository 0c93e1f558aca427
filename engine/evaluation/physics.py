"""Is a motion physical? Feet that stay where they stand, bodies that stay out of each other, the floor, smoothness.

positions are (2, T, J, 3) metres, +Y up, the floor at 0; the body's 22 joints are looked at, hands are not. A standing
person's toe joints are at about 0.02.
"""

import numpy as np

from ..features import SOLE
from ..skeleton import JOINT

BODY = 22  # joints
PLANTED_HEIGHT = 0.05  # metres of a toe joint over the lowest joint of the clip
PLANTED_SPEED = 0.025  # metres per frame
TOES = [JOINT["left_foot"], JOINT["right_foot"]]
SKATING_HEIGHT, SKATING_SPEED = 0.05, 0.5  # metres over the clip's lowest joint; metres per second
JOINT_DISTANCE = 0.12  # metres; joints of two people that are nearer are in each other
NEAR = 0.02  # metres between two bodies that touch
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
    also moves by less than 2.5 cm in the frame. skating_ratio: see `skating_ratio`. lowest_mm: of all joints.
    floating_frames, below_frames: frames (of either person) with the lowest joint over +5 cm or under -3 cm.
    floor_error_mm: how far a person's lowest joint is from a sole's thickness over the floor, the mean over people and
    frames. penetration_mm: how deep the bodies, as capsules, are in each other, the mean over frames of the deepest
    place; penetration_share: frames with more than 1 cm of it. joints_penetration_mm, joints_penetration_share: the
    same by joints alone, where one of each person are nearer than 12 cm; any such frame counts. contact_share: frames
    in which the capsules are less than 2 cm apart. jerk: mean of all joints, m/s^3.
    """
    positions = np.asarray(positions, dtype=float)[:, :, :BODY]
    lowest = positions[..., 1].min(-1)
    gap = body_gap(positions)
    depth, joint_depth = (-gap).clip(min=0.0), (JOINT_DISTANCE - joint_gap(positions)).clip(min=0.0)
    jerk = np.diff(positions, n=3, axis=1) * fps**3
    return foot_slide(positions) | {
        "skating_ratio": skating_ratio(positions, fps),
        "lowest_mm": 1000.0 * float(lowest.min()),
        "floating_frames": int((lowest > 0.05).sum()),
        "below_frames": int((lowest < -0.03).sum()),
        "floor_error_mm": 1000.0 * float(np.abs(lowest - SOLE).mean()),
        "penetration_mm": 1000.0 * float(depth.mean()),
        "penetration_share": float((depth > TOUCH).mean()),
        "joints_penetration_mm": 1000.0 * float(joint_depth.mean()),
        "joints_penetration_share": float((joint_depth > 0.0).mean()),
        "contact_share": float((gap < NEAR).mean()),
        "jerk": _mean(np.linalg.norm(jerk, axis=-1)),
    }


def foot_slide(positions: np.ndarray) -> dict[str, float]:
    """foot_slide_mm and foot_slide_planted_mm of `physics`."""
    toes = positions[:, :, TOES]
    step = np.linalg.norm(np.diff(toes, axis=1), axis=-1)
    slide = np.linalg.norm(np.diff(toes[..., ::2], axis=1), axis=-1)
    low = toes[:, :-1, :, 1] < positions[..., 1].min() + PLANTED_HEIGHT
    planted = low & (step < PLANTED_SPEED)
    return {
        "foot_slide_mm": 1000.0 * _mean(slide[low]),
        "foot_slide_planted_mm": 1000.0 * _mean(slide[planted]),
    }


def skating_ratio(positions: np.ndarray, fps: float = 30.0) -> float:
    """Share of frames in which a foot skates: it goes over the floor at more than 0.5 m/s and stays lower than 5 cm.

    After Karunratanakul et al., "Guided motion diffusion for controllable human motion synthesis", 2023: more than
    2.5 cm in a frame, at 20 frames a second, with the foot in contact (lower than 5 cm). A foot is a toe joint here,
    low before and after the frame, and heights count from the clip's lowest joint. Mean over both people.
    """
    toes = positions[:, :, TOES]
    speed = np.linalg.norm(np.diff(toes[..., ::2], axis=1), axis=-1) * fps
    low = toes[..., 1] < positions[..., 1].min() + SKATING_HEIGHT
    skating = (speed > SKATING_SPEED) & low[:, :-1] & low[:, 1:]
    return _mean(skating.any(axis=-1))


def joint_gap(positions: np.ndarray) -> np.ndarray:
    """Metres (T,) between the nearest two joints of the two people."""
    return np.linalg.norm(positions[0][:, :, None] - positions[1][:, None], axis=-1).min(axis=(1, 2))


def penetration(positions: np.ndarray) -> np.ndarray:
    """Metres (T,) by which the two bodies, as capsules, are in each other where that is deepest; 0 if nowhere."""
    return (-body_gap(positions)).clip(min=0.0)


def body_gap(positions: np.ndarray) -> np.ndarray:
    """Metres (T,) between the two bodies, as capsules, where they are nearest; below 0 where they overlap."""
    starts, ends = ([JOINT[names[end]] for names in CAPSULES] for end in (0, 1))
    radii = np.array([radius for _, _, radius in CAPSULES])
    first, second = positions[0][:, :, None], positions[1][:, None, :]
    gaps = segment_distance(first[:, starts], first[:, ends], second[:, :, starts], second[:, :, ends])
    return (gaps - radii[:, None] - radii).min(axis=(1, 2))


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
