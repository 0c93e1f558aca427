"""The worker: a process that holds the model and answers requests over its stdin and stdout (see protocol.py).

python -m engine.worker --model DIR [--device auto]
"""

import argparse
import os
import queue
import sys
import threading
import traceback
from dataclasses import replace
from typing import TextIO

from . import protocol
from .chain import Beat
from .errors import EngineError
from .in_between import kept_frames
from .motion import Motion


class Stopped(Exception):
    """The running job was cancelled."""


class Requests:
    """Requests as they come in on stdin, read in a thread so that a cancel is seen while a job runs."""

    def __init__(self, stream: TextIO):
        self._waiting: queue.Queue = queue.Queue()
        self._cancelled: set[int] = set()
        self._closed = False
        threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def __iter__(self):
        return iter(self._waiting.get, None)

    def is_cancelled(self, request_id: int) -> bool:
        """Whether a request is no longer wanted, by a Cancel or because nobody is left to read the answer."""
        return self._closed or request_id in self._cancelled

    def _read(self, stream: TextIO) -> None:
        for line in stream:
            try:
                message = protocol.decode(line)
            except protocol.ProtocolError as error:
                message = error
            if isinstance(message, protocol.Cancel):
                self._cancelled.add(message.id)
            else:
                self._waiting.put(message)
        self._closed = True
        self._waiting.put(None)


def main() -> int:
    """Load the model, then answer until stdin ends."""
    parser = argparse.ArgumentParser(prog="python -m engine.worker", description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True)
    parser.add_argument("--device", default="auto")
    arguments = parser.parse_args()
    replies = _claim_stdout()
    requests = Requests(open(os.dup(0), encoding="utf-8"))

    def reply(message) -> None:
        print(protocol.encode(message), file=replies, flush=True)

    try:
        from .pipeline import InterMask  # imports torch: after the pipe is ours, and its failure gets a sentence

        model = InterMask.load(arguments.model, arguments.device)
    except Exception as error:
        reply(_failure(None, error))
        return 1
    reply(protocol.Ready(protocol.VERSION, os.getpid(), model.model.config.name, str(model.device), model.limits))
    for request in requests:
        try:
            reply(_answer(model, request, requests, reply))
        except Stopped:
            reply(protocol.Cancelled(request.id))
        except Exception as error:
            reply(_failure(getattr(request, "id", None), error))
    return 0


def _answer(model, request, requests: Requests, reply) -> protocol.Result:
    """Do one job. Raises Stopped as soon as it is no longer wanted."""
    from . import memory  # imports torch

    def on_step(step: int, steps: int) -> None:
        if requests.is_cancelled(request.id):
            raise Stopped
        reply(protocol.Progress(request.id, step, steps))

    if isinstance(request, protocol.ProtocolError):
        raise EngineError(f"The worker was sent something it does not understand: {request}.")
    if not isinstance(request, protocol.Generate | protocol.React | protocol.Chain | protocol.Complete):
        raise EngineError(f"The worker can't answer a {type(request).__name__}.")
    if requests.is_cancelled(request.id):
        raise Stopped
    try:
        settings = replace(model.model.config.sampling, **request.settings)
    except TypeError as error:
        raise EngineError(f"The sampling settings are not valid: {error}.") from error
    motion, prompts = _made(model, request, settings, on_step)
    hints = " ".join(dict.fromkeys(hint for prompt in prompts if (hint := model.hint(prompt))))
    return protocol.Result(request.id, protocol.pack(motion), hints, memory.peak(model.device))


def _made(model, request, settings, on_step) -> tuple[Motion, list[str]]:
    """The motion that is asked for, and the sentences that said what happens in it."""
    rest = request.seed, settings, on_step
    if isinstance(request, protocol.Generate):
        return model.generate(request.prompt, request.seconds, *rest, _start(request)), [request.prompt]
    if isinstance(request, protocol.Complete):
        given = protocol.unpack(request.motion)
        keep = kept_frames(given.frames, request.start, request.stop, request.person)
        return model.complete(given, keep, request.prompt, *rest), [request.prompt]
    beats = _beats(request)
    prompts = [beat.prompt for beat in beats]
    if isinstance(request, protocol.Chain):
        return model.chain(beats, *rest, _start(request)), prompts
    actor = protocol.unpack(request.actor)
    return model.react(actor, request.prompt, *rest, request.person, beats), prompts or [request.prompt]


def _start(request: protocol.Generate | protocol.Chain) -> Motion | None:
    return protocol.unpack(request.start) if request.start else None


def _beats(request: protocol.Chain | protocol.React) -> list[Beat]:
    try:
        return [Beat(**beat) for beat in request.beats]
    except TypeError as error:
        raise EngineError(f"The beats of the chain are not valid: {error}.") from error


def _failure(request_id: int | None, error: Exception) -> protocol.Failed:
    """A sentence for the user: our own errors carry theirs, any other becomes a bug report."""
    if isinstance(error, EngineError | ValueError):
        return protocol.Failed(request_id, str(error))
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return protocol.Failed(request_id, "There is not enough memory: ask for a shorter clip, or close programs.")
    message = f"The engine failed unexpectedly ({type(error).__name__}: {error}). Please report this."
    return protocol.Failed(request_id, message, traceback.format_exc())


def _claim_stdout() -> TextIO:
    """Keep the pipe for messages alone: whatever a library prints goes to stderr."""
    sys.stdout.flush()
    replies = open(os.dup(1), "w", encoding="utf-8", newline="\n")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return replies


if __name__ == "__main__":
    sys.exit(main())
