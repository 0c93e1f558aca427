"""Two people walk around each other in a circle, each with an eye on the other."""

import numpy as np

from ....rotations import normalise
from ..body import Body
from ..curves import FPS, ease, pulse, smooth, wander
from ..gait import Path
from ..limbs import direction
from ..observe import apart, looks_at
from ..paths import HERE, clock, follow, pace, toward
from ..person import Performer
from ..scene import Family, draw_manner, draw_stance, people
from ..texts import Slots, Wordings


def perform(rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body]) -> tuple[list[Performer], dict]:
    """Both go round a common middle, opposite each other; long clips may turn back on the way."""
    manner = draw_manner(rng, t[-1], ("slow", "fast"))
    sense = int(rng.choice([-1, 1]))
    paths, turns_back, starts = _paths(rng, t, bodies, manner.tempo, sense)
    leads = rng.integers(2, size=2)
    gaits = [follow(t, *each) for each in zip(bodies, paths, leads, strict=True)]
    pair = people(rng, t, bodies, gaits, manner.vigour)
    for person, other in zip(pair, pair[::-1], strict=True):
        _watch(rng, person, other)
    way = "both" if turns_back else "left" if sense > 0 else "right"
    return pair, {"manner": manner.name, "way": way, "starts": starts}


def _paths(
    rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body], tempo: float, sense: int
) -> tuple[list[Path], bool, bool]:
    """Both people's rings, whether they turn back, and whether they stand face to face first."""
    times = clock(t)
    speed = rng.uniform(0.9, 1.1) * np.clip(tempo, 0.75, 1.2) * min(body.scale for body in bodies) ** 0.5
    starts = bool(t[-1] > 3.2 and rng.uniform() < 0.5)
    turns_back = bool(t[-1] > 5.5 and rng.uniform() < 0.4)
    stops = t[-1] > 4.0 and rng.uniform() < 0.4
    begin = rng.uniform(0.15, 0.6) if starts else -3.0
    end = t[-1] - rng.uniform(0.2, 0.8) if stops else t[-1] + 3.0
    middle = rng.uniform(0.4, 0.6) * t[-1] if turns_back else end
    going = pace(times, speed, begin, middle, 0.8, 0.8)
    if turns_back:
        going = going - pace(times, speed, middle + rng.uniform(0.0, 0.3), end, 0.8, 0.8)
    radius = rng.uniform(0.52, 0.72) + 0.1 * (bodies[0].scale + bodies[1].scale - 2.0)
    radius = radius + wander(rng, times, 1, 0.03, 0.06, 0.18)[:, 0]
    angle = sense * np.cumsum(going / radius) / FPS + rng.uniform(-0.4, 0.4)
    # who stands faces the other, who walks turns to where the ring leads
    along = smooth(going / speed, 4.0)
    paths = []
    for who in (0, 1):
        lag = angle + who * np.pi + wander(rng, times, 1, 0.05, 0.06, 0.2)[:, 0]
        own = radius + wander(rng, times, 1, 0.02, 0.06, 0.2)[:, 0]
        paths.append(np.stack([own * np.sin(lag), own * np.cos(lag)], axis=-1))
    origin = paths[0][HERE]
    yaws = [toward(one, other) for one, other in (paths, paths[::-1])]
    turn = sense * rng.uniform(1.15, 1.4, 2)
    return (
        [
            Path(times, ring - origin, yaw - by * along, draw_stance(rng), rng.uniform(0.05, 0.14))
            for ring, yaw, by in zip(paths, yaws, turn, strict=True)
        ],
        turns_back,
        starts,
    )


def _watch(rng: np.random.Generator, person: Performer, other: Performer) -> None:
    """Eyes on the other, now and then on the way."""
    t = person.t
    ahead = person.eyes + 3.0 * direction(person.gait.heading + wander(rng, t, 1, 0.1)[:, 0], 1.0, 0.0, -0.15)
    share, at = 1.0 + 0.0 * t, rng.uniform(0.3, 2.5)
    while at < t[-1]:
        hold = rng.uniform(0.2, 0.6)
        share = share - rng.uniform(0.5, 0.9) * pulse(t, at, at + 0.4, at + 0.4 + hold, at + 0.9 + hold)
        at += 1.2 + hold + rng.uniform(0.5, 2.5)
    person.gaze = ahead + share[:, None] * (other.eyes - ahead)
    person.twist = 0.12 * ease(t, 0.0, 0.8) * wander(rng, t, 1, 1.0, 0.1, 0.3)[:, 0]
    person.trunk()


def check(positions: np.ndarray) -> bool:
    """The line between both turns by a quarter at least, near and evenly, while they walk along the ring."""
    between = (positions[1] - positions[0])[:, 0, ::2]
    gap = apart(positions)
    swept = np.ptp(np.unwrap(np.arctan2(between[:, 0], between[:, 1])))
    velocity = np.gradient(positions[:, :, 0, ::2], axis=1) * FPS
    pace_ = np.linalg.norm(velocity, axis=-1)
    walking = pace_.min(0) > 0.35
    if swept < 1.7 or gap.min() < 0.5 or gap.max() > 2.3 or walking.mean() < 0.4:
        return False
    directions = normalise(velocity[:, walking])
    opposite = np.sum(directions[0] * directions[1], axis=-1) < -0.5
    across = np.abs(np.sum(directions * normalise(between[walking]), axis=-1)) < 0.6
    facing = [looks_at(one, other, 45.0)[walking].mean() for one, other in (positions, positions[::-1])]
    even = gap.min() > 0.55 * gap.max()
    return bool(opposite.mean() > 0.75 and across.mean() > 0.75 and max(facing) < 0.5 and even)


def slots(parameters: dict) -> Slots:
    """Words for the sense in which they go round, seen from above, and for the start."""
    way = parameters["way"]
    sense = {"left": ("counterclockwise", "anticlockwise"), "right": ("clockwise",)}.get(way, ())
    return {
        "sense": ("",) + tuple(f" {word}" for word in sense),
        "clock": sense,
        "side": (way,) if sense else (),
        "back": () if sense else ("",),
        "starts": ("",) if parameters["starts"] else (),
    }


TRAINING = (
    "Two people walk around each other.",
    "Two people walk around each other{how}{sense}.",
    "Two people walk in a circle around each other{how}.",
    "Two people circle around each other at a walk{how}.",
    "They walk around each other{how}{sense}.",
    "The two walk in circles around one another{how}.",
    "The two go around each other{how}{sense}.",
    "Both walk in a ring{sense}, opposite each other{how}.",
    "Both people walk round in a circle{how}{sense}, looking at each other.",
    "Two people walk round one another{how}, watching each other.",
    "Two people are walking around each other{how}.",
    "One person walks around the other, who walks around them too{how}.",
    "One person and another go round each other{how}{sense}.",
    "A person walks in a circle with another person opposite{how}.",
    "Two people go round in a circle together{how}{sense}.",
    "Two people move around each other in a circle{how}.",
    "Two people walk a circle{sense}, each looking at the other{how}.",
    "Two people walk around a common middle{how}{sense}.",
    "Walking in a circle{how}, two people keep an eye on each other.",
    "Walking around each other{how}, the two look across.",
    "A walk in circles: two people go around one another{how}.",
    "Two people walk {clock} around each other{how}.",
    "Two people go round each other {clock}.",
    "They keep the other on the {side} as they walk in a circle{how}.",
    "Two people stand face to face and then walk around each other{how}.{starts}",
    "They face each other and begin to walk in a circle{how}.{starts}",
    "Two people walk around each other, then turn back and go the other way.{back}",
    "They walk in a circle one way and then the other{how}.{back}",
    "Circling each other on foot{how}.",
    "Two people orbit one another{how}.",
    "They revolve around each other{how}.",
    "Carousel walk for two{sense}.",
    "Pacing a ring together{how}.",
    "Mutual circling at walking pace.",
    "Like two planets, they orbit.",
    "Two walkers trace a circle{how}.",
    "Round and round they go{how}.",
    "Both orbit the same spot{sense}.",
    "Two walkers circling{how}{sense}.",
    "Make them walk and circle.",
    "A roundabout with two walkers.",
    "Two figures rotate about a shared centre{how}{sense}.",
    "They tread a ring{how}, facing across it.",
    "The pair wheel about one another{how}, never looking away.",
    "Two people eye each other and pace in a ring{how}.",
    "Like the hands of a clock, the two go round {clock}.",
    "Two villagers meeting in a park: they circle at a walk.",
    "Two strangers look each other over as they move round{how}{sense}.",
    "Each one describes a circle with the other across from it{how}.",
    "Round an invisible pillar{how}, two people follow a ring{sense}.",
    "Two characters encircle one another step by step{how}{sense}.",
    "They go about in a circle{how}, each watching what the other does.",
    "Keeping the distance, two people stride round each other{how}.",
    "They have the middle of the ring on their {side} all along the way.",
    "They circle one way, reverse, and circle back{how}.{back}",
    "Two neighbours meet on the market square and make their way round each other{how}, gaze fixed on gaze.",
    "As if tied to the two ends of a rope, they march around the point that lies halfway between them{how}.",
    "Show two characters who keep opposite ends of a circle while they step along its edge{how}{sense}.",
    "Neither takes the eyes off the other while the pair make their rounds on the same circular track{how}.",
    "Two people follow a round path{sense}, always on opposite points of it, and look each other over{how}.",
    "A Western scene: two cowboys step around one another in a wide ring and do not lose sight of each other.",
    "Two people move along a circle drawn on the floor{how}, so that each always has the other one straight across.",
    "First the two only face each other; then they set off along the rim of a circle{how}{sense}.{starts}",
    "Having gone about each other in one direction{how}, the two change round and do it the opposite way.{back}",
    "Two curious people inspect one another from every angle by pacing along a ring with the other one opposite.",
    "Like the Earth and the Moon, two people travel about their common centre{how}{sense}, face turned to face.",
    "Two dancers in rehearsal, not touching, are asked to go about each other at a walk and to keep eye contact.",
    "The two of them wander along the same circle{sense}, one always where the other was half a turn before.",
)
TEST = (
    "Two people wander round each other{how}.",
    "A pair of people orbit one another on foot{how}{sense}.",
    "The pair stroll round one another in a ring{how}.",
    "Each of the two people walks around the other one{how}.",
    "Round and round two people walk{how}, each watching the other.",
    "Going round in a circle{sense}, the two stay opposite each other.",
    "Two persons make circles around each other{how}.",
    "They tread a ring, one across from the other{how}.",
)

FAMILY = Family("Two people walk around each other.", perform, Wordings(TRAINING, TEST, slots), check)
