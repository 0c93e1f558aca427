"""Rigs played in numpy: motions put onto them, posed as Blender does, and read back."""

from functools import cache

import numpy as np

from engine import rotations as R
from engine.datasets.choreography import choreograph
from intermask_blender.retarget.body import body_of
from intermask_blender.retarget.bone_map import BoneMap
from intermask_blender.retarget.read import read_person
from intermask_blender.retarget.rig import Rig
from intermask_blender.retarget.solve import Channels, solve
from tests.rig_outlines import bones_of, map_of

TO_ENGINE = np.array([[1.0, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]])  # Z up in metres
Y_UP = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])


def pose(rig: Rig, channels: dict[str, Channels], frames: int) -> np.ndarray:
    """Pose matrices (T, N, 4, 4) in the armature's space; bones without channels stay at rest."""
    posed = np.zeros((frames, len(rig.names), 4, 4))
    for bone, name in enumerate(rig.names):
        parent = rig.parents[bone]
        above = posed[:, parent] if parent >= 0 else np.eye(4)
        above_rest = rig.matrices[parent] if parent >= 0 else np.eye(4)
        offset = np.linalg.inv(above_rest) @ rig.matrices[bone]
        turned = above @ offset
        start = turned[..., :3, 3]
        if name in rig.unturned:
            turned = np.broadcast_to(rig.matrices[bone], (frames, 4, 4))
        axes = np.broadcast_to(above if name in rig.unlocal else above @ offset, (frames, 4, 4))
        matrix = np.broadcast_to(turned, (frames, 4, 4)).copy()
        matrix[:, :3, 3] = start
        if name in channels:
            rotation, location = channels[name]
            matrix[:, :3, :3] = matrix[:, :3, :3] @ R.to_matrix(rotation)
            if location is not None and name not in rig.connected:
                matrix[:, :3, 3] += (axes[:, :3, :3] @ location[..., None])[..., 0]
        posed[:, bone] = matrix
    return posed


def play(rig: Rig, bone_map: BoneMap, roots, rotations, to_engine, hands="relaxed"):
    """Put a motion onto a rig; returns its body, the posed bones in the world and what is read from them."""
    body = body_of(rig, bone_map, to_engine)
    posed = to_engine @ pose(rig, solve(body, roots, rotations, to_engine, hands), len(roots))
    read = read_person(body, posed[:, [rig.index[name] for name in body.reads]])
    return body, posed, read


@cache
def person(family: str, seed: int, which: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Roots and rotations of one person of a choreographed scene, every fifth frame."""
    motion = choreograph(family, seed, 90).motion
    return motion.root_positions[which, ::5], motion.joint_rotations[which, ::5]


@cache
def expected_map(family: str) -> BoneMap:
    """The bone map of a family's outline."""
    return map_of(bones_of(family), family)
