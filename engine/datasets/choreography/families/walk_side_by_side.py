"""Two people walk side by side in the same direction, perhaps talking."""

from dataclasses import replace

import numpy as np

from ....rotations import normalise
from ....skeleton import JOINT
from ..body import Body
from ..curves import pulse, smooth, wander
from ..gait import Path
from ..gestures import listen, take_turns, talk
from ..limbs import direction
from ..observe import apart, common_velocity, forward
from ..paths import HERE, beside, clock, course, follow, pace, steer, wind
from ..person import Performer
from ..scene import Family, draw_manner, draw_stance, people
from ..texts import Slots, Wordings


def perform(rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body]) -> tuple[list[Performer], dict]:
    """Two lanes beside one way; the clip may begin before the first step and end after the last."""
    manner = draw_manner(rng, t[-1], ("slow", "fast", "friendly"))
    size = np.mean([body.scale for body in bodies]) ** 0.5
    speed = rng.uniform(1.0, 1.25) * np.clip(manner.tempo, 0.75, 1.2) * size
    roomy = t[-1] > 3.0
    starts, stops = (bool(roomy and rng.uniform() < 0.4) for _ in range(2))
    paths, turn, side = _paths(rng, t, bodies, speed, starts, stops)
    lead = int(rng.integers(2))
    leads = (lead, lead if rng.uniform() < 0.7 else 1 - lead)
    cadence = rng.uniform(0.97, 1.03)
    gaits = [follow(t, *each, cadence) for each in zip(bodies, paths, leads, strict=True)]
    pair = people(rng, t, bodies, gaits, manner.vigour)
    talks = bool(t[-1] > 2.5 and rng.uniform() < (0.8 if manner.name == "friendly" else 0.35))
    _look(rng, pair, talks)
    parameters = {"manner": manner.name, "starts": starts, "stops": stops, "turn": turn, "side": side, "talks": talks}
    return pair, parameters


def _paths(
    rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body], speed: float, starts: bool, stops: bool
) -> tuple[list[Path], str, str]:
    """Both lanes, which way they turn, and on which side of B person A walks."""
    times = clock(t)
    curve = rng.uniform(-0.08, 0.08) if rng.uniform() < 0.6 else rng.choice([-1, 1]) * rng.uniform(0.14, 0.30)
    begin = rng.uniform(0.1, 0.6) if starts else times[0]
    end = t[-1] - rng.uniform(0.2, 0.3 * t[-1]) if stops else 1e3
    going = pace(times, speed, begin, end, rng.uniform(0.6, 0.9), rng.uniform(0.6, 0.9))
    going = going * (1.0 + wander(rng, times, 1, 0.03, 0.1, 0.3)[:, 0])
    heading = wind(rng, going, curve)
    way = steer(going, heading)
    side = 1 if rng.uniform() < 0.5 else -1
    width = rng.uniform(0.64, 0.84) + 0.1 * (bodies[0].scale + bodies[1].scale - 2.0)
    paths = []
    for sign in (side, -side):
        # nobody keeps exactly level
        left = sign * width / 2 + wander(rng, times, 1, 0.015, 0.08, 0.2)[:, 0]
        ground = beside(way, heading, left, wander(rng, times, 1, 0.04, 0.08, 0.25)[:, 0])
        paths.append(Path(times, ground, course(ground, heading), draw_stance(rng), rng.uniform(0.05, 0.14)))
    origin = paths[0].ground[HERE]
    paths = [replace(path, ground=path.ground - origin) for path in paths]
    return paths, ("left" if curve > 0.1 else "right" if curve < -0.1 else "on"), ("left" if side > 0 else "right")


def _look(rng: np.random.Generator, pair: list[Performer], talks: bool) -> None:
    """Look ahead and at each other, more when talking; hands speak too."""
    t = pair[0].t
    turns = take_turns(rng, 0.1, t[-1] - 0.1, int(rng.integers(2))) if talks else ([], [])
    for who, (person, other) in enumerate(zip(pair, pair[::-1], strict=True)):
        far = person.eyes + 6.0 * direction(person.gait.heading + wander(rng, t, 1, 0.08)[:, 0], 1.0, 0.0, -0.08)
        share, at = 0.0 * t, rng.uniform(-0.5, 1.5)
        while at < t[-1]:
            hold = rng.uniform(0.3, 0.7) + talks * rng.uniform(0.4, 1.2)
            share = np.maximum(share, pulse(t, at, at + 0.45, at + 0.45 + hold, at + 0.95 + hold))
            at += 1.0 + hold + rng.uniform(0.4, 1.2 if talks else 3.0)
        person.gaze = far + smooth(share, 2.0)[:, None] * (other.eyes - far)
        person.trunk()
        if talks:
            listen(rng, person, turns[1 - who])
            talk(rng, person, turns[who], 0.7)


def check(positions: np.ndarray) -> bool:
    """Both go the same way, each level with the other, at arm's length."""
    velocity = common_velocity(positions)
    walking = np.linalg.norm(velocity, axis=-1) > 0.4
    if walking.sum() < max(0.4 * len(walking), 20):
        return False
    ahead = normalise(velocity[walking])
    along = [np.mean(np.sum(forward(person)[walking][:, ::2] * ahead, -1) > 0.75) for person in positions]
    between = (positions[1] - positions[0])[walking, JOINT["pelvis"], ::2]
    level = np.abs(np.sum(between * ahead, -1)) < 0.35
    near = apart(positions)[walking]
    return bool(min(along) > 0.8 and level.mean() > 0.8 and near.min() > 0.3 and near.max() < 1.3)


def slots(parameters: dict) -> Slots:
    """Words for the way, its start and end, the talk, and the side on which person A walks."""
    turn, side = parameters["turn"], parameters["side"]
    return {
        "talk": ("", " and talk", " while talking", " and chat") if parameters["talks"] else ("",),
        "talks": ("",) if parameters["talks"] else (),
        "silent": () if parameters["talks"] else ("",),
        "round": ("", " in a curve", f" in a curve to the {turn}") if turn != "on" else ("",),
        "starts": ("",) if parameters["starts"] else (),
        "stops": ("",) if parameters["stops"] else (),
        "side": (side,),
    }


TRAINING = (
    "Two people walk side by side{how}.",
    "Two people walk side by side{round}{how}{talk}.",
    "Two people walk next to each other{how}{talk}.",
    "They walk side by side{how}{round}.",
    "The two walk beside each other{how}{talk}.",
    "Two people walk together{how}{round}.",
    "Two people go for a walk together{talk}.",
    "Two people take a walk{how}.",
    "Two friends walk along side by side{talk}.",
    "Two friends walk together{how}{round}.",
    "One person walks beside the other{how}.",
    "One person walks next to the other{round}{how}.",
    "A person walks along with another person{how}{talk}.",
    "Both people walk in the same direction{how}{round}, shoulder to shoulder.",
    "Two people stroll along next to each other{talk}.",
    "A couple walks side by side{how}.",
    "A couple takes a stroll together{round}.",
    "Two people are walking side by side{how}{talk}.",
    "Walking side by side, two people go forward{how}.",
    "A walk of two people, side by side{how}.",
    "Two people set off and walk side by side{how}.{starts}",
    "Two people standing next to each other start to walk together{how}.{starts}",
    "Two people walk side by side{how} and then stop.{stops}",
    "They walk next to each other{how}{round} and come to a halt.{stops}",
    "Two people walk side by side and talk with each other{how}.{talks}",
    "Two people walk along, chatting.{talks}",
    "Two people walk side by side{how} without a word.{silent}",
    "The first person walks on the {side} side of the second one{how}.",
    "The first person walks{how} to the {side} of the second person{round}.",
    "Two abreast.",
    "Two companions marching along{how}.",
    "Moving forward, shoulder to shoulder{how}.",
    "An outing for two{round}.",
    "They proceed alongside each other{how}.",
    "Keeping each other company.",
    "Pals on the move{how}{talk}.",
    "Parallel walkers, same heading{how}.",
    "They accompany one another{how}{round}.",
    "A promenade for two.",
    "Two hikers, one path.",
    "Going along together{how}{round}.",
    "Two people amble along together.",
    "Two soldiers on patrol move along in a row of two{how}.",
    "Two colleagues head down the corridor next to one another{talk}.",
    "Two hikers follow the trail{how}, neither ahead of the other.",
    "They advance in the same direction, one beside the other{how}.",
    "One keeps level with the other along the way{how}{round}.",
    "Someone accompanies a friend down the road{how}{round}{talk}.",
    "Two people have a chat on the way.{talks}",
    "Two schoolmates on the way home, level with each other{how}.",
    "The pair make their way along the beach{how}{talk}.",
    "Have two characters travel abreast{how}{round}.",
    "Two police officers on the beat, one next to the other.",
    "Together they set forth, one beside the other{how}.{starts}",
    "Two companions march abreast and halt{how}.{stops}",
    "In silence, two people go down the road together.{silent}",
    "Two people have the same goal and go there alongside one another{how}, with a little room between them.",
    "Neither of the two leads and neither follows: they move ahead on a level with each other{how}{round}.",
    "Two old friends go through the park next to one another, as they have done on so many afternoons.",
    "The camera follows two characters as they come along the street in a line of two{talk}.",
    "Like two horses in front of a coach, the pair move along next to each other{how}{round}.",
    "On their lunch break two workmates stretch their legs together{talk} and stay level with each other.",
    "Make both characters face the same way and put one foot in front of the other, a small gap between them.",
    "A brother and a sister go to school together{how}, one of them always on the {side} of the other.",
    "Two travellers share the road, both looking where they are going and each with the other close by{how}{talk}.",
    "They were standing next to each other; now both get going and head the same way{how}.{starts}",
    "With equal pace and a common direction, two people cover the ground together until both come to a "
    "stop{how}.{stops}",
    "Two people discuss something on the move{how}, as they go forward together.{talks}",
    "The first person goes along on the {side} of the second{how}, and they take the same course{round}.",
)
TEST = (
    "A pair of people stroll side by side{how}{talk}.",
    "Two walkers keep level with each other{round}{how}.",
    "Two people go along together at the same pace{how}.",
    "Side by side, the two of them walk on{how}{round}.",
    "Two colleagues go for a stroll{talk}.",
    "Someone accompanies another person on a walk{how}.",
    "Both stroll in step, close beside each other{how}.",
    "Two pals amble along, deep in conversation.{talks}",
)

FAMILY = Family("Two people walk side by side.", perform, Wordings(TRAINING, TEST, slots), check)
