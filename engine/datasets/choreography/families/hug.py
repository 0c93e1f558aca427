"""Two people hug: they step into each other's open arms, close them around the backs, hold on and step apart."""

import numpy as np

from ....skeleton import JOINT
from ..arms import Reach
from ..body import SIGN, Body
from ..contacts import pats
from ..curves import pulse, smooth
from ..gait import Route, Walk
from ..gestures import converse
from ..limbs import direction
from ..observe import WRISTS, distance, facing, forward, lasting
from ..person import Performer
from ..scene import Family, draw_manner, draw_stance, meet, performers, share_out
from ..texts import Slots, Wordings, approach_slots

BACK = 0.14  # metres of an average adult's back behind spine3
TALLER = 0.14  # metres from which on the arms of the taller one are both over the other's


def perform(rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body]) -> tuple[list[Performer], dict]:
    """Meet, open the arms, step in, hold, pat the back perhaps, let go and step back."""
    manner = draw_manner(rng, t[-1], ("slow", "fast", "energetic", "gentle", "friendly"))
    tempo = np.clip(manner.tempo, 0.8, 1.2)
    stepping, leaving = 0.85 / tempo, 0.9 / tempo
    parts = bool(t[-1] > 4.5 or rng.uniform() < 0.5)
    needed = 0.25 + stepping + 0.75 + parts * 0.8 * leaving
    meeting = meet(rng, bodies, rng.uniform(0.85, 1.1), t[-1] - needed, manner.tempo)
    start = max(meeting.arrive - 0.1, 0.05)
    before, holding, _ = share_out(rng, t[-1] - start - needed, (1.0, 2.0, 1.2 * parts + 0.01))
    step = start + before + 0.25
    closed = step + stepping
    leave = closed + 0.75 + min(holding, 3.0) if parts else t[-1] + 2.0
    side = int(rng.uniform() < 0.75)
    routes = _step_in_and_out(rng, bodies, meeting.routes, side, (step, closed, leave + 0.2, leave + 0.2 + leaving))
    pair = performers(rng, t, bodies, routes, manner.vigour)

    hug = pulse(t, step + 0.2, closed + 0.2, leave, leave + 0.7)
    swaying = rng.uniform(0.2, 0.5) * (holding > 0.8) * np.sin(rng.uniform(2.2, 3.4) * (t - closed))
    for who, person in enumerate(pair):
        _lean_in(person, pair[1 - who], hug, side, SIGN[who] * swaying * smooth(hug, 4.0))
    patting = tuple(bool(rng.uniform() < 0.5) for _ in pair)
    trunks = [person.trunk()[0] for person in pair]
    for who, person in enumerate(pair):
        taller = person.body.height - pair[1 - who].body.height
        for arm in (0, 1):
            over = taller > TALLER or (abs(taller) <= TALLER and arm == side)
            times = (step - 0.2 + rng.uniform(0.0, 0.12), closed + rng.uniform(-0.05, 0.1), leave, leave + 0.9)
            off = _pats(rng, t, closed, leave) if patting[who] and arm == side else 0.0 * t
            _embrace(t, person, pair[1 - who], trunks[who], trunks[1 - who], arm, over, times, off)
    first = int(rng.integers(2))
    converse(rng, pair, meeting.arrive, step - 0.2, first)
    converse(rng, pair, leave + 0.9, t[-1] + 1.0, 1 - first)
    long = (min(leave, t[-1]) - closed) > 2.2
    return pair, {"manner": manner.name, "walks": meeting.walks, "long": long, "pats": any(patting), "parts": parts}


def _step_in_and_out(
    rng: np.random.Generator, bodies: tuple[Body, Body], routes: list[Route], side: int, times: tuple[float, ...]
) -> list[Route]:
    """Add steps into each other's arms at times[0:2], a little beside each other, and back at times[2:4]."""
    places = [route.end()[0] for route in routes]
    away = places[1] - places[0]
    heading = float(np.arctan2(away[0], away[1]))
    away = away / np.linalg.norm(away)
    middle = places[0] + rng.uniform(0.42, 0.58) * (places[1] - places[0])
    near = 0.2 * sum(body.scale for body in bodies) / 2
    result = []
    for who, (route, place) in enumerate(zip(routes, places, strict=True)):
        # everybody a little to the side of the arm on top, so that the heads go by each other
        aside = rng.uniform(0.05, 0.08) * direction(np.array(heading + who * np.pi), 0.0, SIGN[side])[::2]
        to = middle - (1.0, -1.0)[who] * near * away + aside
        facing = route.end()[1]
        towards = facing + (heading + who * np.pi - facing + np.pi) % (2 * np.pi) - np.pi
        walks = (
            Walk(times[0], times[1], tuple(to), towards, 2, int(rng.integers(2)), 0.3, 0.3, draw_stance(rng)),
            Walk(times[2], times[3], tuple(place), towards, 2, int(rng.integers(2)), 0.3, 0.3, draw_stance(rng)),
        )
        result.append(route.then(*walks))
    return result


def _lean_in(person: Performer, other: Performer, hug: np.ndarray, side: int, swaying: np.ndarray) -> None:
    """The chests come together, the head goes over the other's shoulder, the eyes leave the other."""
    taller = person.body.height - other.body.height
    person.bow = (0.10 + 0.9 * max(taller, 0.0)) * hug
    person.lean = (0.06 + 0.15 * max(taller, 0.0)) * hug
    person.tilt = -SIGN[side] * 0.14 * hug
    person.attention = 1.0 - hug
    person.nod = (0.10 * (taller >= 0.0) - 0.25 * max(-taller, 0.0)) * hug
    person.collars[:, :, 1] = 0.3 * hug
    person.weight = swaying


def _pats(rng: np.random.Generator, t: np.ndarray, closed: float, leave: float) -> np.ndarray:
    """Metres (T,) by which a hand leaves the other's back between three or so pats."""
    rate, first = rng.uniform(2.4, 3.2), closed + rng.uniform(0.3, 0.7)
    return pats(t, first, min(first + rng.integers(2, 5) / rate, leave - 0.1), rate, 0.055)


def _embrace(
    t: np.ndarray,
    person: Performer,
    other: Performer,
    mine: np.ndarray,
    their: np.ndarray,
    arm: int,
    over: bool,
    times: tuple[float, float, float, float],
    off: np.ndarray,
) -> None:
    """One arm, `mine` and `their` being the trunks (T, 22, 3): opened from times[0] on, closed by times[1], back at
    times[2:4]."""
    start, closed, leave, end = times
    sign, body, yours = SIGN[arm], person.gait.heading, other.gait.heading
    size = person.body.scale
    open_up, close = pulse(t, start, start + 0.55, leave + 0.1, end), pulse(t, start + 0.4, closed, leave, leave + 0.6)
    opened = mine[:, 16 + arm] + size * direction(body, 0.28, 0.36 * sign, -0.02 if over else -0.16)
    scale = other.body.scale
    # my left is the other's right
    place = (-0.02, -0.08 * sign, 0.10) if over else (-0.03, -0.10 * sign, -0.13)
    around = their[:, 9] + scale * direction(yours, place[0] - BACK - off / scale, place[1], place[2])
    detour = (4.0 * close * (1.0 - close))[:, None] * direction(body, 0.0, 0.14 * sign, 0.06 if over else -0.04)
    fingers = direction(body, 1.0 - close, -sign * close, 0.15 - (0.4 if over else -0.1) * close)
    palm = direction(body, -close, -sign * (1.0 - close), 0.0)
    # the upper arm of the one goes above the upper arm of the other
    elbow = direction(body, 0.1, 0.8 * sign, 0.8) if over else direction(body, 0.1, 0.35 * sign, -1.0)
    wrist = opened + close[:, None] * (around - opened) + detour
    person.reaches.append(Reach(arm, wrist, open_up, fingers, palm, elbow, direction(body, 0.05, 0.05 * sign)))


def check(positions: np.ndarray) -> bool:
    """Chests together for half a second, a hand of each on the other's back."""
    chests = positions[:, :, JOINT["spine3"]]
    near = (distance(*chests) < 0.45) & facing(positions, 80.0)
    return bool(lasting(near & _holds(*positions) & _holds(*positions[::-1]), 0.5).any())


def _holds(person: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(T,) a wrist behind the other's chest and near to it."""
    out = person[:, WRISTS] - other[:, None, JOINT["spine3"]]
    behind = np.sum(out * forward(other)[:, None], -1) < 0.0
    return (behind & (np.linalg.norm(out, axis=-1) < 0.36)).any(-1)


def slots(parameters: dict) -> Slots:
    """Words for how long, patting and letting go."""
    manner = parameters["manner"]
    return approach_slots(parameters["walks"]) | {
        "long": ("",) if parameters["long"] else (),
        "short": ("",) if not parameters["long"] and parameters["parts"] else (),
        "pats": ("",) if parameters["pats"] else (),
        "parts": ("",) if parameters["parts"] else (),
        "warm": ("",) if manner == "friendly" else (),
        "tender": ("",) if manner == "gentle" else (),
        "lively": ("",) if manner == "energetic" else (),
    }


TRAINING = (
    "Two people{walking} hug{how}.",
    "Two people{walking} hug each other{how}.",
    "Two people{walking} embrace{how}.",
    "They{walking} hug each other{how}.",
    "They{walking} embrace each other{how}.",
    "The two{walking} give each other a hug{how}.",
    "One person hugs the other{how}.",
    "One person hugs the other, who hugs back{how}.",
    "A person gives another person a hug{how}.",
    "The first person takes the second one into the arms{how}.",
    "Two friends{walking} hug{how}.",
    "Two people greet each other with a hug{how}.",
    "Two people say goodbye with a hug{how}.",
    "One person {one_walks} the other and they hug{how}.",
    "The second person {other_walks} the first one and they hug{how}.",
    "Two people put their arms around each other{how}.",
    "They step up to each other and close their arms around one another{how}.",
    "A hug between two people.",
    "Hug{how}.",
    "Two people hold each other for a long time.{long}",
    "A long hug between two people.{long}",
    "Two people hug each other shortly.{short}",
    "Two people hug{how} and pat each other on the back.{pats}",
    "Two people hug{how} and let go again.{parts}",
    "Two people embrace{how} and then step apart.{parts}",
    "Two people hug each other tightly{how}.",
    "A warm hug between two friends.{warm}",
    "Two people hold each other tenderly.{tender}",
    "Two people throw their arms around each other.{lively}",
    "Two people open their arms and hug{how}.",
    "Two people cuddle{how}.",
    "Embracing one another{how}.",
    "A cuddle between friends.",
    "Arms around each other{how}.",
    "Two pals share a squeeze.",
    "An embrace, then a release.{parts}",
    "Siblings hugging{how}.",
    "Come here for a squeeze.",
    "Lovers in a close embrace.{tender}",
    "A quick squeeze.{short}",
    "They cling together{how}.{long}",
    "Hugging it out{how}.",
    "The pair embraces{how}.",
    "Two old friends fall into each other's arms{how}.",
    "Mother and daughter wrap their arms around each other{how}.",
    "Two brothers{walking} clasp each other in their arms{how}.",
    "Show two colleagues sharing an embrace{how}.",
    "Two soldiers fold each other in their arms{how}.",
    "Each one holds the other close, chest to chest.",
    "Teammates clutch each other after the final whistle.",
    "Two cousins{walking} enfold one another{how}.",
    "Two folks press each other to their chests{how}.",
    "Make two characters cuddle up to each other{how}.",
    "{One} draws {other} into an embrace{how}.",
    "{Second} is wrapped up in the arms of {first}, and the other way round.",
    "Two sisters fling their arms round each other.{lively}",
    "Two buddies clasp each other and clap one another's backs{how}.{pats}",
    "Reunited at the airport, two relatives{how} spread their arms and gather each other in.",
    "Two old schoolmates meet again after years apart and wrap each other up in their arms{how}.",
    "The arms open wide, the bodies come together, the hands close behind the other one's back{how}.",
    "With arms spread, the two of them move in, enclose each other, and finally release one another and "
    "back away.{parts}",
    "Two neighbours make up after a quarrel by taking each other in their arms{how}.",
    "Animate a farewell on a railway platform where two travellers{how} hold one another close.",
    "Before leaving for the war, a soldier wraps his arms around his brother, who clings to him too.",
    "They stay locked in each other's arms, neither of them wanting to be the first to let go.{long}",
    "A brief clinch, in and out, like two busy friends who meet on the street.{short}",
    "At the funeral, two mourners find comfort in each other's arms and hold on.",
    "It is a heartfelt reunion: they take each other in their arms as if they had been parted for ages.{warm}",
    "The couple nestles in close, each of the two cradling the other with great affection.{tender}",
    "{One} opens the arms to welcome {other}, who does the same, and they close in a snug embrace{how}.",
)
TEST = (
    "Two relatives{walking} fall into each other's arms{how}.",
    "Someone embraces the partner{how}, and the partner returns the embrace.",
    "A couple share a hug{how}.",
    "Reunited, two old friends{walking} hug{how}.",
    "The pair hold each other close{how}.",
    "One of them wraps both arms around the other{how}.",
    "An embrace: chest to chest, the two hold on{how}.",
    "Two people cuddle standing up{how}.",
)

FAMILY = Family("Two people hug.", perform, Wordings(TRAINING, TEST, slots), check, shortest=2.5)
