"""The models that others have published: what is in the catalogue, and getting, importing, checking and removing them.

They lie in the user's folder of models. Threads do the work, see engine_status.
"""

import shutil
import tempfile
from functools import lru_cache
from pathlib import Path

from bpy.app.translations import pgettext_iface as iface_

from . import engine_process, engine_status, preferred
from .background_task import Task
from .core import ROOT, errors, weights_catalogue

# Run by the engine's Python: importing takes PyTorch.
IMPORT = """
import sys
from pathlib import Path
from engine.errors import EngineError
from engine.import_weights import import_release
try:
    print(import_release(Path(sys.argv[1]), Path(sys.argv[2])))
except EngineError as error:
    sys.exit(str(error))
"""


@lru_cache(maxsize=1)
def catalogue() -> dict:
    """The published models by their names; see weights_catalogue.Weights."""
    return weights_catalogue.load_catalogue()


def is_here(name: str) -> bool:
    """Whether one of the catalogue is complete."""
    return weights_catalogue.complete(catalogue()[name], preferred.models_folder())


def others() -> list[str]:
    """What else lies in the user's folder of models."""
    return [name for name in weights_catalogue.installed(preferred.models_folder()) if name not in catalogue()]


def licence_accepted(name: str) -> bool:
    """Whether the terms of one of the catalogue were accepted before."""
    return weights_catalogue.accepted(_entry(name), preferred.models_folder())


def get(name: str) -> None:
    """Begin to download one of the catalogue whose terms the user accepts. Raises EngineError if that can't begin."""
    entry, folder = _entry(name), preferred.models_folder()
    if not entry.files:
        raise errors.EngineError(entry.by_hand())
    engine_status.check_online()

    def work(task: Task) -> None:
        task.step = "Downloading"
        weights_catalogue.get(entry, folder, _progress(task))

    engine_status.start(work, lambda _: iface_("{name} was downloaded.").format(name=entry.title), "MODELS")


def import_release(release: Path) -> None:
    """Begin to make a model of a folder with published checkpoints. Raises EngineError if that can't begin."""
    python, folder = engine_process.find_python(), preferred.models_folder()
    words: list[str] = []

    def work(task: Task) -> str:
        task.step = "Importing the model"
        with tempfile.TemporaryDirectory(prefix="intermask-") as place:
            command = [python, "-s", "-c", IMPORT, release, folder]
            try:
                failed = task.run(command, words.append, Path(place), PYTHONPATH=str(ROOT))
            finally:
                for unfinished in folder.glob(".*.partial"):
                    shutil.rmtree(unfinished, ignore_errors=True)
        last = next((line for line in reversed(words) if line.strip()), "it said nothing")
        if failed:
            raise errors.EngineError(last)
        return last

    words_at_end = iface_("{name} was imported, for non-commercial use only: choose it in the sidebar under Model.")
    engine_status.start(work, lambda name: words_at_end.format(name=name), "MODELS")


def verify(name: str) -> None:
    """Begin to compare what is here with its checksums. Raises EngineError if that can't begin."""
    known, folder = catalogue(), preferred.models_folder()

    def work(task: Task) -> int:
        task.step = "Comparing checksums"
        return weights_catalogue.verify(name, folder, known, _progress(task))

    words = iface_("{name} is as it should be: {count} files have the right checksum.")
    engine_status.start(work, lambda count: words.format(name=name, count=count), "MODELS")


def remove(name: str) -> None:
    """Begin to remove what is here. Raises EngineError if that can't begin."""
    folder = preferred.models_folder()

    def work(task: Task) -> int:
        task.step = "Removing the model"
        return weights_catalogue.remove(name, folder)

    words = iface_("{name} was removed: {size:.1f} GB freed.")
    engine_status.start(work, lambda freed: words.format(name=name, size=freed / 1e9), "MODELS")


def _entry(name: str):
    if name not in catalogue():
        raise errors.EngineError(f'There is no "{name}" among the published models.')
    return catalogue()[name]


def _progress(task: Task):
    def show(done: int, total: int) -> None:
        task.check()
        task.fraction = done / total

    return show
