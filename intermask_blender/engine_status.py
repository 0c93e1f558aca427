"""The engine as Preferences show it: what there is, what this machine would get, and the work going on, one at a time.

Threads do the work. A timer in a window, or `wait` in background mode where timers don't fire, polls for its end.
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import bpy
from bpy.app.translations import pgettext_iface as iface_

from . import engine_plan, engine_process, engine_setup, jobs, models, preferred
from .background_task import Task
from .core import errors, protocol
from .engine_setup import Home, State

POLL_INTERVAL = 0.1
TEST_PROMPT = "Two people shake hands."

message = ""  # what the last work came to, in a sentence
failed = False  # whether that was a failure
subject = "ENGINE"  # what it was about: that, or "MODELS"
task: Task | None = None  # the work going on
_tell: Callable[[object], str] = str  # puts its result into words
_look: Task | None = None  # finds the plan for this machine


def home() -> Home:
    """The engine's folder. Raises EngineError where the add-on is not installed as an extension."""
    if found := preferred.engine_home():
        return found
    raise errors.EngineError("Only an installed extension has an engine of its own: install the add-on's zip.")


def state() -> State:
    """What there is of the engine."""
    if preferred.python():
        return State.CHOSEN
    found = preferred.engine_home()
    return found.state() if found else State.ABSENT


def installed() -> bool:
    """Whether there is anything that can be removed."""
    found = preferred.engine_home()
    return found is not None and found.state() is not State.ABSENT


def usable() -> bool:
    """Whether motion can be made."""
    return state() in {State.READY, State.CHOSEN, State.OUTDATED}


def details() -> str:
    """What the engine is, or what set-up would download, in a sentence."""
    match state():
        case State.CHOSEN:
            return str(preferred.python())
        case State.READY:
            facts = home().facts()
            return iface_("PyTorch {torch} for {device}, {size:.1f} GB on disk.").format(
                **facts, size=facts["bytes"] / 1e9
            )
    _look_at_the_machine()
    if not _look.finished:
        return iface_("Looking at this computer...")
    if _look.error:
        return str(_look.error)
    plan = _look.result
    device = iface_("the CPU") if plan.device == "CPU" else plan.device
    sizes = iface_(
        "PyTorch for {device}: downloads {download:.1f} GB, takes {room:.1f} GB of disk on the way, {disk:.1f} after."
    )
    words = sizes.format(device=device, download=plan.download, room=plan.room, disk=plan.disk)
    return f"{words} {plan.note}".rstrip()


def set_up() -> None:
    """Begin to bring the environment in order. Raises EngineError if that can't begin."""
    check_online()
    place, pythons = home(), _pythons()
    _look_at_the_machine()
    look = _look

    def work(task: Task) -> dict:
        task.step = "Looking at this computer..."
        look.wait()
        if look.error:
            raise look.error
        return engine_setup.set_up(task, place, pythons, look.result)

    def tell(facts: dict) -> str:
        words = iface_("The engine is ready on {place}: PyTorch {torch}, {size:.1f} GB.")
        return words.format(**facts, place=facts["gpu"] or iface_("the CPU"), size=facts["bytes"] / 1e9)

    start(work, tell)


def remove() -> None:
    """Begin to remove the environment. Raises EngineError if that can't begin."""
    place = home()
    words = iface_("The engine was removed: {size:.1f} GB freed.")
    start(lambda task: engine_setup.remove(task, place), lambda freed: words.format(size=freed / 1e9))


def test() -> None:
    """Begin a tiny generation. Raises EngineError if that can't begin."""
    python, device = engine_process.find_python(), preferred.device()
    starter, seconds = models.folder(models.STARTER), models.limits(models.STARTER)[0]

    def work(task: Task) -> dict:
        def on_progress(progress: protocol.Progress) -> None:
            task.check()
            if progress.id == 2:
                task.step = "Generating"
                task.fraction = progress.step / progress.steps

        task.step = "Starting the engine"
        with engine_process.EngineProcess(python, starter, device) as engine:
            task.step = "Warming up"
            engine.submit(protocol.Generate(1, TEST_PROMPT, seconds, 0, {"steps": 1}))
            engine.wait(1, on_progress)
            began = time.monotonic()
            engine.submit(protocol.Generate(2, TEST_PROMPT, seconds, 0))
            result = engine.wait(2, on_progress)
            took, name = time.monotonic() - began, engine.ready.device.upper()
        return {"seconds": seconds, "took": took, "device": name, "memory": result.memory / 1e9}

    words = iface_(
        "The engine works: {seconds:g} s of motion in {took:.1f} s on {device}, with {memory:.1f} GB of memory."
    )
    start(work, lambda facts: words.format(**facts))


def check_python(python: Path) -> None:
    """Begin to find out whether a Python can run the engine. Raises EngineError if that can't begin."""

    def tell(facts: dict) -> str:
        words = iface_("Python {python} with PyTorch {torch} can run the engine on {place}.")
        return words.format(**facts, place=facts["gpu"] or iface_("the CPU"))

    start(lambda task: engine_setup.check_python(task, python), tell)


def wait() -> str:
    """Block until the work is over. Returns what it came to. Raises EngineError if it failed."""
    while poll():
        time.sleep(POLL_INTERVAL)
    if failed:
        raise errors.EngineError(message)
    return message


def poll() -> float | None:
    """Take in the end of the work. Returns the seconds until the next poll; None if there is nothing to poll for."""
    global task, message, failed
    if task and task.finished:
        failed = task.error is not None
        message = str(task.error) if failed else _tell(task.result)
        task = None
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "PREFERENCES":
                area.tag_redraw()
    return POLL_INTERVAL if task or (_look and not _look.finished) else None


def start(work: Callable[[Task], object], tell: Callable[[object], str], about: str = "ENGINE") -> None:
    """Begin work that may replace files of the engine or of models: the worker is stopped first.

    tell: says in the user's language what the work came to, given its result. about: "ENGINE" or "MODELS".
    """
    global task, message, failed, subject, _tell
    if task:
        raise errors.EngineError("The engine is still being worked on: wait for it, or cancel it.")
    if jobs.queue.busy:
        raise errors.EngineError("A motion is being made: wait for it, or cancel it.")
    jobs.queue.close()
    message, failed, subject = "", False, about
    task, _tell = Task(work), tell
    _start_timer()


def _look_at_the_machine() -> None:
    global _look
    if _look is None:
        _look = Task(lambda task: engine_plan.plan(engine_plan.look()))
        _start_timer()


def _start_timer() -> None:
    # a timer left behind hangs Blender's exit in background mode, and would never fire
    if not bpy.app.background and not bpy.app.timers.is_registered(poll):
        bpy.app.timers.register(poll, first_interval=POLL_INTERVAL, persistent=True)


def check_online() -> None:
    """Raise EngineError unless Blender may use the network."""
    if bpy.app.online_access:
        return
    # the name is misspelt in some versions
    forced = any(getattr(bpy.app, f"online_access_{word}", False) for word in ("overridden", "overriden", "override"))
    raise errors.EngineError(
        "Blender was started in offline mode: start it without --offline-mode to download."
        if forced
        else "Blender may not use the network: switch on Allow Online Access in Preferences, System, and try again."
    )


def _pythons() -> list[Path]:
    """Blender's own Python, wherever this build of Blender keeps it."""
    name = "python.exe" if os.name == "nt" else f"python{sys.version_info[0]}.{sys.version_info[1]}"
    places = [Path(sys.executable)]
    for prefix in (Path(sys.prefix), Path(sys.base_prefix)):
        places += [prefix / name, prefix / "bin" / name]
    return [place for place in places if place.is_file() and "python" in place.name.lower()]


def close() -> None:
    """Give up the work and forget what was said."""
    global task, message, failed, _look
    if task:
        task.cancel()
    task, message, failed, _look = None, "", False, None
    if bpy.app.timers.is_registered(poll):
        bpy.app.timers.unregister(poll)
