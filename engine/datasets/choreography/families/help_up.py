"""One person sits on the floor; the other holds out a hand, or both, and pulls the first one up."""

import numpy as np

from ..arms import Reach
from ..body import SIDES, SIGN, Body
from ..contacts import PALMS_APART, between
from ..curves import FPS, ease, hump, keyed, pulse, wander
from ..gait import Route, Walk
from ..gestures import converse, listen
from ..limbs import direction
from ..observe import WRISTS, distance, either_side, hand_of, leg, who_does
from ..person import Performer
from ..posture import sit
from ..scene import Family, draw_manner, draw_stance, performers, walk_over
from ..texts import Slots, Wordings


def perform(rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body]) -> tuple[list[Performer], dict]:
    """Come near, offer a hand, clasp, pull; the other comes up onto the feet; let go."""
    manner = draw_manner(rng, t[-1], ("slow", "fast", "gentle", "friendly"))
    tempo = float(np.clip(manner.tempo, 0.8, 1.2))
    offering, taking, rising, holding = 0.6 / tempo, rng.uniform(0.25, 0.4), 1.2 / tempo, rng.uniform(0.2, 0.4)
    needed = offering + taking + rising + holding + 0.3
    routes, arrive = _come(rng, bodies, min(t[-1] - needed, 3.6), tempo)
    start = max(arrive - 0.25, 0.05) + rng.uniform(0.0, 0.25) * np.clip(t[-1] - arrive - needed, 0.0, 3.0)
    clasp = start + offering + taking
    pull, up = clasp + 0.1, clasp + 0.1 + rising
    release = up + holding
    routes[0] = _step_back(rng, routes[0], pull + 0.25 * rising, rising)

    pair = performers(rng, t, bodies, routes, manner.vigour)
    sides = (0, 1) if rng.uniform() < 0.3 else (int(rng.uniform() < 0.8),)
    low = 1.0 - ease(t, pull, up)
    pair[1].low = sit(bodies[1], pair[1].gait, low, 0.125 * bodies[1].scale, rng.uniform(0.42, 0.48) * bodies[1].scale)
    pair[0].gaze = pair[1].eyes
    _bend_and_pull(rng, pair[0], sides, (start, clasp, pull, up, release))
    _come_up(rng, pair[1], sides, low, (start + 0.25, clasp, pull, up, release))
    _prop(rng, pair[1], sides, (start + 0.3, clasp, pull))
    _clasp(rng, pair, sides, (start, clasp, pull, up, release))
    if t[-1] - release > 1.4:
        converse(rng, pair, release + 0.45, t[-1] + 0.6, int(rng.uniform() < 0.6))
    parameters = {"manner": manner.name, "walks": "A" if arrive > 0 else "none"}
    return pair, parameters | {"hand": "both" if len(sides) == 2 else SIDES[sides[0]]}


def _come(
    rng: np.random.Generator, bodies: tuple[Body, Body], budget: float, tempo: float
) -> tuple[list[Route], float]:
    """A walks up to the one on the floor, or stands there already; the routes and when A arrives."""
    axis = rng.uniform(-0.3, 0.3)
    away = np.array([np.sin(axis), np.cos(axis)])
    gap = rng.uniform(0.60, 0.66) * (bodies[0].scale + bodies[1].scale) / 2
    length = rng.uniform(0.5, 0.95) * 0.75 * (budget - 0.3) if budget > 1.6 and rng.uniform() < 0.85 else 0.0
    walk = walk_over(rng, bodies[0], 0.05, (0.0, 0.0), tuple(away * length), axis, tempo)
    first = Route((0.0, 0.0), float(axis), (walk,) if length else (), draw_stance(rng), rng.uniform(0.05, 0.18))
    facing = float(axis + np.pi + rng.uniform(-0.12, 0.12))
    ahead = rng.normal(0.0, 0.03)
    second = Route(tuple(away * (length + gap)), facing, (), (ahead, -ahead), rng.uniform(0.08, 0.2))
    return [first, second], walk.end if length else 0.0


def _step_back(rng: np.random.Generator, route: Route, start: float, rising: float) -> Route:
    """Two steps back while pulling, one foot after the other."""
    place, heading = route.end()
    to = place - rng.uniform(0.22, 0.32) * np.array([np.sin(heading), np.cos(heading)])
    walk = Walk(start, start + max(rising, 1.0), tuple(to), heading, 2, int(rng.integers(2)))
    return route.then(walk)


def _bend_and_pull(rng: np.random.Generator, person: Performer, sides: tuple[int, ...], times: tuple) -> None:
    """The helper bends down with the hand out, then straightens up and leans back against the weight."""
    t = person.t
    start, clasp, pull, up, release = times
    bent = pulse(t, start - 0.1, clasp - 0.05, pull + 0.05, up - 0.1)
    person.bow = person.bow + rng.uniform(0.68, 0.8) * bent
    person.crouch = person.crouch + 0.12 * person.body.scale * bent
    strain = hump(t, pull, up + 0.3)
    person.lean = person.lean - 0.20 * strain
    person.shift = person.shift - 0.05 * strain
    reach = pulse(t, start, clasp, pull + 0.2, up + 0.1)
    for side in sides:
        person.collars[side, :, 1] += 0.35 * reach
    if len(sides) == 1:
        person.twist = person.twist - SIGN[sides[0]] * (0.28 * reach - 0.15 * strain)


def _come_up(
    rng: np.random.Generator, person: Performer, sides: tuple[int, ...], low: np.ndarray, times: tuple
) -> None:
    """The one on the floor sits back, leans into the pull, and comes over the feet."""
    t = person.t
    start, clasp, pull, up, release = times
    person.bow = person.bow - 0.18 * low * (1.0 - ease(t, start, clasp))
    person.bow = person.bow + 0.38 * pulse(t, start + 0.1, clasp, pull, up) + 0.45 * hump(t, pull - 0.1, up + 0.15)
    person.nod = person.nod + 0.12 * hump(t, up - 0.1, up + 0.6)
    for side in sides:
        person.collars[side, :, 1] += 0.35 * pulse(t, start, clasp, pull + 0.3, up + 0.2)
    if len(sides) == 1:
        person.twist = person.twist - SIGN[sides[0]] * 0.25 * pulse(t, start, clasp, pull + 0.2, up)
    listen(rng, person, [(0.1, start)])


def _prop(rng: np.random.Generator, person: Performer, sides: tuple[int, ...], times: tuple) -> None:
    """Lean on the hands behind the back, until they are taken or the body comes up."""
    t, heading, size = person.t, person.gait.heading, person.body.scale
    start, clasp, pull = times
    seat = person.low.pelvis
    for side, sign in enumerate(SIGN):
        hand = len(sides) == 2 or side == sides[0]
        weight = 1.0 - (ease(t, start, start + 0.4) if hand else ease(t, pull + 0.05, pull + 0.6))
        wrist = seat + size * direction(heading, rng.uniform(-0.2, -0.12), sign * rng.uniform(0.22, 0.28))
        wrist = wrist + wander(rng, t, 3, 0.004, 0.2, 0.6)
        wrist[:, 1] = 0.065 * size
        fingers, palm = direction(heading, -0.5, 0.8 * sign, -0.05), np.array([0.0, -1.0, 0.0])
        elbow = direction(heading, -0.8, 0.6 * sign, 0.0)
        person.reaches.append(Reach(side, wrist, weight, fingers, palm, elbow, direction(heading, 0.0, 0.08 * sign)))


def _clasp(rng: np.random.Generator, pair: list[Performer], sides: tuple[int, ...], times: tuple) -> None:
    """Hands meet between the shoulders and sink to elbow height as the other comes up."""
    t = pair[0].t
    start, clasp, pull, up, release = times
    drop = keyed(t, [start, pull + 0.1, up], [0.02, 0.02, 0.27])
    for side in sides:
        # one hand takes the same hand of the other, two hands take those opposite
        hands = (side, side) if len(sides) == 1 else (side, 1 - side)
        _, middle, heading = between(pair, hands)
        middle[:, 1] -= drop * (pair[0].body.scale + pair[1].body.scale) / 2
        for who, (person, hand) in enumerate(zip(pair, hands, strict=True)):
            begin = start if who == 0 else start + 0.35
            weight = pulse(t, begin, clasp, release, release + rng.uniform(0.6, 0.75))
            towards, body, sign = heading + who * np.pi, person.gait.heading, SIGN[hand]
            aside = 0.012 * sign if len(sides) == 1 else 0.0
            wrist = middle + direction(towards, -PALMS_APART / 2, aside)
            fingers = direction(towards, 1.0, -0.15 * sign, (-0.25, 0.25)[who] * (1.0 - ease(t, pull, up)) + 0.05)
            palm = (
                direction(towards, 0.15, -sign) if len(sides) == 1 else direction(towards, 0.1, 0.0, (1.0, -1.0)[who])
            )
            elbow, bulge = direction(body, -0.35, 0.5 * sign, -0.9), direction(body, 0.08, 0.06 * sign)
            person.reaches.append(Reach(hand, wrist, weight, fingers, palm, elbow, bulge))


def check(positions: np.ndarray) -> bool:
    """Somebody sits on the floor, and stands a little later, hand in hand with the one who stood already."""
    return acting(positions) is not None


def acting(positions: np.ndarray) -> int | None:
    """Who helps."""
    return who_does(positions, either_side(_pulls_up))


def handed(positions: np.ndarray) -> str | None:
    """The hand that the helper gives."""
    return hand_of(positions, acting(positions), _pulls_up)


def _pulls_up(positions: np.ndarray, side: int) -> bool:
    person, other = positions
    holding = distance(person[:, WRISTS[side], None], other[:, WRISTS]).min(-1) < 0.17
    height = other[:, 0, 1] / leg(other)
    stands = person[:, 0, 1] > 0.65
    for frame in np.flatnonzero(holding & (height < 0.45) & stands):
        later = slice(frame, frame + int(2.5 * FPS))
        if (height[later] > 1.05).any() and holding[later][height[later] < 0.9].mean() > 0.7:
            return True
    return False


def slots(parameters: dict) -> Slots:
    """Words for the hands and the walk."""
    hand = parameters["hand"]
    return {
        "hand": (("", " with both hands") if hand == "both" else ("", " with one hand", f" with the {hand} hand")),
        "a_hand": (("both hands",) if hand == "both" else ("a hand", f"the {hand} hand")),
        "walking": ("",) if parameters["walks"] == "A" else (),
    }


TRAINING = (
    "{One} helps {other} up from the floor.",
    "{One} helps {other} up{hand}{how}.",
    "{One} helps {other} up from the ground{hand}{how}.",
    "{One} helps {other} to stand up{hand}{how}.",
    "{One} helps {other} get up off the floor{how}.",
    "{One} helps {other} back on the feet{how}.",
    "{One} pulls {other} up from the floor{hand}{how}.",
    "{One} pulls {other} to the feet{hand}{how}.",
    "{One} gives {other} {a_hand} to get up{how}.",
    "{One} holds out {a_hand} and pulls {other} up{how}.",
    "{One} reaches down{how} and helps {other} to get up.",
    "{One} lends {other} a hand to rise from the floor{how}.",
    "{One} is helping {other} up from the floor{hand}.",
    "{One} walks up to {other}, who sits on the floor, and helps{hand}{how}.{walking}",
    "{One} comes over and helps {other} up{hand}{how}.{walking}",
    "{Other} sits on the floor until {one} helps{hand}{how}.",
    "{Other} takes the hand of {one} and stands up{how}.",
    "{Second} is helped up by {first}{hand}{how}.",
    "{Second} is pulled up from the floor by {first}{hand}{how}.",
    "{Second} gets up from the floor with the help of {first}{how}.",
    "{Second} sits on the ground and is helped to the feet by {first}{how}.",
    "{First} offers {a_hand}{how}, {second} takes it and gets up.",
    "{First} bends down to {second} and pulls{hand}{how} until both stand.",
    "Two people: {one} helps {other} up from the floor{how}.",
    "Two people hold hands as {one} pulls {other} up{how}.",
    "They clasp hands and {one} gets {other} up from the floor{how}.",
    "Someone helps another person up from the floor{hand}{how}.",
    "A person on the floor is helped up by another{how}.",
    "Up you get.",
    "Giving somebody a hand up{how}.",
    "Pulling a teammate upright{hand}{how}.",
    "Get up, grab my hand.",
    "Rescue from the floor{how}.",
    "{First} hauls {second} upright{hand}{how}.",
    "{First} hoists {second} up{hand}{how}.",
    "Hauling a friend upright{hand}.",
    "{First} heaves {second} up{hand}{how}.",
    "{Second} is lifted upright by {first}{hand}{how}.",
    "{First} tugs {second} up to standing{hand}.",
    "{First} yanks {second} up{hand}.",
    "Help a friend get up.",
    "{One} gets {other} upright again.",
    "{One} drags {other} up off the ground{hand}{how}.",
    "{One} assists {other} in rising{how}.",
    "{One} stoops and draws {other} up into a standing position{hand}{how}.",
    "{One} comes to the aid of {other}, who is sitting on the ground.",
    "{One} extends {a_hand} and gets {other} off the floor.",
    "{Second} grasps {a_hand} of {first} and rises from the ground{how}.",
    "{Second} lets {first} do the pulling and rises from the ground{how}.",
    "{Second}, sitting down there, is brought upright by {first}{hand}{how}.",
    "A fair opponent offers {a_hand} to the player on the ground.",
    "A medic gets a soldier back on his feet{hand}{how}.",
    "Lifting a buddy off the floor.",
    "Nurse lifting a seated patient{hand}.",
    "Make {one} reach down to {other} and pull{how} until two people are standing.",
    "From sitting to standing, assisted{how}.",
    "Off the floor, little brother.",
    "{One} stands, {other} sits on the ground; a strong pull{hand} and there are two people standing{how}.",
    "After the foul {one} reaches out {a_hand} to {other}, who is still sitting on the grass, and pulls{how}.",
    "{Second} has slipped on the ice and sits there, so {first} offers {a_hand} and brings the unlucky "
    "skater upright{how}.",
    "{First} puts in some muscle{how} to bring {second} from the ground to a standing position.",
    "{Second} sits on the floor, reaches for {a_hand} of {first} and is upright again after a good pull.",
    "After training a judo master offers {a_hand} to the student on the mat and a pull brings the "
    "student upright{how}.",
    "A kind stranger reaches down to a commuter who has tripped and sits on the pavement, and gets the "
    "poor fellow upright{how}.",
    "Come on, soldier, on your feet: {one} reaches for {other}, who is down on the ground, and pulls{hand}.",
    "The fight is over, and the winner reaches down to the loser on the floor and pulls the beaten rival "
    "up{hand}{how}.",
    "With a firm grip and a pull, {first} gets {second} from sitting on the floor to standing{how}.",
    "Nobody is to stay down there, so {one} offers {other} {a_hand} and pulls until no one is on the floor.",
)
TEST = (
    "{One} lifts {other} from the ground by the hand{how}.",
    "{One} assists {other}, who sits on the floor, in standing up{how}.",
    "{Second} rises from the floor, drawn up by {first}{hand}{how}.",
    "A helping hand: {first} brings {second} to the feet{how}.",
    "{First} stoops{how} and raises {second} from the ground.",
    "Sitting on the floor, {second} grasps the hand of {first} and is up again{how}.",
    "Someone gives the partner on the ground a hand up{how}.",
)

FAMILY = Family(
    "One person helps the other up from the floor.",
    perform,
    Wordings(TRAINING, TEST, slots),
    check,
    handed,
    acting,
    shortest=3.0,
)
