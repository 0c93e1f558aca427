"""Two people circle each other like boxers: guard up, feet shuffling sideways, feints, nobody hits."""

import numpy as np

from ....skeleton import JOINT
from ..body import Body
from ..curves import FPS, ease, hump, wander
from ..guard import face, fighters, opposed, punch, raise_fists, spread_out, wind_up
from ..observe import TOES, apart, facing, fists_up, hands_apart
from ..paths import HERE, clock
from ..person import Performer
from ..scene import Family, draw_manner
from ..texts import Slots, Wordings


def perform(rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body]) -> tuple[list[Performer], dict]:
    """Go round a common centre, now nearer and now farther; in longer clips sometimes the other way round."""
    manner = draw_manner(rng, t[-1], ("slow", "fast", "energetic"))
    tempo = np.clip(manner.tempo, 0.75, 1.25)
    times = clock(t)
    turn, rate = str(rng.choice(["left", "right"])), rng.uniform(0.34, 0.55) * tempo
    # who circles to the own left goes round with growing heading, seen from above
    spin = (-1.0 if turn == "left" else 1.0) * rate * (1.0 + wander(rng, times, 1, 0.12)[:, 0])
    changes = t[-1] > 4.5 and rng.uniform() < 0.5
    if changes:
        at = rng.uniform(0.4, 0.6) * t[-1]
        spin = spin * (1.0 - 2.0 * ease(times, at - 0.5, at + 0.5))
    axis = np.cumsum(spin) / FPS
    far = 0.60 + 0.62 * (bodies[0].arm + bodies[1].arm) + rng.uniform(0.0, 0.25)
    gap = far + wander(rng, times, 1, 0.07, 0.15, 0.4)[:, 0]
    centre = wander(rng, times, 2, 0.05, 0.08, 0.2)
    leads = tuple(int(rng.uniform() < 0.2) for _ in range(2))
    pair = fighters(rng, t, bodies, opposed(times, centre, gap, axis, 0.5), leads, tempo, manner.vigour)
    feints = _feints(rng, t, pair, leads, manner.vigour)
    trunks = [person.trunk()[0] for person in pair]
    for who, (person, lead) in enumerate(zip(pair, leads, strict=True)):
        raise_fists(rng, person, trunks[who], lead)
        shoulder, target = trunks[who][:, 16 + lead], face(pair[1 - who], trunks[1 - who])
        for hit, drive, back, short in feints[who]:
            punch(person, shoulder, lead, hit, shoulder + short * (target - shoulder), drive, back)
    turned = float(axis[HERE + len(t) - 1] - axis[HERE])
    return pair, {
        "manner": manner.name,
        "turn": "both" if changes else turn,
        "feints": any(feints),
        "round": abs(turned) > 2.4 and not changes,
    }


def _feints(
    rng: np.random.Generator, t: np.ndarray, pair: list[Performer], leads: tuple[int, int], vigour: float
) -> list[list[tuple]]:
    """Short jabs into the air now and then, from which the other one sways back: their (hit, drive, back, share)."""
    feints: list[list[tuple]] = [[], []]
    for hit in spread_out(rng, rng.uniform(0.6, 2.5), t[-1] - 0.5, (1.2, 3.0)):
        who = int(rng.integers(2))
        drive, back = rng.uniform(0.23, 0.28), rng.uniform(0.28, 0.36)
        feints[who].append((hit, drive, back, rng.uniform(0.45, 0.6)))
        wind_up(pair[who], leads[who], hit, 0.35 * vigour, drive, back)
        other, late = pair[1 - who], rng.uniform(0.08, 0.16)
        other.lean = other.lean - rng.uniform(0.12, 0.22) * hump(t, hit + late - 0.25, hit + late + 0.45)
        other.tilt = other.tilt + rng.uniform(-0.15, 0.15) * hump(t, hit + late - 0.25, hit + late + 0.5)
    return feints


def check(positions: np.ndarray) -> bool:
    """Both keep their guard up and face each other while the line between them turns; nobody hits or kicks."""
    guard = fists_up(positions[0]) & fists_up(positions[1]) & facing(positions, 75.0)
    line = (positions[1] - positions[0])[:, JOINT["pelvis"]]
    turned = np.unwrap(np.arctan2(line[:, 0], line[:, 2]))
    if hands_apart(positions).min() < 0.2 or positions[:, :, TOES, 1].max() > 0.3:
        return False
    near = (apart(positions) > 0.6) & (apart(positions) < 2.2)
    return bool((guard & near).mean() > 0.75 and np.abs(np.diff(turned)).sum() > 0.14 * len(turned) / FPS)


def slots(parameters: dict) -> Slots:
    """Words for the way round and the feints."""
    turn = parameters["turn"]
    return {
        "side": ("", f" to the {turn}") if turn != "both" else ("",),
        "changing": ("",) if turn == "both" else (),
        "feints": ("",) if parameters["feints"] else (),
        "no_feints": ("",) if not parameters["feints"] else (),
        "round": ("",) if parameters["round"] else (),
    }


TRAINING = (
    "Two people circle each other like boxers{how}.",
    "Two people circle each other with their fists up{how}{side}.",
    "Two boxers circle each other{how}{side}.",
    "They circle each other like boxers{how}{side}.",
    "Two people with raised fists move around each other{how}{side}.",
    "Two fighters circle each other{how}, guard up.",
    "Two people in a fighting stance circle each other{how}{side}.",
    "Two people box without hitting and circle each other{how}.",
    "Two people stand in guard and step around each other{how}{side}.",
    "Two boxers move around each other{how} and feint.{feints}",
    "Two people circle like boxers{how}, throwing feints.{feints}",
    "Two people hold up their guard and circle{how}, and nobody strikes.{no_feints}",
    "Both people have their fists up and circle each other{how}{side}.",
    "The two circle each other{how}{side}, waiting for a chance to strike.",
    "Two people get ready to fight and circle each other{how}.",
    "Two boxers size each other up{how}, circling{side}.",
    "Two people shadow box around each other{how}.",
    "Two people go around each other in a boxing stance{how}{side}.",
    "Two people circle each other with their guard up, first one way, then the other{how}.{changing}",
    "Two boxers circle{how} and change direction.{changing}",
    "One person circles the other like a boxer{how}{side}.",
    "A person in a boxing stance circles another person{how}, who does the same.",
    "The first person and the second person circle each other like boxers{how}.",
    "Person A and person B circle each other with raised fists{how}{side}.",
    "Like boxers in a ring, two people circle each other{how}{side}.",
    "Two boxers go all the way around each other{how}.{round}",
    "Boxers circling each other{how}{side}.",
    "With fists raised, the two shuffle around each other{how}{side}.",
    "Prizefighters stalking each other.",
    "Sparring partners on the move{how}.",
    "Footwork drill, fists up.",
    "Dukes up, they orbit{how}{side}.",
    "A stand-off in the ring.",
    "Pugilists prowl around{how}{side}.",
    "Brawlers sizing each other up.",
    "Standoff with raised fists.",
    "Dukes up, no hits{how}.",
    "Boxing match, nobody hits.",
    "Wary opponents sidestepping{how}.",
    "Fight idle, strafing{how}{side}.",
    "Pre-fight circling.",
    "Two kickboxers test each other{how} without landing anything.",
    "Two martial artists revolve around one another{how}{side}, ready to fight.",
    "Hands by the chin, the rivals sidestep{how}{side}.",
    "They bob and weave around each other{how}{side}.",
    "Two contenders dance about in the ring{how}, gloves up.",
    "The two keep their distance with clenched fists and sidle{how}{side}.",
    "Show two enemies prowling round each other before a brawl.",
    "Two kids in a school yard square off and edge around{how}{side}.",
    "Both fake a jab now and then, but no blow ever lands.{feints}",
    "Two featherweights stay light on their feet, covering their faces.",
    "Make both characters shuffle sideways{how}{side}, eyes locked, elbows in.",
    "Mutual stalking in a combat pose, no contact.",
    "A tense face-off: two opponents keep rotating about a common center.",
    "The adversaries feel each other out{how}, no one lands a hit.",
    "The referee has rung the bell, and the two heavyweights sidestep around the middle of the ring{how}{side}.",
    "Two angry guys outside a bar raise their fists and move in a ring, neither daring to throw the "
    "first punch.{no_feints}",
    "Two street fighters glare at each other over their knuckles and sidestep{how}{side}, looking for an opening.",
    "With bent knees and hands in front of the face, two people step sideways{how}{side} along a circle.",
    "Like two wolves before a fight, they move in a ring around the same spot, never taking their eyes off each other.",
    "Two athletes in a gym practice their defensive footwork{how}, shifting sideways around each other "
    "with arms held up to protect the head.",
    "Neither wants to strike first, so they only keep turning around one another{how}{side} with balled "
    "fists.{no_feints}",
    "At first they sidestep in one direction, then they reverse and sidestep back{how}, fists always in "
    "front of the face.{changing}",
    "Two rivals bluff with twitches of the fists while they rotate about each other, and nobody gets hurt.{feints}",
    "A cautious beginning of a bout: both fighters keep out of reach and drift around the ring{how}{side}.",
    "Two brothers play Rocky in the garden: fists up, little sideways steps, round and round, and not one hit.",
    "Fists at the ready, they travel around each other{how} until they have made a full lap.{round}",
    "Camera shows two opponents in a crouch with their mitts up, sidestepping round and round.",
)
TEST = (
    "A pair of boxers dance around each other{how}.",
    "Two opponents keep their guard up while moving in a circle{how}{side}.",
    "Fists in front of their faces, two people go round each other{how}.",
    "Two fighters stalk one another in a ring{how}{side}.",
    "Two people prowl around one another, ready to punch{how}.",
    "Two athletes spar{how}, circling but not hitting.",
    "Someone with the guard up steps sideways around an opponent{how}.",
    "A boxing match: both circle and wait{how}.",
)

FAMILY = Family("Two people circle each other like boxers.", perform, Wordings(TRAINING, TEST, slots), check)
