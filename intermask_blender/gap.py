"""A gap of a take that is made anew: which frames, and how what fills it is keyed into copies of the take's actions."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

import bpy
import numpy as np

from . import actor, rotation_modes, space, takes, target
from .core import errors, in_between, joining, motion, skeleton
from .core import rotations as R
from .curves import WIDTHS, bag_of, bone_path
from .retarget.body import Body
from .retarget.bone_map import FINGERS
from .retarget.solve import solve

BLEND = 8  # frames of the scene over which keys come from, and go back to, those that stay


@dataclass(frozen=True)
class Gap:
    """first, last: frames of the scene. start, stop: the engine's frames from start up to stop, of what it is given."""

    first: int
    last: int
    start: int
    stop: int


def around(first: int, last: int, facts: takes.Facts, longest: int, scene: bpy.types.Scene) -> tuple[Gap, int, int]:
    """The gap from frame `first` to `last` of a take, and the first and last frame of what the engine is given of it.

    longest: frames of the model's longest clip. Raises EngineError if nothing of the take is kept, or nothing made.
    """
    begin, end = max(first, facts.start), min(last, facts.end)
    if begin > end:
        raise errors.EngineError(
            f"The take has no frames from {first} to {last}: choose some between {facts.start} and {facts.end}."
        )
    step = space.scene_fps(scene) / actor.FPS
    frames = len(actor.frames_between(facts.start, facts.end, scene))
    start, stop = (_engine_frame(frame, facts.start, step) for frame in (begin - 1, end))
    seen = in_between.context(start, min(stop, frames), frames, longest)
    given_from = facts.start + int(np.ceil(seen.start * step))
    given_to = min(facts.start + int(np.ceil(seen.stop * step)) - 1, facts.end)
    start, stop = (_engine_frame(frame, given_from, step) for frame in (begin - 1, end))
    stop = min(stop, len(actor.frames_between(given_from, given_to, scene)))
    return Gap(begin, end, start, stop), given_from, given_to


def filled(given: "motion.Motion", made: "motion.Motion", fit, gap: Gap, still: int | None) -> "motion.Motion":
    """What was given with the gap as it was made, by who is not `still` (0 or 1).

    fit: puts a motion onto the bodies of those who play it.
    """
    if still is not None:
        made = joining.with_person(made, still, given)
    return in_between.filled_in(given, fit(made), gap.start, gap.stop)


def key(
    action: bpy.types.Action,
    rig: bpy.types.Object,
    body: Body,
    roots: np.ndarray,
    turns: np.ndarray,
    scene: bpy.types.Scene,
    start: int,
    gap: Gap,
) -> None:
    """Replace the keys of an action within the gap; all others stay as they are.

    So do fingers that are held, or that the motion has not.

    roots (T, 3), turns (T, J, 4): the person in the world, a frame of the scene each from `start` on.
    """
    last = len(roots) - 1
    frames = np.arange(max(gap.first - 1, start), max(gap.last, min(gap.last + 1, start + last)) + 1)
    near = np.minimum(frames - start, last)
    channels = solve(body, roots[near], turns[near], target.places(rig, body, frames, scene))
    bag = bag_of(action, action.slots[0])
    has_hands = turns.shape[1] > len(skeleton.PARENTS)
    fingers = {name for part in FINGERS for name in body.bone_map.bones.get(part, ())}
    for name in channels:
        if name in fingers and (not has_hands or _is_held(bag, name)):
            continue
        path, mode = bone_path(name), rig.pose.bones[name].rotation_mode
        if (location := channels[name].location) is not None:
            _replace(bag, path + ".location", location, frames, gap, "")
        _replace(bag, f"{path}.{rotation_modes.channel(mode)}", channels[name].rotation, frames, gap, mode)


def _is_held(bag, name: str) -> bool:
    """Whether a bone has one pose all along an action."""
    return all(len(curve.keyframe_points) < 2 for curve in bag.fcurves if curve.data_path.startswith(bone_path(name)))


def facts_of(action: bpy.types.Action, gap: Gap, prompt: str, seed: int, settings: dict, hint: str) -> takes.Facts:
    """What is known of the take that a copied action is part of from now on."""
    before = takes.Facts.of(action)
    name = before.name.removeprefix(_said(**before.gap)) if before.gap else before.name
    new = {"start": gap.first, "end": gap.last, "prompt": prompt}
    return replace(
        before,
        seed=seed,
        settings=settings,
        date=datetime.now().isoformat(timespec="milliseconds"),
        hint=hint,
        name=(_said(**new) + name)[:60],
        favourite=False,
        gap=new,
        id=uuid4().hex[:12],
    )


def _said(start: int, end: int, **_) -> str:
    """What the name of a take begins with of which these frames were made anew."""
    return f"{start}–{end}: "


def _engine_frame(frame: float, start: int, step: float) -> int:
    """The engine's first frame after one of the scene's, counted from `start`."""
    return max(int(np.floor((frame - start) / step + 1e-4)) + 1, 0)


def _replace(bag, path: str, values: np.ndarray, frames: np.ndarray, gap: Gap, mode: str) -> None:
    """Give a channel of a bone its keys in the gap. values: locations (T, 3), or rotations (T, 4) for a rotation mode.

    A channel that the take does not move any more is left alone.
    """
    width = WIDTHS[path.rpartition(".")[2]]
    curves = [bag.fcurves.find(path, index=index) for index in range(width)]
    if None in curves:
        return
    ends = {edge: np.array([curve.evaluate(edge) for curve in curves]) for edge in (gap.first - 1, gap.last + 1)}
    ends = {edge: value for edge, value in ends.items() if edge in frames}
    for edge, value in ends.items():
        left = 1.0 - joining.ease(np.abs(frames - edge) / BLEND)[:, None]
        at = values[edge - frames[0]]
        if mode:
            off = R.multiply(rotation_modes.quaternions(value, mode), R.inverse(at))
            off = R.slerp(np.tile(R.IDENTITY, (len(frames), 1)), np.tile(off, (len(frames), 1)), left[:, 0])
            values = R.multiply(off, values)
        else:
            values = values + (value - at) * left
    if mode:
        edge, value = next(iter(ends.items()))  # the key that stays before the gap, else after it
        told = rotation_modes.values(values[:, None], mode)[:, 0]
        values = rotation_modes.beside(told, mode, edge - frames[0], value)
    inside = (frames >= gap.first) & (frames <= gap.last)
    for curve, column in zip(curves, values[inside].T, strict=True):
        _replace_keys(curve, frames[inside], column)


def _replace_keys(curve: bpy.types.FCurve, frames: np.ndarray, values: np.ndarray) -> None:
    """Put linear keys in the place of those from the first of the frames to the last."""
    points = curve.keyframe_points
    for index in reversed(range(len(points))):
        if frames[0] <= points[index].co.x <= frames[-1]:
            points.remove(points[index], fast=True)
    count = len(points)
    points.add(len(frames))
    for index, place in enumerate(zip(frames, values, strict=True), count):
        points[index].co, points[index].interpolation = place, "LINEAR"
    curve.update()
