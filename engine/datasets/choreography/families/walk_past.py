"""Two people walk past each other on parallel lanes, perhaps glancing at each other."""

from dataclasses import replace

import numpy as np

from ....rotations import normalise
from ....skeleton import JOINT
from ..body import Body
from ..curves import FPS, pulse, wander
from ..gait import Route, Walk
from ..gestures import shift_weight
from ..limbs import direction
from ..observe import apart, facing
from ..person import Performer
from ..scene import Family, Manner, draw_manner, draw_stance, performers, share_out
from ..texts import Slots, Wordings


def perform(rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body]) -> tuple[list[Performer], dict]:
    """Walk on two lanes in opposite directions; the middle of the walk is where they pass."""
    manner = draw_manner(rng, t[-1], ("slow", "fast"))
    strolling = 0.85 if t[-1] > 6.0 else 1.0
    speeds = strolling * 1.05 * manner.tempo * rng.uniform(0.9, 1.15, 2)
    walking = min(t[-1], max(rng.uniform(2.0, 3.2), t[-1] * rng.uniform(0.5, 0.75)))
    before, after = share_out(rng, t[-1] - walking, (1.0, 1.0))
    # whoever does not stop for the start or the end of the clip is walking already, and walks on
    start = -1.2 if before < 0.3 else before
    end = t[-1] + 1.2 if after < 0.3 else before + walking
    meet_at = before + walking * rng.uniform(0.45, 0.55)
    passing = "right" if rng.uniform() < 0.6 else "left"
    lane = (rng.uniform(0.67, 0.92) + 0.1 * (bodies[0].scale + bodies[1].scale - 2)) * (1 if passing == "right" else -1)
    routes = _routes(rng, bodies, speeds, (start, end), meet_at, lane, manner)
    pair = performers(rng, t, bodies, routes, manner.vigour)
    glance = ("both", "A", "none")[int(rng.choice(3, p=[0.45, 0.2, 0.35]))]
    for who, (person, other) in enumerate(zip(pair, pair[::-1], strict=True)):
        standing = 1.0 - pulse(t, start - 0.5, start + 0.3, end - 0.3, end + 0.5)
        around = wander(rng, t, 1, 0.05)[:, 0] + standing * wander(rng, t, 1, 0.35, 0.1, 0.3)[:, 0]
        far = person.eyes + 4.0 * direction(routes[who].heading + around, 1.0, 0.0, -0.08)
        looks = 0.0 if glance == "none" or (glance == "A" and who) else 1.0
        leave = meet_at - 0.05 + rng.uniform(0.0, 0.15)
        share = looks * pulse(t, leave - 1.1, leave - 0.7, leave, leave + 0.6)[:, None]
        person.gaze = far + share * (other.eyes - far)
        shift_weight(rng, person, 0.0, start)
        shift_weight(rng, person, end + 0.2, t[-1] + 1.0)
        person.trunk()
    return pair, {"manner": manner.name, "side": passing, "glance": glance, "stops": end < t[-1] - 0.4}


def _routes(
    rng: np.random.Generator,
    bodies: tuple[Body, Body],
    speeds: np.ndarray,
    times: tuple[float, float],
    meet_at: float,
    lane: float,
    manner: Manner,
) -> list[Route]:
    """Lanes along Z, A at x = 0 going +Z and B at x = `lane` coming towards; both at one height at `meet_at`."""
    start, end = times
    routes = []
    for who, (body, speed) in enumerate(zip(bodies, speeds, strict=True)):
        period = 0.52 * (0.75 + 0.25 * body.scale) / manner.tempo**0.5
        steps = max(int(round((end - start) / period)), 2)
        first, last = start + rng.uniform(0.0, 0.12), end - rng.uniform(0.0, 0.12)
        ramp = min(0.55, 0.4 * (last - first))
        length = speed * (last - first - ramp)
        heading = who * np.pi + rng.uniform(-0.03, 0.03)
        to = length * np.array([np.sin(heading), np.cos(heading)])
        walk = Walk(first, last, tuple(to), heading, steps, int(rng.integers(2)), ramp, ramp, draw_stance(rng))
        route = Route((0.0, 0.0), heading, (walk,), draw_stance(rng), rng.uniform(0.04, 0.14))
        routes.append(_moved(route, np.array([who * lane, 0.0]) - route.at(meet_at)[0]))
    # A begins the clip at the origin
    here = routes[0].at(0.0)[0]
    return [_moved(route, -here) for route in routes]


def _moved(route: Route, by: np.ndarray) -> Route:
    walks = tuple(replace(walk, to=tuple(np.array(walk.to) + by)) for walk in route.walks)
    return replace(route, start=tuple(np.array(route.start) + by), walks=walks)


def check(positions: np.ndarray) -> bool:
    """Both go straight on in opposite directions and change sides, never nearer than 30 cm."""
    pelvis = positions[:, :, JOINT["pelvis"], ::2]
    order = (pelvis[1] - pelvis[0]) @ normalise(pelvis[1, 0] - pelvis[0, 0])
    gone = pelvis[:, -1] - pelvis[:, 0]
    lengths = np.linalg.norm(np.diff(pelvis, axis=1), axis=-1).sum(1)
    # short clips leave less way to go
    least = np.maximum(min(1.0, 0.4 * len(order) / FPS), 0.8 * lengths)
    backs = not facing(positions, 75.0)[-1]
    straight = (np.linalg.norm(gone, axis=-1) > least).all() and gone[0] @ gone[1] < 0
    return bool(order[-1] < -0.1 and apart(positions).min() > 0.3 and straight and backs)


def slots(parameters: dict) -> Slots:
    """Words for the side on which they pass and the glances."""
    side, glance = parameters["side"], parameters["glance"]
    return {
        "side": ("", f", each keeping to the {side}"),
        "on_side": ("", f" on the {side}"),
        "glance": ("", ", glancing at each other") if glance == "both" else ("",),
        "mutual": ("",) if glance == "both" else (),
        "one_looks": ("",) if glance == "A" else (),
        "ignored": ("",) if glance == "none" else (),
        "stops": ("",) if parameters["stops"] else (),
        "goes_on": () if parameters["stops"] else ("",),
        "hasty": ("",) if parameters["manner"] == "fast" else (),
        "leisurely": ("",) if parameters["manner"] == "slow" else (),
        "ignoring": ("", " without looking at each other") if glance == "none" else ("",),
    }


TRAINING = (
    "Two people walk past each other{ignoring}{how}{side}.",
    "Two people walk by each other{how}{side}{glance}.",
    "They walk past each other{how}{glance}.",
    "The two pass each other{on_side}{how}{ignoring}.",
    "One person walks past the other{how}.",
    "A person walks{how} past another person who comes the other way{side}.",
    "Two people coming from opposite directions walk past one another{how}{side}.",
    "One person walks past the other{how} and looks over.{one_looks}",
    "Two people pass each other{on_side}{how} and exchange a glance.{mutual}",
    "Two strangers walk past each other{ignoring}{how}.",
    "Two people walk towards each other{how} and pass{on_side}.",
    "The first person walks forward{how} and the second one comes by in the opposite direction.",
    "Both people walk straight on{how} and pass each other{on_side}.",
    "Two people cross paths while walking{how}{glance}.",
    "One walks by the other{how}{side}.",
    "People walking in opposite directions pass each other{how}{ignoring}.",
    "Two people walk towards each other{how} but do not meet{glance}.",
    "Two people walk past each other as if the other was not there{how}.{ignored}",
    "Two people ignore each other as they walk by{how}.{ignored}",
    "Two people pass and give each other a look{how}.{mutual}",
    "Two people walk past each other{how}, go a few steps further and stop.{stops}",
    "Two people pass each other{how} and keep going.{goes_on}",
    "Two people hurry past each other.{hasty}",
    "Two people stroll past each other.{leisurely}",
    "People passing in the street{how}.",
    "Walk past each other{how}{side}.",
    "One comes from the left and one from the right, and they walk past each other{how}.",
    "The second person walks towards the first one{how} and goes past{on_side}.",
    "Two passers-by.",
    "Pedestrians going opposite ways{how}.",
    "Crossing paths on the pavement{how}.",
    "Like ships in the night.",
    "Opposite ways, parallel lanes{how}.",
    "Two commuters passing{on_side}{how}.",
    "An encounter in passing{how}.",
    "They go by one another{how}.",
    "Oncoming pedestrian, no contact.",
    "Passing by{ignoring}{how}.",
    "Sidewalk traffic, two people{how}.",
    "Each goes on past{how}.",
    "Two people slip by one another.",
    "Going separate ways, two people pass in the corridor{how}.",
    "Two colleagues meet in the hallway and go straight on{how}.",
    "Two pedestrians come from opposite ends of the street{how}{side}.",
    "They approach, draw level and move apart again{how}{glance}.",
    "Two lives cross for a moment on the footpath{glance}.",
    "Shoulders level for an instant, then each is gone.",
    "Two neighbours trade a look on the way by{how}.{mutual}",
    "One pedestrian eyes the other in passing{how}.{one_looks}",
    "Neither takes notice as they go by{how}.{ignored}",
    "Have two characters cross in a corridor{side}.",
    "Two people rush by in opposite directions.{hasty}",
    "Two idlers saunter by one another in the park.{leisurely}",
    "They use parallel lanes in opposite directions{how}{side}.",
    "Two extras move across the background, one from either side.",
    "Two people start at opposite ends, go straight ahead and leave one another behind{how}{glance}.",
    "A street scene: one pedestrian heads up the road, the other heads down it, and their lanes are parallel.",
    "On a narrow pavement two people come face to face, but there is room for both to get by.",
    "Animate two bystanders who head towards one another on separate tracks and simply continue on their way.",
    "Each of the two keeps to a line of their own{how}, so they come level and then back to back{glance}.",
    "Two office workers on their way to different meetings go by one another in the hall{how}{side}{glance}.",
    "Two shoppers move in contrary directions along the same street, and one leaves the other behind{on_side}.",
    "For a second the two are level with one another{how}, then the distance between them grows again.",
    "One is heading home and the other is heading to work, and halfway down the street they go by each other.",
    "Two people meet head-on but on different lanes{side}, and neither of them leaves the straight line.",
    "A traveller leaves the platform while another one arrives{how}, and they get by each other{on_side} "
    "with no contact.",
    "They come level with one another, go by, and a few steps on both of them stand still.{stops}",
    "Two people who do not want to know each other go by with the eyes straight ahead{how}.{ignored}",
)
TEST = (
    "Two passers-by go past one another{how}{side}.",
    "Walking in opposite directions{how}, the two go by each other{ignoring}.",
    "Someone strolls by another person{on_side}.",
    "A pair of pedestrians meet and keep walking{how}{glance}.",
    "The two people walk{how}, pass one another and carry on{ignoring}.",
    "A passing in the hallway: both people walk on{how}.",
    "Without a word, two people move past one another{how}.",
    "One of them goes past the other in the opposite direction{how}.",
)

FAMILY = Family("Two people walk past each other.", perform, Wordings(TRAINING, TEST, slots), check)
