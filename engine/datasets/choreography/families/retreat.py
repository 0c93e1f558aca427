"""One person advances on the other, who backs away face to face, the hands perhaps raised."""

import numpy as np

from ....rotations import normalise
from ....skeleton import JOINT
from ..arms import Reach
from ..body import SIGN, Body
from ..curves import FPS, ease, pulse, smooth, wander
from ..gait import Path
from ..limbs import direction
from ..observe import CHEST, WRISTS, apart, distance, facing, hands_apart
from ..paths import HERE, behind, clock, follow, pace, steer, toward, wind
from ..person import Performer
from ..scene import Family, Manner, draw_manner, draw_stance, people
from ..texts import Slots, Wordings


def perform(rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body]) -> tuple[list[Performer], dict]:
    """A comes on in one go or in several, B steps back as far."""
    manner = draw_manner(rng, t[-1], ("slow", "fast", "angry"))
    paths, goes, late = _paths(rng, t, bodies, manner)
    leads = rng.integers(2, size=2)
    gaits = [follow(t, *each) for each in zip(bodies, paths, leads, strict=True)]
    pair = people(rng, t, bodies, gaits, manner.vigour)
    hands = bool(rng.uniform() < 0.65)
    _advance(rng, pair[0], manner)
    _give_ground(rng, pair[1], hands)
    return pair, {"manner": manner.name, "hands": hands, "goes": goes, "late": late}


def _paths(
    rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body], manner: Manner
) -> tuple[list[Path], int, bool]:
    """Both people on one way, the number of goes, and whether they stand at first."""
    times = clock(t)
    size = min(body.scale for body in bodies) ** 0.5
    speed = rng.uniform(0.6, 0.8) * np.clip(manner.tempo, 0.8, 1.3) * size
    late = bool(t[-1] > 2.6 and rng.uniform() < 0.6)
    at = rng.uniform(0.1, 0.5) if late else -3.0
    going, goes = 0.0 * times, 0
    while at < t[-1] - 1.4:
        # a short clip ends before they do
        end = t[-1] + (1.0 if t[-1] < 2.6 else -rng.uniform(0.0, 0.3))
        last = min(max(at, 0.0) + rng.uniform(1.6, 3.4), end)
        going = going + pace(times, speed * rng.uniform(0.85, 1.1), at, last, 0.5, 0.5)
        goes, at = goes + 1, last + rng.uniform(0.2, 0.8)
    heading = wind(rng, going, rng.uniform(-0.12, 0.12))
    fled = steer(going, heading)
    # the one who comes on is a moment earlier
    gone = np.cumsum(going) / FPS
    earlier = np.interp(times + rng.uniform(0.08, 0.2), times, gone) - gone
    gap = rng.uniform(1.1, 1.35) + wander(rng, times, 1, 0.03, 0.1, 0.3)[:, 0] - earlier
    place, _ = behind(fled, heading, gap)
    paths = []
    for ground, other in ((place, fled), (fled, place)):
        yaw = toward(ground, other) + wander(rng, times, 1, 0.04, 0.1, 0.3)[:, 0]
        paths.append(Path(times, ground - place[HERE], yaw, draw_stance(rng), rng.uniform(0.05, 0.15)))
    return paths, goes, late


def _advance(rng: np.random.Generator, person: Performer, manner: Manner) -> None:
    """Chest out and elbows bent, the more threatening the angrier."""
    threat = {"angry": 1.0, "slow": 0.6}.get(manner.name, 0.35)
    coming = _pressure(person)
    person.lean = rng.uniform(0.03, 0.08) * threat + 0.07 * coming
    person.bow = 0.05 * coming
    person.elbows = threat * rng.uniform(0.3, 0.7)
    person.spread = threat * rng.uniform(0.05, 0.16)
    person.collars[:, :, 0] = 0.08 * threat
    person.nod = 0.08 * threat
    person.trunk()


def _give_ground(rng: np.random.Generator, person: Performer, hands: bool) -> None:
    """Lean back and sink a little, palms up against the other when `hands`."""
    t, coming = person.t, _pressure(person)
    person.lean = -rng.uniform(0.04, 0.10) * (0.5 + coming)
    person.bow = rng.uniform(0.02, 0.06) * coming
    person.crouch = rng.uniform(0.01, 0.04) * coming
    person.spread = 0.12 * coming
    person.elbows = 0.35 * coming
    shoulders = person.trunk()[0][:, 16:18]
    if not hands:
        return
    heading, size = person.gait.heading, person.body.scale
    up, calm = rng.uniform(-0.4, 0.3), t[coming > 0.2][-1]
    for side, sign in enumerate(SIGN):
        start = up + rng.uniform(0.0, 0.15)
        lowered = calm + rng.uniform(0.0, 0.3), calm + rng.uniform(0.8, 1.1)
        weight = pulse(t, start, start + 0.6, *lowered) * (0.75 + 0.25 * coming)
        fend = wander(rng, t, 3, 0.022, 0.3, 0.9)
        forward_, out, above = rng.uniform(0.28, 0.36), rng.uniform(0.04, 0.12), rng.uniform(-0.14, 0.02)
        wrist = shoulders[:, side] + size * (direction(heading, forward_, sign * out, above) + fend)
        person.reaches.append(
            Reach(
                side,
                wrist,
                weight,
                direction(heading, 0.35, 0.1 * sign, 1.0),
                direction(heading, 1.0, -0.15 * sign, -0.3),
                direction(heading, -0.4, 0.5 * sign, -1.0),
                direction(heading, 0.08),
            )
        )


def _pressure(person: Performer) -> np.ndarray:
    """(T,) 0..1 how much the person is on the move."""
    return smooth(ease(np.hypot(*np.gradient(person.gait.ground, person.t, axis=0).T), 0.05, 0.5), 3.0)


def check(positions: np.ndarray) -> bool:
    """Face to face, both go the same way, one forwards and one backwards, without touching."""
    return acting(positions) is not None


def acting(positions: np.ndarray) -> int | None:
    """Who advances."""
    gone = positions[:, -1, 0, ::2] - positions[:, 0, 0, ::2]
    least = min(0.5, 0.2 * positions.shape[1] / FPS)
    gap = apart(positions)
    if np.linalg.norm(gone, axis=-1).min() < least or gap.min() < 0.5 or gap.max() > 1.9:
        return None
    same_way = normalise(gone[0]) @ normalise(gone[1]) > 0.8
    if not same_way or facing(positions).mean() < 0.85 or _touching(positions):
        return None
    along = normalise((positions[1] - positions[0])[:, 0, ::2].mean(0)) @ normalise(gone.mean(0))
    return int(along < 0) if abs(along) > 0.75 else None


def _touching(positions: np.ndarray) -> bool:
    upper = [*CHEST, JOINT["head"]]
    reached = [distance(positions[who][:, WRISTS, None], positions[1 - who][:, None, upper]).min() for who in (0, 1)]
    return min(reached) < 0.3 or hands_apart(positions).min() < 0.12


def slots(parameters: dict) -> Slots:
    """Words for the raised hands and the goes in which the one comes on."""
    return {
        "hands": ("", " with raised hands", ", the hands up in defence") if parameters["hands"] else ("",),
        "raised": ("",) if parameters["hands"] else (),
        "again": ("",) if parameters["goes"] > 1 else (),
        "once": ("",) if parameters["goes"] == 1 else (),
        "late": ("",) if parameters["late"] else (),
        "threat": ("",) if parameters["manner"] == "angry" else (),
    }


TRAINING = (
    "{One} walks towards {other}{how}, who backs away.",
    "{One} advances{how} and {other} retreats.",
    "{One} advances on {other}{how}, who retreats{hands}.",
    "{One} walks forward{how} and {other} walks backwards{hands}.",
    "{One} steps forward{how} and {other} steps back.",
    "{One} moves towards {other}{how}, and {other} moves back.",
    "{One} comes closer{how} and {other} backs off{hands}.",
    "{One} drives {other} back{how} without touching.",
    "{One} makes {other} walk backwards{how}.",
    "{One} presses forward{how} while {other} gives way.",
    "{One} goes after {other}, who walks backwards{hands}.",
    "{One} is advancing{how} while {other} is retreating.",
    "{One} keeps coming{how} and {other} keeps backing away{hands}.",
    "{One} comes on again and again{how}, {other} backs off each time.{again}",
    "{One} stands in front of {other}, then advances{how}, and {other} retreats.{late}",
    "{One} threatens {other}{how}, who retreats step by step.{threat}",
    "{Other} backs away from {one}{hands}.",
    "{Other} retreats{hands} while {one} advances{how}.",
    "{Other} walks backwards{hands} as {one} comes nearer{how}.",
    "{Other} raises the hands and backs away from {one}.{raised}",
    "{Other} gives ground as {one} comes on{how}.",
    "{Second} retreats from {first}, who walks up{how}.",
    "{Second} is driven back by {first}{how}.",
    "{Second} is forced to walk backwards by {first}{how}.",
    "{First} approaches{how} and {second} shrinks back{hands}.",
    "{First} corners {second}, who steps back{hands}.",
    "Face to face, {one} walks forward{how} and {other} backwards.",
    "Two people face each other: {one} advances{how}, {other} retreats{hands}.",
    "A retreat: {other} steps back from {one}{hands}.",
    "{One} closes in{how}, {other} withdraws{hands}.",
    "{One} bears down on {other}{how}.",
    "{One} crowds {other}{how}.",
    "{One} herds {other} backwards{how}.",
    "{Other} backpedals away from {one}.",
    "{Other} recoils from {one}{hands}.",
    "{Second} yields to {first}{hands}.",
    "{Second} shies away from {first}.",
    "{First} gains ground on {second}{how}.",
    "{First} menaces {second}{how}.{threat}",
    "Making someone back up{how}.",
    "Someone forces somebody to withdraw.",
    "Step by step, closing in{how}.",
    "Advance and withdrawal.",
    "{One} moves in on {other}{how}, who edges away{hands}.",
    "{One} takes the offensive{how}, {other} falls back{hands}.",
    "{One} closes the gap{how}, but {other} opens it up again.",
    "{One} walks at {other}{how}, who reverses{hands}.",
    "{Other} does not let {one} get near and reverses{hands}.",
    "{Other} keeps out of reach while {one} closes in{how}.",
    "{Second} cedes the ground to {first} and never turns round.",
    "{Second} is put on the back foot by {first}, who marches on{how}.",
    "{First} comes on like a threat and makes {second} back down.{threat}",
    "{First} marches forward{how} and {second} recedes at the same pace.",
    "A guard{how} moves an intruder back without laying a hand on anybody.",
    "Show someone closing in on a person who shrinks back.",
    "Make one person step up and the other one edge away, still facing.",
    "For a while nothing happens, then {one} moves in{how} and {other}, eyes to the front, draws back{hands}.{late}",
    "{One} invades the space of {other}{how}, who wants to keep the distance and therefore withdraws "
    "with the eyes to the front.",
    "{One} makes one approach after the other, and at every one of them {other} yields some more ground.{again}",
    "{Other} would rather keep some distance and treads backwards, still face to face with {one}, who "
    "won't stop coming{how}.",
    '{Other} puts up the hands as if to say "Easy now!" and steps off backwards in front of {one}.{raised}',
    "{Second} gives up one step after another, facing {first}, who bears down as if to take the whole room.",
    "{Second} moves off with the back first, always watching {first}, who comes up{how} and never gets hold of anyone.",
    "{First} stalks towards {second}{how} like a cat towards a bird, and is answered with steps to the rear{hands}.",
    "{First} is the one who pushes into the space{how}, {second} the one who makes way by stepping backwards{hands}.",
    "A bully moves up on a smaller kid in the school yard{how}, and the kid draws away without turning round.",
    "A soldier closes in on an unarmed man{how}, who draws back with the face to the attacker.",
    "Like fencers with empty hands, one goes forward all the way and the other goes backward, so that "
    "the gap stays open.",
    "A wild animal approaches a hiker, played by two actors: the one comes nearer and the other one "
    "gives way backwards.",
)
TEST = (
    "{One} closes in on {other}{how}, who shuffles backwards.",
    "{One} marches at {other}{how}, who draws back{hands}.",
    "{Other} withdraws while {one} approaches{how}.",
    "{Other} edges backwards, away from {one}{hands}.",
    "{Second} recoils step by step from {first}{how}.",
    "{Second} is pushed back by nothing but the approach of {first}.",
    "As {one} walks forward{how}, {other} goes backwards.",
    "With hands raised, {other} moves away backwards from {one}.{raised}",
)

FAMILY = Family(
    "One person advances and the other retreats.",
    perform,
    Wordings(TRAINING, TEST, slots),
    check,
    acting=acting,
)
