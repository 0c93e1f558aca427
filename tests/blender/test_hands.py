"""People with hands in Blender: the rig of 55 bones, its mannequin, fingers of other rigs, and the whole path."""

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
import pytest

from intermask_blender import actor, armature, mannequin, models, people, rig_map, space, takes, target
from intermask_blender.core import rotations, skeleton
from intermask_blender.engine_process import find_python
from intermask_blender.jobs import queue
from intermask_blender.retarget.hands import places
from tests.blender.rig_builder import build_armature
from tests.rig_outlines import bones_of, make_rig

LOW = 1e-4  # metres
KNUCKLE = 'pose.bones["left_index1"].rotation_quaternion'


@pytest.fixture
def clip(make_clip):
    """Two people who tumble and move their fingers."""
    clip = make_clip(40).with_hands()
    speeds = np.random.default_rng(5).uniform(0.5, 3, (2, 1, 33, 3))
    fingers = rotations.from_rotation_vector(0.6 * np.sin(np.arange(40)[:, None, None] / 30 * speeds))
    turns = clip.joint_rotations.copy()
    turns[:, :, 22:] = fingers
    return replace(clip, joint_rotations=turns)


def joints_shown(rig, frames, scene) -> np.ndarray:
    """Where the bones of a rig of 55 start (T, 55, 3), Y-up metres in the world."""
    heads = []
    for frame in frames:
        scene.frame_set(frame)
        posed = rig.evaluated_get(bpy.context.evaluated_depsgraph_get())
        heads.append([posed.matrix_world @ posed.pose.bones[name].head for name in skeleton.FULL_NAMES])
    return space.to_engine_positions(np.array(heads), scene)


def test_joints_and_fingers_are_where_the_motion_has_them(scene, clip):
    rigs = people.add_people(clip, scene)
    expected = people.fitted(clip, clip.bone_offsets).joint_positions
    for person, rig in enumerate(rigs):
        assert set(rig.data.bones.keys()) == set(skeleton.FULL_NAMES)
        assert np.abs(joints_shown(rig, range(1, 41), scene) - expected[person]).max() < LOW
        assert rig_map.recognition(rig).bone_map.family == "SMPL-X"


def test_fingers_are_read_where_they_are_asked_for(scene, clip):
    rig = people.add_people(clip, scene)[0]
    read = actor.read_actor(rig, scene, hands=True)
    apart = rotations.angle_between(read.rotations[:, 22:], clip.joint_rotations[0, :, 22:])
    assert np.degrees(apart).max() < 0.1
    assert actor.read_actor(rig, scene).rotations.shape[1] == 22
    assert read.motion().joint_positions.shape == (2, 40, 55, 3)


def test_who_has_no_fingers_is_read_with_hands_at_rest(scene, make_clip):
    rig = people.add_people(make_clip(40), scene)[0]
    read = actor.read_actor(rig, scene, hands=True)
    np.testing.assert_allclose(read.rotations[:, 22:], np.broadcast_to(rotations.IDENTITY, (40, 33, 4)), atol=1e-9)


def test_the_mannequin_has_fingers(scene):
    offsets = skeleton.FULL_REST_OFFSETS
    rig = armature.make_rig("Person A", offsets, scene.collection, scene)
    body = mannequin.make_mannequin(rig, offsets, scene.collection, scene)
    weights = [sum(group.weight for group in vertex.groups) for vertex in body.data.vertices]
    assert weights == pytest.approx([1] * len(weights)) and not body.data.validate()
    assert set(skeleton.FULL_NAMES) - set(body.vertex_groups.keys()) == set(skeleton.FULL_NAMES[22:25])
    tip = rig.data.bones["left_middle3"].tail_local
    away = min((vertex.co - tip).length for vertex in body.data.vertices)
    assert away < 0.012 and 0.17 < tip.x - rig.data.bones["left_wrist"].head_local.x < 0.20


@pytest.mark.parametrize("family", ["Mixamo", "SMPL-X"])
def test_fingers_of_other_characters_are_keyed_all_along(scene, clip, family):
    rig = build_armature(make_rig(bones_of(family), 1.1, 30), "Hero", scene)
    body = target.check(rig, scene)
    fitted = people.fitted(clip, np.stack([body.offsets] * 2))
    action = target.make_action(rig, body, "Take", fitted.root_positions[0], fitted.joint_rotations[0], scene, 1)
    target.play(rig, action)
    read = actor.read_actor(rig, scene, hands=True)
    apart = rotations.angle_between(read.rotations[:, 25:], fitted.joint_rotations[0, :, 25:])
    assert np.degrees(apart).max() < 1
    paths = {curve.data_path for curve in action.layers[0].strips[0].channelbags[0].fcurves}
    assert any("jaw" in path for path in paths) == (family == "SMPL-X")


def test_fingers_of_a_control_rig(rigify, clip):
    rig = bpy.data.objects["Rigify"]
    body = target.check(rig, rigify)
    fitted = people.fitted(clip, np.stack([body.offsets] * 2))
    roots, turns = fitted.root_positions[0], fitted.joint_rotations[0]
    target.play(rig, target.make_action(rig, body, "Take", roots, turns, rigify, 1))
    read = actor.read_actor(rig, rigify, hands=True)
    still, offsets = np.zeros((len(turns), 3)), skeleton.FULL_REST_OFFSETS
    shown, wanted = (skeleton.forward_kinematics(own, still, offsets)[0] for own in (read.rotations, turns))
    fingers = np.array([place.joint for place in places(body)])
    bent = (joints[:, fingers] - joints[:, np.array(skeleton.FULL_PARENTS)[fingers]] for joints in (shown, wanted))
    assert np.linalg.norm(np.subtract(*bent), axis=-1).max() < 0.005  # of bones of 2 to 10 cm


@pytest.fixture
def toy(settings, tmp_path_factory, monkeypatch):
    """The add-on with a tiny model of Inter-X chosen, made by the engine's own Python."""
    folder = tmp_path_factory.getbasetemp() / "models"
    code = "import sys; from pathlib import Path; from tests import toy_interx; toy_interx.write(Path(sys.argv[1]))"
    if not folder.exists():
        root = Path(__file__).parents[2]
        python, environment = str(find_python()), os.environ | {"PYTHONPATH": str(root)}
        subprocess.run([python, "-c", code, str(folder / "toy")], check=True, cwd=root, env=environment)
    monkeypatch.setattr(models.preferred, "models_folder", lambda: folder)
    queue.cancel(list(queue.jobs))
    queue.dismiss()
    settings.model, settings.own_sampling = "toy", False
    return settings


def keys_of(rig, path: str) -> np.ndarray:
    bag = rig.animation_data.action.layers[0].strips[0].channelbags[0]
    return np.array([[key.co.y for key in bag.fcurves.find(path, index=index).keyframe_points] for index in range(4)])


def test_the_whole_path_with_hands(toy, scene):
    assert models.has_hands("toy") and not models.has_hands(models.STARTER)
    assert bpy.ops.intermask.generate(prompt="Two people bow.", seconds=2.0, seed=7) == {"FINISHED"}
    rig = toy.person_a
    before = keys_of(rig, KNUCKLE)
    assert before.shape == (4, 60) and np.ptp(before, axis=1).max() > 1e-5
    assert takes.motion(scene, 0).has_hands
    assert bpy.ops.intermask.in_between(index=0, start=20, end=40, seed=9) == {"FINISHED"}
    after = keys_of(rig, KNUCKLE)
    kept = np.r_[0:19, 40:60]
    assert np.array_equal(before[:, kept], after[:, kept]) and np.abs(after - before)[:, 19:40].max() > 1e-7
    toy.person_b = None
    scene.use_preview_range = False
    assert bpy.ops.intermask.react(actor=rig.name, prompt="Two people bow.") == {"FINISHED"}
    assert np.array_equal(keys_of(rig, KNUCKLE), after), "the actor's keys stay"
    assert len(toy.person_b.data.bones) == 55


def test_a_start_pose_has_fingers(toy, scene):
    bpy.ops.intermask.generate(prompt="Two people bow.", seconds=2.0, seed=7)
    rig, name = toy.person_a, "left_index1"
    bent = (0.6, 0.0, 0.0, 0.8)
    rig.animation_data_clear()
    rig.pose.bones[name].rotation_quaternion = bent
    scene.frame_set(1)
    toy.keep = "POSE"
    assert bpy.ops.intermask.generate(prompt="Two people bow.", seconds=2.0, seed=8) == {"FINISHED"}
    keys = keys_of(rig, KNUCKLE)
    np.testing.assert_allclose(np.abs(keys[:, 0]), bent, atol=1e-3)
    assert np.abs(keys[3, -1]) < 0.4, "the model's own hands go on from there"


def test_a_take_with_hands_is_baked_and_exported(toy, scene, tmp_path):
    bpy.ops.intermask.generate(prompt="Two people bow.", seconds=2.0, seed=7)
    rig = toy.person_a
    shown = joints_shown(rig, (1, 30, 60), scene)
    assert bpy.ops.intermask.export_fbx(filepath=str(tmp_path / "bow.fbx")) == {"FINISHED"}
    assert (tmp_path / "bow_A.fbx").stat().st_size > 100_000
    assert bpy.ops.intermask.bake(start=1) == {"FINISHED"}
    assert np.abs(joints_shown(rig, (1, 30, 60), scene) - shown).max() < LOW
    assert bpy.ops.intermask.bake(index=0, start=1, reduce=True) == {"FINISHED"}
    assert np.abs(joints_shown(rig, (1, 30, 60), scene) - shown).max() < 0.002
