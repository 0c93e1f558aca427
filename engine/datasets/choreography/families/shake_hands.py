"""Two people shake hands: the hands meet between them at about elbow height, stay clasped and pump."""

import numpy as np

from ..arms import Reach
from ..body import SIDES, SIGN, Body
from ..contacts import PALMS_APART, arms_gap, between
from ..curves import ease, pulse
from ..gestures import converse
from ..limbs import direction
from ..observe import SHOULDERS, WRISTS, distance, either_side, facing, hand_of, lasting
from ..person import Performer
from ..scene import Family, draw_manner, meet, performers, share_out
from ..texts import Slots, Wordings, approach_slots


def perform(rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body]) -> tuple[list[Performer], dict]:
    """Meet, offer the hand, clasp and pump, let go."""
    manner = draw_manner(rng, t[-1], ("slow", "fast", "energetic", "gentle", "friendly"))
    side = int(rng.uniform() < 0.82)
    reach, letting_go = np.array([0.65, 0.6]) / np.clip(manner.tempo, 0.85, 1.3)
    shortest = max(0.95, 0.42 * t[-1] if t[-1] < 3.0 else 0.0)
    taller = bodies[0].height - bodies[1].height
    gap = 0.02 + arms_gap(bodies) - 0.15 * abs(taller) + rng.uniform(-0.03, 0.03)
    meeting = meet(rng, bodies, gap, t[-1] - 0.75 * reach - shortest - 0.8 * letting_go, manner.tempo)

    offered = max(meeting.arrive - 0.3 * reach, 0.05)
    slack = t[-1] - offered - reach - shortest - letting_go
    before, holding, _ = share_out(rng, slack, (1.0, 2.0, 1.5))
    offered += before
    late = rng.uniform(0.08, 0.35) * reach if rng.uniform() < 0.6 else 0.0
    clasp = offered + reach
    release = clasp + shortest + min(holding, 2.4)
    pumps = int(np.clip(np.round((release - clasp) * 1.75 * manner.tempo), 2, 7))

    pair = performers(rng, t, bodies, meeting.routes, manner.vigour)
    weights = [
        pulse(t, offered + wait, clasp - rest, release, release + letting_go * rng.uniform(0.9, 1.1))
        for wait, rest in ((0.0, 0.4 * late), (late, 0.0))
    ]
    for person, weight, over in zip(pair, weights, (taller, -taller), strict=True):
        # the reaching shoulder comes forward
        person.twist = -SIGN[side] * rng.uniform(0.16, 0.28) * weight
        person.bow = 0.5 * max(over, 0.0) * weight
        person.lean = rng.uniform(0.06, 0.13) * weight
        person.collars[side, :, 1] = 0.25 * weight
        person.nod = rng.uniform(0.0, 0.12) * pulse(t, clasp - 0.2, clasp + 0.25, clasp + 0.3, clasp + 0.9)
    _clasp_hands(rng, t, pair, weights, side, _pump(rng, t, clasp, release, pumps, manner.vigour))
    first = int(rng.integers(2))
    converse(rng, pair, meeting.arrive, offered, first)
    converse(rng, pair, release + 0.6 * letting_go, t[-1] + 1.0, 1 - first)
    parameters = {"manner": manner.name, "hand": SIDES[side], "walks": meeting.walks}
    return pair, parameters | {"offers": late > 0.15, "long": release - clasp > 2.2}


def _pump(
    rng: np.random.Generator, t: np.ndarray, clasp: float, release: float, pumps: int, vigour: float
) -> np.ndarray:
    """Height (T,) of the clasped hands over their resting place: `pumps` strokes, dying away a little."""
    start, end = clasp + 0.05, release - 0.1
    size = np.clip(rng.uniform(0.032, 0.044) * vigour, 0.026, 0.05)
    window = pulse(t, start, start + 0.15, end - 0.2, end)
    fading = 1.0 - 0.25 * ease(t, start, end)
    return size * window * fading * np.sin(2 * np.pi * pumps * (t - start) / (end - start))


def _clasp_hands(
    rng: np.random.Generator, t: np.ndarray, pair: list[Performer], weights: list, side: int, pump: np.ndarray
) -> None:
    """Reach for the point midway between both shoulders, a forearm's drop below them."""
    shoulders, middle, heading = between(pair, (side, side))
    drop = rng.uniform(0.28, 0.34) * (pair[0].body.scale + pair[1].body.scale) / 2
    # a small person's elbow is the limit, a tall one bends down to it
    middle[:, 1] = np.minimum(middle[:, 1], np.minimum(*(s[:, 1] for s in shoulders)) + 0.15) - drop + pump
    for who, (person, weight) in enumerate(zip(pair, weights, strict=True)):
        towards = heading + who * np.pi
        body = person.gait.heading
        person.reaches.append(
            Reach(
                side,
                middle + direction(towards, -PALMS_APART / 2, 0.012 * SIGN[side]),
                weight,
                direction(towards, 1.0, -0.15 * SIGN[side], 0.05 + 2.0 * (pump.mean() - pump)),
                direction(towards, 0.15, -SIGN[side]),
                direction(body, -0.45, 0.45 * SIGN[side], -1.0),
                direction(body, 0.0, 0.06 * SIGN[side], 0.0),
            )
        )


def check(positions: np.ndarray) -> bool:
    """Same-side wrists within 15 cm for 0.3 s, never that long above the chest, while both face each other."""
    return either_side(_clasps)(positions)


def handed(positions: np.ndarray) -> str | None:
    """The hand that A gives."""
    return hand_of(positions, 0, _clasps)


def _clasps(positions: np.ndarray, side: int) -> bool:
    wrists = positions[:, :, WRISTS[side]]
    low = wrists[..., 1].mean(0) < positions[:, :, SHOULDERS, 1].mean((0, 2)) - 0.12
    clasped = (distance(*wrists) < 0.15) & facing(positions)
    return bool(lasting(clasped & low, 0.3).any() and not lasting(clasped & ~low, 0.3).any())


def slots(parameters: dict) -> Slots:
    """Words for the hand that is shaken, who walks and who offers."""
    right = parameters["hand"] == "right"
    unsaid = ("",) if right else ()
    return approach_slots(parameters["walks"]) | {
        "hands": unsaid + (f" with their {parameters['hand']} hands",),
        "a_hand": ("hand", "right hand") if right else ("left hand",),
        "shake": ("shake hands", "shake right hands") if right else ("shake left hands",),
        "any": unsaid,
        "offer": unsaid if parameters["offers"] else (),
        "left": () if right else ("",),
        "long": unsaid if parameters["long"] else (),
        "warm": unsaid if parameters["manner"] == "friendly" else (),
        "firm": unsaid if parameters["manner"] == "energetic" else (),
    }


TRAINING = (
    "Two people{walking} shake hands{hands}{how}.",
    "Two persons{walking} shake hands{hands}{how}.",
    "They{walking} shake hands{hands}{how}.",
    "The two{walking} {shake}{how}.",
    "Two friends{walking} greet each other with a handshake.{any}",
    "One person shakes the other person's {a_hand}{how}.",
    "A person shakes {a_hand}s with another person{how}.",
    "One person holds out the {a_hand} and the other one takes it and shakes it{how}.",
    "The first person reaches out the {a_hand} and the second one shakes it{how}.",
    "One person offers the {a_hand} first, then the other takes it and they shake.{offer}",
    "Two people{walking} clasp {a_hand}s and pump them up and down{how}.",
    "A handshake between two people{hands}.",
    "One person {one_walks} the other and they {shake}{how}.",
    "A person {one_walks} another person, who waits, and they shake hands{hands}{how}.",
    "The second person {other_walks} the first one and they {shake}{how}.",
    "Both people{walking} reach out, {shake}{how} and let go.",
    "Two people facing each other {shake}{how}.",
    "Two people agree on something and seal it with a handshake{hands}.",
    "Two people shake hands, but with the left hand.{left}",
    "People{walking} shake hands{hands}{how}, looking at each other.",
    "Two people meet and introduce themselves with a handshake{hands}{how}.",
    "Shake hands{hands}{how}.",
    "Two business partners {shake}{how} on a deal.",
    "Two people shake hands for a long time.{long}",
    "A long handshake.{long}",
    "Two people give each other a warm handshake.{warm}",
    "Two people shake hands firmly, with a strong grip.{firm}",
    "The {a_hand} of one person is shaken by the other{how}.",
    "A man and a woman {shake}{how}.",
    "A handclasp between two people.",
    "They clasp {a_hand}s{how}.",
    "Put it there, partner.",
    "Shaking on it.",
    "Gripping and pumping the {a_hand}{how}.",
    "Pressing the {a_hand}{how}.",
    "Let's shake on that.",
    "Shake on the deal{how}.",
    "A formal hello with the {a_hand}.",
    "A hearty grip of hands.{warm}",
    "A bone-crushing grip.{firm}",
    "An endless clasp of hands.{long}",
    "Business greeting, hands clasped.",
    "Colleagues{walking} grip {a_hand}s{how}.",
    "Two strangers{walking} join {a_hand}s in greeting{how}.",
    "Two politicians{walking} {shake}{how} in front of the press.",
    "Former rivals{walking} bury the hatchet and {shake}{how}.",
    "Two people{walking} give each other the {a_hand}{how}.",
    "One person takes the {a_hand} of the other and pumps it{how}.",
    "Somebody {one_walks} a colleague and says hello, {a_hand} outstretched{how}.",
    "A person extends the {a_hand}, and another grasps it{how}.",
    "Both{walking} extend an arm and grip each other's {a_hand}{how}.",
    "The two{walking} congratulate each other with a clasp of hands{how}.",
    "Opponents{walking} exchange the usual courtesy after the match and {shake}.",
    "Make the characters{walking} press each other's {a_hand}{how}.",
    "Show two businessmen who close a contract with a grip of hands{how}.",
    "A polite greeting, as in the office: the {a_hand}s meet, grip and go up and down{how}.",
    "One of them{how} puts out the {a_hand} as an invitation, and only then the other accepts it and "
    "they join grips.{offer}",
    "Nice to meet you: at the height of the elbows the two {a_hand}s find each other, grip and bob up and down{how}.",
    "Two people{walking} grasp each other by the {a_hand}, let the forearms go up and down together, and part{how}.",
    "The boss {one_walks} the new employee, says welcome to the team and{how} gives the {a_hand} a good shake.",
    "The applicant {other_walks} the interviewer, who extends the {a_hand}{how} so that they can greet "
    "each other properly.",
    "After a long negotiation the two partners{walking} come to terms and confirm it{how} by joining {a_hand}s.",
    "Two tennis players{walking} thank each other for the game, with {a_hand}s clasped between them.",
    "Two presidents{walking} hold each other's {a_hand} for the cameras and move it up and down{how}.",
    "They meet in the middle, each of them coming some of the way, and clasp hands between them.{both_walk}",
    "Unusual for a greeting, the hand that both of them give to each other is not the one on the side "
    "that everybody expects.{left}",
    "It is the kind of greeting that just won't end: palm to palm, pumping and pumping, and nobody lets go.{long}",
    "Glad to see each other again, two old friends{walking} clasp hands heartily and don't hide how fond "
    "they are of one another.{warm}",
    "They seal their bet in the old way: palm against palm, fingers closed round the other's {a_hand}, a "
    "few pumps{how}.",
)
TEST = (
    "Two strangers{walking} exchange a handshake{hands}{how}.",
    "One of them grabs the other's {a_hand} and shakes it{how}.",
    "Someone extends the {a_hand} and the partner grasps it for a shake{how}.",
    "Two colleagues meet and {shake}{how}.",
    "Shaking hands{hands}, the two people look at each other.",
    "A pair of people greet with a firm handshake.{any}",
    "The pair join {a_hand}s and move them up and down{how}.",
    "A formal greeting: both parties {shake}{how}.",
)

FAMILY = Family(
    "Two people shake hands.",
    perform,
    Wordings(TRAINING, TEST, slots),
    check,
    handed,
    resembles=("help_up",),
    right_handed=True,
)
