"""The body: 22 joints in SMPL's order and rest pose, its proportions, and forward kinematics.

Rest pose: T-pose, +Y up, facing +Z, the left side at +X, every joint frame aligned to the world axes. Metres.
People with hands have SMPL-X's 55 joints: the same 22, then jaw, eyes and fingers (FULL_NAMES, FULL_PARENTS ...).
"""

import numpy as np

from .rotations import multiply, rotate

JOINT_NAMES = (
    "pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee", "spine2", "left_ankle", "right_ankle",
    "spine3", "left_foot", "right_foot", "neck", "left_collar", "right_collar", "head", "left_shoulder",
    "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
)  # fmt: skip
JOINT = {name: index for index, name in enumerate(JOINT_NAMES)}
PARENTS = (-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19)
CHILDREN = tuple(tuple(c for c, p in enumerate(PARENTS) if p == j) for j in range(22))

# An average adult of our own measure, 1.70 m from sole to crown; the pelvis stands 0.945 m above the floor.
REST_OFFSETS = np.array(
    [
        [0, 0, 0], [0.075, -0.085, 0], [-0.075, -0.085, 0], [0, 0.11, -0.01], [0.015, -0.385, 0], [-0.015, -0.385, 0],
        [0, 0.135, 0.005], [0, -0.40, -0.02], [0, -0.40, -0.02], [0, 0.055, 0.01], [0.02, -0.055, 0.13],
        [-0.02, -0.055, 0.13], [0, 0.215, -0.03], [0.07, 0.12, -0.02], [-0.07, 0.12, -0.02], [0, 0.09, 0.035],
        [0.11, 0.03, -0.01], [-0.11, 0.03, -0.01], [0.26, 0, 0], [-0.26, 0, 0], [0.25, 0, 0], [-0.25, 0, 0],
    ]
)  # fmt: skip
REST_HEIGHT = 1.70
REST_PELVIS_HEIGHT = 0.945

FINGERS = ("index", "middle", "pinky", "ring", "thumb")  # three joints each, from the knuckle outwards
FULL_NAMES = JOINT_NAMES + ("jaw", "left_eye_smplhf", "right_eye_smplhf") + tuple(
    f"{side}_{finger}{joint}" for side in ("left", "right") for finger in FINGERS for joint in (1, 2, 3)
)  # fmt: skip
FULL_JOINT = {name: index for index, name in enumerate(FULL_NAMES)}
LEFT_HAND, RIGHT_HAND = slice(25, 40), slice(40, 55)


def _hand_parents(wrist: int, first: int) -> tuple[int, ...]:
    return tuple(wrist if joint % 3 == 0 else first + joint - 1 for joint in range(15))


FULL_PARENTS = PARENTS + (15, 15, 15) + _hand_parents(20, LEFT_HAND.start) + _hand_parents(21, RIGHT_HAND.start)

# The same adult's: fingers flat and straight, palms down, the thumb as it rests, forward and a little below the palm.
_LEFT_HAND_OFFSETS = np.array(
    [
        [0.092, 0.002, 0.024], [0.040, 0, 0.003], [0.024, 0, 0.001],
        [0.094, 0.004, 0.002], [0.044, 0, 0], [0.028, 0, 0],
        [0.080, -0.003, -0.037], [0.032, 0, -0.005], [0.019, 0, -0.002],
        [0.088, 0.002, -0.019], [0.040, 0, -0.003], [0.026, 0, -0.001],
        [0.020, -0.010, 0.025], [0.031, -0.008, 0.028], [0.027, -0.004, 0.017],
    ]
)  # fmt: skip
_FACE_OFFSETS = np.array([[0, -0.005, 0.020], [0.031, 0.035, 0.068], [-0.031, 0.035, 0.068]])
FULL_REST_OFFSETS = np.concatenate([REST_OFFSETS, _FACE_OFFSETS, _LEFT_HAND_OFFSETS, _LEFT_HAND_OFFSETS * [-1, 1, 1]])


def leg_length(offsets: np.ndarray) -> np.ndarray:
    """Hip to ankle (...) in metres of bone offsets (..., J, 3), the mean of both legs: how big somebody is."""
    bones = [JOINT[f"{side}_{joint}"] for side in ("left", "right") for joint in ("knee", "ankle")]
    return np.linalg.norm(offsets[..., bones, :], axis=-1).sum(axis=-1) / 2


def forward_kinematics(
    rotations: np.ndarray, root_positions: np.ndarray, offsets: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Pose a skeleton of J joints: 22, or 55 with hands.

    rotations: (..., J, 4) local quaternions relative to the rest pose, the root's first.
    root_positions: (..., 3) of the pelvis.
    offsets: (J, 3), or broadcastable to (..., J, 3): each joint from its parent in the rest pose.
    Returns joint positions (..., J, 3) and world rotations (..., J, 4).
    """
    offsets = np.broadcast_to(offsets, rotations.shape[:-1] + (3,))
    positions, world = [root_positions], [rotations[..., 0, :]]
    for joint in range(1, rotations.shape[-2]):
        parent = FULL_PARENTS[joint]
        positions.append(positions[parent] + rotate(world[parent], offsets[..., joint, :]))
        world.append(multiply(world[parent], rotations[..., joint, :]))
    return np.stack(positions, axis=-2), np.stack(world, axis=-2)
