"""One person kneels down on one knee before the other, and in longer scenes may rise again."""

import numpy as np

from ....skeleton import JOINT
from ..arms import Reach
from ..body import SIDES, SIGN, Body
from ..curves import ease, pulse
from ..gait import Route, Walk
from ..gestures import listen, shift_weight, talk
from ..limbs import direction
from ..observe import facing, lasting, leg, who_does
from ..person import Performer
from ..posture import LUNGE, kneel, lunge
from ..scene import Family, draw_manner, meet, performers, share_out
from ..texts import Slots, Wordings, approach_slots

PLEADING = ("offer", "open", "self", "frame")


def perform(rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body]) -> tuple[list[Performer], dict]:
    """Meet, step forward, sink on one knee, stay there with bowed head or looking up, perhaps rise."""
    manner = draw_manner(rng, t[-1], ("slow", "fast", "gentle"))
    tempo = float(np.clip(manner.tempo, 0.78, 1.2))
    sinking, staying, rising = 1.15 / tempo, 0.7, 1.1 / tempo
    rises = bool(t[-1] > 5.0 and rng.uniform() < 0.6)
    needed = sinking + staying + (rising + 0.9 if rises else 0.0)
    gap = sum(LUNGE) * bodies[0].scale + (rng.uniform(0.8, 1.0) if rises else rng.uniform(0.5, 0.8))
    meeting = meet(rng, bodies, gap, t[-1] - needed, manner.tempo)
    start = max(meeting.arrive, 0.05)
    before, longer, _ = share_out(rng, t[-1] - start - needed, (0.5, 2.0, 1.0 if rises else 0.05))
    start += min(before, 1.0)
    down = start + sinking
    leave = down + staying + longer if rises else t[-1] + 2.0

    knee = int(rng.uniform() < 0.7)
    route = _kneeling(meeting.routes[0], bodies[0], knee, start, leave + 0.75 * rising if rises else None, tempo)
    pair = performers(rng, t, bodies, [route, meeting.routes[1]], manner.vigour)
    kneeling = ease(t, start + 0.12, down) * (1.0 - ease(t, leave, leave + rising))
    humble = bool(rng.uniform() < 0.55)
    hands = str(rng.choice(["knee", "heart", "offer", "hang"], p=[0.4, 0.25, 0.2, 0.15]))
    _sink(rng, t, pair[0], kneeling, knee, (start, down, leave), humble)
    pair[1].gaze = pair[0].eyes
    _accept(rng, pair[1], down, min(leave, t[-1]))
    weight = ease(t, start + 0.55 * sinking, down + 0.25) * (1.0 - ease(t, leave - 0.1, leave + 0.7))
    _place_hands(rng, pair[0], hands, weight, knee)
    if hands in ("offer", "hang") and min(leave, t[-1]) - down > 2.5:
        talk(rng, pair[0], [(down + 0.6, min(leave - 0.2, t[-1] + 0.5))], 0.8, 0.9, PLEADING)
    parameters = {"manner": manner.name, "walks": meeting.walks, "knee": SIDES[knee], "rises": rises}
    return pair, parameters | {"humble": humble, "hands": hands}


def _kneeling(route: Route, body: Body, knee: int, start: float, after: float | None, tempo: float) -> Route:
    """Add the step forward into kneeling, and from `after` on the other foot's coming up."""
    place, heading = route.end()
    down = lunge(body, start, start + 0.75 / tempo, place, heading, knee)
    walks = [down]
    if after is not None:
        forward = LUNGE[1] * body.scale
        to = np.array(down.to) + forward * np.array([np.sin(heading), np.cos(heading)])
        walks.append(Walk(after, after + 0.75 / tempo, tuple(to), heading, 1, knee, 0.25, 0.25))
    return route.then(*walks)


def _sink(
    rng: np.random.Generator,
    t: np.ndarray,
    person: Performer,
    kneeling: np.ndarray,
    knee: int,
    times: tuple[float, float, float],
    humble: bool,
) -> None:
    """Go down on the knee, the trunk leaning into it; a humble person lowers the head."""
    start, down, leave = times
    person.low = kneel(person.body, person.gait, kneeling, knee)
    moving = pulse(t, start, start + 0.5, down - 0.3, down + 0.4) + pulse(
        t, leave - 0.2, leave + 0.3, leave, leave + 1.2
    )
    person.lean = person.lean + 0.22 * moving + rng.uniform(0.0, 0.10) * kneeling
    if humble:
        bowed = pulse(t, start + 0.4, down + 0.3, leave - 0.6, leave + 0.3)
        person.attention = 1.0 - 0.95 * bowed
        person.nod = person.nod + rng.uniform(0.35, 0.55) * bowed
        person.lean = person.lean + rng.uniform(0.08, 0.2) * bowed


def _accept(rng: np.random.Generator, person: Performer, down: float, leave: float) -> None:
    """The one knelt before: looks down, shifts, nods; may say a few words."""
    shift_weight(rng, person, down - 1.2, person.t[-1] + 1.0)
    listen(rng, person, [(down - 0.2, leave + 0.4)])
    if leave - down > 2.2 and rng.uniform() < 0.5:
        talk(rng, person, [(down + 0.8, leave - 0.2)], 0.75, 0.9)


def _place_hands(rng: np.random.Generator, person: Performer, hands: str, weight: np.ndarray, knee: int) -> None:
    """Both hands on the knee in front, one on the heart, or both held out with the palms up."""
    positions, _ = person.trunk()
    heading, size = person.gait.heading, person.body.scale
    sides = {"knee": (0, 1), "heart": (int(rng.uniform() < 0.8),), "offer": (0, 1)}.get(hands, ())
    for side in sides:
        sign, late = SIGN[side], ease(person.t, 0.0, 0.05) * weight
        if hands == "knee":
            upper = 0.03 * (side == knee)
            place = direction(heading, rng.uniform(0.27, 0.30), 0.085 * SIGN[1 - knee] + 0.035 * sign, 0.04 + upper)
            wrist = positions[:, 0] + size * place
            fingers, palm = direction(heading, 1.0, -0.45 * sign, -0.1), direction(heading, 0.0, -0.2 * sign, -1.0)
        elif hands == "heart":
            wrist = positions[:, 16 + side] + size * direction(heading, 0.17, -0.11 * sign, -0.17)
            fingers, palm = direction(heading, 0.25, -1.0 * sign, 0.35), direction(heading, -1.0, -0.15 * sign, -0.1)
        else:
            wrist = positions[:, 16 + side] + size * direction(heading, 0.33, -0.05 * sign, rng.uniform(-0.2, -0.12))
            fingers, palm = direction(heading, 1.0, -0.15 * sign, 0.2), direction(heading, -0.1, -0.4 * sign, 1.0)
        elbow, bulge = direction(heading, -0.4, 0.5 * sign, -0.9), direction(heading, 0.08, 0.04 * sign)
        person.reaches.append(Reach(side, wrist, late, fingers, palm, elbow, bulge))


def check(positions: np.ndarray) -> bool:
    """One is on one knee for half a second, facing the other, who stands."""
    return acting(positions) is not None


def acting(positions: np.ndarray) -> int | None:
    """Who kneels."""
    return who_does(positions, _kneels_before)


def _kneels_before(positions: np.ndarray) -> np.ndarray:
    """(T,) whether the first has knelt for half a second before the second, who stands."""
    person, other = positions
    down = _kneels(person) & ~_kneels(other) & facing(positions, 75.0)
    return lasting(down & (other[:, 0, 1] > 0.72), 0.5)


def _kneels(person: np.ndarray) -> np.ndarray:
    """(T,) whether just one knee is near the floor and the pelvis well over it."""
    legs = leg(person)
    knees = np.sort(person[:, [JOINT["left_knee"], JOINT["right_knee"]], 1], axis=1)
    return (knees[:, 0] < 0.2 * legs) & (knees[:, 1] > 0.35 * legs) & (person[:, 0, 1] > 0.4 * legs)


def slots(parameters: dict) -> Slots:
    """Words for the knee, the hands, the head and whether the kneeling one rises."""
    return approach_slots(parameters["walks"]) | {
        "knee": ("", " on one knee", f" on the {parameters['knee']} knee"),
        "one_knee": ("one knee", f"the {parameters['knee']} knee"),
        "rises": ("",) if parameters["rises"] else (),
        "then": (" and gets up again", " and rises again") if parameters["rises"] else ("",),
        "humble": ("",) if parameters["humble"] else (),
        "heart": ("",) if parameters["hands"] == "heart" else (),
        "offer": ("",) if parameters["hands"] == "offer" else (),
    }


TRAINING = (
    "{One} kneels before {other}.",
    "{One} kneels down before {other}{knee}{how}.",
    "{One} kneels{knee} in front of {other}{how}{then}.",
    "{One} goes down on {one_knee} before {other}{how}{then}.",
    "{One} gets down on {one_knee} in front of {other}{how}.",
    "{One} drops to {one_knee} before {other}{how}.",
    "{One} is kneeling before {other}.",
    "{One} kneels{knee} at the feet of {other}{how}.",
    "{One} kneels{how} and looks down before {other}.{humble}",
    "{One} kneels before {other} with a bowed head{how}.{humble}",
    "{One} kneels before {other}, a hand on the heart{how}.{heart}",
    "{One} kneels{how} and holds out both hands to {other}.{offer}",
    "{One} proposes to {other} on {one_knee}{how}.",
    "{One} kneels before {other}{how} and then stands up again.{rises}",
    "{One} kneels{how} before {other}, stays for a moment and rises.{rises}",
    "{One} {one_walks} {other} and kneels{knee}{how}.",
    "{One} takes a step towards {other} and kneels down{how}{then}.",
    "{Other} stands while {one} kneels{knee}{how}.",
    "{Other} looks down at {one}, who kneels{how}.",
    "{Second} is knelt before by {first}{how}.",
    "{Second} has {first} kneeling at the feet.",
    "{First} kneels{knee}{how} and {second} stands.",
    "{First} bends {one_knee} to the floor before {second}{how}{then}.",
    "Two people: {one} kneels before {other}{how}.",
    "Two people face each other, then {one} kneels{knee}{how}{then}.",
    "They face each other and {one} sinks to {one_knee}{how}.",
    "Someone kneels before another person{how}{then}.",
    "A knight kneels before the queen{how}.",
    "Kneeling{knee}, {first} faces {second}, who stands.",
    "{One} genuflects before {other}{how}.",
    "Taking a knee{how}.",
    "A marriage proposal.",
    "{One} bends the knee to {other}{how}.",
    "A vassal pays homage, knee down.",
    "Down on {one_knee}{how}.",
    "Swearing fealty to a lord{how}.",
    "{One} sinks to {one_knee} before {other}{how}.",
    "Genuflecting in front of someone{how}.",
    "Popping the question.",
    "{One} pays {other} homage, knee down.",
    "A squire on {one_knee}.",
    "{Second} watches {first} genuflect{how}.",
    "{One} takes a knee in front of {other}{how}{then}.",
    "{One} lowers the body onto {one_knee} before {other}{how}.",
    "{First} pops the question to {second} on {one_knee}.",
    "{Second} is proposed to by {first} on {one_knee}{how}.",
    "{One} plants {one_knee} on the floor facing {other}{how}{then}.",
    "{First} submits to {second} and goes down on {one_knee}{how}.",
    "{Second} stays upright as {first} sinks to {one_knee}{how}.",
    "{Second} is honoured by {first}, who bends the knee{how}.",
    "A warrior bends the knee to the new king{how}.",
    "A groom-to-be drops onto {one_knee} in front of his beloved.",
    "Make one character take a knee for another{how}{then}.",
    "{One} goes down before {other}, gaze on the floor.{humble}",
    "{One} swears loyalty to {other}, knee down, palm on the chest.{heart}",
    "{One} goes down on {one_knee} and stretches the arms out to {other}.{offer}",
    "{One} lets the body sink{how} until {one_knee} touches the ground at the feet of {other}.",
    "{First} pledges allegiance to {second}: the leg folds and {one_knee} comes to rest on the ground.",
    "{Second} towers over {first}, who{how} goes down on {one_knee} like a knight at court.",
    "{One} {one_walks} {other} and{how} lowers {one_knee} to the floor as a sign of respect.",
    "{One} pays tribute to {other} by dropping onto {one_knee}{how}, and is back on the feet afterwards.{rises}",
    "Audience at court: the messenger goes down on {one_knee}{how}, the prince remains standing.",
    "A young man plucks up his courage and goes down on {one_knee} to ask his girlfriend to marry him.",
    "The defeated gladiator surrenders to the victor and sinks to {one_knee} on the ground{how}.",
    "Animate a servant who folds a leg and rests {one_knee} on the floor in front of the master{how}.",
    "A penitent asks for mercy, down on {one_knee} in front of someone who stands there.",
    "The fan is so impressed that she goes down on {one_knee} in front of her idol{how}{then}.",
    "{Second} looks on from above while the knee of {first} meets the floor in a gesture of devotion.",
    "{Second} is the taller of the two once {first} has gone down on {one_knee}{how}.",
)
TEST = (
    "{One} sinks down in front of {other}, one knee on the ground{how}.",
    "{One} falls to {one_knee} at the feet of {other}{how}.",
    "{Second}, standing, has {first} going down on {one_knee}{how}.",
    "On {one_knee}, {first} asks {second} for a hand in marriage{how}.",
    "{First} lowers the body to kneel in front of {second}{how}.",
    "Someone takes a knee before the partner{how}.",
    "A servant goes down on {one_knee} for a king{how}.",
)

FAMILY = Family(
    "One person kneels before the other.",
    perform,
    Wordings(TRAINING, TEST, slots),
    check,
    acting=acting,
    shortest=2.2,
)
