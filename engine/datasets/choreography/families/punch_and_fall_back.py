"""One person punches the other in the face; the other's head snaps back and the feet stagger after it."""

from dataclasses import dataclass

import numpy as np

from ....rotations import normalise
from ....skeleton import JOINT
from ..arms import Reach
from ..blows import give_way, step_back, step_in
from ..body import SIDES, SIGN, Body
from ..curves import FPS, ease, hump, pulse, wander
from ..gait import Route
from ..gestures import shift_weight
from ..guard import aim_of, cover, face, punch, raise_fists, wind_up
from ..limbs import direction
from ..observe import ELBOWS, WRISTS, distance, either_side, facing, hand_of, thrusts, who_does
from ..person import Performer
from ..scene import Family, draw_manner, meet, performers, share_out, walk_over
from ..texts import Slots, Wordings

RAISING = 0.6  # seconds from hanging hands to the fist that lands
UPWARD = 0.82  # of the arm's length that a fist goes up at most: who is much smaller aims at the chin


@dataclass(frozen=True)
class Blow:
    """A punch that lands at `hit` seconds with the hand of `side`; the other staggers for `recovery` seconds."""

    hit: float
    side: int
    steps: int
    recovery: float
    distance: float


def perform(rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body]) -> tuple[list[Performer], dict]:
    """Come near, raise the fists, step in and punch; in longer clips go after the other and punch again."""
    manner = draw_manner(rng, t[-1], ("fast", "energetic", "angry"))
    tempo, vigour = np.clip(manner.tempo, 0.9, 1.2), np.clip(manner.vigour, 0.85, 1.3)
    stride = rng.uniform(0.18, 0.28) * bodies[0].scale
    gap = _reach(bodies) + stride
    meeting = meet(rng, bodies, gap, t[-1] - RAISING - 1.1, manner.tempo)
    start = max(meeting.arrive - 0.25, 0.05)
    before, _ = share_out(rng, t[-1] - start - RAISING - 1.1, (1.0, 2.0))
    first = start + min(before, 1.5) + RAISING
    routes, blows = _rounds(rng, bodies, meeting.routes, first, t[-1] - 1.0, gap, stride, tempo, vigour)
    pair = performers(rng, t, bodies, routes, manner.vigour)
    for person in pair:
        shift_weight(rng, person, meeting.arrive, first - RAISING)
    hook = bool(rng.uniform() < 0.3)
    _take(rng, pair[1], blows, vigour, hook)
    _give(rng, pair, blows, tempo, vigour, hook)
    hands = {blow.side for blow in blows}
    return pair, {
        "manner": manner.name,
        "walks": meeting.walks,
        "hand": SIDES[hands.pop()] if len(hands) == 1 else "both",
        "punches": len(blows),
        "steps": blows[0].steps,
        "hook": hook,
    }


def _reach(bodies: tuple[Body, Body]) -> float:
    """Metres from body to body at which A's fist gets to B's face: who has to punch up stands nearer."""
    arm = 0.91 * bodies[0].arm + 0.09 * bodies[0].scale
    up = bodies[1].eye_height - bodies[0].eye_height + 0.25 * bodies[0].scale
    return 0.15 * (bodies[0].scale + bodies[1].scale) + float(np.sqrt(arm**2 - np.clip(up, 0.0, UPWARD * arm) ** 2))


def _rounds(
    rng: np.random.Generator,
    bodies: tuple[Body, Body],
    routes: list[Route],
    hit: float,
    last: float,
    gap: float,
    stride: float,
    tempo: float,
    vigour: float,
) -> tuple[list[Route], list[Blow]]:
    """Punches from `hit` to `last` seconds, the steps that they cause, and the going after the other in between."""
    puncher, other = routes
    side, blows = int(rng.uniform() < 0.75), []
    while True:
        steps = int(rng.integers(1, 4))
        far = max((0.16 + 0.18 * steps) * bodies[1].scale * vigour, 0.34)
        blows.append(Blow(hit, side, steps, 0.36 + 0.32 * steps, far))
        puncher = step_in(rng, puncher, hit, stride, 1 - side)
        other = step_back(rng, other, hit, blows[-1].recovery, steps, far)
        place, target = puncher.end()[0], other.end()[0]
        way = target - place
        to, heading = target - gap * normalise(way), float(np.arctan2(way[0], way[1]))
        onward = walk_over(rng, bodies[0], hit + rng.uniform(1.65, 2.0), tuple(place), tuple(to), heading, tempo)
        hit = onward.end + RAISING + rng.uniform(-0.2, 0.6)
        if hit > last:
            return [puncher, other], blows
        puncher = puncher.then(onward)
        side = side if rng.uniform() < 0.75 else 1 - side


def _take(rng: np.random.Generator, person: Performer, blows: list[Blow], vigour: float, hook: bool) -> None:
    """The punched one: a late flinch, the head snapped back or aside, the stagger, a hand to the jaw."""
    t = person.t
    for blow in blows:
        flinch = hump(t, blow.hit - 0.3, blow.hit + 0.35)
        person.collars[:, :, 0] += rng.uniform(0.1, 0.25) * flinch
        person.lean = person.lean - rng.uniform(0.02, 0.08) * flinch
        # a right fist meets the left cheek and turns the face to its own right
        aside = SIGN[blow.side] * (rng.uniform(0.55, 0.8) if hook else rng.uniform(0.1, 0.4))
        person.gaze = person.gaze + direction(aim_of(person), 0.0, aside * hump(t, blow.hit - 0.04, blow.hit + 0.7))
        person.tilt = person.tilt - 0.35 * aside * hump(t, blow.hit, blow.hit + 0.9)
        give_way(rng, person, blow.hit, blow.recovery, vigour, -0.3 if hook else -0.55)
    head, aim = person.trunk()[0][:, JOINT["head"]], aim_of(person)
    for blow, after in zip(blows, [*blows[1:], None], strict=True):
        up = blow.hit + 0.8 * blow.recovery + rng.uniform(0.1, 0.4)
        leave = (after.hit if after else t[-1] + 2.0) - 0.8
        if rng.uniform() < 0.75 and leave - up > 0.9:
            leave = min(leave, up + rng.uniform(1.2, 2.6))
            _hold_jaw(rng, person, head, aim, 1 - blow.side, up, leave)
        shift_weight(rng, person, blow.hit + blow.recovery + 0.8, leave)


def _hold_jaw(
    rng: np.random.Generator, person: Performer, head: np.ndarray, aim: np.ndarray, side: int, up: float, leave: float
) -> None:
    """A hand on the cheek that was hit, rubbing it a little; the head bows to it."""
    t, sign = person.t, SIGN[side]
    weight = pulse(t, up, up + 0.55, leave, leave + 0.7)
    person.nod = person.nod + 0.18 * pulse(t, up, up + 0.7, leave, leave + 0.6)
    rub = wander(rng, t, 3, 0.008, 0.7, 1.5)
    wrist = head + person.body.scale * (direction(aim, 0.06, 0.10 * sign, -0.14) + rub)
    fingers, palm = direction(aim, 0.35, -0.15 * sign, 0.9), direction(aim, -0.3, -sign, 0.0)
    elbow, bulge = direction(aim, 0.15, 0.35 * sign, -1.0), direction(aim, 0.10, 0.02 * sign)
    person.reaches.append(Reach(side, wrist, weight, fingers, palm, elbow, bulge))


def _give(
    rng: np.random.Generator, pair: list[Performer], blows: list[Blow], tempo: float, vigour: float, hook: bool
) -> None:
    """The puncher: fists up, the whole body behind every punch, watching what it did; then the fists may sink."""
    person, other = pair
    t, drive, back = person.t, 0.25 / tempo, 0.36
    done = blows[-1].hit + rng.uniform(0.6, 1.4)
    ready = ease(t, blows[0].hit - RAISING - 0.1, blows[0].hit - 0.2)
    if rng.uniform() < 0.6:
        ready = ready * (1.0 - ease(t, done, done + 0.9))
    sway = wander(rng, t, 3, 1.0, 0.3, 0.9)
    person.crouch = person.crouch + ready * (0.018 + 0.008 * sway[:, 0])
    person.lean = person.lean + ready * (0.07 + 0.02 * sway[:, 1])
    person.twist = person.twist + 0.05 * ready * sway[:, 2]
    for blow in blows:
        wind_up(person, blow.side, blow.hit, vigour, drive, back)
        person.bow = person.bow + 0.08 * vigour * hump(t, blow.hit - 0.3, blow.hit + 0.5)
    shift_weight(rng, person, done + 0.6, t[-1] + 1.0)
    trunk, target = person.trunk()[0], face(other, other.trunk()[0])
    raise_fists(rng, person, trunk, 1 - blows[0].side, ready)
    for blow in blows:
        shoulder = trunk[:, 16 + blow.side]
        fist = target.copy()
        fist[:, 1] = np.minimum(fist[:, 1], shoulder[:, 1] + UPWARD * person.body.arm)
        cover(person, 1 - blow.side, trunk[:, JOINT["head"]], blow.hit)
        punch(person, shoulder, blow.side, blow.hit, fist, drive, back, 0.2 if hook else 0.04)


def check(positions: np.ndarray) -> bool:
    """A fist shoots into the other's face, and within a second the other staggers back."""
    return acting(positions) is not None


def acting(positions: np.ndarray) -> int | None:
    """Who punches."""
    return who_does(positions, either_side(_lands))


def handed(positions: np.ndarray) -> str | None:
    """The hand that punches."""
    return hand_of(positions, acting(positions), _lands)


def _lands(positions: np.ndarray, side: int) -> np.ndarray:
    """(T,) the knuckles of a thrust hand are at the other's face, who is driven back from there at once."""
    person, other = positions
    wrist = person[:, WRISTS[side]]
    knuckles = wrist + 0.09 * normalise(wrist - person[:, ELBOWS[side]])
    hits = thrusts(person, other, side) & facing(positions, 75.0)
    hits &= (distance(knuckles, other[:, JOINT["head"]]) < 0.24) & (knuckles[:, 1] > other[:, JOINT["neck"], 1] - 0.06)
    driven = np.zeros(len(hits), dtype=bool)
    for frame in np.flatnonzero(hits):
        mine, yours = (body[frame : frame + round(FPS) + 1, 0, ::2] for body in (person, other))
        away = normalise(yours[0] - mine[0])
        driven[frame] = ((yours - yours[0]) @ away).max() > 0.25 and ((mine - mine[0]) @ away).min() > -0.12
    return hits & driven


def slots(parameters: dict) -> Slots:
    """Words for the hand, the kind and number of punches, and the steps back."""
    hand, steps, once = parameters["hand"], parameters["steps"], parameters["punches"] == 1
    back = {1: ("takes a step back",), 2: ("takes two steps back", "staggers back")}
    return {
        "hand": ("",) if hand == "both" else ("", f" with the {hand} hand"),
        "back": ("falls back", "steps back", *back.get(steps, ("takes three steps back", "staggers back")))
        if once
        else ("falls back", "staggers back"),
        "staggers": ("staggers backwards", "stumbles backwards", "reels back") if steps > 1 else ("falls back",),
        "hook": ("",) if parameters["hook"] else (),
        "straight": ("",) if not parameters["hook"] else (),
        "single": ("",) if once else (),
        "again": ("",) if not once else (),
        "one_walks": ("walks up to", "steps up to", "goes over to") if parameters["walks"] == "A" else (),
        "other_walks": ("walks up to", "comes over to") if parameters["walks"] == "B" else (),
    }


TRAINING = (
    "{One} punches {other}{hand}{how}, who {back}.",
    "{One} punches {other}{hand}{how}.",
    "{One} punches {other} in the face{hand}{how}.",
    "{One} punches {other} in the face{hand}{how}, and {other} {back}.",
    "{One} hits {other}{hand}{how} and {other} {staggers}.",
    "{One} hits {other} in the face{hand}{how}, who {back}.",
    "{One} throws a punch{hand}{how} and {other} {staggers}.{single}",
    "{One} lands a punch{hand}{how}, and {other} {back}.{single}",
    "{One} strikes {other} with the fist{how}, who {staggers}.",
    "{One} is punching {other}{hand}{how}.",
    "{One} punches {other} on the chin{hand}{how}.{straight}",
    "{One} hits {other} with a hook{how}, and {other} {back}.{hook}",
    "{One} swings a hook at the head of {other}{how}.{hook}",
    "{One} punches{hand}{how} and drives {other} back.",
    "{One} punches {other}{hand}{how} again and again, who {staggers}.{again}",
    "{One} punches {other}{how}, goes after {other} and punches again.{again}",
    "{One} {one_walks} {other} and punches{hand}{how}.",
    "{Other} {other_walks} {one} and gets punched{hand}{how}.",
    "{One} steps forward and punches {other}{hand}{how}, who {back}.",
    "{Second} is punched by {first}{hand}{how} and {back}.",
    "{Second} is hit in the face by {first}{hand}{how}.",
    "{Second} gets punched{how} by {first} and {staggers}.",
    "{Second} {staggers} from a punch by {first}{how}.",
    "{Second} {staggers} after {first} punches{hand}{how}.",
    "{Second} takes a punch from {first}{how} and {back}.{single}",
    "Two people fight: {one} punches{hand}{how}, {other} {back}.",
    "Two people: {one} hits {other} in the face{hand}{how}.",
    "A punch: {one} hits {other}{hand}{how}, who {back}.{single}",
    "{First} hits {second}{hand}{how}; {second} {staggers}.",
    "They face each other until {one} punches {other}{hand}{how}.",
    "Someone punches another person in the face{hand}{how}, who {back}.",
    "{One} socks {other}{hand}{how}.",
    "{One} slugs {other}{hand}.",
    "{One} clobbers {other}, who {staggers}.",
    "{One} thumps {other}{how}, who {staggers}.",
    "{One} smacks {other} one{hand}.{single}",
    "{Second} cops one from {first}.{single}",
    "{Second} gets clocked by {first}{how}.",
    "{Second} {staggers}, struck by {first}{how}.",
    "{First} belts {second}{hand}{how}.",
    "Fist to the face.",
    "A knock on the jaw.{single}",
    "Somebody wallops another person{hand}{how}.",
    "Socking someone in the nose{how}.",
    "A hook that connects.{hook}",
    "{One} gives {other} a sock in the face{hand}{how}.{single}",
    "{One} bashes {other} in the face{hand}{how}, who {back}.",
    "{One} catches {other} square in the face{hand}{how}.",
    "{One} clouts {other}{hand}{how}, and the head snaps back.",
    "{Second}, struck in the face by {first}{hand}, {staggers}.",
    "{Second} is sent reeling by the fist of {first}{how}.",
    "{Second} takes one on the chin from {first} and {back}.{straight}",
    "{First} plants a fist in the face of {second}{how}.",
    "{First} lets {second} have it, smack in the kisser.",
    "{First} swings wide at the side of the head of {second}{how}.{hook}",
    "A fighter scores a clean hit on the opponent{how}, who {staggers}.{single}",
    "A bar brawler slugs a guest{hand}{how}, who {staggers}.",
    "Show one person getting in a blow that rocks the opponent.",
    "{One} rams a fist into the face of {other}{how}, whose head jerks back and whose feet have to follow.",
    "{One} strikes out{hand}{how} and connects, and {other}, hit full in the face, {back} to stay upright.",
    "{One} {one_walks} {other} and without more ado lets fly with the fist, full in the face.",
    "{Other} {other_walks} {one}, but is greeted with a fist in the face and loses ground.",
    "{Second} has no guard up, meets the fist of {first} with the face and {staggers}.",
    "{Second} sees stars and {staggers} when the fist of {first} crashes into the face{hand}.",
    "{First} goes on slugging{hand}, one blow after the other, and {second}, hit each time, {staggers}.{again}",
    "{First} settles the quarrel with the fist{how}: one blow to the face, and {second} {staggers}.{single}",
    "{Second}'s head whips back from the impact and the legs struggle to catch up, for {first} has struck{hand}{how}.",
    "The bully in the school yard smashes a fist into another kid's face{how}, and the victim {staggers}.",
    "Movie stunt: the hero hits the villain in the face, the head flies back and the body totters after it.",
    "Animate a boxer who breaks through and tags the opponent in the face{hand}{how}, so that the opponent {staggers}.",
    "Two brothers have fallen out, and one of them whacks the other in the face with a fist and sends him reeling.",
)
TEST = (
    "{One} socks {other} in the jaw{hand}{how}.",
    "{One} knocks {other} back with a blow to the head{how}.",
    "{One} lets fly with a fist{how}, and {other} goes reeling.",
    "{One} gives {other} a punch on the nose{hand}{how}, making {other} retreat.",
    "{Second}, punched{hand}{how} by {first}, {staggers}.",
    "{Second} loses balance when the fist of {first} lands{how}.",
    "In a fight, {one} hits {other} hard{how}, and {other} {back}.",
    "Someone slugs the partner{how}, and the partner {staggers}.",
    "A fist in the face{how} from {first} sends {second} back.",
)

FAMILY = Family(
    "One person punches the other, who falls back.",
    perform,
    Wordings(TRAINING, TEST, slots),
    check,
    handed,
    acting,
    shortest=2.2,
)
