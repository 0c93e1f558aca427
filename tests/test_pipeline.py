"""What a caller gets from the starter model: two whole people, the same for the same seed, within the limits."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.completion import OVERLAP
from engine.datasets.choreography import choreograph
from engine.errors import EngineError
from engine.features import Frame
from engine.joining import windows
from engine.model_folders import STARTER
from engine.motion import Motion
from engine.pipeline import MAX_CHARACTERS, InterMask
from engine.rotations import IDENTITY, from_axis_angle
from engine.sampling import SamplingSettings

QUICK = SamplingSettings(steps=4)
PROMPT = "Two people shake hands."


def test_a_motion_as_asked(starter):
    motion = starter.generate(PROMPT, 2.5, seed=3, settings=QUICK)
    assert (motion.frames, motion.fps, motion.prompt, motion.seed) == (75, 30.0, PROMPT, 3)
    assert motion.settings["steps"] == 4 and motion.model == starter.model.config.name
    positions = motion.joint_positions
    assert np.isfinite(positions).all() and -0.05 < positions[..., 1].min() < 0.1
    assert np.allclose(np.linalg.norm(motion.joint_rotations, axis=-1), 1)
    assert np.allclose(positions[0, 0, 0, [0, 2]], 0)  # A starts over the origin


def test_person_a_faces_forward_and_person_b_stands_in_front(starter):
    for motion in starter.generate_many([PROMPT] * 6, 2, range(6)):
        positions = motion.joint_positions[:, 0]
        across = positions[0, 2] - positions[0, 1]
        assert np.degrees(np.abs(np.arctan2(across[2], -across[0]))) < 30 and positions[1, 0, 2] > 0.3


def test_seeds(starter):
    one, again, other = (starter.generate(PROMPT, 2, seed, QUICK).joint_positions for seed in (1, 1, 2))
    assert np.array_equal(one, again) and not np.allclose(one, other, atol=0.01)


def test_many_at_once_are_what_they_are_alone(starter):
    prompts = [PROMPT, "Two people bow to each other."]
    together = starter.generate_many(prompts, 2, [1, 2], QUICK)
    for motion, prompt, seed in zip(together, prompts, (1, 2), strict=True):
        alone = starter.generate(prompt, 2, seed, QUICK)
        assert (motion.prompt, motion.seed) == (prompt, seed)
        assert np.abs(motion.joint_positions - alone.joint_positions).max() < 1e-3


def test_every_length_within_the_limits(starter):
    for seconds in np.linspace(starter.limits["min_seconds"], starter.limits["max_seconds"], 7):
        assert starter.generate(PROMPT, seconds, 0, SamplingSettings(steps=2)).frames == round(seconds * 30)


@pytest.mark.parametrize("seconds", [0, -1, 60, 1e9, math.nan, math.inf])
def test_lengths_out_of_bounds_say_the_bounds(starter, seconds):
    with pytest.raises(EngineError, match=f"{starter.limits['min_seconds']:g} to {starter.limits['max_seconds']:g}"):
        starter.generate(PROMPT, seconds)


@pytest.mark.parametrize("prompt", ["", "   ", "\n"])
def test_an_empty_prompt(starter, prompt):
    with pytest.raises(EngineError, match="prompt is empty"):
        starter.generate(prompt)


def test_a_prompt_that_is_too_long(starter):
    with pytest.raises(EngineError, match=f"10000 characters; at most {MAX_CHARACTERS}"):
        starter.generate("a" * 10_000)


def test_a_prompt_that_is_no_text(starter):
    with pytest.raises(EngineError, match="no text"):
        starter.generate("a \udc80 b")


@pytest.mark.parametrize("prompt", ["🤝", "握手する二人", "x" * MAX_CHARACTERS, "'; DROP TABLE --\x00"])
def test_odd_prompts_work(starter, prompt):
    assert starter.generate(prompt, 2, 0, SamplingSettings(steps=2)).frames == 60


def test_steps_are_reported_and_can_stop_the_work(starter):
    class Enough(Exception):
        pass

    seen = []

    def on_step(step, steps):
        seen.append((step, steps))
        if step == 3:
            raise Enough

    with pytest.raises(Enough):
        starter.generate(PROMPT, 2, on_step=on_step)
    steps = starter.model.config.sampling.steps
    assert seen == [(1, steps), (2, steps), (3, steps)]


def test_a_reaction_stands_before_its_actor_wherever_that_is(starter):
    scene = choreograph("shake_hands", 7, 90).motion
    place = Frame(np.array([-4.0, 0.0, 7.0]), from_axis_angle(np.array([0, 1.0, 0]), np.array(2.0)))
    here = starter.react(scene, PROMPT, 1)
    actor = place.leave(scene)
    there = starter.react(actor, PROMPT, 1)
    for name in ("root_positions", "joint_rotations", "bone_offsets"):
        assert np.array_equal(getattr(there, name)[0], getattr(actor, name)[0])
    assert np.abs(there.joint_positions - place.leave(here).joint_positions).max() < 0.01
    gap = np.linalg.norm(there.joint_positions[0, :, 0] - there.joint_positions[1, :, 0], axis=-1)
    assert 0.3 < gap.min() < 2.0
    floor = actor.joint_positions[0, ..., 1].min()
    assert abs(there.joint_positions[1, ..., 1].min() - floor) < 0.05


def test_a_reaction_without_words_and_an_actor_at_another_speed(starter):
    scene = choreograph("wave", 7, 75).motion
    assert starter.react(scene, settings=QUICK).frames == 75
    fast = Motion(scene.root_positions, scene.joint_rotations, scene.bone_offsets, fps=60)
    with pytest.raises(EngineError, match="60 frames a second"):
        starter.react(fast)


@pytest.mark.parametrize("place", [Frame(np.zeros(3), IDENTITY), Frame(np.array([3.0, -1, 2]), IDENTITY[[2, 1, 0, 3]])])
def test_what_lies_between_kept_frames_is_made_anew(starter, place):
    scene = place.leave(choreograph("bow", 3, 90).motion)
    keep = np.ones(90, dtype=bool)
    keep[32:60] = False
    made = starter.complete(scene, keep, "Two people bow to each other.", 1, QUICK)
    other = starter.complete(scene, keep, "Two people bow to each other.", 2, QUICK)
    off = np.linalg.norm(made.joint_positions - scene.joint_positions, axis=-1)
    assert made.frames == 90 and off[:, keep].mean() < 0.06
    between = np.abs(made.joint_positions - other.joint_positions).max(axis=(0, 2, 3))
    assert between[36:56].max() > 0.05 > 0.02 > max(between[:20].max(), between[-18:].max())


def test_completion_does_not_see_what_it_makes_anew(starter):
    scene, keep = choreograph("bow", 3, 60).motion, np.arange(60) < 20
    other = replace(scene, joint_rotations=scene.joint_rotations.copy())
    other.joint_rotations[:, 20:] = IDENTITY
    one, two = (starter.complete(clip, keep, settings=QUICK).joint_positions for clip in (scene, other))
    assert np.allclose(one, two)


def test_all_kept_is_the_reconstruction_and_nothing_kept_is_refused(starter):
    scene = choreograph("wave", 3, 75).motion
    made = starter.complete(scene, np.ones(75, dtype=bool))
    assert np.linalg.norm(made.joint_positions - scene.joint_positions, axis=-1).mean() < 0.05
    for keep in (np.zeros(75, dtype=bool), np.ones(74, dtype=bool)):
        with pytest.raises(EngineError, match="each of the 75 frames"):
            starter.complete(scene, keep)


def sized(motion: Motion, factor: float) -> Motion:
    """The motion of people of another size."""
    return replace(motion, root_positions=motion.root_positions * factor, bone_offsets=motion.bone_offsets * factor)


def part(motion: Motion, frames: slice) -> Motion:
    """Some frames of a motion."""
    roots, turns = motion.root_positions[:, frames], motion.joint_rotations[:, frames]
    return replace(motion, root_positions=roots, joint_rotations=turns)


@pytest.mark.parametrize("factor", [0.01, 1.4])
def test_a_partner_is_of_the_actors_size(starter, factor):
    actor = choreograph("wave", 7, 60).motion
    one, other = (starter.react(motion, "", 1, QUICK) for motion in (actor, sized(actor, factor)))
    assert np.allclose(sized(one, factor).joint_positions, other.joint_positions, atol=1e-6 * factor)


def test_a_partner_stands_on_the_floor_when_the_actor_does_not_touch_it(starter):
    actor = choreograph("wave", 7, 60).motion
    lifted = replace(actor, root_positions=actor.root_positions + [0, 0.4, 0])
    assert abs(starter.react(lifted, "", 1, QUICK).joint_positions[1, ..., 1].min()) < 0.06


def test_a_long_actor_is_answered_in_windows_without_a_pop(starter):
    actor, seen = choreograph("wave", 7, 700).motion, []
    made = starter.react(actor, "Two people wave at each other.", 1, QUICK, lambda *step: seen.append(step))
    assert np.array_equal(made.joint_positions[0], actor.joint_positions[0]) and made.frames == 700
    assert seen == [(n + 1, len(seen)) for n in range(len(seen))]
    cut = windows(700, starter.model.config.max_frames, OVERLAP)
    assert len(cut) == 3 and len(seen) >= 3
    moved = np.linalg.norm(np.diff(made.joint_positions[1], axis=0), axis=-1).mean(-1)
    for seam in (place for before, after in zip(cut, cut[1:], strict=False) for place in (after.start, before.stop)):
        around = np.median(moved[seam - 15 : seam + 15])
        assert moved[seam - 2 : seam + 1].max() < 2 * around + 0.001  # who stands still trembles by less than 1 mm
    gap = np.linalg.norm(made.root_positions[0] - made.root_positions[1], axis=-1)
    assert 0.3 < gap.min() and gap.max() < 4


def test_a_long_job_can_be_stopped_in_a_later_window(starter):
    class Enough(Exception):
        pass

    def on_step(step, steps):
        if step > steps // 2:
            raise Enough

    with pytest.raises(Enough):
        starter.react(choreograph("wave", 7, 500).motion, settings=QUICK, on_step=on_step)


@pytest.mark.parametrize("frames", [90, 150])
def test_either_person_can_be_made_anew(starter, frames):
    place = Frame(np.array([-4.0, 0.0, 7.0]), from_axis_angle(np.array([0, 1.0, 0]), np.array(2.0)))
    take = place.leave(choreograph("shake_hands", 7, frames).motion)
    made, again = (starter.react(take, PROMPT, seed, QUICK, person="B") for seed in (1, 2))
    for name in ("root_positions", "joint_rotations", "bone_offsets"):
        assert np.array_equal(getattr(made, name)[1], getattr(take, name)[1])
    assert np.abs(made.joint_positions[0] - take.joint_positions[0]).max() > 0.05
    assert np.abs(made.joint_positions[0] - again.joint_positions[0]).max() > 0.02
    assert np.linalg.norm(made.root_positions[0, 0] - take.root_positions[0, 0]) < 0.8  # A starts near where A started
    with pytest.raises(EngineError, match="no person C"):
        starter.react(take, person="C")


@pytest.mark.parametrize("frames", [1, 6])
def test_a_start_pose_is_kept(starter, frames):
    place = Frame(np.array([2.0, 0.0, -3.0]), from_axis_angle(np.array([0, 1.0, 0]), np.array(1.0)))
    scene = place.leave(sized(choreograph("high_five", 5, 90).motion, 0.8))
    start = part(scene, slice(44, 44 + frames))
    made = starter.generate("Two people give each other a high five.", 2.5, 3, QUICK, start=start)
    assert made.frames == 75 and made.prompt.startswith("Two people")
    assert np.abs(made.joint_positions[0, :frames] - start.joint_positions[0]).max() < 1e-6
    moved = np.linalg.norm(np.diff(made.joint_positions[0], axis=0), axis=-1).mean(-1)
    assert moved[:12].max() < 0.02  # no pop: under 60 cm a second
    assert 0.2 < np.linalg.norm(made.root_positions[1, 0] - start.root_positions[0, 0]) < 3
    with pytest.raises(EngineError, match="prompt is empty"):
        starter.generate(" ", 2.5, start=start)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda m: part(m, slice(12)), "moves for 0.4 seconds; this model needs 1 or more"),
        (lambda m: replace(m, root_positions=m.root_positions * np.nan), "numbers that are none"),
        (lambda m: sized(m, 0.0), "legs of no length"),
    ],
)
def test_an_actor_that_can_not_be_used(starter, spoil, words):
    with pytest.raises(EngineError, match=words):
        starter.react(spoil(choreograph("wave", 7, 60).motion))


def test_who_is_not_looked_at_may_be_anything(starter):
    actor = choreograph("wave", 7, 60).motion
    alone = replace(actor, root_positions=actor.root_positions * [[[1.0]], [[np.nan]]])
    one, other = (starter.react(motion, "", 1, QUICK).joint_positions for motion in (actor, alone))
    assert np.array_equal(one, other)


def test_one_person_is_kept_for_a_while(starter):
    scene = choreograph("bow", 3, 60).motion
    keep = np.ones((2, 60), dtype=bool)
    keep[1, 24:] = False
    made = starter.complete(scene, keep, "", 1, QUICK)
    off = np.linalg.norm(made.joint_positions - scene.joint_positions, axis=-1).mean(-1)
    assert off[0].mean() < 0.06 and off[1, :20].mean() < 0.08


def test_a_device_can_be_chosen():
    assert InterMask.load(STARTER, "cpu").device.type == "cpu"


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a computer without CUDA")
@pytest.mark.parametrize("name", ["cuda", "cuda:1", "abacus"])
def test_a_device_that_is_not_there_is_named(name):
    with pytest.raises(EngineError, match=f'no device "{name}" on this computer'):
        InterMask.load(STARTER, name)
