"""What Blender makes of rigs on the frames of a scene, asked for without the add-on's own reading."""

import bpy
import numpy as np

from intermask_blender import space
from intermask_blender.core import skeleton


def read_joints(rigs, frames, scene) -> np.ndarray:
    """Where the bones of reference rigs start: (rigs, frames, 22, 3), Y-up metres in the world."""
    heads = []
    for frame in frames:
        scene.frame_set(frame)
        posed = [rig.evaluated_get(bpy.context.evaluated_depsgraph_get()) for rig in rigs]
        bones = [[rig.pose.bones[name] for name in skeleton.JOINT_NAMES] for rig in posed]
        heads.append([[rig.matrix_world @ bone.head for bone in own] for rig, own in zip(posed, bones, strict=True)])
    return space.to_engine_positions(np.array(heads).swapaxes(0, 1), scene)
