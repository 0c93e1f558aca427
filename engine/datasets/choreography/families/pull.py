"""One person pulls the other by the hand; the other leans back and resists, and is dragged along some steps."""

import numpy as np

from ....rotations import normalise
from ....skeleton import JOINT
from ..arms import Reach
from ..body import SIDES, SIGN, Body
from ..contacts import PALMS_APART, arms_gap, between
from ..curves import ease, hump, keyed, pulse, smooth, wander
from ..gait import Path
from ..limbs import direction
from ..observe import TOES, WRISTS, distance, facing, hand_of, lasting, line_to
from ..paths import HERE, clock, follow
from ..person import Performer
from ..scene import Family, draw_manner, people
from ..texts import Slots, Wordings

STRETCHED = 0.93  # share of both arms' length to which leaning back stretches them
FARTHEST = 0.97  # to which they can be stretched

Heave = tuple[float, float, float]  # start, end (seconds), metres dragged


def perform(rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body]) -> tuple[list[Performer], dict]:
    """Take hold, lean back and heave, again and again; the other digs in, gives way, in longer clips tears free."""
    manner = draw_manner(rng, t[-1], ("slow", "energetic", "gentle", "angry"))
    tempo = np.clip(manner.tempo, 0.85, 1.15)
    takes = bool(t[-1] > 2.6 and rng.uniform() < 0.7)
    joined = rng.uniform(0.7, 1.0) if takes else -1.0
    frees = bool(t[-1] > 4.0 and rng.uniform() < 0.3)
    free = t[-1] - rng.uniform(0.9, 1.3) if frees else t[-1] + 2.0
    heaves = _plan(rng, max(joined, 0.0) + rng.uniform(0.05, 0.2), min(free, t[-1] + 0.3), tempo)
    paths = _paths(rng, t, bodies, heaves, free)
    gaits = [follow(t, *each) for each in zip(bodies, paths, rng.integers(2, size=2), strict=True)]
    pair = people(rng, t, bodies, gaits, manner.vigour)
    side, both = int(rng.uniform() < 0.6), bool(rng.uniform() < 0.3)
    hands = ((0, 1), (1, 0)) if both else ((side, 1 - side),)
    _strain(rng, pair, hands, heaves, joined, free, np.clip(manner.vigour, 0.85, 1.2))
    hold = [
        ease(t, joined - wait, joined) * (1.0 - ease(t, free, free + gone)) for wait, gone in ((0.7, 0.7), (0.5, 0.5))
    ]
    for sides in hands:
        _hold(rng, pair, sides, hold)
    return pair, {
        "manner": manner.name,
        "hand": "both" if both else SIDES[side],
        "takes": takes,
        "frees": frees,
        "heaves": len(heaves),
        "dragged": sum(drag for _, _, drag in heaves),
    }


def _plan(rng: np.random.Generator, start: float, end: float, tempo: float) -> list[Heave]:
    """Heaves with short rests; some are resisted, most gain ground, the last one surely."""
    heaves: list[Heave] = []
    while end - start > 1.2 or not heaves:
        over = min(start + rng.uniform(1.1, 1.9) / tempo, end)
        if end - over < 1.4:
            over = min(end, start + 2.4)
        drag = rng.uniform(0.3, 0.5) * (over - start) if rng.uniform() < 0.6 else 0.0
        heaves.append((start, over, drag))
        start = over + rng.uniform(0.15, 0.45)
    start, over, _ = heaves[-1]
    heaves[-1] = (start, over, max(rng.uniform(0.3, 0.45) * (over - start), 0.4))
    return heaves


def _paths(
    rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body], heaves: list[Heave], free: float
) -> list[Path]:
    """A goes backwards while pulling, B comes after; when B tears free both make a step back."""
    times = clock(t)
    gap = arms_gap(bodies) - rng.uniform(0.10, 0.14)
    stops, places = [times[0]], [0.0]
    for start, end, drag in heaves:
        stops += [start + 0.35, max(end, start + 1.0)]
        places += [places[-1], places[-1] - drag]
    axis = 0.25 * np.sin(rng.uniform(0.2, 0.5) * times + rng.uniform(-1.0, 1.0))
    axis = axis - axis[HERE]
    ahead, aside = direction(axis)[:, ::2], direction(axis, 0.0, 1.0)[:, ::2]
    # side by side a little, the outer feet in front, out of the way of the other's
    front = int(rng.integers(2))
    beside = -SIGN[front] * 0.12
    paths = []
    for who in (0, 1):
        late = rng.uniform(0.03, 0.07) * who
        along = keyed(times, [stop + late for stop in stops], places)
        recoil = rng.uniform(0.18, 0.30) * ease(times, free + 0.05, free + 0.6)
        along = along + (who * gap + (2 * who - 1) * recoil)
        spread = rng.uniform(0.07, 0.12) * bodies[who].scale
        stance = (spread, -spread) if front == 0 else (-spread, spread)
        ground = along[:, None] * ahead + who * beside * aside
        paths.append(Path(times, ground, axis + who * np.pi, stance, rng.uniform(0.1, 0.2)))
    return paths


def _strain(
    rng: np.random.Generator,
    pair: list[Performer],
    hands: tuple[tuple[int, int], ...],
    heaves: list[Heave],
    joined: float,
    free: float,
    vigour: float,
) -> None:
    """Both lean back on bent knees as far as their arms let them; every heave jerks B forward a little at first."""
    t = pair[0].t
    held = ease(t, joined - 0.1, joined + 0.4) * (1.0 - ease(t, free - 0.05, free + 0.5))
    pulls = [0.35 * held, 0.35 * held]
    for start, end, _ in heaves:
        react = rng.uniform(0.12, 0.22)
        for who, wait in ((0, 0.0), (1, react)):
            pull = pulse(t, start + wait, start + wait + 0.5, end - 0.05, end + 0.4 + wait)
            pulls[who] = np.maximum(pulls[who], held * pull)
        jerk = held * hump(t, start + 0.1, start + 0.75)
        pair[1].lean = pair[1].lean + 0.14 * vigour * jerk
        pair[1].nod = pair[1].nod - 0.12 * jerk
        # a moment's gathering before the pull
        gather = held * hump(t, start - 0.25, start + 0.3)
        pair[0].crouch = pair[0].crouch + 0.03 * gather
        pair[0].lean = pair[0].lean + 0.06 * gather
    slack = between(pair, hands[0])[0]
    for who, person in enumerate(pair):
        pull, shake = smooth(pulls[who], 2.0), wander(rng, t, 3, 1.0, 0.5, 1.5)
        twist = -SIGN[hands[0][who]] * rng.uniform(0.12, 0.25) * (len(hands) == 1)
        back = rng.uniform(0.9, 1.1) * pull
        person.shift = person.shift - 0.17 * back
        person.lean = person.lean - 0.28 * back
        person.crouch = person.crouch + 0.08 * back + 0.006 * shake[:, 0] * pull
        person.twist = person.twist + (twist + 0.04 * shake[:, 1]) * pull
        person.tilt = person.tilt + 0.03 * shake[:, 2] * pull
        person.nod = person.nod + 0.08 * pull
        for sides in hands:
            person.collars[sides[who], :, 1] += 0.22 * pull
    _keep_in_reach(pair, hands, slack, held > 0.5)


def _keep_in_reach(
    pair: list[Performer], hands: tuple[tuple[int, int], ...], slack: list[np.ndarray], held: np.ndarray
) -> None:
    """Lean less where the arms would have to be longer than they are while the flags `held` (T,) hold."""
    longest = STRETCHED * (pair[0].body.arm + pair[1].body.arm) + PALMS_APART
    before = distance(*slack)
    after = np.max([distance(*between(pair, sides)[0]) for sides in hands], axis=0)
    shares = (longest - before) / np.maximum(after - before, 1e-3)
    share = float(np.clip(shares, 0.2, 1.0)[held & (after > longest)].min(initial=1.0))
    for person in pair:
        person.shift, person.lean = share * person.shift, share * person.lean


def _hold(rng: np.random.Generator, pair: list[Performer], sides: tuple[int, int], weights: list[np.ndarray]) -> None:
    """A's hand has B's between them, as low as the stretched arms allow."""
    t = pair[0].t
    shoulders, middle, heading = between(pair, sides)
    arm = FARTHEST * min(person.body.arm for person in pair)
    half = distance(*shoulders) / 2 - PALMS_APART / 2
    low = 0.26 * (pair[0].body.scale + pair[1].body.scale) / 2
    middle[:, 1] -= np.minimum(low, 0.9 * np.sqrt(np.maximum(arm**2 - half**2, 0.0)))
    middle = smooth(middle, 2.0) + wander(rng, t, 3, 0.005, 0.5, 1.5)
    for who, (person, side) in enumerate(zip(pair, sides, strict=True)):
        towards, body, sign = heading + who * np.pi, person.gait.heading, SIGN[side]
        place = middle + direction(towards, -PALMS_APART / 2, 0.0, 0.02 * (1 - 2 * who))
        fingers = direction(towards, 1.0, -0.15 * sign, -0.1 - 0.1 * who)
        palm = direction(towards, 0.1, -0.7 * sign, -0.7 if who == 0 else 0.2)
        elbow = direction(body, -0.4, 0.45 * sign, -1.0)
        person.reaches.append(Reach(side, place, weights[who], fingers, palm, elbow, direction(body, 0.0, 0.07 * sign)))


def check(positions: np.ndarray) -> bool:
    """Hand in hand and face to face both lean back, arms stretched, and go the way of one of them."""
    return acting(positions) is not None


def acting(positions: np.ndarray) -> int | None:
    """Who pulls: the one towards whom they go."""
    pulling = _pulling(positions, 0) | _pulling(positions, 1)
    if not lasting(pulling, 0.3).any():
        return None
    first, last = np.flatnonzero(pulling)[[0, -1]]
    way = positions[:, last, 0, ::2] - positions[:, first, 0, ::2]
    gone = way.mean(0) @ normalise((positions[1] - positions[0])[first, 0, ::2])
    return int(gone > 0) if abs(gone) > 0.12 else None


def handed(positions: np.ndarray) -> str | None:
    """The hand that pulls."""
    return hand_of(positions, acting(positions), _pulling)


def _pulling(positions: np.ndarray, side: int) -> np.ndarray:
    """(T,) A's hand of `side` holds B's opposite one, arms stretched, and both lean away from each other."""
    joined = distance(positions[0][:, WRISTS[side]], positions[1][:, WRISTS[1 - side]]) < 0.16
    to = line_to(*positions)
    toes, neck = positions[:, :, TOES].mean(2), positions[:, :, JOINT["neck"]]
    back = np.sum((toes - neck) * np.stack([to, -to]), -1)
    return joined & facing(positions) & (back.min(0) > 0.14) & (back.sum(0) > 0.40)


def slots(parameters: dict) -> Slots:
    """Words for the hands, the taking, the way dragged and the end."""
    hand = parameters["hand"]
    return {
        "hand": ("", " with both hands") if hand == "both" else ("", f" with the {hand} hand"),
        "by": ("", " by both hands", " by the hands") if hand == "both" else ("", " by the hand", " by the arm"),
        "takes": ("",) if parameters["takes"] else (),
        "frees": ("",) if parameters["frees"] else (),
        "again": ("",) if parameters["heaves"] > 1 else (),
        "far": ("",) if parameters["dragged"] > 0.7 else (),
    }


TRAINING = (
    "{One} pulls {other}{by}{how}, who resists.",
    "{One} pulls {other}{by}{how} and {other} resists.",
    "{One} pulls at the hand of {other}{hand}{how}.",
    "{One} pulls {other}{by}{how}, who leans back.",
    "{One} grabs the hand of {other} and pulls{hand}{how}.{takes}",
    "{One} takes {other} by the arm and pulls{hand}{how}.{takes}",
    "{One} drags {other}{by}{how}.",
    "{One} drags {other} along{by}{how}, who doesn't want to come.",
    "{One} pulls {other} closer{how}, but {other} resists.",
    "{One} is pulling {other}{by}{how}.",
    "{One} pulls{hand}{how} and drags {other} a few steps.{far}",
    "{One} pulls again and again{how}, {other} holds back.{again}",
    "{One} walks backwards and pulls {other} along{by}{how}.",
    "{One} pulls {other}{how} until {other} breaks free.{frees}",
    "{Other} resists while {one} pulls{hand}{how}.",
    "{Other} leans back and resists as {one} pulls{by}{how}.",
    "{Other} is dragged along against the will, {one} pulling{by}{how}.",
    "{Other} tries not to be pulled away by {one}{how}.",
    "{Second} is pulled by {first}{by}{how} and resists.",
    "{Second} is pulled along{how} by {first}.",
    "{Second} gets dragged{by}{how} by {first}.",
    "{Second} struggles against the pull of {first}{how}.",
    "{Second} tears free from {first}, who has pulled{hand}{how}.{frees}",
    "{First} tries to pull {second} along{by}{how}.",
    "{First} pulls hard{hand}, and {second} digs in the heels.",
    "Two people hold hands: {one} pulls{how}, {other} resists.",
    "Two people: {one} pulls {other}{by}{how}.",
    "They struggle, {one} pulling {other}{by}{how}.",
    "A pull: {one} leans back and drags {other} along{by}{how}.",
    "{One} yanks {other} along{by}.",
    "{One} hauls {other} off{by}{how}.",
    "{One} tows {other}{by}{how}.",
    "{Second} is towed{by} by {first}.",
    "{Second} gets hauled away by {first}{how}.",
    "{First} heaves{hand}, {second} won't budge willingly.",
    "{Other} balks, {one} tugs{hand}.",
    "Someone lugs an unwilling partner along{how}.",
    "Hauling a stubborn person along{how}.",
    "A one-sided tug of war.",
    "Taking somebody along by force.",
    "Someone tugs, somebody strains back.",
    "Forced to come along.",
    "{One} jerks at the arm of {other}, who strains the opposite way.",
    "{One} hauls {other} along{by}{how} in spite of the resistance.",
    "{Second} hangs back with the whole body weight while {first} tugs{hand}{how}.",
    "{Second} is unwilling to follow, so {first} hauls{hand}{how}.",
    "{First} wants to get going and tows {second} along{by}{how}.",
    "{One} tries{how} to get {other} to come along{by}, against some resistance.",
    "{Other} puts on the brakes as {one} heaves{hand}{how}.",
    "{Second} is wrenched forward a few steps by {first} and fights it.",
    "{First} makes {second} come along by sheer force{how}.",
    "A child hauls an unwilling parent along by the hand{how}.",
    "A police officer{how} hauls off a suspect, who struggles.",
    "Show someone tugging at a person who would rather stay.",
    "Make one person haul the other along, leaning against the weight.",
    "{One} has {other} by the hand and{how} hauls, like a fisherman reeling in a fish that fights back.",
    "{One} is in a mood to leave and{how} tugs, but {other} leans the opposite way like a mule on a rope.",
    "{Second} would much rather stay here, yet the feet scrape over the floor as {first} hauls{hand}{how}.",
    "{Second} throws the upper body back to stay in place, but is drawn along{how} by {first}.",
    "{First} hangs on to the hand and heaves like someone with a heavy sack, and {second} gives way only step by step.",
    "{Other} refuses to come and braces the legs, so {one} goes on tugging{hand}{how} and wins a few steps.",
    "{Second} feels the arm being stretched out and leans away, but {first} draws{hand}{how} and gains ground.",
    '{One} says "Come with me!" and tugs{hand}{how}, while {other} sets the feet against it and slides along.',
    "A bouncer removes a troublemaker from the club, hauling at the hand while the guest resists and is "
    "moved all the same.",
    "Someone tries to get a friend onto the dance floor by the hand, but the friend leans back and has to be dragged.",
    "A kid at the toy store tugs at the hand of a grown-up{how}, who hangs back and still loses a few steps.",
    "Animate a character who hauls another one away by the hand; the victim leans back, fights it and "
    "gets carried along.",
    "The arm between them is stretched tight: one wants to go and heaves{how}, the other one wants to "
    "stay and does not come unless forced.",
)
TEST = (
    "{One} tugs at {other}{by}{how}.",
    "{One} hauls {other} along{by}{how}.",
    "{One} yanks {other}{by}{how}, and {other} holds back.",
    "{Other} refuses to come along, so {one} pulls{hand}{how}.",
    "{Second} is tugged{by}{how} by {first}.",
    "{Second} is drawn forward{how} by {first} despite leaning back.",
    "A tug of war by hand, won by {first}.",
    "Someone drags a reluctant partner along{by}{how}.",
)

FAMILY = Family(
    "One person pulls the other, who resists.", perform, Wordings(TRAINING, TEST, slots), check, handed, acting, 2.2
)
