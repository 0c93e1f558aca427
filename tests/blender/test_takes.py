"""Results become takes: characters, places, switching, and what survives undo, saving, appending and deleting."""

from dataclasses import replace

import bpy
import numpy as np
import pytest
from mathutils import Matrix

import intermask_blender
from intermask_blender import apply_result, armature, people, takes
from intermask_blender.core import errors, features, protocol, rotations, skeleton
from tests.blender.evaluated import read_joints

LOW = 1e-3  # metres


@pytest.fixture
def arrive(settings, scene, make_clip):
    """Let a motion come to the people of the scene's settings, as at the end of a job; returns its sentence."""

    def arrive(seed: int = 0, frames: int = 12, hint: str = "", cast=None, **wishes) -> str:
        clip = replace(make_clip(frames, seed), prompt=f"Two people tumble {seed}")
        rigs = [rig and rig.session_uid for rig in (settings.person_a, settings.person_b)]
        cast = cast or apply_result.Cast(scene.session_uid, rigs, people.at_cursor(scene))
        order = apply_result.Order(clip.prompt, 2.0, seed, {}, "starter", "A", scene.frame_current, cast)
        return apply_result.apply(replace(order, **wishes), protocol.pack(clip), hint)

    return arrive


@pytest.fixture
def by_hand(settings, scene, make_clip):
    """A character with an action that the user made, chosen as person A."""
    rig = armature.make_rig("Hero", make_clip().bone_offsets[0], scene.collection, scene)
    rig.pose.bones["head"].rotation_quaternion = (0.6, 0.8, 0, 0)
    rig.pose.bones["head"].keyframe_insert("rotation_quaternion", frame=3)
    rig.animation_data.action.name = "By hand"
    settings.person_a = rig
    return rig


def cast_of(settings) -> list[bpy.types.Object]:
    return [settings.person_a, settings.person_b]


def playing(settings) -> list[str]:
    return [rig.animation_data.action.get(takes.TAKE) for rig in cast_of(settings)]


def first_joints(settings, frame: int = 1) -> np.ndarray:
    """(2, 22, 3) of both people, Y-up metres."""
    return read_joints(cast_of(settings), [frame], bpy.context.scene)[:, 0]


def test_a_result_is_a_take_of_two_new_characters(arrive, settings, scene):
    scene.frame_set(20)
    assert arrive(seed=4, hint="Showing the nearest.") == ""
    assert [rig.name for rig in cast_of(settings)] == ["Person A", "Person B"]
    (row,) = settings.takes
    assert (row.prompt, row.name, row.seed, row.model) == ("Two people tumble 4", "Two people tumble 4", 4, "starter")
    assert (row.start, row.end, row.hint, settings.active_take) == (20, 31, "Showing the nearest.", 0)
    assert playing(settings) == [row.id, row.id]
    for rig in cast_of(settings):
        action = rig.animation_data.action
        assert tuple(action.frame_range) == (20, 31) and action.use_fake_user
    assert (scene.frame_current, scene.frame_start, scene.frame_end) == (20, 1, 250)


def test_the_motion_itself_is_kept_with_the_take(arrive, settings, scene, make_clip):
    arrive(first_person="B")
    kept = takes.motion(scene, 0)
    np.testing.assert_allclose(kept.root_positions, make_clip(12).root_positions[::-1], atol=1e-6)
    assert takes.facts(scene, 0).first_person == "B"


@pytest.mark.parametrize("scale", [1.0, 0.1])
def test_new_characters_stand_at_the_cursor_and_look_as_it_does(arrive, settings, scene, make_clip, scale):
    scene.unit_settings.scale_length = scale
    scene.cursor.location, scene.cursor.rotation_euler = np.array([3, -2, 0.5]) / scale, (0, 0, 0.7)
    scene.frame_set(5)
    arrive(frames=2)
    place = people.standing(settings.person_a, scene, 5)
    np.testing.assert_allclose(place.origin, [3, 0.5, 2], atol=LOW)
    np.testing.assert_allclose(place.turn, people.at_cursor(scene).turn, atol=LOW)
    np.testing.assert_allclose(settings.person_a.location, scene.cursor.location, atol=LOW / scale)
    clip = make_clip(2).joint_positions[:, 0]
    apart = np.linalg.norm(clip[0][:, None] - clip[1], axis=-1)
    joints = first_joints(settings, 5)
    np.testing.assert_allclose(np.linalg.norm(joints[0][:, None] - joints[1], axis=-1), apart, atol=LOW)


def test_an_existing_person_a_keeps_place_and_facing(arrive, settings, scene):
    arrive(seed=1)
    settings.person_a.matrix_world = Matrix.Translation((1, 2, 0)) @ Matrix.Rotation(2.0, 4, "Z")
    settings.person_b.matrix_world = Matrix.Translation((9, 9, 0))
    before = people.standing(settings.person_a, scene, 1)
    arrive(seed=2)
    after = people.standing(settings.person_a, scene, 1)
    np.testing.assert_allclose(after.origin, before.origin, atol=LOW)
    np.testing.assert_allclose(np.abs(after.turn @ before.turn), 1, atol=1e-6)
    joints = first_joints(settings)
    assert np.linalg.norm(joints[0, 0] - joints[1, 0]) < 3, "person B came to person A"


def test_a_person_b_alone_keeps_its_place_through_all_variations(arrive, settings, scene):
    arrive(seed=1)
    settings.person_b.matrix_world = Matrix.Translation((4, 0, 0)) @ Matrix.Rotation(1.0, 4, "Z")
    before = people.standing(settings.person_b, scene, 1)
    settings.person_a = None
    cast = apply_result.Cast(scene.session_uid, [None, settings.person_b.session_uid], people.at_cursor(scene))
    for seed in (2, 3):
        arrive(seed=seed, cast=cast)
        np.testing.assert_allclose(people.standing(settings.person_b, scene, 1).origin, before.origin, atol=LOW)
    assert settings.person_a.name == "Person A.001"
    assert len([thing for thing in scene.objects if thing.type == "ARMATURE"]) == 3


def test_the_first_person_of_the_sentence_can_be_person_b(arrive, settings):
    arrive()
    first = first_joints(settings)
    settings.person_a = settings.person_b = None
    arrive(first_person="B")
    second = first_joints(settings)
    apart = [np.linalg.norm(joints[0][:, None] - joints[1], axis=-1) for joints in (first, second)]
    np.testing.assert_allclose(apart[0], apart[1].T, atol=LOW)


@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_feet_stay_on_the_floor_whatever_the_size(settings, scene, make_clip, scale):
    """A clip of somebody larger, who stands still, on a character of the reference size."""
    rig = armature.make_rig("Hero", skeleton.REST_OFFSETS, scene.collection, scene)
    rig.scale = [scale] * 3
    large = 1.2 * skeleton.REST_OFFSETS
    clip = make_clip(2)
    still = np.broadcast_to(rotations.IDENTITY, clip.joint_rotations.shape)
    height = armature.rest_joints(large)[0]
    clip = replace(clip, bone_offsets=np.stack([large] * 2), joint_rotations=still,
                   root_positions=np.broadcast_to(height, (2, 2, 3)))  # fmt: skip
    cast = apply_result.Cast(scene.session_uid, [rig.session_uid, None], people.ORIGIN)
    order = apply_result.Order("Stand", 2.0, 0, {}, "starter", "A", 1, cast)
    apply_result.apply(order, protocol.pack(clip), "")
    lowest = read_joints([rig], [1], scene)[0, 0, :, 1].min()
    assert lowest == pytest.approx(features.SOLE * scale, abs=0.01)


def test_switching_swaps_two_actions_and_nothing_else(arrive, settings, scene):
    for seed in (1, 2):
        arrive(seed=seed)
    counts = len(bpy.data.actions), len(bpy.data.objects)
    ids = [row.id for row in settings.takes]
    assert playing(settings) == [ids[1]] * 2
    bpy.ops.intermask.switch_take(step=1)
    assert settings.active_take == 0 and playing(settings) == [ids[0]] * 2
    settings.active_take = 1
    assert playing(settings) == [ids[1]] * 2
    assert (len(bpy.data.actions), len(bpy.data.objects)) == counts
    with pytest.raises(RuntimeError, match="no such take"):
        bpy.ops.intermask.switch_take(index=9)


def test_two_pairs_switch_on_their_own(arrive, settings):
    arrive(seed=1)
    first = cast_of(settings)
    settings.person_a = settings.person_b = None
    arrive(seed=2)
    arrive(seed=3)
    settings.active_take = 1
    assert [rig.animation_data.action[takes.TAKE] for rig in first] == [settings.takes[0].id] * 2


def test_the_users_action_is_never_touched(arrive, by_hand, settings, curves, tmp_path):
    before = curves(by_hand)
    arrive(seed=1)
    arrive(seed=2)
    bpy.ops.intermask.switch_take(index=-1)
    assert by_hand.animation_data.action.name == "By hand"
    settings.active_take = 0
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "x.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "x.blend"))
    bpy.ops.intermask.delete_take()
    bpy.ops.intermask.delete_take()
    hero = bpy.data.objects["Hero"]
    assert hero.animation_data.action.name == "By hand"
    assert [action.name for action in bpy.data.actions] == ["By hand"]
    after = curves(hero)
    assert before.keys() == after.keys()
    assert all(np.array_equal(before[channel], after[channel]) for channel in before)


def test_the_pose_before_the_takes_comes_back(arrive, by_hand, settings, scene, tmp_path):
    """Also where the user's own action has no keys, and after saving."""
    scene.frame_set(3)
    by_hand.rotation_euler.z, by_hand.pose.bones["left_knee"].rotation_quaternion = 0.5, (0.8, 0.6, 0, 0)
    bpy.context.view_layer.update()
    before = [[list(row) for row in bone.matrix_basis] for bone in by_hand.pose.bones]
    arrive(seed=1)
    arrive(seed=2)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "x.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "x.blend"))
    hero = bpy.data.objects["Hero"]
    assert np.abs(np.array([bone.matrix_basis for bone in hero.pose.bones]) - before).max() > 0.1
    bpy.ops.intermask.switch_take(index=-1)
    bpy.context.scene.frame_set(3)
    np.testing.assert_allclose([bone.matrix_basis for bone in hero.pose.bones], before, atol=1e-6)


def test_a_character_in_the_nlas_tweak_mode_can_play(arrive, by_hand, settings):
    animation = by_hand.animation_data
    track = animation.nla_tracks.new()
    track.strips.new("Strip", 1, animation.action)
    animation.action = None
    track.is_solo, track.select, track.strips[0].select = False, True, True
    animation.nla_tracks.active = track
    animation.use_tweak_mode = True
    assert animation.use_tweak_mode
    arrive()
    settings.active_take = -1
    settings.active_take = 0
    assert playing(settings) == [settings.takes[0].id] * 2


def test_a_take_is_seen_as_it_is_above_nla_strips(arrive, by_hand, settings):
    arrive()
    alone = first_joints(settings, 8)
    settings.active_take = -1
    animation = by_hand.animation_data
    track = animation.nla_tracks.new()
    track.name = 'a "b".c'
    track.strips.new("Strip", 1, animation.action)
    track.is_solo, animation.action_blend_type, animation.action_influence = True, "ADD", 0.25
    settings.active_take = 0
    np.testing.assert_allclose(first_joints(settings, 8), alone, atol=LOW)
    settings.active_take = -1
    assert track.is_solo and animation.action_blend_type == "ADD" and animation.action_influence == 0.25


def test_deleting_a_take_shows_its_neighbour(arrive, settings):
    for seed in (1, 2, 3):
        arrive(seed=seed)
    ids = [row.id for row in settings.takes]
    bpy.ops.intermask.delete_take(index=2)
    assert playing(settings) == [ids[1]] * 2 and settings.active_take == 1
    bpy.ops.intermask.delete_take(index=0)
    assert playing(settings) == [ids[1]] * 2 and settings.active_take == 0
    assert len(bpy.data.actions) == 2
    bpy.ops.intermask.delete_take()
    assert settings.active_take == -1 and not bpy.data.actions
    assert [rig.animation_data.action for rig in cast_of(settings)] == [None, None]


def test_names_and_marks_go_with_the_actions(arrive, settings, scene):
    arrive()
    bpy.ops.intermask.rename_take(name="The good one")
    bpy.ops.intermask.favourite_take()
    assert settings.person_a.animation_data.action.name == "A: The good one"
    settings.takes.clear()
    takes.rebuild(scene)
    assert (settings.takes[0].name, settings.takes[0].favourite) == ("The good one", True)


def test_a_result_and_a_switch_are_one_undo_step_each(arrive, settings):
    def now():
        settings = bpy.context.scene.intermask
        return len(settings.takes), settings.active_take, len(bpy.data.objects), len(bpy.data.actions)

    steps = [now()]
    arrive(seed=1)
    steps.append(now())
    arrive(seed=2)
    steps.append(now())
    bpy.ops.intermask.switch_take(index=0)
    bpy.ops.ed.undo_push(message="Switch")  # a button's operator does it by itself
    steps.append(now())
    for step in reversed(steps[:-1]):
        bpy.ops.ed.undo()
        assert now() == step
    for step in steps[1:]:
        bpy.ops.ed.redo()
        assert now() == step
    settings = bpy.context.scene.intermask
    assert playing(settings) == [settings.takes[0].id] * 2


def test_takes_survive_saving_and_loading(arrive, settings, tmp_path):
    for seed in (1, 2):
        arrive(seed=seed)
    ids = [row.id for row in settings.takes]
    settings.active_take = 0
    settings.takes.clear()  # what is true lies on the actions
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "x.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "x.blend"))
    settings = bpy.context.scene.intermask
    assert [row.id for row in settings.takes] == ids
    assert settings.active_take == 0 and playing(settings) == [ids[0]] * 2
    settings.active_take = 1
    assert playing(settings) == [ids[1]] * 2


def test_characters_bring_their_takes_into_another_file(arrive, settings, tmp_path):
    for seed in (1, 2):
        arrive(seed=seed)
    ids = [row.id for row in settings.takes]
    library = str(tmp_path / "library.blend")
    bpy.ops.wm.save_as_mainfile(filepath=library)
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    collection = "Two people tumble 1"
    bpy.ops.wm.append(filepath=f"{library}/Collection/{collection}", directory=f"{library}/Collection/",
                      filename=collection)  # fmt: skip
    settings = bpy.context.scene.intermask
    assert [row.id for row in settings.takes] == ids
    assert settings.active_take == 1
    settings.active_take = 0
    rigs = [bpy.data.objects[name] for name in people.NAMES]
    assert [rig.animation_data.action[takes.TAKE] for rig in rigs] == [ids[0]] * 2


def test_a_file_keeps_its_takes_without_the_add_on(arrive, settings, tmp_path):
    for seed in (1, 2):
        arrive(seed=seed)
    ids = [row.id for row in settings.takes]
    path = str(tmp_path / "x.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    intermask_blender.unregister()
    try:
        bpy.ops.wm.open_mainfile(filepath=path)
        assert not hasattr(bpy.context.scene, "intermask")
        assert len(bpy.data.actions) == 4
        bpy.ops.wm.save_mainfile()
    finally:
        intermask_blender.register()
    bpy.ops.wm.open_mainfile(filepath=path)
    assert [row.id for row in bpy.context.scene.intermask.takes] == ids


def test_a_character_that_went_away_is_made_anew_and_told(arrive, settings, scene):
    arrive(seed=1)
    cast = apply_result.Cast(scene.session_uid, [rig.session_uid for rig in cast_of(settings)], people.ORIGIN)
    bpy.data.objects.remove(settings.person_a)
    sentence = arrive(seed=2, cast=cast)
    assert sentence == "Person A's character is gone: the motion came to a new one."
    assert settings.person_a and playing(settings) == [settings.takes[1].id] * 2


def test_a_scene_that_went_away_is_told(arrive, settings, scene):
    cast = apply_result.Cast(-1, [None, None], people.ORIGIN)
    assert "scene is gone" in arrive(cast=cast)
    assert len(settings.takes) == 1


def test_a_damaged_motion_changes_nothing(arrive, settings, scene):
    cast = apply_result.Cast(scene.session_uid, [None, None], people.ORIGIN)
    order = apply_result.Order("Hug", 2.0, 0, {}, "starter", "A", 1, cast)
    with pytest.raises(errors.EngineError, match="damaged"):
        apply_result.apply(order, "AAAA", "")
    assert not bpy.data.objects and not settings.takes


@pytest.mark.parametrize("mode", ["POSE", "OBJECT"])
def test_mode_selection_and_frame_stay(arrive, settings, scene, by_hand, mode):
    bpy.context.view_layer.objects.active = by_hand
    bpy.ops.object.mode_set(mode=mode)
    scene.frame_set(7)
    assert apply_result.not_now() == ""
    arrive(start=3)
    assert (bpy.context.mode, bpy.context.view_layer.objects.active) == (mode, by_hand)
    assert scene.frame_current == 7


def test_the_motion_waits_while_the_user_edits(settings, scene, by_hand):
    bpy.context.view_layer.objects.active = by_hand
    bpy.ops.object.mode_set(mode="EDIT")
    assert "Object Mode" in apply_result.not_now()


def test_who_can_play(settings, scene, make_clip):
    other = bpy.data.objects.new("Robot", bpy.data.armatures.new("Robot"))
    scene.collection.objects.link(other)
    assert '"Robot": This armature has no bones.' in people.refusal(other, "Person A")
    assert people.refusal(other, "Person A").endswith("Or leave Person A empty for a new character.")
    rig = armature.make_rig("Hero", make_clip().bone_offsets[0], scene.collection, scene)
    assert people.refusal(rig, "Person A") == ""
    rig.pose.bones["head"].rotation_mode = "XYZ"
    assert people.refusal(rig, "Person A") == ""
    rig.pose.bones["head"].lock_rotation[1] = True
    assert '"head" of "Hero" has locked channels' in people.refusal(rig, "Person A")
    rig.pose.bones["head"].lock_rotation[1] = False
    rig.scale = (0, 0, 0)
    bpy.context.view_layer.update()
    assert "scaled to nothing" in people.refusal(rig, "Person A")
