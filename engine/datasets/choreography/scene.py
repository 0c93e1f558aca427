"""What every family shares: the parts of a scene, manners, meeting at a distance, and filling time."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...motion import Motion
from .body import Body
from .curves import FPS
from .gait import Gait, Route, Walk, walk_along
from .person import Performer
from .texts import Wordings


@dataclass(frozen=True)
class Scene:
    """A sample: the motion, training sentences and held-out sentences that are true of it, what was drawn for it."""

    motion: Motion
    texts: list[str]
    test_texts: list[str]
    parameters: dict
    family: str


@dataclass(frozen=True)
class Family:
    """A kind of interaction. plain: the shortest sentence for it, the first of a scene's texts wherever it is true.

    `perform(rng, t, bodies)` plays it, A doing the deed, and tells the parameters that its wordings need. Of positions
    (2, T, 22, 3) `check` says whether they are a recognisable performance; `handed`, for families in which it matters,
    which hand does it ("left", "right", None for both or neither); `acting`, for families with two roles, who does the
    deed (0, 1, None for nobody): in half of their scenes it is B. shortest: seconds that it needs. resembles: families
    whose scenes may pass this one's check, because it is part of them. airborne: both feet leave the floor at times.
    right_handed: a sentence that names no hand means the right one.
    """

    plain: str
    perform: Callable[[np.random.Generator, np.ndarray, tuple[Body, Body]], tuple[list[Performer], dict]]
    wordings: Wordings
    check: Callable[[np.ndarray], bool]
    handed: Callable[[np.ndarray], str | None] | None = None
    acting: Callable[[np.ndarray], int | None] | None = None
    shortest: float = 2.0
    resembles: tuple[str, ...] = ()
    airborne: bool = False
    right_handed: bool = False


@dataclass(frozen=True)
class Manner:
    """How something is done. tempo: speed against the usual; vigour: size of the movements."""

    name: str
    tempo: float = 1.0
    vigour: float = 1.0


@dataclass
class Meeting:
    """Two people brought to face each other. routes: theirs; arrive: seconds; walks: "both", "A", "B" or "none"."""

    routes: list[Route]
    arrive: float
    walks: str


def draw_manner(rng: np.random.Generator, seconds: float, names: tuple[str, ...]) -> Manner:
    """Draw a manner that fits into the time: half of the scenes are plain, short ones are never slow."""
    tempo, vigour = rng.uniform(0.92, 1.08), rng.uniform(0.85, 1.1)
    name = str(rng.choice(names)) if rng.uniform() < 0.5 else "plain"
    if name == "slow" and seconds < 3.2:
        name = "plain"
    factors = {
        "slow": (0.7, 0.85),
        "fast": (1.35, 1.1),
        "energetic": (1.15, 1.4),
        "gentle": (0.9, 0.7),
        "angry": (1.2, 1.35),
        "friendly": (1.0, 1.1),
    }
    by_tempo, by_vigour = factors.get(name, (1.0, 1.0))
    return Manner(name, tempo * by_tempo, vigour * by_vigour)


def share_out(rng: np.random.Generator, slack: float, parts: tuple[float, ...]) -> np.ndarray:
    """Deal `slack` seconds at random to as many phases as `parts` has weights."""
    return max(slack, 0.0) * rng.dirichlet(parts)


def meet(
    rng: np.random.Generator, bodies: tuple[Body, Body], gap: float, budget: float, tempo: float, start: float = 0.0
) -> Meeting:
    """Let none, one or both people walk within `budget` seconds from `start` until they stand `gap` metres apart.

    A starts at the origin facing about +Z, B in front of A.
    """
    period = float(rng.uniform(0.46, 0.56)) / tempo
    most = int(min(budget / period, 3))
    walks = str(rng.choice(["both", "A", "B", "none"], p=[0.45, 0.2, 0.2, 0.15])) if most >= 2 else "none"
    steps = int(rng.integers(2, most + 1)) if most >= 2 else 0
    strides = [(steps - 1) * rng.uniform(0.34, 0.52) * body.scale for body in bodies]
    lengths = [length if walks in ("both", name) else 0.0 for length, name in zip(strides, "AB", strict=True)]
    turning = most >= 2
    axis = float(rng.uniform(-0.35, 0.35)) if turning else float(rng.uniform(-0.12, 0.12))
    away = np.array([np.sin(axis), np.cos(axis)])
    places = [np.zeros(2), away * (gap + sum(lengths))]
    meeting = Meeting([], start, walks)
    for who, (place, length) in enumerate(zip(places, lengths, strict=True)):
        facing = axis + who * np.pi
        error = (-axis, rng.uniform(-0.3, 0.3))[who] if turning else (-axis, rng.uniform(-0.1, 0.1))[who]
        lead, walk = int(rng.integers(2)), ()
        if turning and (length > 0 or abs(error) > 0.17):
            begin = start + rng.uniform(0.0, 0.15)
            end = begin + period * (steps if length > 0 else 2)
            to = place + (1.0, -1.0)[who] * away * length
            final = float(facing + rng.uniform(-0.06, 0.06))
            walk = (Walk(begin, end, tuple(to), final, steps if length > 0 else 2, lead, stance=draw_stance(rng)),)
            meeting.arrive = max(meeting.arrive, end)
        route = Route(tuple(place), float(facing + error), walk, draw_stance(rng), rng.uniform(0.05, 0.18))
        meeting.routes.append(route)
    return meeting


def walk_over(
    rng: np.random.Generator,
    body: Body,
    start: float,
    place: tuple[float, float],
    to: tuple[float, float],
    heading: float,
    tempo: float = 1.0,
) -> Walk:
    """Walk from `place` to `to` (x, z), from `start` seconds on, in as many usual steps as that takes."""
    length = float(np.hypot(to[0] - place[0], to[1] - place[1]))
    steps = int(round(length / (rng.uniform(0.46, 0.56) * body.scale) + 1.7))
    end = start + steps * float(rng.uniform(0.48, 0.55)) / tempo
    return Walk(start, end, tuple(to), heading, steps, int(rng.integers(2)), stance=draw_stance(rng))


def draw_stance(rng: np.random.Generator) -> tuple[float, float]:
    """How far the left and right foot stand before the body, metres."""
    ahead = float(rng.normal(0.0, 0.03))
    return (ahead, -ahead)


def performers(
    rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body], routes: list[Route], vigour: float = 1.0
) -> list[Performer]:
    """Two people on their routes who look at each other."""
    gaits = [walk_along(t, body, route) for body, route in zip(bodies, routes, strict=True)]
    return people(rng, t, bodies, gaits, vigour)


def people(
    rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body], gaits: list[Gait], vigour: float = 1.0
) -> list[Performer]:
    """Two people with these gaits who look at each other."""
    pair = [Performer(t, body, gait, rng, vigour) for body, gait in zip(bodies, gaits, strict=True)]
    for one, other in zip(pair, pair[::-1], strict=True):
        one.gaze = other.eyes
    return pair


def record(pair: list[Performer]) -> Motion:
    """Take down what the pair does as a Motion, the first one as person A."""
    rotations, roots = zip(*(performer.rotations() for performer in pair), strict=True)
    offsets = np.stack([performer.body.offsets for performer in pair])
    return Motion(np.stack(roots), np.stack(rotations), offsets, fps=FPS)
