"""The command line's own part: bad usage, bad places, and a worker that breaks."""

import sys

import pytest

from intermask_blender import engine_process
from intermask_blender.__main__ import main
from intermask_blender.core import protocol
from intermask_blender.people import fitted
from tests.blender.evaluated import read_joints


@pytest.fixture
def worker(tmp_path, monkeypatch):
    """Replace the worker by a script."""

    def make(script: str) -> None:
        package = tmp_path / "faulty"
        (package / "engine").mkdir(parents=True)
        (package / "engine" / "worker.py").write_text(f"import os, sys, time\n{script}", encoding="utf-8")
        monkeypatch.setattr(engine_process, "ROOT", package)
        monkeypatch.setenv("INTERMASK_ENGINE_PYTHON", sys.executable)

    return make


def say(message) -> str:
    return f"print({protocol.encode(message)!r}, flush=True)\n"


@pytest.mark.parametrize(
    "arguments",
    [[], ["Two people hug"], ["hug", "--out", "x.blend", "--seconds", "long"], ["two", "words", "--out", "x.blend"]],
)
def test_wrong_usage_exits_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as raised:
        main(arguments)
    assert raised.value.code == 2
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--out", "--fbx", "--strip"])
def test_a_missing_folder_is_told_before_the_engine_starts(option, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("INTERMASK_ENGINE_PYTHON", "/no/python")
    assert main(["Two people hug", option, str(tmp_path / "missing" / "x")]) == 1
    error = capsys.readouterr().err
    assert "missing does not exist." in error and error.count("\n") == 1


def test_a_worker_that_dies_in_the_middle_leaves_one_sentence_and_no_file(worker, tmp_path, capsys):
    worker(
        say(protocol.Ready(protocol.VERSION, 1, "model", "cpu", {}))
        + "sys.stdin.readline()\n"
        + say(protocol.Progress(1, 1, 20))
        + say(protocol.Progress(1, 2, 20))
        + "print('out of memory', file=sys.stderr, flush=True)\nos._exit(9)"
    )
    out = tmp_path / "hug.blend"
    out.write_text("old")
    assert main(["Two people hug", "--out", str(out)]) == 1
    said = capsys.readouterr()
    assert said.err == "intermask: The engine stopped unexpectedly (exit code 9). It last said: out of memory\n"
    assert "Step 2 of 20" in said.out
    assert out.read_text() == "old"


def test_a_damaged_motion_is_told(worker, tmp_path, capsys):
    worker(
        say(protocol.Ready(protocol.VERSION, 1, "model", "cpu", {}))
        + say(protocol.Result(1, "not a motion"))
        + "sys.stdin.read()"
    )
    assert main(["Two people hug", "--out", str(tmp_path / "hug.blend")]) == 1
    assert capsys.readouterr().err == "intermask: The motion that came from the engine is damaged.\n"


def test_a_motion_becomes_the_files(worker, make_clip, tmp_path, capsys):
    """The worker's answer is a known motion: the files show it at 30 fps over the whole frame range."""
    import bpy

    clip = make_clip(45)
    (tmp_path / "answer").write_text(protocol.encode(protocol.Result(1, protocol.pack(clip))))
    worker(
        say(protocol.Ready(protocol.VERSION, 1, "model", "cpu", {}))
        + f"print(open({str(tmp_path / 'answer')!r}).read(), flush=True)\nsys.stdin.read()"
    )
    out, fbx, strip = (tmp_path / f"two 🤝.{kind}" for kind in ("blend", "fbx", "png"))
    assert main(["Hi", "--out", str(out), "--fbx", str(fbx), "--strip", str(strip)]) == 0
    assert f"Wrote {strip}" in capsys.readouterr().out
    assert min(path.stat().st_size for path in (out, fbx, strip)) > 10_000
    assert {path.name for path in tmp_path.iterdir()} == {"answer", "faulty", out.name, fbx.name, strip.name}

    bpy.ops.wm.open_mainfile(filepath=str(out))
    scene = bpy.context.scene
    assert (scene.frame_start, scene.frame_end, scene.render.fps) == (1, 45, 30)
    assert scene.camera and bpy.data.collections["Two people tumble"]
    people = [bpy.data.objects["Person A"], bpy.data.objects["Person B"]]
    joints = read_joints(people, range(1, 46), scene)
    assert abs(joints - fitted(clip, clip.bone_offsets).joint_positions).max() < 1e-4
