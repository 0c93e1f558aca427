"""The queue of generations: one per session of Blender, over one worker. Nothing here ever blocks.

A timer in a window, or a loop in background mode where timers don't fire, calls `Queue.poll`; that alone moves jobs on.
"""

import itertools
import sys
import textwrap
import time
import traceback
from dataclasses import asdict, dataclass, field
from enum import Enum

import bpy
from bpy.app.handlers import persistent
from bpy.app.translations import pgettext_iface as iface_

from . import apply_result, engine_process, models, preferred, takes
from .apply_result import Order
from .core import errors, protocol
from .engine_process import EngineProcess

POLL_INTERVAL = 0.1  # seconds, while there is work
IDLE_INTERVAL = 1.0  # seconds, while a worker waits for work
PATIENCE = 10.0  # seconds for the worker to answer a cancel; then it is given up


class State(Enum):
    """Where a job is."""

    WAITING = "Waiting"
    STARTING = "Starting the engine"
    SAMPLING = "Sampling"
    APPLYING = "Applying"
    FAILED = "Failed"
    CANCELLED = "Cancelled"
    DONE = "Done"


OVER = {State.FAILED, State.CANCELLED, State.DONE}


@dataclass
class Job:
    """One motion on its way."""

    id: int
    order: Order
    state: State = State.WAITING
    sentence: str = ""  # why it failed, or what it waits for
    details: str = ""  # the last lines of a broken worker
    step: int = 0
    steps: int = 0
    result: "protocol.Result | None" = None
    _first: tuple[int, float] | None = field(default=None, repr=False)  # step and time of the first progress
    _latest: float = field(default=0.0, repr=False)  # time of the last

    @property
    def prompt(self) -> str:
        """The sentence."""
        return self.order.prompt

    @property
    def fraction(self) -> float:
        """How much of the sampling is done, 0 to 1."""
        return self.step / self.steps if self.steps else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Seconds of sampling that are left at the pace so far, or None while that is not known."""
        if self._first is None or self.step <= self._first[0]:
            return None
        pace = (self._latest - self._first[1]) / (self.step - self._first[0])
        return pace * (self.steps - self.step)

    @property
    def words(self) -> str:
        """Where it is, in the user's language: "Sampling 12 / 40, 3 s left", or what waits."""
        text = iface_(self.state.value)
        if self.state is State.WAITING:
            return f"{text}: {textwrap.shorten(self.prompt, 24, placeholder='…')}"
        if self.steps:
            text += f" {self.step} / {self.steps}"
        if self.seconds_left is not None:
            text += iface_(", {seconds:.0f} s left").format(seconds=self.seconds_left)
        return text

    def request(self) -> "protocol.Generate | protocol.Chain | protocol.Complete | protocol.React":
        """What the worker is asked for."""
        order = self.order
        made, beats = (order.seed, order.settings), [asdict(beat) for beat in order.beats]
        # the engine's person A is who the sentence names first
        kept = order.kept and ("A" if order.kept == order.first_person else "B")
        if order.gap:
            return protocol.Complete(self.id, order.given, order.gap.start, order.gap.stop, order.prompt, *made, kept)
        if kept:
            return protocol.React(self.id, order.given, order.prompt, *made, kept, beats)
        if beats:
            return protocol.Chain(self.id, beats, *made, order.given)
        return protocol.Generate(self.id, order.prompt, order.seconds, *made, order.given)

    def note(self, progress: "protocol.Progress") -> None:
        """Take in how far the worker is."""
        self.step, self.steps, self._latest = progress.step, progress.steps, time.monotonic()
        if self._first is None:
            self._first = self.step, self._latest


class Queue:
    """The jobs, in the order in which they are done; those that failed stay until they are dismissed."""

    def __init__(self):
        self.jobs: list[Job] = []
        self.notice = ""  # a sentence for the user about the last thing that went otherwise than asked
        self.memory = 0  # bytes that the worker had held when it last answered
        self._engine: EngineProcess | None = None
        self._numbers = itertools.count(1)
        self._unanswered: dict[int, float] = {}  # cancelled requests that the worker has yet to let go, and since when
        self._busy_at = time.monotonic()

    @property
    def current(self) -> Job | None:
        """The job that is being worked on."""
        return next((job for job in self.jobs if job.state not in OVER | {State.WAITING}), None)

    @property
    def busy(self) -> bool:
        """Whether any job is still to be done."""
        return any(job.state not in OVER for job in self.jobs)

    @property
    def settled(self) -> bool:
        """Whether the worker is warm and has let go of all that was cancelled."""
        return self.worker is not None and not self._unanswered

    @property
    def worker(self) -> "protocol.Ready | None":
        """Who the worker is, if it is up: its pid, model, device and limits."""
        return self._engine.ready if self._engine else None

    def add(self, orders: list[Order], notice: str = "") -> list[Job]:
        """Queue motions; what failed before is forgotten."""
        self._forget({State.FAILED})
        self.notice = notice
        jobs = [Job(next(self._numbers), order) for order in orders]
        self.jobs += jobs
        _start_timer()
        redraw()
        return jobs

    def cancel(self, jobs: list[Job]) -> None:
        """Give jobs up. The worker stops at its next step and stays warm."""
        for job in jobs:
            if job.state is State.SAMPLING and self._engine:
                self._engine.cancel(job.id)
                self._unanswered[job.id] = time.monotonic()
            job.state = State.CANCELLED
        self._forget({State.CANCELLED})

    def dismiss(self) -> None:
        """Forget what failed and what was said."""
        self.notice = ""
        self._forget({State.FAILED})
        redraw()

    def close(self) -> None:
        """Give everything up and end the worker."""
        self.cancel(list(self.jobs))
        self._unanswered.clear()
        if self._engine:
            self._engine.stop()

    def wait(self, jobs: list[Job]) -> None:
        """Poll until jobs are over; for use where no timer runs."""
        try:
            while any(job.state not in OVER for job in jobs):
                self.poll()
                time.sleep(engine_process.POLL_INTERVAL)
        except KeyboardInterrupt:
            self.cancel(jobs)
            raise

    def poll(self) -> None:
        """Move on whatever can be moved on; returns at once and never raises."""
        before = self._visible()
        for message in self._engine.poll() if self._engine else []:
            self._hear(message)
        self._lose_patience()
        job = self.current or next((job for job in self.jobs if job.state is State.WAITING), None)
        if job:
            self._busy_at = time.monotonic()
            try:
                self._advance(job)
            except errors.EngineError as error:
                self._fail(job, str(error))
            except Exception as error:  # a fault of ours must not end the timer
                traceback.print_exc(file=sys.stderr)
                sentence = f"Something went wrong in the add-on ({type(error).__name__}: {error}). Please report this."
                self._fail(job, sentence, traceback.format_exc())
        elif self._engine and time.monotonic() - self._busy_at > preferred.idle_minutes() * 60:
            self._engine.stop(wait=False)
        self._forget({State.DONE})
        if self._visible() != before:
            redraw()

    @property
    def interval(self) -> float | None:
        """Seconds until the next poll, or None if there is nothing to poll for."""
        if self.busy or self._unanswered:
            return POLL_INTERVAL
        return IDLE_INTERVAL if self._engine and self._engine.alive else None

    def _advance(self, job: Job) -> None:
        """The next thing for the job whose turn it is. Raises EngineError."""
        if job.state is State.WAITING:
            self._ensure_engine(job.order.model)
            job.state = State.STARTING
        if job.state is State.STARTING and self.worker:
            self._engine.submit(job.request())
            job.state = State.SAMPLING
        if job.state is State.APPLYING:
            job.sentence = apply_result.not_now()
            if not job.sentence:
                notice = apply_result.apply(job.order, job.result.motion, job.result.hint)
                self.notice = notice or job.result.hint or self.notice
                job.state = State.DONE

    def _ensure_engine(self, model: str) -> None:
        """Have a worker with this model, on the Python and the device that Preferences name. Raises EngineError."""
        wanted = engine_process.find_python(), models.folder(model), preferred.device(), preferred.worker_variables()
        engine = self._engine
        if engine and (engine.python, engine.model, engine.device, engine.variables) != wanted:
            self._drop_engine()
        self._engine = self._engine or EngineProcess(*wanted)
        self._engine.start()

    def _drop_engine(self) -> None:
        self._engine.stop(wait=False)
        self._engine = None
        self._unanswered.clear()

    def _hear(self, message) -> None:
        """Take in a message of the worker's; those about jobs that were given up only settle them."""
        number = getattr(message, "id", None)
        job = self.current
        if isinstance(message, protocol.Failed) and number is None:
            self._unanswered.clear()
            if job and job.state is not State.APPLYING:
                self._fail(job, message.message, message.details)
            return
        if not isinstance(message, protocol.Progress):
            self._unanswered.pop(number, None)
        if job is None or job.id != number:
            return
        match message:
            case protocol.Progress():
                job.note(message)
            case protocol.Result():
                job.result, job.state, self.memory = message, State.APPLYING, message.memory
            case protocol.Failed():
                self._fail(job, message.message, message.details)
            case protocol.Cancelled():
                job.state = State.CANCELLED
                self._forget({State.CANCELLED})

    def _lose_patience(self) -> None:
        """Give up a worker that does not let go of a cancelled request; the next job gets a new one."""
        if self._unanswered and time.monotonic() - min(self._unanswered.values()) > PATIENCE:
            self._drop_engine()
            if (job := self.current) and job.state is State.SAMPLING:
                job.state = State.WAITING

    def _fail(self, job: Job, sentence: str, details: str = "") -> None:
        job.state, job.sentence, job.details = State.FAILED, sentence, details

    def _forget(self, states: set[State]) -> None:
        kept = [job for job in self.jobs if job.state not in states]
        if len(kept) < len(self.jobs):
            self.jobs = kept
            redraw()

    def _visible(self) -> tuple:
        """What the user sees of the queue."""
        return self.notice, *((job.id, job.state, job.sentence, job.step) for job in self.jobs)


queue = Queue()


def redraw() -> None:
    """Draw the sidebars again, and tell the status bars how far the current job is."""
    windows = bpy.context.window_manager.windows
    text = _status(queue.current)
    if text or _status.shown:
        for window in windows:
            window.workspace.status_text_set(text)
    _status.shown = bool(text)
    for area in (area for window in windows for area in window.screen.areas if area.type == "VIEW_3D"):
        for region in area.regions:
            if region.type == "UI":
                region.tag_redraw()


def _status(job: Job | None) -> str | None:
    """A job in a line of the status bar; None gives the line back to Blender."""
    return f"InterMask: {job.sentence or job.words}" if job else None


_status.shown = False


def _tick() -> float | None:
    queue.poll()
    return queue.interval


def _start_timer() -> None:
    """Poll from now on. Not in background mode, where timers never fire and one that is left hangs Blender's exit."""
    if bpy.app.background:
        return
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    bpy.app.timers.register(_tick, first_interval=POLL_INTERVAL, persistent=True)


@persistent
def _before_load(*_) -> None:
    queue.cancel(list(queue.jobs))
    queue.notice = ""


@persistent
def _after_load(*_) -> None:
    for scene in bpy.data.scenes:
        takes.rebuild(scene)


HANDLERS = (
    (bpy.app.handlers.load_pre, _before_load),
    (bpy.app.handlers.load_post, _after_load),
    (bpy.app.handlers.blend_import_post, _after_load),
)


def register() -> None:
    """Watch what happens to the file."""
    for handlers, handler in HANDLERS:
        handlers.append(handler)


def unregister() -> None:
    """Give all jobs up, end the worker and watch no longer."""
    queue.close()
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    for handlers, handler in HANDLERS:
        handlers.remove(handler)
