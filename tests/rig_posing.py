"""Pose a rig in numpy as Blender does, from the channels of its bones."""

import numpy as np

from engine import rotations as R
from intermask_blender.retarget.rig import Rig
from intermask_blender.retarget.solve import Channels


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
