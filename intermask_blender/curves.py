"""Actions and their curves: where they are kept, the paths of what they move, keys by the thousand."""

import re

import bpy
import numpy as np
from bpy.utils import escape_identifier, unescape_identifier

LINEAR, BEZIER = 1, 2  # Keyframe.interpolation as foreach_set wants it
WIDTHS = {"location": 3, "scale": 3, "rotation_euler": 3, "rotation_quaternion": 4, "rotation_axis_angle": 4}
BONE = re.compile(r'pose\.bones\["((?:[^"\\]|\\.)*)"\]')


def bone_path(name: str) -> str:
    """The path of a pose bone."""
    return f'pose.bones["{escape_identifier(name)}"]'


def value_of(rig: bpy.types.Object, path: str, index: int) -> float:
    """What a property is now."""
    value = rig.path_resolve(path)
    return float(value) if isinstance(value, int | float) else float(value[index])


def new_action(name: str, rig: bpy.types.Object) -> tuple[bpy.types.Action, bpy.types.ActionChannelbag]:
    """Make an empty action for an object, and where its curves go."""
    action = bpy.data.actions.new(name)
    return action, bag_of(action, action.slots.new(id_type="OBJECT", name=rig.name))


def bag_of(action: bpy.types.Action, slot: bpy.types.ActionSlot) -> bpy.types.ActionChannelbag:
    """Where an action keeps the curves of a slot."""
    layer = action.layers[0] if action.layers else action.layers.new("Layer")
    strip = layer.strips[0] if layer.strips else layer.strips.new(type="KEYFRAME")
    return strip.channelbag(slot, ensure=True)


def all_curves(action: bpy.types.Action) -> list[bpy.types.FCurve]:
    """The curves of all slots of an action."""
    bags = [bag for layer in action.layers for strip in layer.strips for bag in strip.channelbags]
    return [curve for bag in bags for curve in bag.fcurves]


def new_curve(bag: bpy.types.ActionChannelbag, path: str, index: int) -> bpy.types.FCurve:
    """An empty curve in the group that Blender would put it in."""
    bone = BONE.match(path)
    name = unescape_identifier(bone[1]) if bone else "Object Transforms"
    curve = bag.fcurves.new(path, index=index)
    curve.group = bag.groups.get(name) or bag.groups.new(name)
    return curve


def write_curves(bag: bpy.types.ActionChannelbag, path: str, frames: np.ndarray, values: np.ndarray) -> None:
    """Add a linear curve for each column of `values` (T, n), with keys at the frames (T,)."""
    interpolation = np.full(len(frames), LINEAR, dtype=np.int32)
    keys = np.empty((len(frames), 2), dtype=np.float32)
    keys[:, 0] = frames
    for index, column in enumerate(values.T):
        curve = new_curve(bag, path, index)
        curve.keyframe_points.add(len(frames))
        keys[:, 1] = column
        curve.keyframe_points.foreach_set("co", keys.ravel())
        curve.keyframe_points.foreach_set("interpolation", interpolation)
        curve.update()
