"""Two people fight with sticks or swords that are not seen: lunges, cuts, parries, at times a touch at the chest."""

from dataclasses import dataclass

import numpy as np

from ....skeleton import JOINT
from ..arms import Reach
from ..body import SIDES, SIGN, Body
from ..curves import ease, hump, keyed, pulse, wander
from ..gait import Gait, Path, Step, tread
from ..guard import Way, aim_of, crouch_ready, opposed, punch, shuffle, wind_up
from ..limbs import direction
from ..observe import WRISTS, apart, facing, hand_of, hands_apart, line_to, thrusts
from ..paths import clock
from ..person import Performer
from ..scene import Family, draw_manner, people
from ..texts import Slots, Wordings

TURNED = 0.55  # radians by which the armed side is turned to the other
STANCE = 0.40  # metres between the feet of an average adult, from front to back
LUNGE = (0.26, 0.17)  # of an average adult: how far the body goes, and the front foot further on
OUT, BACK = 0.42, 0.50  # seconds of a lunge and of the recovery from it

# The armed hand in (forward, outward, up) from its shoulder, of an average adult: wrist, blade, palm.
POSES = {
    "guard": ((0.27, 0.08, -0.20), (1.0, -0.15, 0.35), (0.2, -0.6, -0.8)),
    "salute": ((0.25, -0.13, -0.02), (0.10, -0.05, 1.0), (-0.6, -0.8, 0.0)),
    "raised": ((0.02, 0.16, 0.20), (-0.25, 0.10, 1.0), (0.5, -0.9, 0.0)),
    "parry inside": ((0.30, -0.15, -0.10), (0.75, -0.10, 0.75), (0.4, -0.8, -0.6)),
    "parry outside": ((0.30, 0.22, -0.12), (0.75, 0.05, 0.75), (0.5, -0.5, -0.7)),
    "parry high": ((0.27, 0.02, 0.22), (0.30, -1.0, 0.25), (0.9, 0.1, 0.5)),
    "lowered": ((0.16, 0.14, -0.40), (0.75, 0.25, -0.65), (0.1, -1.0, -0.3)),
}

# The other hand likewise: wrist, wrist thrown back in a lunge, fingers, palm, elbow.
FREE_HAND = {
    "raised": ((-0.16, 0.26, 0.16), (-0.40, 0.20, -0.05), (0.3, -0.2, 1.0), (0.8, -0.5, -0.3), (-0.6, 0.3, -0.7)),
    "low": ((-0.02, 0.26, -0.34), (-0.12, 0.34, -0.26), (0.9, 0.3, -0.3), (0.1, -0.5, -0.9), (-0.9, 0.3, 0.0)),
}


@dataclass(frozen=True)
class Attack:
    """One go at the other, over at `hit` seconds; who: 0 or 1; lands: touches the chest instead of being parried."""

    hit: float
    who: int
    kind: str
    lands: bool = False


def perform(rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body]) -> tuple[list[Performer], dict]:
    """Advance, attack, parry, strike back or fall back, and again; in longer clips perhaps after a salute."""
    manner = draw_manner(rng, t[-1], ("slow", "fast", "energetic", "angry"))
    tempo = np.clip(manner.tempo, 0.85, 1.15)
    side, fences = int(rng.uniform() < 0.75), bool(rng.uniform() < 0.5)
    salutes = bool(t[-1] > 4.0 and rng.uniform() < 0.4)
    touches = bool(t[-1] > 2.4 and rng.uniform() < 0.4)
    attacks = _plan(rng, t[-1], tempo, fences, salutes, touches)
    ways = _ways(rng, clock(t), bodies, attacks)
    gaits = [_gait(rng, t, bodies[who], ways[who], side, attacks, who, tempo) for who in (0, 1)]
    pair = people(rng, t, bodies, gaits, manner.vigour)
    for who, person in enumerate(pair):
        crouch_ready(rng, person)
        person.collars[1 - side, :, 1] -= 0.3
        _brace(rng, person, side, who, attacks, manner.vigour)
    trunks = [person.trunk()[0] for person in pair]
    for who, person in enumerate(pair):
        _wield(rng, person, trunks[who], side, who, attacks, salutes)
        _free_hand(rng, person, trunks[who], 1 - side, fences, who, attacks)
    for attack in attacks:
        who = attack.who
        shoulder, chest = trunks[who][:, 16 + side], trunks[1 - who][:, JOINT["spine3"]]
        aimed = chest + np.array([0.0, 0.30 if attack.kind == "cut" else rng.uniform(-0.02, 0.12), 0.0])
        punch(pair[who], shoulder, side, attack.hit, aimed, 0.30 / tempo, 0.42)
    return pair, {
        "manner": manner.name,
        "hand": SIDES[side],
        "fences": fences,
        "salutes": salutes,
        "touches": touches,
        "cuts": any(attack.kind == "cut" for attack in attacks),
        "attackers": "".join(sorted({"AB"[attack.who] for attack in attacks})),
        "parried": "".join(sorted({"AB"[attack.who] for attack in attacks if not attack.lands})),
    }


def _plan(
    rng: np.random.Generator, seconds: float, tempo: float, fences: bool, salutes: bool, touches: bool
) -> list[Attack]:
    """Attacks from both sides, often answered at once by the one who parried; only the last one may land."""
    attacks: list[Attack] = []
    last = seconds - (0.8 if touches else 0.6)
    at, who = rng.uniform(0.75, min(1.7, last)) + (1.5 if salutes else 0.0), int(rng.integers(2))
    while at < last or not attacks:
        kind = "thrust" if rng.uniform() < (0.9 if fences else 0.45) else "cut"
        attacks.append(Attack(at, who, kind))
        answers = rng.uniform() < 0.45
        at += rng.uniform(1.0, 1.2) / tempo if answers else rng.uniform(1.5, 2.4) / tempo
        who = 1 - who if answers or rng.uniform() < 0.5 else who
    if touches:
        end = last - rng.uniform(0.0, 0.6)
        attacks = [attack for attack in attacks if attack.hit < end - 1.0] + [Attack(end, who, "thrust", True)]
    return attacks


def _ways(rng: np.random.Generator, times: np.ndarray, bodies: tuple[Body, Body], attacks: list[Attack]) -> list[Way]:
    """Both give and take ground between the attacks, towards the one who is about to be attacked, and stand in them."""
    stops, places = [times[0]], [np.zeros(3)]  # along the line, its turning, the gap
    far = 1.06 + 0.62 * (bodies[0].arm + bodies[1].arm) + rng.uniform(0.0, 0.12)
    # after the last one both step back
    coming = [(attack.hit, 1.0 - 2.0 * attack.who, 0.0) for attack in attacks] + [(times[-1], 0.0, 0.15)]
    free = 0.0
    for hit, towards, wider in coming:
        until = min(hit - OUT - 0.48, free + 1.3)
        if until - free > 0.35:
            advance = towards * rng.uniform(0.15, 0.45) * min(until - free, 1.0)
            advance = np.clip(places[-1][0] + advance, -0.35, 0.35) - places[-1][0]
            move = np.array([advance, rng.uniform(-0.2, 0.2), rng.uniform(-0.08, 0.08) + wider])
            stops += [free, until]
            places += [places[-1], places[-1] + move]
        free = hit + BACK
    along, axis, wide = keyed(times, stops, places).T
    centre = np.stack([np.sin(axis) * along, np.cos(axis) * along], axis=-1)
    return opposed(times, centre, far + np.clip(wide, -0.1, 0.25), axis, 0.5)


def _gait(
    rng: np.random.Generator,
    t: np.ndarray,
    body: Body,
    way: Way,
    lead: int,
    attacks: list[Attack],
    who: int,
    tempo: float,
) -> Gait:
    """Short steps along the way with the `lead` foot in front, and a lunge for every own attack."""
    half = STANCE * body.scale / 2.0
    stance = (half, -half) if lead == 0 else (-half, half)
    times, (ground, aim) = clock(t), way
    path = Path(times, ground, aim - SIGN[lead] * TURNED, stance, 0.15)
    lunges = [attack.hit for attack in attacks if attack.who == who]
    free = [step for step in shuffle(rng, path, lead, tempo) if not _during(step, lunges)]
    forth, further = (share * body.scale for share in LUNGE)
    gone = sum(pulse(times, hit - OUT, hit, hit + 0.10, hit + BACK) for hit in lunges) + 0.0 * times
    ahead = direction(aim)[:, ::2]
    for hit in lunges:
        free.append(Step(lead, hit - OUT + 0.06, 0.46, hit, stance[lead] + further))
        free.append(Step(lead, hit + 0.14, 0.50, hit + BACK, stance[lead]))
    path = Path(times, ground + forth * gone[:, None] * ahead, path.heading, stance, path.toe_out)
    return tread(t, body, path, sorted(free, key=lambda step: step.up))


def _during(step: Step, lunges: list[float]) -> bool:
    return any(hit - OUT < step.down and step.up < hit + BACK for hit in lunges)


def _brace(
    rng: np.random.Generator, person: Performer, side: int, who: int, attacks: list[Attack], vigour: float
) -> None:
    """The trunk goes into the own attacks and away from the other's."""
    t = person.t
    for attack in attacks:
        hit = attack.hit
        if attack.who == who:
            wind_up(person, side, hit, 0.55 * np.clip(vigour, 0.8, 1.2), 0.32, 0.42)
            person.lean = person.lean + 0.10 * pulse(t, hit - 0.35, hit, hit + 0.1, hit + BACK)
        else:
            sway = hump(t, hit - 0.3, hit + 0.65)
            person.lean = person.lean - rng.uniform(0.08, 0.16) * (1.0 + 0.8 * attack.lands) * sway
            person.shift = person.shift - 0.04 * sway
            person.twist = person.twist + rng.uniform(-0.12, 0.12) * sway
            person.crouch = person.crouch + (0.02 + 0.03 * (attack.kind == "cut")) * sway


def _wield(
    rng: np.random.Generator,
    person: Performer,
    positions: np.ndarray,
    side: int,
    who: int,
    attacks: list[Attack],
    salutes: bool,
) -> None:
    """The armed hand: in guard, parrying what the other does, swinging up for the own cuts, saluting at first."""
    t = person.t
    shoulder = positions[:, 16 + side]
    _pose(rng, person, shoulder, side, "guard", 0.0 * t + 1.0)
    if salutes:
        late = rng.uniform(0.0, 0.15)
        _pose(rng, person, shoulder, side, "salute", pulse(t, -0.5, late, 0.8 + late, 1.4 + late))
    for attack in attacks:
        hit = attack.hit
        if attack.who == who:
            if attack.kind == "cut":
                _pose(rng, person, shoulder, side, "raised", pulse(t, hit - 0.72, hit - 0.34, hit - 0.32, hit))
            continue
        parry = "parry high" if attack.kind == "cut" else str(rng.choice(["parry inside", "parry outside"]))
        # who is touched has parried too late and not far enough
        late, share = (0.14, 0.55) if attack.lands else (rng.uniform(-0.02, 0.03), 1.0)
        start = hit - 0.34 + late
        _pose(
            rng,
            person,
            shoulder,
            side,
            parry,
            share * pulse(t, start, hit - 0.03 + late, hit + 0.10 + late, hit + 0.55),
        )
    _pose(rng, person, shoulder, side, "lowered", _over(rng, t, attacks))


def _over(rng: np.random.Generator, t: np.ndarray, attacks: list[Attack]) -> np.ndarray:
    """(T,) 0..1 the letting down of the arms after a touch."""
    if not attacks[-1].lands:
        return 0.0 * t
    done = attacks[-1].hit + rng.uniform(0.55, 0.8)
    return ease(t, done, done + rng.uniform(0.7, 0.9))


def _pose(
    rng: np.random.Generator, person: Performer, shoulder: np.ndarray, side: int, name: str, weight: np.ndarray
) -> None:
    """Bring the armed hand into one of POSES; the blade is never quite still."""
    t, aim, sign = person.t, aim_of(person), SIGN[side]
    wrist, blade, palm = (direction(aim, forward, sign * out, up) for forward, out, up in POSES[name])
    wrist = shoulder + person.body.scale * (wrist + wander(rng, t, 3, 0.016, 0.4, 1.3))
    blade = blade + wander(rng, t, 3, 0.09, 0.4, 1.5)
    person.reaches.append(Reach(side, wrist, weight, blade, palm, direction(aim, -0.25, 0.45 * sign, -1.0)))


def _free_hand(
    rng: np.random.Generator,
    person: Performer,
    positions: np.ndarray,
    side: int,
    fences: bool,
    who: int,
    attacks: list[Attack],
) -> None:
    """The other hand: a fencer's is up behind the head, a stick fighter's out for balance; lunges throw it back."""
    t, aim, sign, size = person.t, aim_of(person), SIGN[side], person.body.scale
    shoulder = positions[:, 16 + side]
    spot, back, fingers, palm, elbow = (
        direction(aim, forward, sign * out, up) for forward, out, up in FREE_HAND["raised" if fences else "low"]
    )
    spot = spot + wander(rng, t, 3, 0.018, 0.3, 1.0)
    hits = [attack.hit for attack in attacks if attack.who == who]
    thrown = sum(pulse(t, hit - 0.34, hit + 0.02, hit + 0.15, hit + 0.7) for hit in hits) + 0.0 * t
    wrist = shoulder + size * (spot + np.minimum(thrown, 1.0)[:, None] * (back - spot))
    around = direction(aim, 0.0, 0.16 * sign)
    person.reaches.append(Reach(side, wrist, 1.0 - 0.9 * _over(rng, t, attacks), fingers, palm, elbow, around))


def check(positions: np.ndarray) -> bool:
    """Both hold one hand out at the other over a sword's distance, and thrust or cut with it without touching."""
    return handed(positions) is not None


def handed(positions: np.ndarray) -> str | None:
    """The hand with which both hold the weapon."""
    gap = apart(positions)
    if not (((gap > 0.9) & (gap < 2.4)).mean() > 0.9 and facing(positions, 75.0).mean() > 0.7):
        return None
    if hands_apart(positions).min() < 0.12:
        return None
    return hand_of(positions, 0, _fights)


def _fights(positions: np.ndarray, side: int) -> bool:
    """Whether both people point the hand of `side` at the other, the other hand back, and one of them thrusts it."""
    for person, other in zip(positions, positions[::-1], strict=True):
        to = line_to(person, other)
        out = [np.sum((person[:, WRISTS[each]] - person[:, JOINT["spine3"]]) * to, -1) for each in (side, 1 - side)]
        if ((out[0] > 0.22) & (out[0] - out[1] > 0.25)).mean() < 0.6:
            return False
    return bool(max(thrusts(*pair, side).sum() for pair in (positions, positions[::-1])) > 0)


def slots(parameters: dict) -> Slots:
    """Words for the weapon, the hand, the blows, who attacks, the salute and the touch."""
    hand, attackers, parried = parameters["hand"], parameters["attackers"], parameters["parried"]
    weapons = ("swords", "foils") if parameters["fences"] else ("sticks", "swords")
    true = {
        "fences": parameters["fences"],
        "sticks": not parameters["fences"],
        "cuts": parameters["cuts"],
        "touches": parameters["touches"],
        "safe": not parameters["touches"],
        "salutes": parameters["salutes"],
        "both": attackers == "AB",
        "parried": bool(parried),
        "only_first": attackers == parried == "A",
        "only_second": attackers == parried == "B",
    }
    return {
        "weapons": weapons,
        "weapon": tuple(weapon.removesuffix("s") for weapon in weapons),
        "hand": ("", f" with the {hand} hand"),
        "in_hand": (f" in the {hand} hand",),
    } | {name: ("",) if holds else () for name, holds in true.items()}


TRAINING = (
    "Two people fight a duel with {weapons}{how}.",
    "Two people fight with swords{how}.",
    "Two people fight with sticks{how}.{sticks}",
    "Two people have a sword fight{how}.",
    "Two people have a stick fight{how}.{sticks}",
    "Two people fence{how}.",
    "Two people are fencing{hand}{how}.{fences}",
    "Two fencers fight{how}, one hand behind the head.{fences}",
    "They fence{hand}{how}.{fences}",
    "They duel with {weapons}{how}.",
    "They fight a duel with {weapons}{in_hand}.",
    "The two cross {weapons}{how}.",
    "One person lunges with a {weapon}{how} and the other parries.{parried}",
    "One person attacks the other with a {weapon}{hand}{how}, who parries.{parried}",
    "A person fences with another person{how}.",
    "A person fights another person with a {weapon}{hand}{how}.",
    "The first person fights the second person with {weapons}{how}.",
    "Person A and person B fight with {weapons}{how}.",
    "The first person thrusts a {weapon} at the second person{how}, who parries.{only_first}",
    "The second person attacks with a {weapon}{how} and the first person parries.{only_second}",
    "Two people attack and parry in turns with {weapons}{how}.{both}",
    "Two people with {weapons}{in_hand} attack each other{how}.{both}",
    "Two people swing {weapons} at each other{how}.{cuts}",
    "One person strikes from above with a {weapon}{how} and the other defends.{cuts}",
    "Two people fight with {weapons}{how} until one is touched at the chest.{touches}",
    "Two people fence{how} and one of them scores a hit.{touches}",
    "Two people fight with {weapons}{how} and nobody is hit.{safe}",
    "Two people salute each other and then fight with {weapons}{how}.{salutes}",
    "Two people fight like musketeers{how}.{fences}",
    "A sword fight between two people{how}.",
    "A duel with {weapons}{hand}.",
    "Two swordsmen fight{how}, stepping forward and back.",
    "Two people thrust and parry with imaginary {weapons}{how}.{parried}",
    "Crossing blades{how}.",
    "A fencing bout{how}.",
    "Blade against blade{how}.",
    "Swordplay for two.",
    "Two swashbucklers in action.",
    "A clash of {weapons}{how}.",
    "Melee combat with {weapons}{how}.",
    "Two knights do battle{how}.",
    "A rapier bout.",
    "En garde: attack, parry, riposte.{parried}",
    "Two pirates clash blades{how}.",
    "Lightsaber practice for two.",
    "Armed sparring, two characters.",
    "Two people spar with {weapons}{how}.",
    "Two samurai attack and defend{how}, blade against blade.",
    "Two gladiators trade blows with {weapons}{how}.",
    "Two actors rehearse some stage combat with {weapons}{how}.",
    "They go at each other{how} with {weapons}{in_hand}.",
    "Show me two musketeers settling a matter of honour{how}.",
    "Opponents armed with {weapons} strike and ward off blows.{parried}",
    "Two kids in the yard battle with make-believe {weapons}.",
    "Each tries to hit the other with a {weapon}{hand}{how}.",
    "Knights hack at each other{how} and fend off the blows.{cuts}",
    "Two Jedi face off, swinging and blocking{how}.{cuts}",
    "One combatant stabs with a {weapon}{how} and the rival deflects it.{parried}",
    "Two opponents exchange thrusts and parries{how}, weapon arms stretched out.{fences}{parried}",
    "Robin Hood and Little John go at it with staffs{how}.{sticks}",
    "The tip of a {weapon} lands on the opponent's chest.{touches}",
    "Two adversaries with a {weapon} each{in_hand} step forward and back, striking and warding off{how}.{parried}",
    "Make two characters engage in close combat with invisible {weapons}, one lunging and the other blocking.{parried}",
    "Two old rivals meet in the castle hall and decide{how} with {weapons}{in_hand} who is the better one.",
    "As if they were holding rapiers, two people lunge forward, beat the other blade aside and strike "
    "back{how}.{parried}",
    "A training session of the stage combat class: partners armed with {weapons} practise attacks and defences{how}.",
    "The two act as though each of them held a {weapon}{in_hand}, and they go on the attack by turns{how}.{both}",
    "Two brothers play at being pirates in the garden and have a go at each other with {weapons}{in_hand}.",
    "A fantasy game needs two warriors who assault one another with {weapons}{how}, attacking and blocking.{parried}",
    "Before the blades meet, two opponents greet one another in the old style; then the bout with "
    "{weapons} begins.{salutes}",
    "One warrior makes a lunge with a {weapon}{hand}, and the opponent knocks the point aside just in time.{parried}",
    "With nothing but air in their hands, two people pretend to be locked in a contest of blades.",
    "The bout goes back and forth with {weapons}, but neither of the two opponents lands a single stroke.{safe}",
)
TEST = (
    "A fencing match between two people{how}.",
    "Two opponents cross blades{how}.",
    "Two knights battle with their {weapons}{how}.",
    "A pair of duellists lunge and parry{how}.{parried}",
    "Someone duels with an opponent{how}, {weapon}{in_hand}.",
    "Two friends play at sword fighting{how}.",
    "The two of them spar with {weapons}{how}.",
    "Two people fence and the loser takes a hit on the chest{how}.{touches}",
    "After a salute the two begin to fence{how}.{salutes}",
)

FAMILY = Family("Two people fight with swords.", perform, Wordings(TRAINING, TEST, slots), check, handed)
