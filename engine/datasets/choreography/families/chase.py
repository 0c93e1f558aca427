"""One person chases the other: both run, the chaser close behind with the eyes on the fleeing one."""

import numpy as np

from ....skeleton import JOINT
from ..body import Body
from ..curves import FPS, ease, pulse, wander
from ..gait import Path
from ..limbs import direction
from ..observe import apart, forward
from ..paths import HERE, behind, clock, course, follow, pace, steer, wind
from ..person import Performer
from ..scene import Family, draw_manner, people
from ..texts import Slots, Wordings

RUNNING = 1.6  # m/s that a chase exceeds for nearly half of its time


def perform(rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body]) -> tuple[list[Performer], dict]:
    """B runs off or is running already, A after B on the same curved way."""
    manner = draw_manner(rng, t[-1], ("fast", "energetic", "angry", "friendly"))
    size = min(body.scale for body in bodies) ** 0.5
    speed = rng.uniform(2.1, 2.6) * np.clip(manner.tempo, 0.95, 1.12) * size
    starts = bool(t[-1] > 3.0 and rng.uniform() < 0.5)
    paths, turn = _paths(rng, t, speed, starts)
    gaits = [
        follow(t, body, path, int(rng.integers(2)), rng.uniform(0.95, 1.05))
        for body, path in zip(bodies, paths, strict=True)
    ]
    pair = people(rng, t, bodies, gaits, 1.0)
    for person in pair:
        _run(rng, person)
    looks = _flee(rng, pair[1])
    return pair, {"manner": manner.name, "starts": starts, "turn": turn, "looks_back": looks}


def _paths(rng: np.random.Generator, t: np.ndarray, speed: float, starts: bool) -> tuple[list[Path], str]:
    """The fleeing one's curved way, the chaser's a little later on the same, and which way it turns."""
    times = clock(t)
    curve = rng.uniform(-0.12, 0.12) if rng.uniform() < 0.6 else rng.choice([-1, 1]) * rng.uniform(0.17, 0.28)
    begin = rng.uniform(0.15, 0.6) if starts else times[0]
    pace_of_flight = pace(times, speed, begin, 1e3, rng.uniform(0.9, 1.3)) * (1.0 + wander(rng, times, 1, 0.03)[:, 0])
    heading = wind(rng, pace_of_flight, curve)
    ground = steer(pace_of_flight, heading)
    gap = rng.uniform(1.1, 1.6)
    if starts:
        # the chaser sees it a moment later
        late = np.cumsum(pace_of_flight) - np.cumsum(pace_of_flight)[np.maximum(np.arange(len(times)) - 8, 0)]
        gap = gap + late / FPS
    else:
        gap = gap + wander(rng, times, 1, 0.08, 0.1, 0.25)[:, 0]
    place, course_there = behind(ground, heading, gap)
    ways = ((place, course_there), (ground, heading))
    turn = "left" if curve > 0.15 else "right" if curve < -0.15 else "on"
    return [Path(times, ground - place[HERE], course(ground, heading)) for ground, heading in ways], turn


def _run(rng: np.random.Generator, person: Performer) -> None:
    """Bent elbows and a trunk that leans into the run, the more the faster."""
    speed = np.hypot(*np.gradient(person.gait.ground, person.t, axis=0).T)
    running = ease(speed, 0.6, 2.0)
    person.elbows = rng.uniform(0.85, 1.15) * running
    person.lean = rng.uniform(0.07, 0.12) * running
    person.bow = 0.06 * running
    person.vigour = rng.uniform(1.0, 1.25)
    person.trunk()


def _flee(rng: np.random.Generator, person: Performer) -> bool:
    """Look where to run, and mostly back over a shoulder now and then; tells whether so."""
    t, heading = person.t, person.gait.heading
    person.gaze = person.eyes + 5.0 * direction(heading + wander(rng, t, 1, 0.06)[:, 0], 1.0, 0.0, -0.06)
    if rng.uniform() < 0.3:
        return False
    at = rng.uniform(0.2, 0.8)
    while at < t[-1] - 0.7:
        side, glance = rng.choice([-1.0, 1.0]), pulse(t, at, at + 0.3, at + rng.uniform(0.4, 0.6), at + 1.0)
        back = person.eyes + 3.0 * direction(heading + side * 1.9)
        person.gaze = person.gaze + glance[:, None] * (back - person.gaze)
        person.twist = person.twist + side * 0.35 * glance
        at += rng.uniform(1.8, 3.5)
    person.trunk()
    return True


def acting(positions: np.ndarray) -> int | None:
    """Who chases."""
    pelvis = positions[:, :, JOINT["pelvis"], ::2]
    speeds = np.percentile(np.linalg.norm(np.diff(pelvis, axis=1), axis=-1) * FPS, 60, axis=1)
    gap = apart(positions)
    if speeds.min() < RUNNING or gap.min() < 0.5 or gap.max() > 4.0:
        return None
    to = positions[1, :, 0] - positions[0, :, 0]
    ahead = np.sum(forward(positions[0]) * to, axis=-1), np.sum(forward(positions[1]) * to, axis=-1)
    behind = [np.mean(ahead[0] > 0.4) + np.mean(ahead[1] > 0.4), np.mean(ahead[0] < -0.4) + np.mean(ahead[1] < -0.4)]
    who = int(np.argmax(behind))
    return who if behind[who] > 1.6 else None


def check(positions: np.ndarray) -> bool:
    """Both run the same way, one behind the other."""
    return acting(positions) is not None


def slots(parameters: dict) -> Slots:
    """Words for the start, the way and the looks back."""
    turn = parameters["turn"]
    return {
        "starts": ("",) if parameters["starts"] else (),
        "round": ("", " in a curve", f" in a curve to the {turn}") if turn != "on" else ("",),
        "looks": ("", ", looking back") if parameters["looks_back"] else ("",),
        "back": ("",) if parameters["looks_back"] else (),
        "play": ("",) if parameters["manner"] != "angry" else (),
    }


TRAINING = (
    "{One} chases {other}{how}.",
    "{One} chases {other}{round}{how}.",
    "{One} runs after {other}{how}{round}.",
    "{One} is chasing {other}{how}.",
    "{One} is running after {other}{round}.",
    "{One} pursues {other}{how}.",
    "{One} hunts {other}{how}.",
    "{One} runs behind {other}{how} and tries to catch up.",
    "{One} tries to catch {other}, who runs away{looks}.",
    "{One} follows {other} at a run{round}{how}.",
    "{One} chases after {other}, who flees{looks}.",
    "{Other} runs away from {one}, who gives chase{how}.",
    "{Other} flees and {one} runs after{how}.",
    "{Other} starts to run and {one} goes after at once.{starts}",
    "{Other} takes off and {one} chases{how}.{starts}",
    "{Other} looks back while running away from {one}.{back}",
    "{Second} is chased by {first}{how}.",
    "{Second} is being chased{round} by {first}.",
    "{Second} runs away from {first}{how}{looks}.",
    "{Second} flees from {first}{looks}.",
    "{Second} tries to escape from {first}, who is close behind.",
    "{First} races after {second}{round}.",
    "Two people run: {one} chases {other}{how}.",
    "A chase: {one} runs after {other}{how}.",
    "They play catch, {one} running after {other}.{play}",
    "{One} runs{how} to catch {other}, who is a few steps ahead.",
    "Both run{round}, {one} behind {other}.",
    "{One} is hot on the heels of {other}{round}.",
    "{One} dashes after {other}{how}.",
    "{Second} is hunted by {first}{round}{how}.",
    "{Second} bolts and {first} pelts after{how}.",
    "{Second} makes a run for it with {first} in pursuit{round}{looks}.",
    "{First} hounds {second}{how}.",
    "{One} is breathing down the neck of {other} as both of them run{round}{how}.",
    "{Second} has {first} on their tail{round}.",
    "{One} tears after {other}{how}, never taking the eyes off the prey.",
    "{Second} tries to shake off {first}{looks}.",
    "{One} hurtles along in pursuit of {other}{round}{how}.",
    "{Second} runs for dear life, and {first} stays close behind{how}.",
    "{First} wants to get hold of {second}, who is running off{looks}.",
    "{Second} has to keep running because {first} is in pursuit{how} and gives no rest.",
    "{First} is the hunter at full run, and {second} is the prey that tries to get away{round}.",
    "{Other} gets away from {one} by running, but only just{looks}.",
    "{One} gives chase as {other} makes off{round}{how}.",
    "{Second} turns to flight, with {first} running close on their heels{how}.",
    "{Second} casts a glance behind at {first}, who is running hard to catch up.{back}",
    "{Other} suddenly breaks into a run, and {one} sets off in pursuit{how}.{starts}",
    "A game of tag: {first} is it, and {second} has to run{how}.{play}",
    "{First} tails {second} at a run{round}.",
    "{Second} escapes, {first} pursues{how}.",
    "A pursuit on foot{round}{how}.",
    "Cops and robbers{how}.",
    "A policeman pursues a thief{round}{how}.",
    "Stop that thief.",
    "Cat and mouse, at a run{round}{how}.",
    "Pursuing someone at a run{round}.",
    "A footrace of hunter and hunted{round}.",
    "Make one character race after the other one, who is fleeing at a run just ahead.",
    "A guard is after an intruder, and the two of them run across the yard{round}.",
    "A bully goes after a kid in the school yard{how}, and the kid takes to its heels.",
    "Somebody races to grab hold of a fugitive who is always a few steps ahead{round}{how}.",
    "Show a hunter on foot who keeps both eyes on a running victim and stays close behind{how}.",
    "In hot pursuit{how}.",
    "A pursuer close behind a runner{how}.",
    "After the runaway{how}.",
    "Pursuer and fugitive race through the streets{round}, one close behind the other.",
)
TEST = (
    "{One} sprints after {other}{how}.",
    "{One} goes after {other} at full speed.",
    "{Other} dashes off with {one} in pursuit{how}.",
    "{Other} is on the run from {one}{round}.",
    "{Second} is pursued by {first}{how}.",
    "{First} hurries after {second}, who flees.",
    "Two people play tag and {one} is it.{play}",
    "With {one} hot on the heels, {other} keeps running{looks}.",
)

FAMILY = Family("One person chases the other.", perform, Wordings(TRAINING, TEST, slots), check, acting=acting)
