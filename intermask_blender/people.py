"""Brings the people of a Motion into a scene: new reference rigs with their bodies, or characters who are there.

Places are told as `features.Frame`s: where on which floor somebody stands, and which way they look.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import bpy
import numpy as np
from mathutils import Matrix, Quaternion

from . import armature, mannequin, space
from .core import errors, features, motion, rotations, skeleton

NAMES = ("Person A", "Person B")
LEGS = [skeleton.JOINT[name] for name in ("left_hip", "left_knee", "left_ankle", "left_foot")]
LIKE_THE_T_POSE = np.cos(np.radians(35))  # how well a bone's direction must fit; arms of an A-pose hang by 45
ORIGIN = features.Frame(np.zeros(3), rotations.IDENTITY)


def add_people(clip: "motion.Motion", scene: bpy.types.Scene, start: int = 1) -> list[bpy.types.Object]:
    """Add both people of a motion to the scene on view, moving from frame `start` on at the scene's fps.

    Collection and actions are named after the prompt. Returns the armature objects of A and B.
    """
    clip = space.resample(clip, space.scene_fps(scene))
    collection = add_collection(clip.prompt, scene)
    rigs = [add_person(person, clip, ORIGIN, collection, scene) for person in range(2)]
    for rig, name, roots, turns in zip(rigs, NAMES, clip.root_positions, clip.joint_rotations, strict=True):
        armature.write_action(rig, f"{name[-1]}: {one_line(clip.prompt)}", roots, turns, scene, start)
    return rigs


def add_collection(prompt: str, scene: bpy.types.Scene) -> bpy.types.Collection:
    """Add a collection named after a prompt to a scene."""
    collection = bpy.data.collections.new(one_line(prompt))
    scene.collection.children.link(collection)
    return collection


def add_person(
    person: int,
    clip: "motion.Motion",
    place: "features.Frame",
    collection: bpy.types.Collection,
    scene: bpy.types.Scene,
) -> bpy.types.Object:
    """Add a new character for person 0 or 1 of a motion, with the object's origin at `place`. Returns the armature."""
    rig = armature.make_rig(NAMES[person], clip.bone_offsets[person], collection, scene)
    mannequin.make_mannequin(rig, clip.bone_offsets[person], collection, scene)
    turn = Quaternion(space.to_blender_rotations(rotations.inverse(place.turn)))
    position = space.to_blender_positions(place.origin, scene)
    rig.matrix_world = Matrix.Translation(position) @ turn.to_matrix().to_4x4()
    return rig


def one_line(prompt: str) -> str:
    """A prompt as a name."""
    return " ".join(prompt.split())


def refusal(rig: bpy.types.Object, person: str) -> str:
    """Why an object can't play a person ("Person A"), or "" if it can."""
    if not rig.is_editable:
        return f'"{rig.name}" is linked from another file: make it local, or leave {person} empty for a new character.'
    if not _is_reference_rig(rig):
        return (
            f'"{rig.name}" is not one of InterMask\'s own characters: choose one that InterMask made, or leave'
            f" {person} empty for a new one."
        )
    if any(rig.pose.bones[name].rotation_mode != "QUATERNION" for name in skeleton.JOINT_NAMES):
        return f'The bones of "{rig.name}" turn by Euler angles: set the rotation mode of its bones to Quaternion.'
    return ""


def _is_reference_rig(rig: bpy.types.Object) -> bool:
    """Whether an armature was made here, or has the same 22 bones and rests in the same pose."""
    if rig.type != "ARMATURE" or set(rig.data.bones.keys()) != set(skeleton.JOINT_NAMES):
        return False
    parents = [skeleton.JOINT[bone.parent.name] if bone.parent else -1 for bone in _bones(rig)]
    if tuple(parents) != skeleton.PARENTS:
        return False
    along = np.sum(rotations.normalise(_offsets(rig)[1:]) * rotations.normalise(skeleton.REST_OFFSETS[1:]), axis=-1)
    return armature.REFERENCE in rig.data or bool((along > LIKE_THE_T_POSE).all())


def _bones(rig: bpy.types.Object) -> list[bpy.types.Bone]:
    return [rig.data.bones[name] for name in skeleton.JOINT_NAMES]


def _offsets(rig: bpy.types.Object) -> np.ndarray:
    """Each joint from its parent (22, 3) in the rest pose, Y up, in the armature's own units."""
    heads = np.array([bone.head_local for bone in _bones(rig)])
    heads = np.stack([heads[:, 0], heads[:, 2], -heads[:, 1]], axis=-1)
    return np.concatenate([np.zeros((1, 3)), heads[1:] - heads[list(skeleton.PARENTS[1:])]])


@contextmanager
def at_frame(scene: bpy.types.Scene, frame: int) -> Iterator[bpy.types.Depsgraph]:
    """Look at a scene on another frame; it is left as it was."""
    before = scene.frame_current, scene.frame_subframe
    if before != (frame, 0.0):
        scene.frame_set(frame)
    yield bpy.context.evaluated_depsgraph_get()
    if before != (frame, 0.0):
        scene.frame_set(before[0], subframe=before[1])


def standing(rig: bpy.types.Object, scene: bpy.types.Scene, frame: int) -> "features.Frame":
    """Where a character stands on a frame: below the pelvis, on the height of the origin, looking as the hips do."""
    with at_frame(scene, frame) as depsgraph:
        posed = rig.evaluated_get(depsgraph)
        heads = [posed.matrix_world @ posed.pose.bones[name].head for name in skeleton.JOINT_NAMES]
        floor = np.array(posed.matrix_world.translation)
    joints = space.to_engine_positions(np.array(heads), scene)
    origin = [joints[0, 0], space.to_engine_positions(floor, scene)[1], joints[0, 2]]
    return features.Frame(np.array(origin), features.canonical_frame(joints[None]).turn)


def at_cursor(scene: bpy.types.Scene) -> "features.Frame":
    """Where a new character stands: at the 3D cursor, turned as much about the vertical."""
    half = scene.cursor.matrix.to_euler("XYZ").z / 2
    turn = np.array([np.cos(half), 0.0, -np.sin(half), 0.0])
    return features.Frame(space.to_engine_positions(np.array(scene.cursor.location), scene), turn)


def first_place(clip: "motion.Motion", person: int, rig: bpy.types.Object | None = None) -> "features.Frame":
    """Where on the motion's own floor a person stands in the first frame, seen on the body of `rig` if there is one."""
    root, turns = clip.root_positions[person, 0], clip.joint_rotations[person, 0]
    joints, _ = skeleton.forward_kinematics(turns, root, _offsets(rig) if rig else clip.bone_offsets[person])
    return features.Frame(root * [1.0, 0.0, 1.0], features.canonical_frame(joints[None]).turn)


def moved(clip: "motion.Motion", source: "features.Frame", target: "features.Frame") -> "motion.Motion":
    """The motion turned and moved as one, so that what was at `source` is at `target`."""
    return target.leave(inverse(source).leave(clip))


def inverse(place: "features.Frame") -> "features.Frame":
    """The frame that undoes another."""
    return features.Frame(-rotations.rotate(place.turn, place.origin), rotations.inverse(place.turn))


def local_motion(
    rig: bpy.types.Object, clip: "motion.Motion", person: int, floor: float, scene: bpy.types.Scene, frame: int
) -> tuple[np.ndarray, np.ndarray]:
    """A person's motion in the world, as an armature plays it that stands where it does on `frame`.

    floor: its height in metres; the pelvis is as much higher above it as this character's legs are longer.
    Returns root positions (T, 3) and rotations (T, 22, 4) for `armature.make_action`.
    Raises EngineError for an armature that is scaled to nothing.
    """
    with at_frame(scene, frame) as depsgraph:
        position, turn, scale = rig.evaluated_get(depsgraph).matrix_world.decompose()
    size = float(np.mean(np.abs(scale)))
    if size < 1e-6:
        raise errors.EngineError(f'"{rig.name}" is scaled to nothing: give it a scale.')
    origin = space.to_engine_positions(np.array(position), scene)
    turn = space.to_engine_rotations(np.array(turn))

    legs = np.linalg.norm(_offsets(rig)[LEGS], axis=-1).sum() * size / space.units_per_metre(scene)
    ratio = legs / np.linalg.norm(clip.bone_offsets[person][LEGS], axis=-1).sum()
    roots = clip.root_positions[person] * [1.0, ratio, 1.0] + [0.0, floor * (1.0 - ratio), 0.0]
    roots = rotations.rotate(rotations.inverse(turn), roots - origin) / size
    turns = clip.joint_rotations[person].copy()
    turns[:, 0] = rotations.multiply(rotations.inverse(turn), turns[:, 0])
    return roots, turns
