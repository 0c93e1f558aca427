"""Reads what a character does, as Blender shows it: any action, NLA, constraints and drivers, by evaluating frames."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import bpy
import numpy as np

from . import rig_map, space
from .core import errors, features, motion, skeleton
from .retarget.body import Body, body_of
from .retarget.bone_map import BoneMap
from .retarget.hands import places, read_hands
from .retarget.read import read_person
from .retarget.rig import Rig

FPS = 30  # the engine's
SHORTEST = 1.0  # seconds
STILL = 1e-4  # change of a quaternion, or of the place by the leg's length, that counts as no movement
ON_THE_FLOOR = 0.03  # share of the leg's length, about 2.5 cm, by which feet may miss the floor they stand on
IN_REST_POSITION = '"{name}" is shown in its rest position: set its armature to Pose Position.'


@dataclass(frozen=True)
class Actor:
    """A person's motion as an armature plays it: in the world, Y up, metres, 30 fps, at its true size.

    roots: (T, 3) of the pelvis. rotations: (T, J, 4) local, as Motion has them, hands only if they were asked for.
    floor: height of the ground they move on, metres. start: the scene's frame of the first.
    """

    body: Body
    roots: np.ndarray
    rotations: np.ndarray
    floor: float
    start: float

    def motion(self) -> "motion.Motion":
        """The actor as both people of a Motion, on a floor at 0."""
        roots, count = self.roots - [0.0, self.floor, 0.0], len(self.body.offsets)
        people = (np.stack([values] * 2) for values in (roots, self.rotations[:, :count], self.body.offsets))
        clip = motion.Motion(*people, fps=FPS)
        if self.rotations.shape[1] == count:
            return clip
        return replace(clip.with_hands(), joint_rotations=np.stack([self.rotations] * 2))


def pair(both: Sequence[Actor], standing: int) -> tuple["motion.Motion", float]:
    """Two people who were read from the same frames, as one Motion on the floor of the one who is `standing`, 0 or 1.

    Returns the height of that floor, too.
    """
    floor = both[standing].floor
    a, b = (replace(read, floor=floor).motion() for read in both)
    names = ("root_positions", "joint_rotations", "bone_offsets")
    return replace(a, **{name: np.stack([getattr(a, name)[0], getattr(b, name)[1]]) for name in names}), floor


def read_actor(
    rig: bpy.types.Object,
    scene: bpy.types.Scene,
    start: float | None = None,
    end: float | None = None,
    hands: bool = False,
) -> Actor:
    """Read what an armature does from frame `start` to `end` of the scene on view, by default in all of its animation.

    hands: whether to read the fingers, too; those that it has not are at rest. Nothing in the scene changes.
    Raises EngineError for what is no person's armature, doesn't move, or moves for less than a second.
    """
    rig_map.described(rig)  # what is no person's armature is told first
    first, last = extent(rig, scene)
    start, end = first if start is None else start, last if end is None else end
    seconds = (end - start + 1) / space.scene_fps(scene)
    if seconds < SHORTEST - 1e-6:
        raise errors.EngineError(
            f'"{rig.name}" moves for {end - start + 1:g} frames only ({seconds:.1f} s): a reaction needs at least a'
            " second. Make the action or the frame range longer."
        )
    found = read(rig, scene, start, end, hands)
    if (
        max(np.ptp(found.roots, axis=0).max() / found.body.leg_length, np.ptp(np.abs(found.rotations), axis=0).max())
        < STILL
    ):
        raise errors.EngineError(_stillness(rig, start, end))
    return found


def read(rig: bpy.types.Object, scene: bpy.types.Scene, start: float, end: float, hands: bool = False) -> Actor:
    """Read what an armature does from frame `start` to `end` of the scene on view, if only to stand still.

    hands: as in read_actor. Nothing in the scene changes. Raises EngineError for what is no person's armature.
    """
    with at_frame(scene, start):
        own = body(rig, scene)
    matrices = sample(rig, _bones(own, hands), frames_between(start, end, scene), scene)
    roots, turns = _read(own, matrices, hands)
    joints, _ = skeleton.forward_kinematics(turns[:, : len(own.offsets)], roots, own.offsets)
    lowest = float(joints[..., 1].min())
    return Actor(own, roots, turns, floor_below(rig, own, lowest, scene), start)


def body(rig: bpy.types.Object, scene: bpy.types.Scene) -> Body:
    """The body of a character at the size it has now. Raises EngineError if it isn't known which bones move it."""
    return _body(rig, *rig_map.described(rig), scene)


def read_pose(
    rig: bpy.types.Object, body: Body, scene: bpy.types.Scene, hands: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """The pose on the current frame: root (3,) and rotations (J, 4) in the world; hands: as in read_actor."""
    roots, turns = _read(body, _matrices(rig, _bones(body, hands), scene)[None], hands)
    return roots[0], turns[0]


def _bones(body: Body, hands: bool) -> tuple[str, ...]:
    """The bones to read: the body's, then the fingers'."""
    return body.reads + tuple(found.read for found in places(body)) if hands else body.reads


def _read(body: Body, matrices: np.ndarray, hands: bool) -> tuple[np.ndarray, np.ndarray]:
    """Roots (T, 3) and rotations (T, J, 4) of pose matrices (T, n, 4, 4) of these bones."""
    count = len(body.reads)
    roots, turns = read_person(body, matrices[:, :count])
    return roots, read_hands(body, turns, matrices[:, count:]) if hands else turns


def floor_below(rig: bpy.types.Object, body: Body, lowest: float, scene: bpy.types.Scene) -> float:
    """The height of the floor under a character whose lowest joint comes down to `lowest`, metres.

    The object's origin, where characters are built to stand, if the lowest joint gets there as a sole would; for a rig
    with its origin elsewhere, or one that climbed, what the lowest joint stands on, as the engine sees its actors.
    """
    size = body.leg_length / skeleton.leg_length(skeleton.REST_OFFSETS)
    origin = height_of_origin(rig, scene)
    floor = lowest - features.SOLE * size
    return origin if abs(floor - origin) < ON_THE_FLOOR * body.leg_length else floor


def height_of_origin(rig: bpy.types.Object, scene: bpy.types.Scene) -> float:
    """How high an object's origin lies, metres."""
    return float(space.to_engine_positions(np.array(evaluated(rig).matrix_world.translation), scene)[1])


def extent(rig: bpy.types.Object, scene: bpy.types.Scene) -> tuple[float, float]:
    """First and last frame of an armature's action and NLA strips; of the scene, if something else moves it."""
    animation, ranges = rig.animation_data, []
    if animation and animation.action:
        ranges.append(tuple(animation.action.frame_range))
    if animation and animation.use_nla:
        strips = [strip for track in animation.nla_tracks if not track.mute for strip in track.strips]
        ranges += [(strip.frame_start, strip.frame_end) for strip in strips if not strip.mute]
    if not ranges:
        return scene.frame_start, scene.frame_end
    return min(start for start, _ in ranges), max(end for _, end in ranges)


def frames_between(start: float, end: float, scene: bpy.types.Scene) -> np.ndarray:
    """The scene's frames, with fractions, at which the engine's fall from `start` to `end`.

    The last of the scene's frames is as long as the others, and held.
    """
    step = space.scene_fps(scene) / FPS
    return np.minimum(start + step * np.arange(np.ceil((end - start + 1) / step - 1e-4)), end)


def sample(rig: bpy.types.Object, bones: tuple[str, ...], frames: np.ndarray, scene: bpy.types.Scene) -> np.ndarray:
    """Pose matrices (T, bones, 4, 4) in the engine's world, as evaluated by Blender with everything that acts on them.

    frames: of the scene on view, fractions allowed; the current one is left as it was.
    """
    with at_frame(scene, frames[0]):
        matrices = []
        for frame in frames:
            _go_to(scene, frame)
            matrices.append(_matrices(rig, bones, scene))
        return np.stack(matrices)


@contextmanager
def at_frame(scene: bpy.types.Scene, frame: float) -> Iterator[None]:
    """Look at a scene on another frame; it is left as it was."""
    before = scene.frame_current_final
    _go_to(scene, frame)
    try:
        yield
    finally:
        _go_to(scene, before)


def _go_to(scene: bpy.types.Scene, frame: float) -> None:
    if frame != scene.frame_current_final:
        scene.frame_set(int(frame // 1), subframe=float(frame % 1))


def evaluated(rig: bpy.types.Object) -> bpy.types.Object:
    """An object with everything applied that acts on it on the current frame.

    Raises EngineError if Blender leaves it out.
    """
    posed = rig.evaluated_get(bpy.context.evaluated_depsgraph_get())
    if not posed.is_evaluated:
        raise errors.EngineError(_disabled(rig))
    return posed


def _matrices(rig: bpy.types.Object, bones: tuple[str, ...], scene: bpy.types.Scene) -> np.ndarray:
    """Pose matrices (bones, 4, 4) on the current frame, in the engine's world."""
    posed = evaluated(rig)
    pose = posed.pose.bones
    columns = np.empty(len(pose) * 16, dtype=np.float32)
    pose.foreach_get("matrix", columns)
    chosen = columns.reshape(-1, 4, 4)[[pose.find(name) for name in bones]].astype(float).transpose(0, 2, 1)
    return space.to_engine_matrices(np.array(posed.matrix_world), scene) @ chosen


def place(rig: bpy.types.Object, rest: Rig, bone_map: BoneMap) -> np.ndarray:
    """Where a character stands on the current frame: the object's matrix (4, 4), moved as those above its body are.

    Animators place a rig by its root bone as well as by its object.
    """
    posed = evaluated(rig)
    here = np.array(posed.matrix_world)
    bone = posed.pose.bones[bone_map.top(rest)].parent
    if bone is None:
        return here
    return here @ np.array(bone.matrix) @ np.linalg.inv(np.array(bone.bone.matrix_local))


def _body(rig: bpy.types.Object, rest: Rig, bone_map: BoneMap, scene: bpy.types.Scene) -> Body:
    return body_of(rest, bone_map, space.to_engine_matrices(place(rig, rest, bone_map), scene))


def _disabled(rig: bpy.types.Object) -> str:
    return f'"{rig.name}" is disabled in this view layer: enable it in the Outliner.'


def _stillness(rig: bpy.types.Object, start: float, end: float) -> str:
    if not rig.visible_get() and not rig.hide_get():  # people of the settings are evaluated even so, but without motion
        return _disabled(rig)
    if rig.mode == "EDIT":
        return f'"{rig.name}" is being edited: leave Edit Mode.'
    if rig.data.pose_position == "REST":
        return IN_REST_POSITION.format(name=rig.name)
    return f'"{rig.name}" does not move from frame {start:g} to {end:g}: give it an action, or choose other frames.'
