"""Motion <-> the rows the InterHuman networks read: canonical features of each person and of the pair.

A row is 66 positions | 66 velocities | 126 rotations (6D, joints 1..21) | 4 foot contacts = 262 numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from . import rotations as R
from .fit import fit_motion
from .motion import Motion
from .skeleton import JOINT, PARENTS, leg_length

FRAMES_PER_TOKEN = 4  # rows that are one token for the networks
WIDTH = 262
POSITIONS, VELOCITIES, ROTATIONS, CONTACTS = slice(0, 66), slice(66, 132), slice(132, 258), slice(258, 262)
FEET = [JOINT[name] for name in ("left_ankle", "left_foot", "right_ankle", "right_foot")]
CONTACT_HEIGHTS = np.array([0.12, 0.05, 0.12, 0.05])
CONTACT_SPEED = 0.001  # squared displacement per frame
MIRRORED_JOINTS = [0, 2, 1, 3, 5, 4, 6, 8, 7, 9, 11, 10, 12, 14, 13, 15, 17, 16, 19, 18, 21, 20]
STEADY = 15  # frames over which a size is averaged: half a second
# The lowest joint of a canonical clip is at 0; of somebody who stands it is a toe, this high above the sole.
SOLE = 0.02


@dataclass(frozen=True)
class Frame:
    """Where a canonical clip stands in its world: `origin` (3,) went to 0, then `turn` (4,) was applied."""

    origin: np.ndarray
    turn: np.ndarray

    def enter(self, positions: np.ndarray) -> np.ndarray:
        """World positions (..., 3) in this frame."""
        return R.rotate(self.turn, positions - self.origin)

    def leave(self, motion: Motion) -> Motion:
        """A motion of this frame in the world."""
        back = R.inverse(self.turn)
        rotations = motion.joint_rotations.copy()
        rotations[..., 0, :] = R.multiply(np.broadcast_to(back, rotations.shape[:2] + (4,)), rotations[..., 0, :])
        roots = R.rotate(back, motion.root_positions) + self.origin
        return replace(motion, root_positions=roots, joint_rotations=rotations)

    @property
    def inverse(self) -> "Frame":
        """The frame that undoes this one."""
        return Frame(-R.rotate(self.turn, self.origin), R.inverse(self.turn))


def raw_to_y_up(raw: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Split an InterHuman person (T, 192), Z up, into positions (T, 22, 3), Y up, and 6D rotations (T, 126)."""
    x, y, z = np.moveaxis(raw[:, :66].reshape(-1, 22, 3), -1, 0)
    return np.stack([x, z, -y], axis=-1), raw[:, 66:]


def canonical_frame(positions: np.ndarray) -> Frame:
    """The frame of a clip (T, J, 3): lowest joint at 0, the first pelvis over the origin, facing +Z."""
    origin = np.array([positions[0, 0, 0], positions[..., 1].min(), positions[0, 0, 2]])
    across = R.normalise(positions[0, JOINT["right_hip"]] - positions[0, JOINT["left_hip"]])
    forward = R.normalise(np.cross([0.0, 1.0, 0.0], across))
    target = np.array([0.0, 0.0, 1.0])
    half_angle = np.concatenate([[1.0 + forward @ target], np.cross(forward, target)])
    if half_angle[0] < 1e-8:  # facing -Z exactly: any half turn about Y
        half_angle = np.array([0.0, 0.0, 1.0, 0.0])
    return Frame(origin, R.normalise(half_angle))


def rows(positions: np.ndarray, rotations_6d: np.ndarray) -> np.ndarray:
    """Feature rows (T-1, 262) of positions (T, 22, 3) that stand on the floor and 6D rotations (T, 126)."""
    velocities = positions[1:] - positions[:-1]
    slow = np.sum(velocities[:, FEET] ** 2, axis=-1) < CONTACT_SPEED
    contacts = slow & (positions[:-1, FEET, 1] < CONTACT_HEIGHTS)
    count = len(velocities)
    parts = [positions[:-1].reshape(count, 66), velocities.reshape(count, 66), rotations_6d[:-1], contacts]
    return np.concatenate(parts, axis=1)


def pair_rows(
    positions: tuple[np.ndarray, np.ndarray], rotations_6d: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Rows (T-1, 262) of both people, the second in the first one's frame (each stands on its own floor)."""
    first, second = (canonical_frame(person) for person in positions)
    shared = Frame(np.array([first.origin[0], second.origin[1], first.origin[2]]), first.turn)
    return rows(first.enter(positions[0]), rotations_6d[0]), rows(shared.enter(positions[1]), rotations_6d[1])


def mirror(raw: np.ndarray) -> np.ndarray:
    """The mirrored InterHuman person (T, 192), Z up: x -> -x, left and right exchanged."""
    positions = raw[:, :66].reshape(-1, 22, 3)[:, MIRRORED_JOINTS] * [-1.0, 1.0, 1.0]
    order = [joint - 1 for joint in MIRRORED_JOINTS[1:]]
    rotations = raw[:, 66:].reshape(-1, 21, 6)[:, order] * [1.0, -1.0, -1.0, 1.0, -1.0, 1.0]
    return np.concatenate([positions.reshape(-1, 66), rotations.reshape(-1, 126)], axis=1)


def mirror_rows(values: np.ndarray) -> np.ndarray:
    """The rows (..., 262) of the mirrored motion: x -> -x, left and right exchanged."""
    shape = values.shape[:-1]
    flip = np.array([-1, 1, 1, 1, -1, -1, 1, -1, 1], dtype=values.dtype)  # of x y z, and of the six of a rotation
    places = values[..., : VELOCITIES.stop].reshape(*shape, 2, 22, 3)[..., MIRRORED_JOINTS, :] * flip[:3]
    order = [joint - 1 for joint in MIRRORED_JOINTS[1:]]
    turns = values[..., ROTATIONS].reshape(*shape, 21, 6)[..., order, :] * flip[3:]
    contacts = values[..., CONTACTS][..., [2, 3, 0, 1]]
    parts = [places.reshape(*shape, 132), turns.reshape(*shape, 126), contacts]
    return np.concatenate(parts, axis=-1)


def relative_to_pelvis(world_rows: np.ndarray) -> np.ndarray:
    """Rows (..., 262) with positions and velocities of joints 1..21 relative to the pelvis; works on tensors too.

    The body is then a matter of decimetres and the place of metres, so that neither drowns the other in a loss.
    """
    return _shift_by_pelvis(world_rows, -1.0)


def relative_to_world(pelvis_rows: np.ndarray) -> np.ndarray:
    """The inverse of relative_to_pelvis."""
    return _shift_by_pelvis(pelvis_rows, 1.0)


def _shift_by_pelvis(values, sign: float):
    shifted = values.copy() if isinstance(values, np.ndarray) else values.clone()
    for part in (POSITIONS, VELOCITIES):
        joints = shifted[..., part].reshape(*values.shape[:-1], 22, 3)
        joints[..., 1:, :] += sign * joints[..., :1, :]
        shifted[..., part] = joints.reshape(*values.shape[:-1], 66)
    return shifted


def motion_rows(motion: Motion) -> tuple[np.ndarray, np.ndarray]:
    """Rows (T-1, 262) of both people of a Motion, person B in person A's frame."""
    rotations = R.to_6d(motion.joint_rotations[:, :, 1:]).reshape(2, motion.frames, 126)
    return pair_rows(tuple(motion.joint_positions), tuple(rotations))


def motion_from_rows(pair: np.ndarray, legs: Sequence[float | None] = (None, None), **notes) -> Motion:
    """A Motion of generated rows (2, T, 262) of both people in one frame; `notes` go to Motion (prompt, seed ...).

    legs: metres from hip to ankle of those whose size is known (see `_sized`).
    """
    positions = pair[..., POSITIONS].reshape(2, -1, 22, 3)
    positions = np.stack([_sized(*person) for person in zip(positions, legs, strict=True)])
    return fit_motion(positions, R.from_6d(pair[..., ROTATIONS].reshape(2, -1, 21, 6)), **notes)


def _sized(positions: np.ndarray, legs: float | None) -> np.ndarray:
    """Positions (T, 22, 3) of somebody who may grow or shrink on the way, scaled so that the legs keep their length.

    The scale is about the point of the floor, y = 0, below the pelvis: neither the place nor the soles' height changes.
    """
    if legs is None:
        return positions
    lengths = leg_length(positions - positions[:, list(PARENTS)])
    smooth = np.convolve(np.pad(lengths, STEADY // 2, mode="edge"), np.full(STEADY, 1.0 / STEADY), mode="valid")
    below = positions[:, :1] * [1.0, 0.0, 1.0]
    return below + (positions - below) * (legs / smooth)[:, None, None]
