"""Two people argue: both talk at once, with jabbing, thrown-up hands, heads that shake, a step forward."""

import numpy as np

from ....skeleton import JOINT
from ..body import Body
from ..curves import ease
from ..gait import Route, Walk
from ..gestures import ARGUING, Spans, shake_head, shift_weight, talk
from ..observe import FPS, WRISTS, apart, facing, gesturing, hands_apart, in_air
from ..person import Performer
from ..scene import Family, draw_manner, draw_stance, meet, performers
from ..texts import Slots, Wordings, approach_slots


def perform(rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body]) -> tuple[list[Performer], dict]:
    """Meet closely and quarrel until the end; now and then one steps up and the other steps back."""
    manner = draw_manner(rng, t[-1], ("fast", "energetic", "angry", "angry"))
    meeting = meet(rng, bodies, rng.uniform(1.02, 1.35), min(t[-1] - 1.8, 0.35 * t[-1]), 1.1 * manner.tempo)
    start = max(meeting.arrive - 0.4, 0.05)
    routes, moves = _press_on(rng, meeting.routes, bodies, max(meeting.arrive, start + 0.6), t[-1])
    vigour = max(manner.vigour, 1.05)
    pair = performers(rng, t, bodies, routes, vigour)
    size, tempo = float(np.clip(rng.uniform(1.0, 1.2) * vigour, 1.05, 1.45)), float(1.15 * manner.tempo**0.5)
    late = rng.uniform(0.0, 0.1 + 0.06 * min(t[-1] - 2.4, 4.0))
    for person, begin in zip(pair, (start, start + late), strict=True):
        shift_weight(rng, person, meeting.arrive, t[-1] + 1.0)
        spans = _tirades(rng, begin, t[-1] + 0.8)
        for _, pause in spans:
            if rng.uniform() < 0.6:
                shake_head(rng, person, pause - rng.uniform(0.0, 0.5))
        person.lean = person.lean + rng.uniform(0.03, 0.09) * ease(t, start, start + 0.8)
        talk(rng, person, spans, size, tempo, ARGUING)
    return pair, {"manner": manner.name, "walks": meeting.walks, "moves": moves}


def _tirades(rng: np.random.Generator, start: float, end: float) -> Spans:
    """When one of the two speaks, whether or not the other does: almost all of the time, with short pauses."""
    spans, at = [], start
    while end - at > 1.0:
        leave = at + rng.uniform(2.4, 4.5)
        leave = end if end - leave < 2.0 else leave
        spans.append((at, leave))
        at = leave + rng.uniform(0.0, 0.4)
    return spans


def _press_on(
    rng: np.random.Generator, routes: list[Route], bodies: tuple[Body, Body], arrive: float, end: float
) -> tuple[list[Route], str]:
    """In half of the longer scenes one steps forward and the other gives way."""
    if end - arrive < 2.0 or rng.uniform() < 0.5:
        return routes, "none"
    presser = int(rng.integers(2))
    at = arrive + rng.uniform(0.5, 0.6) * (end - arrive - 1.4)
    length = rng.uniform(0.22, 0.34)
    result = []
    for who, route in enumerate(routes):
        place, heading = route.end()
        sign, late = (1.0, 0.0) if who == presser else (-1.0, rng.uniform(0.2, 0.35))
        to = place + sign * length * np.array([np.sin(heading), np.cos(heading)])
        lead = int(rng.integers(2))
        walk = Walk(at + late, at + late + 0.95, tuple(to), heading, 2, lead, 0.3, 0.4, draw_stance(rng))
        result.append(route.then(walk))
    return result, "AB"[presser]


def check(positions: np.ndarray) -> bool:
    """Both, standing near and facing each other, gesture vigorously, often at once, without touching hands."""
    near = (apart(positions) < 1.7) & facing(positions)
    speaking = np.stack([gesturing(person) & near for person in positions])
    if positions[:, :, 0, 1].min() < 0.7 or in_air(positions[0]).any():
        return False
    # both with a hand over the head: that is waving
    if (positions[:, :, WRISTS, 1] > positions[:, :, [JOINT["head"]], 1]).any((1, 2)).all():
        return False
    if near.mean() < 0.45 or hands_apart(positions).min() < 0.27:
        return False
    if speaking.sum(1).min() < 0.18 * near.sum() or speaking.all(0).sum() < 0.14 * near.sum():
        return False
    return all(_pace(person)[busy].mean() > 0.25 for person, busy in zip(positions, speaking, strict=True))


def _pace(person: np.ndarray) -> np.ndarray:
    """(T,) metres a second of the faster hand."""
    hands = np.gradient(person[:, WRISTS] - person[:, :1], axis=0)
    return np.linalg.norm(hands, axis=-1).max(-1) * FPS


def slots(parameters: dict) -> Slots:
    """Words for who steps up to whom."""
    moves = parameters["moves"]
    return approach_slots(parameters["walks"]) | {
        "hotly": ("", " loudly", " fiercely") if parameters["manner"] == "angry" else ("",),
        "first_steps": ("",) if moves == "A" else (),
        "second_steps": ("",) if moves == "B" else (),
        "steps": ("",) if moves != "none" else (),
    }


TRAINING = (
    "Two people argue.",
    "Two people{walking} argue{hotly}{how}.",
    "Two people{walking} argue with each other{how}.",
    "Two people have an argument{how}.",
    "Two people are arguing{hotly}, waving their hands{how}.",
    "Two people quarrel{how}.",
    "Two people{walking} quarrel with each other{how}.",
    "Two people shout at each other{how}.",
    "Two people have a heated discussion{how}.",
    "Two people disagree and gesture{how}.",
    "They{walking} argue{how}.",
    "They are having a fight with words{how}.",
    "They talk at the same time, gesturing{how}.",
    "The two{walking} argue{hotly}{how} and shake their heads.",
    "The two of them quarrel{how}, throwing up their hands.",
    "Both people argue{how} and neither gives in.",
    "Both talk at once and wave their arms{how}.",
    "One person argues with the other{how}.",
    "A person quarrels with another person{how}.",
    "One person argues{how}, the other argues back.",
    "One person shouts at the other, who shouts back{how}.",
    "One person {one_walks} the other and starts an argument{how}.",
    "The second person {other_walks} the first one and they argue{how}.",
    "The first person steps forward in the argument and the second one steps back.{first_steps}",
    "The second person steps forward in the argument and the first one steps back.{second_steps}",
    "Two people argue, and one of them steps up to the other{how}.{steps}",
    "A heated argument between two people{how}.",
    "An argument with wild gestures{how}.",
    "A couple argues{how}.",
    "Two people{walking} bicker{how}.",
    "A loud quarrel{how}.",
    "They have a row{how}.",
    "Two neighbours have a falling-out{how}.",
    "Two people{walking} squabble, both of them talking at once.",
    "The two are having words{how}.",
    "They are at loggerheads{how}.",
    "A verbal fight{how}.",
    "A dispute between two people, with jabbing hands.",
    "Two colleagues clash over a plan in the office, and each of them talks over the other{how}.",
    "Both{walking} rant and gesticulate, and neither listens.",
    "Two people are in a shouting match{how}.",
    "They interrupt each other, jab the air and shake their heads{how}.",
    "Two siblings fall out over nothing and keep cutting each other short{how}.",
    "Two drivers yell at each other after a crash, throwing up their hands and shaking their heads.",
    "Two people who do not see eye to eye{how}.",
    "A husband and wife have a spat{how}.",
    "Make two characters fight with words only.",
    "A clash of opinions{how}.",
    "Two people{walking} wrangle{how}, each sure that the other one is wrong.",
    "They exchange angry words.",
    "Two politicians debate{hotly}, both speaking at the same time.",
    "They contradict each other{how}, shaking their heads and jabbing with their hands.",
    "Two people lock horns over some question, with plenty of gestures on either side{how}.",
    "Two roommates are fed up with each other and have it out in the kitchen{how}.",
    "Show two people who blame each other{how}, with hands thrown up and heads that say no.",
    "Quarrelling couple.",
    "A war of words{how}.",
    "Two people{walking} have a tiff.",
    "Business partners disagree about money, and both of them hold forth at the same time{how}.",
    "Nobody listens: each of the two talks, jabs the air and says no with a shake of the head.",
    "No you listen, no you listen.",
    "One person accuses the other, who denies everything and hits back with more accusations{how}.",
    "One person {one_walks} the other and picks a quarrel{how}.",
    "The second person {other_walks} the first one, and a row breaks out{how}.",
    "The first person gets in the face of the second one during the row.{first_steps}",
    "In the middle of the dispute one of the two moves closer to the other.{steps}",
    "Two rivals cross swords with words only, and their hands jab along with what they say.",
    "Bickering like an old couple.",
    "Two people raise their voices{how}, and their hands fly up.",
)
TEST = (
    "A pair of neighbours fall out with each other{how}.",
    "Two colleagues have a row{how}.",
    "The two people dispute{hotly}{how}, hands flying.",
    "Neither of the two listens as they argue{how}.",
    "Two friends get into a quarrel{how}.",
    "One of them protests{how} and the partner protests just as much.",
    "A loud dispute between two people{how}.",
    "Both of them rant at each other{how}.",
)

FAMILY = Family("Two people argue.", perform, Wordings(TRAINING, TEST, slots), check, shortest=2.4)
