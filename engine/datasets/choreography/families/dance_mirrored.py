"""Two people dance face to face as in a mirror: the same steps and arms, left against right."""

from dataclasses import dataclass

import numpy as np

from ....skeleton import JOINT
from ..arms import Reach
from ..body import SIGN, Body
from ..curves import FPS, keyed, smooth, wander
from ..gait import Gait, Path, Step, tread
from ..limbs import direction
from ..observe import SHOULDERS, TOES, WRISTS, apart, distance, facing, hands_apart, stepping
from ..paths import HERE, beside, clock
from ..person import Performer
from ..scene import Family, draw_manner, people
from ..texts import Slots, Wordings

# Where a hand is from its shoulder, in arm lengths: (forward, outward, up); fingers and palm: the ways they point.
SHAPES = {
    "up": ((0.12, 0.22, 0.86), (0.1, 0.1, 1.0), (1.0, -0.3, 0.0)),
    "out": ((0.18, 0.86, 0.05), (0.15, 1.0, 0.1), (0.3, 0.0, -1.0)),
    "bent": ((0.42, 0.10, -0.38), (1.0, -0.2, 0.2), (0.0, -1.0, 0.0)),
    "across": ((0.48, -0.36, -0.28), (0.6, -0.9, 0.1), (-0.2, -0.2, -1.0)),
    "aside": ((0.22, 0.66, -0.34), (0.3, 1.0, 0.0), (0.2, 0.0, -1.0)),
    "high": ((0.34, 0.42, 0.55), (0.3, 0.3, 1.0), (1.0, -0.1, -0.1)),
    "over": ((0.2, 0.1, 0.84), (0.1, -0.4, 1.0), (1.0, 0.2, 0.0)),
    "low": ((0.27, 0.24, -0.52), (0.9, -0.2, -0.2), (0.0, -1.0, -0.2)),
    "front": ((0.78, 0.0, -0.05), (1.0, 0.0, 0.4), (0.3, 0.0, -1.0)),
}
# What (left, right) hand do on the beats of a figure, when the first step goes to the left.
FIGURES = {
    "swing the arms": (("aside", "across"), ("aside", "across"), ("across", "aside"), ("across", "aside")),
    "raise the arms": (("up", "up"), ("bent", "bent"), ("up", "up"), ("bent", "bent")),
    "spread the arms": (("out", "out"), ("bent", "bent"), ("out", "out"), ("bent", "bent")),
    "lift one arm after the other": (("high", "low"), ("bent", "bent"), ("low", "high"), ("bent", "bent")),
    "wave the arms overhead": (("high", "over"), ("high", "over"), ("over", "high"), ("over", "high")),
    "stretch the arms forward": (("front", "front"), ("bent", "bent"), ("front", "front"), ("bent", "bent")),
}


@dataclass(frozen=True)
class Routine:
    """What both dance, in A's terms. beats: seconds at which they begin; feet: (N,) side that steps; left, ahead: (N,)
    metres where the body goes; hands: (N, 2) shapes of the left and right hand."""

    beats: np.ndarray
    feet: list[int]
    left: np.ndarray
    ahead: np.ndarray
    hands: list[tuple[str, str]]
    figures: list[str]


def perform(rng: np.random.Generator, t: np.ndarray, bodies: tuple[Body, Body]) -> tuple[list[Performer], dict]:
    """Draw a routine and dance it twice, left and right exchanged for B."""
    manner = draw_manner(rng, t[-1], ("slow", "fast", "energetic", "gentle"))
    beat = rng.uniform(0.50, 0.62) / np.clip(manner.tempo, 0.8, 1.15)
    routine = _draw(rng, t, beat)
    gap = rng.uniform(1.65, 2.0) + 0.1 * (bodies[0].scale + bodies[1].scale - 2.0)
    gaits = [_dance(rng, t, body, routine, beat, who, gap) for who, body in enumerate(bodies)]
    pair = people(rng, t, bodies, gaits, 0.6)
    size = float(np.clip(manner.vigour, 0.75, 1.15))
    for who, person in enumerate(pair):
        _groove(rng, person, routine, beat, who, size)
        _arms(rng, person, routine, beat, who, size)
    return pair, {"manner": manner.name, "figures": tuple(dict.fromkeys(routine.figures))}


def _draw(rng: np.random.Generator, t: np.ndarray, beat: float) -> Routine:
    """Figures of four beats: side and close, or two to the side and back, or forward and back."""
    times = clock(t)
    names = list(FIGURES)
    feet, left, ahead, hands, figures = [], [], [], [], []
    count = int(np.ceil((times[-1] - times[0]) / beat)) + 8
    chosen = [str(name) for name in rng.choice(names, 2 if t[-1] < 5 else 3, replace=False)]
    phrase = int(rng.integers(1, 3))  # a figure is done so often in a row
    where, first = 0.0, int(rng.integers(2))
    while len(feet) < count:
        figure = chosen[(len(figures) // phrase) % len(chosen)]
        side, step = SIGN[first], rng.uniform(0.24, 0.31)
        kind = rng.choice(3, p=[0.55, 0.25, 0.2])
        if kind == 0:
            aside = [where + side * step, where + side * step, where, where]
            feet += [first, 1 - first, 1 - first, first]
            forth = [0.0] * 4
        elif kind == 1 and abs(where) < 0.1:
            # over two beats to one side, the next time back
            aside = [where + side * step * share for share in (0.75, 1.0, 1.75, 2.0)]
            feet += [first, 1 - first] * 2
            forth, where = [0.0] * 4, aside[-1]
            first = 1 - first
        else:
            aside = [where, where, 0.0, 0.0] if abs(where) > 0.1 else [0.0] * 4
            feet += [first, 1 - first] * 2
            forth, where = [0.28, 0.28, 0.0, 0.0], 0.0
        left, ahead = left + aside, ahead + forth
        shapes = FIGURES[figure]
        hands += list(shapes) if side > 0 else [shape[::-1] for shape in shapes]
        figures.append(figure)
    beats = times[0] + beat * np.arange(len(feet))
    seen = [figures[k // 4] for k in range(len(feet)) if -0.3 * beat < beats[k] < t[-1] - 0.5 * beat]
    return Routine(beats, feet, np.array(left), np.array(ahead), hands, seen)


def _dance(
    rng: np.random.Generator, t: np.ndarray, body: Body, routine: Routine, beat: float, who: int, gap: float
) -> Gait:
    """The footsteps of one of the two, facing the other `gap` metres away."""
    times = clock(t)
    late = who * rng.uniform(0.0, 0.06)
    mirrored, size = SIGN[who], body.scale**0.5 * rng.uniform(0.93, 1.05)
    left, ahead = (
        smooth(np.interp(times, routine.beats + 0.85 * beat + late, column), 0.16 * beat * FPS)
        for column in (mirrored * size * routine.left, size * routine.ahead)
    )
    heading = who * np.pi + wander(rng, times, 1, 0.05, 0.1, 0.3)[:, 0]
    place = np.tile([0.0, who * gap], (len(times), 1))
    ground = beside(place, np.full(len(times), who * np.pi), left, ahead)
    path = Path(times, ground - (1 - who) * ground[HERE], heading, (0.0, 0.0), rng.uniform(0.06, 0.16))
    steps = [
        Step(foot if who == 0 else 1 - foot, mark + late, beat, mark + late + 0.95 * beat, 0.0, 1.1, 0.75, 0.045)
        for mark, foot in zip(routine.beats, routine.feet, strict=True)
    ]
    return tread(t, body, path, steps)


def _groove(rng: np.random.Generator, person: Performer, routine: Routine, beat: float, who: int, size: float) -> None:
    """Knees on every beat; hips, shoulders and head along with the steps."""
    t = person.t
    phase = 2 * np.pi * (t - routine.beats[0]) / beat - 0.15 * who
    person.crouch = size * (0.028 - 0.020 * np.cos(phase) + wander(rng, t, 1, 0.003)[:, 0])
    person.nod = 0.05 * size * np.sin(phase + 0.6)
    slope = np.array([SIGN[foot] for foot in routine.feet], dtype=float) * SIGN[who]
    swing = smooth(np.interp(t, routine.beats + 0.4 * beat, slope), 0.22 * beat * FPS)
    person.twist = 0.16 * size * swing
    person.tilt = -0.05 * size * smooth(swing, 2.0)
    person.lean = 0.03 + 0.03 * np.cos(phase / 2)
    person.trunk()


def _arms(rng: np.random.Generator, person: Performer, routine: Routine, beat: float, who: int, size: float) -> None:
    """Both hands from shape to shape on the beat, never quite alike."""
    t, heading = person.t, person.gait.heading
    shoulders = person.trunk()[0][:, 16:18]
    arm = person.body.arm * (0.9 + 0.08 * size)
    for side in (0, 1):
        sign, late = SIGN[side], rng.uniform(0.0, 0.05)
        # what A's left hand does B's right hand mirrors
        shapes = [np.array(SHAPES[pair[side if who == 0 else 1 - side]]) for pair in routine.hands]
        shapes = [shape + rng.normal(0.0, 0.03, shape.shape) for shape in shapes]
        times, places = [], []
        for mark, shape in zip(routine.beats, shapes, strict=True):
            times += [mark + late + 0.05 * beat, mark + late + 0.9 * beat]
            places += [places[-1] if places else shape.ravel(), shape.ravel()]
        way = smooth(keyed(t, times, places), 2.8).reshape(-1, 3, 3)
        # round the shoulder, not through it
        radius = np.linalg.norm(way[:, :1], axis=-1, keepdims=True)
        way[:, :1] *= smooth(np.maximum(1.0, 0.72 / radius)[:, 0, 0], 1.5)[:, None, None]
        way[:, 0] += wander(rng, t, 3, 0.015, 0.4, 1.2)
        wrist, fingers, palm = (direction(heading, f, sign * o, u) for f, o, u in np.moveaxis(way, (1, 2), (0, 1)))
        # the elbow hangs below the hand, goes out beside a raised one and back behind a low one
        raised, low = np.clip(way[:, 0, 2], 0.0, 1.0), np.clip(-0.35 - way[:, 0, 2], 0.0, 1.0)
        elbow = direction(heading, -0.1 - 1.6 * low, sign * (0.5 + raised), -1.0 + 0.9 * raised)
        person.reaches.append(Reach(side, shoulders[:, side] + arm * wrist, np.ones(len(t)), fingers, palm, elbow))


def check(positions: np.ndarray) -> bool:
    """Face to face, stepping to the same side of the room, opposite hands rising and falling together, not touching."""
    gap = apart(positions)
    if facing(positions).mean() < 0.8 or not 0.8 < np.median(gap) < 2.6 or hands_apart(positions).min() < 0.12:
        return False
    heads = positions[::-1, :, None, JOINT["head"]]
    # a fist in the face and a kick are no dancing
    if distance(positions[:, :, WRISTS], heads).min() < 0.4 or positions[:, :, TOES, 1].max() > 0.4:
        return False
    if min(stepping(person).mean() for person in positions) < 0.3:
        return False
    across = np.cross((positions[1] - positions[0])[:, 0].mean(0) * [1, 0, 1], [0.0, 1.0, 0.0])
    sways = positions[:, :, 0] @ across / np.linalg.norm(across)
    hands = (positions[:, :, WRISTS] - positions[:, :, SHOULDERS])[..., 1]
    pairs = [(hands[0, :, side], hands[1, :, 1 - side]) for side in (0, 1)] + [tuple(sways)]
    alike = [np.corrcoef(*pair)[0, 1] for pair in pairs if np.std(pair, axis=1).min() > 0.03]
    return bool(alike and np.mean(alike) > 0.6)


def slots(parameters: dict) -> Slots:
    """Words for the figures that are danced."""
    figures = parameters["figures"]
    return {"arms": ("",) + tuple(f" and {figure}" for figure in figures), "figure": figures}


TRAINING = (
    "Two people dance facing each other.",
    "Two people dance facing each other{how}{arms}.",
    "Two people dance in mirror image{how}.",
    "Two people dance face to face, mirroring each other{how}.",
    "Two people mirror each other's dance{how}.",
    "Two people mirror each other while they dance{how}{arms}.",
    "Two people do the same dance as in a mirror{how}.",
    "Two people dance in sync{how}, facing each other.",
    "Two people dance opposite each other{how}{arms}.",
    "Two people dance the same steps face to face{how}.",
    "They dance opposite each other{how}{arms}.",
    "They dance in unison{how}, face to face.",
    "They mirror each other's moves in a dance{how}.",
    "The two dance like mirror images of each other{how}.",
    "The two dance face to face without touching{how}.",
    "Two dancers face each other and move in mirror image{how}.",
    "Two dancers step from side to side together{how}{arms}.",
    "Two friends dance to the music{how}, facing each other.",
    "Two friends dance at a party, copying each other{how}.",
    "One person dances and the other mirrors every move{how}.",
    "One person copies the dance of the other{how}.",
    "A person dances in front of another, who does the same{how}.",
    "Facing each other, two people dance{how}{arms}.",
    "Face to face, the two step from side to side in time{how}.",
    "A mirrored dance of two people{how}.",
    "Two people dance like a reflection of one another{how}.",
    "Two people dance opposite each other: both {figure}{how}.",
    "While dancing in mirror image, both {figure}{how}.",
    "Both dance the same moves at the same time{how}.",
    "Mirror dance{how}.",
    "A synchronized duet{how}.",
    "Matching choreography, face to face{how}.",
    "Copycat dancing.",
    "Two identical dancers.",
    "The mirror game, with music{how}.",
    "Twins grooving in sync{how}.",
    "Disco partners, not touching.",
    "Symmetrical moves to the beat{how}.",
    "Dancing with my reflection.",
    "Same steps, flipped sides.",
    "A K-pop duo rehearses face to face.",
    "Dance with your twin.",
    "Monkey see, monkey do, to a beat.",
    "Two people boogie opposite one another{how}{arms}.",
    "Two ravers bust the same moves, face to face, never touching.",
    "Two girls film a TikTok routine opposite each other.",
    "The twins stand opposite and shake a leg{how}{arms}.",
    "The pair groove vis-a-vis, each the image of the other{how}.",
    "Show two characters performing one routine, the second one flipped.",
    "Make them repeat the same steps{how}, turned toward each other.",
    "Two party guests bop opposite each other{how}, no hands held.",
    "To the rhythm of the song, both {figure}{how}, like one person and a reflection.",
    "A ballet duo faces off, limbs moving in perfect symmetry{how}.",
    "Two clubbers get down to the beat face to face{how}{arms}.",
    "They echo each other's choreography{how}, one using the opposite side of the body.",
    "An aerobics pair, eye to eye, steps side to side in time{how}.",
    "It looks as if a performer were standing before a big looking glass: every step comes back from the other side.",
    "As the music plays, two people look at each other and {figure} at the very same moment.",
    "Two performers on a stage move their feet and arms symmetrically{how}, as though a pane of glass "
    "stood between them.",
    "The choreographer demonstrates the steps and the student opposite does them at the same time, "
    "reversed like in a looking glass.",
    "At the disco two buddies turn toward each other, keep a little distance and groove{how}{arms}.",
    "When one goes to one side, the partner across goes along{how}, and so they keep the rhythm together.",
    "Person A performs a routine and person B, standing opposite, imitates each step and each arm "
    "movement at once{how}.",
    "A pair of cheerleaders who look at each other and {figure} in time with the song, all of it symmetrical.",
    "Two sisters know the whole routine by heart and perform it opposite each other{how}, each the "
    "mirror picture of the other.",
    "Nobody holds anybody: the two just step to the beat facing one another{how} and {figure} together.",
    "A music video scene in which a singer and a double face one another and go through the same moves.",
    "In a dance class for beginners, two students opposite one another do every step and every gesture together.",
    "Their bodies are like two halves of one picture, swaying and stepping to the same tune{how}.",
)
TEST = (
    "A pair of people perform a dance as mirror images{how}.",
    "Two partners dance in front of one another{how}, in time.",
    "One dancer imitates the other like a mirror{how}.",
    "Two people bop opposite one another{how}.",
    "Standing across from each other, the two of them dance{how}.",
    "Two people perform synchronised dance moves{how}.",
    "The same dance is done by two people, face to face{how}.",
    "Two people groove to the beat{how}, one opposite the other.",
)

FAMILY = Family("Two people dance facing each other.", perform, Wordings(TRAINING, TEST, slots), check)
