"""Two people give each other a high five: hands wind up beside the heads and clap together between them."""

import numpy as np

from ....skeleton import JOINT
from ..arms import Reach
from ..body import SIDES, SIGN, Body
from ..curves import ease, pulse
from ..limbs import direction
from ..observe import SHOULDERS, WRISTS, distance, facing, one_hand
from ..person import Performer
from ..scene import Family, draw_manner, meet, performers, share_out
from ..texts import Slots, Wordings, approach_slots

WRISTS_APART = 0.075  # metres, when the palms meet


def perform(rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body]) -> tuple[list[Performer], dict]:
    """Meet, raise the hands, strike, lower them."""
    manner = draw_manner(rng, t[-1], ("slow", "fast", "energetic"))
    side = int(rng.uniform() < 0.8)
    tempo = np.clip(manner.tempo, 0.75, 1.3)
    raising, striking, dropping = np.array([0.66, 0.30, 0.7]) / tempo
    touching = rng.uniform(0.03, 0.08)
    gap = 0.36 + 0.38 * (bodies[0].arm + bodies[1].arm) + rng.uniform(-0.03, 0.03)
    needed = raising + striking + touching + 0.9 * dropping
    meeting = meet(rng, bodies, gap, t[-1] - needed + 0.5 * raising, manner.tempo)

    raised = max(meeting.arrive - 0.5 * raising, 0.05)
    before, waiting, _ = share_out(rng, t[-1] - raised - needed, (1.2, 0.5, 1.5))
    waiting = min(waiting, 0.5)
    raised += before
    late = rng.uniform(0.1, 0.3) if rng.uniform() < 0.5 and t[-1] > 2.3 else 0.0
    clap = raised + raising + waiting + late + striking
    leave = clap + touching

    pair = performers(rng, t, bodies, meeting.routes, manner.vigour)
    strike = pulse(t, clap - striking, clap, leave, leave + 0.36)
    weights = []
    for person, wait in zip(pair, (0.0, late), strict=True):
        start = raised + wait
        weight = pulse(t, start, start + raising, leave + 0.05, leave + dropping * rng.uniform(1.0, 1.15))
        weights.append(weight)
        person.twist = -SIGN[side] * (0.26 * strike - 0.12 * weight)
        person.lean = 0.10 * strike - 0.05 * weight
        person.collars[side, :, 0] = 0.28 * weight
        person.collars[side, :, 1] = 0.25 * strike
        person.crouch = 0.02 * manner.vigour * ease(t, start, start + raising) * (1.0 - ease(t, clap - 0.15, clap))
    _clap_hands(rng, t, pair, weights, side, strike, ease(t, leave, leave + 0.5))
    return pair, {"manner": manner.name, "hand": SIDES[side], "walks": meeting.walks, "first": late > 0}


def _clap_hands(
    rng: np.random.Generator,
    t: np.ndarray,
    pair: list[Performer],
    weights: list[np.ndarray],
    side: int,
    strike: np.ndarray,
    after: np.ndarray,
) -> None:
    """Bring the hands from beside the heads to a point between them, a little over the mean head height."""
    trunks = [person.trunk()[0] for person in pair]
    shoulders = [trunk[:, 16 + side] for trunk in trunks]
    across = shoulders[1] - shoulders[0]
    heading = np.arctan2(across[:, 0], across[:, 2])
    middle = (shoulders[0] + shoulders[1]) / 2
    middle[:, 1] = (trunks[0][:, 15, 1] + trunks[1][:, 15, 1]) / 2 + rng.uniform(-0.02, 0.08)
    # the smaller one's reach limits how high they meet
    lowest = np.minimum(shoulders[0][:, 1], shoulders[1][:, 1])
    middle[:, 1] = np.minimum(middle[:, 1], lowest + 0.36 * min(p.body.scale for p in pair))
    for who, (person, weight) in enumerate(zip(pair, weights, strict=True)):
        towards, body, scale = heading + who * np.pi, person.gait.heading, person.body.scale
        beside = shoulders[who] + scale * direction(body, 0.10, 0.10 * SIGN[side], rng.uniform(0.15, 0.24))
        # after the clap the hands come down in front instead of going back up
        beside = beside + after[:, None] * scale * direction(body, -0.04, 0.04 * SIGN[side], -0.32)
        contact = middle + direction(towards, -WRISTS_APART / 2, 0.0)
        person.reaches.append(
            Reach(
                side,
                beside + strike[:, None] * (contact - beside),
                weight,
                direction(towards, 0.12 * strike - 0.15, 0.0, 1.0),
                direction(towards, 1.0),
                direction(body, -0.15, 0.75 * SIGN[side], -0.8),
                direction(body, 0.22 * scale, 0.08 * SIGN[side], 0.0),
            )
        )


def check(positions: np.ndarray) -> bool:
    """Same-side wrists within 20 cm over chest height while both face each other."""
    return bool(_claps(positions, 0) or _claps(positions, 1))


def handed(positions: np.ndarray) -> str | None:
    """The hand that A claps with."""
    return one_hand([_claps(positions, side) for side in (0, 1)])


def _claps(positions: np.ndarray, side: int) -> bool:
    wrists = positions[:, :, WRISTS[side]]
    # midway from spine3 to the shoulders, on average
    chest = (positions[:, :, JOINT["spine3"], 1] + positions[:, :, SHOULDERS, 1].mean(-1)) / 2
    high = wrists[..., 1].mean(0) > chest.mean(0)
    return bool(((distance(*wrists) < 0.20) & high & facing(positions)).any())


def slots(parameters: dict) -> Slots:
    """Words for the hand, who walks and who raises it first."""
    right = parameters["hand"] == "right"
    unsaid = ("",) if right else ()
    return approach_slots(parameters["walks"]) | {
        "hands": unsaid + (f" with their {parameters['hand']} hands",),
        "a_hand": ("hand", "right hand") if right else ("left hand",),
        "any": unsaid,
        "leads": unsaid if parameters["first"] else (),
        "left": () if right else ("",),
    }


TRAINING = (
    "Two people{walking} give each other a high five{hands}{how}.",
    "Two people{walking} high five{hands}{how}.",
    "They{walking} give each other a high five{hands}{how}.",
    "The two{walking} do a high five{hands}{how}.",
    "One person gives the other a high five{hands}{how}.",
    "A person high fives another person{hands}{how}.",
    "One person raises the {a_hand} and the other one claps it{how}.",
    "The first person holds up a {a_hand} and the second person slaps it{how}.",
    "Two friends{walking} slap {a_hand}s high in the air{how}.",
    "One person raises the {a_hand} first, then the other does too and they high five.{leads}",
    "Two people{walking} clap their {a_hand}s together over shoulder height{how}.",
    "One person {one_walks} the other and they high five{hands}{how}.",
    "The second person {other_walks} the first one and they give each other a high five{hands}{how}.",
    "Two people celebrate with a high five{hands}{how}.",
    "A high five between two people{hands}.",
    "Both people{walking} lift one {a_hand} and hit the palms together{how}.",
    "Two people facing each other high five{hands}{how}.",
    "Two people high five, but with the left hand.{left}",
    "Teammates{walking} high five each other.{any}",
)
TEST = (
    "Two teammates{walking} slap palms in a high five{hands}{how}.",
    "Someone asks for a high five and gets it{hands}{how}.",
    "A pair of friends{walking} smack their raised {a_hand}s together{how}.",
    "The two of them share a high five{hands}{how}.",
    "One of them throws up a {a_hand} for a high five and the partner hits it{how}.",
    "Happy about their success, two players high five.{any}",
)

FAMILY = Family("Two people give each other a high five.", perform, Wordings(TRAINING, TEST, slots), check, handed)
