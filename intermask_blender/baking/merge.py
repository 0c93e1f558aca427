"""Puts keys into an action that is there: what it has outside of their frames stays, and plays as before."""

import bpy
import numpy as np

from ..core import errors
from ..curves import new_curve, value_of
from .channels import SAME, Channel, Span, blended

AUTOMATIC = {"AUTO", "AUTO_CLAMPED", "VECTOR"}  # handles that follow the neighbouring keys
SIMPLE = {"CONSTANT", "LINEAR"}


def check(rig: bpy.types.Object, action: bpy.types.Action, slot, paths: set[str]) -> None:
    """Raise EngineError if keys for these data paths can't go into the action that a character has."""
    refusal = _refusal(rig, action, slot, paths)
    if refusal:
        raise errors.EngineError(f"{refusal} Or bake to a new action.")


def _refusal(rig: bpy.types.Object, action: bpy.types.Action, slot, paths: set[str]) -> str:
    if not action.is_editable:
        return f'The action "{action.name}" is linked from another file: make it local.'
    others = [user.name for user in (slot.users() if slot else ()) if user != rig]
    if others:
        return f'"{rig.name}" shares the action "{action.name}" with "{others[0]}": make it single-user.'
    curves = [curve for curve in _curves(action, slot) if curve.data_path in paths]
    for curve in curves:
        if curve.lock or (curve.group and curve.group.lock):
            return f'The action "{action.name}" has locked channels: unlock {curve.data_path}.'
        if len(curve.modifiers):
            return f'The action "{action.name}" has curve modifiers: remove them from {curve.data_path}.'
        if curve.sampled_points:
            return f'The action "{action.name}" has samples for keys: convert them to keys.'
    keyed = {curve.data_path for curve in curves}
    below = [strip for track in rig.animation_data.nla_tracks if not track.mute for strip in track.strips]
    for strip in below:
        if strip.action and {curve.data_path for curve in _curves(strip.action, strip.action_slot)} & paths - keyed:
            return f'NLA strips move "{rig.name}" as well, and new keys would hide them: bake to NLA strips.'
    return ""


def blend(
    rig: bpy.types.Object, bag: bpy.types.ActionChannelbag, channels: list[Channel], span: Span, frames: tuple[int, int]
) -> list[Channel]:
    """The channels passing from what the curves of a channelbag have, and back into it, over so many frames.

    What no curve moves has the value that it has now. Channels with muted curves are left out.
    """
    first, last = frames
    into = (span.frames - span.start) / first if first else np.ones(len(span.frames))
    out = (span.end - span.frames) / last if last else np.ones(len(span.frames))
    share = 1 - np.clip(np.minimum(into, out), 0.0, 1.0)
    found = []
    for channel in channels:
        own = [bag.fcurves.find(channel.path, index=index) for index in channel.indices]
        if any(curve and (curve.mute or (curve.group and curve.group.mute)) for curve in own):
            continue
        columns = [
            [curve.evaluate(frame) for frame in span.frames]
            if curve
            else np.full(len(span.frames), value_of(rig, channel.path, index))
            for curve, index in zip(own, channel.indices, strict=True)
        ]
        found.append(blended(rig, channel, np.array(columns).T, share))
    return found


def make_room(rig: bpy.types.Object, bag: bpy.types.ActionChannelbag, channels: list[Channel], span: Span) -> None:
    """Take the keys within the span away. A key on the frame before and after it keeps all others playing as before."""
    before, after = float(np.ceil(span.start - SAME) - 1), float(np.floor(span.end + SAME) + 1)
    for path, index in ((channel.path, index) for channel in channels for index in channel.indices):
        curve = bag.fcurves.find(path, index=index)
        if curve is None:
            curve = new_curve(bag, path, index)
            curve.keyframe_points.insert(before, value_of(rig, path, index), options={"FAST"})
        if len(curve.keyframe_points):
            pin(curve, before)
            pin(curve, after)
            _empty(curve, span)


def pin(curve: bpy.types.FCurve, frame: float) -> None:
    """Add a key to a curve without changing its shape; of its neighbours the handles that face it change."""
    points = curve.keyframe_points
    at = int(np.searchsorted([point.co.x for point in points], frame - SAME))
    if at < len(points) and abs(points[at].co.x - frame) < SAME:
        return
    inside = 0 < at < len(points)
    kind = points[at - 1].interpolation if inside else "BEZIER"  # whose handles tell how the curve goes on at its ends
    if kind not in SIMPLE | {"BEZIER"}:
        _fill(curve, at)
        return
    value, slope = curve.evaluate(frame), curve.evaluate(frame + 1) - curve.evaluate(frame)
    facing = [(frame - 1, value - slope), (frame + 1, value + slope)]
    if inside and kind == "BEZIER":
        before, *facing, after = _split(points[at - 1], points[at], frame)
    points.insert(frame, value, options={"FAST"})
    for neighbour in (at - 1, at + 1):
        if 0 <= neighbour < len(points):
            _free(points[neighbour])
    if inside and kind == "BEZIER":
        points[at - 1].handle_right, points[at + 1].handle_left = before, after
    key = points[at]
    key.handle_left_type = key.handle_right_type = "FREE"
    key.co, key.interpolation = (frame, value), kind
    key.handle_left, key.handle_right = facing
    curve.update()


def _fill(curve: bpy.types.FCurve, at: int) -> None:
    """Put a key on every frame between a key that eases into the next, and that one: nothing else has such a shape."""
    points = curve.keyframe_points
    start, end = points[at - 1].co.x, points[at].co.x
    frames = [
        float(frame) for frame in np.arange(np.floor(start) + 1, np.ceil(end)) if start + SAME < frame < end - SAME
    ]
    values = [curve.evaluate(frame) for frame in frames]
    for number in (at - 1, at):
        _free(points[number])
    for frame, value in zip(frames, values, strict=True):
        points.insert(frame, value, options={"FAST"}).interpolation = "LINEAR"
    points[at - 1].interpolation = "LINEAR"
    curve.update()


def _split(a: bpy.types.Keyframe, b: bpy.types.Keyframe, frame: float) -> list[np.ndarray]:
    """The handles (4, 2) of two Bezier segments that are one so far: the first key's, the new one's two, the last's."""
    p0, p1, p2, p3 = (np.array(point) for point in (a.co, a.handle_right, b.handle_left, b.co))
    reach, long = abs(p1[0] - p0[0]) + abs(p3[0] - p2[0]), p3[0] - p0[0]
    if reach > long:  # Blender shortens handles that overlap
        p1, p2 = p0 + (p1 - p0) * long / reach, p3 + (p2 - p3) * long / reach
    low, high = 0.0, 1.0
    for _ in range(60):
        u = (low + high) / 2
        v = 1 - u
        x = v**3 * p0[0] + 3 * v * v * u * p1[0] + 3 * v * u * u * p2[0] + u**3 * p3[0]
        low, high = (u, high) if x < frame else (low, u)
    p01, p12, p23 = (start + (end - start) * u for start, end in ((p0, p1), (p1, p2), (p2, p3)))
    return [p01, p01 + (p12 - p01) * u, p12 + (p23 - p12) * u, p23]


def _empty(curve: bpy.types.FCurve, span: Span) -> None:
    """Remove the keys within a span; those next to it keep the shape that they have."""
    points = curve.keyframe_points
    within = [number for number, key in enumerate(points) if span.start - SAME <= key.co.x <= span.end + SAME]
    for number in reversed(within):
        points.remove(points[number], fast=True)
    last = sum(key.co.x < span.start for key in points) - 1
    _free(points[last])
    _free(points[last + 1])


def _free(key: bpy.types.Keyframe) -> None:
    """Let a key keep its handles where they are, whatever becomes of its neighbours."""
    if {key.handle_left_type, key.handle_right_type} & AUTOMATIC:
        handles = [tuple(key.handle_left), tuple(key.handle_right)]
        key.handle_left_type = key.handle_right_type = "FREE"
        key.handle_left, key.handle_right = handles


def _curves(action: bpy.types.Action, slot: bpy.types.ActionSlot | None) -> list[bpy.types.FCurve]:
    """The curves of a slot."""
    bags = [strip.channelbag(slot) for layer in action.layers for strip in layer.strips] if slot else []
    return [curve for bag in bags if bag for curve in bag.fcurves]
