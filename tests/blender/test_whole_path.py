"""From a sentence to the files, with the real worker and the starter model."""

import math
import os
import shutil
import signal
import subprocess
import sys

import bpy
import numpy as np
import pytest

from intermask_blender.__main__ import main
from intermask_blender.core import ROOT, errors, model_folders, protocol
from intermask_blender.engine_process import EngineProcess, find_python
from tests.blender.evaluated import read_joints


@pytest.fixture(scope="module")
def engine():
    """A worker with the starter model."""
    with EngineProcess(find_python(), model_folders.STARTER) as engine:
        yield engine


def ask(engine, prompt: str = "Two people shake hands.", seconds: float = 2.0, steps: int = 2, on_progress=print):
    ask.id += 1
    engine.submit(protocol.Generate(ask.id, prompt, seconds, 0, {"steps": steps}))
    return protocol.unpack(engine.wait(ask.id, on_progress).motion)


ask.id = 0


@pytest.mark.parametrize("prompt", ["Two people 🤝 🙂", "🕺💃", 'A "hugs" B\n\tand back', "Zwei Leute grüßen sich"])
def test_any_writing_is_a_prompt(engine, prompt):
    motion = ask(engine, prompt)
    assert motion.prompt == prompt and motion.frames == 60


@pytest.mark.parametrize(
    ("prompt", "seconds", "sentence"),
    [
        ("", 2, "empty"),
        (" \n", 2, "empty"),
        ("hug " * 2500, 2, "10000 characters"),
        ("Two people hug.", 0, "0 seconds"),
        ("Two people hug.", -1, "-1 seconds"),
        ("Two people hug.", 60, "60 seconds"),
        ("Two people hug.", math.nan, "nan seconds"),
    ],
)
def test_what_cannot_be_done_is_said_and_the_worker_stays(engine, prompt, seconds, sentence):
    with pytest.raises(errors.EngineError, match=sentence) as raised:
        ask(engine, prompt, seconds)
    assert "\n" not in str(raised.value)
    assert ask(engine).frames == 60


def test_a_cancel_stops_the_work_and_keeps_the_worker(engine):
    with pytest.raises(errors.EngineError, match="cancelled"):
        ask(engine, steps=10_000, on_progress=lambda progress: engine.cancel(progress.id))
    assert ask(engine).frames == 60
    assert engine.alive


def test_a_killed_worker_is_told_and_can_be_started_again(engine):
    assert ask(engine).frames == 60
    with pytest.raises(errors.EngineError, match="stopped unexpectedly"):
        ask(engine, steps=10_000, on_progress=lambda progress: os.kill(engine.ready.pid, signal.SIGTERM))
    assert not engine.alive
    engine.start()
    assert ask(engine).frames == 60


def test_the_command_line_writes_all_three_files(tmp_path):
    folder = tmp_path / "mit Leerzeichen 🤝"
    folder.mkdir()
    out, fbx, strip = (folder / f"hands.{kind}" for kind in ("blend", "fbx", "png"))
    command = [sys.executable, "-m", "intermask_blender", "Two people shake hands 🤝", "--seconds", "3", "--seed", "1"]
    files = ["--out", str(out), "--fbx", str(fbx), "--strip", str(strip)]
    done = subprocess.run(command + files, cwd=ROOT, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert "Step 8 of 8" in done.stdout and "Traceback" not in done.stderr
    assert {path.name for path in folder.iterdir()} == {out.name, fbx.name, strip.name}

    bpy.ops.wm.open_mainfile(filepath=str(out))
    scene = bpy.context.scene
    people = [bpy.data.objects["Person A"], bpy.data.objects["Person B"]]
    assert (scene.frame_start, scene.frame_end) == (1, 90)
    assert people[0].users_collection[0].name == "Two people shake hands 🤝"
    joints = read_joints(people, [1, 45, 90], scene)
    assert np.isfinite(joints).all()
    assert np.abs(joints[:, 0] - joints[:, 1]).max() > 0.02, "they move"


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda model: shutil.rmtree(model), "There is no model in"),
        (lambda model: os.truncate(model / "vqvae.safetensors", 1000), "vqvae.safetensors is damaged or cut short"),
        (lambda model: (model / "config.json").write_text("{"), "config.json is not a model configuration"),
    ],
)
def test_a_damaged_model_is_told_in_one_sentence(tmp_path, capsys, damage, sentence):
    model = tmp_path / "model"
    shutil.copytree(model_folders.STARTER, model)
    damage(model)
    assert main(["Two people hug", "--model", str(model), "--out", str(tmp_path / "x.blend")]) == 1
    error = capsys.readouterr().err
    assert sentence in error and error.count("\n") == 1
    assert not (tmp_path / "x.blend").exists()
