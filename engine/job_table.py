"""Reads tables of clips to make: CSV with headings, as editors and spreadsheet programs write it."""

import csv
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from .errors import EngineError

MAX_SEED = 2**31 - 1
LONGEST_NAME = 100
# What some file system refuses (Windows keeps names such as CON for itself), and a dot in front, which hides a file.
NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|\x00-\x1f]|^\.|[. ]$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)', re.IGNORECASE)


@dataclass(frozen=True)
class TableRow:
    """A row of a table: its line in the file, its cells by heading, and what is wrong with it as a row."""

    line: int
    texts: dict[str, str]
    faults: list[str]


def read_table(path: Path, columns: Collection[str]) -> list[TableRow]:
    """All rows that are not empty, one at least; of `columns`, name and prompt must be there, names only once.

    Raises EngineError if it is no such table; what is wrong with one row is that row's fault.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            separator = max(",;\t", key=file.readline().count)
            file.seek(0)
            reader = csv.reader(file, delimiter=separator)
            headings = [heading.strip().lower() for heading in next(reader, [])]
            filled = [(reader.line_num, cells) for cells in reader if "".join(cells).strip()]
    except UnicodeDecodeError as error:
        raise EngineError(f'The table {path} is not in UTF-8: save it as "CSV UTF-8".') from error
    except (OSError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise EngineError(f"The table {path} can't be read ({reason}).") from error
    while headings and not headings[-1]:  # spreadsheet programs write columns that were filled once
        headings.pop()
    _check_columns(path, headings, columns)
    if not filled:
        raise EngineError(f"The table {path} has no rows: write one for each clip.")
    rows, lines = [], {}
    for line, cells in filled:
        texts = {heading: cell.strip() for heading, cell in zip(headings, cells, strict=False)}
        faults = []
        if "".join(cells[len(headings) :]).strip():
            faults.append("There are more cells than columns: put texts with commas in quotes.")
        name = texts.get("name", "")
        earlier = lines.setdefault(name.casefold(), line)
        if name and earlier != line:
            faults.append(f'The name "{name}" is that of line {earlier} already: give each row its own.')
        rows.append(TableRow(line, texts, faults))
    return rows


def parse_name(text: str) -> str:
    """A cell that names files. Raises EngineError."""
    if not text or len(text) > LONGEST_NAME or NOT_IN_NAMES.search(text):
        raise EngineError(f'"{text}" can\'t be the name of files: use letters, digits, - and _.')
    return text


def parse_seconds(text: str) -> float | None:
    """A cell with a length; None if it is empty. Raises EngineError."""
    try:
        return float(text.replace(",", ".")) if text else None
    except ValueError as error:
        raise EngineError(f'seconds is "{text}": give a number, such as 2.5.') from error


def parse_seed(text: str) -> int:
    """A cell with a seed, 0 if it is empty. Raises EngineError."""
    if not re.fullmatch(r"\d{0,10}", text, re.ASCII) or int(text or 0) > MAX_SEED:
        raise EngineError(f'seed is "{text}": give a whole number from 0 to {MAX_SEED}.')
    return int(text or 0)


def _check_columns(path: Path, headings: list[str], columns: Collection[str]) -> None:
    missing = [name for name in ("name", "prompt") if name not in headings]
    unknown = [f'"{name}"' for name in headings if name not in columns]
    twice = [f'"{name}"' for name in columns if headings.count(name) > 1]
    if missing:
        raise EngineError(f"The table {path} has no column {' and no column '.join(missing)} in its first line.")
    if unknown:
        known = ", ".join(columns)
        raise EngineError(f"The table {path} has unknown columns: {', '.join(unknown)}. There are {known}.")
    if twice:
        raise EngineError(f"The table {path} has columns twice: {', '.join(twice)}. Keep one of each.")
