"""A broken worker is told in one sentence, never blocks and never stays behind."""

import sys
import time

import pytest

from intermask_blender import engine_process
from intermask_blender.core import errors, protocol
from intermask_blender.engine_process import EngineProcess, find_python


def say(message) -> str:
    """A line of Python that sends a message as the worker does."""
    return f"print({protocol.encode(message)!r}, flush=True)\n"


READY = say(protocol.Ready(protocol.VERSION, 1, "model", "cpu", {}))
LISTEN = "sys.stdin.readline()\n"
REQUEST = protocol.Generate(1, "Two people 🤝 héllo", 3.0, 0)


@pytest.fixture
def broken(tmp_path, monkeypatch):
    """Make an EngineProcess whose worker is a faulty script."""
    engines = []

    def make(script: str) -> EngineProcess:
        package = tmp_path / "faulty"
        (package / "engine").mkdir(parents=True)
        (package / "engine" / "worker.py").write_text(f"import json, os, sys, time\n{script}", encoding="utf-8")
        monkeypatch.setattr(engine_process, "ROOT", package)
        engine = EngineProcess(sys.executable, tmp_path / "model")
        engines.append(engine)
        engine.start()
        return engine

    yield make
    for engine in engines:
        engine.stop()


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("raise SystemExit(3)", r"stopped unexpectedly \(exit code 3\)\.$"),
        ("import no_such_torch", "exit code 1.*It last said: ModuleNotFoundError: No module named 'no_such_torch'"),
        (READY + "print('Loading...', flush=True)\ntime.sleep(60)", "doesn't understand: 'Loading...'"),
        (say(protocol.Ready(99, 1, "", "", {})), "speaks protocol 99"),
        (READY + LISTEN + "print('{\"type\": \"Resu', end='', flush=True)\nos._exit(1)", "exit code 1"),
        (READY + LISTEN + "os.abort()", "stopped unexpectedly"),
        (READY + LISTEN + "os.close(1)\ntime.sleep(60)", "stopped unexpectedly"),
        (r"os.write(1, b'\xff\xfe\x00\n')", "doesn't understand"),
        (say(protocol.Failed(None, "No model here.")) + "sys.exit(1)", "^No model here.$"),
        (READY + say(protocol.Failed(1, "Too long.")) + "sys.stdin.read()", "^Too long.$"),
    ],
)
def test_faults_become_one_sentence(broken, monkeypatch, script, sentence):
    monkeypatch.setattr(engine_process, "PATIENCE", 0.5)
    engine = broken(script)
    engine.submit(REQUEST)
    began = time.monotonic()
    with pytest.raises(errors.EngineError, match=sentence) as raised:
        engine.wait(1)
    assert "\n" not in str(raised.value)
    assert time.monotonic() - began < 5
    engine.stop()
    assert not engine.alive


def test_a_dead_worker_can_be_started_again(broken):
    engine = broken(READY + "raise SystemExit(3)")
    engine.submit(REQUEST)
    with pytest.raises(errors.EngineError):
        engine.wait(1)
    with pytest.raises(errors.EngineError, match="not running"):
        engine.wait(1)
    engine.start()
    assert engine.alive or engine.poll()


def test_the_request_arrives_as_it_was_and_the_answer_comes(broken):
    echo = """
request = json.loads(sys.stdin.readline())
print(json.dumps({"type": "Result", "id": 1, "motion": request["prompt"]}, ensure_ascii=False), flush=True)
sys.stdin.read()
"""
    engine, steps = broken(READY + say(protocol.Progress(1, 1, 2)) + echo), []
    engine.submit(REQUEST)
    assert engine.wait(1, steps.append).motion == REQUEST.prompt
    assert steps == [protocol.Progress(1, 1, 2)]
    assert engine.ready.version == protocol.VERSION
    assert engine.alive


def test_polling_and_a_large_request_never_block(broken, monkeypatch):
    monkeypatch.setattr(engine_process, "PATIENCE", 0.5)
    engine = broken("time.sleep(60)")
    began = time.monotonic()
    engine.submit(protocol.React(1, "x" * 3_000_000, "", 0))
    assert engine.poll() == []
    assert time.monotonic() - began < 0.5


def test_the_end_of_stdin_ends_a_worker(broken):
    engine = broken("sys.stdin.read()")
    process = engine._process
    engine.stop()
    assert process.returncode == 0
    assert engine.poll() == []


def test_a_deaf_worker_is_killed(broken, monkeypatch):
    monkeypatch.setattr(engine_process, "PATIENCE", 0.5)
    deaf = broken("time.sleep(60)")
    process = deaf._process
    deaf.stop()
    assert process.returncode not in (0, None)
    assert not deaf.alive


def test_the_worker_runs_outside_and_in_utf8(broken):
    tell = (
        'print(json.dumps({"type": "Failed", "id": 1, "message": os.getcwd() + "|" + sys.stdout.encoding}), flush=True)'
        "\nsys.stdin.read()"
    )
    engine = broken(READY + tell)
    with pytest.raises(errors.EngineError) as raised:
        engine.wait(1)
    folder, encoding = str(raised.value).split("|")
    assert "intermask-" in folder and encoding == "utf-8"


def test_a_python_that_is_not_there_is_told(tmp_path, monkeypatch):
    with pytest.raises(errors.EngineError, match="can't be started"):
        EngineProcess(tmp_path / "python", tmp_path).start()
    monkeypatch.setenv("INTERMASK_ENGINE_PYTHON", str(tmp_path / "python"))
    with pytest.raises(errors.EngineError, match="INTERMASK_ENGINE_PYTHON points at"):
        find_python()
    monkeypatch.delenv("INTERMASK_ENGINE_PYTHON")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(errors.EngineError, match="needs a Python with PyTorch"):
        find_python()
