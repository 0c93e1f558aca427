"""One person points at the other with an outstretched arm; the other looks, shrinks back or asks "me?"."""

import numpy as np

from ....rotations import normalise
from ....skeleton import JOINT
from ..arms import Reach
from ..body import SIDES, SIGN, Body
from ..curves import hump, pulse
from ..gestures import shift_weight, talk
from ..limbs import direction
from ..observe import SHOULDERS, WRISTS, arm, distance, either_side, hand_of, lasting, looks_at
from ..person import Performer
from ..scene import Family, draw_manner, meet, performers, share_out
from ..texts import Slots, Wordings, approach_slots


def perform(rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body]) -> tuple[list[Performer], dict]:
    """Meet at a distance, point and hold, lower the arm; in long scenes speak and point again."""
    manner = draw_manner(rng, t[-1], ("slow", "fast", "energetic", "angry"))
    tempo = float(np.clip(manner.tempo, 0.75, 1.3))
    raising, lowering, shortest = 0.55 / tempo, 0.65 / tempo, 0.6
    needed = raising + shortest + lowering
    meeting = meet(rng, bodies, rng.uniform(1.25, 2.3), t[-1] - needed, manner.tempo)
    start = max(meeting.arrive - 0.35, 0.05)
    before, longer, _ = share_out(rng, t[-1] - start - needed, (0.6, 1.6, 1.0))
    start += min(before, 1.2)
    times = [(start, start + raising, start + raising + shortest + min(longer, 1.8))]
    talking = []
    while t[-1] - times[-1][2] > 3.2:
        last = times[-1][2] + 0.3
        again = last + rng.uniform(1.4, 2.4)
        talking.append((last, again))
        times.append((again, again + raising, again + raising + rng.uniform(0.7, 1.5)))
    pair = performers(rng, t, bodies, meeting.routes, manner.vigour)
    for person in pair:
        shift_weight(rng, person, meeting.arrive, t[-1] + 1.0)
    side = int(rng.uniform() < 0.8)
    answer = str(rng.choice(["none", "self", "back"], p=[0.35, 0.35, 0.3]))
    _react(rng, pair[1], answer, [(up + rng.uniform(0.1, 0.35), leave) for _, up, leave in times])
    if talking:
        talk(rng, pair[0], talking, 0.9, tempo)
    _point(rng, pair, side, times, lowering)
    return pair, {"manner": manner.name, "walks": meeting.walks, "hand": SIDES[side], "answer": answer}


def _point(rng: np.random.Generator, pair: list[Performer], side: int, times: list[tuple], lowering: float) -> None:
    """Stretch the arm towards the other's chest or face, a little jab now and then."""
    person, other = pair
    t, sign = person.t, SIGN[side]
    weight, jab = 0.0 * t, 0.0 * t
    for start, up, leave in times:
        weight = weight + pulse(t, start, up, leave, leave + lowering)
        if rng.uniform() < 0.6:
            jab = jab + hump(t, up + 0.15, up + 0.6)
        if rng.uniform() < 0.5 and leave - up > 1.1:
            jab = jab + hump(t, up + 0.6, up + 1.05)
    weight = np.minimum(weight, 1.0)
    person.twist = person.twist - sign * (0.30 * weight - 0.07 * jab)
    person.lean = person.lean + 0.06 * person.vigour * weight
    person.nod = person.nod + 0.06 * jab
    person.collars[side, :, 0] += 0.06 * weight
    person.collars[side, :, 1] += 0.2 * weight
    shoulder, heading = person.trunk()[0][:, 16 + side], person.gait.heading
    chest, face = (other.trunk()[0][:, JOINT[name]] for name in ("spine3", "head"))
    aim = normalise(chest + rng.uniform(0.0, 0.75) * (face - chest) - shoulder)
    wrist = shoulder + (0.965 - 0.13 * jab[:, None]) * person.body.arm * aim
    palm = direction(heading, 0.0, -0.9 * sign, rng.uniform(-1.0, 0.1))
    elbow, bulge = direction(heading, -0.2, 0.6 * sign, -1.0), direction(heading, 0.10, 0.05 * sign, 0.0)
    person.reaches.append(Reach(side, wrist, weight, aim, palm, elbow, bulge))


def _react(rng: np.random.Generator, person: Performer, answer: str, times: list[tuple[float, float]]) -> None:
    """The one pointed at: only looks, lays a hand on the own chest, or leans back with the hands up."""
    t, heading, size = person.t, person.gait.heading, person.body.scale
    for first, leave in times:
        person.lean = person.lean - rng.uniform(0.03, 0.08) * pulse(t, first, first + 0.4, leave, leave + 0.6)
        person.nod = person.nod - rng.uniform(0.03, 0.10) * hump(t, first, first + 0.6)
    if answer == "back":
        for first, leave in times:
            person.lean = person.lean - 0.12 * pulse(t, first, first + 0.45, leave, leave + 0.7)
    shoulders = person.trunk()[0][:, 16:18]
    hands = {"self": (int(rng.uniform() < 0.8),), "back": (0, 1)}.get(answer, ())
    for side in hands:
        sign = SIGN[side]
        weight = 0.0 * t
        for first, leave in times:
            late = first + 0.06 * side
            weight = weight + pulse(t, late, late + 0.55, leave + 0.15, leave + 0.85)
        if answer == "self":
            place, fingers, palm = (0.175, -0.11, -0.20), (0.25, -1.0, 0.35), (-1.0, -0.15, -0.1)
        else:
            place, fingers, palm = (0.26, 0.05, -0.12), (0.2, 0.1, 1.0), (1.0, -0.1, 0.0)
        place = np.array(place) + rng.normal(0.0, 0.015, 3)
        wrist = shoulders[:, side] + size * direction(heading, place[0], sign * place[1], place[2])
        fingers = direction(heading, fingers[0], sign * fingers[1], fingers[2])
        palm = direction(heading, palm[0], sign * palm[1], palm[2])
        elbow, bulge = direction(heading, -0.3, 0.5 * sign, -0.9), direction(heading, 0.08, 0.03 * sign)
        person.reaches.append(Reach(side, wrist, np.minimum(weight, 1.0), fingers, palm, elbow, bulge))


def check(positions: np.ndarray) -> bool:
    """An arm stretched towards the other's chest or head for 0.4 s without touching."""
    return acting(positions) is not None


def acting(positions: np.ndarray) -> int | None:
    """Who points."""
    doing = [either_side(_points)(pair) for pair in (positions, positions[::-1])]
    return doing.index(True) if sum(doing) == 1 else None


def handed(positions: np.ndarray) -> str | None:
    """The hand that points."""
    return hand_of(positions, acting(positions), _points)


def _points(positions: np.ndarray, side: int) -> bool:
    person, other = positions
    shoulder, wrist = person[:, SHOULDERS[side]], person[:, WRISTS[side]]
    straight = distance(wrist, shoulder) > 0.92 * arm(person, side)
    aimed = np.zeros(len(person), dtype=bool)
    for joint in ("spine3", "head"):
        to = normalise(other[:, JOINT[joint]] - shoulder)
        aimed |= np.sum(normalise(wrist - shoulder) * to, -1) > np.cos(np.radians(15.0))
    clear = distance(wrist[:, None], other).min(-1) > 0.25
    return bool(lasting(straight & aimed & clear & looks_at(person, other, 75.0), 0.4).any())


def slots(parameters: dict) -> Slots:
    """Words for the hand and what the other does about it."""
    hand, answer = parameters["hand"], parameters["answer"]
    accuses = ("accuses", "blames") if parameters["manner"] == "angry" else ()
    return approach_slots(parameters["walks"]) | {
        "hand": ("", f" with the {hand} hand"),
        "arm": ("arm", f"{hand} arm"),
        "accuses": accuses,
        "me": ("",) if answer == "self" else (),
        "back": ("",) if answer == "back" else (),
        "looks": ("",) if answer == "none" else (),
    }


TRAINING = (
    "{One} points at {other}.",
    "{One} points at {other}{hand}{how}.",
    "{One} points a finger at {other}{how}.",
    "{One} points{hand}{how} at {other}, who looks back.{looks}",
    "{One} is pointing{hand}{how} at {other}.",
    "{One} points straight at {other}{hand}{how}.",
    "{One} stretches out the {arm}{how} and points at {other}.",
    "{One} lifts the {arm}{how} to point at {other}.",
    "{One} raises a finger towards {other}{how} and keeps pointing.",
    "{One} points out {other}{hand}{how}.",
    "{One} {accuses} {other}, pointing{hand}.",
    "{One} {accuses} {other} with a pointed finger.",
    "{One} points{hand}{how} and {other} lays a hand on the chest.{me}",
    "{One} points at {other}{how}, who asks with a hand on the chest who is meant.{me}",
    "{One} points{hand}{how} and {other} raises both hands.{back}",
    "{One} points at {other}{how}, who leans back with both hands up.{back}",
    "{One} {one_walks} {other} and points{how}.",
    "{Second} is pointed at by {first}{hand}{how}.",
    "{Second} is singled out by {first}, who points{hand}{how}.",
    "{Second} looks at {first}, who points{how}.",
    "{Second} sees that {first} points{hand}{how}.",
    "{First} points{hand}{how}, {second} looks on.{looks}",
    "{First} means {second} and points{hand}{how}.",
    "Two people face each other; {one} points at {other}{hand}{how}.",
    "Two people: {one} points at {other}{how}.",
    "They stand apart and {one} points at {other}{how}.",
    "Someone points at another person{hand}{how}.",
    "You there: {first} points at {second}{how}.",
    "{One} indicates {other}{hand}{how}.",
    "You there, says the finger.",
    "Pointing the finger at someone{how}.",
    "{One} singles out {other}{hand}{how}.",
    "{Second} is picked by {first}'s finger{how}.",
    "Uncle Sam pose at a recruit.",
    "Identifying somebody with a finger.",
    "An outstretched finger at someone.",
    "I mean you, over there{how}.",
    "{One} designates {other}{hand}{how}.",
    "{First} marks {second} out{hand}{how}.",
    "A captain picking a teammate{hand}{how}.",
    "Arm straight, index finger on somebody.",
    "{One} extends the {arm}{how}, index finger aimed at {other}.",
    "{One} holds the {arm} out at {other}, index finger first{how}.",
    "{One} chooses {other} with an outstretched finger{how}.",
    "{First} makes clear{how} that {second} is meant, {arm} out.",
    "{Second} is identified by {first} with a straight {arm}{how}.",
    "{Second} becomes the target of {first}'s index finger{how}.",
    "{Second} is at the far end of {first}'s pointing finger.",
    "{One} {accuses} {other} with the {arm} stretched out.",
    "A referee picks out a player{hand}{how}.",
    "A teacher calls on a pupil with an extended finger{how}.",
    "Make one character direct a finger at another{hand}{how}.",
    "{One} signals{hand} that {other} is the one{how}.",
    "{First} picks {second}, who gestures at the own chest to ask who is meant.{me}",
    "{One} brings up the {arm}{how} until the index finger is in line with {other}.",
    '{Second} touches the chest as if to ask "me?" when the finger of {first} comes up{how}.{me}',
    "{Second} recoils with raised palms as {first} stretches out an index finger{how}.{back}",
    "{Second} meets the gaze of {first}, whose finger leaves no doubt about who is meant.{looks}",
    "{One} {one_walks} {other}, brings the {arm} up and aims the index finger{how}.",
    "From a whole line of suspects {one} would pick {other}: the {arm} goes up, the finger comes out.",
    "In the courtroom, {one} stretches the {arm} out{how} to show that {other} is the one.",
    "{One} {accuses} {other} before everyone, the {arm} straight and the finger aimed like a gun.",
    "A witness in court recognises the defendant and directs an outstretched {arm} at him{how}.",
    "A sergeant needs a volunteer and picks a private by stretching out the {arm} and finger at him.",
    "In the school yard, one kid picks another for the team with an outstretched finger{how}.",
    "A talent-show host announces the winner and holds out a finger in the direction of that lucky person.",
    "Animate a detective who lifts the {arm}{how} and with an index finger shows who the murderer is.",
)
TEST = (
    "{One} aims a finger at {other}{how}.",
    "{One} holds out the {arm}{how}, the finger on {other}.",
    "{First} shows with the finger that {second} is meant{how}.",
    "The finger of {first} is directed at {second}{how}.",
    "{Second} has a finger pointed at the chest by {first}{how}.",
    "With an outstretched {arm} {one} singles out {other}{how}.",
    "Someone jabs a finger in the direction of the partner{how}.",
    "It was {second}, says {first} with a pointing hand{how}.",
)

FAMILY = Family(
    "One person points at the other.",
    perform,
    Wordings(TRAINING, TEST, slots),
    check,
    handed,
    acting,
    shortest=2.0,
)
