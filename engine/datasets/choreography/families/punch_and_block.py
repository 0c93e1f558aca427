"""One person punches, the other blocks: a forearm or both come up in time and stop the fist before the face."""

import numpy as np

from ....skeleton import JOINT
from ..arms import Reach
from ..body import SIDES, SIGN, Body
from ..curves import FPS, hump, pulse, wander
from ..guard import aim_of, closing, cover, face, fighters, opposed, punch, raise_fists, spread_out, wind_up
from ..limbs import direction
from ..observe import ELBOWS, WRISTS, distance, facing, hand_of, on_guard, thrusts
from ..paths import clock
from ..person import Performer
from ..scene import Family, draw_manner
from ..texts import Slots, Wordings


def perform(rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body]) -> tuple[list[Performer], dict]:
    """A shuffles in, punches once or in a row, B catches every punch; out again, and on in longer clips."""
    manner = draw_manner(rng, t[-1], ("slow", "fast", "energetic", "angry"))
    tempo = np.clip(manner.tempo, 0.85, 1.15)
    times = clock(t)
    leads = tuple(int(rng.uniform() < 0.2) for _ in range(2))
    only = int(rng.uniform() < 0.6) if rng.uniform() < 0.6 else None  # the same hand throughout
    attacks = spread_out(rng, rng.uniform(0.75, max(0.8, min(1.9, t[-1] - 0.9))), t[-1] - 0.5, (1.5, 2.8))
    blows = []
    for hit in attacks:
        side = leads[0] if only is None else only
        for _ in range(int(rng.choice([1, 2, 3], p=[0.6, 0.25, 0.15]))):
            if hit < t[-1] - 0.45:
                blows.append((hit, side))
            side = 1 - side if only is None else side
            hit += rng.uniform(0.62, 0.75) / tempo
    near = 0.255 * (bodies[0].scale + bodies[1].scale) + 0.94 * bodies[0].arm
    far = near + rng.uniform(0.2, 0.4)
    gap = closing(times, far + wander(rng, times, 1, 0.04)[:, 0], near, [hit for hit, _ in blows], 0.55)
    axis = np.cumsum(wander(rng, times, 1, 0.16, 0.1, 0.25)[:, 0]) / FPS
    centre = wander(rng, times, 2, 0.05, 0.08, 0.2)
    pair = fighters(rng, t, bodies, opposed(times, centre, gap, axis, rng.uniform(0.7, 1.0)), leads, tempo)
    _exchange(rng, t, pair, leads, blows, tempo, manner.vigour)
    hands = {side for _, side in blows}
    return pair, {
        "manner": manner.name,
        "hand": SIDES[hands.pop()] if len(hands) == 1 else "both",
        "blows": len(blows),
    }


def _exchange(
    rng: np.random.Generator,
    t: np.ndarray,
    pair: list[Performer],
    leads: tuple[int, int],
    blows: list[tuple[float, int]],
    tempo: float,
    vigour: float,
) -> None:
    """Every blow with its block."""
    puncher, blocker = pair
    drive, back = 0.24 / tempo, 0.32 / tempo
    for hit, side in blows:
        wind_up(puncher, side, hit, 0.75 * np.clip(vigour, 0.8, 1.2), drive, back)
        blocker.lean = blocker.lean - rng.uniform(0.10, 0.2) * hump(t, hit - 0.2, hit + 0.6)
        blocker.crouch = blocker.crouch + 0.02 * hump(t, hit - 0.15, hit + 0.5)
        blocker.twist = blocker.twist + rng.uniform(0.08, 0.2) * SIGN[1 - side] * hump(t, hit - 0.2, hit + 0.5)
    trunks = [person.trunk()[0] for person in pair]
    for person, trunk, lead in zip(pair, trunks, leads, strict=True):
        raise_fists(rng, person, trunk, lead)
    before, aim = face(blocker, trunks[1]), aim_of(blocker)
    for hit, side in blows:
        # facing each other, my left is the other's right
        arm = 1 - side
        stop = before + blocker.body.scale * direction(aim, rng.uniform(0.14, 0.18), 0.06 * SIGN[arm], -0.04)
        shoulder = trunks[0][:, 16 + side]
        # who is much smaller aims at the chin, not at the brow
        stop[:, 1] = np.minimum(stop[:, 1], shoulder[:, 1] + 0.22 * puncher.body.scale)
        punch(puncher, shoulder, side, hit, stop, drive, back)
        _block(rng, t, blocker, arm, stop, aim, hit)
        cover(blocker, side, trunks[1][:, JOINT["head"]], hit)


def _block(
    rng: np.random.Generator, t: np.ndarray, person: Performer, side: int, fist: np.ndarray, aim: np.ndarray, hit: float
) -> None:
    """The forearm stands up between the fist and the face and knocks it a little outward."""
    sign, size = SIGN[side], person.body.scale
    late = rng.uniform(0.0, 0.03)
    weight = pulse(t, hit - 0.24 + late, hit - 0.02, hit + 0.10, hit + 0.5)
    knock = hump(t, hit - 0.06, hit + 0.4)[:, None]
    wrist = fist + size * direction(aim, -0.055, -0.01 * sign, 0.085) + knock * size * direction(aim, 0.04, 0.07 * sign)
    fingers, palm = direction(aim, 0.12, 0.0, 1.0), direction(aim, -0.6, -0.8 * sign, 0.0)
    person.reaches.append(Reach(side, wrist, weight, fingers, palm, direction(aim, -0.1, 0.5 * sign, -1.0)))


def check(positions: np.ndarray) -> bool:
    """A fist shoots out at the other's head and stops at the other's raised forearm."""
    return acting(positions) is not None


def acting(positions: np.ndarray) -> int | None:
    """Who punches and is blocked more often."""
    if not on_guard(positions):
        return None
    counts = [sum(_blocked(pair, side).sum() for side in (0, 1)) for pair in (positions, positions[::-1])]
    return int(np.argmax(counts)) if max(counts) > 0 else None


def handed(positions: np.ndarray) -> str | None:
    """The hand that punches."""
    return hand_of(positions, acting(positions), _blocked)


def _blocked(positions: np.ndarray, side: int) -> np.ndarray:
    """(T,) a thrust of a hand towards the other's head that ends at a raised forearm."""
    person, other = positions
    wrist = person[:, WRISTS[side]]
    forearms = (other[:, WRISTS] + 0.35 * (other[:, ELBOWS] - other[:, WRISTS])).swapaxes(0, 1)
    raised = other[:, WRISTS, 1].T > other[:, JOINT["spine3"], 1] + 0.08
    stopped = ((distance(forearms, wrist) < 0.24) & raised).any(0)
    return thrusts(person, other, side) & stopped & facing(positions, 75.0)


def slots(parameters: dict) -> Slots:
    """Words for the hand and the number of punches."""
    hand, blows = parameters["hand"], parameters["blows"]
    return {
        "hand": ("",) if hand == "both" else ("", f" with the {hand} hand"),
        "single": ("",) if blows == 1 else (),
        "many": ("",) if blows > 1 else (),
        "again": ("", " again and again") if blows > 2 else ("",),
    }


TRAINING = (
    "{One} punches{hand}{how} and {other} blocks.",
    "{One} punches at {other}{hand}{how}, who blocks the punch.",
    "{One} throws a punch{hand}{how} and {other} blocks it.{single}",
    "{One} throws punches{hand}{how} and {other} blocks them.{many}",
    "{One} tries to punch {other}{hand}{how}, but {other} blocks.",
    "{One} punches{hand}{again}{how}, {other} blocks with the arms.",
    "{One} hits out at {other}{hand}{how}, who raises a forearm to block.",
    "{One} attacks{how} and {other} blocks the punches.{many}",
    "{One} attacks{how} with a punch that {other} blocks.{single}",
    "{One} boxes at {other}{hand}{how}, and {other} defends with a block.",
    "{One} jabs at the face of {other}{hand}{how}, but the guard stops it.",
    "{One} strikes{hand}{how} and {other} parries.",
    "{One} punches and {other} blocks{how}.",
    "{Second} blocks a punch from {first}{how}.{single}",
    "{Second} blocks the punches of {first}{how}.{many}",
    "{Second} defends against {first}, who punches{hand}{how}.",
    "{Second} holds up the arms and blocks while {first} punches{hand}{how}.",
    "{Second} blocks every punch that {first} throws{how}.{many}",
    "{Second} is attacked by {first}{how} and blocks.",
    "{Second} stops the fist of {first} with the forearm{how}.",
    "Two people fight: {one} punches{hand}{how}, {other} blocks.",
    "Two people spar{how}; {one} punches and {other} blocks.",
    "Two boxers: {one} punches{hand}{how} and {other} blocks.",
    "A punch{how} from {one}, blocked by {other}.{single}",
    "{First} throws a fist at {second}{hand}{how}, who blocks it.",
    "{First} keeps punching{hand}{how} and {second} keeps blocking.{many}",
    "Someone punches{hand}{how} and another person blocks it.",
    "In a fighting stance, {one} punches{hand}{how} and {other} wards it off.",
    "{One} swings, {other} covers up.",
    "{One} fails to hit {other}{hand}{how}.",
    "{First} hits only {second}'s guard{how}.",
    "{First} lashes out{hand}{how}, {second} fends.",
    "{Second} parries {first}'s fist{how}.",
    "{Second} deflects the blow of {first}.{single}",
    "{Second} fends off {first}'s fist{how}.",
    "{Second} shields the face from {first}.",
    "Blow and parry{how}.{single}",
    "Attack and defence with fists{how}.",
    "A boxing drill, offence and defence.",
    "Fist meets forearm.",
    "Punching and covering up.",
    "A swing, neatly stopped.{single}",
    "{One} throws hands at {other}{how}, whose guard holds.{many}",
    "{One} lets fly at the face of {other}{hand}{how}, but nothing gets through.",
    "{One} socks at {other}{hand}{again}, but the forearms are in the way.",
    "{One} goes for the face of {other}{hand}{how} and finds only a forearm in the way.",
    "{Second} gets an arm up in time against the fist of {first}{how}.",
    "{Second} keeps the guard up and catches what {first} throws{hand}.",
    "{Second} brings up a forearm just before the fist of {first} arrives.",
    "{First} takes a swing{hand}{how} at {second}, who intercepts it.{single}",
    "{First} wants to sock {second}{hand}{how}, but is stopped by a raised arm.",
    "A sparring partner throws fists{how} and the trainee covers the face.",
    "Two karate students practice{how}, one striking, the other parrying.",
    "Show a fist fight move in which the defender stops the fist in time.",
    "Make someone hit out at another fighter{how}, who keeps the guard closed.",
    "{One} aims a fist at the nose of {other}{hand}{how}, but a forearm comes up and stops it in the air.",
    "{One} attacks like a street brawler, yet {other} has good reflexes and keeps each fist away from "
    "the face with the arms.",
    "{One} cocks the arm and lets the fist go{hand}{how}, and the raised guard of {other} takes the "
    "impact instead of the face.{single}",
    "{Second} sees it coming, lifts the forearm in front of the face and wards off {first}, who strikes{hand}{how}.",
    "{Second} stays unhurt behind the arms even though {first} hammers at the guard{hand}{again}.{many}",
    "{Second} holds the ground and shields the head with the arms while a hail of blows comes from {first}{how}.{many}",
    "{First} hopes for a clean hit{hand}{how}, but {second} is on guard and the fist never gets as far as the face.",
    "{First} drives a fist at the head of {second}{hand}{how}, where it bangs into the arm that is held "
    "up against it.{single}",
    "A bully takes a swipe at a classmate in the school yard, but the kid gets an arm up and is not hit.{single}",
    "In a self-defence class the attacker strikes at the face and the student stops the fist with a forearm.",
    "Fight choreography for two actors: the villain strikes at the face, the hero reads it and throws up "
    "a guard in time.",
    "A boxer tries to land one on the opponent{how}, whose forearms come up in front of the face and take the hit.",
    "Two soldiers train hand-to-hand combat{how}; one strikes out with the fist and the other stops it "
    "before the face.",
)
TEST = (
    "{One} swings a fist at {other}{hand}{how}, who catches it on the forearm.",
    "{One} goes for the head{hand}{how}, yet {other} keeps the guard closed.",
    "{Second} wards off what {first} throws{how}.",
    "{Second} shields the face from the blows of {first}{how}.{many}",
    "{Second} fends off a blow from {first}{how}.{single}",
    "Someone takes a swing at the partner{how}, and the partner deflects it.",
    "Boxing practice: {one} hits{hand}{how}, {other} covers up.",
    "{One} fights {other}{how}, who only defends.",
)

FAMILY = Family(
    "One person punches and the other blocks.", perform, Wordings(TRAINING, TEST, slots), check, handed, acting
)
