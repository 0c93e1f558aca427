"""A model of Inter-X through the whole pipeline: what is asked for comes with hands, and what is given stays."""

from dataclasses import replace

import numpy as np
import pytest

from engine.chain import Beat
from engine.datasets.choreography import choreograph
from engine.features import SOLE, Frame
from engine.motion import Motion
from engine.pipeline import InterMask
from engine.rotations import IDENTITY, from_axis_angle
from engine.skeleton import FULL_REST_OFFSETS
from tests import toy_interx

PROMPT = "Two people shake hands."
ARRAYS = ("root_positions", "joint_rotations", "bone_offsets")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return InterMask.load(toy_interx.write(tmp_path_factory.mktemp("models") / "toy"), "cpu")


@pytest.fixture
def scene():
    """Two people without hands who are somewhere."""
    place = Frame(np.array([-4.0, 0.0, 7.0]), from_axis_angle(np.array([0, 1.0, 0]), np.array(2.0)))
    return place.leave(choreograph("shake_hands", 7, 60).motion)


def sized(motion: Motion, factor: float) -> Motion:
    """The motion of people of another size."""
    return replace(motion, root_positions=motion.root_positions * factor, bone_offsets=motion.bone_offsets * factor)


def test_a_sentence_becomes_people_with_hands(model):
    motion = model.generate(PROMPT, 2, 3)
    assert (motion.frames, motion.prompt, motion.model) == (60, PROMPT, "toy-interx") and motion.has_hands
    positions = motion.joint_positions
    assert positions[..., 1].min() == pytest.approx(SOLE)
    np.testing.assert_allclose(positions[0, 0, 0, [0, 2]], 0, atol=1e-9)
    across = positions[0, 0, 1] - positions[0, 0, 2]
    assert across[0] > 0.99 * np.linalg.norm(across[[0, 2]])  # A faces +Z
    np.testing.assert_allclose(motion.bone_offsets, np.stack([FULL_REST_OFFSETS] * 2))
    assert np.abs(np.diff(motion.joint_rotations[:, :, 25:], axis=1)).max() > 1e-4, "fingers move"
    again = model.generate(PROMPT, 2, 3)
    assert np.array_equal(again.joint_rotations, motion.joint_rotations)


def test_who_has_no_hands_is_answered_and_keeps_their_motion(model, scene):
    made = model.react(scene, PROMPT, 1)
    assert made.has_hands
    for name in ARRAYS:
        assert np.array_equal(getattr(made.body, name)[0], getattr(scene, name)[0])
    assert np.abs(made.joint_rotations[0, :, 22:] - IDENTITY).max() == 0
    assert made.joint_positions[1, ..., 1].min() == pytest.approx(SOLE, abs=0.01)  # on the floor
    with_hands = scene.with_hands()
    with_hands.joint_rotations[0, :, 40] = [0.6, 0.8, 0, 0]
    other = model.react(with_hands, PROMPT, 1)
    assert np.array_equal(other.joint_rotations[0], with_hands.joint_rotations[0])


@pytest.mark.parametrize("factor", [0.01, 1.4])
def test_a_partner_is_of_the_actors_size_and_goes_where_the_actor_is(model, scene, factor):
    one, other = (model.react(motion, "", 1) for motion in (scene, sized(scene, factor)))
    assert np.allclose(sized(one, factor).joint_positions, other.joint_positions, atol=1e-6 * factor)
    place = Frame(np.array([1.0, 0.0, 2.0]), from_axis_angle(np.array([0, 1.0, 0]), np.array(-1.0)))
    there = model.react(place.leave(scene), "", 1)
    assert np.allclose(there.joint_positions, place.leave(one).joint_positions, atol=1e-4)


def test_all_kept_is_the_reconstruction_in_its_place(model, scene):
    whole = model.complete(scene, np.ones(60, dtype=bool))
    pair = sized(scene, 1.3)
    larger = model.complete(pair, np.ones(60, dtype=bool))
    assert np.allclose(sized(whole, 1.3).joint_positions, larger.joint_positions, atol=1e-6)
    assert np.linalg.norm(whole.bone_offsets[:, 4]) == pytest.approx(np.linalg.norm(scene.bone_offsets[:, 4]), rel=0.1)


def test_long_actors_and_chains_go_through_windows(model):
    actor = choreograph("wave", 7, 300).motion
    made = model.react(actor, "Two people wave.", 1)
    assert made.frames == 300 and np.array_equal(made.body.joint_rotations[0], actor.joint_rotations[0])
    chain = model.chain([Beat(PROMPT, 2.0), Beat("Two people bow.", 2.0)], 5)
    assert chain.frames == 120 and chain.has_hands and np.isfinite(chain.joint_positions).all()
    jumps = np.linalg.norm(np.diff(chain.joint_positions, axis=1), axis=-1).max(axis=(0, 2))
    assert jumps[50:70].max() < 1.5 * np.delete(jumps, np.s_[50:70]).max()
    assert [beat["start"] for beat in chain.settings["beats"]] == [0, 60]


@pytest.mark.parametrize("hands", [True, False])
def test_in_between_keeps_all_other_frames(model, scene, hands):
    given = scene.with_hands() if hands else scene
    made = model.in_between(given, 20, 40, PROMPT, 2)
    kept = np.r_[0:20, 40:60]
    assert made.has_hands and np.array_equal(made.bone_offsets, scene.with_hands().bone_offsets)
    for name in ARRAYS[:2]:
        assert np.array_equal(getattr(made, name)[:, kept], getattr(scene.with_hands(), name)[:, kept])
    assert np.abs(made.joint_rotations[:, 25:35, 22:] - IDENTITY).max() > 1e-3


def test_a_start_pose_is_kept(model, scene):
    start = replace(scene, root_positions=scene.root_positions[:, :1], joint_rotations=scene.joint_rotations[:, :1])
    for made in (model.generate(PROMPT, 2, 1, start=start), model.chain([Beat(PROMPT, 2.0)], 1, start=start)):
        np.testing.assert_allclose(made.body.joint_positions[0, 0], start.joint_positions[0, 0], atol=1e-6)


def test_a_model_without_hands_leaves_those_of_others_alone(starter, scene):
    given = scene.with_hands()
    given.joint_rotations[:, :, 40] = [0.6, 0.8, 0, 0]
    reaction = starter.react(given, PROMPT, 1)
    assert np.array_equal(reaction.joint_rotations[0], given.joint_rotations[0])
    made = starter.in_between(given, 20, 40, PROMPT, 1)
    assert np.array_equal(made.joint_rotations[:, :, 22:], given.joint_rotations[:, :, 22:])
    assert not starter.generate(PROMPT, 2, start=given).has_hands
