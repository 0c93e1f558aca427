"""Two people bump fists: one holds a fist out, the other answers, the knuckles meet between them at chest height."""

import numpy as np

from ....rotations import normalise
from ..arms import Reach
from ..body import SIDES, SIGN, Body
from ..contacts import arms_gap, between
from ..curves import ease, hump, pulse
from ..gestures import converse
from ..limbs import direction
from ..observe import ELBOWS, SHOULDERS, WRISTS, distance, either_side, facing, hand_of, lasting
from ..person import Performer
from ..scene import Family, draw_manner, meet, performers, share_out
from ..texts import Slots, Wordings, approach_slots

FISTS_APART = 0.175  # metres between the wrists when the knuckles meet


def perform(rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body]) -> tuple[list[Performer], dict]:
    """Meet, draw the fists back, bump once or more, let go or pull away with a flourish."""
    manner = draw_manner(rng, t[-1], ("slow", "fast", "energetic", "gentle", "friendly"))
    side, flourish = int(rng.uniform() < 0.8), bool(rng.uniform() < 0.3 and t[-1] > 2.2)
    raising, punching, lowering = np.array([0.55, 0.24, 0.6]) / np.clip(manner.tempo, 0.75, 1.3)
    touching, gap = rng.uniform(0.08, 0.2), arms_gap(bodies) + rng.uniform(0.02, 0.10)
    lowering += 0.4 * flourish
    needed = raising + punching + touching + 0.9 * lowering
    meeting = meet(rng, bodies, gap, t[-1] - needed + 0.4 * raising, manner.tempo)

    start = max(meeting.arrive - 0.4 * raising, 0.05)
    slack = t[-1] - start - needed
    bumps = 1 + int(slack > 1.5 and rng.uniform() < 0.3)
    again = punching + touching + 0.22
    before, waiting, _ = share_out(rng, slack - (bumps - 1) * again, (1.2, 0.4, 1.5))
    start += before
    late = rng.uniform(0.1, 0.35) if rng.uniform() < 0.6 and t[-1] > 2.2 else 0.0
    first = int(rng.integers(2))
    punch = start + raising + late + min(waiting, 0.4)
    touches = [punch + punching + count * again for count in range(bumps)]
    leave = touches[-1] + touching

    pair = performers(rng, t, bodies, meeting.routes, manner.vigour)
    weights = []
    out = sum(pulse(t, touch - punching, touch, touch + touching, touch + touching + 0.22) for touch in touches)
    for who, person in enumerate(pair):
        begin = start + (late if who != first else 0.0)
        weight = pulse(t, begin, begin + raising, leave + 0.1, leave + lowering * rng.uniform(0.95, 1.1))
        weights.append(weight)
        person.twist = -SIGN[side] * (0.22 * out - 0.08 * weight)
        person.lean = manner.vigour * (0.07 * out - 0.03 * weight)
        person.collars[side, :, 1] = 0.25 * out
        person.nod = rng.uniform(0.04, 0.12) * hump(t, touches[0] - 0.1, leave + 0.6)
    # whoever starts holds the fist out and waits for the other's
    held = 0.8 * pulse(t, start, start + raising, leave, leave + 0.3) if late else 0.0 * t
    outs = [np.maximum(out, held) if who == first else out for who in (0, 1)]
    _reach(pair, side, weights, outs, flourish * ease(t, leave, leave + 0.45))
    converse(rng, pair, meeting.arrive, start, 1 - first)
    converse(rng, pair, leave + 0.8 * lowering, t[-1] + 1.0, first)
    parameters = {"manner": manner.name, "hand": SIDES[side], "walks": meeting.walks, "bumps": bumps}
    return pair, parameters | {"first": "AB"[first] if late else None, "flourish": flourish}


def _reach(
    pair: list[Performer], side: int, weights: list[np.ndarray], outs: list[np.ndarray], flourish: np.ndarray
) -> None:
    """Fists from beside the ribs (`outs` 0) to each other (1), or up and away at the end of a flourish."""
    shoulders, middle, heading = between(pair, (side, side))
    scale, sign = (pair[0].body.scale + pair[1].body.scale) / 2, SIGN[side]
    lowest = np.minimum(shoulders[0][:, 1], shoulders[1][:, 1])
    middle[:, 1] = np.minimum(middle[:, 1] - 0.19 * scale, lowest)
    for who, (person, weight, out) in enumerate(zip(pair, weights, outs, strict=True)):
        towards, body, size = heading + who * np.pi, person.gait.heading, person.body.scale
        ready = shoulders[who] + size * direction(body, 0.10, 0.06 * sign, -0.30)
        thrown = shoulders[who] + size * direction(body, 0.24, 0.16 * sign, 0.02)
        rest = ready + flourish[:, None] * (thrown - ready)
        place = middle - direction(towards, FISTS_APART / 2)
        fingers = direction(towards, 1.0 - 0.5 * flourish, 0.3 * sign * flourish, 0.1 + flourish)
        palm = direction(towards, 0.5 * flourish, -0.7 * sign, -0.7 + 0.5 * flourish)
        elbow = direction(body, -0.6, 0.45 * sign, -0.8)
        person.reaches.append(Reach(side, rest + out[:, None] * (place - rest), weight, fingers, palm, elbow))


def check(positions: np.ndarray) -> bool:
    """Two fists meet at chest height, both forearms behind them, and part again."""
    return either_side(_bumps)(positions)


def handed(positions: np.ndarray) -> str | None:
    """The hand that A bumps with."""
    return hand_of(positions, 0, _bumps)


def _bumps(positions: np.ndarray, side: int) -> bool:
    wrists, elbows = positions[:, :, WRISTS[side]], positions[:, :, ELBOWS[side]]
    apart = distance(*wrists)
    line = normalise(wrists[1] - wrists[0])
    straight = [
        np.sum(sign * line * normalise(wrist - elbow), -1) > 0.6
        for sign, wrist, elbow in zip((1.0, -1.0), wrists, elbows, strict=True)
    ]
    height, shoulders = wrists[..., 1].mean(0), positions[:, :, SHOULDERS, 1].mean((0, 2))
    hips = positions[:, :, 0, 1].mean(0)
    level = (height < shoulders - 0.05) & (height > (shoulders + hips) / 2)
    near = (apart > 0.12) & (apart < 0.23)
    touching = near & straight[0] & straight[1] & level & facing(positions)
    return bool(touching.any() and not lasting(apart < 0.23, 0.9).any() and apart.min() > 0.11)


def slots(parameters: dict) -> Slots:
    """Words for the hand, who walks and who holds the fist out first."""
    hand = parameters["hand"]
    right = hand == "right"
    unsaid = ("",) if right else ()
    return approach_slots(parameters["walks"]) | {
        "hands": unsaid + (f" with their {hand} hands",),
        "any": unsaid,
        "leads": unsaid if parameters["first"] == "A" else (),
        "waits": unsaid if parameters["first"] == "B" else (),
        "one_first": unsaid if parameters["first"] else (),
        "left": () if right else ("",),
        "twice": ("", " twice") if parameters["bumps"] == 2 else ("",),
        "again": unsaid if parameters["bumps"] == 2 else (),
        "flourish": unsaid if parameters["flourish"] else (),
        "firm": unsaid if parameters["manner"] == "energetic" else (),
    }


TRAINING = (
    "Two people{walking} bump fists{hands}{twice}{how}.",
    "Two people{walking} give each other a fist bump{hands}{how}.",
    "Two people fist bump{hands}{twice}{how}.",
    "They{walking} bump fists{hands}{how}.",
    "They{walking} give each other a fist bump{how}.{any}",
    "The two{walking} do a fist bump{hands}{how}.",
    "One person fist bumps the other{hands}{how}.",
    "A person gives another person a fist bump{how}.{any}",
    "One person holds out a fist and the other bumps it{how}.{one_first}",
    "The first person holds out a fist and the second one bumps it{how}.{leads}",
    "The second person offers a fist first and the first person meets it{how}.{waits}",
    "Two friends{walking} greet each other with a fist bump{how}.{any}",
    "Two people{walking} knock their fists together{hands}{how}.",
    "Two people touch knuckles{how}.{any}",
    "Fist bump{hands}{how}.",
    "A fist bump between two people{hands}.",
    "One person {one_walks} the other and they bump fists{hands}{how}.",
    "The second person {other_walks} the first one and they bump fists{how}.{any}",
    "Two people bump fists, but with the left hand.{left}",
    "Two people facing each other bring their fists together{hands}{how}.",
    "Two people bump their fists two times in a row{how}.{again}",
    "Two people bump fists and pull their hands away with a flourish{how}.{flourish}",
    "They bump fists and let them explode{how}.{flourish}",
    "Two people bump fists hard.{firm}",
    "Two players{walking} bump fists before the game{how}.{any}",
    "Both people stretch out a fist until the knuckles meet{how}.{any}",
    "Two people agree with a fist bump{how}.{any}",
    "Bumping fists{how}.",
    "Knuckles, bro.",
    "A dap between friends{how}.{any}",
    "Pound it.",
    "Brofist{hands}{how}.",
    "Fist to fist.",
    "Knuckle bump between buddies{hands}{how}.",
    "Two bros dap.{any}",
    "Respect, man: knuckles touch{hands}.",
    "Homies doing a pound{hands}.",
    "They{walking} tap knuckles{hands}{twice}{how}.",
    "Boxers{walking} touch gloves{hands}.",
    "Fist meets fist{how}.{any}",
    "Two gamers{walking} knock knuckles{hands} after a win.",
    "Two gangsters{walking} give each other a pound{hands}{how}.",
    "Two teammates{walking} punch each other's fist{hands}{twice}{how}.",
    "Closed hands meet as greeting.{any}",
    "Giving a pal some knuckles{how}.{any}",
    "Show two coworkers saying hello by knocking their fists together{hands}.",
    "Someone presents a fist and another person taps it{how}.{one_first}",
    "Give him some dap: two pals{walking} tap fists{hands}{how}.",
    "Make both characters extend an arm, fist closed, until knuckles touch{how}.",
    'The pals{walking} say "deal" by touching knuckles{hands}.',
    "Instead of a handshake, two colleagues{walking} touch fists{hands}.",
    "Their knuckles collide so hard that it must hurt.{firm}",
    "Knock, knock: the same two fists meet again{how}.{again}",
    "One person {one_walks} the other for a fist pound{hands}{how}.",
    "Two surfers{walking} exchange a casual greeting by tapping their closed fists against each other{hands}.",
    "During the pandemic nobody wants to shake hands, so two neighbors{walking} just touch knuckles{hands}.",
    "Two cool kids in the school yard{walking} say hi the cool way, fist against fist{hands}{how}.",
    "Person A sticks out a fist, and person B answers with a fist of their own, so that the knuckles meet{how}.{leads}",
    "Person B sticks out a fist, and person A responds by pressing knuckles against it{how}.{waits}",
    "One of them forms a fist and stretches it forward{how}, and the friend responds by knocking against "
    "it.{one_first}",
    'Two cops{walking} say "Good job, partner" and bring their knuckles together between them at the '
    "height of the chest{how}.{any}",
    "Two rappers{walking} show respect by letting their fists meet{hands}{twice}{how}.",
    "Knuckles touch, then the hands fly off{how}, fingers opening like fireworks going boom.{flourish}",
    "Two tennis partners have scored a point, so they{walking} congratulate each other by tapping fists{hands}{how}.",
    "Person B {other_walks} person A, each puts out an arm, and their knuckles meet{how}.{any}",
    "With the fingers curled in, each puts an arm forward at the height of the chest{how} and the "
    "knuckles make contact.{any}",
    "Two mates{walking} seal their plan like real pros, knuckles to knuckles{hands}, instead of shaking on it.",
)
TEST = (
    "Two buddies{walking} say hi with a fist bump{hands}{how}.",
    "Someone offers a fist and the partner bumps it{how}.{one_first}",
    "A pair of teammates tap their fists against each other{how}.{any}",
    "Fist meets fist as the two greet each other{hands}{how}.",
    "One of them extends a fist for the other to bump{how}.{any}",
    "The two of them share a quick bump of the knuckles.{any}",
    "Knuckles against knuckles: the two{walking} salute one another{how}.{any}",
    "Two athletes fist bump each other{hands}{how}.",
)

FAMILY = Family("Two people bump fists.", perform, Wordings(TRAINING, TEST, slots), check, handed, right_handed=True)
