"""Who touches whom, and which feet stand: the contacts of a Motion, found on its joints.

Numpy only, the engine's axes and metres. All thresholds are those of an average adult and grow with the people.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..core import skeleton
from .posed import PALMS, Posed

JOINT = skeleton.JOINT

ANKLES, TOES = (JOINT["left_ankle"], JOINT["right_ankle"]), (JOINT["left_foot"], JOINT["right_foot"])
HAND_RADIUS = 0.0225  # so that palms which meet are 4.5 cm apart
# What a hand touches: a line of body points and how thick the body is around it.
PARTS = {
    "left_hand": ((PALMS[0],), HAND_RADIUS),
    "right_hand": ((PALMS[1],), HAND_RADIUS),
    "left_arm": (tuple(JOINT[f"left_{name}"] for name in ("shoulder", "elbow", "wrist")), 0.04),
    "right_arm": (tuple(JOINT[f"right_{name}"] for name in ("shoulder", "elbow", "wrist")), 0.04),
    "shoulders": ((JOINT["left_shoulder"], JOINT["right_shoulder"]), 0.07),
    "trunk": (tuple(JOINT[name] for name in ("spine1", "spine2", "spine3", "neck")), 0.11),
    "head": ((JOINT["neck"], JOINT["head"]), 0.09),
}
HANDS = ("left_hand", "right_hand")

NEAR = 0.12  # metres between two palms that are slow against each other: a touch that was meant
SLOW = 0.6  # metres per second
# A clap, though it may miss: palms that fly so far at or from each other in so many seconds and get NEAR, or nearer
# than MISSED if they stay there for a moment, slower than HALT.
MISSED, FLUNG, FLIGHT, HALT = 0.25, 0.53, 0.27, 0.9
TOUCHING, STILL_TOUCHING = 0.03, 0.06  # metres of air between a hand and the other's body, at first and later on
PLANT_HEIGHTS = {joint: height for joints, height in ((TOES, 0.06), (ANKLES, 0.12)) for joint in joints}  # metres
PLANT_SPEED, STILL_PLANTED = 0.25, 0.40  # metres per second, at first and later on
GAP, SHORTEST = 0.2, 0.06  # seconds: shorter breaks are closed, shorter touches are chance


@dataclass(frozen=True)
class Touch:
    """A hand on the other person in the frames from `start` up to `stop`.

    person: 0 or 1, whose hand it is; side: 0 left, 1 right; part: of the other person, a key of PARTS.
    """

    person: int
    side: int
    part: str
    start: int
    stop: int


@dataclass(frozen=True)
class Plant:
    """An ankle or toe joint that stands on the floor in the frames from `start` up to `stop`."""

    person: int
    joint: int
    start: int
    stop: int


def nearest(line: np.ndarray, point: np.ndarray) -> np.ndarray:
    """Where a line (T, K, 3) of K joints is nearest to a point (T, 3): weights (T, K) of the joints."""
    count = line.shape[1]
    if count == 1:
        return np.ones((len(line), 1))
    share, distance = _to_bones(line, point)
    best = np.argmin(distance, axis=1)
    frames = np.arange(len(line))
    weights = np.zeros((len(line), count))
    weights[frames, best + 1] = share[frames, best]
    weights[frames, best] = 1.0 - share[frames, best]
    return weights


def _to_bones(line: np.ndarray, point: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """From points (..., 3) to each bone of lines (..., K, 3): how far along it, and how far away, (..., K - 1)."""
    along, away = np.diff(line, axis=-2), point[..., None, :] - line[..., :-1, :]
    length = np.maximum(_dot(along, along), 1e-12)
    share = np.clip(_dot(away, along) / length, 0.0, 1.0)
    rest = away - share[..., None] * along
    return share, np.sqrt(_dot(rest, rest))


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.einsum("...c,...c->...", a, b)


def spot(points: np.ndarray, part: str, weights: np.ndarray) -> np.ndarray:
    """The place (T, 3) on a part of a person's points (T, 24, 3) that `nearest` has named."""
    return np.einsum("tk,tkc->tc", weights, points[:, PARTS[part][0]])


def find_touches(people: Posed) -> list[Touch]:
    """The hands that touch the other person.

    Two hands touch if their palms are within a hand's thickness or, slow against each other, within 12 cm: a near
    miss counts; so does a clap that misses by more. A hand touches arms, shoulders, trunk or head with less than 3 cm
    of air between. While a hand is in a hand nothing else is looked at, else the part that is nearest in the mean of
    an episode counts. Each pair of hands comes once, as A's touch.
    """
    palms, fps, size = people.points[:, :, PALMS], people.motion.fps, float(people.sizes.mean())
    touches, busy = [], np.zeros((2, 2, people.motion.frames), dtype=bool)
    for side in (0, 1):
        for other_side, part in enumerate(HANDS):
            apart = palms[0, :, side] - palms[1, :, other_side]
            distance, speed = np.sqrt(_dot(apart, apart)) / size, _speed(apart, fps) / size
            claps = _claps(distance, speed, fps)
            meant = (distance < NEAR) & (speed < SLOW) | (distance < 3 * HAND_RADIUS) | claps
            for start, stop in episodes(meant, (distance < NEAR) | claps, fps):
                touches.append(Touch(0, side, part, start, stop))
                busy[0, side, start:stop] = busy[1, other_side, start:stop] = True
    return touches + _on_bodies(people, busy)


def _claps(distance: np.ndarray, speed: np.ndarray, fps: float) -> np.ndarray:
    """(T,) the frames around which two palms clap, or were to: `distance` and `speed` (T,) of an adult's."""

    def of_window(curve: np.ndarray, before: float, after: float, choose: Callable) -> np.ndarray:
        before, after = round(before * fps), round(after * fps)
        padded = np.pad(curve, (before, after), "edge")
        return choose(np.lib.stride_tricks.sliding_window_view(padded, before + after + 1), axis=-1)

    turns = distance <= of_window(distance, 0.07, 0.07, np.min)
    meant = (distance < NEAR) | (distance < MISSED) & (of_window(speed, 0.035, 0.035, np.min) < HALT)
    flung = np.maximum(of_window(distance, FLIGHT, 0, np.max), of_window(distance, 0, FLIGHT, np.max)) - distance
    return of_window(turns & meant & (flung > FLUNG), 0.035, 0.035, np.max)


def _on_bodies(people: Posed, busy: np.ndarray) -> list[Touch]:
    """The touches of the hands on the other's arms, shoulders, trunk and head; busy (2, 2, T): in a hand."""
    palms, others, size = people.points[:, :, PALMS], people.points[::-1, :, None], float(people.sizes.mean())
    air = {}  # metres (2, T, 2), as of an adult, between a hand's and a body part's surface
    for part, (joints, radius) in PARTS.items():
        if part not in HANDS:
            air[part] = _to_bones(others[..., joints, :], palms)[1].min(-1) / size - radius - HAND_RADIUS
    parts, all_air = list(air), np.stack(list(air.values()))
    touches = []
    for person, side in np.ndindex(2, 2):
        hand = all_air[:, person, :, side]
        least = np.where(busy[person, side], np.inf, hand.min(0))
        for start, stop in episodes(least < TOUCHING, least < STILL_TOUCHING, people.motion.fps):
            part = parts[int(np.argmin(hand[:, start:stop].mean(1)))]
            touches.append(Touch(person, side, part, start, stop))
    return touches


def find_plants(people: Posed) -> list[Plant]:
    """The ankle and toe joints that stand on the floor: low and slow."""
    plants = []
    for person, size in enumerate(people.sizes):
        for joint, height in PLANT_HEIGHTS.items():
            place = people.positions[person, :, joint] / size
            speed = _speed(place, people.motion.fps)
            low = place[:, 1] < height
            spans = episodes(low & (speed < PLANT_SPEED), low & (speed < STILL_PLANTED), people.motion.fps)
            plants += [Plant(person, joint, *span) for span in spans]
    return plants


def _speed(path: np.ndarray, fps: float) -> np.ndarray:
    """Metres per second (T,) along a path (T, 3)."""
    step = np.gradient(path, axis=0) if len(path) > 1 else np.zeros_like(path)
    return np.sqrt(_dot(step, step)) * fps


def episodes(begins: np.ndarray, lasts: np.ndarray, fps: float) -> list[tuple[int, int]]:
    """Spans (start, stop) of frames in which `lasts` (T,) holds and somewhere `begins` (T,) does.

    Breaks under GAP seconds between two of them are closed, then those under SHORTEST seconds are left out.
    """
    runs = _runs(lasts | begins)
    merged: list[tuple[int, int]] = []
    for start, stop in [run for run in runs if begins[slice(*run)].any()]:
        if merged and start - merged[-1][1] < GAP * fps:
            start = merged.pop()[0]
        merged.append((start, stop))
    return [(start, stop) for start, stop in merged if stop - start >= SHORTEST * fps]


def _runs(flags: np.ndarray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(int)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
