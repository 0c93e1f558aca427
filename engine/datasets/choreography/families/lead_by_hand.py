"""One person leads the other by the hand: the leader walks ahead with a hand held back, the other follows."""

import numpy as np

from ....rotations import normalise
from ..arms import Reach
from ..body import SIDES, SIGN, Body
from ..curves import ease, pulse, smooth, wander
from ..gait import Path
from ..limbs import direction
from ..observe import WRISTS, common_velocity, distance, looks_at, one_hand
from ..paths import HERE, behind, beside, clock, course, follow, pace, steer, wind
from ..person import Performer
from ..scene import Family, draw_manner, draw_stance, people
from ..texts import Slots, Wordings

WRISTS_APART = 0.09  # metres, when the hands hold each other


def perform(rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body]) -> tuple[list[Performer], dict]:
    """Take the other's hand, or have it already, and walk ahead; perhaps stop, hand in hand still."""
    manner = draw_manner(rng, t[-1], ("slow", "fast", "gentle"))
    side = int(rng.uniform() < 0.5)
    roomy = t[-1] > 3.2
    takes, stops = (bool(roomy and rng.uniform() < chance) for chance in (0.55, 0.35))
    joined = rng.uniform(0.7, 1.1) if takes else -1.0
    size = min(body.scale for body in bodies) ** 0.5
    speed = rng.uniform(0.85, 1.1) * np.clip(manner.tempo, 0.75, 1.25) * size
    begin = joined + rng.uniform(0.0, 0.2) if takes else -3.0
    end = t[-1] - rng.uniform(0.2, 0.25 * t[-1]) if stops else 1e3
    paths, turn = _paths(rng, t, bodies, speed, (begin, end), side)
    leads = rng.integers(2, size=2)
    gaits = [follow(t, *each) for each in zip(bodies, paths, leads, strict=True)]
    pair = people(rng, t, bodies, gaits, manner.vigour)
    _look(rng, pair, takes)
    _hold_hands(rng, pair, side, ease(t, joined - 0.75, joined))
    return pair, {"manner": manner.name, "hand": SIDES[side], "takes": takes, "stops": stops, "turn": turn}


def _paths(
    rng: np.random.Generator,
    t: np.ndarray,
    bodies: tuple[Body, Body],
    speed: float,
    walking: tuple[float, float],
    side: int,
) -> tuple[list[Path], str]:
    """The leader's way, and the follower's a little behind and towards the hand."""
    times = clock(t)
    curve = rng.uniform(-0.08, 0.08) if rng.uniform() < 0.6 else rng.choice([-1, 1]) * rng.uniform(0.14, 0.28)
    going = pace(times, speed, *walking, rng.uniform(0.7, 1.0), rng.uniform(0.7, 1.0))
    going = going * (1.0 + wander(rng, times, 1, 0.03, 0.1, 0.3)[:, 0])
    heading = wind(rng, going, curve)
    way = steer(going, heading)
    gap = 0.60 * (bodies[0].arm + bodies[1].arm) + rng.uniform(0.0, 0.05)
    # whoever is led starts when the arms are stretched and comes a little closer at the end
    stretched = (
        0.10 * ease(times, walking[0], walking[0] + 0.9) * (1.0 - ease(times, walking[1] - 0.6, walking[1] + 0.5))
    )
    gap = gap - 0.06 + stretched + wander(rng, times, 1, 0.015, 0.1, 0.3)[:, 0]
    place, led_heading = behind(way, heading, gap)
    place = beside(place, led_heading, np.full(len(times), SIGN[side] * rng.uniform(0.2, 0.32)))
    paths = [
        Path(times, ground - way[HERE], course(ground, yaw), draw_stance(rng), rng.uniform(0.05, 0.14))
        for ground, yaw in ((way, heading), (place, led_heading))
    ]
    return paths, ("left" if curve > 0.1 else "right" if curve < -0.1 else "on")


def _look(rng: np.random.Generator, pair: list[Performer], takes: bool) -> None:
    """The leader looks ahead and back at times, the other at the leader and ahead."""
    t = pair[0].t
    for who, (person, other) in enumerate(zip(pair, pair[::-1], strict=True)):
        far = person.eyes + 5.0 * direction(person.gait.heading + wander(rng, t, 1, 0.08)[:, 0], 1.0, 0.0, -0.1)
        share = pulse(t, -0.5, 0.0, 0.9, 1.4) if takes or who else 0.0 * t
        at = rng.uniform(0.3, 2.0) + 1.4 * takes
        while at < t[-1]:
            hold = rng.uniform(0.3, 0.7) + who * rng.uniform(0.2, 1.0)
            share = np.maximum(share, pulse(t, at, at + 0.4, at + 0.4 + hold, at + 0.9 + hold))
            at += 1.0 + hold + rng.uniform(0.5, 2.5)
        person.gaze = far + smooth(share, 2.0)[:, None] * (other.eyes - far)


def _hold_hands(rng: np.random.Generator, pair: list[Performer], side: int, weight: np.ndarray) -> None:
    """The leader's hand of `side` and the follower's other one meet between their shoulders, low."""
    leader, led = pair
    leader.twist = SIGN[side] * rng.uniform(0.15, 0.3) * weight
    leader.collars[side, :, 1] = -0.2 * weight
    led.twist = SIGN[side] * rng.uniform(0.05, 0.15) * weight
    led.collars[1 - side, :, 1] = 0.25 * weight
    sides = (side, 1 - side)
    shoulders = [person.trunk()[0][:, 16 + each] for person, each in zip(pair, sides, strict=True)]
    middle = (shoulders[0] + shoulders[1]) / 2
    # as low as both arms can reach
    low = rng.uniform(0.62, 0.72)
    middle[:, 1] = np.max([s[:, 1] - low * person.body.arm for s, person in zip(shoulders, pair, strict=True)], axis=0)
    middle = smooth(middle, 2.0) + wander(rng, leader.t, 3, 0.006, 0.4, 1.2)
    to = shoulders[0] - shoulders[1]
    heading = np.arctan2(to[:, 0], to[:, 2])
    for who, (person, each) in enumerate(zip(pair, sides, strict=True)):
        towards = heading + (1 - who) * np.pi
        own = person.gait.heading
        person.reaches.append(
            Reach(
                each,
                middle + direction(towards, -WRISTS_APART / 2, 0.0, 0.015 * (1 - 2 * who)),
                weight,
                direction(towards, 1.0, 0.0, -0.55 - 0.2 * who),
                direction(own, -0.25, -SIGN[each], 0.0),
                direction(own, -0.6 - 0.2 * who, 0.5 * SIGN[each], -0.4),
                direction(own, 0.0, 0.08 * SIGN[each], 0.04),
            )
        )


def check(positions: np.ndarray) -> bool:
    """Hand in hand for most of the time, one walking ahead of the other."""
    return _leading(positions) is not None


def acting(positions: np.ndarray) -> int | None:
    """Who leads."""
    leading = _leading(positions)
    return None if leading is None else leading[0]


def handed(positions: np.ndarray) -> str | None:
    """The hand by which the leader leads."""
    leading = _leading(positions)
    return None if leading is None else leading[1]


def _leading(positions: np.ndarray) -> tuple[int, str | None] | None:
    """Who leads and by which own hand; None if nobody does."""
    velocity = common_velocity(positions)
    walking = np.linalg.norm(velocity, axis=-1) > 0.35
    if walking.sum() < max(0.35 * len(walking), 20):
        return None
    ahead = np.sum((positions[0] - positions[1])[walking, 0, ::2] * normalise(velocity[walking]), axis=-1)
    if abs(np.median(ahead)) < 0.3:
        return None
    who = int(np.median(ahead) < 0)
    if looks_at(positions[who], positions[1 - who])[walking].mean() > 0.3:
        return None
    held = [
        np.mean(distance(positions[who][walking, mine], positions[1 - who][walking, yours]) < 0.18)
        for mine, yours in zip(WRISTS, WRISTS[::-1], strict=True)
    ]
    return (who, one_hand([share > 0.7 for share in held])) if max(held) > 0.7 else None


def slots(parameters: dict) -> Slots:
    """Words for the leader's hand, the way, its start and its end."""
    hand, turn = parameters["hand"], parameters["turn"]
    return {
        "with_hand": ("", f" with the {hand} hand"),
        "hand": (hand,),
        "round": ("", " in a curve", f" in a curve to the {turn}") if turn != "on" else ("",),
        "takes": ("",) if parameters["takes"] else (),
        "stops": ("",) if parameters["stops"] else (),
    }


TRAINING = (
    "{One} leads {other} by the hand{how}.",
    "{One} leads {other} by the hand{round}{how}.",
    "{One} leads {other} along by the hand{how}.",
    "{One} walks ahead and leads {other} by the hand{how}.",
    "{One} takes {other} by the hand and leads the way{how}.{takes}",
    "{One} takes the hand of {other} and walks off{how}, {other} following.{takes}",
    "{One} reaches back, takes the hand of {other} and leads on{round}.{takes}",
    "{One} guides {other} by the hand{how}{round}.",
    "{One} holds the hand of {other} and walks in front{how}.",
    "{One} pulls {other} along by the hand{how}.",
    "{One} draws {other} along by the hand{round}{how}.",
    "{One} is leading {other} by the hand{how}.",
    "{One} walks in front{with_hand} holding the hand of {other}.",
    "{One} leads {other} with the {hand} hand{how}.",
    "{One} leads {other} by the hand{how} and then stops.{stops}",
    "{One} brings {other} along by the hand{round} until they stop.{stops}",
    "{Other} follows {one}, led by the hand{how}.",
    "{Other} walks behind {one}, who holds the hand{how}.",
    "{Other} lets {one} lead by the hand{how}.",
    "{Second} is led by the hand by {first}{how}.",
    "{Second} is led along{round} by {first}, hand in hand.",
    "{Second} follows {first} hand in hand{how}.",
    "{Second} is guided by the hand of {first}{how}.",
    "{First} shows {second} the way, holding hands{how}.",
    "{First} goes ahead, hand in hand with {second}{how}.",
    "Two people walk hand in hand, {one} leading {other}{how}.",
    "Hand in hand, {one} leads and {other} follows{how}{round}.",
    "They hold hands and {one} leads the way{how}.",
    "{One} tows {other} along{how}.",
    "Leading someone by the hand{how}.",
    "{One} has {other} in tow{how}.",
    "Take my hand and follow{how}.",
    "{Second} trails behind, hand held by {first}.",
    "Guiding a blind man{with_hand}{how}.",
    "{One} shepherds {other}{round}, hand in hand.",
    "{Second} is towed by {first}'s hand{how}.",
    "Follow me, holding hands{how}.",
    "Hand in hand, one ahead.",
    "Ushering a guest by the hand{how}.",
    "A mother, her child in tow.",
    "{One} steers {other} with the {hand} hand{how}, walking in front.",
    "{First} is in front, {second} behind, their hands joined{how}.",
    "{Second} comes along behind {first}, hands clasped{how}.",
    "{First} takes the lead{round}{how}, {second} on the outstretched hand.",
    "{Second} tags along after {first}, holding hands{how}.",
    "{One} grabs {other} by the hand and heads off{how}.{takes}",
    "{One} clasps the hand of {other} and sets off in front.{takes}",
    "A tour guide takes a shy guest along by the hand{how}.",
    "Make one character tow another along{with_hand}{round}.",
    "A nurse guides a patient{with_hand}{how}, walking ahead.",
    "A child drags its father along by the hand{how}.",
    "{One} ushers {other} by the hand{round} and comes to a halt.{stops}",
    "{One} escorts {other}{round} with the {hand} hand, one behind the other.",
    "{One} walks in front with the {hand} arm trailing back, and {other} holds on to the hand and follows{how}.",
    "Through the crowd {one} makes a path{how}, an arm stretched back to keep hold of {other}.",
    "{Second} does not know the way, so {first} goes ahead{round} with a hand held back to hold on to.",
    "{One} shows {other} where to go{how}, walking in front and not letting go of the hand.",
    "{Second} steps along in the tracks of {first}, the two of them linked by their hands{how}.",
    "With the {hand} hand stretched out behind, {first} walks{round}{how}, and {second} comes after, holding it.",
    "{Second} is brought along like a child by {first}, who walks in front and keeps hold of the hand.",
    "A girl wants to show her friend a surprise and takes her along by the hand{round}{how}.",
    "In the dark cave the guide walks first and holds the hand of the visitor behind{how}.",
    "Two lovers steal away{round}{how}, the girl in front, the boy behind, their hands linked.",
    "Animate a big sister bringing her little brother along by the hand{round}; he walks behind her.",
    "A firefighter takes a survivor to safety by the hand, going in front so that the other can follow.",
    "One dancer moves off{round}{how}, a hand held back, and the partner on that hand follows.",
)
TEST = (
    "{One} tows {other} along by the hand{how}.",
    "{One} conducts {other} by the hand{round}{how}.",
    "{One} has {other} by the hand and goes first{how}.",
    "{Other} trails behind, holding the hand of {one}{how}.",
    "{Second} gets taken along by the hand by {first}{how}.",
    "{First} steers {second} by the hand{round}.",
    "With hands joined, {one} walks in front of {other}{how}.",
    "Holding hands, they walk one behind the other, {one} first{how}.",
)

FAMILY = Family(
    "One person leads the other by the hand.", perform, Wordings(TRAINING, TEST, slots), check, handed, acting
)
