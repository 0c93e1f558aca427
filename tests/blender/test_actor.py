"""What a character does is read as Blender shows it, whatever makes it move; who can't be read is told why."""

import bpy
import numpy as np
import pytest
from mathutils import Matrix

from engine.datasets.choreography import choreograph
from intermask_blender import actor, people, rig_map, target
from intermask_blender.core import errors, features, skeleton
from tests.blender.rig_builder import build_armature
from tests.rig_outlines import bones_of, make_rig, renamed
from tests.test_retarget_recognise import quadruped


@pytest.fixture(scope="module")
def clip():
    """Two people who shake hands."""
    return choreograph("shake_hands", 3, 60).motion


@pytest.fixture
def rig(scene):
    """A Mixamo character without a motion."""
    return build_armature(make_rig(bones_of("Mixamo"), 1.0, 45), "Hero", scene)


@pytest.fixture
def moving(rig, clip, scene):
    """The same character, who does what person A does."""
    give_motion(rig, clip, scene)
    return rig


def give_motion(rig, clip, scene):
    body = target.check(rig, scene)
    clip = people.fitted(clip, np.stack([body.offsets, clip.bone_offsets[1]]))
    action = target.make_action(rig, body, "Own", clip.root_positions[0], clip.joint_rotations[0], scene, 1)
    target.play(rig, action)


def channels_of(rig):
    action = rig.animation_data.action
    return {
        (curve.data_path, curve.array_index): [tuple(key.co) for key in curve.keyframe_points]
        for curve in action.layers[0].strips[0].channelbags[0].fcurves
    }


def test_joints_are_where_the_bones_start(scene, moving):
    moving.matrix_world = Matrix.Translation((2, 3, 4)) @ Matrix.Rotation(1, 4, "Z") @ Matrix.Scale(2, 4)
    read = actor.read_actor(moving, scene)
    joints, _ = skeleton.forward_kinematics(read.rotations, read.roots, read.body.offsets)
    matrices = actor.sample(moving, read.body.reads, actor.frames_between(1, 60, scene), scene)
    for part in ("left_hip", "left_ankle", "right_elbow", "right_wrist", "head"):
        heads = matrices[:, read.body.read_parts[part][0], :3, 3]
        assert np.abs(joints[:, skeleton.JOINT[part]] - heads).max() < 0.01 * 2


def test_reading_changes_nothing(scene, moving):
    cube = bpy.data.objects.new("Cube", None)
    scene.collection.objects.link(cube)
    bpy.context.view_layer.objects.active = cube
    scene.frame_set(17, subframe=0.25)
    before, action = channels_of(moving), moving.animation_data.action
    actor.read_actor(moving, scene)
    assert (scene.frame_current, scene.frame_subframe) == (17, 0.25)
    assert bpy.context.view_layer.objects.active == cube and not cube.select_get()
    assert moving.animation_data.action == action and channels_of(moving) == before


def test_thirty_frames_a_second_whatever_the_scene_has(scene, moving):
    read = actor.read_actor(moving, scene)
    scene.render.fps = 60
    slow = actor.read_actor(moving, scene)
    assert len(read.roots) == 60 and len(slow.roots) == 30
    np.testing.assert_allclose(slow.roots, read.roots[::2], atol=1e-5)
    scene.render.fps = 15
    np.testing.assert_allclose(actor.read_actor(moving, scene).roots[::2], read.roots, atol=1e-5)


def test_a_range_of_frames(scene, moving):
    whole, part = actor.read_actor(moving, scene), actor.read_actor(moving, scene, 11, 50)
    np.testing.assert_allclose(part.roots, whole.roots[10:50], atol=1e-6)
    assert part.start == 11


def test_strips_of_the_nla_are_read_as_they_play(scene, moving):
    whole = actor.read_actor(moving, scene)
    animation = moving.animation_data
    track = animation.nla_tracks.new()
    strip = track.strips.new("Strip", 101, animation.action)
    strip.influence = 1.0
    animation.action = None
    strips = actor.read_actor(moving, scene)
    assert strips.start == 101
    np.testing.assert_allclose(strips.roots, whole.roots, atol=1e-5)
    track.mute = True
    with pytest.raises(errors.EngineError, match='"Hero" does not move'):
        actor.read_actor(moving, scene)


def test_constraints_and_drivers_are_read(scene, moving):
    whole = actor.read_actor(moving, scene)
    carrier = bpy.data.objects.new("Carrier", None)
    scene.collection.objects.link(carrier)
    driver = carrier.driver_add("location", 0).driver
    driver.expression = "frame / 30"
    constraint = moving.constraints.new("COPY_LOCATION")
    constraint.target = carrier
    moved = actor.read_actor(moving, scene)
    expected = whole.roots + np.outer(np.arange(1, 61) / 30, [1, 0, 0])
    np.testing.assert_allclose(moved.roots, expected, atol=1e-5)
    np.testing.assert_allclose(moved.rotations, whole.rotations, atol=1e-5)


@pytest.mark.parametrize("raised", [0.0, 0.7])
def test_the_floor_is_under_the_feet(scene, moving, raised):
    """The object's origin, where the feet stand; or wherever the action takes them."""
    moving.location.z = 5
    for curve in moving.animation_data.action.layers[0].strips[0].channelbags[0].fcurves:
        if curve.data_path.endswith("location"):
            upwards = moving.data.bones["mixamorig:Hips"].matrix_local.to_3x3().inverted().col[2]
            for key in curve.keyframe_points:
                key.co[1] += raised * upwards[curve.array_index]
    read = actor.read_actor(moving, scene)
    assert read.floor == pytest.approx(5 + raised, abs=0.03)
    joints, _ = skeleton.forward_kinematics(read.rotations, read.roots, read.body.offsets)
    assert joints[..., 1].min() - read.floor == pytest.approx(features.SOLE, abs=0.03)
    motion = read.motion()
    np.testing.assert_allclose(motion.root_positions[0, :, 1], read.roots[:, 1] - read.floor)


def test_the_users_own_bone_map_is_read(scene, clip):
    names = renamed(bones_of("Mixamo"), lambda name: "x" + str(abs(hash(name)) % 10**9))
    rig = build_armature(make_rig(names, 1.0, 45), "Hero", scene)
    plain = build_armature(make_rig(bones_of("Mixamo"), 1.0, 45), "Plain", scene)
    known = rig_map.bone_map(plain)
    new = {old.name: name.name for old, name in zip(bones_of("Mixamo"), names, strict=True)}
    bones = {part: tuple(new[name] for name in old) for part, old in known.bones.items()}
    rig_map.correct(rig, type(known)("Mine", bones))
    give_motion(rig, clip, scene)
    give_motion(plain, clip, scene)
    np.testing.assert_allclose(actor.read_actor(rig, scene).roots, actor.read_actor(plain, scene).roots, atol=1e-5)
    assert rig_map.corrected(rig).family == "Mine"
    rig_map.correct(rig, None)
    assert rig_map.corrected(rig) is None and rig_map.bone_map(rig).family != "Mine"


def test_an_armature_without_motion_is_told(scene, rig):
    with pytest.raises(errors.EngineError, match='"Hero" does not move from frame 1 to 250: give it an action'):
        actor.read_actor(rig, scene)


def test_three_frames_are_told(scene, moving):
    with pytest.raises(errors.EngineError, match=r'"Hero" moves for 3 frames only \(0.1 s\)'):
        actor.read_actor(moving, scene, 5, 7)


def test_what_is_no_armature_is_told(scene):
    for thing in (None, bpy.data.objects.new("Lamp", bpy.data.lights.new("Lamp", "SUN"))):
        with pytest.raises(errors.EngineError, match="select the armature"):
            actor.read_actor(thing, scene)


def test_what_is_no_person_is_told(scene):
    horse = build_armature(quadruped({}), "Horse", scene)
    with pytest.raises(errors.EngineError, match='"Horse": This doesn\'t look like the rig of a person'):
        actor.read_actor(horse, scene)
    bones = bones_of("Mixamo")
    both = bones + renamed(bones, lambda name: name + ".001")
    pair = build_armature(make_rig(both), "Pair", scene)
    with pytest.raises(errors.EngineError, match='"Pair": This armature holds more than one figure'):
        actor.read_actor(pair, scene)


def test_a_bone_mapped_twice_is_told(scene, moving):
    known = rig_map.bone_map(moving)
    rig_map.correct(moving, type(known)("Mine", known.bones | {"left_knee": known.bones["left_hip"]}))
    with pytest.raises(errors.EngineError, match="mixamorig:LeftUpLeg is mapped twice"):
        actor.read_actor(moving, scene)


def test_keys_that_are_no_numbers_are_told(scene, moving):
    curve = moving.animation_data.action.layers[0].strips[0].channelbags[0].fcurves[30]
    curve.keyframe_points[20].co[1] = float("nan")
    with pytest.raises(errors.EngineError, match="no numbers"):
        actor.read_actor(moving, scene)
    assert scene.frame_current == 1


def test_what_hides_the_motion_is_told(scene, moving):
    moving.data.pose_position = "REST"
    with pytest.raises(errors.EngineError, match="set its armature to Pose Position"):
        actor.read_actor(moving, scene)
    moving.data.pose_position = "POSE"
    moving.hide_viewport = True
    with pytest.raises(errors.EngineError, match="enable it in the Outliner"):
        actor.read_actor(moving, scene)
