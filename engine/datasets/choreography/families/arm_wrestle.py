"""Two people arm wrestle standing: feet braced, hands clasped upright between them, pressing to and fro."""

import numpy as np

from ..arms import Reach
from ..body import SIDES, SIGN, Body
from ..contacts import arms_gap, between
from ..curves import pulse, wander
from ..gait import Route, Walk
from ..gestures import listen, shift_weight
from ..limbs import direction
from ..observe import ELBOWS, SHOULDERS, WRISTS, distance, either_side, facing, hand_of, lasting
from ..person import Performer
from ..scene import Family, draw_manner, meet, performers, share_out
from ..texts import Slots, Wordings, approach_slots

WRISTS_APART = 0.055  # metres, when the hands are clasped with the thumbs crossed
PRESSED = 0.2  # metres aside by which the loser's hand goes down


def perform(rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body]) -> tuple[list[Performer], dict]:
    """Meet, set the feet, clasp the hands, struggle; one may win in the end."""
    manner = draw_manner(rng, t[-1], ("slow", "energetic", "angry", "friendly"))
    side = int(rng.uniform() < 0.82)
    raising, letting_go = 0.6, 0.7
    needed = raising + 1.5 + 0.5 * letting_go
    gap = arms_gap(bodies) - rng.uniform(0.10, 0.16)
    meeting = meet(rng, bodies, gap, t[-1] - needed, manner.tempo)
    start = max(meeting.arrive, 0.05)
    before, longer, _ = share_out(rng, t[-1] - start - needed, (0.6, 4.0, 0.8))
    start += min(before, 1.5)
    clasp = start + raising
    release = clasp + 1.5 + min(longer, 5.5)
    winner = str(rng.choice(["A", "B", "none"], p=[0.35, 0.35, 0.3])) if release - clasp > 2.7 else "none"
    routes = [_brace_feet(rng, route, side, (start, release + 0.3)) for route in meeting.routes]
    pair = performers(rng, t, bodies, routes, manner.vigour)

    aside = _struggle(rng, t, clasp, release, winner, manner.vigour)
    weight = pulse(t, start, clasp, release, release + letting_go)
    for who, person in enumerate(pair):
        listen(rng, person, [(meeting.arrive, start), (release + letting_go, t[-1] + 1.0)])
        shift_weight(rng, person, release + letting_go + 0.3, t[-1] + 1.0)
        _strain(rng, t, pair, who, side, weight, (1.0, -1.0)[who] * aside)
    _clasp_hands(rng, t, pair, side, weight, aside)
    parameters = {"manner": manner.name, "walks": meeting.walks, "hand": SIDES[side], "winner": winner}
    return pair, parameters | {"long": release - clasp > 4.0}


def _brace_feet(rng: np.random.Generator, route: Route, side: int, times: tuple[float, float]) -> Route:
    """Set the foot of the wrestling hand's side forward at times[0], and the feet together again at times[1]."""
    place, heading = route.end()
    apart = rng.uniform(0.11, 0.16)
    stance = tuple(apart if foot == side else -apart for foot in (0, 1))
    walks = tuple(
        Walk(begin, begin + 0.9, tuple(place), heading, 2, lead, 0.3, 0.3, feet)
        for begin, lead, feet in zip(times, (side, 1 - side), (stance, (0.0, 0.02)), strict=True)
    )
    return route.then(*walks)


def _struggle(
    rng: np.random.Generator, t: np.ndarray, clasp: float, release: float, winner: str, vigour: float
) -> np.ndarray:
    """Metres (T,) by which the hands go to the left of A: to and fro, and down for good where somebody wins."""
    going = pulse(t, clasp + 0.1, clasp + 0.5, release - 0.5, release)
    to_and_fro = wander(rng, t, 1, 0.045, 0.25, 0.7)[:, 0] + wander(rng, t, 1, 0.006, 1.5, 2.6)[:, 0]
    aside = float(np.clip(vigour, 0.8, 1.2)) * np.clip(to_and_fro, -0.11, 0.11) * going
    if winner == "none":
        return aside
    press = pulse(t, release - 1.1, release - 0.3, release + 0.05, release + 0.7)
    return aside * (1.0 - press) + {"A": 1.0, "B": -1.0}[winner] * PRESSED * press


def _strain(
    rng: np.random.Generator,
    t: np.ndarray,
    pair: list[Performer],
    who: int,
    side: int,
    weight: np.ndarray,
    left: np.ndarray,
) -> None:
    """Crouch and go with the hands, which are `left` metres (T,) of the middle; the free hand at the hip perhaps."""
    person, other, sign = pair[who], pair[1 - who], SIGN[side]
    # the right hand presses to the left and the other way round
    person.twist = person.twist + 1.1 * left - sign * 0.12 * weight
    person.tilt = person.tilt - 0.9 * left
    person.weight = person.weight + np.clip(3.0 * left, -0.6, 0.6)
    person.crouch = person.crouch + rng.uniform(0.03, 0.06) * weight
    taller = max(person.body.height - other.body.height, 0.0)
    person.bow = person.bow + (rng.uniform(0.05, 0.10) + 0.45 * taller) * weight
    person.lean = person.lean + 0.06 * weight
    person.collars[side] += np.stack([0.12 * weight, 0.2 * weight], axis=-1)
    hands = (person.eyes + other.eyes) / 2 - [0.0, 0.35, 0.0]
    looking = (0.35 + 0.35 * np.clip(wander(rng, t, 1, 1.2, 0.15, 0.4)[:, 0], -1.0, 1.0)) * weight
    person.gaze = person.gaze + looking[:, None] * (hands - person.gaze)
    trunk, heading, free = person.trunk()[0], person.gait.heading, 1 - side
    if rng.uniform() < 0.6:
        hip = trunk[:, 1 + free] + person.body.scale * direction(heading, 0.02, 0.12 * SIGN[free], 0.13)
        fingers, palm = direction(heading, 0.5, -0.3 * SIGN[free], -0.8), direction(heading, -0.2, -SIGN[free], 0.0)
        elbow = direction(heading, -0.6, SIGN[free], 0.0)
        person.reaches.append(Reach(free, hip, weight, fingers, palm, elbow, direction(heading, 0.0, 0.1 * SIGN[free])))


def _clasp_hands(
    rng: np.random.Generator, t: np.ndarray, pair: list[Performer], side: int, weight: np.ndarray, aside: np.ndarray
) -> None:
    """The hands upright between the shoulders, `aside` metres (T,) to A's left, the lower the further aside."""
    shoulders, middle, heading = between(pair, (side, side))
    lowest = np.minimum(shoulders[0][:, 1], shoulders[1][:, 1])
    middle[:, 1] = np.minimum(middle[:, 1], lowest + 0.14) - rng.uniform(0.02, 0.06) - 3.2 * aside**2
    middle = middle + direction(heading, 0.0, aside)
    sign = SIGN[side]
    for who, person in enumerate(pair):
        towards, body = heading + who * np.pi, person.gait.heading
        left = (1.0, -1.0)[who] * aside
        fingers = direction(towards, 0.55, 3.5 * left - 0.1 * sign, 1.0 - 2.0 * np.abs(left))
        palm = direction(towards, 0.35, -sign, 3.5 * sign * left)
        elbow = direction(body, -0.25, 0.35 * sign, -1.0)
        place = middle + direction(towards, -WRISTS_APART / 2, 0.0)
        person.reaches.append(Reach(side, place, weight, fingers, palm, elbow, direction(body, 0.06, 0.05 * sign)))


def check(positions: np.ndarray) -> bool:
    """Same-side hands clasped for 0.8 s with both forearms upright."""
    return either_side(_wrestles)(positions)


def handed(positions: np.ndarray) -> str | None:
    """The hand that A wrestles with."""
    return hand_of(positions, 0, _wrestles)


def _wrestles(positions: np.ndarray, side: int) -> bool:
    wrists, elbows = positions[:, :, WRISTS[side]], positions[:, :, ELBOWS[side]]
    upright = (wrists[..., 1] > elbows[..., 1] + 0.02).all(0)
    high = wrists[..., 1].mean(0) > positions[:, :, SHOULDERS, 1].mean((0, 2)) - 0.28
    return bool(lasting((distance(*wrists) < 0.16) & upright & high & facing(positions, 75.0), 0.8).any())


def slots(parameters: dict) -> Slots:
    """Words for the hand and who wins."""
    hand, winner = parameters["hand"], parameters["winner"]
    right = hand == "right"
    unsaid = ("",) if right else ()
    names = {"A": ("the first person", "the second one"), "B": ("the second person", "the first one")}
    return approach_slots(parameters["walks"]) | {
        "hands": unsaid + (f" with their {hand} hands",),
        "a_hand": ("hand", "right hand") if right else ("left hand",),
        "any": unsaid,
        "left": () if right else ("",),
        "won": unsaid if winner != "none" else (),
        "drawn": unsaid if winner == "none" else (),
        "winner": names[winner][:1] if winner != "none" and right else (),
        "loser": names[winner][1:] if winner != "none" and right else (),
        "long": unsaid if parameters["long"] else (),
        "fierce": unsaid if parameters["manner"] in ("angry", "energetic") else (),
        "playful": unsaid if parameters["manner"] == "friendly" else (),
    }


TRAINING = (
    "Two people arm wrestle{hands}{how}.",
    "Two people{walking} arm wrestle{hands}{how}.",
    "Two people arm wrestle standing up{how}.{any}",
    "They{walking} arm wrestle{hands}{how}.",
    "The two are arm wrestling{hands}{how}.",
    "Two people stand and arm wrestle{hands}{how}.",
    "Two people have an arm wrestling match{hands}{how}.",
    "One person arm wrestles with the other{hands}{how}.",
    "A person arm wrestles another person{hands}{how}.",
    "Two people stand in an arm wrestling stance{how}.{any}",
    "Two people clasp their {a_hand}s upright and press against each other{how}.",
    "They grip each other's {a_hand} and push to and fro{how}.",
    "Two people test their strength with clasped {a_hand}s{how}.",
    "Two people arm wrestle and {winner} wins{how}.{won}",
    "They arm wrestle until {winner} presses the hand of {loser} down{how}.{won}",
    "Two people arm wrestle, and in the end one of them wins{how}.{won}",
    "Two people arm wrestle and nobody wins{how}.{drawn}",
    "A draw in arm wrestling{how}.{drawn}",
    "Two people arm wrestle for a long time{how}.{long}",
    "Two people arm wrestle fiercely.{fierce}",
    "Two friends arm wrestle for fun.{playful}",
    "Two people arm wrestle, but with the left hand.{left}",
    "Arm wrestling{hands}{how}.",
    "An arm wrestling match between two people{hands}.",
    "One person {one_walks} the other and they arm wrestle{how}.{any}",
    "The second person {other_walks} the first one and they arm wrestle{hands}{how}.",
    "Two people brace their feet and wrestle with one {a_hand} each{how}.",
    "Two people facing each other arm wrestle{hands}{how}.",
    "A standing trial of strength{hands}.",
    "Two people{walking} lock {a_hand}s and try to force each other's arm down{how}.",
    "A duel of forearms{how}.{any}",
    "Two people{walking} grapple arm to arm{hands}{how}.",
    "Two strong men measure their power, palm locked in palm{how}.{any}",
    "They battle it out{hands}, forearm against forearm{how}.",
    "Who is stronger? Two people lock {a_hand}s to find out.",
    "An arm-wrestle{hands} without a table{how}.",
    "Two people stand braced against each other, and their joined {a_hand}s sway to and fro between them{how}.",
    "Two soldiers in the barracks try out whose arm is mightier, feet braced against the ground{hands}.",
    "Biceps against biceps{how}.{any}",
    "Two sailors on deck lock grips and strain to force each other's arm down{hands}.",
    "Make two characters fight for the upper hand with their {a_hand}s clasped between them.",
    "A tug-of-war of arms{hands}.",
    "They compete at arm wrestling{how}.{any}",
    "Two brothers settle who is the strongest in the family by pressing their clasped {a_hand}s against "
    "each other{how}.",
    "An arm fight{hands}{how}.",
    "Two people{walking} grasp hands, plant their feet and strain against each other{how}.{any}",
    "Each of the two tries to press the other one's {a_hand} down{how}.",
    "Two bodybuilders in a gym clasp {a_hand}s, dig in their feet and heave to and fro{how}.",
    "Wrestling with the arms{how}.{any}",
    "A contest of raw arm strength, standing up{hands}.",
    "Hands gripped upright, feet planted, they press back and forth{how}.{any}",
    "A power struggle of {a_hand}s{how}.",
    "Two kids in a school yard see who has more muscle, gripping each other's {a_hand} and pressing.",
    "Show an arm wrestle in which the two contestants stand with their feet apart, and the clasped hands "
    "move to and fro.{any}",
    "Two people struggle to pin each other's arm{hands}{how}.",
    "The forearms strain as the two of them press{hands}.",
    "Rivals pit arm against arm{how}.{any}",
    "Armwrestlers{hands}.",
    "Strength test with clasped {a_hand}s{how}.",
    "In this match of muscle {winner} overpowers {loser}{how}.{won}",
    "The arm of {loser} gives way and {winner} is the champion.{won}",
    "A stalemate: neither arm gives way{how}.{drawn}",
    "The struggle of the arms drags on and on{how}.{long}",
    "A grim struggle, arm against arm.{fierce}",
    "Two pals have some fun trying their strength, arm against arm.{playful}",
    "Two left-handers lock hands and press{how}.{left}",
    "One person {one_walks} the other, and they lock {a_hand}s for a trial of strength{how}.",
    "The second person {other_walks} the first one to see whose arm is stronger{how}.{any}",
)
TEST = (
    "Two rivals arm wrestle on their feet{hands}{how}.",
    "A contest of strength: two people with locked {a_hand}s{how}.",
    "A pair of people try to push each other's {a_hand} down{how}.",
    "Two people wrestle arm against arm without a table{how}.{any}",
    "Hand in hand the two pit their strength against each other{how}.{any}",
    "Someone challenges the partner to arm wrestling{hands}{how}.",
    "They measure their strength, arm against arm{how}.{any}",
    "In the arm wrestling, {winner} is stronger than {loser}{how}.{won}",
)

FAMILY = Family(
    "Two people arm wrestle.", perform, Wordings(TRAINING, TEST, slots), check, handed, shortest=2.4, right_handed=True
)
