"""Two people give each other a high five: hands wind up and clap together between them; high, low or both at once."""

from dataclasses import dataclass

import numpy as np

from ....skeleton import JOINT
from ..arms import Reach
from ..body import SIDES, SIGN, Body
from ..contacts import PALMS_APART, arms_gap, between
from ..curves import FPS, ease, pulse
from ..gestures import converse
from ..limbs import direction
from ..observe import SHOULDERS, WRISTS, apart, distance, facing, lasting, on_guard, one_hand
from ..person import Performer
from ..scene import Family, draw_manner, meet, performers, share_out
from ..texts import Slots, Wordings, approach_slots


@dataclass(frozen=True)
class Clap:
    """When (seconds) A and B start to raise their hands, strike, touch, leave and have lowered them again."""

    starts: tuple[float, float]
    raising: float
    strike: float
    touch: float
    leave: float
    end: float


def perform(rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body]) -> tuple[list[Performer], dict]:
    """Meet, raise the hands, strike, lower them; if there is time perhaps once more."""
    manner = draw_manner(rng, t[-1], ("slow", "fast", "energetic", "friendly"))
    side, kind = int(rng.uniform() < 0.8), str(rng.choice(["high", "low", "double"], p=[0.56, 0.22, 0.22]))
    raising, striking, dropping = np.array([0.66, 0.30, 0.7]) / np.clip(manner.tempo, 0.75, 1.3)
    touching = rng.uniform(0.03, 0.08)
    gap = arms_gap(bodies) - (0.10 if kind == "low" else 0.02) + rng.uniform(-0.03, 0.03)
    needed = raising + striking + touching + 0.9 * dropping
    meeting = meet(rng, bodies, gap, t[-1] - needed + 0.5 * raising, manner.tempo)

    raised = max(meeting.arrive - 0.5 * raising, 0.05)
    slack = t[-1] - raised - needed
    again = bool(slack > needed + 0.6 and rng.uniform() < 0.4)
    before, waiting, _ = share_out(rng, slack - again * needed, (1.2, 0.5, 1.5))
    raised += before
    late = rng.uniform(0.1, 0.3) if (kind == "low" or rng.uniform() < 0.5) and t[-1] > 2.3 else 0.0
    first = int(rng.integers(2))
    starts = (raised, raised + late) if first == 0 else (raised + late, raised)
    strike = raised + raising + min(waiting, 0.5) + late
    touch, length = strike + striking, dropping * rng.uniform(1.0, 1.15)
    claps = [Clap(starts, raising, strike, touch, touch + touching, touch + touching + length)]
    if again:
        later = claps[0].touch + 0.35
        touch = later + raising + striking
        claps.append(Clap((later, later), raising, later + raising, touch, touch + touching, touch + touching + length))

    pair = performers(rng, t, bodies, meeting.routes, manner.vigour)
    hands = ((0, 1), (1, 0)) if kind == "double" else ((side, side),)
    for clap in claps:
        _brace(t, pair, clap, hands, kind, manner.vigour)
    for clap in claps:
        for sides in hands:
            _clap_hands(rng, t, pair, clap, sides, kind)
    talker = int(rng.integers(2))
    converse(rng, pair, meeting.arrive, raised, talker)
    converse(rng, pair, claps[-1].end - 0.2, t[-1] + 1.0, 1 - talker)
    parameters = {"manner": manner.name, "hand": SIDES[side], "walks": meeting.walks, "kind": kind, "twice": again}
    return pair, parameters | {"first": "AB"[first] if late else None}


def _weight(t: np.ndarray, clap: Clap, who: int) -> np.ndarray:
    return pulse(t, clap.starts[who], clap.starts[who] + clap.raising, clap.leave + 0.05, clap.end)


def _strike(t: np.ndarray, clap: Clap) -> np.ndarray:
    return pulse(t, clap.strike, clap.touch, clap.leave, clap.leave + 0.36)


def _brace(t: np.ndarray, pair: list[Performer], clap: Clap, hands: tuple, kind: str, vigour: float) -> None:
    """The trunks wind up and go into the clap."""
    strike, low = _strike(t, clap), kind == "low"
    for who, person in enumerate(pair):
        weight, start = _weight(t, clap, who), clap.starts[who]
        if len(hands) == 1:
            person.twist = person.twist - SIGN[hands[0][who]] * (0.26 * strike - 0.12 * weight)
        person.lean = person.lean + (0.22 if low else 0.10) * strike - 0.05 * weight
        person.bow = person.bow + 0.08 * low * strike
        for sides in hands:
            person.collars[sides[who], :, 0] += (0.28 * weight) * (1.0 - 0.8 * low * strike)
            person.collars[sides[who], :, 1] += 0.25 * strike
        dip = ease(t, start, start + clap.raising) * (1.0 - ease(t, clap.touch - 0.15, clap.touch))
        person.crouch = person.crouch + 0.02 * vigour * dip + 0.03 * low * strike


def _clap_hands(
    rng: np.random.Generator, t: np.ndarray, pair: list[Performer], clap: Clap, sides: tuple[int, int], kind: str
) -> None:
    """Bring a hand of each from beside the head to a point between them: over the mean head height, or at the hips."""
    trunks = [person.trunk()[0] for person in pair]
    shoulders, middle, heading = between(pair, sides)
    low, scale = kind == "low", min(person.body.scale for person in pair)
    offers = int(clap.starts[1] < clap.starts[0])
    lowest = np.minimum(shoulders[0][:, 1], shoulders[1][:, 1])
    if low:
        middle[:, 1] = np.minimum((trunks[0][:, 0, 1] + trunks[1][:, 0, 1]) / 2 + 0.08, lowest - 0.2 * scale)
    else:
        # the smaller one's reach limits how high they meet
        heads = (trunks[0][:, 15, 1] + trunks[1][:, 15, 1]) / 2
        middle[:, 1] = np.minimum(heads + rng.uniform(-0.02, 0.08), lowest + 0.36 * scale)
    strike, after = _strike(t, clap), ease(t, clap.leave, clap.leave + 0.5)
    for who, person in enumerate(pair):
        sign, towards, body, size = SIGN[sides[who]], heading + who * np.pi, person.gait.heading, person.body.scale
        beside = shoulders[who] + size * direction(body, 0.10, 0.10 * sign, rng.uniform(0.15, 0.24) - 0.18 * low)
        # after the clap the hands come down in front instead of going back up
        beside = beside + after[:, None] * size * direction(body, -0.04, 0.04 * sign, -0.32 + 0.18 * low)
        # a low five is clapped from above onto the hand held out
        over = low * (-1.0 if who == offers else 1.0)
        contact = middle + direction(towards, -PALMS_APART / 2, 0.0, 0.03 * over)
        fingers = direction(towards, 0.12 * strike - 0.15 + low * strike, 0.0, 1.0 - 1.1 * low * strike)
        palm = direction(towards, 1.0 - low * strike, 0.0, -over * strike)
        if low and who == offers:
            beside = shoulders[who] + size * direction(body, 0.24, 0.02 * sign, -0.36)
            fingers, palm = direction(towards, 1.0, 0.0, -0.1), direction(towards, 0.0, -0.3 * sign, 1.0)
        elbow = direction(body, -0.15 - 0.4 * low, (0.75 - 0.35 * low) * sign, -0.8)
        reach = Reach(
            sides[who],
            beside + strike[:, None] * (contact - beside),
            _weight(t, clap, who),
            fingers,
            palm,
            elbow,
            direction(body, 0.15 * size, 0.08 * sign, 0.0),
        )
        person.reaches.append(reach)


def check(positions: np.ndarray) -> bool:
    """Palms meet shortly, high or low, while both face each other."""
    pairs = ((0, 0), (1, 1), (0, 1), (1, 0))
    return not on_guard(positions) and any(_claps(positions, *sides) for sides in pairs)


def handed(positions: np.ndarray) -> str | None:
    """The hand that A claps with."""
    if _claps(positions, 0, 1) and _claps(positions, 1, 0):
        return None
    return one_hand([_claps(positions, side, side) for side in (0, 1)])


def _claps(positions: np.ndarray, mine: int, yours: int) -> bool:
    """A's and B's wrists within 20 cm, over chest height or about as low as the hips, and soon apart again."""
    wrists = positions[0, :, WRISTS[mine]], positions[1, :, WRISTS[yours]]
    height = (wrists[0] + wrists[1])[:, 1] / 2
    # midway from spine3 to the shoulders, on average
    chest = ((positions[:, :, JOINT["spine3"], 1] + positions[:, :, SHOULDERS, 1].mean(-1)) / 2).mean(0)
    gap = apart(positions)
    standing = (gap > 0.45) & (np.abs(np.gradient(gap)) * FPS < 0.3)
    away = distance(*wrists)
    near = (away < 0.20) & standing & facing(positions)
    # they come from afar and fast
    near[12:] &= away[:-12] > 0.35
    near[:12] = False
    return bool((near & ((height > chest) | (height < chest - 0.2))).any() and not lasting(away < 0.20, 0.7).any())


def slots(parameters: dict) -> Slots:
    """Words for the kind, the hand, who walks and who raises it first."""
    kind, hand = parameters["kind"], parameters["hand"]
    single, right = kind != "double", hand == "right"
    unsaid = ("",) if right or not single else ()
    high, low, double = (("",) if kind == name else () for name in ("high", "low", "double"))
    names = {"high": ("high five",), "low": ("low five",), "double": ("high five", "double high five", "high ten")}
    return approach_slots(parameters["walks"]) | {
        "five": names[kind],
        "hands": unsaid + ((f" with their {hand} hands",) if single else (" with both hands",)),
        "a_hand": (("hand", "right hand") if right else ("left hand",)) if single else (),
        "plural": (("hands", "right hands") if right else ("left hands",)) if single else ("hands", "both hands"),
        "any": unsaid,
        "leads": unsaid if parameters["first"] == "A" else (),
        "waits": unsaid if parameters["first"] == "B" else (),
        "left": ("",) if single and not right else (),
        "twice": ("", " twice") if parameters["twice"] else ("",),
        "again": ("",) if parameters["twice"] else (),
        "high": high if unsaid else (),
        "raised": (high or double) if unsaid else (),
        "low": low,
        "double": double,
    }


TRAINING = (
    "Two people{walking} give each other a {five}{hands}{how}.",
    "Two people{walking} {five}{hands}{twice}{how}.",
    "They{walking} give each other a {five}{hands}{how}.",
    "The two{walking} do a {five}{hands}{twice}{how}.",
    "One person gives the other a {five}{hands}{how}.",
    "A person gives another person a {five}{hands}{how}.",
    "A person high fives another person{twice}{how}.{raised}",
    "One person raises the {a_hand} and the other one claps it{how}.{high}",
    "The first person holds up a hand and the second person slaps it{how}.{high}{leads}",
    "The second person holds up a hand and the first person slaps it{how}.{high}{waits}",
    "Two friends{walking} slap {plural} high in the air{how}.{raised}",
    "One person raises the {a_hand} first, then the other does too and they high five.{high}",
    "Two people{walking} clap their {plural} together over shoulder height{how}.{raised}",
    "One person {one_walks} the other and they {five}{hands}{how}.",
    "The second person {other_walks} the first one and they give each other a {five}{hands}{how}.",
    "Two people celebrate with a {five}{hands}{how}.",
    "A {five} between two people{hands}.",
    "Both people{walking} lift one {a_hand} and hit the palms together{how}.{high}",
    "Two people facing each other {five}{hands}{how}.",
    "Two people {five}, but with the left hand.{left}",
    "Teammates{walking} {five} each other.{any}",
    "Two people give each other two high fives in a row{how}.{again}{raised}",
    "Two people slap palms down low, at the height of their hips{how}.{low}",
    "One person holds out a palm down low and the other slaps it{how}.{low}",
    "Two people{walking} give each other five down low{how}.{low}",
    "Two people raise both hands and clap them against each other's{how}.{double}",
    "Two people{walking} high five with both hands at once{how}.{double}",
    "They clap both palms together above their shoulders{how}.{double}",
    "High five{hands}{how}.{raised}",
    "Give me five: two people {five}{hands}.",
    "Gimme {five}.",
    "Slap my palm, dude.",
    "Slap me some skin{how}.",
    "Up top.{raised}",
    "Down low.{low}",
    "Palms smack together{how}.",
    "Two buddies slap palms{hands}{how}.",
    "Palm to palm, clap.",
    "Victory slap of the palms.",
    "Friends{walking} clap hands with each other{hands}.",
    "Ten fingers meet ten fingers{how}.{double}",
    "Two champions{walking} {five}{hands}{how}.",
    "Hand slap between teammates{hands}.",
    "Volleyball players{walking} slap {plural}.",
    "Two pals{walking} smack palms{hands}{twice}.",
    "They{walking} swing their arms and let the palms meet{hands}{how}.",
    "Two kids in the school yard{walking} slap each other's palms{hands}.",
    "Yes, we did it! Two coworkers{walking} smack {plural} together{how}.",
    "Show two athletes congratulating each other with a {five}{hands}.",
    "Make both characters wind up and hit each other's palms{hands}{how}.",
    "Two rappers{walking} give each other some skin{hands}{how}.",
    "Nobody is kept hanging: two flat palms come together with a slap.",
    "Their flat hands hit each other down at the hips{how}.{low}",
    "Up go the arms, and the palms crash together{how}.{raised}",
    "Smack, smack: the same palms meet a second time.{again}",
    "Don't leave me hanging: one lifts a palm, the buddy smacks it{how}.{high}",
    "Both arms shoot up and all four palms clap together{how}.{double}",
    "One person {one_walks} the other to slap palms{hands}{how}.",
    "Person B {other_walks} person A and their open hands smack together{how}.",
    "Two basketball players{walking} celebrate the basket by slapping palms{hands}{twice}{how}.",
    "The two wind up{how} and clap {plural} together in the space between them.",
    "The final whistle blows, the match is won, and two teammates{walking} bring {plural} together with a smack.",
    "Two students have passed the exam, and they{walking} clap each other's open palms to celebrate{hands}.",
    "Person A puts up a flat hand as an invitation, and person B smacks it with the palm{how}.{high}{leads}",
    "Person B puts up a flat hand as an invitation, and person A smacks it with the palm{how}.{high}{waits}",
    "With open palms and a good swing, two happy teammates{walking} smack {plural} together{how}.",
    "One offers a palm near the waist and the mate slaps it{how}, the way musicians used to say hello.{low}",
    "The plan worked, so the two crooks{walking} reach up and let their palms collide above shoulder "
    "height{how}.{raised}",
    "Arms go up on each side, and four palms meet in one big clap, like two goal scorers celebrating.{double}",
    "Two siblings finish a game together and, as a sign of their success, strike {plural} together{how}.",
)
TEST = (
    "Two teammates{walking} slap palms in a {five}{hands}{how}.",
    "Someone asks for a {five} and gets it{hands}{how}.",
    "A pair of friends{walking} smack their raised {plural} together{how}.{raised}",
    "The two of them share a {five}{hands}{how}.",
    "One of them throws up a {a_hand} for a high five and the partner hits it{how}.{high}",
    "Happy about their success, two players {five}.{any}",
    "The players slap hands near the hip{how}.{low}",
    "All four palms of the two people meet in the air{how}.{double}",
)

FAMILY = Family(
    "Two people give each other a high five.",
    perform,
    Wordings(TRAINING, TEST, slots),
    check,
    handed,
    right_handed=True,
)
