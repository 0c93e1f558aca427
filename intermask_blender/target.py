"""Writes a person's motion as a new action for a mapped armature, in the rotation modes that its bones have."""

import bpy
import numpy as np
from bpy.utils import escape_identifier

from . import actor, rotation_modes, space
from .core import errors, skeleton
from .curves import all_curves, bone_path, new_action, new_curve, write_curves
from .retarget.body import Body
from .retarget.bone_map import FINGERS
from .retarget.solve import Channels, solve

# What places an object or a bone.
PLACE = {"location", "rotation_quaternion", "rotation_euler", "rotation_axis_angle", "scale"}


def check(rig: bpy.types.Object, scene: bpy.types.Scene) -> Body:
    """The body of a character that can be given a motion.

    Raises EngineError for an armature that is linked, shown at rest or no person's, or whose channels are locked.
    """
    if not rig.is_editable or rig.override_library:  # an override forgets its takes when the file is saved
        raise errors.EngineError(f'"{rig.name}" is linked from another file: make it local.')
    if rig.data.pose_position == "REST":
        raise errors.EngineError(actor.IN_REST_POSITION.format(name=rig.name))
    body = actor.body(rig, scene)
    top = body.bone_map.top(body.rig)
    for part, names in body.bone_map.bones.items():
        for bone in (rig.pose.bones[name] for name in names if part not in FINGERS):
            turns = (*bone.lock_rotation, bone.lock_rotation_w and bone.lock_rotations_4d)
            if any(turns) or (bone.name == top and any(bone.lock_location)):
                raise errors.EngineError(
                    f'The bone "{bone.name}" of "{rig.name}" has locked channels: unlock them in the sidebar.'
                )
    return body


def make_action(
    rig: bpy.types.Object,
    body: Body,
    name: str,
    roots: np.ndarray,
    turns: np.ndarray,
    scene: bpy.types.Scene,
    start: int,
    hands: str = "relaxed",
) -> bpy.types.Action:
    """Make an action that lets a character move so where it stands on the current frame, one key per frame.

    roots: (T, 3) pelvis positions in the world, Y-up metres, for this body's proportions.
    turns: (T, J, 4) local rotations as Motion has them. hands: the fingers' pose if the motion has no hands, one of
    `fingers.HANDS`.
    The action isn't played: neither rig nor scene change.
    """
    frames = np.arange(start, start + len(roots))
    channels = solve(body, roots, turns, places(rig, body, frames, scene), hands)
    action, bag = new_action(name, rig)
    _key_setting(bag, rig, body, start)
    _key_rests(bag, rig, body, channels, start)
    fingers = {name for part in FINGERS for name in body.bone_map.bones.get(part, ())}
    held = fingers if turns.shape[1] == len(skeleton.PARENTS) else set()  # a hand's pose is keyed once
    for bone, mode, values in _in_own_modes(rig, channels):
        count = 1 if bone in held else len(frames)
        if (locations := channels[bone].location) is not None:
            write_curves(bag, f"{bone_path(bone)}.location", frames, locations)
        write_curves(bag, f"{bone_path(bone)}.{rotation_modes.channel(mode)}", frames[:count], values[:count])
    return action


def play(rig: bpy.types.Object, action: bpy.types.Action) -> None:
    """Let a character play an action from `make_action`; what it played before is kept in the file."""
    animation = rig.animation_data_create()
    if animation.action:
        animation.action.use_fake_user = True  # or it would be gone after the next save
    animation.action = action
    animation.action_slot = action.slots[0]


def places(rig: bpy.types.Object, body: Body, frames: np.ndarray, scene: bpy.types.Scene) -> np.ndarray:
    """Where a character stays while a take is played, as the way from the armature's space to the engine's world.

    Its own place is held as it is now; what carries it goes on moving. Returns (4, 4), or (T, 4, 4) if it is carried.
    """
    here = actor.place(rig, body.rig, body.bone_map)
    if _is_carried(rig):
        inside = np.linalg.solve(_carrier(rig), here)
        with actor.at_frame(scene, frames[0]):
            carriers = []
            for frame in frames:
                scene.frame_set(int(frame))
                carriers.append(_carrier(rig))
        here = np.stack(carriers) @ inside
    return space.to_engine_matrices(here, scene)


def _is_carried(rig: bpy.types.Object) -> bool:
    """Whether something other than its own animation moves an armature object."""
    above = rig
    while above is not None:
        if above.constraints or (above is not rig and above.animation_data):
            return True
        above = above.parent
    return False


def _carrier(rig: bpy.types.Object) -> np.ndarray:
    """What an object's own transform is relative to (4, 4)."""
    return np.array(actor.evaluated(rig).matrix_world) @ np.linalg.inv(np.array(rig.matrix_basis))


def _key_setting(bag, rig: bpy.types.Object, body: Body, start: int) -> None:
    """One key each for what the motion rests on: a control rig's switches, and what other actions move of the place."""
    first = np.array([start])
    for switch in body.bone_map.switches:
        if switch.property in rig.pose.bones[switch.bone]:
            path = f'{bone_path(switch.bone)}["{escape_identifier(switch.property)}"]'
            write_curves(bag, path, first, np.array([[switch.value]]))
    placing = {"", *map(bone_path, _placing(rig, body))}
    for path, index in sorted(_animated(rig)):
        owner, _, channel = path.rpartition(".")
        if channel in PLACE and owner in placing:
            new_curve(bag, path, index).keyframe_points.insert(start, rig.path_resolve(path)[index])


def _key_rests(bag, rig: bpy.types.Object, body: Body, channels: dict[str, Channels], start: int) -> None:
    """One key each that lays bones to rest which carry those that the motion moves."""
    animated = {path for path, _ in _animated(rig)}
    for name in sorted(_between(rig, body, channels)):
        bone = rig.pose.bones[name]
        for channel in ("location", rotation_modes.channel(bone.rotation_mode), "scale"):
            path = f"{bone_path(name)}.{channel}"
            rest = np.array(bone.bl_rna.properties[channel].default_array)
            if path in animated or not np.array_equal(getattr(bone, channel), rest):
                write_curves(bag, path, np.array([start]), rest[None])


def _between(rig: bpy.types.Object, body: Body, channels: dict[str, Channels]) -> set[str]:
    """The bones that carry some which the motion moves, but are none of these nor place the figure.

    In a control rig what counts is what the bones show that are read.
    """
    known = {*channels, *(body.reads if body.bone_map.reads else ())}
    return _carriers(rig, body, known) - known - _placing(rig, body)


def _placing(rig: bpy.types.Object, body: Body) -> set[str]:
    """The bones that the whole figure is placed by."""
    return _carriers(rig, body, {body.bone_map.top(body.rig)})


def _carriers(rig: bpy.types.Object, body: Body, names: set[str]) -> set[str]:
    """The bones that carry some of these: as parents and, in a control rig, by constraints."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        bone = rig.pose.bones[waiting.pop()]
        carriers = {bone.parent.name} if bone.parent else set()
        if body.bone_map.reads:
            carriers |= {name for constraint in bone.constraints for name in _targets(constraint, rig)}
        waiting += carriers - found
        found |= carriers
    return found


def _targets(constraint: bpy.types.Constraint, rig: bpy.types.Object) -> set[str]:
    """The bones of a rig that one of its constraints looks at."""
    aims = constraint.targets if constraint.type == "ARMATURE" else [constraint]
    names = {aim.subtarget for aim in aims if getattr(aim, "target", None) == rig}
    return {name for name in names if name in rig.pose.bones}


def _animated(rig: bpy.types.Object) -> set[tuple[str, int]]:
    """The channels that a character's action and NLA strips move."""
    animation = rig.animation_data
    if animation is None:
        return set()
    actions = [strip.action for track in animation.nla_tracks for strip in track.strips] + [animation.action]
    return {(curve.data_path, curve.array_index) for action in filter(None, actions) for curve in all_curves(action)}


def _in_own_modes(rig: bpy.types.Object, channels: dict[str, Channels]):
    """Each bone's name, rotation mode and the rotation's values (T, 3 or 4) in that mode."""
    modes: dict[str, list[str]] = {}
    for name in channels:
        modes.setdefault(rig.pose.bones[name].rotation_mode, []).append(name)
    for mode, names in modes.items():
        together = rotation_modes.values(np.stack([channels[name].rotation for name in names], axis=1), mode)
        for index, name in enumerate(names):
            yield name, mode, together[:, index]
