"""One person beckons, the other comes over: a raised hand scoops towards its own body until the other walks up."""

from itertools import pairwise

import numpy as np

from ..arms import Reach
from ..body import SIDES, SIGN, Body
from ..curves import FPS, pulse
from ..gait import Route
from ..gestures import converse, shift_weight
from ..limbs import direction
from ..observe import (
    ELBOWS,
    SHOULDERS,
    WRISTS,
    apart,
    distance,
    either_side,
    forward,
    hand_of,
    looks_at,
    turns,
    who_does,
)
from ..person import Performer
from ..scene import Family, draw_manner, draw_stance, performers, walk_over
from ..texts import Slots, Wordings


def perform(rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body]) -> tuple[list[Performer], dict]:
    """Beckon; the other turns, comes and stops before the one who beckons; then they talk."""
    manner = draw_manner(rng, t[-1], ("slow", "fast", "energetic", "friendly"))
    tempo = float(np.clip(manner.tempo, 0.75, 1.3))
    start = rng.uniform(0.05, 0.1 + 0.08 * max(t[-1] - 2.4, 0.0))
    raising, delay = 0.5 / tempo, rng.uniform(0.35, 0.5 + 0.1 * min(t[-1] - 2.4, 4.0))
    leaving = start + raising + delay
    length = float(np.clip(rng.uniform(0.3, 0.95) * (t[-1] - leaving), 0.75, 3.4))
    routes = _routes(rng, bodies, leaving, length, tempo)
    pair = performers(rng, t, bodies, routes, manner.vigour)
    arrive = routes[1].walks[0].end

    leave = leaving + rng.uniform(0.35, 0.75) * (arrive - leaving)
    leave = float(np.clip(leave, start + raising + 1.1 / tempo, start + raising + 3.0))
    side = int(rng.uniform() < 0.8)
    shift_weight(rng, pair[0], start, t[-1] + 1.0)
    _beckon(rng, pair[0], side, (start, start + raising, leave, leave + 0.65 / tempo), manner.tempo)
    pair[1].nod = rng.uniform(0.0, 0.15) * pulse(t, leaving - 0.4, leaving - 0.2, leaving - 0.15, leaving + 0.2)
    if t[-1] - arrive > 1.0:
        converse(rng, pair, max(arrive, leave + 0.5) + 0.2, t[-1] + 0.5, int(rng.integers(2)))
    return pair, {"manner": manner.name, "hand": SIDES[side], "far": length > 1.5}


def _routes(rng: np.random.Generator, bodies: tuple[Body, Body], leaving: float, length: float, tempo: float) -> list:
    """A stands at the origin; B stands off, not quite facing A, and walks `length` metres from `leaving` on."""
    axis, gap = rng.uniform(-0.25, 0.25), rng.uniform(0.85, 1.15)
    away = np.array([np.sin(axis), np.cos(axis)])
    place, to, facing = tuple(away * (gap + length)), tuple(away * gap), axis + np.pi
    aside = rng.uniform(-0.5, 0.5)
    walk = walk_over(rng, bodies[1], leaving, place, to, facing + rng.uniform(-0.05, 0.05), tempo)
    return [
        Route((0.0, 0.0), float(axis + rng.uniform(-0.1, 0.1)), (), draw_stance(rng), rng.uniform(0.05, 0.18)),
        Route(place, float(facing + aside), (walk,), draw_stance(rng), rng.uniform(0.05, 0.18)),
    ]


def _beckon(rng: np.random.Generator, person: Performer, side: int, times: tuple, tempo: float) -> None:
    """Raise a hand before the shoulder over times[0:2], scoop it towards the chest, lower it over times[2:4]."""
    t, sign, size = person.t, SIGN[side], person.body.scale
    start, up, leave, end = times
    weight = pulse(t, start, up, leave, end)
    rate = float(np.clip(rng.uniform(1.35, 1.75) * tempo, 1.15, 2.1))
    window = pulse(t, start + 0.5 * (up - start), up + 0.05, leave - 0.1, leave + 0.3)
    scoop = window * (0.5 - 0.5 * np.cos(2 * np.pi * rate * (t - up)))
    person.twist = person.twist - sign * (0.14 * weight - 0.10 * scoop)
    person.lean = person.lean + 0.05 * weight - 0.05 * scoop
    person.nod = person.nod - 0.10 * scoop
    person.collars[side, :, 1] += 0.12 * weight
    shoulder, heading = person.trunk()[0][:, 16 + side], person.gait.heading
    vigour = np.clip(person.vigour, 0.8, 1.3)
    reach, height = 0.40 - (0.12 + 0.06 * vigour) * scoop, rng.uniform(-0.16, -0.06) + 0.10 * vigour * scoop
    wrist = shoulder + size * direction(heading, reach, sign * (0.05 - 0.05 * scoop), height)
    fingers = direction(heading, 1.0 - 1.3 * scoop, -0.25 * sign, 0.25 + 0.8 * scoop)
    palm = direction(heading, -0.1 - 1.0 * scoop, -0.35 * sign, 1.0 - 0.9 * scoop)
    elbow, bulge = direction(heading, -0.3, 0.4 * sign, -1.0), direction(heading, 0.08, 0.05 * sign)
    person.reaches.append(Reach(side, wrist, weight, fingers, palm, elbow, bulge))


def check(positions: np.ndarray) -> bool:
    """A raised hand scoops twice and within two seconds the other comes half a metre nearer."""
    return acting(positions) is not None


def acting(positions: np.ndarray) -> int | None:
    """Who beckons."""
    return who_does(positions, either_side(_calls))


def handed(positions: np.ndarray) -> str | None:
    """The hand that beckons."""
    return hand_of(positions, acting(positions), _calls)


def _calls(positions: np.ndarray, side: int) -> bool:
    person, other = positions
    shoulder, elbow, wrist = (person[:, joints[side]] for joints in (SHOULDERS, ELBOWS, WRISTS))
    raised = (wrist[:, 1] > elbow[:, 1]) & (wrist[:, 1] > shoulder[:, 1] - 0.30)
    reach = np.sum(forward(person) * (wrist - shoulder), -1)
    near, steps = apart(positions), distance(other[:, 0, ::2], other[:1, 0, ::2])
    for first, then in pairwise(turns(reach, raised, 0.05)):
        later = min(first + int(2.0 * FPS), len(near) - 1)
        comes = near[first] - near[later] > 0.45 and steps[later] - steps[first] > 0.4
        stays = distance(person[later, 0], person[first, 0]) < 0.3
        if then - first < FPS and comes and stays and looks_at(person, other)[first]:
            return True
    return False


def slots(parameters: dict) -> Slots:
    """Words for the hand and the distance."""
    hand = parameters["hand"]
    quick = {
        "fast": ("hurries over", "comes quickly"),
        "slow": ("comes slowly",),
        "energetic": ("comes right away",),
        "friendly": ("comes gladly",),
    }
    return {
        "hand": ("", " with one hand", f" with the {hand} hand"),
        "comes": ("comes over", "comes", "walks over", "comes closer") + quick.get(parameters["manner"], ()),
        "far": ("",) if parameters["far"] else (),
    }


TRAINING = (
    "{One} beckons and {other} comes.",
    "{One} beckons{hand}{how} and {other} {comes}.",
    "{One} beckons {other} over{hand}{how}.",
    "{One} beckons to {other}{hand}{how}, who {comes}.",
    "{One} waves {other} over{hand}{how}, and {other} {comes}.",
    "{One} calls {other} over with a gesture{how}.",
    "{One} signals {other} to come closer{how}.",
    "{One} motions{hand}{how} for {other} to come, and {other} {comes}.",
    "{One} makes a sign to come here{hand}{how} and {other} {comes}.",
    "{One} gestures{hand}{how}: come here. {Other} {comes}.",
    "{One} invites {other} with a wave of the hand to come near{how}.",
    "{One} asks {other} to come by beckoning{hand}{how}.",
    "{One} is beckoning{hand}{how}, and {other} {comes}.",
    "{One} calls {other} to come here{hand}{how}.",
    "{Other} {comes} when {one} beckons{hand}{how}.",
    "{Other} follows the beckoning hand of {one}{how}.",
    "{Second} is beckoned over by {first}{hand}{how}.",
    "{Second} {comes} because {first} beckons{hand}{how}.",
    "{Second} walks up to {first}, who beckons{hand}{how}.",
    "{Second} is waved over by {first}{how}.",
    "{First} beckons{hand}{how} until {second} {comes}.",
    "{First} beckons{hand}{how} from some distance, and {second} {comes}.{far}",
    "Two people: {one} beckons{hand}{how}, {other} {comes}.",
    "Two people stand apart until {one} beckons{hand}{how} and {other} walks up.",
    "They stand apart; {one} beckons{how} and {other} {comes}.",
    "Someone beckons{hand}{how} and the other person {comes}.",
    "Come here: {first} beckons{how} and {second} obeys.",
    "{One} gestures {other} nearer{hand}{how}.",
    "{One} scoops the air towards the chest{hand}{how}, and {other} {comes}.",
    "{Second} is summoned by {first}{how}.",
    "{Second} gets called closer by {first}.",
    "{Second} sees the inviting gesture of {first} and {comes}.",
    "{Second} accepts the silent invitation of {first} and walks up{how}.",
    "{One} bids {other} come{hand}{how}.",
    "{One} lures {other} closer with a raised hand{how}.",
    "{One} raises a hand and pulls it towards the body until {other} has come near{how}.",
    "{One} wants {other} to come, signals it{hand}{how}, and that is what happens.",
    "{Second} heeds the summons of {first}.",
    "{Second} answers the hand signal of {first} and joins them{how}.",
    "{One} coaxes {other} over{hand}{how}.",
    "Over here: {first} wants {second} nearby.",
    "{One} makes scooping movements{hand}{how} as if to say get over here, and {other} {comes}.",
    "Without a word {first} orders {second} to step up{hand}{how}.",
    "{First} keeps signalling{hand}{how} till {second} is there.",
    "{Second} is standing some way off, but {first} gestures{hand} for company, and the gap between them closes.{far}",
    "{One} hails {other}{how}, who {comes}.",
    "Seeing the raised hand of {first} scoop the air{how}, {second} understands the sign and crosses over.",
    "{One} draws {other} in with a scooping hand.",
    "{One} tells {other} with a repeated gesture of the raised hand to walk up, and so it happens.",
    "Called by the hand of {first}, {second} {comes}.",
    "Across the distance {one} gives {other} the come-here sign{how}.{far}",
    "A come-hither gesture{how}.",
    "A summons that is followed{how}.",
    "The boss calls an employee over without words{how}.",
    "Come over here, says the hand, and the other one {comes}.",
    "Someone raises a hand and draws it in towards the chest until somebody else has come near.",
    "A mother signals her child to come{hand}.",
    "Make one person give the come-closer sign{hand}, and let the other one follow it.",
    "Calling somebody over{hand}{how}.",
    "Summon the other person.",
    "Get over here.",
    "A shopkeeper on the market entices a customer{hand}{how}, and the customer {comes}.",
    "A coach at the edge of the field calls a player in{hand}, and the player {comes}.",
    "Show somebody who invites a friend to step closer with a scooping arm, and the friend {comes}.",
    "An officer signals a soldier to report to the front{hand}{how}, and the soldier {comes}.",
    "Come closer, please.",
)
TEST = (
    "{One} curls a hand to call {other} near{how}.",
    "{Second} obeys the come-here sign of {first}{how}.",
    "{One} wants {other} to come and shows it{hand}{how}; {other} approaches.",
    "With an inviting gesture{how} {one} brings {other} closer.",
    "{First} summons {second}{hand}{how}.",
    "Called by a hand sign{how}, {second} goes over to {first}.",
    "Someone summons the partner with a scooping hand{how}, and the partner {comes}.",
)

FAMILY = Family(
    "One person beckons and the other comes.",
    perform,
    Wordings(TRAINING, TEST, slots),
    check,
    handed,
    acting,
    shortest=2.5,
)
