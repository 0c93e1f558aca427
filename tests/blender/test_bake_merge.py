"""Takes that are merged into actions of the user's: all outside of their frames stays, and plays as before."""

import bpy
import numpy as np
import pytest

from intermask_blender import armature, space, takes
from intermask_blender.core import skeleton
from tests.blender.baked import curves_of, poses, take_of, told

NEAR = 2e-5
HANDLES = ["AUTO_CLAMPED", "AUTO", "VECTOR", "ALIGNED", "FREE"]
KINDS = [("BEZIER", handles) for handles in HANDLES] + [(kind, "AUTO") for kind in ("LINEAR", "CONSTANT", "SINE")]
bake = bpy.ops.intermask.bake


@pytest.fixture
def hero(settings, scene):
    """A character of the user's, with keys on some bones and on the object, from frame -20 to 160."""
    rig = armature.make_rig("Hero", skeleton.REST_OFFSETS, scene.collection, scene)
    rng = np.random.default_rng(0)
    for frame in (-20, 1, 10, 24.5, 37, 52, 60, 95, 120, 160):
        for name in ("pelvis", "head", "left_elbow"):
            bone = rig.pose.bones[name]
            bone.rotation_quaternion = np.array([1.0, 0, 0, 0]) + rng.uniform(-0.4, 0.4, 4)
            bone.keyframe_insert("rotation_quaternion", frame=frame)
        rig.location = rng.uniform(-1, 1, 3)
        rig.keyframe_insert("location", frame=frame)
    rig["strength"] = 1.0
    rig.keyframe_insert('["strength"]', frame=30)
    rig.pose.bones["right_knee"].rotation_quaternion = (0.8, 0.6, 0, 0)
    rig.animation_data.action.name = "By hand"
    return rig


def put_take(scene, hero, frame: int = 31):
    """A take of the hero and somebody new from a frame on, of 45 frames at 30 a second."""
    scene.frame_set(frame)
    return take_of(scene, (hero, None))


def keys_outside(action, start: float, end: float) -> dict:
    """Frames, values and kinds of the keys that are not within a range and the frame before and after it."""
    return {
        channel: [
            (*key.co, key.interpolation, key.type, key.easing)
            for key in curve.keyframe_points
            if not start - 1 - 1e-3 <= key.co.x <= end + 1 + 1e-3
        ]
        for channel, curve in curves_of(action).items()
    }


@pytest.mark.parametrize(("kind", "handles"), KINDS)
def test_outside_of_its_frames_everything_plays_as_before(settings, scene, hero, kind, handles):
    own = hero.animation_data.action
    for curve in curves_of(own).values():
        for key in curve.keyframe_points:
            key.interpolation, key.handle_left_type, key.handle_right_type = kind, handles, handles
        curve.update()
    outside = [*np.arange(-30, 31, 2.0), 30, *np.arange(76, 180, 2.0)]
    between = [-10.5, 5.25, 20.5, 24.25, 28.75, 76.5, 80.5, 110.5, 140.25]
    if kind == "SINE":
        between = []
    shown, before = poses([hero], outside + between, scene), keys_outside(own, 31, 75)
    pair = put_take(scene, hero)
    expected = poses(pair, range(31, 76), scene)
    bake(start=31, mode="MERGE", blend_in=0, blend_out=0)
    assert hero.animation_data.action == own
    after = keys_outside(own, 31, 75)
    for channel, keys in before.items():
        if kind != "SINE":
            assert after[channel] == keys
        else:
            assert {key[:2] for key in keys} <= {key[:2] for key in after[channel]}
    assert not any(after[channel] for channel in after.keys() - before.keys()), "no keys where there were none"
    assert np.abs(poses(pair, range(31, 76), scene) - expected).max() < NEAR
    assert np.abs(poses([hero], outside + between, scene) - shown).max() < 1e-4
    assert pair[1].animation_data.action.name.startswith("Person B"), "who had no action got one"


@pytest.mark.parametrize("mode", ["QUATERNION", "XYZ", "AXIS_ANGLE"])
def test_blending_in_and_out(settings, scene, hero, mode):
    hero.pose.bones["spine1"].rotation_mode = mode
    own = hero.animation_data.action
    shown = poses([hero], (31, 75), scene)
    pair = put_take(scene, hero)
    expected = poses(pair[:1], range(31, 76), scene)
    bake(start=31, mode="MERGE", blend_in=8, blend_out=6)
    after = poses([hero], range(31, 76), scene)
    assert np.abs(after[[0, -1]] - shown).max() < 1e-4, "it begins and ends in what was there"
    assert np.abs(after[8:39] - expected[8:39]).max() < NEAR
    steps = np.abs(np.diff(after[:, :, :3, 3], axis=0)).max()
    assert steps < 0.35 and own == hero.animation_data.action


@pytest.mark.parametrize(("fps", "base"), [(24, 1.0), (25, 1.0), (30, 1.001), (60, 1.0)])
@pytest.mark.parametrize("rate", ["SCENE", "30"])
def test_at_other_frame_rates(settings, scene, hero, fps, base, rate):
    pair = put_take(scene, hero)
    expected = poses(pair[:1], range(31, 76), scene)
    bpy.ops.intermask.switch_take(index=-1)
    scene.render.fps, scene.render.fps_base, scene.frame_start = fps, base, 31
    end = 31 + 44 / 30 * space.scene_fps(scene)
    outside = [*range(-20, 31, 2), 30, *range(int(end) + 1, 180, 2)]
    shown, before = poses([hero], outside, scene), keys_outside(hero.animation_data.action, 31, end)
    bake(index=0, start=31, mode="MERGE", rate=rate, blend_in=0, blend_out=0)
    after = keys_outside(hero.animation_data.action, 31, end)
    assert all(after[channel] == keys for channel, keys in before.items())
    assert np.abs(poses([hero], outside, scene) - shown).max() < 1e-4
    middle = 31 + 20 / 30 * space.scene_fps(scene)
    assert np.abs(poses([hero], [middle], scene) - expected[20]).max() < (NEAR if rate == "30" else 0.02)


def test_fewer_keys_between_the_users(settings, scene, hero):
    outside = [*range(-20, 31), *range(76, 170)]
    shown = poses([hero], outside, scene)
    pair = put_take(scene, hero)
    expected = poses(pair[:1], range(36, 71), scene)
    bake(start=31, mode="MERGE", reduce=True, blend_in=5, blend_out=5)
    assert np.abs(poses([hero], outside, scene) - shown).max() < 1e-4
    far = (poses([hero], range(36, 71), scene) - expected)[..., :3, 3]
    assert 0 < np.linalg.norm(far, axis=-1).max() <= 0.001


def test_muted_channels_stay_as_they_are(settings, scene, hero):
    own = hero.animation_data.action
    muted = [curve for channel, curve in curves_of(own).items() if "head" in channel[1]]
    for curve in muted:
        curve.mute = True
    before = {channel: keys for channel, keys in told(own).items() if "head" in channel[1]}
    put_take(scene, hero)
    bake(start=31, mode="MERGE")
    assert all(curve.mute for curve in muted)
    assert {channel: keys for channel, keys in told(own).items() if "head" in channel[1]} == before


@pytest.mark.parametrize("root", ["BONE", "OBJECT"])
def test_where_all_is_muted_there_is_nothing_to_bake(settings, scene, hero, root):
    put_take(scene, hero)
    bake(start=31, mode="MERGE")
    own = hero.animation_data.action
    for curve in curves_of(own).values():
        curve.mute = True
    before = told(own)
    settings.active_take = 0
    bake(start=31, mode="MERGE", reduce=True)
    assert told(own) == before
    settings.active_take = 0
    for curve in curves_of(hero.animation_data.action).values():
        curve.mute = True
    with pytest.raises(RuntimeError, match='channels of this take of "Hero" are muted: unmute them'):
        bake(start=31, root=root)


def test_who_plays_nothing_any_more_gets_an_action(settings, scene, hero):
    own = hero.animation_data.action
    put_take(scene, hero)
    before = told(own)
    hero.animation_data_clear()
    assert bake(start=31, mode="MERGE") == {"FINISHED"}
    assert hero.animation_data.action != own and told(own) == before


def refused(hero, words: str) -> None:
    """The bake is refused, and nothing changed."""
    own, _ = takes.own(hero)
    before, count = told(own), len(bpy.data.actions)
    with pytest.raises(RuntimeError, match=words):
        bake(index=0, start=31, mode="MERGE")
    assert told(own) == before and len(bpy.data.actions) == count
    assert bake(index=0, start=31, mode="NEW") == {"FINISHED"}
    assert told(own) == before


def test_locked_channels_are_refused(settings, scene, hero):
    put_take(scene, hero)
    curves = curves_of(takes.own(hero)[0])
    next(iter(curves.values())).lock = True
    refused(hero, "locked channels")


def test_locked_channels_of_the_object_count_where_it_is_to_move(settings, scene, hero):
    """Of a rotation that the take itself has no keys for."""
    put_take(scene, hero)
    hero.rotation_mode = "QUATERNION"
    own, slot = takes.own(hero)
    bag = own.layers[0].strips[0].channelbag(slot)
    bag.fcurves.new("rotation_quaternion", index=0).lock = True
    with pytest.raises(RuntimeError, match="locked channels: unlock rotation_quaternion"):
        bake(start=31, mode="MERGE", root="OBJECT")
    assert hero.animation_data.action[takes.TAKE]


def test_a_character_that_is_being_edited_is_refused(settings, scene, hero):
    put_take(scene, hero)
    bpy.context.view_layer.objects.active = hero
    bpy.ops.object.mode_set(mode="EDIT")
    with pytest.raises(RuntimeError, match="leave Edit Mode"):
        bake(start=31)
    bpy.ops.object.mode_set(mode="OBJECT")


def test_curve_modifiers_are_refused(settings, scene, hero):
    put_take(scene, hero)
    next(iter(curves_of(takes.own(hero)[0]).values())).modifiers.new("CYCLES")
    refused(hero, "curve modifiers")


def test_an_action_that_others_play_too_is_refused(settings, scene, hero):
    other = hero.copy()
    scene.collection.objects.link(other)
    assert other.animation_data.action == hero.animation_data.action
    put_take(scene, hero)
    refused(hero, 'shares the action "By hand" with "Hero.001"')


def test_strips_that_the_keys_would_hide_are_refused(settings, scene, hero):
    walk = bpy.data.actions.new("Walk")
    slot = walk.slots.new("OBJECT", "Walk")
    bag = walk.layers.new("Layer").strips.new(type="KEYFRAME").channelbag(slot, ensure=True)
    bag.fcurves.new('pose.bones["left_knee"].rotation_quaternion', index=0).keyframe_points.insert(1, 1)
    strip = hero.animation_data.nla_tracks.new().strips.new("Walk", 1, walk)
    strip.action_slot = slot
    put_take(scene, hero)
    refused(hero, "NLA strips")


@pytest.mark.parametrize("mode", ["MERGE", "NEW", "NLA"])
def test_a_linked_action_is_never_changed(settings, scene, hero, mode, tmp_path):
    bpy.data.libraries.write(str(tmp_path / "library.blend"), {hero.animation_data.action})
    with bpy.data.libraries.load(str(tmp_path / "library.blend"), link=True) as (_, into):
        into.actions = ["By hand"]
    (linked,) = into.actions
    hero.animation_data.action = linked
    hero.animation_data.action_slot = linked.slots[0]
    before = told(linked)
    put_take(scene, hero)
    if mode == "MERGE":
        with pytest.raises(RuntimeError, match="linked from another file"):
            bake(start=31, mode=mode)
        assert hero.animation_data.action[takes.TAKE] and settings.active_take == 0
    else:
        assert bake(start=31, mode=mode) == {"FINISHED"}
    assert told(linked) == before
    if mode == "NLA":
        assert hero.animation_data.nla_tracks[0].strips[0].action == linked
