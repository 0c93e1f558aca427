"""The weights that others have published, and what of them is in the user's folder of models.

No torch here: Blender itself shows the catalogue, downloads, checks and removes.
"""

import shutil
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from .downloads import download, sha256_of
from .errors import EngineError
from .model_folders import STARTER

CATALOGUE = STARTER.parent / "catalogue.toml"
SUMS = "SHA256SUMS"  # in a model directory, as the program sha256sum reads it
LICENCE = "LICENCE.txt"  # the terms, there since they were accepted
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class File:
    """A file that a program may fetch. path: inside the folder of its weights; size: bytes; sha256: as published."""

    path: str
    url: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Weights:
    """An entry of the catalogue; weights/catalogue.toml says what the fields mean. name: also that of the folder."""

    name: str
    title: str
    use: str
    page: str
    licence: str
    terms: str
    size: int
    browser: str = ""
    files: tuple[File, ...] = ()

    def by_hand(self) -> str:
        """What to do where a browser is needed, in a sentence."""
        return (
            f"{self.title} lies where a browser is needed: open {self.page}, download {self.browser}; then run"
            " python -m engine import-weights or press Import in the add-on's Preferences (see docs/models-install.md)."
        )


def load_catalogue(path: Path = CATALOGUE) -> dict[str, Weights]:
    """The entries by their names. Raises EngineError if the file is not a catalogue."""
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
        return {name: _weights(name, table) for name, table in tables.items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise EngineError(f"{path} is not a catalogue of weights ({error}).") from error


def _weights(name: str, table: dict) -> Weights:
    files = tuple(File(**file) for file in table.pop("files", ()))
    return Weights(name, files=files, **table)


def installed(models: Path) -> list[str]:
    """The names of what is in a folder of models, complete or on its way."""
    return sorted(path.name for path in models.iterdir() if _is_ours(path)) if models.is_dir() else []


def complete(weights: Weights, models: Path) -> bool:
    """Whether weights are there whole, as far as names and sizes tell."""
    folder = models / weights.name
    if not weights.files:
        return (folder / "config.json").exists()
    sizes = {file.path: file.size for file in weights.files}
    return all((folder / path).is_file() and (folder / path).stat().st_size == size for path, size in sizes.items())


def accepted(weights: Weights, models: Path) -> bool:
    """Whether the terms were accepted before."""
    return (models / weights.name / LICENCE).exists()


def get(weights: Weights, models: Path, on_progress: Progress) -> Path:
    """Download what is missing of weights whose terms the user has accepted. Returns their folder.

    on_progress(bytes, bytes in all): what it raises ends the work, and what has arrived is kept. Raises EngineError.
    """
    if not weights.files:
        raise EngineError(weights.by_hand())
    folder, total, done = models / weights.name, sum(file.size for file in weights.files), 0
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / LICENCE).write_text(f"{weights.title}\n{weights.page}\n{weights.terms}\n", "utf-8")
        for file in weights.files:
            tell = partial(_tell, on_progress, done, total)
            download(file.url, folder / file.path, file.size, file.sha256, tell)
            done += file.size
    except OSError as error:
        raise EngineError(f"{folder} can't be written to ({error.strerror}): choose another folder.") from error
    return folder


def _tell(on_progress: Progress, before: int, total: int, now: int) -> None:
    on_progress(before + now, total)


def verify(name: str, models: Path, catalogue: dict[str, Weights], on_progress: Progress) -> int:
    """Compare every file of weights that are there with its checksum. Returns how many files were compared.

    on_progress(files compared, files in all). Raises EngineError for the first one that is missing or differs.
    """
    folder = _folder(name, models)
    sums = _sums(folder, catalogue.get(name))
    for number, (path, expected) in enumerate(sums.items()):
        on_progress(number, len(sums))
        if not (folder / path).is_file():
            raise EngineError(f"{folder / path} is missing: get or import {name} again.")
        if sha256_of(folder / path) != expected:
            raise EngineError(f"{folder / path} is damaged (its checksum differs): remove {name} and get it again.")
    return len(sums)


def remove(name: str, models: Path) -> int:
    """Delete weights from a folder of models. Returns the bytes freed. Raises EngineError if they are not there."""
    folder = _folder(name, models)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    doomed = folder.with_name(f".{folder.name}.old")
    try:
        shutil.rmtree(doomed, ignore_errors=True)
        folder.rename(doomed)  # all of it or, where a program holds a file open, nothing
    except OSError as error:
        raise EngineError(f"{folder} can't be removed ({error.strerror}): close what uses it and try again.") from error
    shutil.rmtree(doomed, ignore_errors=True)
    return size


def _is_ours(path: Path) -> bool:
    """Whether a folder holds a model directory or weights of a catalogue."""
    return not path.name.startswith(".") and any((path / name).exists() for name in ("config.json", LICENCE))


def _folder(name: str, models: Path) -> Path:
    if name not in installed(models):
        raise EngineError(f'"{name}" is not in {models}.')
    return models / name


def _sums(folder: Path, weights: Weights | None) -> dict[str, str]:
    """The checksums of a folder's files: the published ones, else those that were taken when they were imported."""
    if weights and weights.files:
        return {file.path: file.sha256 for file in weights.files}
    try:
        lines = (folder / SUMS).read_text("utf-8").splitlines()
        return {path: digest for digest, path in (line.split("  ", 1) for line in lines)}
    except (OSError, ValueError) as error:
        raise EngineError(f"{folder} has no checksums ({SUMS}) to compare its files with.") from error
