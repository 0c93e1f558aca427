"""One person taps the other on the shoulder from behind; the other turns around."""

import numpy as np

from ..arms import Reach
from ..body import SIDES, SIGN, Body
from ..curves import FPS, ease, hump, pulse
from ..gait import Route, Walk
from ..gestures import converse, shift_weight
from ..limbs import direction
from ..observe import SHOULDERS, WRISTS, distance, either_side, hand_of, looks_at, who_does
from ..person import Performer
from ..scene import Family, draw_manner, draw_stance, performers, walk_over
from ..texts import Slots, Wordings

HIGHEST = 0.2  # metres over the own shoulder that an average adult taps
Times = tuple[float, float, float, float]


def perform(rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body]) -> tuple[list[Performer], dict]:
    """Come up from behind, tap two or three times, take the hand away as the other turns; then talk."""
    manner = draw_manner(rng, t[-1], ("slow", "fast", "gentle", "friendly"))
    tempo = float(np.clip(manner.tempo, 0.85, 1.25))
    side, taps = int(rng.uniform() < 0.75), int(rng.integers(2, 4)) if t[-1] > 2.9 else 2
    reaching, tapping, turning = 0.5 / tempo, 0.29 * taps / tempo, rng.uniform(1.25, 1.45) / tempo
    budget = t[-1] - reaching - tapping - turning - 0.25
    routes, arrive = _come(rng, bodies, _gap(bodies) + rng.uniform(-0.02, 0.02), min(budget, 3.5), tempo)
    start = max(arrive - 0.35, 0.03) + rng.uniform(0.0, 0.25) * np.clip(t[-1] - arrive - 2.6, 0.0, 3.0)
    touch = start + reaching
    times = (start, touch, touch + tapping, touch + tapping + 0.6)
    notice = touch + 0.6 * tapping + rng.uniform(0.05, 0.2)
    towards = side if rng.uniform() < 0.8 else 1 - side
    routes[1] = _turn_round(rng, routes[1], notice, notice + turning, towards)
    if t[-1] > times[3] + 0.5:
        routes[0] = _step_back(rng, routes[0], times[2] + rng.uniform(0.1, 0.4))

    pair = performers(rng, t, bodies, routes, manner.vigour)
    startled = bool(rng.uniform() < 0.3)
    _look_round(pair, routes[1], notice, turning)
    _notice(rng, pair[1], notice, startled)
    shift_weight(rng, pair[1], 0.0, notice - 0.3)
    _tap(rng, pair, side, times, taps)
    done = max(notice + turning, times[3])
    if t[-1] - done > 1.0:
        converse(rng, pair, done + 0.15, t[-1] + 0.6, int(rng.integers(2)))
    parameters = {"manner": manner.name, "hand": SIDES[side], "walks": "A" if arrive > 0 else "none"}
    return pair, parameters | {"times": taps, "startled": startled}


def _gap(bodies: tuple[Body, Body]) -> float:
    """Metres from body to body at which A reaches B's shoulder, or the back below it."""
    rise = np.clip(0.83 * (bodies[1].height - bodies[0].height) + 0.03, -0.3, HIGHEST * bodies[0].scale)
    return 0.10 + float(np.sqrt((0.84 * bodies[0].arm) ** 2 - rise**2))


def _come(
    rng: np.random.Generator, bodies: tuple[Body, Body], gap: float, budget: float, tempo: float
) -> tuple[list[Route], float]:
    """A walks up behind B from the origin, or stands there already; the routes and when A arrives."""
    axis = rng.uniform(-0.3, 0.3)
    away, across = direction(np.array([axis]))[0, ::2], direction(np.array([axis]), 0.0, 1.0)[0, ::2]
    length = rng.uniform(0.5, 0.95) * 0.75 * (budget - 0.3) if budget > 1.6 and rng.uniform() < 0.85 else 0.0
    to = tuple(away * length)
    stance, toe_out = draw_stance(rng), rng.uniform(0.05, 0.18)
    walks = (walk_over(rng, bodies[0], 0.05, (0.0, 0.0), to, axis + rng.uniform(-0.04, 0.04), tempo),)
    first = Route((0.0, 0.0), float(axis), walks if length else (), stance, toe_out)
    place = away * (length + gap) + rng.uniform(-0.06, 0.06) * across
    facing = float(axis + rng.uniform(-0.2, 0.2))
    second = Route(tuple(place), facing, (), draw_stance(rng), rng.uniform(0.05, 0.18))
    return [first, second], walks[0].end if length else 0.0


def _turn_round(rng: np.random.Generator, route: Route, start: float, end: float, side: int) -> Route:
    """Half a turn to `side` on the spot and a little away, the foot on that side first."""
    half = np.pi * SIGN[side] + rng.uniform(-0.15, 0.15)
    away = rng.uniform(0.08, 0.25)
    to = np.array(route.start) + away * np.array([np.sin(route.heading), np.cos(route.heading)])
    steps = 3 if end - start < 1.35 else 4
    walk = Walk(start, end, tuple(to), route.heading + half, steps, side, 0.3, 0.3, draw_stance(rng))
    return route.then(walk)


def _step_back(rng: np.random.Generator, route: Route, start: float) -> Route:
    """Two small steps back, to leave the other room."""
    place, heading = route.end()
    to = place - rng.uniform(0.22, 0.36) * np.array([np.sin(heading), np.cos(heading)])
    walk = Walk(start, start + 1.0, tuple(to), heading, 2, int(rng.integers(2)), stance=draw_stance(rng))
    return route.then(walk)


def _look_round(pair: list[Performer], route: Route, notice: float, turning: float) -> None:
    """B looks ahead, the head leads the turn, then the eyes find A's."""
    t, other = pair[1].t, pair[1]
    _, leading = route.at(t + 0.22)
    ahead = other.eyes + direction(leading, 2.0, 0.0, -0.12)
    found = ease(t, notice + 0.45 * turning, notice + 0.95 * turning)[:, None]
    other.gaze = ahead + found * (pair[0].eyes - ahead)


def _notice(rng: np.random.Generator, person: Performer, notice: float, startled: bool) -> None:
    """A small start, or a real one: shoulders up, a dip in the knees."""
    t, strength = person.t, 1.0 if startled else 0.3
    start = hump(t, notice - 0.12, notice + 0.45)
    person.collars[:, :, 0] += 0.35 * strength * start
    person.crouch = person.crouch + 0.045 * strength * hump(t, notice - 0.05, notice + 0.5)
    person.lean = person.lean - 0.12 * strength * start
    person.spread = person.spread + 0.15 * strength * hump(t, notice - 0.1, notice + 0.7)
    person.nod = person.nod + rng.uniform(0.0, 0.08) * start


def _tap(rng: np.random.Generator, pair: list[Performer], side: int, times: Times, taps: int) -> None:
    """Lay the fingers on the other's shoulder from behind, `taps` times between times[1] and times[2]."""
    person, other = pair
    t, sign, size = person.t, SIGN[side], person.body.scale
    start, touch, leave, end = times
    weight = pulse(t, start, touch, leave - 0.05, end)
    person.twist = person.twist - 0.20 * sign * weight
    person.lean = person.lean + 0.08 * weight
    person.collars[side] += np.array([0.08, 0.22]) * weight[:, None]
    inside = pulse(t, touch - 0.1, touch, leave - 0.15, leave)
    lift = 0.5 - 0.5 * np.cos(2 * np.pi * taps * (t - touch) / (leave - touch))
    own, shoulder = (who.trunk()[0][:, 16 + side] for who in pair)
    heading = person.gait.heading
    # where the shoulder was when touched: the other turns out from under the hand
    still = np.minimum(np.arange(len(t)), int((leave - 0.1) * FPS))
    target = shoulder[still] + direction(heading[still], -0.115, -0.03 * sign, 0.03)
    target[:, 1] = np.minimum(target[:, 1], own[:, 1] + HIGHEST * size)
    target = target + (size * 0.055 * inside * lift)[:, None] * np.array([0.0, 1.0, 0.0])
    # the hand tips from the wrist: fingers up in the air, down on the shoulder
    fingers = direction(heading, 1.0, -0.1 * sign, 0.15 + 0.5 * inside * lift)
    palm = direction(heading, 0.35, -0.25 * sign, -1.0)
    elbow, bulge = direction(heading, -0.2, 0.55 * sign, -1.0), direction(heading, 0.0, 0.06 * sign, 0.0)
    person.reaches.append(Reach(side, target, weight, fingers, palm, elbow, bulge))


def check(positions: np.ndarray) -> bool:
    """A hand at the shoulder of somebody who is turned away and, within three seconds, turns round."""
    return acting(positions) is not None


def acting(positions: np.ndarray) -> int | None:
    """Who taps."""
    return who_does(positions, either_side(_taps))


def handed(positions: np.ndarray) -> str | None:
    """The hand that taps."""
    return hand_of(positions, acting(positions), _taps)


def _taps(positions: np.ndarray, side: int) -> bool:
    person, other = positions
    near = distance(person[:, WRISTS[side], None], other[:, SHOULDERS]).min(-1) < 0.22
    behind = looks_at(person, other) & ~looks_at(other, person, 115.0)
    meets = looks_at(other, person, 70.0)
    return any(meets[frame : frame + int(3 * FPS)].any() for frame in np.flatnonzero(near & behind))


def slots(parameters: dict) -> Slots:
    """Words for the hand, the taps and the fright."""
    hand = parameters["hand"]
    often = {2: ("", " twice"), 3: ("", " three times")}[parameters["times"]]
    return {
        "hand": ("", f" with the {hand} hand"),
        "shoulder": ("shoulder", f"{hand} shoulder"),
        "often": often,
        "walking": ("",) if parameters["walks"] == "A" else (),
        "turns": ("turns around", "turns round", "turns to look"),
        "startled": ("",) if parameters["startled"] else (),
    }


TRAINING = (
    "{One} taps {other} on the shoulder from behind.",
    "{One} taps {other} on the shoulder{how}, and {other} {turns}.",
    "{One} taps {other} on the {shoulder} from behind{how}.",
    "{One} taps the {shoulder} of {other}{often}{how}.",
    "{One} taps {other} from behind{hand}{how}.",
    "{One} touches {other} on the {shoulder} from behind{how}, who {turns}.",
    "{One} walks up behind {other} and taps the {shoulder}{how}.{walking}",
    "{One} comes from behind{how} and taps {other} on the shoulder.{walking}",
    "{One} approaches {other} from behind and gives a tap on the shoulder{how}.{walking}",
    "{One} stands behind {other} and taps{often} on the {shoulder}{how}.",
    "{One} gets the attention of {other} with a tap on the shoulder{how}.",
    "{One} gives {other} a tap on the {shoulder}{how}.",
    "{One} is tapping {other} on the shoulder{hand}{how}.",
    "{One} startles {other} with a tap on the shoulder.{startled}",
    "{Other} turns around after a tap on the shoulder by {one}{how}.",
    "{Other} {turns} when {one} taps from behind{how}.",
    "{Second} is tapped on the {shoulder} by {first}{how}.",
    "{Second} is tapped from behind by {first}{hand}{how} and {turns}.",
    "{Second} {turns} because {first} taps the {shoulder}{how}.",
    "{Second} feels a tap on the shoulder and {turns} to {first}.",
    "{Second} is startled by the hand of {first} and turns around.{startled}",
    "{First} taps{often}{how} and {second} {turns}.",
    "{First} reaches for the shoulder of {second} from behind{hand}{how}.",
    "Two people, one behind the other: {one} taps the {shoulder} in front{how}.",
    "Two people: {one} taps {other} on the shoulder from behind{how}.",
    "They stand one behind the other until {one} taps {other} on the shoulder{how}.",
    "Someone taps another person on the shoulder{how}, who {turns}.",
    "A tap on the shoulder makes {second} turn to {first}.",
    "{One} prods {other} from behind{how}.",
    "{One} pokes {other} from behind{how}.",
    "{Second} is nudged from behind by {first}.",
    "Knocking on the {shoulder} from behind{often}.",
    "{First} nudges {second} from the rear{how}.",
    "Somebody prods the person in front{how}.",
    "A touch from behind{how}.",
    "A poke from behind{how}.",
    "Getting someone's attention from behind.",
    "Fingers on the {shoulder} from behind.",
    "{First} prods, {second} {turns}.",
    "{Second} {turns}, prodded by {first}{how}.",
    "Prod the person in front{hand}.",
    "{One} drums with the fingers{how} on the {shoulder} of {other}.",
    "{One} makes {other} look back with a touch of the fingers{how}.",
    "{Second} is poked on the {shoulder} by {first}{how} and looks behind.",
    "{Second} feels the fingers of {first} on the back of the {shoulder}.",
    "{One} asks {other} to turn round by knocking on the {shoulder}{often}{how}.",
    "Someone rouses the person in front{how} with a touch from behind.",
    "A stranger in the queue nudges the next person{how}, who looks back.",
    "{First} prods{hand}{how}, and {second} swivels to see who it is.",
    "The one at the back prods the one in front{how}.",
    "{Second}, looking away, is alerted by the hand of {first}{how}.",
    "Unseen, {first} touches the {shoulder} of {second}{hand}{how}.",
    "{One} nudges the {shoulder} of {other}{often}{how} to be noticed.",
    "{Second} jumps when the hand of {first} comes from nowhere.{startled}",
    "A student pokes the classmate in front, who {turns}.",
    "{Second} faces away and notices nothing until {first} puts a finger to the {shoulder}{how}.",
    "From the rear, {first} stretches out an arm and lets the fingers drop on the {shoulder} of {second}{how}.",
    "{One} wants to speak to {other} but sees only a back, so a prod on the {shoulder}{how} has to do.",
    "A tourist asks for directions: the fingers knock{how} on the shoulder of a passer-by seen from the "
    "back, who swings round.",
    "{Second} spins about to see who it was when {first} gives that {shoulder} a knock from the rear{how}.",
    "Make one character stand in back of the other, touch the {shoulder} in front{hand} and have that "
    "person look round.",
    "{First} comes up to the back of {second}, lays the fingertips on the {shoulder}{how} and waits for "
    "the face to appear.{walking}",
    "Coming up from the rear, {first} lets {second} know somebody is there with a touch of the hand{how}.{walking}",
    "{Second} gets a fright as {first} reaches out from the back and lays a hand on the {shoulder}.{startled}",
    "{Other} has no idea that {one} is there, feels something on the {shoulder} and {turns} to see.",
    "The person in back signals I am here with the fingers{how}, and the person in front looks back.",
    "{One} thinks {other} is an old friend seen from the back, and says hello with a finger on the {shoulder}{how}.",
    "With an outstretched arm one person makes contact with the shoulder blade of somebody in front, who "
    "pivots to find out who it is.",
)
TEST = (
    "{One} pokes {other} in the back of the shoulder{how}, and {other} spins around.",
    "{One} lightly knocks on the {shoulder} of {other}, who faces about.",
    "{Second} looks back over the shoulder after being tapped by {first}{how}.",
    "From behind, {first} lets {second} know with the fingers that someone is there{how}.",
    "{First} surprises {second} with fingers on the {shoulder}{how}.",
    "Feeling the fingers of {first} on the shoulder, {second} swings round.",
    "Someone is tapped on the back{how} and wheels around to see the partner.",
)

FAMILY = Family(
    "One person taps the other on the shoulder from behind.",
    perform,
    Wordings(TRAINING, TEST, slots),
    check,
    handed,
    acting,
    shortest=2.8,
)
