"""Starts, talks to, cancels and stops the worker: the engine in a Python of its own, at the other end of two pipes.

Threads do all that could block: one reads the messages, one writes the requests, one keeps the last lines of stderr.
Whoever uses it, a timer in Blender or a loop on the command line, only calls `poll`.
"""

import contextlib
import importlib.util
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from . import preferred
from .core import ROOT, errors, protocol

STDERR_LINES = 40
PATIENCE = 3.0  # seconds for a worker to end by itself
POLL_INTERVAL = 0.02


def find_python() -> Path:
    """The Python that runs the worker. Raises EngineError if there is none.

    It is what INTERMASK_ENGINE_PYTHON points at, else what Preferences name, else the environment that set-up made,
    else the running Python if it has torch.
    """
    named = os.environ.get("INTERMASK_ENGINE_PYTHON")
    for chosen, place in (
        (named, "INTERMASK_ENGINE_PYTHON points"),
        (preferred.python(), "Python in Preferences points"),
    ):
        if chosen:
            if not Path(chosen).is_file():
                raise errors.EngineError(f"{place} at {chosen}, which is not there.")
            return Path(chosen)
    home = preferred.engine_home()
    if home and home.stamp.exists():
        if not home.python.exists():
            raise errors.EngineError("The engine's Python is gone: press Repair in the add-on's Preferences.")
        return home.python
    if importlib.util.find_spec("torch"):
        return Path(sys.executable)
    if home:
        raise errors.EngineError("The engine is not set up: press Set Up Engine in the add-on's Preferences.")
    raise errors.EngineError(
        "The engine needs a Python with PyTorch: set INTERMASK_ENGINE_PYTHON to the path of one that has it."
    )


class EngineProcess:
    """One worker with one model. As a context manager it starts on entry and stops on exit.

    A worker that breaks says so in a last message, a `Failed` without an id, and can be started again.
    """

    def __init__(self, python: Path, model: Path, device: str = "auto", variables: dict[str, str] | None = None):
        """device: "auto", "cpu", "cuda" or "mps". variables: of the worker's environment, beside Blender's."""
        self.python = python
        self.model = model
        self.device = device
        self.variables = variables or {}
        self.ready = None  # the worker's `Ready` once it has come: its model, device and limits
        self._process = None

    def __enter__(self) -> "EngineProcess":
        self.start()
        return self

    def __exit__(self, *exception) -> None:
        self.stop()

    @property
    def alive(self) -> bool:
        """Whether the worker runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the worker, unless it runs already. Raises EngineError if its Python can't be started."""
        if self.alive:
            return
        self.stop()
        # a folder of its own: the extension's could not be updated while a process stands in it
        try:
            folder = tempfile.TemporaryDirectory(prefix="intermask-", ignore_cleanup_errors=True)
        except OSError as error:
            sentence = f"No temporary folder can be made ({error.strerror}): free some space on the disk and try again."
            raise errors.EngineError(sentence) from error
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = {
            "PYTHONPATH": os.pathsep.join(paths),
            "PYTHONUTF8": "1",
            "PYTHONIOENCODING": "utf-8",
            "OMP_WAIT_POLICY": "PASSIVE",  # spinning threads would starve Blender's
            **self.variables,
        }
        try:
            self._process = subprocess.Popen(
                [self.python, "-m", "engine.worker", "--model", Path(self.model).absolute(), "--device", self.device],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="replace",
                cwd=folder.name,
                env=os.environ | environment,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # Windows only
            )
        except OSError as error:
            folder.cleanup()
            sentence = f"The engine's Python at {self.python} can't be started ({error.strerror})."
            raise errors.EngineError(sentence) from error
        self._folder = folder
        self._inbox, self._outbox = queue.SimpleQueue(), queue.SimpleQueue()
        log = deque(maxlen=STDERR_LINES)
        logger = _thread(_keep_log, self._process.stderr, log)
        _thread(_read, self._process, self._inbox, log, logger)
        _thread(_write, self._process.stdin, self._outbox)

    def submit(self, request) -> None:
        """Send a request, also one that the worker will only read when it is ready."""
        self._outbox.put(protocol.encode(request))

    def cancel(self, request_id: int) -> None:
        """Ask the worker to stop a request; it answers `Cancelled` and stays warm."""
        self.submit(protocol.Cancel(request_id))

    def poll(self) -> list:
        """The messages that came since the last call; returns at once. See `protocol` for their types."""
        messages = []
        while self._process is not None and not self._inbox.empty():
            message = self._inbox.get()
            if isinstance(message, protocol.Ready):
                self.ready = message
            elif isinstance(message, protocol.Failed) and message.id is None:
                self.stop()
            messages.append(message)
        return messages

    def wait(self, request_id: int, on_progress: Callable = lambda progress: None):
        """Poll until the answer to a request is there and return the `Result`; for use where no timer runs.

        on_progress: called with every `Progress` of the request.
        Raises EngineError if the request failed or was cancelled, or the worker broke; the details are its note.
        """
        while self._process is not None:
            for message in self.poll():
                match message:
                    case protocol.Failed(id=number) if number in (request_id, None):
                        error = errors.EngineError(message.message)
                        error.add_note(message.details)
                        raise error
                    case protocol.Cancelled(id=number) if number == request_id:
                        raise errors.EngineError("The generation was cancelled.")
                    case protocol.Progress(id=number) if number == request_id:
                        on_progress(message)
                    case protocol.Result(id=number) if number == request_id:
                        return message
            time.sleep(POLL_INTERVAL)
        raise errors.EngineError("The engine is not running.")

    def stop(self, wait: bool = True) -> None:
        """End the worker: the end of its stdin asks it to, and one that doesn't listen is killed.

        wait: False returns at once; a thread sees to the end.
        """
        if self._process is None:
            return
        process, self._process, self.ready = self._process, None, None
        self._outbox.put(None)
        if wait:
            _end(process, self._folder)
        else:
            threading.Thread(target=_end, args=(process, self._folder)).start()


def _end(process: subprocess.Popen, folder: tempfile.TemporaryDirectory) -> None:
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    folder.cleanup()


def _thread(work: Callable, *arguments) -> threading.Thread:
    thread = threading.Thread(target=work, args=arguments, daemon=True)
    thread.start()
    return thread


def _keep_log(stderr, log: deque) -> None:
    with stderr:
        log.extend(stderr)


def _write(stdin, outbox: queue.SimpleQueue) -> None:
    """Pass lines on until None comes or nobody reads any more; the reading thread reports a dead worker."""
    with contextlib.suppress(OSError), stdin:
        for line in iter(outbox.get, None):
            stdin.write(line + "\n")
            stdin.flush()


def _read(process: subprocess.Popen, inbox: queue.SimpleQueue, log: deque, logger: threading.Thread) -> None:
    """Pass messages on; the last one says how it ended."""
    with process.stdout:
        fault = _pass_on(process.stdout, inbox)
    if fault is None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE)  # its own exit code tells more than that of the kill
    process.kill()
    code = process.wait()
    logger.join(PATIENCE)
    if isinstance(fault, protocol.Failed):
        inbox.put(fault)
        return
    words = [line.strip() for line in log if line.strip()]
    reason = f" It last said: {words[-1]}" if words else ""
    sentence = fault or f"The engine stopped unexpectedly (exit code {code})."
    inbox.put(protocol.Failed(None, sentence + reason, "".join(log)))


def _pass_on(stdout, inbox: queue.SimpleQueue) -> "protocol.Failed | str | None":
    """Pass messages on to the worker's end. Returns None, or why it must be given up: its own words or ours."""
    for line in stdout:
        if not line.endswith("\n"):
            return None  # it died in mid-line
        try:
            message = protocol.decode(line)
        except protocol.ProtocolError:
            return f"The engine said something that this version doesn't understand: {line.strip()[:80]!r}."
        if isinstance(message, protocol.Ready) and message.version != protocol.VERSION:
            return f"The engine speaks protocol {message.version} and Blender's side {protocol.VERSION}: update both."
        if isinstance(message, protocol.Failed) and message.id is None:
            return message
        inbox.put(message)
    return None
