"""The job type for Flamenco, run in a real JavaScript engine: its tasks are command lines that we understand."""

import json
from pathlib import Path
from types import SimpleNamespace

import bpy
import dukpy
import pytest

from intermask_blender import batch, batch_table

SCRIPT = Path(batch.__file__).parent / "flamenco" / "intermask.js"
# Flamenco's own objects, as far as job types see them. Of frameChunker this knows one range only: "1-25".
FLAMENCO = """
const author = {
    Task: function (name, type) {
        return { name: name, type: type, commands: [], dependencies: [],
                 addCommand: function (command) { this.commands.push(command); },
                 addDependency: function (task) { this.dependencies.push(task.name); } };
    },
    Command: function (name, parameters) { return { name: name, parameters: parameters }; },
};
function frameChunker(range, size) {
    const ends = range.split("-").map(Number), chunks = [];
    for (let first = ends[0]; first <= ends[1]; first += size) {
        const last = Math.min(first + size - 1, ends[1]);
        chunks.push(first === last ? "" + first : first + "-" + last);
    }
    return chunks;
}
"""


def run_script(expression: str, **values):
    """What an expression is once the script has been read; `dukpy` in it holds the values."""
    return dukpy.evaljs([FLAMENCO, SCRIPT.read_text(encoding="utf-8"), expression], **values)


def tasks_of(settings: dict) -> list[dict]:
    """The tasks of a job, in order."""
    return run_script(
        """
        const job = { settings: dukpy.settings, tasks: [], addTask: function (task) { this.tasks.push(task); } };
        compileJob(job);
        job.tasks
        """,
        settings=settings,
    )


@pytest.fixture
def table(tmp_path):
    """A table of 25 rows, with an empty one among them and a text of two lines, as spreadsheets write it."""
    rows = [f'clip{number},"They bow,\nand go."' for number in range(25)]
    path = tmp_path / "the jobs.csv"
    path.write_text("name,prompt\r\n" + "\r\n".join([*rows[:5], ",", *rows[5:]]) + "\r\n,\r\n", encoding="utf-8-sig")
    return path


def test_rows_are_spread_and_counted_at_the_end(table, addon):
    settings = {"table": str(table), "out": "/clips", "rows": "1-25", "chunk_size": 10}
    tasks = tasks_of(settings)
    assert [task["name"] for task in tasks] == ["rows-1-10", "rows-11-20", "rows-21-25", "summary"]
    assert [task["dependencies"] for task in tasks] == [[], [], [], ["rows-1-10", "rows-11-20", "rows-21-25"]]
    assert {task["type"] for task in tasks} == {"blender"}

    numbers = []
    for task in tasks:
        (command,) = task["commands"]
        assert command["name"] == "exec" and command["parameters"]["exe"] == "{blender}"
        assert command["parameters"]["args"][:2] == ["--command", "intermask"]
        options = batch.parser().parse_args(command["parameters"]["args"][2:])
        assert (options.batch, options.out) == (table, Path("/clips"))
        rows = [row.number for row in batch_table.chosen(batch_table.read(table), options.rows)]
        if task["name"] == "summary":
            assert options.summary and not options.exit_zero and rows == list(range(1, 26))
        else:
            assert options.exit_zero and not options.summary
            numbers += rows
    assert numbers == list(range(1, 26))


def test_the_settings_are_those_that_flamenco_knows(table, addon):
    job_type = run_script("JOB_TYPE")
    settings = {setting["key"]: setting for setting in job_type["settings"]}
    known = {"key", "type", "subtype", "required", "visible", "eval", "evalInfo", "description", "default", "propargs"}
    assert job_type["label"] and not set().union(*settings.values()) - known
    assert {setting["type"] for setting in settings.values()} <= {"string", "int32"}
    assert json.dumps(settings["chunk_size"]["default"]) == "10"
    names = {"settings": SimpleNamespace(table=str(table)), "Path": Path, "bpy": bpy}
    assert eval(settings["rows"]["eval"], names) == f"1-{len(batch_table.read(table))}" == "1-25"
