"""One person pats the other on the shoulder; the other takes it with a nod and gives a little under the hand."""

import numpy as np

from ..arms import Reach
from ..body import SIDES, SIGN, Body
from ..contacts import pats
from ..curves import ease, hump, pulse
from ..gestures import listen, shift_weight, talk
from ..limbs import direction
from ..observe import CHEST, SHOULDERS, WRISTS, apart, distance, either_side, facing, hand_of, lasting, turns, who_does
from ..person import Performer
from ..scene import Family, draw_manner, meet, performers, share_out
from ..texts import Slots, Wordings, approach_slots


def perform(rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body]) -> tuple[list[Performer], dict]:
    """Meet, lay a hand on the other's shoulder, pat, leave it there for a moment, take it back."""
    manner = draw_manner(rng, t[-1], ("slow", "fast", "gentle", "energetic", "friendly"))
    tempo = np.clip(manner.tempo, 0.8, 1.2)
    side, count = int(rng.uniform() < 0.75), int(rng.integers(2, 5))
    raising, lowering, rate = 0.6 / tempo, 0.6 / tempo, rng.uniform(1.7, 2.2) * tempo
    gap = 0.14 + 0.82 * bodies[0].arm + rng.uniform(0.0, 0.06)
    needed = raising + 2 / rate + 0.2 + 0.8 * lowering
    meeting = meet(rng, bodies, gap, t[-1] - needed, manner.tempo)
    start = max(meeting.arrive - 0.3 * raising, 0.05)
    slack = t[-1] - start - needed
    count = min(count, 2 + int(slack * rate))
    slack -= (count - 2) / rate
    again = bool(slack > needed + 1.0 and rng.uniform() < 0.5)
    before, staying, pause, _ = share_out(rng, slack - again * needed, (1.2, 0.5, 0.6, 1.2))

    pair = performers(rng, t, bodies, meeting.routes, manner.vigour)
    # lower or quicker pats get lost in tokens of four frames
    begin, spans, height = start + before, [], rng.uniform(0.10, 0.13) * np.clip(manner.vigour, 0.8, 1.2)
    for turn in range(1 + again):
        lands = begin + raising
        leave = lands + (count if turn == 0 else 2) / rate + 0.2 + min(staying, 0.9)
        spans.append((begin, lands, leave, leave + lowering))
        begin = leave + lowering + min(pause, 1.2)
    lifted = sum(pats(t, lands, leave - 0.2, rate, height) for _, lands, leave, _ in spans)
    for times in spans:
        _brace(rng, t, pair, side, times, lifted / height)
    _lay_hand(t, pair, side, spans, lifted)
    # standing so near to each other, only one of them talks with the hands
    talking = [(meeting.arrive, spans[0][0]), (spans[-1][3] - 0.1, t[-1] + 1.0)]
    for person in pair:
        shift_weight(rng, person, meeting.arrive, t[-1] + 1.0)
    talk(rng, pair[0], talking, 0.6)
    listen(rng, pair[1], talking)
    parameters = {"manner": manner.name, "walks": meeting.walks, "hand": SIDES[side], "again": again}
    return pair, parameters | {"stays": staying > 0.6}


def _brace(
    rng: np.random.Generator, t: np.ndarray, pair: list[Performer], side: int, times: tuple, lifted: np.ndarray
) -> None:
    """The trunk goes with the reaching arm; the other gives under the hand and nods thanks."""
    start, lands, leave, end = times
    one, other = pair
    weight = pulse(t, start, lands, leave, end)
    one.twist = one.twist - SIGN[side] * rng.uniform(0.18, 0.28) * weight
    one.lean = one.lean + rng.uniform(0.04, 0.10) * weight
    one.collars[side, :, 1] += 0.25 * weight
    one.collars[side, :, 0] += 0.12 * weight
    one.nod = one.nod + rng.uniform(0.05, 0.12) * hump(t, lands, lands + 0.8)
    under = pulse(t, lands - 0.05, lands + 0.12, leave - 0.15, leave + 0.3)
    # facing each other, my left is the other's right
    other.tilt = other.tilt - SIGN[1 - side] * 0.05 * under * (1.0 - 0.6 * lifted)
    other.twist = other.twist + SIGN[1 - side] * 0.06 * under
    other.crouch = other.crouch + 0.008 * under * (1.0 - lifted)
    for nod in range(2):
        first = lands + rng.uniform(0.25, 0.45) + 0.5 * nod
        other.nod = other.nod + rng.uniform(0.08, 0.16) * hump(t, first, first + 0.55)


def _lay_hand(t: np.ndarray, pair: list[Performer], side: int, spans: list[tuple], lifted: np.ndarray) -> None:
    """A's hand over B's shoulder in every span, `lifted` (T,) metres off it; only as high as A gets easily."""
    one, other = pair
    mine, theirs = one.trunk()[0][:, 16 + side], other.trunk()[0][:, 17 - side]
    across = theirs - mine
    heading, body = np.arctan2(across[:, 0], across[:, 2]), one.gait.heading
    sign, scale = SIGN[side], other.body.scale
    place = theirs + scale * direction(heading, -0.075, 0.0, 0.065)
    place[:, 1] = np.minimum(place[:, 1], mine[:, 1] + 0.20 * one.body.scale) + lifted
    weight = np.max([pulse(t, *times) for times in spans], axis=0)
    high = ease(place[:, 1] - mine[:, 1], 0.0, 0.3)
    fingers = direction(heading, 1.0, 0.0, 0.25 * high + 3.0 * lifted - 0.1)
    palm = direction(heading, 0.3 + 0.5 * high, -0.3 * sign, -1.0)
    elbow = direction(body, -0.3, 0.6 * sign, -0.9)
    bulge = direction(body, -0.02, 0.05 * sign, 0.06)
    one.reaches.append(Reach(side, place, weight, fingers, palm, elbow, bulge))


def check(positions: np.ndarray) -> bool:
    """A hand goes up and down on the other's shoulder, both standing and facing each other."""
    return acting(positions) is not None


def acting(positions: np.ndarray) -> int | None:
    """Who pats."""
    return who_does(positions, either_side(_pats))


def handed(positions: np.ndarray) -> str | None:
    """The hand that pats."""
    return hand_of(positions, acting(positions), _pats)


def _pats(positions: np.ndarray, side: int) -> bool:
    person, other = positions
    wrist, shoulders = person[:, WRISTS[side]], other[:, SHOULDERS]
    away = distance(wrist[:, None], shoulders).min(-1)
    gap = apart(positions)
    embraced = distance(other[:, WRISTS], person[:, CHEST[:1]]).min(-1) < 0.36
    near = (away < 0.26) & facing(positions) & (gap > 0.42) & ~embraced
    held = lasting(near, 0.6)
    if not held.any() or np.ptp(gap[near]) > 0.2:
        return False
    return len(turns(wrist[:, 1] - shoulders[..., 1].mean(-1), near, 0.02)) >= 2


def slots(parameters: dict) -> Slots:
    """Words for the hand, the shoulder and what it is for."""
    hand = parameters["hand"]
    shoulder = {"left": "right", "right": "left"}[hand]
    manner = parameters["manner"]
    return approach_slots(parameters["walks"]) | {
        "hand": ("", f" with the {hand} hand"),
        "a_hand": ("a hand", f"the {hand} hand"),
        "shoulder": ("shoulder", f"{shoulder} shoulder"),
        "again": ("",) if parameters["again"] else (),
        "stays": ("",) if parameters["stays"] else (),
        "kind": ("",) if manner in ("gentle", "friendly") else (),
        "jovial": ("",) if manner in ("energetic", "fast") else (),
    }


TRAINING = (
    "{One} pats {other} on the shoulder{hand}{how}.",
    "{One} pats the {shoulder} of {other}{how}.",
    "{One} gives {other} a pat on the {shoulder}{how}.",
    "{One} is patting {other} on the shoulder{hand}{how}.",
    "{One} puts {a_hand} on the {shoulder} of {other} and pats it{how}.",
    "{One} lays {a_hand} on the shoulder of {other}{how} and pats a few times.",
    "{One} praises {other} with a pat on the shoulder{how}.",
    "{One} comforts {other} with a pat on the shoulder{how}.",
    "{One} encourages {other} by patting the {shoulder}{how}.",
    "{One} {one_walks} {other} and pats the {shoulder}{how}.",
    "{Other} {other_walks} {one} and is patted on the shoulder{how}.",
    "{First} pats {second} on the shoulder{hand}{how}, and {second} nods.",
    "{Second} is patted on the {shoulder} by {first}{how}.",
    "{Second} gets a pat on the shoulder from {first}{how}.",
    "{Second} feels {a_hand} of {first} patting the shoulder{how}.",
    "Two people face each other; {one} pats {other} on the {shoulder}{how}.",
    "They stand together and {one} pats {other} on the shoulder{hand}{how}.",
    "{One} says well done to {other} with a pat on the shoulder{how}.",
    "{One} pats {other} on the shoulder{how} and then does it again.{again}",
    "{One} pats {other} on the shoulder{how} and leaves the hand there for a moment.{stays}",
    "{One} reaches out{hand} and pats {other} on the {shoulder}{how}.",
    "{One} pats {other} on the shoulder to console the friend.{kind}",
    "{One} slaps {other} on the shoulder merrily.{jovial}",
    "A pat on the shoulder: {first} pats {second}{how}.",
    "A person pats a friend on the shoulder{hand}{how}.",
    "Someone pats another person on the {shoulder}{how}.",
    "{Second} nods while {first} pats the {shoulder}{how}.",
    "{One} claps {other}'s {shoulder}{how}.",
    "A clap on the shoulder.",
    "Shoulder pat between workmates.",
    "Patting a mate's {shoulder}{how}.",
    "Nice work, and a shoulder pat.",
    "There, there, old friend.{kind}",
    "{Second} nods, shoulder patted by {first}.",
    "Coach pats player's {shoulder}{how}.",
    "{One} thumps {other}'s {shoulder} heartily.{jovial}",
    "Clapping someone on the {shoulder}{how}.",
    "Boss pats employee's {shoulder}{how}.",
    "{One} cheers {other} up, palm on {shoulder}.",
    "{One} drops {a_hand} onto {other}'s {shoulder} a few times{how}.",
    "{First} congratulates {second}{how}, {a_hand} patting the shoulder.",
    "{Second} is reassured by {first} with a clap on the {shoulder}{how}.",
    "{Second} accepts a few claps on the {shoulder} from {first}{how}.",
    "{Second} dips a little as {first} pats the {shoulder}{how}.",
    "{One} brings {a_hand} down on {other}'s {shoulder} and lets it rest there.{stays}",
    "{One} gives {other}'s {shoulder} a couple of claps{hand}{how}.",
    "A father gives his son's {shoulder} an approving pat.",
    "Sergeant to recruit: well done, with a clap on the {shoulder}.",
    "Show a teacher patting a pupil's {shoulder}{how}.",
    "{One} thanks {other}{how} with {a_hand} patting the shoulder.",
    "{First} tells {second} to keep the chin up with a shoulder pat.",
    "An uncle jovially thumps his nephew on the {shoulder}.{jovial}",
    "{One} raises {a_hand}{how}, sets it down on the {shoulder} of {other} and lets it bounce there a little.",
    "{Second} takes it with a nod when the palm of {first} comes down on the {shoulder}{how}.",
    "{One} has no words for it, so {other} gets a clap on the {shoulder} instead{how}.",
    "{One} {one_walks} {other}, stretches out an arm and{how} claps the {shoulder}.",
    "{Second} has had a bad day and is consoled by {first} with a soft pat on the {shoulder}.{kind}",
    "{Second} gives a little at the side where {first} pats the shoulder, and answers with a nod.",
    "{One} claps {other} on the {shoulder}{how}, pauses and follows up with another round of claps.{again}",
    "{One} wants {other} to know that all is well and claps the {shoulder}{hand}{how}.",
    "After the match, a coach claps one of his players on the {shoulder}{how} and the player nods.",
    "A foreman is pleased with the apprentice and lets {a_hand} fall on the {shoulder} a few times.",
    "Before the exam, a big brother gives his sibling a pat on the {shoulder}{how} for courage.",
    "Have the mentor reach over{hand} and pat the {shoulder} of the trainee, who acknowledges it with a nod.",
    "An old man shows his approval of a youngster with {a_hand} that pats the shoulder, and the youngster nods.",
)
TEST = (
    "{One} gives the partner a few pats on the shoulder{how}.",
    "{One} claps {other} on the shoulder{hand}{how}.",
    "{Second} receives a pat on the {shoulder}{how} from {first}.",
    "{One} congratulates {other}, patting the shoulder{how}.",
    "A reassuring hand: {first} pats the shoulder of {second}{how}.",
    "Someone lays a hand on a colleague's shoulder and pats it{how}.",
    "{Second}'s shoulder is patted{how} by {first}.",
    "{First} tells {second} not to worry, with a pat on the shoulder{how}.",
)

FAMILY = Family(
    "One person pats the other on the shoulder.",
    perform,
    Wordings(TRAINING, TEST, slots),
    check,
    handed,
    acting,
    shortest=2.2,
)
