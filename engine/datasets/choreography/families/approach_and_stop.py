"""One person walks up to the other, who waits, and stops in front of them."""

import numpy as np

from ....skeleton import JOINT
from ..body import Body
from ..curves import FPS, ease, hump, wander
from ..gait import Path
from ..gestures import listen, shift_weight
from ..limbs import direction
from ..observe import WRISTS, apart, facing, way
from ..paths import HERE, beside, clock, course, follow, pace, steer, toward
from ..person import Performer
from ..scene import Family, draw_manner, draw_stance, people
from ..texts import Slots, Wordings

NEAR = 1.35  # metres between two people who have come together


def perform(rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body]) -> tuple[list[Performer], dict]:
    """A walks in from a few metres away; B turns to A and they stand face to face."""
    manner = draw_manner(rng, t[-1], ("slow", "fast", "angry", "friendly"))
    paths, arrives, turns = _paths(rng, t, bodies, manner.tempo)
    leads = rng.integers(2, size=2)
    gaits = [follow(t, *each) for each in zip(bodies, paths, leads, strict=True)]
    pair = people(rng, t, bodies, gaits, manner.vigour)
    _notice(rng, pair[1], arrives)
    nods = bool(t[-1] > arrives + 0.7 and rng.uniform() < 0.5)
    for who, person in enumerate(pair):
        if nods:
            at = arrives + 0.05 + rng.uniform(0.0, 0.2) + who * rng.uniform(0.1, 0.35)
            person.nod = rng.uniform(0.16, 0.26) * hump(t, at, at + rng.uniform(0.55, 0.8))
        shift_weight(rng, person, arrives + 0.4 if who == 0 else 0.0, t[-1] + 1.0)
        listen(rng, person, [(arrives + 1.0, t[-1])])
    return pair, {"manner": manner.name, "turns": turns, "nods": nods}


def _paths(
    rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body], tempo: float
) -> tuple[list[Path], float, bool]:
    """A's way to B, the time at which it ends, and whether B has to turn."""
    times = clock(t)
    speed = rng.uniform(1.05, 1.3) * np.clip(tempo, 0.75, 1.2) * bodies[0].scale ** 0.5
    stands = t[-1] > 3.5 and rng.uniform() < 0.5
    begin = rng.uniform(0.1, min(0.8, 0.15 * t[-1])) if stands else -1.5
    walks = rng.uniform(1.9, min(3.6, max(2.0, t[-1] - begin - 0.6)))
    arrives = min(max(begin, 0.0) + walks, t[-1] - rng.uniform(0.35, 0.55))
    going = pace(times, speed, begin, arrives, 0.7, rng.uniform(0.8, 1.1))
    heading = rng.uniform(-0.15, 0.15) + 0.0 * times
    line = steer(going, heading)
    # nobody walks along a ruler
    bend = rng.uniform(-0.35, 0.35) * hump(times, max(begin, -0.5), arrives)
    ground = beside(line, heading, bend)
    gap = rng.uniform(0.78, 1.05) + 0.08 * (bodies[0].scale + bodies[1].scale - 2.0)
    goal = beside(line[-1:], heading[-1:], rng.uniform(-0.06, 0.06), gap)
    other = np.repeat(goal, len(times), axis=0)
    yaw = course(ground, toward(ground, other))
    turn = rng.choice([-1, 1]) * (rng.uniform(0.5, 1.4) if rng.uniform() < 0.5 else rng.uniform(0.0, 0.2))
    at = arrives - rng.uniform(0.7, 1.2)
    waits = toward(other, ground)[-1] + turn * (1.0 - ease(times, at, at + 0.9))
    stances = [(draw_stance(rng), rng.uniform(0.05, 0.16)) for _ in range(2)]
    paths = [
        Path(times, place - ground[HERE], facing, *stance)
        for place, facing, stance in ((ground, yaw, stances[0]), (other, waits, stances[1]))
    ]
    return (
        [Path(p.times, p.ground - ground[HERE], p.heading, p.stance, p.toe_out) for p in paths],
        arrives,
        abs(turn) > 0.4,
    )


def _notice(rng: np.random.Generator, person: Performer, arrives: float) -> None:
    """Who waits looks about before seeing the other come."""
    seen = ease(person.t, arrives - rng.uniform(1.3, 1.8), arrives - rng.uniform(0.8, 1.1))[:, None]
    away = person.eyes + 3.0 * direction(person.gait.heading[0] + wander(rng, person.t, 1, 0.2)[:, 0], 1.0, 0.0, -0.1)
    person.gaze = away + seen * (person.gaze - away)


def check(positions: np.ndarray) -> bool:
    """One comes from afar and stands before the other, face to face, hands low; the other stays in place."""
    return acting(positions) is not None


def acting(positions: np.ndarray) -> int | None:
    """Who walks up."""
    gap = apart(positions)
    last = positions[:, -8:]
    slow = np.linalg.norm(np.diff(last[:, :, 0], axis=1), axis=-1).mean(1).max() * FPS < 0.3
    if not slow or not facing(last).all() or not 0.5 < gap[-1] < NEAR or gap.max() - gap[-1] < 1.0:
        return None
    ways = [way(person) for person in positions]
    hips = positions[:, :, [JOINT["pelvis"]], 1]
    raised = positions[:, :, WRISTS, 1].max(-1, keepdims=True) - hips > 0.3
    if min(ways) > 0.35 or max(ways) < 1.0 or raised.any():
        return None
    return int(np.argmax(ways))


def slots(parameters: dict) -> Slots:
    """Words for the waiting one's turn and a nod."""
    return {
        "turns": ("",) if parameters["turns"] else (),
        "nods": ("",) if parameters["nods"] else (),
        "threat": ("",) if parameters["manner"] == "angry" else (),
    }


TRAINING = (
    "{One} walks up to {other} and stops.",
    "{One} walks up to {other}{how} and stops.",
    "{One} walks up to {other}{how}.",
    "{One} approaches {other}{how} and stops.",
    "{One} approaches {other}{how} and stops in front of them.",
    "{One} comes up to {other}{how} and stands still.",
    "{One} walks over to {other}{how} and stays there.",
    "{One} goes to {other}{how} and stops face to face.",
    "{One} steps up to {other}{how} and stands before them.",
    "{One} walks towards {other}{how} until they stand face to face.",
    "{One} comes closer{how} and stops in front of {other}.",
    "{One} comes over{how} and stops, {other} waits.",
    "{One} is walking up to {other}, who stands and waits.",
    "{One} walks straight up to {other}{how}.",
    "{One} walks up to {other} and both nod.{nods}",
    "{One} walks up{how} and greets {other} with a nod.{nods}",
    "{One} walks up to {other}, who turns around to look.{turns}",
    "{One} comes near and {other} turns to face the newcomer.{turns}",
    "{One} marches up to {other} and plants oneself there.{threat}",
    "{Other} stands still while {one} walks up{how}.",
    "{Other} waits for {one}, who comes over{how}.",
    "{Other} waits while {one} approaches{how} and stops.",
    "{Second} is approached by {first}{how}.",
    "{Second} stays in place and {first} comes up{how}.",
    "{First} walks to {second}{how} and halts.",
    "{First} approaches{how} and comes to a stop before {second}.",
    "Someone stands waiting; {first} walks up and stops.",
    "They end up face to face after {one} has walked over{how}.",
    "{One} strides over to {other}{how} and halts.",
    "{One} comes face to face with {other}{how}.",
    "{One} heads for {other}{how}, then stands still at arm's length.",
    "{Second} lets {first} draw near{how}.",
    "{One} advances on {other}, who does not move an inch, and comes to a standstill.",
    "{One} closes the distance to {other}{how}.",
    "{One} makes a beeline for {other}{how} and stops short.",
    "{Second} holds position while {first} closes in{how}.",
    "{Second} does not budge as {first} comes nearer and pulls up{how}.",
    "{First} joins {second}.",
    "{One} moves in on {other}{how} and freezes there.",
    "{One} crosses the room{how} to where {other} is waiting, and goes no further.",
    "{Second} is met by {first}, who has come on foot{how} and now stands before them.",
    "{Second} has a visitor: {first}.",
    "{First} paces up to {second}{how}, then stands.",
    "{One} ends up before {other}.",
    "{One} takes several steps in the direction of {other}{how} and stays put once they are near enough to talk.",
    "{Second} awaits {first}.",
    "{First} bridges the gap to {second}.",
    "{One} heads over to {other}, who has been waiting all along, and comes to rest face to face.",
    "{First} reaches {second} and stays there.",
    "{One} gets close to {other}{how}.",
    "{First} arrives, pulls up and gives {second} a nod that is returned.{nods}",
    "{Second} swings round to see {first} coming.{turns}",
    "{One} squares up in front of {other} like a bully.{threat}",
    "Arriving in front of someone{how}.",
    "Someone joins a waiting person{how}.",
    "A soldier strides up to the officer and halts{how}.",
    "A face-to-face arrival.",
    "Make one character walk to the other one, who stays put, and end the walk there.",
    "A waiter comes to the guest at the door and stands there{how}.",
    "One arrives, one waits.",
    "A stranger comes near{how} and halts.",
    "Go up to the other person.",
    "Walking over to a friend and standing there{how}.",
    "A messenger crosses the yard{how} and comes to a standstill in front of the captain, who has been waiting.",
    "At the bus stop a newcomer draws near and takes up position before somebody who is standing there{how}.",
    "Show a person who covers the last few metres to a waiting colleague{how} and then stands still.",
    "Stage direction: enter a visitor, who goes to the waiting host and halts.",
    "Approach, then halt.",
)
TEST = (
    "{One} strides over to {other}{how} and comes to rest there.",
    "{One} heads for {other}{how} and halts a step away.",
    "{One} draws near to {other}{how} and remains standing.",
    "{Other} remains where they are until {one} has come{how}.",
    "{Second} gets approached{how} by {first}, who then halts.",
    "{First} goes up to {second}{how} and stops short.",
    "Coming from a distance, {one} stops in front of {other}{how}.",
    "With {other} waiting, {one} walks over{how} and stands still.",
)

FAMILY = Family(
    "One person walks up to the other and stops.",
    perform,
    Wordings(TRAINING, TEST, slots),
    check,
    acting=acting,
    shortest=2.2,
)
