"""The table of a batch: a CSV file with a job in every row, each checked for itself."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import core, models
from .core import errors
from .export.presets import FBX

OUTPUTS = ("blend", "fbx", "bvh", "glb", "png")


@dataclass(frozen=True)
class Job:
    """One clip to make. Its files are called after its name."""

    name: str
    prompt: str
    seconds: float | None  # None: as long as the motion that a reaction goes with
    seed: int
    model: str
    blend: Path | None  # the file with the characters; None: an empty scene
    person_a: str  # name of an armature in it; "": a new character
    person_b: str
    first_person: str  # "A" or "B"
    react: bool  # person A keeps their own motion
    outputs: tuple[str, ...]  # of OUTPUTS, in their order
    preset: str  # of export.presets, for FBX files


@dataclass(frozen=True)
class Row:
    """A row of the table: a job, or what is wrong with it."""

    number: int  # from 1; neither the headings nor empty rows count
    line: int  # of the file
    name: str
    job: Job | None
    fault: str = ""


def read(path: Path) -> list[Row]:
    """All rows of a table, one at least.

    Raises EngineError if it is no table of jobs; what is wrong with one row is that row's fault.
    """
    rows = []
    for number, row in enumerate(core.job_table.read_table(path, COLUMNS), 1):
        job, faults = _job(row.texts, path.parent)
        faults += row.faults
        rows.append(Row(number, row.line, row.texts.get("name", ""), None if faults else job, " ".join(faults)))
    return rows


def chosen(rows: list[Row], parts: str) -> list[Row]:
    """The rows that a text like "3", "10-19" or "1-3,8" names by their numbers. Raises EngineError."""
    numbers = []
    for part in parts.split(","):
        ends = re.fullmatch(r"\s*(\d+)\s*(?:(?:-|\.\.)\s*(\d+)\s*)?", part)
        if ends is None:
            raise errors.EngineError(f'"{parts}" names no rows: write, for example, 3 or 10-19 or 1-3,8.')
        first, last = int(ends[1]), int(ends[2] or ends[1])
        if not 1 <= first <= last <= len(rows):
            raise errors.EngineError(f"There are no rows {part.strip()}: the table has rows 1 to {len(rows)}.")
        numbers += range(first, last + 1)
    return [rows[number - 1] for number in dict.fromkeys(numbers)]


def _job(texts: dict[str, str], folder: Path) -> tuple[Job | None, list[str]]:
    """The job of a row, or None, and all that is wrong with it. folder: where the table lies."""
    values, faults = {}, []
    for column, parse in COLUMNS.items():
        try:
            values[column] = parse(texts.get(column, ""), folder)
        except errors.EngineError as error:
            faults.append(str(error))
    if faults:
        return None, faults
    if values["react"]:
        faults += _faults_of_a_reaction(values)
    else:
        values["seconds"] = 3.0 if values["seconds"] is None else values["seconds"]
        if not values["prompt"]:
            faults.append("The prompt is empty: say what the two people do.")
    if (values["person_a"] or values["person_b"]) and values["blend"] is None:
        faults.append("person_a and person_b are names of armatures in a file: give it in the column blend.")
    return Job(**values), faults


def _faults_of_a_reaction(values: dict) -> list[str]:
    faults = []
    if not values["person_a"]:
        faults.append("A reaction needs person_a: the armature that moves already.")
    if values["seconds"] is not None:
        faults.append("A reaction lasts as long as the motion of person_a: leave seconds empty.")
    if values["first_person"] != "A":
        faults.append("In a reaction the first person is A: leave first_person empty.")
    return faults


def _name(text: str, _folder: Path) -> str:
    return core.job_table.parse_name(text)


def _seconds(text: str, _folder: Path) -> float | None:
    return core.job_table.parse_seconds(text)


def _seed(text: str, _folder: Path) -> int:
    return core.job_table.parse_seed(text)


def _blend(text: str, folder: Path) -> Path | None:
    if not text:
        return None
    path = (folder / text).resolve()
    if not path.is_file():
        raise errors.EngineError(f"There is no file {path}.")
    return path


def _model(text: str, _folder: Path) -> str:
    models.folder(text or models.STARTER)
    return text or models.STARTER


def _outputs(text: str, _folder: Path) -> tuple[str, ...]:
    kinds = text.lower().replace(",", " ").split() or ["blend"]
    unknown = [kind for kind in kinds if kind not in OUTPUTS]
    if unknown:
        known = ", ".join(OUTPUTS)
        raise errors.EngineError(f"outputs names {', '.join(unknown)}: there are {known}, with spaces between.")
    return tuple(kind for kind in OUTPUTS if kind in kinds)


def _text(text: str, _folder: Path) -> str:
    return text


def _one_of(column: str, words: dict) -> Callable[[str, Path], object]:
    def parse(text: str, _folder: Path):
        if text.lower() not in words:
            known = " or ".join(word for word in words if word)
            raise errors.EngineError(f'{column} is "{text}": write {known}, or leave it empty.')
        return words[text.lower()]

    return parse


# Column -> what a cell of it means: a function of its text and the table's folder that raises EngineError.
COLUMNS = {
    "name": _name,
    "prompt": _text,
    "seconds": _seconds,
    "seed": _seed,
    "model": _model,
    "blend": _blend,
    "person_a": _text,
    "person_b": _text,
    "first_person": _one_of("first_person", {"": "A", "a": "A", "b": "B"}),
    "react": _one_of("react", {"": False, "no": False, "yes": True}),
    "outputs": _outputs,
    "preset": _one_of("preset", {"": FBX[0]} | {preset.lower(): preset for preset in FBX}),
}
