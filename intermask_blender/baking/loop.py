"""Makes a motion go round: its end passes into its start, and each round begins where the last one came to."""

from dataclasses import replace

import bpy
import numpy as np
from mathutils import Matrix

from .channels import Channel, Span, blended
from .root_motion import Root


def closed(rig: bpy.types.Object, channels: list[Channel], root: Root, span: Span, frames: int) -> list[Channel]:
    """The channels with an end that is their start, but for how far the figure came over the ground.

    frames: over how many at the end they pass into the start; at least the last one does.
    """
    share = np.clip((span.frames - (span.end - max(frames, 1))) / max(frames, 1), 0.0, 1.0)
    travel = travelling(channels, root)
    return [
        replace(channel, values=channel.values + np.outer(share, _end(channel, root) - channel.values[-1]))
        if channel is travel
        else blended(rig, channel, channel.values[:1], share)
        for channel in channels
    ]


def travelling(channels: list[Channel], root: Root) -> Channel | None:
    """The channel that carries the figure over the ground: the object's if that moves, else the root bone's."""
    places = {channel.owner: channel for channel in channels if channel.name == "location" and channel.moves}
    return places.get("", places.get(root.path))


def make_cyclic(bag: bpy.types.ActionChannelbag, channels: list[Channel], root: Root) -> None:
    """Let the curves of what moves repeat for ever."""
    travel = travelling(channels, root)
    for channel in channels:
        if channel.moves:
            for index in channel.indices:
                cycles = bag.fcurves.find(channel.path, index=index).modifiers.new("CYCLES")
                cycles.mode_before = "NONE"
                cycles.mode_after = "REPEAT_OFFSET" if channel is travel else "REPEAT"


def _end(channel: Channel, root: Root) -> np.ndarray:
    """Where (3,) the figure has come to, as high as it began."""
    axes = np.eye(3)
    if channel.owner:
        zero = root.to_armature(Matrix()).translation
        moved = [root.to_armature(Matrix.Translation(unit)).translation - zero for unit in np.eye(3)]
        axes = root.placed[:3, :3] @ np.array(moved).T
    way = axes @ (channel.values[-1] - channel.values[0])
    return channel.values[0] + np.linalg.solve(axes, way - root.up * (way @ root.up))
