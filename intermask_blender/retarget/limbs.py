"""Two-bone reaching for arms and legs that are posed already: they bend as they did, only further or less."""

import numpy as np

from ..core import rotations, skeleton
from .smooth import smoothed

R, JOINT = rotations, skeleton.JOINT

SOFT = 0.985  # of a limb's length: beyond it a limb is straightened ever more slowly
ARMS = tuple(tuple(JOINT[f"{side}_{name}"] for name in ("shoulder", "elbow", "wrist")) for side in ("left", "right"))
LEGS = tuple(tuple(JOINT[f"{side}_{name}"] for name in ("hip", "knee", "ankle")) for side in ("left", "right"))
# The axis about which elbow or knee bends, in the frame of the limb's first joint; for limbs that are straight.
HINGES = {ARMS[0]: (0.0, -1.0, 0.0), ARMS[1]: (0.0, 1.0, 0.0), LEGS[0]: (1.0, 0.0, 0.0), LEGS[1]: (1.0, 0.0, 0.0)}
# A limb that is nearly straight doesn't say well which way it bends: sines of the bends at which the frames around
# it, and its hinge, have as much to say.
UNSURE, STRAIGHT = 0.1, 0.2
AROUND = 4.0  # frames


def reach(
    limb: tuple[int, int, int], rotations: np.ndarray, positions: np.ndarray, world: np.ndarray, goal: np.ndarray
) -> np.ndarray:
    """Local rotations (T, 3, 4) of a limb's joints that bring its end to `goal` (T, 3).

    limb: an item of ARMS or LEGS. rotations (T, 22, 4) local, positions (T, 22, 3), world (T, 22, 4): as posed.
    The plane of the bend stays as near as can be, and the hand or foot keeps its rotation in the world. A goal near
    or beyond the limb's length is approached softly; where nothing is asked for, nothing changes.
    """
    first, middle, end = limb
    upper, lower = positions[:, middle] - positions[:, first], positions[:, end] - positions[:, middle]
    a, b = (np.linalg.norm(bone, axis=-1, keepdims=True) for bone in (upper, lower))
    before = np.linalg.norm(upper + lower, axis=-1, keepdims=True)
    asked = np.linalg.norm(goal - positions[:, first], axis=-1, keepdims=True)
    length = before + _softly(asked, a + b) - _softly(before, a + b)
    length = np.clip(length, np.abs(a - b) + 0.02 * (a + b), (a + b) * (1 - 1e-6))

    along = upper / a
    hinge = R.rotate(world[:, first], np.array(HINGES[limb]))
    normal = np.cross(upper, lower) / (a * b)
    usual = R.normalise(smoothed(normal, np.ones(len(normal)), AROUND) + STRAIGHT * hinge)
    normal = normal + UNSURE * usual
    normal = R.normalise(normal - along * np.sum(normal * along, -1, keepdims=True))
    cosine = np.clip((length**2 - a**2 - b**2) / (2 * a * b), -1.0, 1.0)  # of the bend, 1 when straight
    bent = b * (cosine * along + np.sqrt(1 - cosine**2) * np.cross(normal, along))

    swing = R.between(upper + bent, goal - positions[:, first])
    first_world = R.multiply(swing, world[:, first])
    middle_world = R.multiply(swing, R.multiply(R.between(lower, bent), world[:, middle]))
    parent = R.multiply(world[:, first], R.inverse(rotations[:, first]))
    chain = [parent, first_world, middle_world, world[:, end]]
    local = [R.multiply(R.inverse(chain[n]), chain[n + 1]) for n in range(3)]
    return R.normalise(np.stack(local, axis=1))


def _softly(distance: np.ndarray, length: np.ndarray) -> np.ndarray:
    """A distance that nears the limb's length but never gets there."""
    share = distance / length
    rest = 1.0 - SOFT
    return length * np.where(share < SOFT, share, SOFT + rest * np.tanh((share - SOFT) / rest))
