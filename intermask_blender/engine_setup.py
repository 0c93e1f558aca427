"""Makes, mends and removes the engine's own Python environment. No Blender here: it runs in a background Task.

There is one way to an environment in order, from whatever state it is in: what is missing is made, what is there is
kept, and what does not pass the check at the end is made anew. Files that have arrived are kept until it is done.
"""

import json
import os
import re
import shutil
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from urllib.parse import unquote

from .background_task import Task
from .core import ROOT, errors
from .engine_plan import WANTED, Plan

PIP = "pip>=25.1"  # the first that resumes a download; an older one does if this can't be had
CAN_MAKE = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2])"
# Loads all that the worker needs and says what it found.
CHECK = """
import json, platform, torch
from engine import text
text.text_encoder(text.MINILM).encode(["Two people bow."])
gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else ""
if torch.backends.mps.is_available():
    gpu = "Apple GPU"
print(json.dumps({"python": platform.python_version(), "torch": torch.__version__, "gpu": gpu}))
"""
AGAIN = "press the button again; what has arrived is kept"
CAUSES = {
    ("No space left", "quota exceeded", "Errno 28", "WinError 112"): f"The disk is full: free some space and {AGAIN}.",
    ("Long Path", "WinError 206"): (
        "Windows refuses such long paths: switch on long paths in Windows (its setting LongPathsEnabled) and press the"
        " button again."
    ),
    ("IncompleteRead", "IncompleteDownload", "Connection broken", "DO NOT MATCH THE HASHES"): (
        f"The download broke off: {AGAIN}."
    ),
    ("ConnectionError", "Timeout", "ProxyError", "NameResolutionError", "Max retries"): (
        f"The package index cannot be reached: check the network and {AGAIN}."
    ),
    ("Permission denied", "WinError 5", "WinError 32"): (
        "A file of the engine is in use or protected: close other Blenders and press the button again."
    ),
}


class State(Enum):
    """What there is of the environment."""

    ABSENT = "Not set up"
    UNFINISHED = "Set-up was not finished"
    BROKEN = "Its Python is gone; Blender was moved or updated"
    OUTDATED = "Made by another version of this add-on"
    READY = "Ready"
    CHOSEN = "Runs on the Python chosen under Advanced"


class Home:
    """The folder of the engine: its environment, what is on the way into it, the log of the last set-up."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.environment = folder / "env"
        self.python = python_of(self.environment)
        self.stamp = self.environment / "intermask.json"  # written last
        self.downloads = folder / "downloads"
        self.log = folder / "set-up.log"

    def state(self) -> State:
        """What there is."""
        if not self.stamp.exists():
            return State.UNFINISHED if self.environment.exists() or self.downloads.exists() else State.ABSENT
        if not self.python.exists():
            return State.BROKEN
        return State.READY if self.facts().get("wanted") == list(WANTED) else State.OUTDATED

    def facts(self) -> dict:
        """What set-up noted: wanted, device, python, torch, gpu, bytes. Empty without a finished environment."""
        try:
            return json.loads(self.stamp.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}


def python_of(environment: Path) -> Path:
    """The interpreter in an environment's folder."""
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def set_up(task: Task, home: Home, candidates: list[Path], plan: Plan) -> dict:
    """Bring the environment in order. Returns its facts (see Home).

    candidates: Pythons that may make it, the likeliest first. Raises EngineError; what has arrived is kept.
    """
    task.step = "Looking at the disk"
    try:
        _check_space(home, plan)
        (home.downloads / "tmp").mkdir(parents=True, exist_ok=True)
        with open(home.log, "w", encoding="utf-8", buffering=1) as log:
            print(f"{time.ctime()}: {plan.device}, into {home.environment}", file=log)
            facts = _Installation(task, home, plan, log).bring_in_order(candidates)
        task.step = "Removing downloads"
        delete(home.downloads)
        facts |= {"wanted": WANTED, "device": plan.device, "bytes": size(home.environment)}
        home.stamp.write_text(json.dumps(facts, indent=1), encoding="utf-8")
    except OSError as error:
        raise errors.EngineError(_explain(str(error))) from error
    return facts


def remove(task: Task, home: Home) -> int:
    """Remove the environment and all that belongs to it. Returns the bytes freed. Raises EngineError."""
    task.step = "Removing the engine"
    before = size(home.folder)
    try:
        delete(home.environment)
        delete(home.downloads)
        home.log.unlink(missing_ok=True)
    except OSError as error:
        raise errors.EngineError(_explain(str(error))) from error
    return before - size(home.folder)


def check_python(task: Task, python: Path, on_line: Callable[[str], None] = lambda line: None) -> dict:
    """Whether a Python can run the engine: its facts (python, torch, gpu). Raises EngineError saying what it lacks."""
    task.step = "Checking the engine's Python"
    if not python.is_file():
        raise errors.EngineError(f"There is no Python at {python}: choose the program itself.")
    words = []

    def keep(line: str) -> None:
        words.append(line)
        on_line(line)

    with tempfile.TemporaryDirectory(prefix="intermask-") as folder:
        failed = task.run([python, "-s", "-c", CHECK], keep, Path(folder), PYTHONPATH=str(ROOT))
    last = next((line for line in reversed(words) if line.strip()), "it said nothing")
    if not failed:
        return json.loads(last)
    if missing := re.search(r"No module named '([^'.]+)", last):
        raise errors.EngineError(
            f"{python} lacks the package {missing[1]}: install it there, or choose another Python."
        )
    raise errors.EngineError(f"{python} can't run the engine ({last.split('EngineError: ')[-1].rstrip('.')}).")


class _Installation:
    """One run of set-up."""

    def __init__(self, task: Task, home: Home, plan: Plan, log):
        self.task, self.home, self.plan, self.log = task, home, plan, log
        self.words: list[str] = []  # what the last program has said
        self.arrived, self.coming = 0.0, 0.0  # bytes of the complete files, and of the one on its way

    def bring_in_order(self, candidates: list[Path]) -> dict:
        """Make and install what is missing and check it; once more from nothing if what was there is broken."""
        self.home.stamp.unlink(missing_ok=True)
        fresh = not self.home.environment.exists()
        self._make(candidates)
        self._install()
        try:
            return self._check()
        except errors.EngineError:
            self.task.check()
            if fresh:
                raise
        print("The environment is damaged: making it anew", file=self.log)
        delete(self.home.environment)
        self._make(candidates)
        self._install()
        return self._check()

    def _make(self, candidates: list[Path]) -> None:
        """An environment with pip, around the packages that may be in it already."""
        if self._succeeds([self.home.python, "-I", "-m", "pip", "--version"]):
            return
        self.task.step = "Making the engine's environment"
        base = next((path for path in candidates if self._succeeds([path, "-I", "-c", CAN_MAKE])), None)
        if base is None:
            raise errors.EngineError(
                "This Blender's Python can't make environments (it lacks venv or ensurepip, as those of Linux"
                " distributions do): use the Blender from blender.org, or choose a Python with PyTorch under Advanced."
            )
        version = re.compile(rf"^version *= *{re.escape(self.words[-1])}\.", re.MULTILINE)
        notes = self.home.environment / "pyvenv.cfg"
        if not (notes.exists() and version.search(notes.read_text(encoding="utf-8"))):
            delete(self.home.environment)  # the packages of another Python are of no use
        shutil.rmtree(self.home.python.parent, ignore_errors=True)  # venv would keep links that lead nowhere
        # Two steps: venv alone would not tell why pip could not be unpacked.
        self._run([base, "-I", "-m", "venv", "--without-pip", self.home.environment])
        self._run([self.home.python, "-I", "-m", "ensurepip", "--default-pip"])

    def _install(self) -> None:
        forget_half_installed(self.home.environment)
        with _short_way(self.home.environment) as short:
            cache = ["--cache-dir", self.home.downloads / "cache"]
            pip = [python_of(short), "-I", "-m", "pip", "--disable-pip-version-check", "--no-input", *cache]
            self._succeeds([*pip, "install", "--retries", "1", PIP], self._follow)
            wheels = [*pip, "install", "--only-binary", ":all:"]
            for option in (["--progress-bar", "raw"], ["--resume-retries", "20"]):
                if self._succeeds([*wheels, *option, "--help"], lambda line: None):  # an older pip has not both
                    wheels += option
            index = ["--index-url", self.plan.index] if self.plan.index else []
            self._run([*wheels, *index, self.plan.torch], self._follow)
            self._run([*wheels, *self.plan.packages], self._follow)
            alone = self.home.downloads / "alone.txt"
            alone.write_text("\n".join(self.plan.alone), encoding="utf-8")
            self._run([*wheels, "--no-deps", "--requirement", alone], self._follow)

    def _check(self) -> dict:
        self.task.fraction = 0.95
        return check_python(self.task, self.home.python, self._keep)

    def _run(self, command: list, on_line: Callable[[str], None] | None = None) -> None:
        if not self._succeeds(command, on_line):
            raise errors.EngineError(_explain("\n".join(self.words)))

    def _succeeds(self, command: list, on_line: Callable[[str], None] | None = None) -> bool:
        """Run a program that may fail; what it says is kept for explanations and in the log."""
        self.words = []
        print("$", *command, file=self.log)
        folder = self.home.downloads
        temporary = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder / "tmp"))  # the system's may be small
        return self.task.run(command, on_line or self._keep, folder, PIP_USER="0", **temporary) == 0

    def _keep(self, line: str) -> None:
        self.words.append(line)
        print(line, file=self.log)

    def _follow(self, line: str) -> None:
        """Tell from a line of pip's how far it is."""
        if progress := re.match(r"Progress (\d+) of (\d+)", line):
            self.coming = float(progress[1])
            if progress[1] == progress[2]:
                self.arrived, self.coming = self.arrived + self.coming, 0.0
            share = (self.arrived + self.coming) / (self.plan.download * 1e9)
            self.task.fraction = max(self.task.fraction, min(share, 0.95))  # the rest is unpacking
            return
        self._keep(line)
        if file := re.match(r" *(Downloading|Using cached) (\S+)\.whl (\(.*\))", line):
            name = unquote(file[2]).rsplit("/", 1)[-1]  # some indexes are quoted with their address
            self.task.step = f"{file[1]} {'-'.join(name.split('-')[:2])} {file[3]}"
        elif packages := re.match(r"Installing collected packages: (.*)", line):
            self.task.step = f"Unpacking {textwrap.shorten(packages[1], 60)}"
        elif "Retrying" in line or "Attempting to resume" in line:
            self.task.step = "No answer from the package index, trying again"


def forget_half_installed(environment: Path) -> None:
    """Drop the records of packages whose installation was cut off, so that pip installs them again."""
    for pattern in ("lib/python*/site-packages/*.dist-info", "Lib/site-packages/*.dist-info"):
        for record in environment.glob(pattern):
            if not (record / "RECORD").exists():  # pip writes it last
                shutil.rmtree(record)


def size(folder: Path) -> int:
    """Bytes of all files in a folder; 0 if there is none."""
    total = 0
    for place, _, names in os.walk(_any_length(folder)):
        total += sum(os.lstat(os.path.join(place, name)).st_size for name in names)
    return total


def delete(folder: Path) -> None:
    """Remove a folder. Raises OSError, with nothing lost, if Windows keeps it because files are in use."""
    doomed = folder.with_name(f"{folder.name}.old")
    shutil.rmtree(_any_length(doomed), ignore_errors=True)
    if folder.exists():
        folder.rename(doomed)
        shutil.rmtree(_any_length(doomed), ignore_errors=True)


def _check_space(home: Home, plan: Plan) -> None:
    """Raise EngineError if the disk has no room for what is still to come."""
    home.folder.mkdir(parents=True, exist_ok=True)
    needed = plan.room - (size(home.environment) + size(home.downloads)) / 1e9
    free = shutil.disk_usage(home.folder).free / 1e9
    if free < needed:
        raise errors.EngineError(
            f"Set-up needs {needed:.1f} GB for a while and {free:.1f} GB is free on the disk of {home.folder}:"
            f" free some space and {AGAIN}."
        )


def _any_length(path: Path) -> str:
    """A path as Windows accepts it beyond 260 characters; licences inside PyTorch lie that deep."""
    return f"\\\\?\\{path.absolute()}" if os.name == "nt" else str(path)


@contextmanager
def _short_way(folder: Path) -> Iterator[Path]:
    """A short path to a folder, for as long as pip writes into it, where Windows limits their length."""
    if os.name != "nt":
        yield folder
        return
    import _winapi

    short = Path(tempfile.gettempdir()) / f"im{os.getpid()}"
    _winapi.CreateJunction(str(folder), str(short))
    try:
        yield short
    finally:
        os.rmdir(short)  # the way, not what it leads to


def _explain(words: str) -> str:
    """Why it failed and what to do, in one sentence."""
    for signs, sentence in CAUSES.items():
        if any(sign in words for sign in signs):
            return sentence
    lines = [line.strip() for line in words.splitlines() if line.strip()] or ["no reason given"]
    cause = next((line for line in reversed(lines) if line.startswith("ERROR:")), lines[-1])
    return f"Set-up failed ({cause.removeprefix('ERROR: ').rstrip('.')}): see the log, mend this and {AGAIN}."
