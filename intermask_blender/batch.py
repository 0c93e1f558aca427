"""Many clips from a table, for farms: each row a job, made as the panel makes it.

python -m intermask_blender --batch jobs.csv --out clips
"""

import argparse
import contextlib
import json
import os
import signal
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import bpy

from . import batch_records, batch_table, register
from .batch_clip import BadRow, make
from .core import errors
from .engine_process import find_python

COUNTED = {"done": 0, "kept": 0, "busy": 0, "missing": 1, "bad": 1, "failed": 1}  # status -> exit code
NOTHING_DONE = 2
STOPPED = 130


def main(arguments: list[str]) -> int:
    """Run the command line. Returns the exit code.

    0: every job is done; 1: some are not; 2: none was begun, for the reason on stderr; 130: stopped by Ctrl-C.
    Raises SystemExit with code 2 for wrong usage.
    """
    options = parser().parse_args(arguments)
    if not hasattr(bpy.types.Scene, "intermask"):
        register()
    try:
        rows = batch_table.read(options.batch)
        rows = batch_table.chosen(rows, options.rows) if options.rows else rows
        _make_folder(options.out)
        if not options.summary:
            find_python()
        with _claimed_stdout() as lines:
            reports = _summary(rows, options.out) if options.summary else _run(rows, options.out, options.batch)
            return _tell(reports, lines, options.exit_zero)
    except (errors.EngineError, OSError) as error:
        print(f"intermask: {error}", file=sys.stderr)
        return NOTHING_DONE
    except KeyboardInterrupt:
        print("intermask: stopped; the same command goes on.", file=sys.stderr)
        return STOPPED


def parser() -> argparse.ArgumentParser:
    """What can be said on the command line."""
    parser = argparse.ArgumentParser("intermask_blender", description="A table of sentences becomes a folder of clips.")
    parser.add_argument("--batch", type=Path, required=True, metavar="JOBS.csv", help="a table with a job in every row")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder for the files of all jobs")
    parser.add_argument("--rows", metavar="10-19", help="only these rows, the first below the headings being 1")
    parser.add_argument("--summary", action="store_true", help="make nothing, only say how far all jobs are")
    parser.add_argument(
        "--exit-zero", action="store_true", help="exit with 0 for bad rows too, which a later --summary will count"
    )
    return parser


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise errors.EngineError(f"The folder {folder} can't be made ({error.strerror}): name another.") from error


@contextlib.contextmanager
def _claimed_stdout() -> Iterator[TextIO]:
    """Keep stdout for our lines alone: what Blender and its exporters print goes to stderr meanwhile."""
    sys.stdout.flush()
    own = os.dup(1)
    os.dup2(2, 1)
    try:
        with open(own, "w", encoding="utf-8", closefd=False) as lines, contextlib.redirect_stdout(sys.stderr):
            yield lines
    finally:
        os.dup2(own, 1)
        os.close(own)


def _tell(reports: Iterator[dict], lines: TextIO, exit_zero: bool) -> int:
    """Print the reports as they come, each as a line of JSON, and their sum on stderr. Returns the exit code."""
    counts = Counter()
    for report in reports:
        print(json.dumps(report), file=lines, flush=True)
        counts[report["status"]] += 1
    print(f"intermask: {', '.join(f'{count} {status}' for status, count in counts.items())}.", file=sys.stderr)
    return max(0 if exit_zero and status == "bad" else COUNTED[status] for status in counts)


def _summary(rows: list[batch_table.Row], folder: Path) -> Iterator[dict]:
    """How far all jobs are, by their records."""
    for row in rows:
        if row.job is None:
            yield _report(row, "bad", error=row.fault)
        else:
            yield _report(row, **(batch_records.read(folder, row.job) or {"status": "missing"}))


def _run(rows: list[batch_table.Row], folder: Path, table: Path) -> Iterator[dict]:
    """Do what is still to be done. Raises KeyboardInterrupt for Ctrl-C."""
    with batch_records.Claims(folder, table) as claims, _remembered_interrupt() as interrupted:
        for count, row in enumerate(rows, 1):
            _say(f"{count} of {len(rows)}: {row.name or f'line {row.line}'}")
            with claims.claim(row.number) as ours:
                report = _done(row, folder) if ours else _report(row, "busy")
            _say(f"{report['status']} {report['error']}".strip())
            yield report
            if interrupted.is_set():
                raise KeyboardInterrupt


@contextlib.contextmanager
def _remembered_interrupt() -> Iterator[threading.Event]:
    """An event that tells of Ctrl-C: the exception itself is lost if it falls into a handler that Blender called."""
    interrupted = threading.Event()

    def interrupt(*_) -> None:
        interrupted.set()
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before or signal.SIG_DFL)  # None: Blender's own, which Python can't put back


def _done(row: batch_table.Row, folder: Path) -> dict:
    """The report on a row once it is done, or can't be."""
    if row.job is None:
        return _report(row, "bad", error=row.fault)
    known = batch_records.read(folder, row.job)
    if known and known["status"] == "done":
        return _report(row, **known | {"status": "kept"})
    began = time.monotonic()
    try:
        batch_records.forget(folder, row.job)
        paths, hint = make(row.job, folder)
        outcome = {"status": "done", "outputs": [path.name for path in paths], "hint": hint}
    except BadRow as error:
        outcome = {"status": "bad", "error": str(error)}
    except (errors.EngineError, OSError) as error:
        outcome = {"status": "failed", "error": str(error)}
    except Exception as error:  # a fault of ours must not end the batch
        traceback.print_exc(file=sys.stderr)
        sentence = f"Something went wrong in the add-on ({type(error).__name__}: {error}). Please report this."
        outcome = {"status": "failed", "error": sentence}
    report = {"outputs": [], "hint": "", "error": "", "seconds": round(time.monotonic() - began, 1)} | outcome
    try:
        batch_records.write(folder, row.job, report)
    except OSError as error:  # a full disk, say; without a record it will be made again
        report |= {"status": "failed", "error": str(error)}
    return _report(row, **report)


def _report(row: batch_table.Row, status: str, **known) -> dict:
    """What is printed of a row."""
    place = {"row": row.number, "line": row.line, "name": row.name, "status": status}
    return place | {"seconds": 0.0, "outputs": [], "hint": "", "error": ""} | known


def _say(text: str) -> None:
    print(f"intermask: {text}", file=sys.stderr, flush=True)
