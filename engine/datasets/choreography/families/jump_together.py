"""Two people jump together: they look at each other, swing the arms and go up at the same time, once or more."""

import numpy as np

from ..arms import Reach
from ..body import SIGN, Body
from ..curves import pulse
from ..gait import Route
from ..gestures import converse
from ..jump import ABSORB, DIP, RECOVER, RISE, cycle, flight_time, jump
from ..limbs import direction
from ..observe import in_air
from ..person import Performer
from ..scene import Family, draw_manner, draw_stance, meet, performers, share_out
from ..texts import Slots, Wordings, approach_slots


def perform(rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body]) -> tuple[list[Performer], dict]:
    """Meet or stand side by side, jump in step a few times, chat in what time is left."""
    manner = draw_manner(rng, t[-1], ("energetic", "gentle", "friendly"))
    height = float(rng.uniform(0.13, 0.24) * np.clip(manner.vigour, 0.75, 1.3))
    beside = bool(rng.uniform() < 0.35)
    once, again = DIP + RISE + flight_time(height) + ABSORB + 0.6 * RECOVER, cycle(height)
    if beside:
        routes, begin, walks = _side_by_side(rng), 0.05, "beside"
    else:
        meeting = meet(rng, bodies, rng.uniform(0.85, 1.4), t[-1] - once - 0.2, manner.tempo)
        routes, begin, walks = meeting.routes, max(meeting.arrive - 0.1, 0.05), meeting.walks
    room = t[-1] - begin - once
    times = int(min(rng.integers(1, 9), 1 + max(room - 0.1, 0.0) / again))
    before, _ = share_out(rng, room - (times - 1) * again - 0.1, (1.0, 2.0))
    first = begin + before + DIP + RISE
    pair = performers(rng, t, bodies, routes, manner.vigour)
    _jump_in_time(rng, pair, first, height, times)
    for start, end in ((begin, first - DIP - RISE - 0.2), (first + times * again + 0.2, t[-1] + 0.5)):
        if end - start > 1.2:
            converse(rng, pair, start, end, int(rng.integers(2)))
    return pair, {"manner": manner.name, "walks": walks, "times": times}


def _side_by_side(rng: np.random.Generator) -> list[Route]:
    """A at the origin, B to the left or right, both turned a little to each other."""
    side, turned = float(rng.choice([-1.0, 1.0])), rng.uniform(0.15, 0.45)
    places = ((0.0, 0.0), (side * rng.uniform(0.85, 1.3), rng.uniform(-0.1, 0.1)))
    return [
        Route(place, sign * turned * side, (), draw_stance(rng), rng.uniform(0.05, 0.18))
        for place, sign in zip(places, (1.0, -1.0), strict=True)
    ]


def _jump_in_time(rng: np.random.Generator, pair: list[Performer], first: float, height: float, times: int) -> None:
    """Both jump together; the small differences between two people are their own."""
    hands_up = bool(rng.uniform() < 0.5)
    for person in pair:
        own, late = height * rng.uniform(0.93, 1.07), rng.uniform(0.0, 0.05)
        takeoffs = [first + late + count * cycle(height) for count in range(times)]
        jump(person, takeoffs, own, 0.13 * person.body.scale * rng.uniform(0.85, 1.15), rng.uniform(0.05, 0.13))
        _swing_arms(rng, person, takeoffs, flight_time(own), hands_up)


def _swing_arms(rng: np.random.Generator, person: Performer, takeoffs: list[float], air: float, up: bool) -> None:
    """Arms go back in the dip, then up with the body, above the head or to the chest, and sink after the landing."""
    t, heading, size = person.t, person.gait.heading, person.body.arm
    shoulders = person.trunk()[0][:, 16:18]
    top = (0.30, rng.uniform(0.2, 0.4), 0.86) if up else (0.74, rng.uniform(0.25, 0.45), rng.uniform(-0.15, 0.2))
    for side, sign in enumerate(SIGN):
        back, high = 0.0 * t, 0.0 * t
        for takeoff in takeoffs:
            back = np.maximum(back, pulse(t, takeoff - RISE - DIP, takeoff - RISE, takeoff - RISE, takeoff + 0.1))
            high = np.maximum(
                high, pulse(t, takeoff - 0.9 * RISE, takeoff + 0.6 * air, takeoff + 0.6 * air, takeoff + air + 0.3)
            )
        for place, weight, fingers, elbow in (
            ((-0.45, 0.18, -0.84), back, (-0.4, 0.1, -0.9), (-1.0, 0.25, 0.3)),
            (top, high, (0.4, 0.15, 0.9), (-0.6, 0.9, -0.4)),
        ):
            person.reaches.append(
                Reach(
                    side,
                    shoulders[:, side] + size * direction(heading, place[0], place[1] * sign, place[2]),
                    0.92 * weight,
                    direction(heading, fingers[0], fingers[1] * sign, fingers[2]),
                    direction(heading, 0.2, -sign, -0.2),
                    direction(heading, elbow[0], elbow[1] * sign, elbow[2]),
                    direction(heading, 0.12, 0.08 * sign),
                )
            )


def check(positions: np.ndarray) -> bool:
    """Both are in the air at the same time."""
    return bool((in_air(positions[0]) & in_air(positions[1])).any())


def slots(parameters: dict) -> Slots:
    """Words for how often they jump and where they stand."""
    times = parameters["times"]
    often = {1: ("", " once"), 2: ("", " twice", " two times"), 3: ("", " three times", " several times")}
    return approach_slots(parameters["walks"]) | {
        "often": often.get(times, ("", " several times", " again and again")),
        "once": ("",) if times == 1 else (),
        "many": ("",) if times > 2 else (),
        "beside": ("",) if parameters["walks"] == "beside" else (),
        "facing": ("",) if parameters["walks"] != "beside" else (),
    }


TRAINING = (
    "Two people{walking} jump together{often}{how}.",
    "Two people jump{often} at the same time{how}.",
    "Two people{walking} jump up and down together{how}.{many}",
    "They{walking} jump together{often}{how}.",
    "They jump in the air at the same time{how}.",
    "Both people jump{often}{how}.",
    "Two people jump up{often}{how} in step with each other.",
    "Two people jump for joy{how}.",
    "The two{walking} jump up at the same moment{how}.",
    "Two friends{walking} jump together{often}{how}.",
    "Two people leap into the air together{how}.",
    "The two people leap up{often} side by side{how}.{beside}",
    "Two people standing side by side jump{often}{how}.{beside}",
    "Two people face each other and jump{often}{how}.{facing}",
    "Face to face, two people jump up{often}{how}.{facing}",
    "Two people hop up and down in excitement{how}.{many}",
    "Two people keep jumping together{how}.{many}",
    "They jump and jump again, both at once{how}.{many}",
    "Two people make one jump together{how}.{once}",
    "A jump, both at the same time{how}.{once}",
    "One person jumps{often} and the other jumps along{how}.",
    "A person jumps{often} together with another person{how}.",
    "The first person and the second person jump at the same time{how}.",
    "Person A and person B jump together{often}{how}.",
    "Two people bend their knees and jump{often}{how}.",
    "Two people celebrate by jumping{often}{how}.",
    "Two people swing their arms and jump into the air{how}.",
    "Jumping together{how}.",
    "Two people hop{often}{how}.",
    "Both leap{often}{how}.",
    "Synchronized jumping{how}.",
    "Two kids bouncing{how}.{many}",
    "Springing up in unison{how}.",
    "Leap together now.",
    "They bounce in sync.{many}",
    "A joint leap.{once}",
    "Up they go, both together.",
    "Two athletes hopping{often}{how}.",
    "A team hop.{once}",
    "Ready, steady, up you go, both.",
    "A duo leaping in sync{how}.",
    "Two people spring off the floor simultaneously{how}.",
    "Their feet leave the ground at the same instant{how}.",
    "Two cheerleaders leap up{often} in perfect time{how}.",
    "A pair of dancers{walking} bound into the air together{how}.",
    "Make both characters hop{often} in sync{how}.",
    "Two fans bounce up and down at a concert{how}.{many}",
    "Shoulder to shoulder, the pair takes off from the floor{how}.{beside}",
    "Opposite each other, two kids hop{often}{how}.{facing}",
    "{One} springs up{often}{how} and {other} does so simultaneously.",
    "On an unspoken count of three, both spring upward.",
    "Two gymnasts launch themselves upward in unison{how}.",
    "Two brothers hop on the spot like kangaroos.{many}",
    "One glance at each other, then the two bound upward{how}.",
    "Two students do a single hop in sync{how}.{once}",
    "Two teammates see the winning score on the board and leap off the ground together{how}.",
    "After a look at each other they swing their arms and shoot up off the floor.",
    "They dip, throw the arms upward, push off and are in the air at the same moment{how}.",
    "Two children on an imaginary trampoline go up and come down in the same rhythm{how}.{many}",
    "Show a pair of friends who check each other's timing and then take off simultaneously{how}.",
    "As a warm-up in gym class, two pupils hop{often} in exactly the same rhythm{how}.",
    "Just the one hop: both dip, both take off, both land, and that is all.{once}",
    "Two lottery winners cannot stand still and keep bouncing on the spot like rubber balls.{many}",
    "{First} catches the eye of {second}, they wind up with their arms and both lift off{how}.",
    "Standing opposite one another, they load up their legs and rise off the floor in the same instant.{facing}",
    "Next to one another, arms swinging, the two of them bound up{often} as though tied together.{beside}",
    "Picture two volleyball players who take off from the floor at the very same moment.",
    "The goal is in, and on the stands two supporters spring off their feet as one.",
)
TEST = (
    "A pair of friends spring into the air{often}{how}.",
    "The two of them bounce up and down{how}.{many}",
    "Both leave the ground at once{how}.",
    "Overjoyed, two people jump up{often}{how}.",
    "Two people do a synchronised jump{how}.",
    "Someone jumps{often} and the partner does the same at that moment{how}.",
    "Two kids leap{often} with delight{how}.",
    "Side by side, both spring up{how}.{beside}",
)

FAMILY = Family("Two people jump together.", perform, Wordings(TRAINING, TEST, slots), check, airborne=True)
