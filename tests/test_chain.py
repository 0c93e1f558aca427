"""Chains: several sentences on the same two people, joined without a pop, of any length."""

from dataclasses import replace

import numpy as np
import pytest

from engine.chain import SECOND, Beat
from engine.datasets.choreography import choreograph
from engine.errors import EngineError
from engine.motion import Motion
from engine.sampling import SamplingSettings
from engine.skeleton import JOINT

QUICK, SOME = SamplingSettings(steps=4), SamplingSettings(steps=10, temperature=0.7)
FEET = [JOINT[name] for name in ("left_ankle", "left_foot", "right_ankle", "right_foot")]
BOW, WAVE = "Two people bow to each other.", "Two people wave at each other."
# For a handshake the two have to come nearer.
PROMPTS = (BOW, "Two people shake hands.", WAVE, WAVE, BOW)


@pytest.fixture(scope="module", params=[0, 1])
def chain(starter, request) -> Motion:
    """Five prompts of three seconds each."""
    return starter.chain([Beat(prompt) for prompt in PROMPTS], request.param, SOME)


def test_the_beats_are_known_by_their_frames(chain):
    beats = chain.settings["beats"]
    assert chain.frames == 450 and chain.prompt == " ".join(PROMPTS)
    assert [beat["start"] for beat in beats] == [0, 90, 180, 270, 360] and {beat["frames"] for beat in beats} == {90}
    assert [(beat["prompt"], beat["seed"]) for beat in beats] == [
        (prompt, chain.seed + n) for n, prompt in enumerate(PROMPTS)
    ]


def test_parts_join_without_a_pop(chain):
    moved = np.linalg.norm(np.diff(chain.joint_positions, axis=1), axis=-1).mean(axis=(0, 2))
    for beat in chain.settings["beats"][1:]:
        for frame in range(beat["start"] - 4, beat["start"] + 4):
            assert moved[frame - 1] < 2 * np.median(moved[frame - 15 : frame + 15])


def test_feet_do_not_teleport_and_stay_on_the_floor(chain):
    feet = chain.joint_positions[:, :, FEET]
    assert np.linalg.norm(np.diff(feet, axis=1), axis=-1).max() < 0.12  # a swinging foot goes at under 3.6 m/s
    lowest = feet[..., 1].min(axis=2)
    assert -0.04 < lowest.min() and np.median(lowest, axis=1).max() < 0.06


def test_bodies_stay_as_the_first_part_has_them(starter, chain):
    first = starter.generate(PROMPTS[0], 3, chain.seed, SOME)
    sizes = [np.linalg.norm(motion.bone_offsets, axis=-1).sum(-1) for motion in (first, chain)]
    assert np.allclose(*sizes, rtol=0.05)
    assert np.abs(chain.joint_positions[:, :60] - first.joint_positions[:, :60]).max() < 0.06


def test_a_long_chain_neither_sinks_nor_grows(starter):
    beats = [Beat(PROMPTS[n % 5], 2.0) for n in range(12)]
    motion, first = starter.chain(beats, 2, QUICK), starter.generate(PROMPTS[0], 2, 2, QUICK)
    assert motion.frames == 12 * 60
    lowest = motion.joint_positions[:, -60:, FEET, 1].min(axis=(1, 2))
    assert np.abs(lowest).max() < 0.05
    assert np.allclose(*(np.linalg.norm(m.bone_offsets, axis=-1).sum(-1) for m in (first, motion)), rtol=0.08)


def test_a_seed_of_a_beats_own_changes_what_follows_alone(starter):
    beats = [Beat(prompt, 2.0) for prompt in PROMPTS[:3]]
    one, other = starter.chain(beats, 3, QUICK), starter.chain([*beats[:2], replace(beats[2], seed=99)], 3, QUICK)
    off = np.abs(one.joint_positions - other.joint_positions).max(axis=(0, 2, 3))
    assert off[: 120 - SECOND].max() < 0.02 and off[-30:].max() > 0.02
    assert [beat["seed"] for beat in other.settings["beats"]] == [3, 4, 99]


def test_person_a_begins_in_a_given_pose(starter):
    scene = choreograph("shake_hands", 4, 60).motion
    start = replace(scene, root_positions=scene.root_positions[:, :1], joint_rotations=scene.joint_rotations[:, :1])
    motion = starter.chain([Beat(prompt, 2.0) for prompt in PROMPTS[:2]], 3, QUICK, start=start)
    assert motion.frames == 120 and (motion.bone_offsets[0] == start.bone_offsets[0]).all()
    assert np.allclose(motion.joint_positions[0, 0], start.joint_positions[0, 0])


def test_steps_of_all_parts_are_counted_and_can_stop_the_work(starter):
    class Enough(Exception):
        pass

    beats, seen = [Beat(prompt, 2.0) for prompt in PROMPTS[:3]], []
    starter.chain(beats, 0, QUICK, lambda *step: seen.append(step))
    assert seen == [(n + 1, len(seen)) for n in range(len(seen))] and len(seen) >= 6

    def on_step(step, steps):
        if step == steps - 1:
            raise Enough

    with pytest.raises(Enough):
        starter.chain(beats, 0, QUICK, on_step)


@pytest.mark.parametrize(
    ("beats", "words"),
    [
        ([], "chain is empty"),
        ([Beat("They bow."), Beat("  ")], "Beat 2 of the chain: The prompt is empty"),
        ([Beat("They bow."), Beat("a" * 2000)], "Beat 2 of the chain: The prompt has 2000 characters"),
        ([Beat("They bow.", 0.5), Beat("They wave.")], "Beat 1 .* 0.5 seconds .* first beats of 1 to 10 seconds"),
        ([Beat("They bow.", 4.0), Beat("They wave.", 10.0)], "Beat 2 .* 10 seconds .* later beats of .* to 9 seconds"),
        ([Beat("They bow."), Beat("They wave.", float("nan"))], "Beat 2 .* nan seconds"),
    ],
)
def test_a_bad_part_is_named_before_any_work(starter, beats, words):
    with pytest.raises(EngineError, match=words):
        starter.chain(beats, on_step=lambda *step: pytest.fail("worked"))
