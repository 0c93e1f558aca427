"""The reference rig shows what the Motion says."""

from dataclasses import replace

import bpy
import numpy as np
import pytest

from intermask_blender import actor, armature, space, target
from intermask_blender.core import features, rotations, skeleton
from intermask_blender.people import add_people, fitted
from tests.blender.evaluated import read_joints

LOW = 1e-4  # metres


def test_rest_pose_is_the_t_pose_on_the_floor(scene, make_clip):
    offsets = make_clip().bone_offsets[0]
    rig = armature.make_rig("Person A", offsets, scene.collection, scene)
    joints = read_joints([rig], [1], scene)[0, 0]
    still = np.broadcast_to(rotations.IDENTITY, (22, 4))
    expected, _ = skeleton.forward_kinematics(still, joints[0], offsets)
    np.testing.assert_allclose(joints, expected, atol=LOW)
    assert joints[:, 1].min() == pytest.approx(features.SOLE, abs=LOW)
    assert tuple(rig.data.bones.keys()) and set(rig.data.bones.keys()) == set(skeleton.JOINT_NAMES)


@pytest.mark.parametrize(("fps", "base"), [(24, 1), (25, 1), (30, 1.001), (30, 1), (60, 1)])
def test_joints_are_where_the_motion_has_them(scene, make_clip, fps, base):
    scene.render.fps, scene.render.fps_base = fps, base
    clip = make_clip()
    rigs = add_people(clip, scene, start=7)
    expected = space.resample(fitted(clip, clip.bone_offsets), space.scene_fps(scene)).joint_positions
    joints = read_joints(rigs, range(7, 7 + expected.shape[1]), scene)
    assert np.abs(joints - expected).max() < LOW


@pytest.mark.parametrize("scale", [0.01, 2.5])
def test_joints_at_another_unit_scale(scene, make_clip, scale):
    scene.unit_settings.scale_length = scale
    clip = make_clip(20)
    rigs = add_people(clip, scene)
    clip = fitted(clip, clip.bone_offsets)
    assert np.abs(read_joints(rigs, range(1, 21), scene) - clip.joint_positions).max() < LOW
    assert rigs[0].pose.bones["pelvis"].head.length * scale < 3


def test_a_rig_that_was_moved_is_read_in_the_world(scene, make_clip):
    clip = make_clip(5)
    rigs = add_people(clip, scene)
    clip = fitted(clip, clip.bone_offsets)
    rigs[0].location = (0, 0, 1)
    expected = clip.joint_positions + np.array([[[[0, 1, 0]]], [[[0, 0, 0]]]])
    assert np.abs(read_joints(rigs, range(1, 6), scene) - expected).max() < LOW


def test_keys_are_one_per_frame_linear_and_continuous(scene, make_clip, curves):
    rig = add_people(make_clip(90), scene)[0]
    animation = rig.animation_data
    bag = animation.action.layers[0].strips[0].channelbag(animation.action_slot)
    assert {key.interpolation for curve in bag.fcurves for key in curve.keyframe_points} == {"LINEAR"}
    keys = curves(rig)
    assert len(keys) == 3 + 22 * 4
    assert {path for path, _ in keys if path.endswith("location")} == {'pose.bones["pelvis"].location'}
    for values in keys.values():
        np.testing.assert_array_equal(values[:, 0], np.arange(1, 91))
    for bone in skeleton.JOINT_NAMES:
        turns = np.stack([keys[f'pose.bones["{bone}"].rotation_quaternion', i][:, 1] for i in range(4)], axis=-1)
        assert np.sum(turns[1:] * turns[:-1], axis=-1).min() > 0.9
        np.testing.assert_allclose(np.linalg.norm(turns, axis=-1), 1, atol=1e-6)


def test_each_person_gets_an_action_named_after_the_prompt(scene, make_clip):
    rigs = add_people(make_clip(5), scene)
    assert [rig.animation_data.action.name for rig in rigs] == ["A: Two people tumble", "B: Two people tumble"]
    assert [rig.animation_data.action_slot.name_display for rig in rigs] == ["Person A", "Person B"]
    again = add_people(make_clip(5, seed=1), scene)
    assert len({rig.animation_data.action for rig in rigs + again}) == 4


def test_a_prompt_longer_than_a_name_still_names_both(scene, make_clip):
    rigs = add_people(replace(make_clip(5), prompt="They hug 🤗\n" * 80), scene)
    names = [rig.animation_data.action.name for rig in rigs]
    assert names[0].startswith("A: They hug 🤗 They hug") and names[1].startswith("B: They hug")
    assert rigs[0].users_collection[0].name.startswith("They hug 🤗 They hug")


def test_the_users_action_is_left_alone_and_survives_saving(scene, make_clip, curves, tmp_path):
    clip = make_clip(10)
    rig = armature.make_rig("Person A", clip.bone_offsets[0], scene.collection, scene)
    rig.pose.bones["head"].rotation_quaternion = (0.6, 0.8, 0, 0)
    rig.pose.bones["head"].keyframe_insert("rotation_quaternion", frame=3)
    users = rig.animation_data.action
    users.name = "By hand"
    before = curves(rig)
    body = actor.body(rig, scene)
    target.play(rig, target.make_action(rig, body, "Taken", clip.root_positions[0], clip.joint_rotations[0], scene, 1))
    assert rig.animation_data.action.name == "Taken"

    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "x.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "x.blend"))
    rig = bpy.data.objects["Person A"]
    rig.animation_data.action = bpy.data.actions["By hand"]
    rig.animation_data.action_slot = bpy.data.actions["By hand"].slots[0]
    after = curves(rig)
    assert before.keys() == after.keys()
    for channel in before:
        np.testing.assert_array_equal(before[channel], after[channel])


def test_selection_mode_and_frame_stay_as_they_were(scene, make_clip):
    cube = bpy.data.objects.new("Cube", bpy.data.meshes.new("Cube"))
    scene.collection.objects.link(cube)
    bpy.context.view_layer.objects.active = cube
    scene.frame_set(12)
    rigs = add_people(make_clip(40), scene)
    actor.read_actor(rigs[0], scene, 1, 40)
    assert bpy.context.view_layer.objects.active == cube
    assert bpy.context.mode == "OBJECT"
    assert scene.frame_current == 12
