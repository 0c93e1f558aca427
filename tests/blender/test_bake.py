"""Takes that are baked to actions and NLA strips play as the takes do, and what was there before stays."""

from dataclasses import replace

import bpy
import numpy as np
import pytest
from mathutils import Matrix

from engine.datasets.choreography import choreograph
from intermask_blender import armature, space, takes
from intermask_blender.core import motion
from tests.blender.baked import curves_of, key_count, poses, take_of, told
from tests.blender.rig_builder import build_armature
from tests.rig_outlines import bones_of, make_rig

NEAR = 2e-5  # metres and parts of a turn: single precision
FPS = {"24": (24, 1.0), "25": (25, 1.0), "29.97": (30, 1.001), "60": (60, 1.0)}
bake = bpy.ops.intermask.bake


@pytest.fixture
def pair(settings, scene):
    """Two people and a take of 45 frames from frame 1 on."""
    return take_of(scene)


def get_up(seed: int) -> motion.Motion:
    """Somebody is helped up from the floor, over 50 frames."""
    return choreograph("help_up", seed, 50).motion


def glide(frames: int) -> motion.Motion:
    """Two people who glide forward and sink a little while they shake hands."""
    clip = choreograph("shake_hands", 3, frames).motion
    roots = clip.root_positions[:, :1] + np.linspace(0, 1, frames)[:, None] * np.array([0.3, -0.05, 0.5])
    turns = clip.joint_rotations.copy()
    turns[:, :, 0] = turns[:, :1, 0]
    return replace(clip, root_positions=roots, joint_rotations=turns)


def set_rate(scene, name: str) -> None:
    scene.render.fps, scene.render.fps_base = FPS[name]


def own_action(rig, bone: str = "head", frames=(1, 200)) -> bpy.types.Action:
    """Let a character play keys of the user's: a bone turning, and the object moving."""
    for frame, turn, place in zip(frames, (0.0, 1.0), (0.0, 2.0), strict=True):
        rig.pose.bones[bone].rotation_quaternion = (np.cos(turn / 2), np.sin(turn / 2), 0, 0)
        rig.pose.bones[bone].keyframe_insert("rotation_quaternion", frame=frame)
        rig.location.x = place
        rig.keyframe_insert("location", index=0, frame=frame)
    rig.animation_data.action.name = "By hand"
    return rig.animation_data.action


def baked_actions(pair) -> list[bpy.types.Action]:
    return [rig.animation_data.action for rig in pair]


def test_a_new_action_plays_the_take_elsewhere_and_the_take_stays(settings, scene, pair):
    before = [told(rig.animation_data.action) for rig in pair]
    own = [rig.animation_data.action for rig in pair]
    expected = poses(pair, range(1, 46), scene)
    scene.frame_set(31)
    assert bake() == {"FINISHED"}
    assert scene.frame_current == 31 and settings.active_take == -1
    for rig, action in zip(pair, baked_actions(pair), strict=True):
        assert takes.TAKE not in action and action.name == f"{rig.name}: Two people shake hands"
        assert tuple(action.frame_range) == (31, 75)
    assert np.abs(poses(pair, range(31, 76), scene) - expected).max() < NEAR
    assert [told(action) for action in own] == before
    settings.active_take = 0
    assert [rig.animation_data.action for rig in pair] == own
    settings.active_take = -1
    assert takes.TAKE not in pair[0].animation_data.action, "the baked action is what the person goes back to"


def test_one_step_of_undo(settings, scene, pair):
    bpy.ops.ed.undo_push(message="Before")
    names = {action.name for action in bpy.data.actions}
    bake("EXEC_DEFAULT", True, mode="NEW")
    assert {action.name for action in bpy.data.actions} != names
    bpy.ops.ed.undo()
    assert {action.name for action in bpy.data.actions} == names
    assert bpy.context.scene.intermask.active_take == 0


def test_there_is_no_such_take(settings, scene, pair):
    with pytest.raises(RuntimeError, match="no such take"):
        bake(index=7)
    for action in [rig.animation_data.action for rig in pair]:
        bpy.data.actions.remove(action)
    with pytest.raises(RuntimeError, match="gone"):
        bake(index=0)


def test_a_take_that_is_not_on_view(settings, scene, pair):
    take_of(scene, pair, get_up(2))
    expected = settings.takes[0].id
    bake(index=0, start=1)
    assert settings.active_take == -1
    first = poses(pair, (1, 20, 45), scene)
    settings.active_take = 0
    assert pair[0].animation_data.action[takes.TAKE] == expected
    assert np.abs(poses(pair, (1, 20, 45), scene) - first).max() < NEAR


@pytest.mark.parametrize("name", FPS)
@pytest.mark.parametrize("rate", ["SCENE", "30"])
def test_a_motion_takes_its_time_at_any_frame_rate(settings, scene, name, rate):
    """Made at 30 frames a second, baked in a scene with another rate that begins on another frame."""
    pair = take_of(scene)
    expected = poses(pair, range(1, 46), scene)
    set_rate(scene, name)
    scene.frame_start = 50
    fps = space.scene_fps(scene)
    bake(start=50, rate=rate)
    curve = curves_of(pair[0].animation_data.action)["OBPerson A", 'pose.bones["pelvis"].location', 0]
    frames = np.array([key.co.x for key in curve.keyframe_points])
    step = 1 if rate == "SCENE" else fps / 30
    np.testing.assert_allclose(frames, 50 + step * np.arange(len(frames)), atol=1e-3)
    assert len(frames) == (45 if rate == "30" else int(44 / 30 * fps + 1e-3) + 1)
    times = np.arange(0, 44, 5)
    shown = poses(pair, 50 + times / 30 * fps, scene)
    assert np.abs(shown - expected[times]).max() < (NEAR if rate == "30" else 0.03)


@pytest.mark.parametrize("name", FPS)
def test_frame_for_frame_where_the_rate_is_the_takes(settings, scene, name):
    set_rate(scene, name)
    scene.frame_start = 101
    scene.frame_set(101)
    pair = take_of(scene)
    count = int(pair[0].animation_data.action.frame_range[1]) - 100
    expected = poses(pair, range(101, 101 + count), scene)
    bake(start=7)
    assert tuple(pair[0].animation_data.action.frame_range) == (7, 6 + count)
    assert np.abs(poses(pair, range(7, 7 + count), scene) - expected).max() < NEAR


def test_strips_lie_above_what_was_played(settings, scene):
    hero = armature.make_rig("Hero", get_up(1).bone_offsets[0], scene.collection, scene)
    own = own_action(hero)
    scene.frame_set(40)
    before, shown = told(own), poses([hero], (20, 39, 90, 120), scene)
    scene.frame_set(40)
    pair = take_of(scene, (hero, None))
    expected = poses(pair, range(40, 85), scene)
    scene.frame_set(40)
    bake(mode="NLA", blend_in=0, blend_out=0)
    below, above = hero.animation_data.nla_tracks
    assert hero.animation_data.action is None and below.strips[0].action == own and told(own) == before
    strip = above.strips[0]
    assert (strip.name, strip.influence, strip.frame_start, strip.frame_end) == ("Two people shake hands", 1.0, 40, 84)
    assert np.abs(poses(pair, range(40, 85), scene) - expected).max() < NEAR
    assert np.abs(poses([hero], (20, 39, 90, 120), scene) - shown).max() < NEAR
    (alone,) = pair[1].animation_data.nla_tracks
    assert alone.strips[0].extrapolation == "HOLD" and alone.strips[0].blend_in == 0


def test_what_only_the_strip_moves_stays_where_it_was_outside(settings, scene):
    """The object, which the user's action does not move, and a bone that was posed without keys."""
    hero = armature.make_rig("Hero", get_up(1).bone_offsets[0], scene.collection, scene)
    own_action(hero)
    moves = hero.animation_data.action.layers[0].strips[0].channelbags[0].fcurves
    moves.remove(moves.find("location", index=0))
    hero.location, hero.rotation_euler = (1, 2, 0.5), (0, 0, 1)
    hero.pose.bones["left_elbow"].rotation_quaternion = (0.6, 0.8, 0, 0)
    shown = poses([hero], (20, 39, 90, 120), scene)
    scene.frame_set(40)
    pair = take_of(scene, (hero, None))
    expected = poses(pair, range(40, 85), scene)
    bake(mode="NLA", start=40, root="OBJECT", blend_in=0, blend_out=0)
    assert np.abs(poses(pair, range(40, 85), scene) - expected).max() < NEAR
    assert np.abs(poses([hero], (20, 39, 90, 120), scene) - shown).max() < NEAR
    settings.active_take = 0
    bake(mode="NLA", start=100, root="OBJECT")
    assert [track.name for track in hero.animation_data.nla_tracks] == ["By hand", "InterMask: place", "InterMask"]


def test_strips_blend_with_what_lies_below(settings, scene):
    hero = armature.make_rig("Hero", get_up(1).bone_offsets[0], scene.collection, scene)
    own_action(hero)
    shown = poses([hero], (40,), scene)
    scene.frame_set(40)
    pair = take_of(scene, (hero, None))
    expected = poses(pair[:1], (46, 84), scene)
    bake(mode="NLA", start=40, blend_in=6, blend_out=6)
    assert np.abs(poses([hero], (40,), scene) - shown).max() < NEAR
    assert np.abs(poses([hero], (46,), scene) - expected[:1]).max() < NEAR
    (strip,) = hero.animation_data.nla_tracks[1].strips
    assert (strip.blend_out, strip.extrapolation) == (6, "NOTHING")


def test_the_last_strip_is_held(settings, scene):
    hero = armature.make_rig("Hero", get_up(1).bone_offsets[0], scene.collection, scene)
    own_action(hero, frames=(1, 50))
    scene.frame_set(40)
    pair = take_of(scene, (hero, None))
    expected = poses(pair, (84,), scene)
    bake(mode="NLA", start=40, blend_out=6)
    assert np.abs(poses(pair, (84, 200), scene) - expected).max() < NEAR


@pytest.mark.parametrize(("attribute", "found"), [("", True), ("lock", False), ("mute", False)])
def test_locked_and_muted_tracks_stay_as_they_are(settings, scene, pair, attribute, found):
    bake(mode="NLA", start=1)
    tracks = pair[0].animation_data.nla_tracks
    if attribute:
        setattr(tracks[0], attribute, True)
    settings.active_take = 0
    bake(mode="NLA", start=100, blend_in=0, blend_out=0)
    assert len(tracks) == (1 if found else 2)
    assert len(tracks[0].strips) == (2 if found else 1)
    if attribute:
        assert getattr(tracks[0], attribute) is True
    settings.active_take = 0
    bake(mode="NLA", start=110)
    assert len(tracks) == (2 if found else 3), "no room between the others"


def test_a_track_that_is_shown_alone_stays_so(settings, scene, pair, capfd):
    bake(mode="NLA", start=1)
    pair[0].animation_data.nla_tracks[0].is_solo = True
    settings.active_take = 0
    bake(mode="NLA", start=10)
    assert pair[0].animation_data.nla_tracks[0].is_solo
    assert "not seen yet" in capfd.readouterr().out


def test_a_reaction_bakes_its_person_only(settings, scene, pair):
    bake(start=1)
    actor, own = pair[0], pair[0].animation_data.action
    take_of(scene, pair, given="x", kept="A")
    before = told(own)
    partner = pair[1].animation_data.action
    assert partner[takes.ACTOR] == actor
    bake(start=30)
    assert actor.animation_data.action == own and told(own) == before
    assert tuple(pair[1].animation_data.action.frame_range)[0] == 30


@pytest.mark.parametrize(("mode", "mirror"), [("QUATERNION", 1), ("AXIS_ANGLE", 1), ("ZXY", 1), ("ZXY", -1)])
def test_the_object_can_carry_the_figure(settings, scene, mode, mirror):
    """Over the ground and as it heads, in a place where upwards is not the parent's Z."""
    hero = build_armature(make_rig(bones_of("Mixamo"), 1.1, 45), "Hero", scene)
    stage = bpy.data.objects.new("Stage", None)
    scene.collection.objects.link(stage)
    stage.matrix_world = Matrix.Rotation(-1.5, 4, "X") @ Matrix.Translation((1, 2, 3))
    bpy.context.view_layer.update()
    hero.parent, hero.matrix_parent_inverse = stage, Matrix.Rotation(1.5, 4, "X")
    hero.rotation_mode, hero.scale, hero.delta_location, hero.delta_rotation_euler = (
        mode,
        (mirror * 1.3, 1.3, 1.3),
        (1, 0, 0),
        (0, 0, 1),
    )
    for bone in hero.pose.bones:
        bone.rotation_mode = mode
    bpy.context.view_layer.update()
    pair = take_of(scene, (hero, None), get_up(2))
    expected = poses(pair, range(1, 51), scene)
    bake(start=1, root="OBJECT")
    np.testing.assert_allclose(poses(pair, range(1, 51), scene), expected, atol=1e-4)
    for rig in pair:
        origins = []
        for frame in (1, 20, 50):
            scene.frame_set(frame)
            origins.append(np.array(rig.matrix_world))
        upwards = np.array([matrix[:3, 2] / np.linalg.norm(matrix[:3, 2]) for matrix in origins])
        assert np.ptp(upwards, axis=0).max() < 1e-4, "it does not lean"
        assert np.ptp([matrix[2, 3] for matrix in origins]) < 1e-4, "nor rise"
    settings.active_take = 0
    np.testing.assert_allclose(poses(pair, range(1, 51), scene), expected, atol=1e-4)


@pytest.mark.parametrize("root", ["BONE", "OBJECT"])
def test_a_loop_goes_on_where_it_came_to(settings, scene, root):
    pair = take_of(scene, clip=glide(60))
    bake(start=1, loop=True, root=root, blend_out=10)
    start, end, second, fifth = poses(pair, (1, 60, 60 + 59, 60 + 59 * 4), scene)
    way = np.repeat((end - start)[[0, 22], :3, 3], 22, axis=0)  # of the two pelvises
    assert np.linalg.norm(way[:, :2], axis=1).min() > 0.3 and np.abs(way[:, 2]).max() < 1e-4
    for rounds, shown in ((1, end), (2, second), (5, fifth)):
        moved = start.copy()
        moved[:, :3, 3] += way * rounds
        assert np.abs(shown - moved).max() < 1e-3
    action = pair[0].animation_data.action
    assert action.use_cyclic and tuple(action.frame_range) == (1, 60)
    with pytest.raises(RuntimeError, match="own"):
        settings.active_take = 0
        bake(mode="MERGE", loop=True)


def test_fewer_keys_keep_the_figure_within_the_bound(settings, scene):
    """Other bones than ours, at another size, with keys between the frames."""
    hero = build_armature(make_rig(bones_of("Unreal Mannequin (UE5)"), 1.2, 45), "Hero", scene)
    hero.scale = [0.5] * 3
    scene.render.fps = 24
    pair = take_of(scene, (hero, None), get_up(3))
    bake(start=1, rate="30")
    frames, full = sorted({*range(1, 41), *(1 + 0.8 * np.arange(50))}), key_count(pair)
    expected = poses([hero], frames, scene), poses(pair[1:], frames, scene)
    settings.active_take = 0
    bake(start=1, rate="30", reduce=True, millimetres=2.0, degrees=1.0)
    assert key_count(pair) < 0.6 * full
    for rig, before in zip(pair, expected, strict=True):
        after = poses([rig], frames, scene)
        assert np.linalg.norm((after - before)[..., :3, 3], axis=-1).max() <= 0.002
        assert degrees_between(before, after).max() <= 1.0


def degrees_between(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    axes = [both[..., :3, :3] / np.linalg.norm(both[..., :3, :3], axis=-2, keepdims=True) for both in (first, second)]
    apart = np.linalg.norm(axes[0] - axes[1], axis=(-2, -1))  # sqrt(8) sin(angle / 2)
    return np.degrees(2 * np.arcsin(np.minimum(apart / np.sqrt(8), 1.0)))


def test_the_starters_handshake_needs_less_than_two_fifths_of_its_keys(settings, scene):
    """Within a millimetre at all joints and ends of bones, and half a degree, on every frame."""
    settings.own_sampling = False
    assert bpy.ops.intermask.generate(prompt="Two people shake hands.", seconds=3.0, seed=0, wait=True) == {"FINISHED"}
    pair = [settings.person_a, settings.person_b]
    start, end = settings.takes[0].start, settings.takes[0].end
    expected, full = poses(pair, range(start, end + 1), scene), key_count(pair)
    bake(start=start, reduce=True)
    assert key_count(pair) <= 0.4 * full
    after = poses(pair, range(start, end + 1), scene)
    ends = np.array([[0, bone.length, 0, 1] for rig in pair for bone in rig.data.bones])[..., None]
    for points in (np.array([[0, 0, 0, 1]]).T, ends):
        assert np.linalg.norm(((after - expected) @ points)[..., 0], axis=-1).max() <= 0.001
    assert degrees_between(after, expected).max() <= 0.5


def test_a_loop_in_a_strip_that_is_made_longer(settings, scene):
    pair = take_of(scene, clip=glide(60))
    bake(mode="NLA", start=1, loop=True, blend_out=10)
    (strip,) = pair[0].animation_data.nla_tracks[0].strips
    assert (strip.frame_start, strip.frame_end) == (1, 60)
    start, end = poses(pair[:1], (1, 60), scene)
    strip.action_frame_end = strip.frame_end = 300
    (later,) = poses(pair[:1], (60 + 59 * 2,), scene)
    assert np.abs(later[0, :3, 3] - start[0, :3, 3] - 3 * (end - start)[0, :3, 3]).max() < 1e-3


def test_a_control_rig(addon, rigify):
    rig = rigify.objects["Rigify"]
    take_of(rigify, (rig, None), get_up(2))
    full, frames = key_count([rig]), range(1, 51, 3)
    deform = [bone.use_deform for bone in rig.data.bones]
    expected = poses([rig], frames, rigify)[:, deform]
    for reduce, bound in ((False, 1e-5), (True, 1e-3)):
        rigify.intermask.active_take = 0
        bake(start=1, root="OBJECT", reduce=reduce)
        far = poses([rig], frames, rigify)[:, deform] - expected
        assert np.linalg.norm(far[..., :3, 3], axis=-1).max() <= bound
    assert key_count([rig]) < 0.4 * full
