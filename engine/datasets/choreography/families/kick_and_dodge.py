"""One person kicks, the other dodges: steps back or aside, so that the foot only meets the air."""

import numpy as np

from ....skeleton import JOINT
from ..body import SIDES, SIGN, Body
from ..curves import FPS, ease, hump, wander
from ..guard import fighters, opposed, raise_fists, spread_out
from ..kicks import DRIVE, LIFT, LOWER, RECOIL, kick
from ..observe import TOES, distance, either_side, facing, line_to, who_does
from ..paths import HERE, clock
from ..person import Performer
from ..scene import Family, draw_manner
from ..texts import Slots, Wordings


def perform(rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body]) -> tuple[list[Performer], dict]:
    """In guard; A kicks with the leg that stands behind, B gets out of the way; on in longer clips."""
    manner = draw_manner(rng, t[-1], ("slow", "fast", "energetic", "angry"))
    times, dodge = clock(t), str(rng.choice(["back", "aside"]))
    hits = spread_out(rng, rng.uniform(0.95, max(1.0, min(1.8, t[-1] - 0.8))), t[-1] - 0.6, (2.1, 3.2))
    gap = 0.15 + 0.56 * bodies[0].height + wander(rng, times, 1, 0.03)[:, 0]
    away, aside = 0.0 * times, 0.0 * times
    for hit in hits:
        # gone in a moment, back with time
        gone = ease(times, hit - 0.45, hit + 0.08) * (1.0 - ease(times, hit + 0.55, hit + 1.4))
        away += gone * (rng.uniform(0.32, 0.42) if dodge == "back" else 0.08)
        aside += gone * rng.choice([-1.0, 1.0]) * (rng.uniform(0.40, 0.5) if dodge == "aside" else 0.05)
    axis = np.cumsum(wander(rng, times, 1, 0.12, 0.1, 0.25)[:, 0]) / FPS
    ways = opposed(times, wander(rng, times, 2, 0.03, 0.08, 0.2), gap, axis, 0.8)
    turned = (axis - axis[HERE])[:, None]
    along, across = (np.hstack([np.sin(turn), np.cos(turn)]) for turn in (turned, turned + np.pi / 2))
    ways[1] = (ways[1][0] + away[:, None] * along + aside[:, None] * across, ways[1][1])
    leads = tuple(int(rng.uniform() < 0.25) for _ in range(2))
    still = tuple((hit - DRIVE - LIFT - 0.3, hit + RECOIL + LOWER + 0.1) for hit in hits)
    tempo = float(np.clip(manner.tempo, 0.9, 1.15))
    pair = fighters(rng, t, bodies, ways, leads, 1.2 * tempo, manner.vigour, (still, ()))
    leg, rise = 1 - leads[0], float(rng.uniform(-0.25, 0.25))
    for hit in hits:
        _evade(rng, pair[1], hit)
        kick(pair[0], leg, hit, np.interp(t, times, ways[0][1]), rise, rng.uniform(0.35, 0.6))
    for person, lead in zip(pair, leads, strict=True):
        raise_fists(rng, person, person.trunk()[0], lead)
    return pair, {
        "manner": manner.name,
        "leg": SIDES[leg],
        "kicks": len(hits),
        "dodge": dodge,
        "high": rise > 0.08,
    }


def _evade(rng: np.random.Generator, person: Performer, hit: float) -> None:
    """The dodging one shrinks from the foot: hips back, chest and chin away, a little aside."""
    t = person.t
    shrink = hump(t, hit - 0.38, hit + 0.6)
    person.lean = person.lean - rng.uniform(0.12, 0.25) * shrink
    person.tilt = person.tilt + rng.uniform(-0.12, 0.12) * shrink
    person.twist = person.twist + SIGN[int(rng.integers(2))] * rng.uniform(0.05, 0.15) * shrink
    person.crouch = person.crouch + 0.035 * hump(t, hit - 0.4, hit + 0.7)


def check(positions: np.ndarray) -> bool:
    """A foot shoots up and out at the other, who moves away before it and is not hit."""
    return acting(positions) is not None


def acting(positions: np.ndarray) -> int | None:
    """Who kicks."""
    return who_does(positions, either_side(_misses))


def _misses(positions: np.ndarray, side: int) -> np.ndarray:
    """(T,) a foot is raised and stretched out towards the other, who gives way to it and stays clear of it."""
    person, other = positions
    hip, toe = person[:, JOINT[f"{SIDES[side]}_hip"]], person[:, TOES[side]]
    towards = np.sum((toe - hip) * line_to(person, other), -1)
    high = (toe[:, 1] > 0.55 * hip[:, 1]) & (towards > 0.6 * hip[:, 1]) & facing(positions, 80.0)
    clear = distance(toe[:, None], other).min(-1) > 0.08
    gone = np.zeros(len(high), dtype=bool)
    for frame in np.flatnonzero(high):
        place = other[max(frame - 15, 0) : frame + 10, 0, ::2]
        gone[frame] = np.linalg.norm(place - place[0], axis=-1).max() > 0.15
    return high & clear & gone


def slots(parameters: dict) -> Slots:
    """Words for the leg, the number of kicks and the way out."""
    once, back = parameters["kicks"] == 1, parameters["dodge"] == "back"
    return {
        "leg": ("", f" with the {parameters['leg']} leg", f" with the {parameters['leg']} foot"),
        "dodges": ("dodges", "gets out of the way", "draws back" if back else "steps aside"),
        "away": ("steps back", "moves back") if back else ("steps aside", "moves to the side"),
        "single": ("",) if once else (),
        "again": ("",) if not once else (),
        "high": ("",) if parameters["high"] else (),
    }


TRAINING = (
    "{One} kicks and {other} dodges{how}.",
    "{One} kicks{leg}{how} and {other} {dodges}.",
    "{One} kicks at {other}{leg}{how}, who {dodges}.",
    "{One} tries to kick {other}{leg}{how}, but {other} {dodges}.",
    "{One} tries to kick {other}{leg}{how}, who {away}.",
    "{One} throws a kick{leg}{how} and {other} {away}.{single}",
    "{One} throws kicks{leg}{how} and {other} dodges them.{again}",
    "{One} kicks at {other}{how} again and again, and {other} dodges every time.{again}",
    "{One} does a front kick{leg}{how} and {other} {dodges}.{single}",
    "{One} kicks high{leg}{how}, and {other} {dodges}.{high}",
    "{One} aims a kick at {other}{leg}{how}, who {dodges}.{single}",
    "{One} kicks forward{leg}{how}, {other} {away} in time.",
    "{One} kicks{leg}{how} and misses, as {other} {away}.",
    "{One} attacks with a kick{how} and {other} {dodges}.{single}",
    "{One} is kicking{leg}{how} and {other} is dodging.",
    "{One} kicks{leg} and {other} avoids it{how}.",
    "{Second} dodges a kick by {first}{how}.{single}",
    "{Second} dodges the kicks of {first}{how}.{again}",
    "{Second} {away} to dodge a kick by {first}{leg}{how}.{single}",
    "{Second} {dodges} when {first} kicks{leg}{how}.",
    "{Second} avoids being kicked by {first}{how}.",
    "{Second} {away} while {first} kicks{leg}{how}.",
    "{Second} is attacked with a kick by {first}{how} and {dodges}.{single}",
    "Two people fight: {one} kicks{leg}{how}, {other} {dodges}.",
    "Two people spar{how}; {one} kicks and {other} dodges.",
    "In a fighting stance, {one} kicks{leg}{how} and {other} {away}.",
    "A kick{how} from {one}, dodged by {other}.{single}",
    "{First} kicks at {second}{leg}{how}, but {second} {dodges}.",
    "Someone kicks{leg}{how} and another person {dodges}.",
    "{One} kicks out, {other} evades{how}.",
    "Kicking and missing{how}.",
    "Kick and evade{how}.",
    "A kick into thin air.{single}",
    "{One} boots at {other}{leg}{how}, hitting nothing.",
    "{Second} evades {first}'s foot{how}.",
    "Missed kick, clean evasion.{single}",
    "Kickboxer whiffs{leg}, opponent evades{how}.",
    "{Second} eludes {first}'s kicks{how}.{again}",
    "Foot attack, evasive footwork{how}.",
    "Kicks hitting only air.{again}",
    "{One} tries booting {other}{leg} but whiffs.",
    "A fighter kicks{leg}, a rival {dodges}.",
    "{One} swings a leg at {other}{how} and hits nothing.",
    "{One} lets fly with the foot{how}, {other} gets clear.",
    "{First} kicks out{leg}{how}; {second} slips out of range.",
    "{Second} escapes the flying foot of {first}{how}.",
    "{Second} does not get hit when {first} kicks out{leg}.",
    "{Second} {away}, leaving {first} to kick the empty air{how}.",
    "{One} launches a foot at {other}{how}, who {away}.{single}",
    "A karate student thrusts out a foot and the partner {dodges}.",
    "Taekwondo practice: one kicks out{leg}{how}, the partner evades.",
    "A bully tries to boot a classmate{how}, who {dodges}.",
    "Have one fighter whiff a kick{leg}{how} as the opponent {away}.{single}",
    "{One} fires off a kick{leg}, and {other} is no longer there.{single}",
    "{One} keeps kicking{how}, yet {other} keeps slipping away.{again}",
    "{One} sends the foot up high at {other}{how}, who {dodges}.{high}",
    "{One} snaps the knee up and shoots the foot out at {other}{how}, who shifts away and stays unhurt.",
    "{Second} reads the attack in time and {away}, so that the foot of {first} finds no target.",
    "In the dojo, {one} tests the reflexes of {other}{how} by kicking out{leg}, and the target {dodges}.",
    "Two martial artists train: {one} extends a leg to strike{how}, {other} takes the body out of reach.",
    "{One} means to plant a foot on {other}{how}, but the target {away} and there is no contact.",
    "As soon as the foot of {first} comes flying, {second} {away} and gets off without a scratch.",
    "{Second} is nearly struck by the foot of {first} but manages to move out of reach{how}.",
    "A street brawler kicks out at another man{how}, who shifts just enough to stay untouched.",
    "Animate a combat beat in which the first fighter kicks{leg} and the second one {away}, no contact.",
    "During a brawl in the school yard, one boy kicks out{leg}{how} at another, who {dodges} without being touched.",
    "Stunt rehearsal: the attacker's foot has to miss, because the victim {away} just in time.",
    "A ninja shoots out a foot{how}, yet the guard gets out of harm's way and the blow finds only empty space.{single}",
    "Kick upon kick comes from one fighter, but the other keeps getting out of range and none of them lands.{again}",
)
TEST = (
    "{One} swings a leg at {other}{how}, who evades it.",
    "{One} lashes out{leg}{how}, but only hits the air because {other} {away}.",
    "{One} goes at {other} with a karate kick{how}; {other} escapes it.",
    "{Second} slips away from a kick thrown by {first}{how}.{single}",
    "{Second} evades the foot of {first}{how}.",
    "{Second} moves out of reach as {first} kicks{leg}{how}.",
    "Martial arts: {one} kicks{leg}{how}, the partner dodges.",
    "Someone kicks at the partner{leg}{how}, and the partner {away}.",
)

FAMILY = Family(
    "One person kicks and the other dodges.",
    perform,
    Wordings(TRAINING, TEST, slots),
    check,
    acting=acting,
    shortest=2.0,
)
