"""Puts an action into the NLA, above what a character plays already."""

import bpy

from ..curves import all_curves, new_action, new_curve, value_of

TRACK = "InterMask"
HELD = "InterMask: place"


def add_strip(rig: bpy.types.Object, action: bpy.types.Action, name: str, start: int, blends: tuple[int, int]) -> None:
    """Add a strip with an action for a character, on a free track of ours, else on a new one on top.

    The action that the character plays becomes a strip below. blends: over how many frames the strip passes from what
    was played before it, and into what goes on below it. No track is unmuted, and none that is locked changes.
    What the action moves and no strip below does stays where it is now outside of the strip, by a strip below it.
    """
    animation = rig.animation_data_create()
    if animation.action:
        _push_down(animation)
    end = start + action.frame_range[1] - action.frame_range[0]
    track = _free_track(animation, start, end) or _new_track(animation, TRACK)
    tracks = [below for below in animation.nla_tracks[:-1] if not below.mute]
    below = [other for track in tracks for other in track.strips if not other.mute]
    goes_on = any(other.frame_end > end for other in below)
    strip = track.strips.new(name, start, action)
    strip.action_slot = action.slots[0]
    strip.influence = 1.0  # Blender 5 makes some with none
    strip.use_auto_blend = False
    strip.blend_in = blends[0] if any(other.frame_start <= start for other in below) else 0
    strip.blend_out = blends[1] if goes_on else 0
    strip.extrapolation = "NOTHING" if goes_on else "HOLD_FORWARD" if below else "HOLD"
    if below:
        _hold_the_rest(rig, action, below)


def is_hidden(rig: bpy.types.Object) -> bool:
    """Whether the NLA of a character shows nothing of a track that is on."""
    animation = rig.animation_data
    return not animation.use_nla or any(track.is_solo for track in animation.nla_tracks)


def _push_down(animation: bpy.types.AnimData) -> None:
    """Make a strip of the action that is played, mixed as it is."""
    action, slot = animation.action, animation.action_slot
    mix = animation.action_blend_type, animation.action_influence, animation.action_extrapolation
    start = action.frame_range[0]
    strip = _new_track(animation, action.name).strips.new(action.name, int(start // 1), action)
    strip.action_slot = slot
    strip.use_auto_blend = False
    strip.blend_type, strip.influence, strip.extrapolation = mix
    strip.frame_start_ui = start
    animation.action = None


def _hold_the_rest(rig: bpy.types.Object, action: bpy.types.Action, below: list[bpy.types.NlaStrip]) -> None:
    """Add a strip with what an action moves and none below it does; where no strip says more, Blender takes zero."""
    moved = {
        (curve.data_path, curve.array_index)
        for strip in below
        for curve in (all_curves(strip.action) if strip.action else ())
    }
    places = {(curve.data_path, curve.array_index) for curve in all_curves(action)} - moved
    held = {place: value for place in sorted(places) if (value := value_of(rig, *place)) != _default(rig, *place)}
    if not held:
        return
    still, bag = new_action(f"{rig.name}: {HELD}", rig)
    for (path, index), value in held.items():
        new_curve(bag, path, index).keyframe_points.insert(action.frame_range[0], value)
    tracks = rig.animation_data.nla_tracks
    track = tracks.new(prev=tracks[-2])
    track.name = HELD
    strip = track.strips.new(HELD, int(action.frame_range[0]), still)
    strip.action_slot, strip.influence, strip.extrapolation = still.slots[0], 1.0, "HOLD"


def _default(rig: bpy.types.Object, path: str, index: int) -> float | None:
    """What Blender takes for a property that no strip moves; None for one of the user's own."""
    if path.endswith('"]'):
        return None
    owner, _, name = path.rpartition(".")
    known = (rig.path_resolve(owner) if owner else rig).bl_rna.properties[name]
    return known.default_array[index] if known.is_array else known.default


def _free_track(animation: bpy.types.AnimData, start: float, end: float) -> bpy.types.NlaTrack | None:
    """The topmost track, if it is one of ours that is neither locked nor muted and has room there."""
    track = animation.nla_tracks[-1] if animation.nla_tracks else None
    if track is None or not track.name.startswith(TRACK) or track.lock or track.mute:
        return None
    return track if all(strip.frame_end <= start or strip.frame_start >= end for strip in track.strips) else None


def _new_track(animation: bpy.types.AnimData, name: str) -> bpy.types.NlaTrack:
    tracks = animation.nla_tracks
    track = tracks.new(prev=tracks[-1] if tracks else None)
    track.name = name
    return track
