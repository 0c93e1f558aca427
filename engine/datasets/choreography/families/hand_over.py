"""One person hands something over and the other takes it: held out with one hand or both, shared for a moment, kept."""

import numpy as np

from ..arms import Reach
from ..body import SIDES, SIGN, Body
from ..contacts import arms_gap, between
from ..curves import ease, hump, pulse
from ..gestures import listen, shift_weight, talk
from ..limbs import direction
from ..observe import WRISTS, distance, facing, forward, lasting, on_guard, who_does
from ..person import Performer
from ..scene import Family, draw_manner, meet, performers, share_out
from ..texts import Slots, Wordings, approach_slots

THING = 0.20  # metres from wrist to wrist along the thing while both hold it
WIDTH = 0.26  # metres of a thing that is carried with both hands


def perform(rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body]) -> tuple[list[Performer], dict]:
    """A comes with the thing, holds it out, B takes hold, A lets go, B draws it in and looks at it."""
    manner = draw_manner(rng, t[-1], ("slow", "fast", "gentle", "friendly"))
    tempo = np.clip(manner.tempo, 0.8, 1.25)
    both, side = bool(rng.uniform() < 0.4), int(rng.uniform() < 0.8)
    giving, drawing = 0.6 / tempo, 0.6 / tempo
    late, sharing = rng.uniform(0.0, 0.15 if t[-1] < 2.6 else 0.4), rng.uniform(0.2, 0.4) / tempo
    needed = giving + late + sharing + drawing + 0.3
    gap = arms_gap(bodies) + THING - rng.uniform(0.04, 0.1)
    meeting = meet(rng, bodies, gap, t[-1] - needed, manner.tempo)
    start = max(meeting.arrive - 0.3 * giving, 0.05)
    before, longer, _ = share_out(rng, t[-1] - start - needed, (1.0, 0.3, 1.2))
    start += min(before, 3.0)
    taken = start + giving + late + min(longer, 0.7)
    leave = taken + sharing

    pair = performers(rng, t, bodies, meeting.routes, manner.vigour)
    for person in pair:
        shift_weight(rng, person, meeting.arrive, t[-1] + 1.0)
    out = (
        pulse(t, start, start + giving, leave, leave + drawing),
        pulse(t, taken - 0.6 / tempo, taken, leave, leave + drawing),
    )
    hands = ((0, 1), (1, 0)) if both else ((side, side),)
    for who, person in enumerate(pair):
        person.lean = person.lean + rng.uniform(0.04, 0.10) * out[who]
        if not both:
            person.twist = person.twist - SIGN[side] * rng.uniform(0.10, 0.2) * out[who]
        for sides in hands:
            person.collars[sides[who], :, 1] += 0.2 * out[who]
        person.nod = person.nod + rng.uniform(0.06, 0.16) * hump(t, leave + 0.1 + 0.2 * who, leave + 0.9)
    held = (1.0 - ease(t, leave + 0.05, leave + drawing + 0.1), ease(t, taken - 0.6 / tempo, taken))
    for sides in hands:
        _hold(t, pair, sides, both, out, held)
    _look(t, pair, start, leave, drawing)
    talk(rng, pair[1], [(meeting.arrive, taken - 1.0)], 0.55)
    listen(rng, pair[0], [(meeting.arrive, start)])
    talk(rng, pair[0], [(leave + drawing, t[-1] + 1.0)], 0.7)
    listen(rng, pair[1], [(leave + drawing, t[-1] + 1.0)])
    parameters = {"manner": manner.name, "walks": meeting.walks, "hand": "both" if both else SIDES[side]}
    return pair, parameters | {"waits": taken - start - giving > 0.35}


def _hold(
    t: np.ndarray,
    pair: list[Performer],
    sides: tuple[int, int],
    both: bool,
    out: tuple[np.ndarray, np.ndarray],
    held: tuple[np.ndarray, np.ndarray],
) -> None:
    """A hand of each at the thing: carried before the own body (`out` 0) or at its place between them (1)."""
    trunks = [person.trunk()[0] for person in pair]
    shoulders, middle, heading = between(pair, sides)
    if both:
        middle = np.mean([trunk[:, 16:18].mean(1) for trunk in trunks], axis=0)
    lowest = np.minimum(shoulders[0][:, 1], shoulders[1][:, 1])
    scale = (pair[0].body.scale + pair[1].body.scale) / 2
    middle[:, 1] = np.minimum(middle[:, 1], lowest + 0.12) - 0.29 * scale
    # while it changes hands it goes a little towards the one who takes it
    for who, (person, share) in enumerate(zip(pair, out, strict=True)):
        sign, towards, body, size = SIGN[sides[who]], heading + who * np.pi, person.gait.heading, person.body.scale
        aside = WIDTH / 2 * sign if both else 0.0
        chest = trunks[who][:, 16:18].mean(1)
        inward = aside if both else 0.10 * sign
        carried = chest + size * direction(body, 0.27, 0.0, -0.33) + direction(body, 0.0, inward)
        place = middle + direction(towards, -THING / 2, aside * (1.0 - 0.2 * who), 0.02 * (who - 0.5))
        fingers = direction(towards, 1.0, -0.25 * sign * (1.0 if both else 0.6), 0.1)
        palm = direction(towards, 0.0, -1.0 * sign, 0.7 if who == 0 else 0.3)
        elbow = direction(body, -0.5, 0.4 * sign, -1.0)
        wrist = carried + share[:, None] * (place - carried)
        person.reaches.append(Reach(sides[who], wrist, held[who], fingers, palm, elbow, direction(body, 0.05)))


def _look(t: np.ndarray, pair: list[Performer], start: float, leave: float, drawing: float) -> None:
    """Both look at the thing while it changes hands, B at what is got a little longer, then at each other again."""
    between_them = (pair[0].eyes + pair[1].eyes) / 2 - [0.0, 0.55, 0.0]
    for who, person in enumerate(pair):
        begin = start + (0.1, 0.3)[who]
        end = leave + (0.15, drawing + 0.35)[who]
        share = 0.8 * pulse(t, begin, begin + 0.35, end, end + 0.5)[:, None]
        person.gaze = person.gaze + share * (between_them - person.gaze)
        person.trunk()


def check(positions: np.ndarray) -> bool:
    """Hands at a thing between two people; before it one of them carries, after it the other."""
    return acting(positions) is not None


def acting(positions: np.ndarray) -> int | None:
    """Who gives."""
    return None if on_guard(positions) else who_does(positions, _gives)


def _gives(positions: np.ndarray) -> bool:
    return any(_passes(positions, mine, yours) for mine in (0, 1) for yours in (0, 1))


def _passes(positions: np.ndarray, mine: int, yours: int) -> bool:
    """Whether a thing goes from the one's hand to the other's."""
    giver, taker = positions
    apart = distance(giver[:, WRISTS[mine]], taker[:, WRISTS[yours]])
    shared = (apart > 0.12) & (apart < 0.3) & facing(positions)
    carries, has = _carries(giver, mine), _carries(taker, yours)
    if apart.min() < 0.12 or lasting(apart < 0.3, 2.5).any():
        return False
    for frame in np.flatnonzero(shared[10:-10]) + 10:
        gone = lasting(~carries & (apart > 0.35), 0.25)[frame : frame + 60].any()
        if gone and carries[:frame].mean() > 0.8 and has[frame + 10 :].mean() > 0.8:
            return True
    return False


def _carries(person: np.ndarray, side: int) -> np.ndarray:
    """(T,) a hand before the body, higher than it hangs."""
    out = person[:, WRISTS[side]] - person[:, 0]
    return (out[:, 1] > 0.05) & (np.sum(out * forward(person), -1) > 0.14)


def slots(parameters: dict) -> Slots:
    """Words for the thing and the hands."""
    hand = parameters["hand"]
    both = hand == "both"
    things = ("a box", "a parcel", "a tray") if both else ("a book", "a cup", "a letter", "a phone")
    return approach_slots(parameters["walks"]) | {
        "thing": ("something", "an object") + things,
        "simple": ("something", "an object"),
        "hands": ("", " with both hands") if both else ("", " with one hand"),
        "big": ("",) if both else (),
        "small": () if both else ("",),
        "waits": ("",) if parameters["waits"] else (),
    }


TRAINING = (
    "{One} hands {thing} to {other}{how}.",
    "{One} hands {simple} over to {other}{hands}{how}.",
    "{One} gives {thing} to {other}{how}.",
    "{One} gives {other} {simple}{hands}{how}, who takes it.",
    "{One} hands {other} {thing}, and {other} takes it{how}.",
    "{One} passes {thing} to {other}{how}.",
    "{One} is handing {thing} to {other}{how}.",
    "{One} holds out {simple}{hands} and {other} takes it{how}.",
    "{One} holds out {thing} and waits until {other} takes it{how}.{waits}",
    "{One} offers {thing} to {other}{how}, who accepts it.",
    "{One} brings {thing} to {other}{how}.",
    "{One} {one_walks} {other} and hands over {thing}{how}.",
    "{Other} {other_walks} {one} and is given {thing}{how}.",
    "{One} presents {other} with a gift{hands}{how}.",
    "{Second} takes {thing} from {first}{how}.",
    "{Second} gets {thing} from {first}{how}.",
    "{Second} is handed {thing} by {first}{how}.",
    "{Second} receives {simple} from {first}{hands}{how}.",
    "{First} gives and {second} takes {simple}{how}.",
    "Two people face each other; {one} hands {simple} to {other}{how}.",
    "They meet and {one} hands {thing} to {other}{how}.",
    "{First} lets {second} have {simple}{how}.",
    "{One} carries a box and gives it to {other}{how}.{big}",
    "{One} hands a small thing to {other}{how}.{small}",
    "{One} gives {simple} away{hands}, {other} takes it and looks at it{how}.",
    "Someone hands {thing} to another person{how}.",
    "A handover: {first} gives {simple} to {second}{how}.",
    "Here you go, take {thing}.",
    "This is for you.",
    "Delivery of {thing}{how}.",
    "Passing {simple} on{hands}.",
    "A handoff between colleagues{how}.",
    "{First} slips {second} {simple}{hands}.",
    "{First} supplies {second} with {thing}.",
    "{First} entrusts {second} with {thing}.",
    "{Second} accepts {thing} from {first}{how}.",
    "Bringing {thing} to someone{how}.",
    "{First} surrenders {simple} to {second}{hands}{how}.",
    "Transferring {simple} to somebody else{hands}{how}.",
    "{First} turns {simple} over to {second}{hands}.",
    "{First} parts with {thing} and {second} keeps it{how}.",
    "{One} lends {thing} to {other}{how}.",
    "{One} delivers {simple} to {other}{hands}{how}, face to face.",
    "{One} extends {simple} toward {other}{hands}, who reaches out and grabs it{how}.",
    "{One}{how} returns {thing} to {other}, the rightful owner.",
    "Make {one} pass {simple} across to {other}{hands}{how}.",
    "{Second} relieves {first} of {thing}{how}.",
    "{Second} is presented with {simple} by {first}{hands}.",
    "{Second} reaches for {simple} that {first} is holding out{hands}{how}.",
    "{First} proffers {simple}{hands} and {second} gets hold of it.",
    "Something changes hands: {first} lets go, {second} holds on{how}.",
    "Courier delivering {thing}.",
    "Waiter serving a guest{how}.",
    "A birthday present goes from {first} to {second}{how}.",
    "Donating {simple} to somebody{hands}.",
    "Giver and receiver{how}.",
    "{One} stretches out an arm to let {other} take {thing}{how}, and then lets go of it.",
    "{One} bestows {simple} on {other}{hands}{how}, and for a moment two people are holding it together.",
    "For a short moment two people hold {thing}, then {first} lets go and {second} has it{how}.",
    "What {first} has been holding belongs to {second} in the end, passed from hand to hand.",
    "The mail carrier has {simple} for a customer, holds it out, and the customer takes possession of it.",
    '{One} says "You forgot this" and returns {thing} to {other}, who reaches out for it.',
    "Two office workers meet in the hallway, where {one} passes {other} {thing}{how} and lets go once it is held.",
    "A shopkeeper reaches forward to let the customer have {thing}, and the customer takes hold of it "
    "and keeps it{how}.",
    "{Second} reaches out, closes the fingers around {thing} and gets it from {first}.",
    "Spy movie: an agent holds out {simple}, the contact takes it, and the exchange is done.",
    "{One}, who brought a box along, holds it out{how}, and {other} relieves the carrier of this burden.{big}",
)
TEST = (
    "{One} delivers {thing} to {other}{how}.",
    "{One} stretches out the arms to give {other} a package{how}.{big}",
    "{One} slips {other} a note{how}.{small}",
    "{Second} accepts {thing} which {first} holds out{how}.",
    "{Second} is given a present by {first}{how}.",
    "{First} passes over {simple}, and {second} grabs it{how}.",
    "Someone gives the partner {thing}{how}.",
    "Something changes hands: {first} gives it to {second}{how}.",
)

FAMILY = Family(
    "One person hands something to the other.", perform, Wordings(TRAINING, TEST, slots), check, acting=acting
)
