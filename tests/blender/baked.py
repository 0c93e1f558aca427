"""Takes to bake, and what is to be compared before and after."""

from dataclasses import replace

import bpy
import numpy as np

from engine.datasets.choreography import choreograph
from intermask_blender import apply_result, people
from intermask_blender.core import motion, protocol

ATTRIBUTES = ("co", "handle_left", "handle_right")


def take_of(scene, rigs=(None, None), clip: motion.Motion | None = None, **wishes) -> list[bpy.types.Object]:
    """Let two people walk up and shake hands in a take from the current frame on; returns their armatures."""
    clip = clip or choreograph("shake_hands", 3, 45).motion
    cast = apply_result.Cast(scene.session_uid, [rig and rig.session_uid for rig in rigs], people.at_cursor(scene))
    order = apply_result.Order("Two people shake hands", 2.0, 0, {}, "starter", "A", scene.frame_current, cast)
    apply_result.apply(replace(order, **wishes), protocol.pack(clip), "")
    found = {rig.session_uid: rig for rig in scene.objects}
    return [found[uid] for uid in cast.rigs]


def poses(rigs, frames, scene) -> np.ndarray:
    """(frames, bones, 4, 4): matrices of all bones of all rigs in the world, frames with fractions allowed."""
    found = []
    for frame in frames:
        scene.frame_set(int(frame // 1), subframe=float(frame % 1))
        posed = [rig.evaluated_get(bpy.context.evaluated_depsgraph_get()) for rig in rigs]
        found.append([rig.matrix_world @ bone.matrix for rig in posed for bone in rig.pose.bones])
    return np.array(found)


def curves_of(action: bpy.types.Action) -> dict:
    """The curves of an action: (slot, data path, index) -> curve."""
    bags = [bag for layer in action.layers for strip in layer.strips for bag in strip.channelbags]
    return {(bag.slot.identifier, curve.data_path, curve.array_index): curve for bag in bags for curve in bag.fcurves}


def told(action: bpy.types.Action) -> dict:
    """All that an action says, to compare it: values, handles and kinds of all keys."""
    return {
        channel: [
            (*(tuple(getattr(key, name)) for name in ATTRIBUTES), key.interpolation, key.handle_left_type)
            for key in curve.keyframe_points
        ]
        for channel, curve in curves_of(action).items()
    }


def key_count(rigs) -> int:
    """How many keys the armatures' actions have."""
    actions = [rig.animation_data.action for rig in rigs]
    return sum(len(curve.keyframe_points) for action in actions for curve in curves_of(action).values())
