"""Brings the people of a Motion into a scene: new reference rigs with their bodies, or characters who are there.

Places are told as `features.Frame`s: where on which floor somebody stands, and which way they look.
"""

import bpy
import numpy as np
from mathutils import Matrix, Quaternion

from . import actor, armature, mannequin, smplx_mesh, space, target
from .core import errors, features, motion, rotations, skeleton
from .retarget.keep_contacts import fitted

NAMES = ("Person A", "Person B")
ORIGIN = features.Frame(np.zeros(3), rotations.IDENTITY)


def add_people(clip: "motion.Motion", scene: bpy.types.Scene, start: int = 1) -> list[bpy.types.Object]:
    """Add both people of a motion to the scene on view, moving from frame `start` on at the scene's fps.

    Collection and actions are named after the prompt. Returns the armature objects of A and B.
    """
    clip = fitted(clip, np.stack([new_offsets(person, clip, scene) for person in range(2)]))
    collection = add_collection(clip.prompt, scene)
    rigs = [add_person(person, clip, ORIGIN, collection, scene) for person in range(2)]
    clip = space.resample(clip, space.scene_fps(scene))
    for rig, name, roots, turns in zip(rigs, NAMES, clip.root_positions, clip.joint_rotations, strict=True):
        body = actor.body(rig, scene)
        action = target.make_action(rig, body, f"{name[-1]}: {one_line(clip.prompt)}", roots, turns, scene, start)
        target.play(rig, action)
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
    """Add a new character for person 0 or 1 of a motion, with the object's origin at `place`. Returns the armature.

    The motion has the measures of `new_offsets`.
    """
    rig = armature.make_rig(NAMES[person], clip.bone_offsets[person], collection, scene)
    if own := _own_body(person, clip, scene):
        mannequin.hang([smplx_mesh.skin(own, scene)], rig, NAMES[person], collection)
    else:
        mannequin.make_mannequin(rig, clip.bone_offsets[person], collection, scene)
    turn = Quaternion(space.to_blender_rotations(rotations.inverse(place.turn)))
    position = space.to_blender_positions(place.origin, scene)
    rig.matrix_world = Matrix.Translation(position) @ turn.to_matrix().to_4x4()
    return rig


def new_offsets(person: int, clip: "motion.Motion", scene: bpy.types.Scene) -> np.ndarray:
    """The bone offsets (J, 3) of a new character for person 0 or 1: as made, or of the SMPL-X body that they get."""
    own = _own_body(person, clip, scene)
    return smplx_mesh.offsets(own) if own else clip.bone_offsets[person]


def _own_body(person: int, clip: "motion.Motion", scene: bpy.types.Scene):
    """The SMPL-X body for people with hands, if the user has one."""
    return smplx_mesh.chosen(person, scene) if clip.has_hands else None


def one_line(prompt: str) -> str:
    """A prompt as a name."""
    return " ".join(prompt.split())


def refusal(rig: bpy.types.Object, person: str) -> str:
    """Why an object can't play a person ("Person A"), or "" if it can."""
    try:
        target.check(rig, bpy.context.scene)
    except errors.EngineError as error:
        return f"{error} Or leave {person} empty for a new character."
    return ""


def standing(rig: bpy.types.Object, scene: bpy.types.Scene, frame: int) -> "features.Frame":
    """Where a character stands on a frame: on the floor below the pelvis, looking as the hips do.

    The floor is the height of the object's origin if the character stands there, in its pose or at rest.
    """
    with actor.at_frame(scene, frame):
        body = actor.body(rig, scene)
        root, turns = actor.read_pose(rig, body, scene)
        joints, _ = skeleton.forward_kinematics(turns, root, body.offsets)
        lowest = joints[:, 1].min(), body.places[:, 1].min()
        floors = [actor.floor_below(rig, body, float(height), scene) for height in lowest]
        origin = actor.height_of_origin(rig, scene)
    floor = origin if origin in floors else floors[0]
    return features.Frame(np.array([root[0], floor, root[2]]), features.canonical_frame(joints[None]).turn)


def at_cursor(scene: bpy.types.Scene) -> "features.Frame":
    """Where a new character stands: at the 3D cursor, turned as much about the vertical."""
    half = scene.cursor.matrix.to_euler("XYZ").z / 2
    turn = np.array([np.cos(half), 0.0, -np.sin(half), 0.0])
    return features.Frame(space.to_engine_positions(np.array(scene.cursor.location), scene), turn)


def first_place(clip: "motion.Motion", person: int) -> "features.Frame":
    """Where on a floor at 0 a person of a motion stands in the first frame."""
    root, turns = clip.root_positions[person, 0], clip.joint_rotations[person, 0]
    joints, _ = skeleton.forward_kinematics(turns, root, clip.bone_offsets[person])
    return features.Frame(root * [1.0, 0.0, 1.0], features.canonical_frame(joints[None]).turn)


def moved(clip: "motion.Motion", source: "features.Frame", goal: "features.Frame") -> "motion.Motion":
    """The motion turned and moved as one, so that what was at `source` is at `goal`."""
    return goal.leave(source.inverse.leave(clip))
