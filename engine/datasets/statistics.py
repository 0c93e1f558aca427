"""How fast and how jerkily people move: of any Motions, and of the recorded ones as the range to keep to."""

from collections.abc import Iterable

import numpy as np

from ..motion import Motion
from ..skeleton import JOINT
from .mocap import smooth

GROUPS = {
    "trunk": ("pelvis", "spine1", "spine2", "spine3"),
    "head": ("head",),
    "hands": ("left_wrist", "right_wrist"),
    "feet": ("left_foot", "right_foot"),
}
# Which derivative of the place: metres per second, per second squared, cubed.
DERIVATIVES = {"speed": 1, "acceleration": 2, "jerk": 3}
FIGURES = ("mean", "5 %", "median", "95 %")
# What recordings tremble by is no movement of people: both kinds of motion are smoothed before they are compared.
SMOOTHING = 0.05  # seconds, standard deviation
Statistics = dict[tuple[str, str], np.ndarray]


def statistics(motions: Iterable[Motion]) -> Statistics:
    """By (group, derivative): mean and 5th, 50th and 95th percentile over all people, joints and frames (see FIGURES).

    Raises ValueError without any Motion.
    """
    values = {(group, derivative): [] for group in GROUPS for derivative in DERIVATIVES}
    for motion in motions:
        people = [smooth(person, SMOOTHING * motion.fps) for person in motion.joint_positions]
        positions = np.stack(people)
        for (group, derivative), parts in values.items():
            order = DERIVATIVES[derivative]
            joints = positions[:, :, [JOINT[name] for name in GROUPS[group]]]
            change = np.diff(joints, order, axis=1) * motion.fps**order
            parts.append(np.linalg.norm(change, axis=-1).ravel())
    return {key: _figures(np.concatenate(parts)) for key, parts in values.items()}


def outside(measured: Statistics, margin: float = 1.0) -> list[str]:
    """What in statistics of 30 frames a second is outside RECORDED, a sentence each; `margin` widens it by a factor."""
    complaints = []
    for (group, derivative), figures in measured.items():
        for name, value, (low, high) in zip(FIGURES, figures, RECORDED[group, derivative], strict=True):
            if not low / margin <= value <= high * margin:
                complaints.append(f"{group} {derivative}, {name}: {value:.3g} is not within {low:.3g} to {high:.3g}")
    return complaints


def _figures(values: np.ndarray) -> np.ndarray:
    return np.array([values.mean(), *np.percentile(values, [5, 50, 95])])


# The 3rd and 97th percentile, over the trials, of the statistics of each of the 85 recorded people alone (8 minutes of
# walks, runs, jumps, dance, basketball, punches, swordplay; mocap.singles), at 30 frames a second.
RECORDED = {
    ("trunk", "speed"): ((0.205, 3.43), (0.0126, 3.19), (0.0927, 3.39), (0.521, 3.74)),
    ("trunk", "acceleration"): ((0.979, 7.24), (0.0846, 1.81), (0.577, 7.88), (1.94, 13.9)),
    ("trunk", "jerk"): ((7.65, 112), (1.4, 29.4), (6.37, 119), (20.1, 185)),
    ("head", "speed"): ((0.309, 3.44), (0.02, 3.3), (0.184, 3.42), (0.682, 3.63)),
    ("head", "acceleration"): ((1.32, 8.19), (0.133, 3.1), (0.793, 8.36), (2.35, 14.1)),
    ("head", "jerk"): ((15.3, 124), (2.28, 45.1), (9.98, 127), (31.7, 201)),
    ("hands", "speed"): ((0.689, 3.5), (0.0311, 2.81), (0.378, 3.41), (1.4, 4.98)),
    ("hands", "acceleration"): ((2.16, 15.7), (0.218, 6.41), (1.68, 13.6), (4.08, 40.7)),
    ("hands", "jerk"): ((23.7, 178), (3.87, 61), (19.3, 171), (50.3, 617)),
    ("feet", "speed"): ((0.0406, 3.62), (0.00523, 0.377), (0.0291, 3.5), (0.0952, 7.24)),
    ("feet", "acceleration"): ((0.377, 22.1), (0.0652, 7.47), (0.245, 21.6), (0.867, 47.3)),
    ("feet", "jerk"): ((7.64, 270), (1.37, 120), (5.34, 266), (18.3, 761)),
}
