"""Puts a take onto the timeline, as animation of the user's own; the take stays as it is."""

from dataclasses import dataclass

import bpy
import numpy as np

from .. import actor, people, rotation_modes, space, takes
from ..core import errors
from ..curves import WIDTHS, bag_of, new_action, new_curve, value_of
from ..retarget.body import Body
from . import loop, merge, root_motion, strips
from .channels import Channel, Keyed, Span, read, span, straight, write
from .figure import figure_of
from .key_reduction import is_bent, reduce_keys, slopes


@dataclass(frozen=True)
class Wishes:
    """How a take is to be baked.

    mode: "NEW", "MERGE" or "NLA", where the keys go. start: frame. rate: keys per second; None: on the scene's frames.
    bound: metres and degrees that the figure may stray for fewer keys; None: every key is kept.
    on_object: whether the object carries the figure over the ground. loop: whether the motion goes round.
    blends: over how many frames the motion passes from and into what is around it.
    """

    mode: str
    start: int
    rate: float | None = None
    bound: tuple[float, float] | None = None
    on_object: bool = False
    loop: bool = False
    blends: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Part:
    """A person of a take: what their armature does over the span, and the root of it."""

    rig: bpy.types.Object
    body: Body
    span: Span
    channels: list[Channel]
    root: root_motion.Root


def bake(scene: bpy.types.Scene, index: int, wishes: Wishes) -> tuple[int, int, list[str]]:
    """Let the people of a row's take play it as animation of their own.

    Returns how many keys were made, how many they would be without reduction, and warnings.
    Raises EngineError before anything changes but the take that is on view.
    """
    take, facts = scene.intermask.takes[index].id, takes.facts(scene, index)
    cast = list(takes.parts(scene, take).values())
    if facts is None or not cast:
        raise errors.EngineError("The people of this take, or its actions, are gone: make the take again.")
    _check(cast, wishes)
    scene.intermask.active_take = index
    with actor.at_frame(scene, facts.start):
        parts = _parts(scene, cast, facts, wishes)
        for part in parts if wishes.on_object else ():
            _hold_place(part)
    takes.leave(scene, take)
    title = facts.name or people.one_line(facts.prompt)
    counts = [_place(part, title, wishes) for part in parts]
    hidden = [part.rig.name for part in parts if wishes.mode == "NLA" and strips.is_hidden(part.rig)]
    warnings = [f'The NLA of "{name}" is off or shows one track alone: the strip is not seen yet.' for name in hidden]
    return sum(made for made, _ in counts), sum(full for _, full in counts), warnings


def _check(cast: list, wishes: Wishes) -> None:
    """Raise EngineError for what can't be baked so."""
    if wishes.loop and wishes.mode == "MERGE":
        raise errors.EngineError("A loop needs an action of its own: bake it to a new action or to NLA strips.")
    for rig, action in cast:
        if not rig.is_editable:
            raise errors.EngineError(f'"{rig.name}" is linked from another file: make it local.')
        if rig.mode == "EDIT":
            raise errors.EngineError(f'"{rig.name}" is being edited: leave Edit Mode.')
        own, slot = takes.own(rig)
        if wishes.mode == "MERGE" and own:
            paths = {curve.data_path for curve in bag_of(action, action.slots[0]).fcurves}
            placing = {"location", rotation_modes.channel(rig.rotation_mode)} if wishes.on_object else set()
            merge.check(rig, own, slot, paths | placing)


def _parts(scene: bpy.types.Scene, cast: list, facts: takes.Facts, wishes: Wishes) -> list[Part]:
    """What the people do over the frames that it will take. Raises EngineError for whose bones aren't known."""
    fps = space.scene_fps(scene)
    own_fps = facts.fps or fps
    first = min(action.frame_range[0] for _, action in cast)
    seconds = (max(action.frame_range[1] for _, action in cast) - first) / own_fps
    parts = []
    for rig, action in cast:
        body = actor.body(rig, scene)
        frames = span(wishes.start, seconds, fps, wishes.rate or fps)
        channels = read(rig, action, first + (frames.frames - frames.start) * own_fps / fps)
        if not channels:
            raise errors.EngineError(f'All channels of this take of "{rig.name}" are muted: unmute them.')
        root = root_motion.root_of(rig, body)
        if wishes.on_object:
            root_motion.check(rig, body)
            channels = root_motion.to_object(root, channels)
        if wishes.loop:
            channels = loop.closed(rig, channels, root, frames, wishes.blends[1])
        parts.append(Part(rig, body, frames, channels, root))
    return parts


def _hold_place(part: Part) -> None:
    """Let the takes of a character keep the object where it is, as another action is about to move it."""
    rotation = rotation_modes.channel(part.rig.rotation_mode)
    for action in filter(None, part.rig[takes.TAKES].values()):
        bag = bag_of(action, action.slots[0])
        for path, index in [("location", i) for i in range(3)] + [(rotation, i) for i in range(WIDTHS[rotation])]:
            if bag.fcurves.find(path, index=index) is None:
                curve = new_curve(bag, path, index)
                curve.keyframe_points.insert(action.frame_range[0], value_of(part.rig, path, index))


def _place(part: Part, title: str, wishes: Wishes) -> tuple[int, int]:
    """Give a person the keys. Returns how many, and how many without reduction."""
    rig, channels = part.rig, part.channels
    animation = rig.animation_data
    merged = wishes.mode == "MERGE" and animation.action is not None
    if merged:
        bag = bag_of(animation.action, animation.action_slot or _new_slot(animation))
        channels = merge.blend(rig, bag, channels, part.span, wishes.blends)
        merge.make_room(rig, bag, channels, part.span)
    else:
        action, bag = new_action(f"{rig.name}: {title}", rig)
    channels = [straight(channel, part.span) for channel in channels]
    keyed = _keyed(part, channels, wishes, merged)
    for one in keyed:
        write(bag, one, part.span.frames)
    if wishes.loop:
        loop.make_cyclic(bag, channels, part.root)
        action.use_frame_range = action.use_cyclic = True
        action.frame_start, action.frame_end = part.span.start, part.span.end
    if wishes.mode == "NLA":
        strips.add_strip(rig, action, title, wishes.start, wishes.blends)
    elif not merged:
        animation.action, animation.action_slot = action, action.slots[0]
        animation.action_blend_type, animation.action_influence = "REPLACE", 1.0
    return sum(one.count for one in keyed), sum(one.full_count(part.span) for one in keyed)


def _new_slot(animation: bpy.types.AnimData) -> bpy.types.ActionSlot:
    animation.action_slot = animation.action.slots.new(id_type="OBJECT", name=animation.id_data.name)
    return animation.action_slot


def _keyed(part: Part, channels: list[Channel], wishes: Wishes, hold: bool) -> list[Keyed]:
    """The channels with their keys. What doesn't move gets one, or one at each end if it has to hold that long."""
    grid, times = part.span.grid, part.span.frames
    few = _reduced(part, channels, wishes.bound) if wishes.bound else {}
    keyed = []
    for channel in channels:
        if not channel.moves:
            keyed.append(Keyed(channel, grid[[0, -1]] if hold else grid[:1]))
        elif channel.path in few:
            keys = few[channel.path]
            keyed.append(Keyed(channel, keys, slopes(channel.values, keys, times, grid), is_bent(keys, grid)))
        else:
            keyed.append(Keyed(channel, grid))
    return keyed


def _reduced(part: Part, channels: list[Channel], bound: tuple[float, float]) -> dict[str, np.ndarray]:
    """The keys that the channels of the figure need, by path."""
    if not any(channel.turns for channel in channels):  # the user's own channels of the body are muted
        return {}
    figure, tracks, owners = figure_of(part.rig, part.body, channels)
    chosen = dict(zip(owners, reduce_keys(tracks, figure, part.span.frames, part.span.grid, *bound), strict=True))
    return {
        channel.path: chosen[channel.owner]
        for channel in channels
        if channel.owner in chosen and (channel.turns or channel.name == "location")
    }
