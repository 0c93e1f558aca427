"""Two people wave at each other: a raised forearm swings from side to side; one may start, the other answers."""

from itertools import pairwise

import numpy as np

from ..arms import Reach
from ..body import SIDES, SIGN, Body
from ..curves import FPS, pulse
from ..gestures import listen, shift_weight
from ..limbs import direction
from ..observe import ELBOWS, SHOULDERS, UP, WRISTS, distance, either_side, forward, hand_of, stepping, turns
from ..person import Performer
from ..scene import Family, draw_manner, meet, performers, share_out
from ..texts import Slots, Wordings, approach_slots


def perform(rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body]) -> tuple[list[Performer], dict]:
    """Meet at a distance, wave one after the other or together, lower the hands."""
    manner = draw_manner(rng, t[-1], ("slow", "fast", "energetic", "friendly"))
    raising, lowering = np.array([0.55, 0.6]) / np.clip(manner.tempo, 0.8, 1.25)
    answer = bool(rng.uniform() < 0.6)
    late = rng.uniform(0.25, 0.35 if t[-1] < 2.8 else 1.2) if answer else rng.uniform(0.0, 0.08)
    shortest = 0.75 / np.clip(manner.tempo, 0.75, 1.3)
    gap = rng.uniform(1.2, 2.4)
    needed = raising + shortest + 0.6 * lowering + late
    meeting = meet(rng, bodies, gap, t[-1] - needed, manner.tempo)

    start = max(meeting.arrive - 0.3, 0.05)
    slack = t[-1] - start - needed
    again = bool(slack > needed + 1.0 and rng.uniform() < 0.7)
    before, longer, pause, _ = share_out(rng, slack - again * needed, (0.6, 2.5, 1.0, 0.6))
    same = int(rng.uniform() < 0.8)
    arms = (same, same if rng.uniform() < 0.75 else 1 - same)
    pair = performers(rng, t, bodies, meeting.routes, manner.vigour)
    for person in pair:
        shift_weight(rng, person, meeting.arrive, t[-1] + 1.0)
    for person, side, wait in zip(pair, arms, (0.0, late), strict=True):
        first = start + before + wait
        waving = shortest + min(longer / (1 + again), 2.4)
        for _ in range(1 + again):
            leave = first + raising + waving
            _wave(rng, t, person, side, (first, first + raising, leave, leave + lowering), manner.tempo)
            listen(rng, person, [(leave + 0.3, leave + lowering + min(pause, 1.5))])
            first = leave + lowering + min(pause, 1.5)
    hands = tuple(SIDES[side] for side in arms)
    parameters = {"manner": manner.name, "walks": meeting.walks, "answers": answer, "hands": hands, "again": again}
    return pair, parameters


def _wave(rng: np.random.Generator, t: np.ndarray, person: Performer, side: int, times: tuple, tempo: float) -> None:
    """Raise a hand beside the head at times[0:2], swing it about the elbow, lower it at times[2:4]."""
    start, up, leave, end = times
    weight = pulse(t, start, up, leave, end)
    person.collars[side, :, 0] += 0.22 * weight
    person.tilt = person.tilt - 0.03 * SIGN[side] * weight
    person.nod = person.nod - 0.05 * weight
    shoulders = person.trunk()[0][:, 16 + side]
    rate = float(np.clip(rng.uniform(1.7, 2.1) * tempo, 1.5, 2.6))
    window = pulse(t, start + 0.6 * (up - start), up + 0.1, leave - 0.05, leave + 0.5 * (end - leave))
    angle = 0.12 + rng.uniform(0.30, 0.42) * np.clip(person.vigour, 0.8, 1.25) * window * np.sin(
        2 * np.pi * rate * (t - up) + rng.uniform(-0.5, 0.5)
    )
    # the elbow stays put a little below the shoulder while the forearm swings over it
    heading = person.gait.heading
    raised, out, ahead = rng.uniform(-0.12, 0.02), rng.uniform(0.5, 0.75), rng.uniform(0.5, 0.75)
    upper = direction(heading, ahead, out * SIGN[side], raised)
    upper = upper / np.linalg.norm(upper, axis=-1, keepdims=True) * person.body.length("left_elbow")
    forearm = direction(heading, 0.18, SIGN[side] * np.sin(angle), np.cos(angle))
    wrist = shoulders + upper + forearm * person.body.length("left_wrist")
    tilted = direction(heading, 0.1, SIGN[side] * np.sin(1.35 * angle), np.cos(1.35 * angle))
    bulge = direction(heading, 0.12, 0.06 * SIGN[side])
    elbow = direction(heading, ahead, out * SIGN[side], -0.9)
    person.reaches.append(Reach(side, wrist, weight, tilted, direction(heading), elbow, bulge))


def check(positions: np.ndarray) -> bool:
    """Each has a raised hand that goes from side to side."""
    return all(either_side(_waves)(pair) for pair in (positions, positions[::-1]))


def handed(positions: np.ndarray) -> str | None:
    """The hand that A waves with."""
    return hand_of(positions, 0, _waves)


def _waves(positions: np.ndarray, side: int) -> bool:
    """A raised hand, far from the other's, going from side to side: two turns after 4 cm within a second and a half."""
    person, other = positions
    wrist, elbow, shoulder = person[:, WRISTS[side]], person[:, ELBOWS[side]], person[:, SHOULDERS[side]]
    raised = (wrist[:, 1] > elbow[:, 1] + 0.05) & (wrist[:, 1] > shoulder[:, 1] - 0.1)
    raised &= (distance(wrist[:, None], other[:, WRISTS]).min(-1) > 0.4) & ~stepping(person)
    sideways = np.sum(np.cross(UP, forward(person)) * (wrist - shoulder), -1)
    return any(b - a <= 1.5 * FPS for a, b in pairwise(turns(sideways, raised, 0.04)))


def slots(parameters: dict) -> Slots:
    """Words for the hands and who starts."""
    mine, yours = parameters["hands"]
    return approach_slots(parameters["walks"]) | {
        "hands": ("", f" with their {mine} hands") if mine == yours else ("",),
        "my_hand": ("a hand", f"the {mine} hand"),
        "your_hand": ("a hand",) + ((f"the {yours} hand",) if mine == yours else ()),
        "with_mine": ("", f" with the {mine} hand"),
        "answers": ("",) if parameters["answers"] else (),
        "together": ("",) if parameters["answers"] else ("", " at the same time"),
        "same": () if parameters["answers"] else ("",),
        "different": ("",) if mine != yours else (),
        "again": ("",) if parameters["again"] else (),
        "lively": ("",) if parameters["manner"] == "energetic" else (),
        "mine": (mine,),
        "yours": (yours,),
    }


TRAINING = (
    "Two people{walking} wave at each other{hands}{together}{how}.",
    "Two people{walking} wave to each other{hands}{how}.",
    "They{walking} wave at each other{hands}{together}{how}.",
    "The two wave hello to each other{hands}{how}.",
    "One person waves{with_mine} at the other, who waves back{how}.{answers}",
    "A person waves at another person{with_mine}{how} and gets a wave in return.{answers}",
    "The first person raises {my_hand} and waves{how}; the second person waves too.",
    "The second person lifts {your_hand} to wave{how}, and so does the first.",
    "One person starts waving{with_mine}{how} and then the other waves back.{answers}",
    "The first person waves{with_mine}, and after a moment the second one answers{how}.{answers}",
    "Both people lift a hand and wave{how}.",
    "Two friends{walking} greet each other by waving{hands}{how}.",
    "Two people wave goodbye to each other{hands}{how}.",
    "Two people say goodbye with a wave of the hand{how}.",
    "One person {one_walks} the other and they wave at each other{how}.",
    "The second person {other_walks} the first one and they wave{how}.",
    "Two people facing each other wave their hands from side to side{how}.",
    "One waves with the {mine} hand and the other with the {yours} hand.{different}",
    "People{walking} wave to one another{hands}{how}.",
    "A friendly wave between two people.",
    "Both wave at the same moment{how}.{same}",
    "Two people wave, stop, and wave once more{how}.{again}",
    "Two people keep waving at each other{hands}{how}.{again}",
    "Waving, two people greet one another{hands}{how}.",
    "Two people stand a few steps apart and wave{hands}{how}.",
    "Hello: one person waves{with_mine}{how} and the other does the same.",
    "Two people wave wildly at each other.{lively}",
    "Wave at each other{how}.",
    "Hi there.",
    "Hello and hello back.",
    "Bye-bye with a hand{how}.",
    "Two people gesture hello{hands}{how}.",
    "Saying hi with swinging hands{how}.",
    "Signalling hello to each other{how}.",
    "A greeting by hand.",
    "They hail each other{hands}{how}.",
    "Mutual hello, hand up.",
    "Two neighbours say hi{how}.",
    "Farewell, hands in the air.",
    "Hello or goodbye by hand.",
    "Both wag a raised hand{how}.",
    "Two people swing their raised forearms to and fro{how}.",
    "They{walking} say hi to one another with a hand in the air{how}.",
    "Two people bid each other farewell{hands}, palms open and swinging{how}.",
    "Two pals{walking} salute one another with a swing of the forearm{how}.",
    "Hands go up and sway from side to side{how}.",
    "Across the street, two neighbours flap their hands in greeting{how}.",
    "They{walking} give each other a hello with swaying hands{together}{how}.",
    "Somebody motions hello{with_mine}{how} and the greeting is returned.{answers}",
    "One hand swings in the air{how}, then another replies.{answers}",
    "The first person holds up {my_hand} and wags it to say hi{how}.",
    "The second person swings {your_hand} in the air as a greeting{how}.",
    "Make both characters say goodbye with an open palm swinging.",
    "Two friends part{how} with hands fluttering in the air.",
    "Excited hellos, hands swinging like mad.{lively}",
    "Two old friends{walking} spot each other and lift their forearms, which go back and forth like windscreen wipers.",
    "At the station two people take leave of each other: a hand is up on either side and swings to and fro.",
    "Two people{walking} bend an elbow, show the palm and rock the forearm from one side to the other{how}.",
    "Two neighbours see each other over the garden fence, and each puts up a hand and moves it sideways to greet{how}.",
    "The first person lifts {my_hand}, the second person lifts {your_hand}, and the forearms swing like a pendulum.",
    "One of the two begins to swing a hand in greeting{how}, and the other answers in kind.{answers}",
    "In perfect timing both of them throw up a hand and let it swing from side to side{how}.{same}",
    "One uses the {mine} arm and the other uses the {yours} arm, but both are swinging a hello{how}.{different}",
    "They swing the hand in greeting, let it drop, and then do the whole thing over again.{again}",
    "The greeting has no words: two people{walking} let the palms show and rock them back and forth{together}.",
    "Like kids seeing each other off after school, two people lift an arm and swing the hand from side to side.",
    "Two colleagues{walking} greet one another without a word, just with an open hand that swings from "
    "one side to the other.",
    "One has a raised, swinging hand for a hello, and the other one is glad to give the same back.",
)
TEST = (
    "Two neighbours say hello with a wave{hands}{how}.",
    "Seeing each other, the two{walking} wave{how}.",
    "Someone waves{with_mine}{how}, and the partner returns the wave.{answers}",
    "A pair of friends swing a raised hand in greeting{how}.",
    "One of them holds up {my_hand} to wave and the other does likewise{how}.",
    "Hands go up and the two people wave{how}.",
    "A mutual wave from a distance{how}.",
    "They bid each other farewell, hands waving in the air{how}.",
)

FAMILY = Family("Two people wave at each other.", perform, Wordings(TRAINING, TEST, slots), check, handed)
