"""Makes the reference rig, for new characters.

It has one bone per joint of the engine's skeleton, under the same name, and stands in its T-pose: 22 bones, or 55 for
people with hands, whose names are SMPL-X's.
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
    "jaw": (0, -0.05, 0.07),
    "left_eye_smplhf": (0, 0, 0.03),
    "right_eye_smplhf": (0, 0, 0.03),
}
FINGERTIPS = {"index": 0.022, "middle": 0.023, "ring": 0.022, "pinky": 0.019, "thumb": 0.027}
# Where a bone with several children points.
MAIN_CHILD = {"pelvis": "spine1", "spine3": "neck"}
MAIN_CHILD_WITH_HANDS = MAIN_CHILD | {"left_wrist": "left_middle1", "right_wrist": "right_middle1"}
BODY = len(skeleton.JOINT_NAMES)


def body_size(offsets: np.ndarray) -> float:
    """How large the person of these offsets (J, 3) is, the reference person being 1."""
    return float(np.linalg.norm(offsets[:BODY], axis=-1).sum() / np.linalg.norm(skeleton.REST_OFFSETS, axis=-1).sum())


def rest_joints(offsets: np.ndarray) -> np.ndarray:
    """Joint positions (J, 3) in the T-pose, Y-up metres, the lower sole on the floor."""
    still = np.broadcast_to(rotations.IDENTITY, (len(offsets), 4))
    joints, _ = skeleton.forward_kinematics(still, np.zeros(3), offsets)
    joints[:, 1] += features.SOLE - min(joints[skeleton.JOINT["left_foot"], 1], joints[skeleton.JOINT["right_foot"], 1])
    return joints


def rest_tips(offsets: np.ndarray) -> np.ndarray:
    """Where each bone ends (J, 3) in the T-pose, Y-up metres."""
    joints, size = rest_joints(offsets), body_size(offsets)
    has_hands, tips = len(offsets) > BODY, np.empty_like(joints)
    main_child = MAIN_CHILD_WITH_HANDS if has_hands else MAIN_CHILD
    for joint, name in enumerate(skeleton.FULL_NAMES[: len(offsets)]):
        if name in main_child:
            tips[joint] = joints[skeleton.FULL_JOINT[main_child[name]]]
        elif name in TIPS:
            tips[joint] = joints[joint] + size * np.array(TIPS[name])
        elif name.endswith("3") and joint >= BODY:  # the way the finger's bone before it points
            tips[joint] = joints[joint] + size * FINGERTIPS[_finger(name)] * rotations.normalise(offsets[joint])
        else:
            tips[joint] = joints[skeleton.FULL_PARENTS.index(joint)]
    return tips


def _finger(name: str) -> str:
    """Which finger a bone like "left_index3" is of."""
    return name.partition("_")[2][:-1]


def make_rig(name: str, offsets: np.ndarray, collection: bpy.types.Collection, scene: bpy.types.Scene):
    """Make the reference rig of a person in a collection of the scene on view.

    offsets: (J, 3) metres, each joint from its parent in the rest pose.
    Returns the armature object, at the world's origin, facing -Y.
    """
    armature = bpy.data.armatures.new(name)
    armature.display_type = "STICK"
    rig = bpy.data.objects.new(name, armature)
    rig.show_in_front = True
    collection.objects.link(rig)
    heads = space.to_blender_positions(rest_joints(offsets), scene)
    tails = space.to_blender_positions(rest_tips(offsets), scene)

    objects = bpy.context.view_layer.objects
    previous, objects.active = objects.active, rig
    bpy.ops.object.mode_set(mode="EDIT")
    bones = [armature.edit_bones.new(joint) for joint in skeleton.FULL_NAMES[: len(offsets)]]
    for joint, bone in enumerate(bones):
        bone.head, bone.tail = heads[joint], tails[joint]
        if (parent := skeleton.FULL_PARENTS[joint]) >= 0:
            bone.parent = bones[parent]
            bone.use_connect = bool(np.allclose(heads[joint], tails[parent]))
        # Z looks forward (up in feet and fingers), so that elbows, knees, toes and fingers bend about X
        lies = bone.name.endswith(("ankle", "foot")) or joint >= BODY
        bone.align_roll((0, 0, 1) if lies else (0, -1, 0))
    bpy.ops.object.mode_set(mode="OBJECT")
    objects.active = previous
    bpy.context.view_layer.update()  # a fresh armature must be evaluated before it gets an action
    return rig
