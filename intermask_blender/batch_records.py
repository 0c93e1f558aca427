"""What a batch remembers in its folder: a record beside the files of every job, and who is at work on which row."""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

from .batch_table import Job
from .core import files

if os.name == "nt":
    import msvcrt
else:
    import fcntl


def read(folder: Path, job: Job) -> dict | None:
    """The last report on this very job; None if there is none, the job has changed since, or its files are gone."""
    try:
        record = json.loads(_path(folder, job.name).read_text(encoding="utf-8"))
        there = all((folder / name).is_file() for name in record["outputs"])
        return record if there and record.pop("key") == _key(job) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write(folder: Path, job: Job, report: dict) -> None:
    """Keep a report on a job: its status, the files it made in the folder ("outputs"), and more. Raises OSError."""
    with files.replacing(_path(folder, job.name)) as partial:
        Path(partial).write_text(json.dumps({"key": _key(job)} | report), encoding="utf-8")


def forget(folder: Path, job: Job) -> None:
    """Have no report on a job, while its files are being replaced. Raises OSError."""
    _path(folder, job.name).unlink(missing_ok=True)


def _key(job: Job) -> str:
    """What changes when anything does that a job is made of: the row, or the file with the characters."""
    what = asdict(job) | {"blend": job.blend and _digest(job.blend, job.blend.stat().st_mtime_ns)}
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()


@lru_cache(maxsize=64)
def _digest(path: Path, _changed: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name}.json"


class Claims:
    """Which rows of a table this process works on: a lock on a byte of one file for each.

    The system itself takes a lock back when its process dies, however it does.
    """

    def __init__(self, folder: Path, table: Path):
        self._file = (folder / f".{table.name}.lock").open("ab")

    def __enter__(self) -> "Claims":
        return self

    def __exit__(self, *exception) -> None:
        self._file.close()

    @contextlib.contextmanager
    def claim(self, number: int) -> Iterator[bool]:
        """Have a row for oneself. Gives whether that is so: False if another process has it."""
        try:
            self._lock(number)
        except (BlockingIOError, PermissionError):
            yield False
            return
        except OSError:  # the folder is on a share without locks
            yield True
            return
        try:
            yield True
        finally:
            self._unlock(number)

    if os.name == "nt":

        def _lock(self, number: int) -> None:
            self._file.seek(number)
            msvcrt.locking(self._file.fileno(), msvcrt.LK_NBLCK, 1)

        def _unlock(self, number: int) -> None:
            self._file.seek(number)
            msvcrt.locking(self._file.fileno(), msvcrt.LK_UNLCK, 1)

    else:

        def _lock(self, number: int) -> None:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, number)

        def _unlock(self, number: int) -> None:
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, number)
