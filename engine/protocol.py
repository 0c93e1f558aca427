"""What Blender and the worker say to each other: one JSON object per line, UTF-8, over the worker's stdin and stdout.

The worker answers `Ready` once, then for every request any number of `Progress` and exactly one of `Result`,
`Cancelled` or `Failed` with the request's id. `Cancel` names the request it ends. The end of stdin ends the worker.
A motion travels as base64 of its .npz, so nothing touches the disk.
"""

import base64
import io
import json
from dataclasses import asdict, dataclass, field

from .motion import Motion

VERSION = 4


class ProtocolError(Exception):
    """A line that is no message of this version."""


@dataclass(frozen=True)
class Generate:
    """Ask for both people from a sentence.

    settings: fields of SamplingSettings that differ from the model's.
    start: a motion in base64, one frame or a few, of which person A says in what body, in which pose and where A starts
    (the floor at y = 0); the result stands there. "" for none: A starts over the origin.
    """

    id: int
    prompt: str
    seconds: float
    seed: int
    settings: dict = field(default_factory=dict)
    start: str = ""


@dataclass(frozen=True)
class React:
    """Ask for the motion of one person to go with the other's in `actor`, a motion in base64 with the floor at y = 0.

    person: who of `actor` is kept. With "A", its person B is not looked at; with "B", its person A says where A starts.
    beats: as in Chain, if it is a chain: they say in place of the prompt what happens when.
    """

    id: int
    actor: str
    prompt: str
    seed: int
    settings: dict = field(default_factory=dict)
    person: str = "A"
    beats: list[dict] = field(default_factory=list)


@dataclass(frozen=True)
class Chain:
    """Ask for several sentences, one after the other, by the same two people.

    beats: fields of chain.Beat for each part, the prompt at least. start: as in Generate.
    """

    id: int
    beats: list[dict]
    seed: int
    settings: dict = field(default_factory=dict)
    start: str = ""


@dataclass(frozen=True)
class Complete:
    """Ask for the frames of `motion`, in base64 with the floor at y = 0, from `start` up to `stop`.

    What is kept comes back as the networks give it again. person: who of the two is kept in all frames; "" for nobody.
    """

    id: int
    motion: str
    start: int
    stop: int
    prompt: str
    seed: int
    settings: dict = field(default_factory=dict)
    person: str = ""


@dataclass(frozen=True)
class Cancel:
    """Stop request `id` at its next sampling step; the worker stays warm."""

    id: int


@dataclass(frozen=True)
class Ready:
    """First line of a worker: who it is."""

    version: int
    pid: int
    model: str
    device: str
    limits: dict


@dataclass(frozen=True)
class Progress:
    """Sampling step `step` of `steps` is done."""

    id: int
    step: int
    steps: int


@dataclass(frozen=True)
class Result:
    """The motion of request `id` in base64, and a sentence if the prompt asked for what the model does not know.

    memory: bytes that the worker has held at most, see memory.peak.
    """

    id: int
    motion: str
    hint: str = ""
    memory: int = 0


@dataclass(frozen=True)
class Cancelled:
    """Request `id` was stopped as asked."""

    id: int


@dataclass(frozen=True)
class Failed:
    """Request `id` (None: the worker itself) failed: `message` for the user, `details` for a bug report."""

    id: int | None
    message: str
    details: str = ""


KINDS = (Generate, React, Chain, Complete, Cancel, Ready, Progress, Result, Cancelled, Failed)
MESSAGES = {kind.__name__: kind for kind in KINDS}


def encode(message) -> str:
    """One line, without its end, for a message."""
    return json.dumps({"type": type(message).__name__} | asdict(message))


def decode(line: str):
    """The message in a line. Raises ProtocolError for anything else."""
    try:
        fields = json.loads(line)
        return MESSAGES[fields.pop("type")](**fields)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ProtocolError(f"not a message: {line[:200]!r}") from error


def pack(motion: Motion) -> str:
    """A motion as text for a message."""
    file = io.BytesIO()
    motion.save(file)
    return base64.b64encode(file.getvalue()).decode("ascii")


def unpack(text: str) -> Motion:
    """The motion in a message. Raises ValueError if it is damaged."""
    return Motion.load(io.BytesIO(base64.b64decode(text)))
