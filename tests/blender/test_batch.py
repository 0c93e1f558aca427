"""The batch as farms run it: real processes that are killed and go on, and rows that are bad, changed or reactions.

The clips are short and rough: a file without characters gives them its sampling settings.
"""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import bpy
import numpy as np
import pytest

from engine import errors
from engine.datasets.choreography import choreograph
from intermask_blender import actor, batch, batch_records, batch_table, people, target
from intermask_blender.jobs import queue
from tests.blender.rig_builder import build_armature
from tests.rig_outlines import bones_of, make_rig

ROOT = Path(__file__).parents[2]
BOW = "Two people bow to each other."


@pytest.fixture
def rough(settings, tmp_path):
    """A file with nothing in it but a scene whose motions are quickly made."""
    path = tmp_path / "rough.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path), copy=True)
    return path.name


@pytest.fixture
def characters(settings, scene, tmp_path):
    """A file with two characters of different families, one of whom waves already."""
    waver = build_armature(make_rig(bones_of("Mixamo"), sizes=0.9, arms_down=45), "Hero", scene)
    body = actor.body(waver, scene)
    clip = choreograph("wave", 3, 60).motion
    clip = people.fitted(clip, np.stack([body.offsets, clip.bone_offsets[1]]))
    waves = target.make_action(waver, body, "By hand", clip.root_positions[0], clip.joint_rotations[0], scene, 1)
    target.play(waver, waves)
    build_armature(make_rig(bones_of("Unreal Mannequin (UE5)")), "Villain", scene).location.x = 2
    path = tmp_path / "characters.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path), copy=True)
    return path.name


@pytest.fixture
def table(tmp_path):
    """Write jobs.csv; every row has a name and a prompt unless told."""

    def write(*rows: dict) -> Path:
        rows = [{"name": f"clip{number}", "prompt": BOW, "seconds": 2} | row for number, row in enumerate(rows, 1)]
        with (tmp_path / "jobs.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)))
            writer.writeheader()
            writer.writerows(rows)
        return tmp_path / "jobs.csv"

    return write


@pytest.fixture
def run(addon, tmp_path, capfd):
    """Run a table in this process: its exit code and its reports."""

    def run(table: Path, *options: str) -> tuple[int, list[dict]]:
        capfd.readouterr()
        code = batch.main(["--batch", str(table), "--out", str(tmp_path / "out"), *options])
        return code, reports_in(capfd.readouterr().out)

    return run


def start(table: Path, out: Path) -> subprocess.Popen:
    """Run a table in a process of its own, which leads a group with its worker."""
    command = [sys.executable, "-m", "intermask_blender", "--batch", str(table), "--out", str(out)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=os.name != "nt")


def first_report(process: subprocess.Popen) -> dict:
    """What a process says first; Blender itself may have said something before."""
    return next(json.loads(line) for line in process.stdout if line.startswith("{"))


def reports_in(said: str) -> list[dict]:
    """The lines of ours in what was printed."""
    return [json.loads(line) for line in said.splitlines() if line.startswith("{")]


def column(reports: list[dict], name: str) -> list:
    return [report[name] for report in reports]


def test_killed_in_the_middle_it_goes_on_with_what_is_left(table, rough, run, tmp_path):
    jobs, out = table(*[{"blend": rough}] * 4), tmp_path / "out"
    first = start(jobs, out)
    done = first_report(first)
    assert (done["name"], done["status"], done["outputs"]) == ("clip1", "done", ["clip1.blend"])
    time.sleep(0.3)  # somewhere in the second
    first.kill()
    rest = reports_in(first.communicate()[0])
    (out / ".1-clip4.blend").touch()  # as if it had died while that file was written
    made = {path.name: path.stat().st_mtime_ns for path in out.glob("clip*")}

    code, reports = run(jobs)
    assert code == 0
    assert column(reports, "name") == ["clip1", "clip2", "clip3", "clip4"]
    known = {"clip1", *column(rest, "name")} & {name.removesuffix(".json") for name in made if name.endswith(".json")}
    assert known and {report["name"] for report in reports if report["status"] == "kept"} >= known
    assert column(reports, "status").count("done") + column(reports, "status").count("kept") == 4
    assert "done" in column(reports, "status")
    for name in known:  # not made twice
        assert (out / f"{name}.blend").stat().st_mtime_ns == made[f"{name}.blend"]
    assert {path.name for path in out.glob("clip*.blend")} == {f"clip{number}.blend" for number in range(1, 5)}
    assert not [path.name for path in out.iterdir() if path.name.startswith(".") and path.suffix == ".blend"]


def test_two_processes_share_a_table(table, rough, run, tmp_path):
    jobs = table(*[{"blend": rough}] * 3)
    other = start(jobs, tmp_path / "out")
    code, reports = run(jobs)
    reports += reports_in(other.communicate()[0])
    assert code == other.returncode == 0
    assert sorted(report["name"] for report in reports if report["status"] == "done") == ["clip1", "clip2", "clip3"]
    assert set(column(reports, "status")) <= {"done", "kept", "busy"}


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_ctrl_c_stops_it_and_leaves_nothing_half_written(table, rough, tmp_path):
    process = start(table(*[{"blend": rough}] * 4), tmp_path / "out")
    first_report(process)
    os.kill(process.pid, signal.SIGINT)
    assert len(reports_in(process.communicate()[0])) < 3
    assert process.returncode == batch.STOPPED
    assert {path.suffix for path in (tmp_path / "out").glob(".*")} == {".lock"}


def test_bad_rows_are_told_and_the_rest_goes_on(table, rough, run):
    jobs = table(
        {"seconds": "abc", "first_person": "C"},
        {"name": "a/b"},
        {"blend": rough},
        {"name": "CLIP3"},
        {"prompt": ""},
        {"blend": "gone.blend"},
        {"person_a": "Hero"},
        {"blend": rough, "person_a": "Hero"},
        {"blend": rough, "seconds": 999},
        {"react": "yes"},
        {"seed": "-1", "outputs": "blend doc"},
        {"model": "nobody"},
    )
    code, reports = run(jobs)
    assert code == 1
    assert column(reports, "status") == ["bad"] * 2 + ["done"] + ["bad"] * 9
    assert column(reports, "line") == list(range(2, 14)) and column(reports, "row") == list(range(1, 13))
    words = ["seconds", "a/b", "", "line 4", "prompt", "gone.blend", "column blend", "no armature", "999", "person_a"]
    for report, word in zip(reports, [*words, "doc", "nobody"], strict=True):
        assert word in report["error"], report
    assert "first_person" in reports[0]["error"] and "seed" in reports[10]["error"]
    assert run(jobs, "--exit-zero")[0] == 0
    code, summary = run(jobs, "--summary")
    assert code == 1 and column(summary, "status") == column(reports, "status")
    assert column(summary, "error") == column(reports, "error")


def test_what_has_changed_is_made_again(table, rough, run, tmp_path):
    row = {"blend": rough}
    assert column(run(table(row, row))[1], "error") == ["", ""]
    assert column(run(table(row, row))[1], "status") == ["kept", "kept"]
    assert column(run(table(row, row | {"seed": 1}))[1], "status") == ["kept", "done"]
    (tmp_path / "out" / "clip1.blend").unlink()
    code, reports = run(table(row, row | {"seed": 1}), "--summary")
    assert code == 1 and column(reports, "status") == ["missing", "done"]
    assert column(run(table(row, row | {"seed": 1}))[1], "status") == ["done", "kept"]
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / rough))
    bpy.context.scene.render.fps = 24
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / rough))
    assert column(run(table(row, row | {"seed": 1}), "--rows", "2")[1], "status") == ["done"]


def test_characters_of_a_file_play_it_and_their_own_file_stays(table, characters, run, tmp_path):
    before = (tmp_path / characters).read_bytes()
    row = {
        "blend": characters,
        "person_a": "Hero",
        "person_b": "Villain",
        "outputs": "glb fbx, blend bvh png",
        "seed": 7,
    }
    code, (report,) = run(table(row | {"outputs": "glb fbx, blend bvh png"}))
    assert (code, report["error"]) == (0, "")
    exported = ["clip1_A.fbx", "clip1_B.fbx", "clip1_A.bvh", "clip1_B.bvh", "clip1.glb"]
    assert report["outputs"] == ["clip1.blend", *exported, "clip1.png"]
    assert all((tmp_path / "out" / name).stat().st_size > 5_000 for name in report["outputs"])
    assert (tmp_path / characters).read_bytes() == before

    made = tmp_path / "out" / "clip1.blend"
    code, (report,) = run(table(row | {"blend": str(made)}))
    assert (code, report["status"]) == (1, "bad") and "would replace" in report["error"]

    bpy.ops.wm.open_mainfile(filepath=str(made))
    scene = bpy.context.scene
    (take,) = scene.intermask.takes
    assert (take.prompt, take.seed, take.start, take.end) == (BOW, 7, 1, 60)
    assert {thing.name for thing in scene.objects} == {"Hero", "Villain"}
    for name in ("Hero", "Villain"):
        assert np.ptp(actor.read_actor(scene.objects[name], scene, 1, 60).rotations, axis=0).max() > 0.01
    assert bpy.data.actions["By hand"]


def test_a_partner_for_who_moves_already(table, characters, run, tmp_path):
    row = {"prompt": "", "seconds": "", "react": "yes", "blend": characters, "person_a": "Hero"}
    code, (report,) = run(table(row))
    assert (code, report["error"]) == (0, "")
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "out" / "clip1.blend"))
    scene = bpy.context.scene
    (take,) = scene.intermask.takes
    assert (take.start, take.end) == (1, 60)
    assert scene.objects["Hero"].animation_data.action.name == "By hand"
    assert scene.objects["Person B"].animation_data.action["intermask_take"] == take.id


def test_new_characters_in_an_empty_scene(table, run, tmp_path):
    code, (report,) = run(table({}))
    assert (code, report["error"]) == (0, "")
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "out" / "clip1.blend"))
    scene = bpy.context.scene
    assert (scene.frame_start, scene.frame_end, scene.render.fps) == (1, 60, 30)
    assert {thing.name for thing in scene.objects if thing.type == "ARMATURE"} == {"Person A", "Person B"}


def test_an_engine_that_fails_is_no_bad_row(table, rough, run, monkeypatch, tmp_path):
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexit 3\n")
    python.chmod(0o755)
    monkeypatch.setenv("INTERMASK_ENGINE_PYTHON", str(python))
    queue.close()
    jobs = table({"blend": rough})
    code, (report,) = run(jobs, "--exit-zero")
    assert (code, report["status"]) == (1, "failed") and "engine" in report["error"]
    monkeypatch.undo()
    assert column(run(jobs)[1], "status") == ["done"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "can't be read"),
        ("", "no column name"),
        ("name,prompts\n", "no column prompt"),
        ("name,prompt,mood\na,b,c\n", '"mood"'),
        ("name,prompt,name\na,b,c\n", 'twice: "name"'),
        ("name,prompt\n", "has no rows"),
        ("name,prompt\na,They bow.\n", "rows 1 to 1"),
    ],
)
def test_a_table_that_is_none_exits_with_2(text, words, addon, tmp_path, capsys):
    table = tmp_path / "jobs.csv"
    if text is not None:
        table.write_text(text)
    assert batch.main(["--batch", str(table), "--out", str(tmp_path / "out"), "--rows", "2-3"]) == batch.NOTHING_DONE
    said = capsys.readouterr()
    assert words in said.err and said.err.count("\n") == 1 and said.out == ""


def test_tables_of_spreadsheets_are_read(tmp_path, addon):
    table = tmp_path / "jobs.csv"
    table.write_bytes(
        'name;prompt;seed\r\ngrüße;"They bow; slowly.";\r\n;;\r\nzwei;They wave.;5;\r\n'.encode("utf-8-sig")
    )
    first, second = batch_table.read(table)
    assert (first.name, first.job.prompt, first.job.seed, first.line) == ("grüße", "They bow; slowly.", 0, 2)
    assert (second.number, second.line, second.job.seed) == (2, 4, 5)

    table.write_bytes(b"Name;Prompt ;Seconds;;\r\na;They bow.;2,5;;\r\nb;They bow.;0;;\r\nc;They bow.;;;oh\r\n")
    first, second, third = batch_table.read(table)
    assert (first.job.prompt, first.job.seconds, second.job.seconds) == ("They bow.", 2.5, 0)
    assert "more cells than columns" in third.fault

    table.write_text("name,prompt\ngrüße,They bow.\n", encoding="cp1252")
    with pytest.raises(errors.EngineError, match="UTF-8"):
        batch_table.read(table)


def test_a_folder_that_cannot_be_made_is_told(table, rough, tmp_path, addon, capsys):
    jobs = table({"blend": rough})
    assert batch.main(["--batch", str(jobs), "--out", str(jobs)]) == batch.NOTHING_DONE
    assert "can't be made" in capsys.readouterr().err


def test_a_row_is_for_one_process_only(tmp_path):
    with batch_records.Claims(tmp_path, Path("jobs.csv")) as claims, claims.claim(3) as ours:
        assert ours
        other = (
            "import sys; from pathlib import Path; from intermask_blender.batch_records import Claims\n"
            "claims = Claims(Path(sys.argv[1]), Path('jobs.csv'))\n"
            "for row in (3, 4):\n    with claims.claim(row) as ours: print(ours)"
        )
        said = subprocess.run([sys.executable, "-c", other, tmp_path], cwd=ROOT, capture_output=True, text=True)
        assert said.stdout.split()[-2:] == ["False", "True"], said.stderr
