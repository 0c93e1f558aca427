"""One person applauds the other, clapping the hands before the chest; the other thanks for it."""

import numpy as np

from ..arms import Reach
from ..body import SIGN, Body
from ..curves import ease, hump, pulse, wander
from ..gestures import converse, shift_weight
from ..limbs import direction
from ..observe import SHOULDERS, WRISTS, distance, lasting, looks_at, turns
from ..person import Performer
from ..scene import Family, draw_manner, meet, performers, share_out
from ..texts import Slots, Wordings, approach_slots

PALMS_APART = 0.06  # metres between the own wrists when the palms clap


def perform(rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body]) -> tuple[list[Performer], dict]:
    """Meet at a distance, A claps, B thanks for it in one way or another."""
    manner = draw_manner(rng, t[-1], ("slow", "fast", "energetic", "gentle", "friendly"))
    raising, lowering = np.array([0.55, 0.6]) / np.clip(manner.tempo, 0.8, 1.25)
    meeting = meet(rng, bodies, rng.uniform(1.1, 2.2), t[-1] - raising - 1.2, manner.tempo)
    start = max(meeting.arrive - 0.3, 0.05)
    slack = t[-1] - start - raising - 1.2 - 0.7 * lowering
    before, longer, _ = share_out(rng, slack, (0.7, 4.0, 1.0))
    before = min(before, 2.5)
    first, leave = start + before + raising, start + before + raising + 1.2 + min(longer, 5.0)

    pair = performers(rng, t, bodies, meeting.routes, manner.vigour)
    one, other = pair
    for person in pair:
        shift_weight(rng, person, meeting.arrive, t[-1] + 1.0)
    _applaud(rng, t, one, (first - raising, first, leave, leave + lowering), manner.tempo)
    thanks = str(rng.choice(["bow", "heart", "nod"], p=[0.35, 0.3, 0.35]))
    _thank(rng, t, other, thanks, first + rng.uniform(0.3, 0.6), leave)
    talks = int(rng.integers(2))
    converse(rng, pair, meeting.arrive, first - raising, talks)
    converse(rng, pair, leave + 0.8 * lowering, t[-1] + 1.0, 1 - talks)
    return pair, {"manner": manner.name, "walks": meeting.walks, "thanks": thanks, "long": leave - first > 3.0}


def _applaud(rng: np.random.Generator, t: np.ndarray, person: Performer, times: tuple, tempo: float) -> None:
    """Raise the hands at times[0:2], clap, lower them at times[2:4]; the knees and the head go along a little."""
    start, first, leave, end = times
    weight = pulse(t, start, first, leave, end)
    rate = float(np.clip(rng.uniform(2.4, 3.1) * tempo, 1.8, 3.3))
    phase = 2.0 * np.pi * rate * (t - first + 0.05 * wander(rng, t, 1, 0.3, 0.1, 0.3)[:, 0])
    # the hands stay together for a shorter time than apart
    opening = 0.5 + 0.5 * np.cos(phase + np.pi + 0.35 * np.sin(phase + np.pi))
    size = float(np.clip(rng.uniform(0.09, 0.13) * person.vigour * np.sqrt(2.6 / rate), 0.07, 0.16))
    size = size * (1.0 - 0.25 * ease(t, leave - 1.0, leave))
    clapping = pulse(t, first - 0.4, first - 0.1, leave, leave + 0.3)
    person.lean = person.lean - 0.03 * weight
    person.nod = person.nod + weight * (0.03 * opening - 0.02) + rng.uniform(0.05, 0.15) * hump(t, first, first + 1.2)
    person.crouch = person.crouch + 0.004 * weight * opening
    person.tilt = person.tilt + 0.03 * weight * wander(rng, t, 1, 1.0, 0.2, 0.5)[:, 0]
    trunk = person.trunk()[0]
    heading, scale = person.gait.heading, person.body.scale
    height, ahead = rng.uniform(-0.22, -0.04), rng.uniform(0.26, 0.33)
    lead = int(rng.integers(2))
    place = trunk[:, SHOULDERS].mean(1) + scale * direction(heading, ahead, 0.0, height)
    place = place + wander(rng, t, 3, 0.008, 0.3, 0.9)
    for side, sign in enumerate(SIGN):
        # one hand claps into the other, which moves less and lies lower
        share = 0.65 if side == lead else 0.35
        apart = PALMS_APART / 2 + 2.0 * share * size * opening * clapping + 0.05 * (1.0 - clapping)
        over = (0.02 if side == lead else -0.02) * scale
        wrist = place + direction(heading, 0.0, sign * apart, over + 0.25 * size * opening * (side == lead))
        fingers = direction(heading, 0.85, -0.25 * sign + 0.6 * sign * opening * size, 0.75 if side == lead else 0.4)
        palm = direction(heading, 0.0, -sign, 0.15 if side != lead else -0.15)
        elbow = direction(heading, -0.35, 0.6 * sign, -0.9)
        person.reaches.append(Reach(side, wrist, weight, fingers, palm, elbow, direction(heading, 0.08)))


def _thank(rng: np.random.Generator, t: np.ndarray, person: Performer, thanks: str, start: float, leave: float) -> None:
    """Take the applause from `start` on: a small bow, a hand on the heart, or nods."""
    if thanks == "bow":
        down = pulse(t, start, start + 0.6, start + 0.75, start + 1.5)
        person.bow = person.bow + rng.uniform(0.3, 0.5) * down
        person.attention = 1.0 - 0.8 * down
    for at in np.arange(start, max(leave - 0.4, start + 0.1), rng.uniform(1.3, 2.2)):
        person.nod = person.nod + rng.uniform(0.10, 0.2) * hump(t, at, at + rng.uniform(0.5, 0.7))
    if thanks == "heart":
        side = int(rng.uniform() < 0.8)
        trunk, heading, sign = person.trunk()[0], person.gait.heading, SIGN[side]
        end = max(leave - 0.1, start + 1.2)
        weight = pulse(t, start, start + 0.6, end, end + 0.6)
        chest = trunk[:, 9] + person.body.scale * direction(heading, 0.15, 0.04 * sign, 0.04)
        elbow = direction(heading, -0.2, 0.7 * sign, -0.9)
        fingers = direction(heading, 0.1, -sign, 0.35)
        bulge = direction(heading, 0.10, 0.03 * sign)
        person.reaches.append(Reach(side, chest, weight, fingers, direction(heading, -1.0), elbow, bulge))


def check(positions: np.ndarray) -> bool:
    """One claps hands towards the other, who does not."""
    return acting(positions) is not None


def acting(positions: np.ndarray) -> int | None:
    """Who applauds."""
    claps = [_claps(positions[who], positions[1 - who]) for who in (0, 1)]
    return None if claps[0] == claps[1] else claps.index(True)


def _claps(person: np.ndarray, other: np.ndarray) -> bool:
    """The own hands before the chest meet and part three times within a second and a half."""
    wrists = person[:, WRISTS]
    apart = distance(wrists[:, 0], wrists[:, 1])
    raised = (wrists[..., 1] > person[:, :1, 1] + 0.12).all(-1) & (apart < 0.5) & looks_at(person, other)
    together = turns(apart, lasting(raised, 0.1), 0.05)
    meetings = np.array([frame for frame in together if apart[frame] < 0.14])
    return bool(len(meetings) >= 3 and (meetings[2:] - meetings[:-2] < 45).any())


def slots(parameters: dict) -> Slots:
    """Words for how long it is and how the other takes it."""
    thanks, manner = parameters["thanks"], parameters["manner"]
    return approach_slots(parameters["walks"]) | {
        "long": ("",) if parameters["long"] else (),
        "bows": ("bows", "takes a bow", "bows a little") if thanks == "bow" else (),
        "heart": ("",) if thanks == "heart" else (),
        "nods": ("",) if thanks == "nod" else (),
        "wild": ("",) if manner in ("energetic", "fast") else (),
        "polite": ("",) if manner in ("gentle", "slow") else (),
    }


TRAINING = (
    "{One} applauds {other}{how}.",
    "{One} claps for {other}{how}.",
    "{One} claps the hands for {other}{how}.",
    "{One} is applauding {other}{how}.",
    "{One} gives {other} a round of applause{how}.",
    "{One} claps{how} while {other} watches.",
    "{One} applauds{how} and {other} {bows}.",
    "{One} claps{how}, and {other} {bows} in thanks.",
    "{One} applauds{how}; {other} puts a hand on the heart.{heart}",
    "{One} claps{how} and {other} thanks with a hand on the chest.{heart}",
    "{One} applauds{how} and {other} nods.{nods}",
    "{One} claps for {other} for a long time{how}.{long}",
    "{One} {one_walks} {other} and applauds{how}.",
    "{Other} {other_walks} {one} and is applauded{how}.",
    "{Second} is applauded by {first}{how}.",
    "{Second} gets applause from {first}{how}.",
    "{Second} receives a round of applause{how} from {first}.",
    "{Second} {bows} while {first} claps{how}.",
    "{First} claps{how} because {second} did well.",
    "{One} congratulates {other} with applause{how}.",
    "{One} cheers {other} on by clapping{how}.",
    "{One} stands in front of {other} and claps{how}.",
    "Two people face each other and {one} claps for {other}{how}.",
    "{One} applauds {other} wildly.{wild}",
    "{One} gives {other} polite applause.{polite}",
    "Applause: {first} claps for {second}{how}.",
    "Someone applauds another person{how}.",
    "A person claps both hands for the other one{how}.",
    "An ovation for {second} from {first}.",
    "{One} gives {other} a big hand{how}.",
    "{Second} earns an ovation from {first}{how}.",
    "{One} brings the palms together again and again for {other}{how}.",
    "Bravo: {first} praises {second} with clapping hands{how}.",
    "{One} strikes the palms together in praise of {other}{how}.",
    "{Second} did a great job, and now {first} puts the hands together for it{how}.",
    "Give it up for {second}: {first} is clapping{how}.",
    "{One} shows appreciation for {other} by bringing the hands together over and over in front of the "
    "chest, and gets thanks in return{how}.",
    "{Second} basks in the cheers and claps of {first}.",
    "{One} acclaims {other}{how}.",
    "{One} hails {other} with an ovation.",
    "{Second} thanks {first} for the ovation{how}.",
    "{Second} acknowledges the applause of {first}.",
    "{First} praises {second} with noisy palms{how}.",
    "{First} smacks the palms together in front of the chest for {second}{how}.",
    "{One} stands there beating the palms together{how}, and {other} expresses gratitude for so much praise.",
    "After the concert {first}, the only spectator, honours the musician, {second}, with an ovation{how}.",
    "{One} pays tribute to {other}{how}, palm against palm.",
    "{Other} has just finished a song, and {one} stands before the singer and cheers with clapping hands.",
    "{Second} {bows} as the ovation of {first} goes on{how}.",
    "{One} bursts into frantic, enthusiastic clapping for {other}.{wild}",
    "{One} offers {other} some courteous claps.{polite}",
    "{First} acclaims{how}, {second} gives thanks.",
    "A standing ovation{how}.",
    "Clapping for a colleague{how}.",
    "Make one person clap, and have the other one show gratitude.",
    "A proud coach applauding{how}.",
    "After the show, a fan gives the singer a standing ovation, and the singer shows thanks for it{how}.",
    "Banging the palms together{how}.",
    "The teacher is so impressed by the student that a small ovation follows{how}.",
    "A theatregoer rewards an actor with an ovation, and the actor acknowledges it.",
    "Well done, say the clapping hands.",
    "Animate an admirer who slaps palm against palm for an artist, and let the artist show thanks for it.",
    "Put your hands together for the winner.",
    "A big hand for the champion.",
    "One claps, one gives thanks{how}.",
    "Claps of approval{how}.",
    "After a fine speech, a listener beats the hands together before the chest, and the speaker "
    "acknowledges the praise{how}.",
    "Cheering a friend with an ovation.",
)
TEST = (
    "{One} rewards {other} with applause{how}.",
    "{One} puts the palms together again and again to honour {other}{how}.",
    "{Second} enjoys the applause of {first}{how}.",
    "Impressed, {first} claps{how} at {second}.",
    "{One} shows appreciation for {other} by clapping{how}.",
    "An ovation for {second} by {first}{how}.",
    "Someone claps in admiration of the partner{how}.",
    "Clapping{how}, {first} looks at {second}.",
)

FAMILY = Family("One person applauds the other.", perform, Wordings(TRAINING, TEST, slots), check, acting=acting)
