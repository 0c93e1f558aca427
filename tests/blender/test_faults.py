"""Whatever happens to the worker: one sentence, no hang, no process left, and the next job works."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import bpy
import pytest

from intermask_blender import engine_process, jobs, models, recent_prompts
from intermask_blender.core import ROOT, model_folders, protocol
from intermask_blender.jobs import State, queue
from tests.blender.polling import until

PATIENT = 5.0  # seconds after which a fault counts as a hang
LISTEN = "request = json.loads(sys.stdin.readline())\n"


def say(message) -> str:
    """A line of Python that sends a message as the worker does; -7 stands for the number of the request."""
    number = "str(globals().get('request', {}).get('id'))"
    return f"print({protocol.encode(message)!r}.replace('-7', {number}), flush=True)\n"


READY = say(protocol.Ready(protocol.VERSION, 1, "model", "cpu", {}))
PROGRESS = say(protocol.Progress(-7, 1, 9))


@pytest.fixture(autouse=True)
def fresh(settings):
    """No worker and no jobs, before and after."""
    queue.close()
    yield
    queue.close()
    queue.dismiss()


@pytest.fixture
def faulty(tmp_path, monkeypatch):
    """Let the engine be a script."""

    def install(script: str) -> None:
        package = tmp_path / "faulty"
        (package / "engine").mkdir(parents=True)
        (package / "engine" / "worker.py").write_text(f"import json, os, sys, time\n{script}", encoding="utf-8")
        monkeypatch.setattr(engine_process, "ROOT", package)
        monkeypatch.setattr(engine_process, "PATIENCE", 0.5)
        monkeypatch.setenv("INTERMASK_ENGINE_PYTHON", sys.executable)

    return install


def process() -> subprocess.Popen:
    return queue._engine._process


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("os._exit(9)", "stopped unexpectedly"),
        ("import no_such_torch", "It last said: ModuleNotFoundError"),
        ("print('Loading...', flush=True)\ntime.sleep(60)", "doesn't understand"),
        (say(protocol.Ready(99, 1, "", "", {})) + "time.sleep(60)", "speaks protocol 99"),
        (say(protocol.Failed(None, "No model here.")) + "time.sleep(60)", "No model here."),
        (READY + LISTEN + "os._exit(9)", "stopped unexpectedly"),
        (READY + LISTEN + r"os.write(1, b'\xff\x00\xfe\n')" + "\ntime.sleep(60)", "doesn't understand"),
        (READY + LISTEN + PROGRESS + "os._exit(9)", "stopped unexpectedly"),
        (READY + LISTEN + PROGRESS + "print('[1, 2]', flush=True)\ntime.sleep(60)", "doesn't understand"),
        (READY + LISTEN + PROGRESS + 'os.write(1, b\'{"type": "Result", "mot\')\nos._exit(9)', "stopped unexpectedly"),
        (READY + LISTEN + PROGRESS + "os.close(1)\ntime.sleep(60)", "stopped unexpectedly"),
        (READY + LISTEN + say(protocol.Result(-7, "no base64")) + "sys.stdin.read()", "damaged"),
        (READY + LISTEN + say(protocol.Failed(-7, "Too long.")) + "sys.stdin.read()", "Too long."),
        (READY + LISTEN + say(protocol.Progress(12345, 1, 2)) + "os._exit(9)", "stopped unexpectedly"),
    ],
)
def test_a_fault_is_one_sentence_and_leaves_the_scene(faulty, settings, capfd, script, sentence):
    faulty(script)
    bpy.ops.intermask.generate(wait=False)
    (job,) = queue.jobs
    queue.poll()
    worker = process()
    until(lambda: job.state is State.FAILED, PATIENT)
    assert sentence in job.sentence and "\n" not in job.sentence
    assert "Traceback" not in "".join(capfd.readouterr())
    assert not bpy.data.objects and not settings.takes and not queue.busy
    queue.close()
    assert worker.wait(PATIENT) is not None


def test_the_queue_goes_on_after_a_fault(faulty, settings):
    faulty(READY + LISTEN + "os._exit(9)")
    for _ in range(2):
        bpy.ops.intermask.generate(wait=False)
    jobs_before = list(queue.jobs)
    until(lambda: not queue.busy, 2 * PATIENT)
    assert [job.state for job in jobs_before] == [State.FAILED] * 2
    bpy.ops.intermask.dismiss()
    assert not queue.jobs


def test_the_last_lines_of_a_broken_worker_are_kept(faulty):
    faulty("print('CUDA went up in smoke', file=sys.stderr)\nos._exit(9)")
    with pytest.raises(RuntimeError, match="It last said: CUDA went up in smoke"):
        bpy.ops.intermask.generate()
    assert queue.jobs[0].details == "CUDA went up in smoke\n"
    assert bpy.ops.intermask.copy_details(job=queue.jobs[0].id) == {"FINISHED"}
    with pytest.raises(RuntimeError, match="nothing to copy"):
        bpy.ops.intermask.copy_details(job=0)


def test_a_worker_that_ignores_a_cancel_is_given_up(faulty, monkeypatch):
    monkeypatch.setattr(jobs, "PATIENCE", 0.3)
    faulty(READY + LISTEN + PROGRESS + "time.sleep(60)")
    bpy.ops.intermask.generate(wait=False)
    until(lambda: queue.jobs[0].step == 1, PATIENT)
    deaf = process()
    bpy.ops.intermask.cancel()
    assert not queue.jobs
    bpy.ops.intermask.generate(wait=False)
    until(lambda: queue._engine and process() and process() is not deaf, PATIENT)
    assert deaf.wait(PATIENT) is not None


def test_a_worker_killed_at_any_moment_is_replaced(settings):
    """The real one: while it starts, while it samples, and when its result is there."""
    settings.steps = 1000
    bpy.ops.intermask.generate(wait=False)
    (job,) = queue.jobs
    until(lambda: job.state is State.STARTING, PATIENT)
    process().kill()
    until(lambda: job.state is State.FAILED, PATIENT)

    bpy.ops.intermask.generate(wait=False)
    (job,) = queue.jobs
    until(lambda: job.step > 1, 60)
    process().kill()
    until(lambda: job.state is State.FAILED, PATIENT)
    assert "stopped unexpectedly" in job.sentence

    settings.steps = 2
    bpy.ops.intermask.generate(wait=False)
    (job,) = queue.jobs
    until(lambda: job.step == 2, 60)
    time.sleep(1)  # the result lies in the pipe
    process().kill()
    until(lambda: not queue.busy, PATIENT)
    assert job.state is State.DONE and len(settings.takes) == 1


def test_a_model_removed_between_jobs_is_told(settings, tmp_path, monkeypatch):
    own = tmp_path / "models"
    shutil.copytree(model_folders.STARTER, own / "mine")
    monkeypatch.setattr(models, "_own_folders", lambda: [path for path in own.glob("*") if path.is_dir()])
    settings.model = "mine"
    assert bpy.ops.intermask.generate() == {"FINISHED"}
    shutil.rmtree(own / "mine")
    with pytest.raises(RuntimeError, match='no model "mine"'):
        bpy.ops.intermask.generate()
    assert len(settings.takes) == 1 and not queue.busy


def test_no_room_for_temporary_files_is_told(settings, tmp_path, monkeypatch):
    nowhere = tmp_path / "nowhere"
    nowhere.write_text("A file is no folder.")
    monkeypatch.setattr(tempfile, "tempdir", str(nowhere))
    with pytest.raises(RuntimeError, match="No temporary folder can be made"):
        bpy.ops.intermask.generate()
    assert not settings.takes


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_does_not_lose_the_recent_prompts(monkeypatch):
    monkeypatch.setattr(recent_prompts, "_file", lambda: Path("/dev/full"))
    recent_prompts.remember("Two people whisper.")
    assert recent_prompts.recent()[0] == "Two people whisper."


SECOND_BLENDER = """
import bpy
import intermask_blender
from intermask_blender.jobs import queue

bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
intermask_blender.register()
settings = bpy.context.scene.intermask
settings.own_sampling, settings.steps, settings.seconds = True, {steps}, 2.0
bpy.ops.intermask.generate(wait=False)
(job,) = queue.jobs
while queue.busy and not (job.step and {leave}):
    queue.poll()
print(queue.worker.pid, len(settings.takes))
"""


def start_second_blender(steps: int, leave: bool) -> subprocess.Popen:
    script = SECOND_BLENDER.format(steps=steps, leave=leave)
    environment = os.environ | {"INTERMASK_ENGINE_PYTHON": str(engine_process.find_python())}
    return subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_blenders_work_at_once(settings):
    with start_second_blender(2, False) as second:
        assert bpy.ops.intermask.generate() == {"FINISHED"}
        pid, takes = second.communicate(timeout=120)[0].split()[:2]
    assert takes == "1" and int(pid) != queue.worker.pid
    assert len(settings.takes) == 1


def test_closing_blender_in_mid_job_leaves_no_process(process_is_gone):
    with start_second_blender(1000, True) as second:
        out, err = second.communicate(timeout=120)
    assert second.returncode == 0 and "Traceback" not in err
    assert process_is_gone(int(out.split()[0]))
