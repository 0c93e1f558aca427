"""Two people bow to each other, from the hips, the head following and the eyes going down."""

import numpy as np

from ....skeleton import JOINT
from ..body import Body
from ..curves import pulse
from ..gestures import converse
from ..observe import SHOULDERS, facing, forward
from ..person import Performer
from ..scene import Family, draw_manner, meet, performers, share_out
from ..texts import ADVERBS, Slots, Wordings, approach_slots


def perform(rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body]) -> tuple[list[Performer], dict]:
    """Meet, bow together or one after the other, come up again."""
    manner = draw_manner(rng, t[-1], ("slow", "fast", "gentle", "friendly"))
    tempo = np.clip(manner.tempo, 0.75, 1.3)
    down, staying, up = np.array([0.62, 0.15, 0.72]) / tempo
    order = "A" if rng.uniform() < 0.5 else "together"
    late = rng.uniform(0.25, 0.4 if t[-1] < 3 else 1.1) if order == "A" else rng.uniform(0.0, 0.1)
    deep = bool(rng.uniform() < 0.35)
    depth = rng.uniform(0.95, 1.2) if deep else rng.uniform(0.58, 0.78)
    deeper = bool(rng.uniform() < 0.3)
    depths = (depth, max(depth * rng.uniform(0.55, 0.7), 0.5) if deeper else depth * rng.uniform(0.92, 1.05))
    needed = down + staying + up + late
    # the deeper the bow, the further apart, so that the heads stay clear of each other
    gap = 0.85 + 0.6 * np.sin(depth) + rng.uniform(0.0, 0.3)
    meeting = meet(rng, bodies, gap, t[-1] - needed, manner.tempo)

    start = max(meeting.arrive, 0.05)
    slack = t[-1] - start - needed
    again = bool(slack > needed + 0.8 and rng.uniform() < 0.35)
    before, longer, pause, _ = share_out(rng, slack - again * needed, (1.0, 1.0, 0.5, 1.0))
    pair = performers(rng, t, bodies, meeting.routes, manner.vigour)
    staying += min(longer / (1 + again), 0.8)
    begin = start + before
    for _ in range(1 + again):
        for person, wait, deep_by in zip(pair, (0.0, late), depths, strict=True):
            _bow(rng, t, person, begin + wait, (down, staying, up), deep_by)
        end = begin + late + down + staying + up
        begin = end + min(pause, 0.6)
    first = int(rng.integers(2))
    converse(rng, pair, meeting.arrive, start + before, first)
    converse(rng, pair, end, t[-1] + 1.0, 1 - first)
    parameters = {"manner": manner.name, "walks": meeting.walks, "starts": order}
    return pair, parameters | {"depth": "deep" if deep else "slight", "deeper": deeper, "again": again}


def _bow(
    rng: np.random.Generator, t: np.ndarray, person: Performer, start: float, lasts: tuple[float, ...], depth: float
) -> None:
    """Bend from the hips by `depth` radians from `start` on; going down, staying and coming up last `lasts` seconds."""
    down, staying, up = lasts
    leave = start + down + staying
    bowing = pulse(t, start, start + down, leave, leave + up)
    person.bow = person.bow + depth * bowing
    # the eyes leave the other just before the trunk goes down
    gaze_down = pulse(t, start - 0.1, start + 0.8 * down, leave + 0.2 * up, leave + 1.1 * up)
    person.attention = person.attention - gaze_down
    person.nod = person.nod + rng.uniform(0.1, 0.3) * gaze_down
    person.spread = person.spread - 0.05 * bowing


def check(positions: np.ndarray) -> bool:
    """Both trunks go down by 20 degrees or more over straight legs and come up again, facing each other."""
    return all(_bows(person, facing(positions)) for person in positions)


def _bows(person: np.ndarray, face_to_face: np.ndarray) -> bool:
    trunk = person[:, SHOULDERS].mean(1) - person[:, JOINT["pelvis"]]
    lean = np.degrees(np.arctan2(np.sum(trunk * forward(person), -1), trunk[:, 1]))
    deepest = int(np.argmax(lean))
    upright = max(12.0, 0.5 * lean[deepest])
    if person[deepest, 0, 1] < 0.85 * person[:, 0, 1].max():
        return False
    if lean[deepest] < 20.0 or lean[: deepest + 1].min() > upright or lean[deepest:].min() > upright:
        return False
    return bool(face_to_face[max(deepest - 3, 0) : deepest + 4].any())


def slots(parameters: dict) -> Slots:
    """Words for how deep, who bows first and who bows deeper."""
    unequal = parameters["deeper"]
    deep = {"deep": " deeply", "slight": " slightly"}[parameters["depth"]]
    plain = ("",) if unequal else ("", deep)
    return approach_slots(parameters["walks"]) | {
        "deep": plain,
        "manner": plain + ADVERBS.get(parameters["manner"], ()),
        "deep_one": ("", deep),
        "leads": ("",) if parameters["starts"] == "A" else (),
        "together": ("", " at the same time") if parameters["starts"] == "together" else ("",),
        "same": () if parameters["starts"] == "A" else ("",),
        "unequal": ("",) if unequal else (),
        "low": ("",) if parameters["depth"] == "deep" and not unequal else (),
        "small": ("",) if parameters["depth"] == "slight" and not unequal else (),
        "again": ("",) if parameters["again"] else (),
    }


TRAINING = (
    "Two people{walking} bow to each other{manner}{together}.",
    "They{walking} bow to each other{manner}{together}.",
    "The two{walking} bow{manner} towards each other.",
    "Two people greet each other with a bow{together}{how}.",
    "One person bows{deep_one} to the other, who bows back{how}.{leads}",
    "A person bows{deep_one} and the other person bows in return{how}.{leads}",
    "The first person bows{deep_one} and the second one bows too{how}.",
    "One person bows first{how}, then the other bows.{leads}",
    "The first person starts to bow{how} and the second one follows.{leads}",
    "Both people bow at the same moment{how}.{same}",
    "Two people facing each other bend forward{how} and straighten up again.",
    "One person bows lower than the other.{unequal}",
    "A person bows more deeply than the other one, who bows only a little{how}.{unequal}",
    "One person {one_walks} the other and they bow to each other{how}.",
    "The second person {other_walks} the first one and both bow{how}.",
    "Two people{walking} bow politely{deep}.",
    "A respectful bow between two people.{same}",
    "Two people{walking} bow{manner}, lowering their heads.",
    "One person and another person bow to each other{together}{how}.",
    "Two people make a deep bow to each other{how}.{low}",
    "They bow very low to each other{how}.{low}",
    "Two people make a small bow to each other{how}.{small}",
    "Two people bow twice{how}.{again}",
    "The two bow again and again{how}.{again}",
    "Two people greet each other in the Japanese way, with a bow{how}.",
    "The two{walking} incline their upper bodies{how} in greeting.",
    "Bow to each other{how}.",
    "Two people thank each other with a bow{how}.",
    "A mutual bow{how}.",
    "Two people{walking} take a bow before each other{manner}.",
    "They fold forward at the hips{how}.",
    "A reverence on either side{how}.",
    "They{walking} bend at the waist{manner}{together}.",
    "Both lean forward from the hips, heads following and eyes on the floor{how}.",
    "Two martial artists salute each other before the fight by bending forward{how}.",
    "They pay each other respect{how}.",
    "Two karate fighters do the rei on the mat before the fight, backs tilting forward from the hips{how}.",
    "They lower their gaze and bend the upper body in respect{how}.",
    "Two people{walking} make obeisance to each other{how}.",
    "Judoka before the match{how}.",
    "Bowing to one another{together}.",
    "They dip their heads and torsos{manner}{together}.",
    "Samurai greeting.",
    "Business people in Tokyo greet one another without touching, bending from the hips{how}.",
    "Ojigi between two people{how}.",
    "At the end of the play two actors{walking} stoop towards each other in a courtly manner, eyes on the boards.",
    "Make both characters tip forward from the hips, look down and come up again.",
    "Two noblemen greet each other as people did at court, bending from the hips with the head going down.",
    "A formal Asian greeting.",
    "Two people lower their upper bodies in front of each other as a sign of respect{how}.",
    "With eyes cast down, both of them tilt forward from the hips{manner}{together}.",
    "Respect is shown on either side: hips bend, heads sink, eyes drop.",
    "Show two people in a Japanese office who greet each other by leaning forward with lowered eyes{how}.",
    "Two diplomats exchange bows{how}.",
    "Take a bow, you two{how}.",
    "Two dancers{walking} make a reverence to each other.",
    "They bend forward to say hello{how}.",
    "Two backs bend politely{how}.",
    "One person bends forward{deep_one}, and the gesture is returned by the other{how}.{leads}",
    "The first person lowers head and torso, and a moment later the second one does likewise{how}.{leads}",
    "Two backs bend at exactly the same time{how}.{same}",
    "A humble servant bends lower than the master, who merely inclines the head and shoulders.{unequal}",
    "One person {one_walks} the other, and they greet by bending forward{how}.",
    "The second person {other_walks} the first one, and respectful bows are exchanged.",
    "They bend down low, in deep respect{how}.{low}",
    "Just a short dip of the upper body from each{how}.{small}",
    "They keep bending and straightening.{again}",
    "Mutual respect, hips bent, eyes down.",
)
TEST = (
    "Two people show each other respect by bowing{manner}.",
    "A pair of people{walking} take a bow to one another{together}{how}.",
    "Someone bows{deep_one}{how} and the partner returns the bow.{leads}",
    "Both bend at the waist{how} to greet one another.",
    "The two martial artists{walking} bow{how} before the fight.",
    "Two performers honour each other, bending forward from the hips{manner}.",
    "A formal bow on both sides{how}.",
    "One of them takes the lead with a bow and the other answers it{how}.{leads}",
)

FAMILY = Family("Two people bow to each other.", perform, Wordings(TRAINING, TEST, slots), check)
