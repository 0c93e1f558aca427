"""People as they are posed: the joints of a Motion, their turns in the world and the middles of the palms.

Numpy only, the engine's axes and metres.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..core import motion, rotations, skeleton

JOINT = skeleton.JOINT

WRISTS = (JOINT["left_wrist"], JOINT["right_wrist"])
PALMS = (22, 23)  # after the joints, see Posed.points
PALM = 0.25  # of the forearm's length: from the wrist to the middle of the palm, 6 cm of an adult


@dataclass(frozen=True)
class Posed:
    """A Motion with its joints: positions (2, T, 22, 3) and world rotations (2, T, 22, 4)."""

    motion: "motion.Motion"
    positions: np.ndarray
    world: np.ndarray

    @property
    def sizes(self) -> np.ndarray:
        """How large the people are (2,), see `sizes`."""
        return sizes(self.motion.bone_offsets)

    @cached_property
    def points(self) -> np.ndarray:
        """Joints and the middles of both palms (2, T, 24, 3).

        A hand is one point: the middle of the palm, a quarter of the forearm's length beyond the wrist, the way the
        hand points. The wrist itself is no good, since wrists stay apart in a handshake; fingers there are none.
        """
        hands = PALM * self.motion.bone_offsets[:, None, WRISTS]
        palms = self.positions[:, :, WRISTS] + rotations.rotate(self.world[:, :, WRISTS], hands)
        return np.concatenate([self.positions, palms], axis=2)

    def on(self, roots: np.ndarray, offsets: np.ndarray) -> "Posed":
        """The same joint rotations with other root positions (2, T, 3) and bone offsets (2, 22, 3)."""
        bones = rotations.rotate(self.world[:, :, skeleton.PARENTS[1:]], offsets[:, None, 1:])
        positions = np.empty_like(self.positions)
        positions[:, :, 0] = roots
        for joint, parent in enumerate(skeleton.PARENTS[1:], start=1):
            positions[:, :, joint] = positions[:, :, parent] + bones[:, :, joint - 1]
        return Posed(replace(self.motion, root_positions=roots, bone_offsets=offsets), positions, self.world)

    def shifted(self, shift: np.ndarray) -> "Posed":
        """The people at other places: each moved by (2, T, 3)."""
        roots = self.motion.root_positions + shift
        return Posed(replace(self.motion, root_positions=roots), self.positions + shift[:, :, None], self.world)


def posed(people: "motion.Motion") -> Posed:
    """Pose the people of a Motion."""
    offsets = people.bone_offsets[:, None]
    return Posed(people, *skeleton.forward_kinematics(people.joint_rotations, people.root_positions, offsets))


def sizes(offsets: np.ndarray) -> np.ndarray:
    """How large people (..., 22, 3) are against an average adult (...): the summed lengths of their bones."""
    return np.linalg.norm(offsets, axis=-1).sum(-1) / np.linalg.norm(skeleton.REST_OFFSETS, axis=-1).sum()
