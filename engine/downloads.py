"""Downloads one file: goes on where it broke off, keeps only what has the right checksum. Python's own library alone.

What has arrived lies beside the file under its name and ".part".
"""

import errno
import hashlib
import shutil
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path

from .errors import EngineError

BLOCK = 1 << 20
TIMEOUT = 30.0  # seconds without a byte
AGAIN = "try again, and it goes on from there"


def download(url: str, path: Path, size: int, sha256: str, on_progress: Callable[[int], None]) -> None:
    """Have the file of `size` bytes and this checksum at `path`, which may be there in part or whole.

    on_progress(bytes): how many are there; what it raises ends the work. A broken connection is taken up again for as
    long as that brings something. Raises EngineError, and OSError for a folder that can't be written to.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    if path.is_file():
        path.replace(part)  # nothing is fetched if it is whole
    if _size(part) > size:
        part.unlink()
    _check_space(path, size - _size(part))
    before = -1
    while (have := _size(part)) < size:
        if have == before:
            raise EngineError(f"The download of {path.name} broke off after {have / 1e6:.0f} MB: {AGAIN}.")
        before = have
        _fetch(url, part, size, on_progress)
    on_progress(size)
    if sha256_of(part) != sha256:
        part.unlink()
        raise EngineError(
            f"What came from {url} is not {path.name} as it was published (its checksum differs) and was deleted: try"
            " again; if that does not help, the file was replaced there or on the way."
        )
    part.replace(path)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fetch(url: str, part: Path, size: int, on_progress: Callable[[int], None]) -> None:
    """Append what one connection gives; whoever calls sees how far it came."""
    have = _size(part)
    request = urllib.request.Request(url, headers={"User-Agent": "intermask", "Range": f"bytes={have}-"})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT, context=_certificates()) as answer:
            goes_on = answer.status == HTTPStatus.PARTIAL_CONTENT
            have = have if goes_on else 0
            with open(part, "ab" if goes_on else "wb") as file:
                while have < size and (block := answer.read(min(BLOCK, size - have))):
                    file.write(block)
                    have += len(block)
                    on_progress(have)
    except urllib.error.HTTPError as error:
        raise EngineError(f"{url} can't be had: the server answers {error.code} ({error.reason}).") from error
    except (TimeoutError, ConnectionError, HTTPException, ssl.SSLError):
        return
    except urllib.error.URLError as error:
        raise EngineError(f"{url} can't be reached ({error.reason}): check the network and {AGAIN}.") from error
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise EngineError(f"The disk of {part.parent} is full: free some space and {AGAIN}.") from error
        raise


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _check_space(path: Path, needed: int) -> None:
    free = shutil.disk_usage(path.parent).free
    if free < needed:
        raise EngineError(
            f"{path.name} needs {needed / 1e9:.1f} GB more, {free / 1e9:.1f} GB is free on the disk of {path.parent}:"
            f" free some space and {AGAIN}."
        )


def _certificates() -> ssl.SSLContext:
    """The system's certificates, and those of Blender's own Python, which on some systems finds no others."""
    context = ssl.create_default_context()
    with suppress(ImportError):
        import certifi

        context.load_verify_locations(certifi.where())
    return context
