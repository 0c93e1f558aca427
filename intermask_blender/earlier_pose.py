"""What a character had before its takes: the pose, as they key what the user's own action may not, and its NLA mixing.

Blender leaves a channel as the last action had it; a character that goes back to its own would keep half a take.
"""

import json

import bpy
from bpy.utils import escape_identifier

from .curves import all_curves

POSE = "intermask_before_pose"  # on an armature object: the values by data path, as JSON


def remember(rig: bpy.types.Object, action: bpy.types.Action) -> None:
    """Remember what is about to be changed by an action of a take, unless an earlier one already changed it."""
    values = json.loads(rig.get(POSE, "{}"))
    paths = {curve.data_path for curve in all_curves(action)} | _uncovered(rig).keys()
    for path in paths - values.keys():
        try:
            value = rig.path_resolve(path)
        except ValueError:  # a bone that is gone
            continue
        values[path] = value if isinstance(value, int | float | str) else list(value)
    rig[POSE] = json.dumps(values)


def uncover(rig: bpy.types.Object) -> None:
    """Let the action of a character be seen as it is, whatever NLA strips lie below it."""
    for path, value in _uncovered(rig).items():
        _put(rig, path, value)


def restore(rig: bpy.types.Object) -> None:
    """Give a character the remembered pose back, as far as its bones are still there."""
    for path, value in json.loads(rig.get(POSE, "{}")).items():
        _put(rig, path, value)
    forget(rig)


def forget(rig: bpy.types.Object) -> None:
    """Let the pose be remembered anew."""
    if POSE in rig:
        del rig[POSE]


def _uncovered(rig: bpy.types.Object) -> dict[str, str | float | bool]:
    """What of the NLA would mix an action with strips or hide it: the values by data path that don't."""
    animation, own = rig.animation_data, {}
    for track in animation.nla_tracks if animation else ():
        own["animation_data.action_blend_type"] = "REPLACE"
        own["animation_data.action_influence"] = 1.0
        if track.is_solo:
            own[f'animation_data.nla_tracks["{escape_identifier(track.name)}"].is_solo'] = False
    return own


def _put(rig: bpy.types.Object, path: str, value) -> None:
    """Set what a data path leads to, if that is still there."""
    custom = path.endswith('"]')  # pose.bones["x"]["name"] or pose.bones["x"].location
    owner, _, name = path.removesuffix('"]').rpartition('["') if custom else path.rpartition(".")
    try:
        thing = rig.path_resolve(owner) if owner else rig
    except ValueError:
        return
    if custom:
        thing[bpy.utils.unescape_identifier(name)] = value
    else:
        setattr(thing, name, value)
