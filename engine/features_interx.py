"""Motion <-> the rows that the Inter-X networks read: SMPL-X's 55 rotations and a translation, for each of two people.

A person's clip is (T, 56, 6). Rows 0..54 are rotations in 6D, here the first two rows of the matrix, flattened; row 55
is the translation and the velocity, a forward difference that ends with 0. Y is up, person A's first translation is
subtracted from both people's, so that the floor is not at y = 0, and A may face anywhere.

SMPL-X's translation is that of the body's origin, which lies in the chest; the pelvis is elsewhere by a vector that
belongs to the shape of the body and does not turn. Rows tell no shape. All people are taken to have one body here, so
that the vector is the same for both and drops out. The body is our reference (skeleton.FULL_REST_OFFSETS).
"""

from dataclasses import replace

import numpy as np

from . import rotations as R
from .features import SOLE, canonical_frame
from .motion import Motion
from .skeleton import FULL_REST_OFFSETS

JOINTS = len(FULL_REST_OFFSETS)
TRANSLATION = JOINTS  # the row of translation and velocity


def to_6d(quaternions: np.ndarray) -> np.ndarray:
    """Inter-X's 6D (..., 6) of unit quaternions (..., 4): r00, r01, r02, r10, r11, r12."""
    return R.to_matrix(quaternions)[..., :2, :].reshape(*quaternions.shape[:-1], 6)


def from_6d(values: np.ndarray) -> np.ndarray:
    """Unit quaternions (..., 4) of Inter-X's 6D (..., 6), the rows made orthonormal by Gram-Schmidt."""
    columns = np.swapaxes(values.reshape(*values.shape[:-1], 2, 3), -1, -2)
    return R.inverse(R.from_6d(columns.reshape(values.shape)))  # the rows of R are the columns of its inverse


def rows(rotations: np.ndarray, translations: np.ndarray) -> np.ndarray:
    """Rows (..., T, 56, 6) of local rotations (..., T, 55, 4) and translations (..., T, 3) in metres."""
    velocities = np.zeros_like(translations)
    velocities[..., :-1, :] = np.diff(translations, axis=-2)
    place = np.concatenate([translations, velocities], axis=-1)
    return np.concatenate([to_6d(rotations), place[..., None, :]], axis=-2)


def motion_rows(motion: Motion) -> np.ndarray:
    """Rows (2, T, 56, 6) of both people of a Motion, who face where they do; hands that it has not are at rest."""
    motion = motion.with_hands()
    return rows(motion.joint_rotations, motion.root_positions - motion.root_positions[0, 0])


def motion_from_rows(pair: np.ndarray, **notes) -> Motion:
    """A Motion of rows (2, T, 56, 6), where the rows have it; `notes` go to Motion (prompt, seed ...).

    The pelvises are at the translations; velocities are not read.
    """
    rotations = from_6d(pair[..., :JOINTS, :])
    rotations = np.stack([R.continuous(person) for person in rotations])
    offsets = np.stack([FULL_REST_OFFSETS] * 2)
    return Motion(pair[..., TRANSLATION, :3], rotations, offsets, **notes)


def on_the_floor(motion: Motion) -> Motion:
    """The pair with its lowest joint a sole over y = 0, person A starting over the origin and facing +Z."""
    positions = motion.joint_positions
    frame, lowest = canonical_frame(positions[0]), positions[..., 1].min() - SOLE
    return replace(frame, origin=np.array([frame.origin[0], lowest, frame.origin[2]])).inverse.leave(motion)
