"""Writes files whole or not at all."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path


def check_writable(path: Path) -> None:
    """Raise OSError, with a sentence, if a file can't be written at `path`."""
    if path.is_dir():
        raise OSError(f"{path} is a folder, not a file.")
    if not path.absolute().parent.is_dir():
        raise OSError(f"The folder {path.absolute().parent} does not exist.")
    try:
        tempfile.TemporaryFile(dir=path.absolute().parent).close()
    except OSError as error:
        raise OSError(f"The folder {path.absolute().parent} can't be written to ({error.strerror}).") from error


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[str]:
    """Give the path of a temporary sibling, of the same kind of file, that takes the place of `path` at the end.

    Raises OSError, with a sentence, if whoever writes it fails.
    """
    path = path.absolute()
    partial = path.with_name(f".{os.getpid()}-{path.name}")
    try:
        yield str(partial)
        os.replace(partial, path)
    except (OSError, RuntimeError) as error:  # RuntimeError: an operator of Blender's failed
        raise OSError(f"{path} could not be written ({reason(error)}).") from error
    finally:
        partial.unlink(missing_ok=True)


def reason(error: Exception) -> str:
    """The sentence in an error's text: operators of Blender's that are written in Python give a traceback."""
    lines = [line.strip() for line in str(error).splitlines() if not line.startswith("Location: ")]
    return next((line for line in reversed(lines) if line), type(error).__name__)
