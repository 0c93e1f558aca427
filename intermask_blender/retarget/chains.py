"""Spines of any number of bones against our three joints, necks against our one.

A chain's rotations are told relative to what it stands on (pelvis, or upper spine), as rotation vectors: so they can be
shared out, and put together again, by plain weights. Spines bend evenly. The bones of a neck turn as one, so that the
head comes where it should; read is their mean, for the same reason.
"""

import numpy as np

from ..core import rotations as R
from ..core import skeleton

# By part, the joint that our chain stands on, and its own joints.
JOINTS = {
    "spine": (0, [skeleton.JOINT[name] for name in ("spine1", "spine2", "spine3")]),
    "neck": (skeleton.JOINT["spine3"], [skeleton.JOINT["neck"]]),
}


def spread(bones: int, joints: int) -> np.ndarray:
    """Weights (bones, joints) that share our joints' rotations out; the last bone turns as the last joint."""
    if joints == 1:
        return np.ones((bones, 1))
    places = np.arange(1, bones + 1)[:, None] * joints / bones
    return np.clip(1 - np.abs(places - np.arange(1, joints + 1)), 0, 1)


def gather(bones: int, joints: int) -> np.ndarray:
    """Weights (joints, bones) that find our joints' rotations: what `spread` shared out comes back where it can.

    Our upper spine always turns as the last bone; the bend of a single one is shared out evenly.
    """
    if joints == 1:
        return np.full((1, bones), 1 / bones)
    if bones == 1:
        return np.arange(1, joints + 1)[:, None] / joints
    weights = spread(bones, joints)
    upper = np.linalg.pinv(weights[:-1, :-1])
    last = -upper @ weights[:-1, -1:]
    return np.block([[upper, last], [np.zeros((1, bones - 1)), np.ones((1, 1))]])


def mix(base: np.ndarray, turns: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """World rotations (T, m, 4) from those of a chain `turns` (T, n, 4) on `base` (T, 4) by `weights` (m, n)."""
    vectors = R.to_rotation_vector(R.multiply(R.inverse(base)[:, None], turns))
    return R.multiply(base[:, None], R.from_rotation_vector(weights @ vectors))


def stations(heads: np.ndarray, joints: int, reach: np.ndarray) -> np.ndarray:
    """Where our joints (joints, 3) lie on a chain with these heads (n, 3), from first to last.

    reach: (3,) to both sides of a single bone's head, so that their even bends come to the one that the rig has.
    """
    if len(heads) == 1:
        return heads + np.linspace(-1, 1, joints)[:, None] * reach
    places = np.linspace(0, len(heads) - 1, joints)
    return np.stack([np.interp(places, np.arange(len(heads)), column) for column in heads.T], axis=-1)
