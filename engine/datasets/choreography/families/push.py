"""One person pushes the other at the chest; the other gives way and steps back."""

import numpy as np

from ....rotations import normalise
from ....skeleton import JOINT
from ..arms import Reach
from ..blows import elbow_out, give_way, step_back, step_in
from ..body import SIDES, SIGN, Body
from ..curves import FPS, ease, keyed, pulse
from ..gestures import converse, shift_weight
from ..limbs import direction
from ..observe import CHEST, WRISTS, distance, facing, forward, hand_of, lasting, who_does
from ..person import Performer
from ..scene import Family, draw_manner, meet, performers, share_out
from ..texts import Slots, Wordings, approach_slots


def perform(rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body]) -> tuple[list[Performer], dict]:
    """Come near, draw the hands back, push; at contact the other's chest gives and the feet catch up."""
    manner = draw_manner(rng, t[-1], ("gentle", "energetic", "angry"))
    tempo = np.clip(manner.tempo, 0.85, 1.2)
    winding, pushing, following = 0.50 / tempo, 0.28 / tempo, 0.22
    steps = int(rng.integers(1, 3) if manner.name == "gentle" else rng.integers(1, 4))
    recovery = 0.30 + 0.36 * steps / tempo
    stride = rng.uniform(0.12, 0.2) * bodies[0].scale if rng.uniform() < 0.65 else 0.0
    gap = 0.24 + 0.74 * bodies[0].arm + stride + rng.uniform(-0.02, 0.03)
    needed = winding + pushing + max(recovery, 0.9) + 0.1
    meeting = meet(rng, bodies, gap, t[-1] - needed, manner.tempo)
    start = max(meeting.arrive - 0.2, 0.05)
    before, _ = share_out(rng, t[-1] - start - needed, (1.0, 1.5))
    before = min(before, 1.8)
    contact = start + before + winding + pushing

    distance = max((0.13 + 0.19 * steps) * bodies[1].scale * np.clip(manner.vigour, 0.85, 1.2), 0.28)
    routes = [
        step_in(rng, meeting.routes[0], contact, stride, int(rng.integers(2))) if stride else meeting.routes[0],
        step_back(rng, meeting.routes[1], contact, recovery, steps, distance),
    ]
    pair = performers(rng, t, bodies, routes, manner.vigour)
    arms = (0, 1) if rng.uniform() < 0.7 else (int(rng.uniform() < 0.8),)
    give_way(rng, pair[1], contact, recovery, manner.vigour, 0.22)
    _give(rng, t, pair, arms, (contact - pushing - winding, contact - pushing, contact, contact + following))
    for person in pair:
        shift_weight(rng, person, meeting.arrive, start + before)
    over = contact + max(recovery, 0.9)
    converse(rng, pair, over + 0.4, t[-1] + 1.0, int(rng.integers(2)), 1.0)
    hand = "both" if len(arms) == 2 else SIDES[arms[0]]
    return pair, {"manner": manner.name, "walks": meeting.walks, "hand": hand, "steps": steps}


def _give(rng: np.random.Generator, t: np.ndarray, pair: list[Performer], arms: tuple[int, ...], times: tuple) -> None:
    """The pusher: hands drawn back to the chest, driven to the other's chest at times[2], following it a little."""
    start, drawn, contact, leave = times
    person, other = pair
    gone = leave + 0.75
    weight = pulse(t, start, drawn + 0.02, leave + 0.05, gone)
    drive = ease(t, drawn, contact)
    done = pulse(t, drawn, contact + 0.1, leave + 0.05, gone + 0.2)
    person.lean = 0.20 * done - 0.06 * pulse(t, start, drawn, drawn, contact)
    person.bow = 0.10 * done
    person.shift = 0.06 * done
    person.crouch = 0.035 * done
    if len(arms) == 1:
        person.twist = -SIGN[arms[0]] * (0.3 * done - 0.12 * pulse(t, start, drawn, drawn, contact))
    for side in arms:
        person.collars[side, :, 1] = 0.3 * done
    positions, _ = person.trunk()
    chest, _ = other.trunk()
    heading, size = person.gait.heading, person.body.scale
    for side in arms:
        sign = SIGN[side]
        ready = positions[:, 16 + side] + size * direction(heading, 0.24, -0.02 * sign, -0.16)
        # facing each other, my left is the other's right
        place = _on_chest(chest, other, 1 - side, len(arms) == 1)
        # nobody pushes far over the own shoulders
        place[:, 1] = np.minimum(place[:, 1], positions[:, 16 + side, 1] + 0.08 * size)
        wrist = keyed(t, [drawn, contact], [ready, place])
        # the chest runs away faster than the arms follow
        wrist = wrist + ease(t, leave, gone)[:, None] * (ready - wrist)
        fingers = direction(heading, 0.55 - 0.2 * drive, 0.0, 0.8)
        palm = direction(heading, 1.0, 0.0, -0.3)
        person.reaches.append(
            Reach(side, wrist, weight, fingers, palm, elbow_out(heading, sign), direction(heading, 0.12))
        )


def _on_chest(positions: np.ndarray, person: Performer, side: int, middle: bool) -> np.ndarray:
    """Wrist place (T, 3) for a palm on the front of the shoulder, or nearer the breastbone for a single hand."""
    collar, shoulder, spine = positions[:, 13 + side], positions[:, 16 + side], positions[:, 9]
    front = 0.45 * collar + 0.45 * shoulder + 0.10 * spine
    if middle:
        front = 0.55 * collar + 0.15 * shoulder + 0.30 * spine
    return front + person.body.scale * direction(person.gait.heading, 0.115, 0.0, -0.04)


def check(positions: np.ndarray) -> bool:
    """A hand at the other's chest, and within a second the other gives way."""
    return acting(positions) is not None


def acting(positions: np.ndarray) -> int | None:
    """Who pushes."""
    return who_does(positions, _pushes)


def handed(positions: np.ndarray) -> str | None:
    """The hand that pushes."""
    return hand_of(positions, acting(positions), _touches)


def _touches(positions: np.ndarray, side: int) -> np.ndarray:
    """(T,) a wrist before the other's chest, within 25 cm of the upper body and nearer to that than to the head."""
    person, other = positions
    wrist = person[:, WRISTS[side]]
    chest, head = distance(wrist[:, None], other[:, CHEST]).min(-1), distance(wrist, other[:, JOINT["head"]])
    in_front = np.sum((wrist - other[:, JOINT["spine3"]]) * forward(other), -1) > 0.03
    return (chest < 0.25) & (chest < head - 0.12) & in_front


def _pushes(positions: np.ndarray) -> bool:
    mine, yours = positions[:, :, JOINT["pelvis"], ::2]
    within = int(round(FPS))
    touching = (_touches(positions, 0) | _touches(positions, 1)) & facing(positions)
    # who keeps the hands there holds on
    length = int(1.5 * FPS)
    touching &= np.convolve(lasting(touching, 1.5), np.ones(length))[length - 1 :] < 0.5
    for start in np.flatnonzero(touching):
        away = normalise(yours[start] - mine[start])
        moved = [(place[start : start + within + 1] - place[start]) @ away for place in (mine, yours)]
        if moved[1].max() >= 0.25 and moved[0].min() > -0.12:
            return True
    return False


def slots(parameters: dict) -> Slots:
    """Words for the hands that push and the steps back."""
    hand, steps = parameters["hand"], parameters["steps"]
    with_hand = {"both": ("", " with both hands")}.get(hand, ("", " with one hand", f" with the {hand} hand"))
    back = {1: ("steps back", "takes a step back"), 2: ("steps back", "takes two steps back")}
    return approach_slots(parameters["walks"]) | {
        "hand": with_hand,
        "back": back.get(steps, ("steps back", "takes three steps back")),
        "stumbles": ("stumbles backwards", "staggers back") if steps > 1 and parameters["manner"] != "gentle" else (),
        "close": ("",) if parameters["walks"] == "none" else (),
        "any": ("",) if hand == "both" else (),
    }


TRAINING = (
    "{One} pushes {other}{hand}{how}, who {back}.",
    "{One} pushes {other}{hand}{how}.",
    "{One} shoves {other}{hand}{how}, and {other} {back}.",
    "{One} gives {other} a push{hand}{how}.",
    "{One} gives {other} a shove{how}.",
    "{One} pushes {other} away{hand}{how}.",
    "{One} pushes {other} back{hand}{how}.",
    "{One} is pushing {other}{hand}{how}.",
    "{One} pushes {other} in the chest{hand}{how}, who {back}.",
    "{One} {one_walks} {other} and pushes{hand}{how}.",
    "{Other} {other_walks} {one} and gets pushed back{hand}{how}.",
    "{One} pushes{hand}{how} and {other} {stumbles}.",
    "{One} shoves {other}{hand}{how}, who {stumbles}.",
    "{One} puts both hands on the chest of {other} and pushes{how}.{any}",
    "{Second} is pushed by {first}{hand}{how}.",
    "{Second} is pushed back{hand}{how} by {first} and {back}.",
    "{Second} gets shoved{how} by {first} and {stumbles}.",
    "{Second} {back} because {first} pushes{hand}{how}.",
    "{Second} loses balance for a moment when {first} pushes{hand}{how}.",
    "Two people stand close together; {one} pushes {other}{hand}{how}, who {back}.{close}",
    "Two people: {one} pushes {other} away{hand}{how}.",
    "{One} pushes {other}{hand}{how}, and {other} {back} to keep the balance.",
    "They face each other until {one} pushes {other}{hand}{how}.",
    "A push: {one} drives {other} back{hand}{how}.",
    "{First} reaches out{hand}{how} and pushes, {second} {back}.",
    "Someone pushes another person in the chest{hand}{how}, who {back}.",
    "{One} thrusts {other} back{hand}{how}.",
    "{One} repels {other}{hand}{how}.",
    "{One} fends {other} off{hand}{how}.",
    "{One} forces {other} back{how}.",
    "{Second} is thrust away by {first}.",
    "{Second} gets repelled by {first}{how}.",
    "{Second} yields to {first}'s shove.",
    "{First} presses{how}, {second} {back}.",
    "{First} moves {second} away{hand}{how}.",
    "Shove somebody off.",
    "A shove to the chest.",
    "Shoving somebody away{hand}{how}.",
    "Thrusting someone back{hand}.",
    "Someone thrusts somebody away{hand}{how}.",
    "{One} makes room by thrusting {other} back{hand}{how}.",
    "{One} gets {other} out of the way{hand}{how}.",
    "{One} lays hands on the chest of {other} and shoves{how}.{any}",
    "{One} jostles {other}, who {stumbles}.",
    "{Second} is pressed back at the chest by {first}{hand}{how}.",
    "{Second} has to yield and {back} when {first} shoves{hand}{how}.",
    "{Second} is thrown off balance by {first}{how} and {stumbles}.",
    "{First} drives {second} off with a thrust to the chest.",
    "{First} reaches for the chest of {second} and thrusts{how}, who {back}.",
    "A quarrel gets physical: someone shoves the opponent{hand}.",
    "A doorman keeps a guest out with a shove.",
    "Make one person thrust the other away{hand}, who {back}.",
    "Show someone getting rid of a pushy person by a push.",
    "Too near for {one}, who thrusts at the chest{how} and so gets {other} farther off.{close}",
    "{One} {one_walks} {other}, reaches for the chest and{how} shoves, so that there is more room between the two.",
    "{Other} {other_walks} {one}, but is not welcome and gets thrust away at the chest{hand}{how}.",
    "{Second} feels pressure against the chest, gives way and {back}, since {first} shoves{hand}{how}.",
    "{Second} rocks back on the heels and {back}, because {first} leans in and presses against the chest{hand}{how}.",
    '{First} says "Get away from me!" and thrusts at the chest of {second}, who {back}.',
    "{First} wants more space and uses force{hand}{how} against the chest of {second}, who can't hold "
    "the ground and {back}.",
    "Two people{walking} have a dispute; {one} gets physical and forces {other} back by the chest.",
    "They stand up to each other, then {one} thrusts{hand} and {other}, caught at the chest, {back}.",
    "Two kids scuffle in the school yard; one of them gives the other a shove in the chest and wins some ground.",
    "A football player gets into the face of a rival and{how} shoves, and the rival {back}.",
    "A bodyguard wards off a fan{hand}{how}, pressing against the chest until the fan gives way and {back}.",
    "Stage direction: the older brother shoves the younger one in the chest, who has to yield and {back}.",
)
TEST = (
    "{One} gives the partner a shove{hand}{how}, and the partner {back}.",
    "{One} thrusts the arms out{how} and sends {other} away.{any}",
    "{One} gets {other} out of the way with a push{hand}{how}.",
    "{Second}, pushed{hand}{how} by {first}, {back}.",
    "In an argument, {one} shoves {other} back{hand}{how}.",
    "{One} pushes hard enough that {other} {stumbles}.",
    "A shove{hand}{how} by {first} makes {second} give way.",
    "Someone gives the partner a shove{hand}{how}, and the partner {back}.",
)

FAMILY = Family(
    "One person pushes the other, who steps back.", perform, Wordings(TRAINING, TEST, slots), check, handed, acting
)
