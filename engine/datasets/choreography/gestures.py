"""What people do while they talk: hands that speak, heads that nod, weight that goes from foot to foot.

Call `talk` after the layers of the deed: it places the hands from where the trunk then is.
"""

from itertools import pairwise

import numpy as np

from .arms import Reach
from .body import SIGN
from .curves import ease, hump, keyed, pulse, smooth, wander
from .limbs import direction
from .person import Performer

Spans = list[tuple[float, float]]

# Hands in the air, in (forward, outward, up) from the own shoulder of an average adult: wrist, fingers, palm.
# All palms look inwards a little, so that the hand turns over the short way from one gesture to the next.
GESTURES = {
    "offer": ((0.33, 0.05, -0.24), (1.0, 0.25, 0.10), (0.1, -0.6, 0.8)),
    "open": ((0.25, 0.20, -0.24), (0.8, 0.6, 0.15), (0.3, -0.6, 0.8)),
    "frame": ((0.31, -0.03, -0.20), (1.0, -0.05, 0.2), (0.0, -1.0, 0.1)),
    "chop": ((0.35, -0.03, -0.29), (1.0, -0.15, -0.1), (0.0, -1.0, -0.2)),
    "lift": ((0.27, 0.03, -0.06), (0.8, 0.1, 0.7), (0.5, -0.8, 0.0)),
    "self": ((0.17, -0.10, -0.17), (0.3, -1.0, 0.4), (-0.8, -0.5, -0.1)),
    "aside": ((0.22, 0.24, -0.17), (0.7, 0.7, 0.3), (0.3, -0.6, 0.6)),
    "press": ((0.33, 0.02, -0.26), (1.0, -0.2, 0.15), (0.2, -0.6, -0.8)),
    "jab": ((0.38, -0.03, -0.06), (1.0, -0.1, 0.15), (0.0, -0.8, -0.6)),
    "throw": ((0.26, 0.20, -0.04), (0.5, 0.4, 0.8), (0.6, -0.7, 0.3)),
}
TALKING = ("offer", "open", "frame", "chop", "press", "lift", "self", "aside")
ARGUING = ("jab", "throw", "chop", "offer", "open", "aside", "self")
ONE_HANDED = ("lift", "self", "aside", "jab")
ELBOWS = (-0.45, 0.35, -1.0)


def talk(
    rng: np.random.Generator,
    person: Performer,
    spans: Spans,
    size: float = 1.0,
    tempo: float = 1.0,
    kinds: tuple[str, ...] = TALKING,
) -> None:
    """Speak with the hands during `spans` (seconds): phrases of a few strokes, the head and trunk going along.

    size: of the movements, 1 lively; tempo: of the strokes; kinds: of gestures. A phrase uses both hands or one.
    """
    favourite = int(rng.uniform() < 0.7)
    keys: list[list[tuple]] = [[], []]  # of each hand: phrases of (times, gestures)
    for start, end in spans:
        at = start + rng.uniform(0.0, 0.15)
        while end - at > 0.9 / tempo:
            sides = (0, 1) if rng.uniform() < 0.55 else (favourite if rng.uniform() < 0.75 else 1 - favourite,)
            fitting = [kind for kind in kinds if len(sides) == 1 or kind not in ONE_HANDED]
            times, names = _phrase(rng, at, end, tempo, fitting)
            for side in sides:
                keys[side].append((times + rng.uniform(0.0, 0.06), names))
            _beat(rng, person, times, sides, size)
            # half of the time the hands stay up between phrases
            at = times[-2] - 0.1 if rng.uniform() < 0.5 else times[-1] + rng.uniform(0.05, 0.5) / tempo
    _stir(rng, person, spans, size)
    shoulders = person.trunk()[0][:, 16:18]
    for side in (0, 1):
        if keys[side]:
            person.reaches.append(_gesticulate(rng, person, side, shoulders[:, side], keys[side], size, tempo))


def _stir(rng: np.random.Generator, person: Performer, spans: Spans, size: float) -> None:
    """Turn, lean and rock a little all the time, as people do who are at it."""
    slow = size * _within(person.t, spans)[:, None] * wander(rng, person.t, 4, 1.0, 0.2, 0.8)
    person.twist = person.twist + 0.06 * slow[:, 0]
    person.lean = person.lean + 0.022 * slow[:, 1]
    person.tilt = person.tilt + 0.02 * slow[:, 2]
    person.shift = person.shift + 0.008 * slow[:, 3]


def _phrase(
    rng: np.random.Generator, at: float, end: float, tempo: float, kinds: list[str]
) -> tuple[np.ndarray, list[str]]:
    """Times at which strokes end (the first: the raising, the last: the letting go) and the gestures between."""
    times, names = [at, at + rng.uniform(0.42, 0.55) / tempo], []
    room = end - 0.5 / tempo
    for _ in range(int(rng.integers(2, 6))):
        stroke = max(rng.uniform(0.36, 0.62) / tempo, 0.34)
        if len(names) > 0 and times[-1] + stroke > room:
            break
        names.append(str(rng.choice([kind for kind in kinds if not names or kind != names[-1]])))
        times.append(times[-1] + stroke)
    return np.array(times + [times[-1] + rng.uniform(0.5, 0.65) / tempo]), names


def _beat(rng: np.random.Generator, person: Performer, times: np.ndarray, sides: tuple[int, ...], size: float) -> None:
    """Head and trunk go along with the strokes of a phrase."""
    t = person.t
    for before, after in pairwise(times[1:-1]):
        person.nod = person.nod + size * rng.uniform(0.04, 0.14) * hump(t, before - 0.1, after + 0.1)
    through = pulse(t, times[0], times[1], times[-2], times[-1] + 0.2)
    person.lean = person.lean + size * rng.uniform(0.0, 0.06) * through
    if len(sides) == 1:
        person.twist = person.twist - SIGN[sides[0]] * size * rng.uniform(0.04, 0.14) * through


def _gesticulate(
    rng: np.random.Generator,
    person: Performer,
    side: int,
    shoulder: np.ndarray,
    phrases: list[tuple],
    size: float,
    tempo: float,
) -> Reach:
    """One hand's way through all of its phrases."""
    t, heading, sign = person.t, person.gait.heading, SIGN[side]
    times, places, weight = [], [], 0.0 * t
    room = _room(person) / person.body.scale
    for stops, names in phrases:
        weight = np.maximum(weight, pulse(t, stops[0], stops[1] + 0.1, stops[-2], stops[-1]))
        for first, then, name in zip(stops[1:], stops[2:], names, strict=False):
            place = np.array(GESTURES[name])
            place[0] = GESTURES["frame"][0] + size * (place[0] - GESTURES["frame"][0]) + rng.normal(0.0, 0.025, 3)
            place[0] *= min(1.0, np.interp(first, t, room) / np.linalg.norm(place[0]))
            place[1:] += rng.normal(0.0, 0.08, (2, 3))
            # a stroke, then a short hold before the next
            times += [first, first + 0.8 * (then - first)]
            places += [places[-1] if places else place.ravel(), place.ravel()]
    way = smooth(keyed(t, times, places), 1.5).reshape(-1, 3, 3)
    way[:, 0] += wander(rng, t, 3, 0.008, 0.5, 1.4)
    forward, outward, up = np.moveaxis(way, -1, 0)
    wrist, fingers, palm = (
        direction(heading, forward[:, part], sign * outward[:, part], up[:, part]) for part in range(3)
    )
    elbow = direction(heading, ELBOWS[0], sign * ELBOWS[1], ELBOWS[2])
    bulge = direction(heading, 0.08, 0.02 * sign)
    return Reach(side, shoulder + person.body.scale * wrist, smooth(weight, 2.5), fingers, palm, elbow, bulge)


def _room(person: Performer) -> np.ndarray:
    """(T,) metres that a wrist may go from its shoulder: the elbow stays bent, the hand clear of whom one looks at."""
    most = 0.85 * person.body.arm
    if person.gaze is None:
        return np.full(len(person.t), most)
    away = np.linalg.norm((person.gaze - person.eyes)[:, ::2], axis=-1)
    return np.clip(away - 0.45, 0.26, most)


def listen(rng: np.random.Generator, person: Performer, spans: Spans) -> None:
    """Listen during `spans`: nod now and then, tilt the head's bearing a little, lean in."""
    t = person.t
    _stir(rng, person, spans, 0.5)
    for start, end in spans:
        at = start + rng.uniform(0.2, 0.7)
        while end - at > 0.6:
            nods, rate = int(rng.integers(1, 4)), rng.uniform(1.5, 2.2)
            size = rng.uniform(0.10, 0.2)
            for turn in range(nods):
                first = at + turn / rate
                person.nod = person.nod + size * 0.75**turn * hump(t, first, first + 1.15 / rate)
            at += nods / rate + rng.uniform(0.5, 1.6)
    attentive = _within(t, spans)
    person.lean = person.lean + rng.uniform(0.0, 0.05) * attentive
    person.tilt = person.tilt + rng.uniform(-0.05, 0.05) * attentive


def shake_head(rng: np.random.Generator, person: Performer, start: float) -> None:
    """Shake the head two or three times from `start` on; the gaze has to be set."""
    turns, rate = int(rng.integers(2, 4)), rng.uniform(1.5, 2.1)
    last = turns / rate
    window = pulse(person.t, start, start + 0.25, start + last - 0.2, start + last + 0.1)
    swing = rng.uniform(0.22, 0.35) * window * np.sin(2 * np.pi * rate * (person.t - start))
    far = np.linalg.norm((person.gaze - person.eyes)[:, ::2], axis=-1)
    person.gaze = person.gaze + direction(person.gait.heading, 0.0, swing * far)


def _within(t: np.ndarray, spans: Spans) -> np.ndarray:
    """(T,) 0..1 inside any of the spans, with soft ends."""
    inside = 0.0 * t
    for start, end in spans:
        inside = np.maximum(inside, pulse(t, start, start + 0.5, end - 0.1, end + 0.4))
    return inside


def shift_weight(rng: np.random.Generator, person: Performer, start: float, end: float) -> None:
    """Rest on one foot and then on the other every few seconds between two times."""
    side, at = float(rng.choice([-1.0, 1.0])), start + rng.uniform(0.0, 0.6)
    level = 0.0
    while end - at > 0.7:
        lasts = rng.uniform(0.7, 1.1)
        new = side * rng.uniform(0.5, 1.0) if rng.uniform() < 0.85 else 0.0
        person.weight = person.weight + (new - level) * ease(person.t, at, at + lasts)
        level, side, at = new, -side, at + lasts + rng.uniform(0.6, 2.4)
    person.weight = person.weight - level * ease(person.t, end - 0.3, end + 0.4)


def take_turns(rng: np.random.Generator, start: float, end: float, first: int = 0) -> tuple[Spans, Spans]:
    """Deal the time from `start` to `end` to two people who talk in turns, `first` (0 or 1) beginning."""
    turns: tuple[Spans, Spans] = ([], [])
    at, who = start, first
    while end - at > 0.9:
        leave = min(at + rng.uniform(1.5, 3.2), end)
        leave = end if end - leave < 1.2 else leave
        turns[who].append((at, leave))
        at, who = leave + rng.uniform(-0.2, 0.2), 1 - who
    return turns


def converse(
    rng: np.random.Generator, pair: list[Performer], start: float, end: float, first: int = 0, size: float = 0.75
) -> None:
    """Small talk of two people who stand together from `start` to `end`, for filling time."""
    turns = take_turns(rng, start, end, first)
    for who, person in enumerate(pair):
        shift_weight(rng, person, start, end)
        listen(rng, person, turns[1 - who])
        talk(rng, person, turns[who], size)
