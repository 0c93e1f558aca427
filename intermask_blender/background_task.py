"""Work in a thread, with programs it runs one after the other; whoever started it polls how far it is."""

import os
import subprocess
import threading
import traceback
from collections.abc import Callable
from pathlib import Path

from .core import errors
from .engine_plan import NO_WINDOW


class Cancelled(errors.EngineError):
    """The work was stopped as asked."""


class Task:
    """One piece of work. `step` says in words what is being done, `fraction` how much is done (0 to 1).

    At its end `result` is what the work returned, or `error` why it failed, in a sentence.
    """

    def __init__(self, work: Callable[["Task"], object]):
        """work: called with this task in a thread; must not touch Blender. It starts at once."""
        self.step, self.fraction = "", 0.0
        self.result, self.error = None, None
        self._cancelled = threading.Event()
        self._process = None
        self._thread = threading.Thread(target=self._work, args=(work,), daemon=True)
        self._thread.start()

    @property
    def finished(self) -> bool:
        """Whether it is over, one way or the other."""
        return not self._thread.is_alive()

    def cancel(self) -> None:
        """Ask for an end: the running program is killed; returns at once."""
        self._cancelled.set()
        if process := self._process:
            process.kill()

    def wait(self) -> None:
        """Block until it is over."""
        self._thread.join()

    def check(self) -> None:
        """Raise Cancelled if an end was asked for."""
        if self._cancelled.is_set():
            raise Cancelled("Cancelled.")

    def run(self, command: list, on_line: Callable[[str], None], folder: Path, **variables: str) -> int:
        """Run a program with its output, line by line, given to `on_line`. Returns its exit status.

        Raises Cancelled; 127 is the status of a program that can't be started, the reason its only line.
        """
        self.check()
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
                cwd=folder,
                env=os.environ | variables | {"PYTHONUTF8": "1", "PYTHONIOENCODING": "utf-8"},
                creationflags=NO_WINDOW,
            )
        except OSError as error:
            on_line(f"{command[0]} can't be started ({error.strerror})")
            return 127
        with process:
            self._process = process
            if self._cancelled.is_set():  # asked for in between
                process.kill()
            for line in process.stdout:
                on_line(line.rstrip("\n"))
        self._process = None
        self.check()
        return process.returncode

    def _work(self, work: Callable[["Task"], object]) -> None:
        try:
            self.result = work(self)
        except errors.EngineError as error:
            self.error = error
        except Exception as error:
            sentence = f"This failed unexpectedly ({type(error).__name__}: {error}). Please report it."
            self.error = errors.EngineError(sentence)
            self.error.add_note(traceback.format_exc())
