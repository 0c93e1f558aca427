"""The pose that a character had before its takes: what they key and the user's own action may not.

Blender leaves a channel as the last action had it; a character that goes back to its own would keep half a take.
"""

import json

import bpy

POSE = "intermask_before_pose"  # on an armature object: the values by data path, as JSON


def remember(rig: bpy.types.Object, action: bpy.types.Action) -> None:
    """Remember what is about to be changed by an action of a take, unless an earlier one already changed it."""
    values = json.loads(rig.get(POSE, "{}"))
    for layer in action.layers:
        for strip in layer.strips:
            for bag in strip.channelbags:
                for path in {curve.data_path for curve in bag.fcurves} - values.keys():
                    try:
                        value = rig.path_resolve(path)
                    except ValueError:  # a bone that is gone
                        continue
                    values[path] = value if isinstance(value, int | float) else list(value)
    rig[POSE] = json.dumps(values)


def restore(rig: bpy.types.Object) -> None:
    """Give a character the remembered pose back, as far as its bones are still there."""
    for path, value in json.loads(rig.get(POSE, "{}")).items():
        custom = path.endswith('"]')  # pose.bones["x"]["name"] or pose.bones["x"].location
        owner, _, name = path.removesuffix('"]').rpartition('["') if custom else path.rpartition(".")
        try:
            thing = rig.path_resolve(owner) if owner else rig
        except ValueError:
            continue
        if custom:
            thing[bpy.utils.unescape_identifier(name)] = value
        else:
            setattr(thing, name, value)
    forget(rig)


def forget(rig: bpy.types.Object) -> None:
    """Let the pose be remembered anew."""
    if POSE in rig:
        del rig[POSE]
