"""Fighters: side-on behind raised fists, on bent knees, shuffling on their feet, striking and covering."""

import numpy as np

from ...skeleton import JOINT
from .arms import Reach
from .body import SIGN, Body
from .curves import FPS, ease, hump, pulse, wander
from .gait import Path, Step, tread
from .limbs import direction
from .paths import HERE, clock
from .person import Performer
from .scene import people

SIDE_ON = 0.38  # radians by which a fighter turns the leading side to the other
APART = 0.36  # metres between the feet of an average adult, from front to back
FIST = 0.09  # metres from the wrist to the knuckles

Way = tuple[np.ndarray, np.ndarray]  # ground (N, 2), heading (N,)
Spans = tuple[tuple[float, float], ...]


def opposed(times: np.ndarray, centre: np.ndarray, gap: np.ndarray, axis: np.ndarray, pivot: float) -> list[Way]:
    """Ways of two people `gap` (N,) metres apart along `axis` (N,) radians from A to B, who face each other.

    centre (N, 2): a point between them, at share `pivot` of the way from A to B. At time 0 A is at the origin and
    looks along +Z.
    """
    turned = axis - axis[HERE]
    along = np.stack([np.sin(turned), np.cos(turned)], axis=-1)
    grounds = [centre - pivot * gap[:, None] * along, centre + (1.0 - pivot) * gap[:, None] * along]
    return [(grounds[who] - grounds[0][HERE], turned + who * np.pi) for who in (0, 1)]


def fighters(
    rng: np.random.Generator,
    t: np.ndarray,
    bodies: tuple[Body, Body],
    ways: list[Way],
    leads: tuple[int, int],
    tempo: float = 1.0,
    vigour: float = 1.0,
    still: tuple[Spans, Spans] = ((), ()),
) -> list[Performer]:
    """Two people on these ways in a fighting stance, the foot and hand of `leads` (0 left, 1 right) in front.

    still: for each of them the spans (seconds) in which the feet stay.
    """
    gaits = []
    for body, (ground, heading), lead, spans in zip(bodies, ways, leads, still, strict=True):
        half = APART * body.scale / 2.0
        stance = (half, -half) if lead == 0 else (-half, half)
        path = Path(clock(t), ground, heading - SIGN[lead] * SIDE_ON, stance, 0.12)
        gaits.append(tread(t, body, path, shuffle(rng, path, lead, tempo, spans)))
    pair = people(rng, t, bodies, gaits, vigour)
    for person in pair:
        crouch_ready(rng, person)
    return pair


def shuffle(rng: np.random.Generator, path: Path, lead: int, tempo: float = 1.0, still: Spans = ()) -> list[Step]:
    """Pairs of short steps that keep the stance: the foot on the side of the movement goes first, the other follows."""
    steps: list[Step] = []
    at = path.times[0] + rng.uniform(0.0, 0.3)
    place, facing = path.at(at)
    while at < path.times[-1] - 1.0:
        period = rng.uniform(0.42, 0.56) / tempo
        if any(start < at + 1.15 * period and at < end for start, end in still):
            at += 0.1
            continue
        over = at + 0.95 * period
        to, heading = path.at(over)
        move, turn = to - place, float(heading) - facing
        forward = move @ [np.sin(heading), np.cos(heading)]
        left = move @ [np.cos(heading), -np.sin(heading)]
        if np.hypot(*move) < 0.09 and abs(turn) < 0.2:
            at += 0.1
            continue
        ahead = lead if forward > 0 else 1 - lead
        first = (0 if left > 0 else 1) if abs(left) > abs(forward) else ahead
        steps += [
            Step(side, at + wait, 0.5 * period, over, path.stance[side], 1.15, 0.9)
            for side, wait in ((first, 0.0), (1 - first, 0.5 * period))
        ]
        place, facing = to, float(heading)
        at += period * rng.uniform(1.02, 1.25)
    return steps


def crouch_ready(rng: np.random.Generator, person: Performer) -> None:
    """Bent knees, chin down, a slight bounce and weaving of the trunk."""
    t, size = person.t, person.body.scale
    rate = rng.uniform(1.5, 2.1) + wander(rng, t, 1, 0.12)[:, 0]
    bounce = np.sin(2.0 * np.pi * np.cumsum(rate) / FPS) * (0.6 + wander(rng, t, 1, 0.25)[:, 0])
    person.crouch = person.crouch + size * (0.055 + 0.011 * person.vigour * bounce)
    person.lean = person.lean + 0.12 + wander(rng, t, 1, 0.03, 0.3, 0.9)[:, 0]
    person.tilt = person.tilt + wander(rng, t, 1, 0.035, 0.3, 0.9)[:, 0]
    person.twist = person.twist + wander(rng, t, 1, 0.05, 0.2, 0.7)[:, 0]
    person.shift = person.shift + wander(rng, t, 1, 0.014, 0.3, 0.9)[:, 0]
    person.nod = person.nod + 0.10
    person.collars[:, :, 0] += 0.10
    person.collars[:, :, 1] += 0.18


def aim_of(person: Performer) -> np.ndarray:
    """Heading (T,) from a person to what the person looks at."""
    to = person.gaze - person.eyes
    return np.unwrap(np.arctan2(to[:, 0], to[:, 2]))


def raise_fists(
    rng: np.random.Generator, person: Performer, positions: np.ndarray, lead: int, weight: np.ndarray | float = 1.0
) -> None:
    """Both fists before the face, the leading one further out, elbows down; `positions` (T, 22, 3) of the trunk."""
    t, size = person.t, person.body.scale
    head, aim = positions[:, JOINT["head"]], aim_of(person)
    weight = weight + 0.0 * t
    for side, sign in enumerate(SIGN):
        out, low = (rng.uniform(0.27, 0.33), -0.09) if side == lead else (rng.uniform(0.17, 0.21), -0.10)
        drift = wander(rng, t, 3, 0.011, 0.4, 1.3)
        wrist = head + size * (direction(aim, out, rng.uniform(0.09, 0.12) * sign, low) + drift)
        fingers, palm = direction(aim, 0.45, -0.25 * sign, 0.85), direction(aim, -0.4, -sign, 0.0)
        elbow = direction(aim, -0.15, 0.4 * sign, -1.0)
        person.reaches.append(Reach(side, wrist, weight, fingers, palm, elbow, direction(aim, 0.10)))


def wind_up(person: Performer, side: int, hit: float, power: float, drive: float, back: float) -> None:
    """The trunk of a punch that lands at `hit` seconds: a small draw back, hips and shoulder thrown in, recoil.

    power: 1 for a cross; drive, back: seconds of going out and coming back. Adds to the layers.
    """
    t, sign = person.t, SIGN[side]
    load = hump(t, hit - drive - 0.30, hit - 0.2 * drive)
    through = pulse(t, hit - drive - 0.04, hit, hit + 0.04, hit + back + 0.12)
    person.twist = person.twist + sign * power * (0.22 * load - 0.50 * through)
    person.lean = person.lean + power * (0.10 * through - 0.05 * load)
    person.shift = person.shift + power * (0.07 * through - 0.02 * load)
    person.crouch = person.crouch + 0.02 * power * load
    person.collars[side, :, 1] += 0.25 * through


def punch(
    person: Performer,
    shoulder: np.ndarray,
    side: int,
    hit: float,
    knuckles: np.ndarray,
    drive: float,
    back: float,
    swing: float = 0.04,
) -> None:
    """The fist of a punch from `shoulder` (T, 3) to `knuckles` (T, 3) at `hit`, on top of the reaches before.

    swing: metres that the fist goes round outside, much in a hook.
    """
    t, sign = person.t, SIGN[side]
    way = knuckles - shoulder
    length = np.linalg.norm(way, axis=-1, keepdims=True)
    fingers = way / length
    aim = np.unwrap(np.arctan2(way[:, 0], way[:, 2]))
    weight = pulse(t, hit - drive, hit, hit + 0.05, hit + 0.05 + back)
    palm = direction(aim, 0.0, -0.8 * sign, -0.6)
    elbow = direction(aim, -0.2, 0.55 * sign, -0.85)
    bulge = direction(aim, 0.0, swing * sign)
    # an arm that goes quite straight would snap back
    wrist = shoulder + fingers * np.minimum(length - FIST * person.body.scale, 0.93 * person.body.arm)
    person.reaches.append(Reach(side, wrist, weight, fingers, palm, elbow, bulge))


def cover(person: Performer, side: int, head: np.ndarray, hit: float) -> None:
    """The fist of `side` goes back to the own cheek around `hit` seconds; head: where that is (T, 3)."""
    aim, sign = aim_of(person), SIGN[side]
    wrist = head + person.body.scale * direction(aim, 0.11, 0.10 * sign, -0.07)
    weight = pulse(person.t, hit - 0.3, hit - 0.03, hit + 0.15, hit + 0.6)
    fingers, palm = direction(aim, 0.25, -0.1 * sign, 1.0), direction(aim, -0.4, -sign, 0.0)
    person.reaches.append(Reach(side, wrist, weight, fingers, palm, direction(aim, -0.1, 0.35 * sign, -1.0)))


def face(person: Performer, positions: np.ndarray) -> np.ndarray:
    """The front of the face (T, 3) of a trunk's `positions` (T, 22, 3)."""
    ahead = direction(aim_of(person), 0.10, 0.0, 0.05)
    return positions[:, JOINT["head"]] + person.body.scale * ahead


def spread_out(rng: np.random.Generator, first: float, last: float, every: tuple[float, float]) -> list[float]:
    """Times from `first` to `last` with random pauses of `every` (least, most) seconds between them."""
    times, at = [], first
    while at <= last:
        times.append(at)
        at += rng.uniform(*every)
    return times


def closing(times: np.ndarray, far: np.ndarray | float, near: float, hits: list[float], before: float) -> np.ndarray:
    """Gap (N,): `far`, and `near` around each of `hits` (seconds), closed within `before` seconds."""
    share = np.zeros(len(times))
    for hit in hits:
        share = np.maximum(share, ease(times, hit - before, hit - 0.03) * (1.0 - ease(times, hit + 0.2, hit + 0.95)))
    return far + share * (near - far)
