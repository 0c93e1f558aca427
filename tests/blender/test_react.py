"""Reactions with the real worker and the starter model: the actor's keys stay, and the partner comes to where they are.

Also both people with a start pose that is kept, and one person of a take made anew.
"""

from dataclasses import replace

import bpy
import numpy as np
import pytest
from mathutils import Matrix

from engine.datasets.choreography import choreograph
from intermask_blender import actor, people, rig_map, takes, target
from intermask_blender.core import rotations, skeleton
from intermask_blender.jobs import State, queue
from tests.blender.polling import until
from tests.blender.rig_builder import build_armature
from tests.rig_outlines import bones_of, make_rig
from tests.test_retarget_recognise import car, quadruped

PLACE = Matrix.Translation((3, -5, 1)) @ Matrix.Rotation(2.0, 4, "Z")
NEAR = 0.01  # metres


@pytest.fixture(autouse=True)
def clean(settings):
    """An empty queue; the worker stays warm from test to test."""
    queue.cancel(list(queue.jobs))
    queue.dismiss()
    settings.steps, settings.prompt = 3, "Two people shake hands."


@pytest.fixture
def hero(settings, scene):
    """A Mixamo character somewhere who shakes hands with nobody, active."""
    return put_hero(scene, PLACE @ Matrix.Scale(1.3, 4))


def put_hero(scene, place: Matrix, name: str = "Hero", frames: int = 75) -> bpy.types.Object:
    rig = build_armature(make_rig(bones_of("Mixamo"), sizes=0.9, arms_down=45), name, scene)
    rig.matrix_world = place
    bpy.context.view_layer.update()
    body = actor.body(rig, scene)
    clip = choreograph("shake_hands", 3, frames).motion
    clip = people.fitted(clip, np.stack([body.offsets, clip.bone_offsets[1]]))
    spin = rotations.from_axis_angle(np.array([0.0, 1, 0]), np.array(2.0))
    root = rotations.rotate(spin, clip.root_positions[0]) + [3, 1, 5]
    turns = clip.joint_rotations[0].copy()
    turns[:, 0] = rotations.multiply(spin, turns[:, 0])
    target.play(rig, target.make_action(rig, body, "By hand", root, turns, scene, 1))
    bpy.ops.ed.undo_push(message="Hero")
    return rig


@pytest.fixture
def empty_hero(settings, scene):
    """A character without any keys, active."""
    return build_armature(make_rig(bones_of("Mixamo")), "Hero", scene)


def same(first: dict, second: dict) -> bool:
    """Whether two readings of curves are the same to the last bit."""
    return first.keys() == second.keys() and all(np.array_equal(first[key], second[key]) for key in first)


def place_of(rig, frame: int = 1):
    """Where a character stands."""
    return people.standing(rig, bpy.context.scene, frame)


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0])
def test_a_partner_comes_to_an_actor_who_keeps_their_keys(settings, scene, curves, scale):
    hero = put_hero(scene, PLACE @ Matrix.Scale(scale, 4))
    before, action, matrix = curves(hero), hero.animation_data.action, hero.matrix_world.copy()
    assert bpy.ops.intermask.react(prompt="", seed=3) == {"FINISHED"}
    assert hero.animation_data.action == action and same(curves(hero), before)
    assert hero.matrix_world == matrix and takes.TAKES not in hero

    (take,) = settings.takes
    partner = settings.person_b
    assert (take.prompt, take.name, take.seed, take.start, take.end) == ("", "Reaction", 3, 1, 75)
    assert partner.animation_data.action[takes.PERSON] == "B"
    assert not [action for action in bpy.data.actions if action.get(takes.PERSON) == "A"]
    floor = actor.read_actor(hero, scene).floor
    size = actor.body(hero, scene).leg_length / actor.body(partner, scene).leg_length
    assert 0.8 < size < 1.25, "the partner is as large as the actor"
    far = place_of(partner).origin - place_of(hero).origin
    assert 0.2 * scale < np.linalg.norm(far[[0, 2]]) < 3 * scale and abs(place_of(partner).origin[1] - floor) < NEAR


def test_an_actor_who_is_disabled_is_told_so(hero, settings):
    settings.person_a, hero.hide_viewport = hero, True
    with pytest.raises(RuntimeError, match="enable it in the Outliner"):
        bpy.ops.intermask.react(actor="Hero")


def test_an_armature_can_be_the_partner(hero, settings, scene, curves):
    other = build_armature(make_rig(bones_of("Unreal Mannequin (UE5)"), sizes=0.8), "Manny", scene)
    settings.person_a, settings.person_b = hero, other
    before = curves(hero)
    assert bpy.ops.intermask.react() == {"FINISHED"}
    assert same(curves(hero), before)
    assert other.animation_data.action[takes.TAKE] == settings.takes[0].id
    assert np.linalg.norm((place_of(other).origin - place_of(hero).origin)[[0, 2]]) < 4


def test_switching_and_deleting_takes_leave_the_actor_alone(hero, settings, curves):
    before, action = curves(hero), hero.animation_data.action
    bpy.ops.intermask.react(seed=1, count=2)
    assert [take.seed for take in settings.takes] == [1, 2]
    for index in (0, -1, 1):
        bpy.ops.intermask.switch_take(index=index)
        assert hero.animation_data.action == action
    partner = settings.person_b
    assert partner.animation_data.action[takes.TAKE] == settings.takes[1].id
    bpy.ops.intermask.delete_take(index=1)
    assert partner.animation_data.action[takes.TAKE] == settings.takes[0].id
    assert hero.animation_data.action == action and same(curves(hero), before)


def test_the_preview_range_says_which_frames(hero, settings, scene):
    scene.use_preview_range, scene.frame_preview_start, scene.frame_preview_end = True, 11, 70
    bpy.ops.intermask.react()
    assert (settings.takes[0].start, settings.takes[0].end) == (11, 70)


@pytest.mark.parametrize("fps", [24, 60])
def test_a_reaction_at_another_frame_rate_lasts_as_long_as_the_actor(settings, scene, fps):
    scene.render.fps = fps
    hero = put_hero(scene, PLACE)
    scene.use_preview_range, scene.frame_preview_end = True, 2 * fps  # no longer than the model needs
    bpy.ops.intermask.react()
    take = settings.takes[0]
    assert take.start == 1 and 2 * fps - fps / 30 < take.end <= 2 * fps
    assert bpy.ops.intermask.redo_person(person="A") == {"FINISHED"} and takes.TAKES in hero


def test_making_a_reaction_again_follows_the_actor(hero, settings, scene):
    bpy.ops.intermask.react()
    partner = settings.person_b
    hero.location.x += 20
    bpy.context.view_layer.update()
    assert bpy.ops.intermask.regenerate_take() == {"FINISHED"}
    assert len(settings.takes) == 2 and takes.TAKES not in hero
    assert np.linalg.norm((place_of(partner).origin - place_of(hero).origin)[[0, 2]]) < 4
    bpy.data.objects.remove(hero)
    with pytest.raises(RuntimeError, match="Person A of this take is gone"):
        bpy.ops.intermask.regenerate_take()


def test_undo_takes_the_reaction_away_and_nothing_else(hero, settings, curves):
    before = curves(hero)
    bpy.ops.intermask.react()
    bpy.ops.ed.undo()
    scene = bpy.context.scene
    assert not scene.intermask.takes and [thing.name for thing in scene.objects] == ["Hero"]
    assert same(curves(scene.objects["Hero"]), before)
    bpy.ops.ed.redo()
    assert len(bpy.context.scene.intermask.takes) == 1


def test_cancel_changes_nothing(hero, settings, scene, curves):
    before = curves(hero)
    settings.steps = 1000
    bpy.ops.intermask.react(wait=False)
    (job,) = queue.jobs
    until(lambda: job.state is State.SAMPLING and job.step > 1)
    bpy.ops.intermask.cancel()
    until(lambda: queue.settled, 5)
    assert not settings.takes and len(scene.objects) == 1 and same(curves(hero), before)


def test_a_reaction_survives_saving(hero, curves, tmp_path):
    before = curves(hero)
    bpy.ops.intermask.react()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "x.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "x.blend"))
    settings = bpy.context.scene.intermask
    (take,) = settings.takes
    hero = bpy.data.objects["Hero"]
    assert takes.players(bpy.context.scene, take.id) == {"A": hero, "B": settings.person_b}
    assert same(curves(hero), before)
    assert bpy.ops.intermask.regenerate_take() == {"FINISHED"} and same(curves(hero), before)


def test_who_is_the_actor(hero, settings, scene):
    with pytest.raises(RuntimeError, match='no armature "Nobody"'):
        bpy.ops.intermask.react(actor="Nobody")
    bpy.context.view_layer.objects.active = None
    with pytest.raises(RuntimeError, match="No armature is selected"):
        bpy.ops.intermask.react()
    settings.person_a = settings.person_b = hero
    with pytest.raises(RuntimeError, match="the same character"):
        bpy.ops.intermask.react()
    assert not queue.jobs


def test_a_character_who_moves_keeps_their_motion_when_chosen(hero, empty_hero, settings):
    settings.person_a = hero
    assert settings.keep == settings.kept == "MOTION"
    settings.person_a = empty_hero
    assert settings.keep == "NOTHING"
    settings.person_b, bpy.context.view_layer.objects.active = hero, hero
    assert bpy.ops.intermask.choose_actor() == {"FINISHED"}
    assert (settings.person_a, settings.person_b, settings.kept) == (hero, None, "MOTION")
    settings.person_a = None
    assert settings.kept == "NOTHING"


def not_a_number(rig, scene):
    """One key that holds no value."""
    curve = rig.animation_data.action.layers[0].strips[0].channelbags[0].fcurves[5]
    curve.keyframe_points[10].co.y = float("nan")


def three_frames(rig, scene):
    """Too few of them."""
    scene.use_preview_range, scene.frame_preview_start, scene.frame_preview_end = True, 1, 3


def no_motion(rig, scene):
    """The same pose on all frames."""
    rig.animation_data_clear()


def second_skeleton(rig, scene):
    """Another figure in the same armature."""
    bpy.ops.object.mode_set(mode="EDIT")
    bones = rig.data.edit_bones
    for bone in list(bones):
        copy = bones.new(bone.name + ".001")
        copy.head, copy.tail = bone.head, bone.tail
        copy.parent = bones[bone.parent.name + ".001"] if bone.parent else None
    bpy.ops.object.mode_set(mode="OBJECT")


def mapped_twice(rig, scene):
    """One bone as both hands."""
    bone_map = rig_map.bone_map(rig)
    rig_map.correct(rig, replace(bone_map, bones=bone_map.bones | {"left_wrist": bone_map.bones["right_wrist"]}))


def scaled_to_nothing(rig, scene):
    """No size at all."""
    rig.scale = (0, 0, 0)
    bpy.context.view_layer.update()


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (not_a_number, "no numbers"),
        (three_frames, "3 frames only"),
        (no_motion, "does not move"),
        (second_skeleton, "more than one figure"),
        (mapped_twice, "mapped twice"),
        (scaled_to_nothing, "scaled to nothing"),
    ],
)
def test_an_actor_who_cannot_be_read_is_told_and_nothing_changes(hero, settings, scene, spoil, sentence):
    spoil(hero, scene)
    frame, things = scene.frame_current, set(bpy.data.objects)
    with pytest.raises(RuntimeError, match=sentence) as raised:
        bpy.ops.intermask.react()
    assert "Traceback" not in str(raised.value)
    assert not queue.jobs and not settings.takes
    assert (scene.frame_current, set(bpy.data.objects)) == (frame, things)


@pytest.mark.parametrize("outline", [quadruped({}), car()], ids=["horse", "car"])
def test_what_is_no_person_is_no_actor(settings, scene, outline):
    build_armature(outline, "Thing", scene)
    with pytest.raises(RuntimeError, match="doesn't look like the rig of a person"):
        bpy.ops.intermask.react()
    assert not queue.jobs


def test_a_linked_character_can_be_the_actor_but_not_the_partner(hero, settings, tmp_path):
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "hero.blend"))
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    scene = bpy.context.scene
    settings = scene.intermask
    settings.own_sampling, settings.steps, scene.render.fps = True, 3, 30
    with bpy.data.libraries.load(str(tmp_path / "hero.blend"), link=True) as (_, data):
        data.objects = ["Hero"]
    hero = data.objects[0]
    scene.collection.objects.link(hero)
    assert bpy.ops.intermask.react(actor="Hero") == {"FINISHED"}
    assert len(settings.takes) == 1 and hero.library
    settings.person_a, settings.person_b = settings.person_b, hero
    with pytest.raises(RuntimeError, match="linked from another file"):
        bpy.ops.intermask.react(actor=settings.person_a.name)
    assert len(settings.takes) == 1


def test_a_partner_with_locked_channels_is_refused(hero, settings, scene):
    settings.person_b = build_armature(make_rig(bones_of("Mixamo")), "Locked", scene)
    settings.person_b.pose.bones["mixamorig:LeftArm"].lock_rotation[1] = True
    with pytest.raises(RuntimeError, match="locked channels"):
        bpy.ops.intermask.react(actor="Hero")
    assert not settings.takes and settings.person_b.animation_data is None


def test_both_people_start_from_the_pose_that_is_kept(hero, settings, scene):
    settings.person_a, settings.keep = hero, "POSE"
    scene.frame_set(40)
    before = pose(hero, 40)
    bpy.ops.intermask.generate(seed=2, seconds=2.0)
    assert hero.animation_data.action[takes.TAKE] == settings.takes[0].id
    np.testing.assert_allclose(pose(hero, 40), before, atol=0.015)
    assert np.abs(pose(hero, 70) - before).max() > 0.03
    bpy.ops.intermask.regenerate_take()
    np.testing.assert_allclose(pose(hero, 40), before, atol=0.03)


def pose(rig, frame: int) -> np.ndarray:
    """Joint positions (22, 3) in the world."""
    scene = bpy.context.scene
    with actor.at_frame(scene, frame):
        body = actor.body(rig, scene)
        root, turns = actor.read_pose(rig, body, scene)
    return skeleton.forward_kinematics(turns, root, body.offsets)[0]


@pytest.mark.parametrize("first_person", ["A", "B"])
@pytest.mark.parametrize("person", ["A", "B"])
def test_one_person_of_a_take_is_made_anew(settings, curves, person, first_person):
    settings.first_person = first_person
    bpy.ops.intermask.generate(seed=1)
    anew, kept = (settings.person_a, settings.person_b)[:: 1 if person == "A" else -1]
    before, others = curves(kept), curves(anew)
    kept.location.x += 2
    anew.location.x += 2
    bpy.context.view_layer.update()
    bpy.ops.intermask.generate(seed=9)
    assert bpy.ops.intermask.redo_person(index=0, person=person) == {"FINISHED"}
    assert len(settings.takes) == 3 and settings.active_take == 2
    assert kept.animation_data.action[takes.TAKE] == settings.takes[2].id
    assert same(curves(kept), before) and not same(curves(anew), others)
    assert np.linalg.norm(place_of(kept).origin - place_of(anew).origin) < 3
    first, last = settings.takes[0], settings.takes[2]
    assert (last.prompt, last.start, last.end, last.seed != first.seed) == (first.prompt, first.start, first.end, True)
    bpy.ops.intermask.delete_take(index=0)
    assert same(curves(kept), before), "the copy is the new take's own"


def test_redoing_needs_both_people(settings):
    bpy.ops.intermask.generate()
    bpy.data.objects.remove(settings.person_a)
    with pytest.raises(RuntimeError, match="Person A of this take is gone"):
        bpy.ops.intermask.redo_person(person="B")


def test_the_actor_of_a_reaction_can_be_made_anew_on_request(hero, settings, curves):
    own = hero.animation_data.action
    bpy.ops.intermask.react(seed=1)
    partner = settings.person_b
    before = curves(partner)
    assert bpy.ops.intermask.redo_person(person="A") == {"FINISHED"}
    assert hero.animation_data.action[takes.TAKE] == settings.takes[1].id and same(curves(partner), before)
    bpy.ops.intermask.switch_take(index=-1)
    assert hero.animation_data.action == own
