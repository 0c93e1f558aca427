"""Which clips are to be made: a text file with a sentence on every line, or a table (.csv) with a clip in every row."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import EngineError
from ..job_table import parse_name, parse_seconds, parse_seed, read_table

COLUMNS = ("name", "prompt", "seconds", "seed")


@dataclass(frozen=True)
class Clip:
    """A clip to make; its file is called after its name."""

    name: str
    prompt: str
    seconds: float
    seed: int


@dataclass(frozen=True)
class Failure:
    """Why a clip was not made, in a sentence."""

    name: str
    prompt: str
    error: str


def read_prompts(path: Path, seconds: float, seed: int) -> tuple[list[Clip], list[Failure]]:
    """The clips of a list, and the rows of a table that say none. seconds, seed: where the list does not say them.

    Clips of a text file are called by their line: 00001. Raises EngineError for a list that can't be read.
    """
    if path.suffix.lower() != ".csv":
        lines = enumerate(_lines(path), 1)
        return [Clip(f"{number:05}", line.strip(), seconds, seed) for number, line in lines if line.strip()], []
    clips, failures = [], []
    for row in read_table(path, COLUMNS):
        name, prompt = row.texts.get("name", ""), row.texts.get("prompt", "")
        try:
            if row.faults:
                raise EngineError(" ".join(row.faults))
            length = parse_seconds(row.texts.get("seconds", ""))
            number = row.texts.get("seed", "")
            length, number = seconds if length is None else length, parse_seed(number) if number else seed
            clips.append(Clip(parse_name(name), prompt, length, number))
        except EngineError as error:
            failures.append(Failure(name or f"line {row.line}", prompt, str(error)))
    return clips, failures


def _lines(path: Path) -> Sequence[str]:
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise EngineError(f"The list {path} is not in UTF-8: save it as UTF-8.") from error
    except OSError as error:
        raise EngineError(f"The list {path} can't be read ({error.strerror}).") from error
    if not any(line.strip() for line in lines):
        raise EngineError(f"The list {path} is empty: write a sentence on every line.")
    return lines
