"""A motion that is written onto a rig is what Blender then shows: any bones, places, rotation modes and frame rates."""

import itertools
from dataclasses import replace

import bpy
import numpy as np
import pytest
from mathutils import Matrix

from engine.datasets.choreography import choreograph
from intermask_blender import actor, rotation_modes, space, target
from intermask_blender.core import errors, rotations, skeleton
from tests.blender.rig_builder import build_armature
from tests.rig_outlines import bones_of, make_rig

PARENTS = list(skeleton.PARENTS[1:])


@pytest.fixture(scope="module")
def clip():
    """Somebody who gets up from the floor, with the help of somebody else."""
    return choreograph("help_up", 3, 60).motion


@pytest.fixture
def rig(scene):
    """A Mixamo character, larger than average, arms at 45 degrees."""
    return build_armature(make_rig(bones_of("Mixamo"), 1.2, 45), "Hero", scene)


def write(rig, clip, scene, start=1):
    """Let a rig play person A; returns the motion, fitted to its size, and the action."""
    body = target.check(rig, scene)
    ratio = body.leg_length / skeleton.leg_length(clip.bone_offsets[0])
    clip = space.resample(replace(clip, root_positions=clip.root_positions * ratio), space.scene_fps(scene))
    action = target.make_action(rig, body, "Take", clip.root_positions[0], clip.joint_rotations[0], scene, start)
    target.play(rig, action)
    return clip, action


def check_played(rig, clip, scene, degrees=2.0, metres=0.01):
    """What Blender shows has the motion's joint directions, and its pelvis within a scaled centimetre."""
    read = actor.read_actor(rig, scene)
    clip = space.resample(clip, actor.FPS)
    size = read.body.leg_length / skeleton.leg_length(skeleton.REST_OFFSETS)
    assert clip.frames <= len(read.roots) <= clip.frames + 1  # the last of the scene's frames is held
    assert np.abs(read.roots[: clip.frames] - clip.root_positions[0]).max() < metres * size
    directions = []
    for turns in (read.rotations[: clip.frames], clip.joint_rotations[0]):
        joints, _ = skeleton.forward_kinematics(turns, np.zeros((len(turns), 3)), skeleton.REST_OFFSETS)
        directions.append(rotations.normalise(joints[:, 1:] - joints[:, PARENTS]))
    cosines = np.sum(directions[0] * directions[1], axis=-1)
    assert np.degrees(np.arccos(np.clip(cosines, -1, 1))).max() < degrees


def curves_of(action):
    return action.layers[0].strips[0].channelbags[0].fcurves


def bone_of(curve) -> str:
    return curve.data_path.split('"')[1]


@pytest.mark.parametrize("mode", ["QUATERNION", "AXIS_ANGLE", "XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX"])
def test_every_rotation_mode(scene, rig, clip, mode):
    for bone in rig.pose.bones:
        bone.rotation_mode = mode
    clip, action = write(rig, clip, scene)
    paths = {curve.data_path.rpartition(".")[2] for curve in curves_of(action)}
    assert paths == {"location", rotation_modes.channel(mode)}
    check_played(rig, clip, scene)


@pytest.mark.parametrize("order", ["".join(order) for order in itertools.permutations("XYZ")])
def test_euler_angles_go_on_where_they_were(order):
    """Turning twice about any axis: the angles are as even as the motion, and mean the same."""
    for axis in np.eye(3):
        turns = rotations.from_axis_angle(axis, np.linspace(0, 4 * np.pi, 100))
        tilted = rotations.multiply(turns, rotations.from_axis_angle(np.array([1.0, 0, 0]), 0.3))
        for quaternions in (turns, tilted * np.resize([1, -1, -1], (100, 1))):
            angles = rotation_modes.values(quaternions, order)
            matrices = np.array([Matrix.Identity(3)] * 100)
            for letter in order:
                column = angles[:, "XYZ".index(letter)]
                unit = np.eye(3)["XYZ".index(letter)]
                matrices = rotations.to_matrix(rotations.from_axis_angle(unit, column)) @ matrices
            assert np.abs(matrices - rotations.to_matrix(quaternions)).max() < 1e-6
            assert np.abs(np.diff(angles, axis=0)).max() < 1.0
    constant = rotation_modes.values(np.tile([0.5**0.5, 0, 0, 0.5**0.5], (5, 1)), order)
    assert np.ptp(constant, axis=0).max() == 0


@pytest.mark.parametrize("scale", [0.01, 1.0, 3.0])
def test_a_character_anywhere_at_any_scale(scene, rig, clip, scale):
    scene.unit_settings.scale_length = 0.1
    rig.matrix_world = (
        Matrix.Translation((5, -3, 2)) @ Matrix.Rotation(2.0, 4, (0.3, 0.5, 0.8)) @ Matrix.Scale(scale, 4)
    )
    clip, _ = write(rig, clip, scene)
    check_played(rig, clip, scene)


def test_a_character_on_something_that_moves(scene, rig, clip):
    lift = bpy.data.objects.new("Lift", None)
    scene.collection.objects.link(lift)
    for frame, height, turn in ((1, 0, 0), (60, 4, 1)):
        lift.location.z, lift.rotation_euler.z = height, turn
        lift.keyframe_insert("location", frame=frame)
        lift.keyframe_insert("rotation_euler", frame=frame)
    rig.parent, rig.location = lift, (1, 0, 0)
    clip, _ = write(rig, clip, scene)
    check_played(rig, clip, scene)


@pytest.mark.parametrize("fps", [24, 60])
def test_keys_at_the_scenes_frame_rate(scene, rig, clip, fps):
    scene.render.fps = fps
    clip, action = write(rig, clip, scene, start=11)
    assert tuple(action.frame_range) == (11, 10 + clip.frames)
    check_played(rig, clip, scene)


def test_an_object_that_its_own_action_moves_stays_where_it_was(scene, rig, clip):
    for frame, place in ((1, 0), (100, 9)):
        rig.location.x = place
        rig.keyframe_insert("location", frame=frame)
    own = rig.animation_data.action
    own.name = "Walk"
    with actor.at_frame(scene, 40):
        here = rig.location.x
        clip, action = write(rig, clip, scene, start=40)
    check_played(rig, clip, scene)
    assert [tuple(key.co) for key in curves_of(action).find("location", index=0).keyframe_points] == [(40, here)]
    assert own.use_fake_user and tuple(own.frame_range) == (1, 100)


def test_a_character_placed_by_its_root_bone(scene, clip):
    rig = build_armature(make_rig(bones_of("Unreal Mannequin (UE5)"), 0.9, 45), "Manny", scene)
    root = rig.pose.bones["root"]
    root.location, root.rotation_quaternion = (1, 2, 0), (0.8, 0, 0.6, 0)
    bpy.context.view_layer.update()
    clip, action = write(rig, clip, scene)
    assert not [curve for curve in curves_of(action) if bone_of(curve) == "root"]
    check_played(rig, clip, scene)

    root.keyframe_insert("location", frame=1)  # what an action moves is held
    root.location.x += 5
    root.keyframe_insert("location", frame=100)
    rig.animation_data.action.name = "By hand"
    with actor.at_frame(scene, 50):
        clip, action = write(rig, clip, scene, start=50)
    assert len([curve for curve in curves_of(action) if bone_of(curve) == "root"]) == 3
    check_played(rig, clip, scene)


def test_what_earlier_motion_left_between_the_bones_is_laid_to_rest(scene, clip):
    """Daz figures have a bone between the hip, which is our pelvis, and the thighs; animators turn it."""
    rig = build_armature(make_rig(bones_of("Daz Genesis 8"), 1.0, 45), "Genesis", scene)
    between = rig.pose.bones["pelvis"]
    played, action = write(rig, clip, scene)
    assert not [curve for curve in curves_of(action) if bone_of(curve) == "pelvis"]  # at rest it needs no keys
    check_played(rig, played, scene)

    for mode in ("QUATERNION", "XYZ", "AXIS_ANGLE"):
        between.rotation_mode = mode
        setattr(between, rotation_modes.channel(mode), (0.4, 0.1, 0.8) if mode == "XYZ" else (0.6, 0.0, 0.8, 0.0))
        between.location, between.scale = (0.1, 0.2, 0), (1.1, 1, 1)
        _, action = write(rig, clip, scene)
        check_played(rig, played, scene)

    between.rotation_mode = "XYZ"
    own = bpy.data.actions.new("By hand")
    target.play(rig, action)
    rig.animation_data.action = own
    for frame, turn in ((1, 0.0), (100, 1.0)):  # at rest now, but not when it is played for a while
        between.rotation_euler.x = turn
        between.keyframe_insert("rotation_euler", frame=frame)
    scene.frame_set(1)
    _, action = write(rig, clip, scene)
    between.rotation_euler.x = 1.0
    check_played(rig, played, scene)


def test_only_what_the_map_names_is_keyed(scene, rig, clip):
    toe = rig.pose.bones["mixamorig:LeftToe_End"]
    toe.rotation_quaternion = (0.6, 0.8, 0, 0)
    body = target.check(rig, scene)
    clip, action = write(rig, clip, scene)
    mapped = {name for names in body.bone_map.bones.values() for name in names}
    assert {bone_of(curve) for curve in curves_of(action)} == mapped
    located = {bone_of(curve) for curve in curves_of(action) if curve.data_path.endswith("location")}
    assert located == {"mixamorig:Hips"}
    assert {key.interpolation for curve in curves_of(action) for key in curve.keyframe_points} == {"LINEAR"}
    counts = {bone_of(curve): len(curve.keyframe_points) for curve in curves_of(action)}
    assert counts["mixamorig:Hips"] == clip.frames and counts["mixamorig:LeftHandIndex1"] == 1
    scene.frame_set(30)
    assert tuple(toe.rotation_quaternion) == pytest.approx((0.6, 0.8, 0, 0))


def test_who_cannot_be_written_on_is_told_and_left_alone(scene, rig, clip, tmp_path):
    rig.pose.bones["mixamorig:LeftArm"].lock_rotation[2] = True
    with pytest.raises(errors.EngineError, match='"mixamorig:LeftArm" of "Hero" has locked channels'):
        target.check(rig, scene)
    rig.pose.bones["mixamorig:LeftArm"].lock_rotation[2] = False
    rig.pose.bones["mixamorig:Hips"].lock_location[0] = True
    with pytest.raises(errors.EngineError, match='"mixamorig:Hips" of "Hero" has locked channels'):
        target.check(rig, scene)
    rig.pose.bones["mixamorig:Hips"].lock_location[0] = False
    rig.data.pose_position = "REST"
    with pytest.raises(errors.EngineError, match='"Hero" is shown in its rest position'):
        target.check(rig, scene)
    rig.data.pose_position = "POSE"
    clip, _ = write(rig, clip, scene)

    library = str(tmp_path / "library.blend")
    bpy.ops.wm.save_as_mainfile(filepath=library)
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    scene = bpy.context.scene
    scene.render.fps = 30
    with bpy.data.libraries.load(library, link=True) as (_, linked):
        linked.objects = ["Hero"]
    scene.collection.objects.link(linked.objects[0])
    with pytest.raises(errors.EngineError, match='"Hero" is linked from another file'):
        target.check(linked.objects[0], scene)
    check_played(linked.objects[0], clip, scene)
    override = linked.objects[0].override_create()
    scene.collection.objects.link(override)
    with pytest.raises(errors.EngineError, match="linked from another file"):
        target.check(override, scene)
    override.make_local()
    target.check(override, scene)


def test_what_rigify_makes_plays(rigify, clip):
    metarig, generated = bpy.data.objects["human"], bpy.data.objects["Rigify"]
    check_played(metarig, write(metarig, clip, rigify)[0], rigify)

    for name in ("hips", "chest", "tweak_spine.002"):  # left by the animator
        generated.pose.bones[name].location = (0.05, 0.02, 0.1)
    root = generated.pose.bones["root"]
    root.location, root.rotation_quaternion = (1, 2, 0), (0.8, 0, 0.6, 0)
    bpy.context.view_layer.update()
    fitted, action = write(generated, clip, rigify)
    check_played(generated, fitted, rigify)
    switched = [curve for curve in curves_of(action) if curve.data_path.endswith('["IK_FK"]')]
    assert [[tuple(key.co) for key in curve.keyframe_points] for curve in switched] == [[(1, 1)]] * 4
    keyed = {bone_of(curve) for curve in curves_of(action)}
    assert "root" not in keyed and not any(name.startswith(("ORG-", "DEF-", "MCH-")) for name in keyed)
