"""The worker as a process: it answers, cancels at once, survives nonsense and ends with its stdin."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine import protocol
from engine.datasets.choreography import choreograph
from engine.model_folders import STARTER

ROOT = Path(__file__).parent.parent


class Worker:
    """The other end of the pipes."""

    def __init__(self, model: Path = STARTER):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "engine.worker", "--model", str(model), "--device", "cpu"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
        )

    def send(self, message) -> None:
        self.send_line(message if isinstance(message, str) else protocol.encode(message))

    def send_line(self, line: str) -> None:
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def next(self, *kinds: type):
        """The next message that is of one of the kinds."""
        for line in self.process.stdout:
            message = protocol.decode(line)
            if isinstance(message, kinds):
                return message
        raise AssertionError("the worker closed its stdout")

    def close(self) -> int:
        self.process.stdin.close()
        return self.process.wait(timeout=10)


@pytest.fixture
def worker():
    worker = Worker()
    assert worker.next(protocol.Ready).pid == worker.process.pid
    yield worker
    worker.process.kill()
    worker.process.wait()
    worker.process.stdout.close()


OUTCOMES = (protocol.Result, protocol.Cancelled, protocol.Failed)


def test_generate_and_react(worker):
    worker.send(protocol.Generate(1, "Two people wave at each other.", 2.0, 5, {"steps": 3}))
    assert [worker.next(protocol.Progress).step for _ in range(3)] == [1, 2, 3]
    result = worker.next(*OUTCOMES)
    motion = protocol.unpack(result.motion)
    assert motion.frames == 60 and motion.seed == 5 and result.hint == ""
    assert 10**8 < result.memory < 10**10
    worker.send(protocol.React(2, protocol.pack(choreograph("bow", 1, 60).motion), "", 1, {"steps": 4}))
    result = worker.next(*OUTCOMES)
    assert result.id == 2 and protocol.unpack(result.motion).frames == 60


def test_a_start_and_the_person_who_is_kept(worker):
    scene = choreograph("bow", 1, 60).motion
    pose = replace(scene, root_positions=scene.root_positions[:, :1], joint_rotations=scene.joint_rotations[:, :1])
    worker.send(protocol.Generate(1, "Two people bow.", 2.0, 5, {"steps": 2}, protocol.pack(pose)))
    motion = protocol.unpack(worker.next(*OUTCOMES).motion)
    assert np.allclose(motion.joint_positions[0, 0], scene.joint_positions[0, 0], atol=1e-4)
    worker.send(protocol.React(2, protocol.pack(scene), "", 1, {"steps": 2}, "B"))
    motion = protocol.unpack(worker.next(*OUTCOMES).motion)
    assert np.allclose(motion.joint_positions[1], scene.joint_positions[1], atol=1e-4)


def test_a_chain_and_its_cancel(worker):
    beats = [
        {"prompt": "Two people bow.", "seconds": 2.0},
        {"prompt": "Two people wave at each other.", "seconds": 1.0},
    ]
    worker.send(protocol.Chain(1, beats, 5, {"steps": 2}))
    motion = protocol.unpack(worker.next(*OUTCOMES).motion)
    assert motion.frames == 90 and [beat["start"] for beat in motion.settings["beats"]] == [0, 60]
    worker.send(protocol.Chain(2, beats, 5, {"steps": 500}))
    worker.next(protocol.Progress)
    worker.send(protocol.Cancel(2))
    assert worker.next(*OUTCOMES) == protocol.Cancelled(2)
    worker.send(protocol.React(3, protocol.pack(motion), "", 5, {"steps": 2}, beats=[*beats[:1], {"prompt": "Jo"}]))
    result = worker.next(*OUTCOMES)
    assert protocol.unpack(result.motion).frames == 90 and "far from all of them" in result.hint


def test_a_gap_of_one_person_is_completed(worker):
    scene = choreograph("wave", 1, 60).motion
    worker.send(
        protocol.Complete(1, protocol.pack(scene), 20, 40, "Two people wave at each other.", 5, {"steps": 2}, "A")
    )
    motion = protocol.unpack(worker.next(*OUTCOMES).motion)
    off = np.abs(motion.joint_positions - scene.joint_positions).mean(axis=(2, 3))
    assert motion.frames == 60 and off[0].max() < 0.1 and off[1, :20].max() < 0.1


def test_a_prompt_the_model_does_not_know_gets_a_hint(worker):
    worker.send(protocol.Generate(1, "Two people cook a soup.", 2.0, 5, {"steps": 2}))
    result = worker.next(*OUTCOMES)
    assert "your sentence is far from all of them" in result.hint and protocol.unpack(result.motion).frames == 60


def test_cancel_keeps_the_worker(worker):
    worker.send(protocol.Generate(1, "Two people shake hands.", 4.0, 0, {"steps": 500}))
    worker.next(protocol.Progress)
    worker.send(protocol.Cancel(1))
    assert worker.next(*OUTCOMES) == protocol.Cancelled(1)
    worker.send(protocol.Generate(2, "Two people shake hands.", 2.0, 0, {"steps": 2}))
    assert worker.next(*OUTCOMES).id == 2
    assert worker.process.poll() is None


def test_a_waiting_job_can_be_cancelled(worker):
    for job in (1, 2):
        worker.send(protocol.Generate(job, "Two people shake hands.", 2.0, 0, {"steps": 5}))
    worker.send(protocol.Cancel(2))
    assert isinstance(worker.next(*OUTCOMES), protocol.Result)
    assert worker.next(*OUTCOMES) == protocol.Cancelled(2)


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (protocol.Generate(1, "", 3.0, 0), "prompt is empty"),
        (protocol.Generate(1, "a", 60.0, 0), "seconds"),
        (protocol.Generate(1, "a", 3.0, 0, {"stepps": 3}), "stepps"),
        (protocol.Generate(1, "a", 3.0, 0, {}, "bm90IGEgbW90aW9u"), "not a motion file"),
        (protocol.Chain(1, [{"prompt": "a"}, {"prompt": ""}], 0), "Beat 2"),
        (protocol.Chain(1, [{"words": "a"}], 0), "beats of the chain are not valid"),
        (protocol.React(1, "bm90IGEgbW90aW9u", "", 0), "not a motion file"),
        (protocol.Complete(1, "bm90IGEgbW90aW9u", 1, 2, "", 0), "not a motion file"),
        (protocol.Cancelled(1), "can't answer"),
        ("garbage", "does not understand"),
        ('{"type": "Generate"}', "does not understand"),
    ],
)
def test_a_bad_request_gets_a_sentence_and_the_worker_goes_on(worker, request_, words):
    worker.send(request_)
    failed = worker.next(*OUTCOMES)
    assert isinstance(failed, protocol.Failed) and words in failed.message and "\n" not in failed.message
    worker.send(protocol.Generate(9, "🤝", 2.0, 0, {"steps": 2}))
    assert isinstance(worker.next(*OUTCOMES), protocol.Result)


def test_a_damaged_model_is_said_before_anything_else(tmp_path):
    worker = Worker(tmp_path)
    failed = worker.next(protocol.Failed, protocol.Ready)
    assert failed.id is None and "no model" in failed.message
    assert worker.process.wait(timeout=10) == 1


def test_the_end_of_stdin_ends_the_worker_even_in_a_job(worker):
    worker.send(protocol.Generate(1, "Two people shake hands.", 4.0, 0, {"steps": 5000}))
    worker.next(protocol.Progress)
    assert worker.close() == 0
    with pytest.raises(ProcessLookupError):
        os.kill(worker.process.pid, 0)
