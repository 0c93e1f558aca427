"""One person sits and listens while the other stands and speaks."""

import numpy as np

from ....skeleton import JOINT
from ..arms import Reach
from ..body import SIGN, Body
from ..curves import FPS, ease, hump, pulse
from ..gait import Route
from ..gestures import listen, shift_weight, talk
from ..limbs import direction
from ..observe import facing, gesturing, leg, who_does
from ..person import Performer
from ..posture import seat_height, sit
from ..scene import Family, draw_manner, meet, performers
from ..texts import Slots, Wordings

SITTING_DOWN = 1.35  # seconds


def perform(rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body]) -> tuple[list[Performer], dict]:
    """A sits, or sits down first; B stands before A, or comes up, and talks."""
    manner = draw_manner(rng, t[-1], ("slow", "fast", "energetic", "gentle", "angry", "friendly"))
    sits_down = bool(t[-1] > 3.4 and rng.uniform() < 0.5)
    down = SITTING_DOWN * rng.uniform(0.9, 1.15) if sits_down else 0.0
    start = rng.uniform(0.05, 0.4)
    meeting = meet(rng, bodies, rng.uniform(0.95, 1.5), min(t[-1] - 1.7, 2.5), manner.tempo)
    routes = [_stay(meeting.routes[0]), meeting.routes[1]]
    arrive = meeting.arrive if meeting.walks in ("both", "B") else 0.0
    pair = performers(rng, t, bodies, routes, manner.vigour)

    seated = ease(t, start, start + down) if sits_down else np.ones(len(t))
    _sit(rng, t, pair[0], seated, start, down)
    pair[1].gaze = pair[0].eyes
    begin = max(arrive - 0.3, start + 0.6 * down if sits_down else 0.05, 0.05)
    shift_weight(rng, pair[1], arrive, t[-1] + 1.0)
    listen(rng, pair[0], [(begin, t[-1] + 0.5)])
    _rest_hands(rng, pair[0], seated)
    size, tempo = np.clip(manner.vigour, 0.8, 1.3), np.clip(manner.tempo, 0.8, 1.2)
    talk(rng, pair[1], [(begin, t[-1] + rng.uniform(0.3, 0.8))], float(size), float(tempo))
    return pair, {"manner": manner.name, "comes": arrive > 0.0, "sits_down": sits_down}


def _stay(route: Route) -> Route:
    """Where a route ends, without the walk there."""
    place, heading = route.end()
    stance = tuple(0.5 * ahead for ahead in route.stance)
    return Route(tuple(place), heading, (), stance, route.toe_out)


def _sit(
    rng: np.random.Generator, t: np.ndarray, person: Performer, seated: np.ndarray, start: float, down: float
) -> None:
    """Sit with the feet before the seat; on the way down the trunk bows and comes up again."""
    height = seat_height(person.body) + rng.uniform(-0.03, 0.03)
    back = person.body.scale * rng.uniform(0.36, 0.42)
    person.low = sit(person.body, person.gait, seated, height, back)
    if down:
        person.bow = person.bow + 0.75 * hump(t, start - 0.15, start + 1.25 * down)
    person.lean = person.lean + rng.uniform(-0.04, 0.16) * seated
    # now and then a seated person leans in or sits back
    at = start + down + rng.uniform(0.8, 2.0)
    while at < t[-1]:
        stays = rng.uniform(1.0, 2.5)
        person.lean = person.lean + rng.uniform(-0.06, 0.14) * pulse(t, at, at + 0.8, at + stays, at + stays + 0.9)
        at += stays + rng.uniform(1.0, 2.5)


def _rest_hands(rng: np.random.Generator, person: Performer, seated: np.ndarray) -> None:
    """Lay the hands on the thighs."""
    positions, _ = person.trunk()
    heading, size = person.gait.heading, person.body.scale
    for side, sign in enumerate(SIGN):
        hip = positions[:, JOINT["left_hip"] + side]
        place = rng.uniform(0.24, 0.33), rng.uniform(-0.01, 0.03), rng.uniform(0.115, 0.13)
        wrist = hip + size * direction(heading, place[0], sign * place[1], place[2])
        fingers = direction(heading, 1.0, -sign * rng.uniform(0.1, 0.5), -0.1)
        palm, elbow = direction(heading, 0.0, -0.25 * sign, -1.0), direction(heading, -0.6, 0.6 * sign, -0.5)
        weight = np.clip(1.6 * seated - 0.6, 0.0, 1.0) ** 2
        weight = weight * (3.0 - 2.0 * weight)
        person.reaches.append(Reach(side, wrist, weight, fingers, palm, elbow, direction(heading, 0.06, 0.05 * sign)))


def check(positions: np.ndarray) -> bool:
    """One sits, before the feet of the other who stands and gestures."""
    return acting(positions) is not None


def acting(positions: np.ndarray) -> int | None:
    """Who sits."""
    return who_does(positions, _sits_before)


def _sits_before(positions: np.ndarray) -> bool:
    """Whether the first sits, face to face with the second, who stands and gestures."""
    sitter, speaker = positions
    together = _sits(sitter) & ~_sits(speaker) & facing(positions)
    return together.sum() > 0.6 * FPS and (gesturing(speaker) & together).mean() > 0.15


def _sits(person: np.ndarray) -> np.ndarray:
    """(T,) whether the pelvis is about as high as the knees, both knees well over the floor."""
    legs = leg(person)
    knees = person[:, [JOINT["left_knee"], JOINT["right_knee"]], 1].min(-1)
    height = person[:, 0, 1]
    return (height < 0.85 * legs) & (height > 0.45 * legs) & (knees > 0.35 * legs)


def slots(parameters: dict) -> Slots:
    """Words for how it is said and how the two got there."""
    mood = {
        "angry": ("complains", "scolds", "speaks angrily"),
        "friendly": ("chats", "speaks in a friendly way"),
        "gentle": ("speaks softly", "talks calmly"),
        "energetic": ("speaks with big gestures", "talks excitedly"),
        "fast": ("talks quickly",),
        "slow": ("speaks slowly",),
    }
    return {
        "speaks": ("speaks", "talks") + mood.get(parameters["manner"], ()),
        "talks": ("talks to", "speaks to", "is talking to"),
        "sits_down": ("",) if parameters["sits_down"] else (),
        "seated": () if parameters["sits_down"] else ("",),
        "comes": ("",) if parameters["comes"] else (),
    }


TRAINING = (
    "One person sits while the other stands and speaks.",
    "{One} sits while {other} stands and {speaks}.",
    "{One} is sitting and {other} stands in front and {speaks}.",
    "{One} sits on a chair and listens; {other} stands and {speaks}.",
    "{One} sits on a chair while {other} {talks} {one}.",
    "{One} sits and listens to {other}, who {speaks} with gestures.",
    "{One} sits, hands on the thighs, and {other} {speaks}.",
    "{One} sits down and {other} {speaks}.{sits_down}",
    "{One} takes a seat while {other} stays standing and {speaks}.{sits_down}",
    "{One} sits down on a chair; {other}, standing, {speaks}.{sits_down}",
    "{One} remains seated as {other} {speaks}.{seated}",
    "{Other} comes up to {one}, who sits, and {speaks}.{comes}",
    "{Other} walks over to the chair of {one} and {speaks}.{comes}",
    "{Other} stands and {speaks} while {one} sits.",
    "{Other} stands before {one}, who sits, and {speaks}.",
    "{Other} {talks} {one}, who is sitting on a chair.",
    "{Other} explains something standing up, {one} listens from a chair.",
    "{Other} lectures {one}, who sits and nods.",
    "{Second} stands and {speaks} to {first}, who sits.",
    "{Second} gives a talk on foot, {first} is seated.",
    "{First} is seated and is spoken to by {second}.",
    "{First} is sitting while {second} is standing and {speaks}.",
    "{First} sits and nods, {second} stands and {speaks}.",
    "Two people: {one} sits, {other} stands and {speaks}.",
    "Two people talk, {one} sitting and {other} standing.",
    "They have a conversation in which {one} sits and {other} stands.",
    "Someone sits on a chair and listens to a person who stands and {speaks}.",
    "A person sits while a standing person {speaks} with the hands.",
    "{One} sits, {other} holds forth.",
    "{One}, seated, hears {other} out.",
    "{One} sits, {other} {speaks} upright.",
    "{First} on a chair, {second} talking.",
    "{First} listens sitting, {second} {speaks}.",
    "{Second} briefs {first}, who sits.",
    "{Second} {talks} {first}, the sitter.",
    "{Other} stands and {speaks}, {one} listens.",
    "A seated listener, a standing speaker.",
    "Sitting down and being lectured.",
    "The patient sits, the doctor {speaks}.",
    "The pupil sits, the teacher {speaks}.",
    "Sitting through a speech.",
    "{One} occupies the chair, while {other}, upright, {speaks}.",
    "{One} lends an ear from the chair as {other} {speaks}.",
    "{One} is perched on a seat and {other} {speaks} standing up.",
    "{One} settles on the chair, and {other} {speaks} from above.{sits_down}",
    "{One} has been sitting all along while {other} {speaks}.{seated}",
    "{Other} joins {one}, who has the chair, and {speaks}.{comes}",
    "{Second} is on both feet and {speaks}, while {first} rests on a chair.",
    "{Second} delivers a monologue to {first}, the only one with a seat.",
    "{First} is the audience on the chair, {second} the orator who {speaks}.",
    "{First} gets an earful while seated; {second} stands there and {speaks}.",
    "A suspect sits on a chair while the detective {speaks} on foot.",
    "Someone lowers the body onto a chair, and a person on foot {speaks}.{sits_down}",
    "Put one character on a chair and let a standing one do the talking.",
    "{One} has a chair and pays attention without getting up, while {other} does the talking in an "
    "upright position and {speaks}.",
    "{One} looks up from the chair at {other}, who has the word, remains on both feet and {speaks}.",
    "{One} drops onto the chair to hear what there is to say, and {other}, who prefers to stand, {speaks}.{sits_down}",
    "{Other} approaches the place where {one} is seated, stops in front of the chair and, still on foot, "
    "{speaks}.{comes}",
    "{Other} has something to tell and {speaks} on both feet, and it is {one} who takes it all in from a chair.",
    "{Second} does all of the talking and never takes a seat, {first} only listens from the chair.",
    "{Second} towers over the chair and {speaks}, and {first}, who looks small down there, follows the words.",
    "{First} is down on a chair and says nothing, {second} is up on both legs, has the floor and {speaks}.",
    "{First} stays put on the chair and lets the words of {second}, who is upright and {speaks}, wash over.{seated}",
    "The employee sits on a chair in the office and hears what the boss, who stands nearby, has to say.",
    "A child sits and has to listen to a grown-up, who stands in front of the chair and {speaks}.",
    "Scene for a play: an old man sits on a chair and listens, a visitor stands before the old man and {speaks}.",
    "The client is seated and all ears, while the lawyer stands as if in court, makes the case and {speaks}.",
)
TEST = (
    "{One} listens from a seat to {other}, who is on foot and {speaks}.",
    "A seated listener and a standing speaker: {first} sits, {second} {speaks}.",
    "{Second} addresses {first}, who is seated.",
    "From a chair {one} follows what {other} says, standing in front.",
    "{One} stays in the chair as {other} stands there and {speaks}.",
    "{Second}, on both feet, tells {first} in the chair a thing or two.",
    "Someone on a chair is being talked to by a person who stands.",
)

FAMILY = Family(
    "One person sits while the other stands and speaks.",
    perform,
    Wordings(TRAINING, TEST, slots),
    check,
    acting=acting,
    shortest=2.2,
)
