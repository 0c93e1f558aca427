"""Armature ⇄ arrays: make the reference rig, write its keys, read where its joints are.

The reference rig has one bone per joint of the engine's skeleton, under the same name, and stands in its T-pose.
"""
import bpy
import numpy as np

from . import space
from .core import features, rotations, skeleton

# Bones without a child end where the body does: metres beyond the joint, for a person of the reference size.
TIPS = {
    "head": (0, 0.15, 0),
    "left_foot": (0, 0, 0.07),
    "right_foot": (0, 0, 0.07),
    "left_wrist": (0.18, 0, 0),
    "right_wrist": (-0.18, 0, 0),
}
# Where a bone with several children points.
MAIN_CHILD = {"pelvis": "spine1", "spine3": "neck"}
REFERENCE = "intermask_reference"  # custom property of the armatures that are made here
LINEAR = 1  # Keyframe.interpolation as foreach_set wants it


def body_size(offsets: np.ndarray) -> float:
    """How large the person of these offsets (22, 3) is, the reference person being 1."""
    return float(np.linalg.norm(offsets, axis=-1).sum() / np.linalg.norm(skeleton.REST_OFFSETS, axis=-1).sum())


def rest_joints(offsets: np.ndarray) -> np.ndarray:
    """Joint positions (22, 3) in the T-pose, Y-up metres, the lower sole on the floor."""
    still = np.broadcast_to(rotations.IDENTITY, (22, 4))
    joints, _ = skeleton.forward_kinematics(still, np.zeros(3), offsets)
    joints[:, 1] += features.SOLE - min(joints[skeleton.JOINT["left_foot"], 1], joints[skeleton.JOINT["right_foot"], 1])
    return joints


def rest_tips(offsets: np.ndarray) -> np.ndarray:
    """Where each bone ends (22, 3) in the T-pose, Y-up metres."""
    joints, size = rest_joints(offsets), body_size(offsets)
    tips = np.empty_like(joints)
    for joint, name in enumerate(skeleton.JOINT_NAMES):
        if name in TIPS:
            tips[joint] = joints[joint] + size * np.array(TIPS[name])
        else:
            main = skeleton.JOINT[MAIN_CHILD[name]] if name in MAIN_CHILD else skeleton.CHILDREN[joint][0]
            tips[joint] = joints[main]
    return tips


def make_rig(name: str, offsets: np.ndarray, collection: bpy.types.Collection, scene: bpy.types.Scene):
    """Make the reference rig of a person in a collection of the scene on view.

    offsets: (22, 3) metres, each joint from its parent in the rest pose.
    Returns the armature object, at the world's origin, facing -Y.
    """
    armature = bpy.data.armatures.new(name)
    armature.display_type = "STICK"
    armature[REFERENCE] = True
    rig = bpy.data.objects.new(name, armature)
    rig.show_in_front = True
    collection.objects.link(rig)
    heads = space.to_blender_positions(rest_joints(offsets), scene)
    tails = space.to_blender_positions(rest_tips(offsets), scene)

    objects = bpy.context.view_layer.objects
    previous, objects.active = objects.active, rig
    bpy.ops.object.mode_set(mode="EDIT")
    bones = [armature.edit_bones.new(joint) for joint in skeleton.JOINT_NAMES]
    for joint, bone in enumerate(bones):
        bone.head, bone.tail = heads[joint], tails[joint]
        if (parent := skeleton.PARENTS[joint]) >= 0:
            bone.parent = bones[parent]
            bone.use_connect = bool(np.allclose(heads[joint], tails[parent]))
        # Z looks forward (up in the feet), so that elbows, knees and toes bend about X
        bone.align_roll((0, 0, 1) if bone.name.endswith(("ankle", "foot")) else (0, -1, 0))
    bpy.ops.object.mode_set(mode="OBJECT")
    objects.active = previous
    bpy.context.view_layer.update()  # a fresh armature must be evaluated before it gets an action
    return rig


def rest_rotations(rig: bpy.types.Object) -> np.ndarray:
    """Rest rotation (22, 4) of each joint's bone in the armature's space."""
    matrices = np.array([rig.data.bones[name].matrix_local.to_3x3() for name in skeleton.JOINT_NAMES])
    return rotations.from_matrix(matrices)


def write_action(
    rig: bpy.types.Object, name: str, roots: np.ndarray, turns: np.ndarray, scene: bpy.types.Scene, start: int = 1
) -> bpy.types.Action:
    """Key a motion onto a reference rig in a new action and let the rig play it; see `make_action`.

    An action that the rig had before is left as it is and kept in the file.
    """
    action = make_action(rig, name, roots, turns, scene, start)
    animation = rig.animation_data_create()
    if animation.action:
        animation.action.use_fake_user = True  # or it would be gone after the next save
    animation.action = action
    animation.action_slot = action.slots[0]
    return action


def make_action(
    rig: bpy.types.Object, name: str, roots: np.ndarray, turns: np.ndarray, scene: bpy.types.Scene, start: int
) -> bpy.types.Action:
    """Make an action of a motion for a reference rig, one key per frame of the scene.

    roots: (T, 3) pelvis positions in Y-up metres. turns: (T, 22, 4) local rotations relative to the rest pose.
    """
    rest = rest_rotations(rig)
    turns = space.to_blender_rotations(rotations.continuous(turns))
    turns = rotations.multiply(rotations.multiply(rotations.inverse(rest), turns), rest)
    pelvis = np.array(rig.data.bones["pelvis"].head_local)
    locations = rotations.rotate(rotations.inverse(rest[0]), space.to_blender_positions(roots, scene) - pelvis)

    action = bpy.data.actions.new(name)
    slot = action.slots.new(id_type="OBJECT", name=rig.name)
    strip = action.layers.new("Layer").strips.new(type="KEYFRAME")
    bag = strip.channelbag(slot, ensure=True)
    frames = np.arange(start, start + len(roots))
    for joint, bone in enumerate(skeleton.JOINT_NAMES):
        group = bag.groups.new(bone)
        if bone == "pelvis":
            _write_channels(bag, group, f'pose.bones["{bone}"].location', frames, locations)
        _write_channels(bag, group, f'pose.bones["{bone}"].rotation_quaternion', frames, turns[:, joint])
    return action


def _write_channels(bag, group, path: str, frames: np.ndarray, values: np.ndarray) -> None:
    """One linear curve per column of `values` (T, n)."""
    interpolation = np.full(len(frames), LINEAR, dtype=np.int32)
    for index, column in enumerate(values.T):
        curve = bag.fcurves.new(path, index=index)
        curve.group = group
        keys = curve.keyframe_points
        keys.add(len(frames))
        keys.foreach_set("co", np.stack([frames, column], axis=-1).astype(np.float32).ravel())
        keys.foreach_set("interpolation", interpolation)
        curve.update()


def read_joints(rigs: list[bpy.types.Object], frames, scene: bpy.types.Scene) -> np.ndarray:
    """Where the joints of reference rigs are, as evaluated by Blender with everything that acts on them.

    frames: scene frames, fractions allowed. Returns (rigs, frames, 22, 3), Y-up metres in the world.
    """
    current = scene.frame_current_final
    positions = np.empty((len(rigs), len(frames), len(skeleton.JOINT_NAMES), 3))
    for index, frame in enumerate(frames):
        scene.frame_set(int(frame // 1), subframe=float(frame % 1))
        for person, rig in enumerate(rigs):
            posed = rig.evaluated_get(bpy.context.evaluated_depsgraph_get())
            for joint, name in enumerate(skeleton.JOINT_NAMES):
                positions[person, index, joint] = posed.matrix_world @ posed.pose.bones[name].head
    scene.frame_set(int(current // 1), subframe=current % 1)
    return space.to_engine_positions(positions, scene)
