"""A list of prompts becomes a folder of motions, here and on a Ray cluster."""

import csv
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import pytest

from engine.errors import EngineError
from engine.motion import Motion
from engine.normaliser import Normaliser
from engine.pipeline import InterMask
from engine.prompts.cluster import make_on_cluster
from engine.prompts.local import make_here
from engine.prompts.prompt_file import Clip, read_prompts
from engine.prompts.run import make_all
from tests.toy_interhuman import write_model

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    return write_model(tmp_path_factory.mktemp("model"), Normaliser(np.zeros(262), np.ones(262)))


def make(prompts: Path, out: Path, model: Path) -> None:
    make_all(prompts, out, model, 1.0, 0, 2, partial(make_here, folder=model, device="cpu", batch=2))


def test_lists_say_what_is_to_be_made(tmp_path):
    lines, table = tmp_path / "list.txt", tmp_path / "list.csv"
    lines.write_text("\ufeffThey bow.\n\n  Sie verbeugen sich tänzerisch. \n", "utf-8")
    assert read_prompts(lines, 2.0, 7) == (
        [Clip("00001", "They bow.", 2.0, 7), Clip("00003", "Sie verbeugen sich tänzerisch.", 2.0, 7)],
        [],
    )
    table.write_text("name;prompt;seconds;seed\na;They bow.;2,5;\nb;They wave.;;3\na;Again.;;\nc;;two;\n", "utf-8")
    clips, failures = read_prompts(table, 2.0, 7)
    assert clips == [Clip("a", "They bow.", 2.5, 7), Clip("b", "They wave.", 2.0, 3)]
    assert [failure.name for failure in failures] == ["a", "c"] and "line 2 already" in failures[0].error


@pytest.mark.parametrize("name", ["../a", "CON", "nul.npz", ".a", "a.", "a" * 101])
def test_names_that_some_computer_refuses_are_told(tmp_path, name):
    (tmp_path / "list.csv").write_text(f"name,prompt\n{name},They bow.\n")
    clips, [failure] = read_prompts(tmp_path / "list.csv", 2.0, 7)
    assert not clips and "can't be the name of files" in failure.error


def test_a_folder_that_cannot_be_made_is_told(tmp_path, model):
    (tmp_path / "list.txt").write_text("They bow.")
    with pytest.raises(EngineError, match="list.txt can't be made"):
        make(tmp_path / "list.txt", tmp_path / "list.txt", model)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.txt", b"\n \n", "is empty"),
        ("a.txt", "Gr\u00fc\u00dfe".encode("utf-16"), "not in UTF-8"),
        ("a.csv", b"prompt\nThey bow.\n", "no column name"),
        ("a.csv", b"name,prompt,outputs\na,They bow.,fbx\n", "unknown columns"),
    ],
)
def test_lists_that_are_none_are_told(tmp_path, name, text, words):
    (tmp_path / name).write_bytes(text)
    with pytest.raises(EngineError, match=words):
        read_prompts(tmp_path / name, 3.0, 0)


def test_clips_are_as_if_made_alone_and_kept_until_they_change(tmp_path, model):
    table, out = tmp_path / "list.csv", tmp_path / "out"
    rows = ["name,prompt,seconds,seed", "a,They bow.,1,1", "b,They wave.,1.5,2", "c,They bow.,3,3"]
    table.write_text("\n".join(rows))
    make(table, out, model)
    alone = InterMask.load(model, "cpu").generate("They wave.", 1.5, 2)
    found = Motion.load(out / "b.npz")
    assert found.frames == 45
    np.testing.assert_allclose(found.joint_positions, alone.joint_positions, atol=1e-3)

    before = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    (out / "c.npz").write_bytes((out / "c.npz").read_bytes()[:1000])  # damaged
    table.write_text("\n".join(rows).replace("They wave.", "They jump."))
    make(table, out, model)
    after = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    assert {name for name in before if before[name] != after[name]} == {"b.npz", "c.npz"}
    assert Motion.load(out / "b.npz").prompt == "They jump." and Motion.load(out / "c.npz").frames == 90


def test_what_cannot_be_made_is_listed_and_the_rest_is_there(tmp_path, model):
    table, out = tmp_path / "list.csv", tmp_path / "out"
    table.write_text("name,prompt,seconds\ngood,They bow.,1\nsilent,,1\nlong,They bow.,60\n")
    command = [sys.executable, "-m", "engine", "generate", "--prompts", table, "--out", out, "--model", model]
    done = subprocess.run([*command, "--device", "cpu"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1 and "1 made, 0 kept, 2 failed" in done.stdout and "toy on cpu" in done.stderr
    assert "2 clips were not made" in done.stderr.splitlines()[-1]
    with open(out / "failures.csv", newline="", encoding="utf-8") as file:
        failures = {row["name"]: row["error"] for row in csv.DictReader(file)}
    assert "empty" in failures["silent"] and "60 seconds" in failures["long"] and len(failures) == 2
    table.write_text("name,prompt,seconds\ngood,They bow.,1\n")
    make(table, out, model)
    assert [path.name for path in out.iterdir()] == ["good.npz"]


def test_workers_of_a_cluster_may_fail_and_die(model):
    """A batch with a clip that can't be made is divided; the work of a worker that dies is done by others."""
    clips = [Clip(f"{number}", "They bow.", 1.0, number) for number in range(8)]
    clips[3] = Clip("3", "x" * 2000, 1.0, 3)
    batches = [clips[start : start + 2] for start in range(0, 8, 2)]
    made, failed = {}, {}
    for part, outcome in make_on_cluster(batches, model, "cpu", 2, "local", 2):
        if not made:
            ours = psutil.Process().children(recursive=True)
            next(process for process in ours if process.name().startswith("ray::Maker")).kill()
        if isinstance(outcome, str):
            failed |= {clip.name: outcome for clip in part}
        else:
            made |= {clip.name: motion for clip, motion in zip(part, outcome, strict=True)}
    assert sorted(made) == ["0", "1", "2", "4", "5", "6", "7"] and made["7"].seed == 7
    assert list(failed) == ["3"] and failed["3"].startswith("The prompt has 2000 characters")
