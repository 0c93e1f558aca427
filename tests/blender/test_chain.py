"""Chains in Blender: the list of beats, and takes of several sentences that behave as others do."""

import bpy
import numpy as np
import pytest

from intermask_blender import takes
from intermask_blender.jobs import State, queue
from intermask_blender.operators.chain import clamp
from tests.blender.evaluated import read_joints
from tests.blender.polling import until

BOW, SHAKE = "Two people bow to each other.", "Two people shake hands."


@pytest.fixture(autouse=True)
def clean(settings):
    """An empty queue; the worker stays warm from test to test."""
    queue.cancel(list(queue.jobs))
    queue.dismiss()


@pytest.fixture
def beats(settings):
    """Two beats in the list."""
    for prompt, seconds in ((BOW, 2.0), (SHAKE, 1.5)):
        settings.prompt, settings.seconds = prompt, seconds
        bpy.ops.intermask.add_beat()
    return settings.beats


def prompts(settings) -> list[str]:
    return [beat.prompt for beat in settings.beats]


def test_beats_are_added_moved_and_removed(settings):
    assert not bpy.ops.intermask.remove_beat.poll() and not bpy.ops.intermask.move_beat.poll()
    for prompt in "abc":
        settings.prompt = prompt
        bpy.ops.intermask.add_beat()
    assert prompts(settings) == ["a", "b", "c"] and settings.active_beat == 2
    bpy.ops.intermask.move_beat(step=-1)
    assert prompts(settings) == ["a", "c", "b"] and settings.active_beat == 1
    settings.prompt, settings.seconds = "d", 1.5
    bpy.ops.intermask.add_beat()
    assert prompts(settings) == ["a", "c", "d", "b"] and settings.beats[2].seconds == 1.5
    settings.active_beat = 3
    bpy.ops.intermask.move_beat()
    bpy.ops.intermask.remove_beat()
    assert prompts(settings) == ["a", "c", "d"] and settings.active_beat == 2


def test_the_list_becomes_one_take_of_the_same_two(settings, scene, beats):
    bpy.ops.intermask.generate(prompt=BOW, seconds=2.0)
    cast = settings.person_a, settings.person_b
    settings.first_person = "B"
    scene.frame_set(10)
    assert bpy.ops.intermask.generate_chain(seed=5) == {"FINISHED"}
    _, take = settings.takes
    assert (take.prompt, take.name) == (f"{BOW} {SHAKE}", f"{BOW} {SHAKE}"[:60])
    assert (take.start, take.end, take.seconds, take.seed) == (10, 114, 3.5, 5)
    assert (settings.person_a, settings.person_b) == cast
    assert takes.facts(scene, 1).beats == [{"prompt": BOW, "seconds": 2.0}, {"prompt": SHAKE, "seconds": 1.5}]
    joints = read_joints(list(cast), list(range(10, 115)), scene)
    assert np.linalg.norm(np.diff(joints[:, :, 0], axis=1), axis=-1).max() < 0.1  # the pelvises


def test_a_chain_can_be_made_again_and_one_person_anew(settings, scene):
    assert bpy.ops.intermask.generate_chain(prompt=f"{BOW}\n\n {SHAKE}", seconds=2.0, count=1) == {"FINISHED"}
    assert not settings.beats
    assert bpy.ops.intermask.regenerate_take() == {"FINISHED"}
    assert bpy.ops.intermask.redo_person(index=0, person="B") == {"FINISHED"}
    known = [takes.facts(scene, row) for row in range(3)]
    assert [facts.end for facts in known] == [120] * 3
    assert len({facts.seed for facts in known}) == 3
    assert all(facts.beats == known[0].beats and len(facts.beats) == 2 for facts in known)


def test_person_a_starts_in_the_pose_of_the_frame(settings, scene):
    bpy.ops.intermask.generate(prompt=SHAKE)
    settings.keep, settings.keep_contacts = "POSE", False
    scene.frame_set(30)
    before = read_joints([settings.person_a], [30], scene)
    bpy.ops.intermask.generate_chain(prompt=f"{BOW}\n{SHAKE}", seconds=2.0)
    np.testing.assert_allclose(read_joints([settings.person_a], [30], scene), before, atol=2e-3)


def test_lengths_are_clamped_for_the_button_and_refused_in_scripts(settings, beats):
    beats[0].seconds, beats[1].seconds = 19.0, 9.5
    with pytest.raises(RuntimeError, match="Beat 1 of the chain: 19 seconds .* first beats of 1 to 10 seconds"):
        bpy.ops.intermask.generate_chain()
    assert clamp(settings) == "Lengths that this model can't do were changed: beat 1 (10 s), 2 (9 s)."
    assert [beat.seconds for beat in beats] == [10.0, 9.0] and clamp(settings) == ""


def test_a_chain_counts_the_steps_of_all_its_beats_and_can_be_cancelled(settings, beats):
    settings.steps = 1000
    bpy.ops.intermask.generate_chain(wait=False)
    job = queue.jobs[-1]
    until(lambda: job.state is State.SAMPLING and job.step > 1)
    assert job.steps > 1000
    bpy.ops.intermask.cancel()
    until(lambda: queue.settled, 10)
    assert not settings.takes


@pytest.mark.parametrize(
    ("prompt", "words"), [("", "chain is empty"), (f"{BOW}\n{'a' * 2000}", "Beat 2 of the chain: The prompt has 2000")]
)
def test_a_chain_that_can_not_be_gets_a_sentence(settings, prompt, words):
    with pytest.raises(RuntimeError, match=words):
        bpy.ops.intermask.generate_chain(prompt=prompt)
    assert not settings.takes


def test_an_empty_beat_is_named(settings, beats):
    beats[1].prompt = "  "
    with pytest.raises(RuntimeError, match="Beat 2 of the chain is empty"):
        bpy.ops.intermask.generate_chain()


def test_beats_and_chains_stay_in_the_file(settings, scene, beats, tmp_path):
    bpy.ops.intermask.generate_chain()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "x.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "x.blend"))
    scene = bpy.context.scene
    assert prompts(scene.intermask) == [BOW, SHAKE]
    assert len(takes.facts(scene, 0).beats) == 2
    assert takes.motion(scene, 0).settings["beats"][1]["start"] == 60
