"""A couple dances in hold: a basic step in time, turning as one, sometimes a turn under the raised hands."""

from dataclasses import dataclass

import numpy as np

from ..arms import Reach
from ..body import Body
from ..curves import FPS, ease, pulse, smooth, wander
from ..gait import Path, Step, tread
from ..limbs import direction
from ..observe import CHEST, WRISTS, apart, distance, facing
from ..paths import HERE, beside, clock
from ..person import Performer
from ..scene import Family, draw_manner, people
from ..texts import Slots, Wordings

WRISTS_APART = 0.085  # metres, when the hands hold each other


@dataclass(frozen=True)
class Dance:
    """A basic step: for each beat the leader's foot (None: rest) and where the body goes, (left, ahead) in steps."""

    name: str
    period: tuple[float, float]  # seconds a beat
    feet: tuple[int | None, ...]
    places: tuple[tuple[float, float], ...]
    step: tuple[float, float]  # metres to the side, ahead
    turn: tuple[float, float]  # radians a beat that the couple turns


DANCES = (
    Dance(
        "waltz",
        (0.50, 0.62),
        (0, 1, 0, 1, 0, 1),
        ((0, 1), (-1, 1), (-1, 1), (-1, 0), (0, 0), (0, 0)),
        (0.22, 0.20),
        (0.2, 0.5),
    ),
    Dance("slow", (0.58, 0.72), (0, 1, 1, 0), ((1, 0), (1, 0), (0, 0), (0, 0)), (0.20, 0.0), (0.08, 0.3)),
    Dance(
        "salsa",
        (0.34, 0.42),
        (0, 1, 0, None, 1, 0, 1, None),
        ((0, 1), (0, 0), (0, 0), (0, 0), (0, -1), (0, 0), (0, 0), (0, 0)),
        (0.0, 0.13),
        (0.0, 0.15),
    ),
)


def perform(rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body]) -> tuple[list[Performer], dict]:
    """A leads: left hand in B's right, the other on B's back; B mirrors A's steps."""
    manner = draw_manner(rng, t[-1], ("slow", "fast", "gentle", "energetic"))
    dance = DANCES[int(rng.choice(3, p=[0.4, 0.35, 0.25]))]
    beat = rng.uniform(*dance.period) / np.clip(manner.tempo, 0.8, 1.2)
    spin = _draw_spin(rng, t, bodies, dance, beat)
    paths, steps, sense = _paths(rng, t, bodies, dance, beat, spin)
    gaits = [tread(t, body, path, step) for body, path, step in zip(bodies, paths, steps, strict=True)]
    pair = people(rng, t, bodies, gaits, 0.6)
    _sway(rng, pair, beat, dance)
    _hold(rng, pair, spin)
    return pair, {"manner": manner.name, "dance": dance.name, "spin": spin is not None, "sense": sense}


def _draw_spin(
    rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body], dance: Dance, beat: float
) -> tuple[float, float] | None:
    """Start and end of B's turn under the raised hands, if A is tall enough for one."""
    if bodies[0].height < bodies[1].height - 0.02:
        return None
    lasts = (5 if dance.name == "slow" else 7) * beat
    if t[-1] < lasts + 3.0 or dance.name == "waltz" or rng.uniform() < 0.4:
        return None
    start = rng.uniform(0.8, t[-1] - lasts - 1.2)
    return start, start + lasts


def _paths(
    rng: np.random.Generator,
    t: np.ndarray,
    bodies: tuple[Body, Body],
    dance: Dance,
    beat: float,
    spin: tuple[float, float] | None,
) -> tuple[list[Path], list[list[Step]], str]:
    """Where both bodies go, both people's footsteps, and the sense in which the couple turns."""
    times = clock(t)
    first = times[0] + rng.uniform(0.0, beat)
    marks = np.arange(first, times[-1], beat)
    places = np.array([dance.places[k % len(dance.places)] for k in range(len(marks))]) * dance.step
    size = min(body.scale for body in bodies)
    left, ahead = (smooth(np.interp(times, marks + beat, column), 0.16 * beat * FPS) for column in size * places.T)
    sense = 0 if dance.name == "salsa" and rng.uniform() < 0.5 else int(rng.choice([-1, 1]))
    rate = sense * rng.uniform(*dance.turn) / beat
    theta = rate * times + wander(rng, times, 1, 0.08, 0.08, 0.2)[:, 0]
    theta = theta - theta[HERE]
    middle = beside(np.zeros((len(times), 2)), theta, left, ahead)
    # the box does not turn about one point, the couple wanders over the floor
    middle = middle + wander(rng, times, 2, 0.08, 0.05, 0.12)
    gap = rng.uniform(0.44, 0.52) + 0.1 * (bodies[0].scale + bodies[1].scale - 2.0)
    aside = rng.uniform(0.03, 0.07)
    turned = 2 * np.pi * ease(times, *spin) if spin else 0.0 * times
    room = 0.02 * pulse(times, spin[0] - 0.5, spin[0], spin[1], spin[1] + 0.5) if spin else 0.0
    leader = beside(middle, theta, aside + 0 * theta, -gap / 2 - room)
    led = beside(middle, theta, -aside + 0 * theta, gap / 2 + room)
    paths = [
        Path(times, leader - leader[HERE], theta, (0.0, 0.0), rng.uniform(0.03, 0.1)),
        Path(times, led - leader[HERE], theta + np.pi + turned, (0.0, 0.0), rng.uniform(0.03, 0.1)),
    ]
    sense_name = {1: "left", -1: "right", 0: "on"}[sense]
    return paths, [_steps(dance, marks, beat, who, spin) for who in (0, 1)], sense_name


def _steps(dance: Dance, marks: np.ndarray, beat: float, who: int, spin: tuple[float, float] | None) -> list[Step]:
    """The footsteps of one of the two, B's with the other foot and the other way."""
    steps = []
    for k, mark in enumerate(marks):
        foot = dance.feet[k % len(dance.feet)]
        turning = who == 1 and spin is not None and spin[0] - beat < mark < spin[1]
        if turning:
            # whoever turns steps on every beat, and as far round as the body will be meanwhile
            steps.append(Step(k % 2, mark, beat, mark + 1.45 * beat, 0.0, 1.0, 0.85, 0.03))
        elif foot is not None:
            reach = dance.places[k % len(dance.places)][1] * (0.1 if dance.name == "salsa" else 0.0)
            side, forward, up = (foot, reach, mark + 0.03) if who == 0 else (1 - foot, -reach, mark)
            steps.append(Step(side, up, beat, mark + 1.1 * beat, forward, 1.0, 0.8, 0.03))
    return steps


def _sway(rng: np.random.Generator, pair: list[Performer], beat: float, dance: Dance) -> None:
    """Knees soft in time, hips and shoulders along, eyes on the partner or past them."""
    t = pair[0].t
    phase = rng.uniform(0.0, beat)
    dip = 0.5 - 0.5 * np.cos(2 * np.pi * (t - phase) / beat)
    tilt = wander(rng, t, 1, 0.04, 0.25, 0.5)[:, 0]
    for who, (person, other) in enumerate(zip(pair, pair[::-1], strict=True)):
        person.crouch = 0.012 + (0.018 if dance.name == "salsa" else 0.012) * dip
        person.tilt = tilt * (1 - 2 * who)
        person.lean = -0.03 - 0.03 * who
        person.attention = 0.75
        past = person.eyes + 2.0 * direction(person.gait.heading, 1.0, 0.7, 0.02)
        share = smooth(np.clip(0.5 + wander(rng, t, 1, 0.5, 0.08, 0.2)[:, 0], 0.0, 1.0), 6.0)[:, None]
        person.gaze = past + share * (other.eyes - past)


def _hold(rng: np.random.Generator, pair: list[Performer], spin: tuple[float, float] | None) -> None:
    """Joined hands out to the leader's left, raised for the turn; the other arms around the partner."""
    leader, led = pair
    t = leader.t
    turning = pulse(t, spin[0] - 0.6, spin[0], spin[1] - 0.05, spin[1] + 0.6) if spin else 0.0 * t
    leader.collars[0, :, 1] = 0.12
    leader.collars[0, :, 0] = led.collars[1, :, 0] = 0.3 * turning
    leader.collars[1, :, 1] = 0.25 * (1.0 - turning)
    led.collars[0, :, 1] = 0.2 * (1.0 - turning)
    trunks = [person.trunk()[0] for person in pair]
    _join(rng, pair, trunks, turning)
    around = smooth(
        1.0 - pulse(t, spin[0] - 0.8, spin[0] - 0.3, spin[1] + 0.2, spin[1] + 0.7) if spin else 1.0 + 0.0 * t, 2.0
    )
    a, b = leader.gait.heading, led.gait.heading
    # the leader's right hand on the other's left shoulder blade
    size = led.body.scale
    blade = 0.6 * trunks[1][:, 9] + 0.4 * trunks[1][:, 13] + size * direction(b, -0.075, 0.15, -0.06)
    blade[:, 1] = np.maximum(blade[:, 1], trunks[0][:, 17, 1] - 0.62 * leader.body.arm)
    leader.reaches.append(
        Reach(
            1, blade, around, direction(b, -0.35, -1.0, 0.15), direction(b, 1.0, -0.35), direction(a, -0.1, -1.0, -0.6)
        )
    )
    # the other's left hand on the leader's right shoulder or arm
    size = leader.body.scale
    shoulder = trunks[0][:, 17] + size * direction(a, 0.075, -0.05, 0.03)
    shoulder[:, 1] = np.minimum(shoulder[:, 1], trunks[1][:, 16, 1] + 0.10)
    led.reaches.append(
        Reach(
            0,
            shoulder,
            around,
            direction(b, 1.0, -0.2, 0.25),
            direction(b, 0.1, -0.3, -1.0),
            direction(b, -0.1, 1.0, -0.7),
        )
    )


def _join(rng: np.random.Generator, pair: list[Performer], trunks: list[np.ndarray], turning: np.ndarray) -> None:
    """The leader's left and the other's right hand, palm to palm at shoulder height, over the head in the turn."""
    leader, led = pair
    a = leader.gait.heading
    arm = min(person.body.arm for person in pair)
    middle = (trunks[0][:, 16] + trunks[0][:, 17] + trunks[1][:, 16] + trunks[1][:, 17]) / 4
    low = np.minimum(trunks[0][:, 16, 1], trunks[1][:, 17, 1])
    out = middle + direction(a, 0.0, 0.17 + rng.uniform(0.58, 0.68) * arm)
    out[:, 1] = low + rng.uniform(-0.08, 0.03)
    above = trunks[1][:, 15] + direction(a, -0.25, 0.08)
    over = np.linalg.norm((above - trunks[0][:, 16])[:, ::2], axis=-1)
    highest = trunks[0][:, 16, 1] + np.sqrt(np.maximum((0.96 * leader.body.arm) ** 2 - over**2, 0.01))
    above[:, 1] = np.minimum(trunks[1][:, 15, 1] + 0.30, highest)
    place = smooth(out + turning[:, None] * (above - out), 1.5) + wander(rng, leader.t, 3, 0.006, 0.4, 1.0)
    always, turn = np.ones(len(leader.t)), turning[:, None]
    for who, (person, side) in enumerate(((leader, 0), (led, 1))):
        own, sign = person.gait.heading, 1 - 2 * who
        fingers = direction(own, 0.45, 0.5 * sign, 0.75) + turn * direction(own, -0.3, -0.4 * sign, 0.5)
        # under the raised hands the elbow points out to the side
        elbow = direction(own, -0.3, 0.5 * sign, -0.9) + turn * direction(own, 0.4, 0.5 * sign, 0.9 * who)
        grip = place + direction(a, -WRISTS_APART / 2 * sign, -0.03)
        person.reaches.append(Reach(side, grip, always, fingers, direction(own, 1.0, -0.1 * sign, -0.35), elbow))


def check(positions: np.ndarray) -> bool:
    """Near and face to face, one pair of hands joined out to the side, a hand on the other's back, on the move."""
    near = (apart(positions) < 0.95) & facing(positions)
    moved = np.linalg.norm(
        np.diff(smooth(positions[:, :, 0, ::2].transpose(1, 0, 2).reshape(-1, 4), 3.0), axis=0), axis=-1
    )
    if near.mean() < 0.45 or moved.mean() * FPS < 0.1:
        return False
    return any(_held(positions[who], positions[1 - who], near) for who in (0, 1))


def _held(leader: np.ndarray, led: np.ndarray, near: np.ndarray) -> bool:
    """Whether the leader holds the other's right hand in the left one and has the right one at the other's trunk."""
    joined = distance(leader[:, WRISTS[0]], led[:, WRISTS[1]]) < 0.18
    wide = distance(leader[:, WRISTS[0]], led[:, WRISTS[0]]) > 0.3
    around = distance(leader[:, WRISTS[1], None], led[:, CHEST]).min(-1) < 0.27
    return bool(joined.mean() > 0.6 and (joined & wide & around & near).mean() > 0.3)


def slots(parameters: dict) -> Slots:
    """Words for the dance, the turn and the sense in which the couple turns."""
    dance, sense = parameters["dance"], parameters["sense"]
    turning = {"left": ("counterclockwise",), "right": ("clockwise",)}.get(sense, ())
    return {
        "waltz": ("",) if dance == "waltz" else (),
        "slowly": ("",) if dance == "slow" else (),
        "salsa": ("",) if dance == "salsa" else (),
        "spin": ("",) if parameters["spin"] else (),
        "and_turn": ("", " and turn") if turning else ("",),
        "round": ("", " turning around together") + tuple(f" turning {word}" for word in turning) if turning else ("",),
    }


TRAINING = (
    "Two people dance together.",
    "Two people dance together{how}{round}.",
    "Two people dance in hold{how}{round}.",
    "Two people dance with each other in hold{how}.",
    "A couple dances together{how}{round}.",
    "A couple dances in hold{how}.",
    "A couple is dancing{how}{round}.",
    "The couple hold each other and dance{how}.",
    "They dance in each other's arms{how}{and_turn}.",
    "They dance as a couple{how}{round}.",
    "The two dance a partner dance{how}.",
    "Two people dance hand in hand, the other arms around each other{how}.",
    "Two people take hold of each other and step in time{how}.",
    "Two dancers hold each other{how}{and_turn}.",
    "Two dancers move across the floor together in hold{how}.",
    "One person dances with the other{how}, holding hand and back.",
    "One person leads the other in a dance{how}.",
    "A man and a woman dance together{how}{round}.",
    "Ballroom dancing: two people dance in hold{how}.",
    "Holding each other, two people dance{how}{round}.",
    "A dance of two people who hold each other{how}.",
    "Two people dance a waltz{how}.{waltz}",
    "A couple waltzes{how}{round}.{waltz}",
    "They waltz in hold{how}{and_turn}.{waltz}",
    "Two people dance a slow dance, close together.{slowly}",
    "A couple sways from side to side in a slow dance.{slowly}",
    "Two people dance salsa{how}.{salsa}",
    "A couple dances the basic step of salsa{how}.{salsa}",
    "A couple dances, and one turns under the raised hands{how}.{spin}",
    "Two people dance together and one spins the other around{how}.{spin}",
    "While they dance, the partner makes a turn under the arm.{spin}",
    "Ballroom couple{how}.",
    "Partner dancing{how}{round}.",
    "A couple on the dance floor.",
    "The newlyweds' first dance.",
    "Lead me, darling.",
    "They twirl{how} in close embrace.",
    "Standard dance position, basic step{how}.",
    "They trip the light fantastic, arm in arm{how}.",
    "A pair at the ball.",
    "One, two, three, a waltz.{waltz}",
    "Slow dancing at the prom.{slowly}",
    "Latin night, salsa couple.{salsa}",
    "Wedding reception, bride and groom.",
    "Closed position, leader and follower{how}.",
    "Two lovers sway to a ballad, arms around each other.{slowly}",
    "Bride and groom open the ball{how}{round}.",
    "Show a pair moving to the music in a closed frame{how}.",
    "Two partners step to the beat{how}, holding on to each other.",
    "Tea dance: an elderly couple takes the floor{round}.",
    "The lord and the lady take a turn on the parquet{how}.",
    "Make the two characters move as one to the rhythm{how}.",
    "Arm in frame, hand in hand, they follow the music{how}{round}.",
    "Dance lesson: the pair practices the basic step.",
    "Viennese evening: a gentleman leads his lady through a waltz{how}.{waltz}",
    "The gentleman guides his partner around the ballroom{how}.",
    "Two sweethearts hold each other and rock to a tender song.{slowly}",
    "The leader raises an arm and sends the partner through a pirouette{how}.{spin}",
    "Their steps match{how} and their arms never let go as long as the band plays on.",
    "With one hand joined and the other arms around each other, two people step in rhythm{how}{round}.",
    "The orchestra strikes up, the gentleman takes the lady by hand and back, and off they go{how} across the parquet.",
    "Grandma and grandpa hear their favorite song on the radio, take hold of each other and step in time "
    "on the kitchen floor{how}{round}.",
    "Hands joined, chests facing, the pair keeps time with the music{how}, every step of one answered by the other.",
    "The two circle over the floor in triple time{how}, joined like nobles at a Viennese ball.{waltz}",
    "In a Cuban club, two partners hold on to each other and step forward and back to hot rhythms{how}.{salsa}",
    "They lift their joined hands into an arch, and one of them whirls around underneath{how}.{spin}",
    "Two competitors in a ballroom contest keep up their frame and step in perfect time with each other{round}.",
    "At the wedding the husband holds his wife, one hand on her back, and leads her in time with the music.",
    "It is the last song of the night, and the lovers cling to each other and rock gently on the spot.{slowly}",
    "Animate a pair holding each other in ballroom posture, feet moving in unison{how}{round}, as if the "
    "music carried them.",
)
TEST = (
    "Two partners dance closely{how}{round}.",
    "A pair of dancers glide along in each other's arms{how}.",
    "Two people share a dance, hand in hand{how}.",
    "The pair take dance steps while embracing{how}.",
    "Someone dances with a partner in closed hold{how}.",
    "Close together, the two of them dance{how}{and_turn}.",
    "Two people twirl through a waltz{how}.{waltz}",
    "A pair dance salsa with each other{how}.{salsa}",
    "The dancer is twirled under the partner's arm.{spin}",
)

FAMILY = Family("Two people dance together.", perform, Wordings(TRAINING, TEST, slots), check)
