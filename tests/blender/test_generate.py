"""The operators with the real worker and the starter model: generate, cancel, queue, and Blender going on meanwhile."""

import bpy
import numpy as np
import pytest

import intermask_blender
from intermask_blender import jobs, models, preferred, recent_prompts
from intermask_blender.jobs import State, queue
from tests.blender.polling import until


@pytest.fixture(autouse=True)
def clean(settings):
    """An empty queue; the worker stays warm from test to test."""
    queue.cancel(list(queue.jobs))
    queue.dismiss()
    settings.prompt = "Two people shake hands."


def begin_long_job(settings) -> jobs.Job:
    """A job that is being sampled and would be for minutes."""
    settings.steps = 1000
    bpy.ops.intermask.generate(wait=False)
    settings.steps = 2
    job = queue.jobs[-1]
    until(lambda: job.state is State.SAMPLING and job.step > 1)
    return job


def contents() -> dict:
    """What there is in the file, and the scene's settings."""
    kinds = ("objects", "armatures", "meshes", "actions", "collections", "materials")
    return {kind: set(getattr(bpy.data, kind).keys()) for kind in kinds}


def test_a_sentence_becomes_a_take(settings, scene):
    assert bpy.ops.intermask.generate(prompt="Two people bow.", seconds=2.5, seed=7) == {"FINISHED"}
    (take,) = settings.takes
    assert (take.prompt, take.seconds, take.seed, take.end) == ("Two people bow.", 2.5, 7, 75)
    assert settings.prompt == "Two people shake hands."
    assert settings.person_a.animation_data.action.name == "A: Two people bow."
    assert not queue.busy and recent_prompts.recent()[0] == "Two people bow."


def test_the_same_seed_makes_the_same_and_another_does_not(settings):
    settings.lock_seed = True
    for seed in (3, 3, 4):
        settings.seed = seed
        bpy.ops.intermask.generate()
    first, second, third = (_pelvis(take) for take in settings.takes)
    np.testing.assert_allclose(first, second, atol=1e-5)
    assert np.abs(first - third).max() > 1e-3


def _pelvis(take) -> np.ndarray:
    action = next(a for a in bpy.data.actions if a["intermask_take"] == take.id and a["intermask_person"] == "A")
    curves = action.layers[0].strips[0].channelbag(action.slots[0]).fcurves
    return np.array([key.co for key in curves[0].keyframe_points])


def test_variations_are_takes_of_the_same_two_with_seeds_that_are_shown(settings, scene):
    bpy.ops.intermask.generate(count=3)
    seeds = [take.seed for take in settings.takes]
    assert seeds == [settings.seed + number for number in range(3)]
    assert len([thing for thing in scene.objects if thing.type == "ARMATURE"]) == 2
    drawn = settings.seed
    bpy.ops.intermask.generate()
    assert settings.seed != drawn
    assert len([thing for thing in scene.objects if thing.type == "ARMATURE"]) == 2


def test_making_a_take_again_keeps_all_but_the_seed(settings):
    bpy.ops.intermask.generate(prompt="Two people bow.", seconds=2.5, seed=7)
    settings.own_sampling, settings.first_person = False, "B"
    assert bpy.ops.intermask.regenerate_take(index=0) == {"FINISHED"}
    first, second = settings.takes
    assert (second.prompt, second.seconds, second.start) == (first.prompt, first.seconds, first.start)
    assert first.seed != second.seed


def test_cancel_half_way_changes_nothing_and_keeps_the_worker(settings):
    before = contents()
    job = begin_long_job(settings)
    pid = queue.worker.pid
    bpy.ops.intermask.cancel()
    assert job.state is State.CANCELLED and not queue.jobs
    until(lambda: queue.settled, 5)
    assert contents() == before and not settings.takes
    bpy.ops.intermask.generate()
    assert len(settings.takes) == 1 and queue.worker.pid == pid


def test_three_are_queued_and_one_of_them_can_go(settings, scene):
    for prompt in ("Two people bow.", "Two people wave.", "Two people shake hands."):
        bpy.ops.intermask.generate(prompt=prompt, wait=False)
    assert [job.state for job in queue.jobs] == [State.WAITING] * 3
    bpy.ops.intermask.cancel(job=queue.jobs[1].id)
    until(lambda: not queue.busy)
    assert [take.prompt for take in settings.takes] == ["Two people bow.", "Two people shake hands."]
    assert len([thing for thing in scene.objects if thing.type == "ARMATURE"]) == 2, "the same two new characters"


def test_progress_is_told_with_the_time_that_is_left(settings):
    job = begin_long_job(settings)
    until(lambda: job.step >= 10)
    assert job.steps == 1000 and 0.009 < job.fraction < 1
    assert job.seconds_left > 0


def test_undo_and_redo_in_mid_job_are_safe(settings, scene):
    scene.collection.objects.link(bpy.data.objects.new("Empty", None))
    bpy.ops.ed.undo_push(message="Empty")
    bpy.ops.intermask.generate(wait=False, seed=5)
    bpy.ops.ed.undo()
    until(lambda: queue.jobs[0].state is State.SAMPLING)
    bpy.ops.ed.redo()
    until(lambda: not queue.busy)
    assert len(bpy.context.scene.intermask.takes) == 1
    bpy.ops.ed.undo()
    assert not bpy.context.scene.intermask.takes and "Empty" in bpy.data.objects
    bpy.ops.ed.redo()
    assert len(bpy.context.scene.intermask.takes) == 1


def test_another_file_ends_the_jobs_and_not_the_worker(settings):
    begin_long_job(settings)
    pid = queue.worker.pid
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    assert not queue.jobs
    until(lambda: queue.settled, 5)
    assert not bpy.data.objects and queue.worker.pid == pid


def test_a_file_saved_in_mid_job_can_be_saved(settings, tmp_path):
    begin_long_job(settings)
    assert bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "x.blend")) == {"FINISHED"}
    assert queue.busy


def test_disabling_in_mid_job_ends_the_worker_and_leaves_nothing(settings, clean, process_is_gone):
    begin_long_job(settings)
    pid = queue.worker.pid
    intermask_blender.unregister()
    try:
        assert not queue.jobs and process_is_gone(pid)
        assert not hasattr(bpy.types.Scene, "intermask")
        assert not [name for name in dir(bpy.types) if "intermask" in name.lower()]
        assert not [name for name in dir(bpy.ops.intermask)]
        lists = [value for name in dir(bpy.app.handlers) if isinstance(value := getattr(bpy.app.handlers, name), list)]
        assert not [handler for handlers in lists for handler in handlers if "intermask" in handler.__module__]
        assert not bpy.app.timers.is_registered(jobs._tick)
    finally:
        intermask_blender.register()
    bpy.context.scene.intermask.own_sampling = True
    bpy.context.scene.intermask.steps = 2
    assert bpy.ops.intermask.generate() == {"FINISHED"}


def test_an_idle_worker_is_stopped_and_comes_back(settings, monkeypatch, process_is_gone):
    bpy.ops.intermask.generate()
    pid = queue.worker.pid
    queue.poll()
    assert queue.worker
    monkeypatch.setattr(preferred, "idle_minutes", lambda: 0)
    queue.poll()
    assert queue.worker is None and process_is_gone(pid)
    assert queue.interval is None
    assert bpy.ops.intermask.generate() == {"FINISHED"}
    assert queue.worker.pid != pid


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"prompt": " "}, "prompt is empty"),
        ({"seconds": 60.0}, "60 seconds were asked for; this model makes motions of"),
        ({"prompt": "hug " * 2500}, "10000 characters"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(settings, wish, sentence):
    with pytest.raises(RuntimeError, match=sentence) as raised:
        bpy.ops.intermask.generate(**wish)
    assert "Traceback" not in str(raised.value)
    assert not settings.takes and not bpy.data.objects
    assert bpy.ops.intermask.generate() == {"FINISHED"}


def test_characters_that_cannot_play_are_refused_before_the_engine_is_asked(settings, scene):
    other = bpy.data.objects.new("Robot", bpy.data.armatures.new("Robot"))
    scene.collection.objects.link(other)
    settings.person_b = other
    with pytest.raises(RuntimeError, match='"Robot": This armature has no bones'):
        bpy.ops.intermask.generate()
    assert not queue.jobs
    settings.person_b = None
    bpy.ops.intermask.generate()
    settings.person_b = settings.person_a
    with pytest.raises(RuntimeError, match="the same character"):
        bpy.ops.intermask.generate()


def test_a_model_that_is_not_there_is_told(settings):
    settings.model = "gone"
    with pytest.raises(RuntimeError, match='no model "gone"'):
        bpy.ops.intermask.generate()
    settings.model = models.STARTER
    assert bpy.ops.intermask.generate() == {"FINISHED"}


def test_swapping_and_choosing_a_sentence(settings):
    bpy.ops.intermask.generate()
    a, b = settings.person_a, settings.person_b
    bpy.ops.intermask.swap_people()
    assert (settings.person_a, settings.person_b) == (b, a)
    bpy.ops.intermask.use_prompt(prompt="Two people wave.")
    assert settings.prompt == "Two people wave."


def test_an_unknown_sentence_is_told_without_opening_the_takes(settings):
    bpy.ops.intermask.generate(prompt="A cat plays the piano")
    assert settings.takes[0].hint and queue.notice == settings.takes[0].hint


def test_a_job_says_where_it_is(settings):
    bpy.ops.intermask.generate(wait=False)
    bpy.ops.intermask.generate(wait=False, prompt="Two people bow, slowly, to each other.")
    first, second = queue.jobs
    assert second.words == "Waiting: Two people bow, slowly,…"
    until(lambda: first.state is State.SAMPLING and first.step > 0)
    assert first.words.startswith(f"Sampling {first.step} / {first.steps}")
    bpy.ops.intermask.cancel()
