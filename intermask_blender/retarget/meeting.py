"""How hands should meet on other bodies, and how the two people share the way to there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from ..core import rotations
from .contacts import HAND_RADIUS, HANDS, PARTS, Touch, find_touches, nearest, spot
from .limbs import ARMS
from .posed import PALMS, Posed, sizes
from .smooth import around, smoothed

R = rotations

RAMPS = (0.3, 0.9)  # seconds in which a correction comes in before a contact and goes after it, shortest and longest
GENTLE = 2.0  # seconds squared for a metre of correction
WOBBLE = 0.1  # seconds over which the air between a hand and what it touches is evened out
SOFTENED = 1.2  # frames over which moves are evened out: arms don't jerk where their reach ends
STRICT = 1000.0  # how much more it costs to miss a wish than to move
REACH = 0.97  # of an arm's length: further hands are not sent
STRAIGHT = 0.3  # the share of straight lines in the ways of hands to a touch and from there, the rest being arcs
SLIDES, STAY = 49, 0.01  # places along a part that are tried, and metres of reach that are worth a joint of the way
APPROACH = 0.16  # metres, of an adult's, that a hand may lack before it slides: so far people step nearer
TOO_FAR = 0.1  # metres that a hand lacks to the shoulders where it is put on the trunk instead
SWEEPS = 8  # rounds of give and take between hands at the ends of their reach


@dataclass(frozen=True)
class Wish:
    """What becomes of a touch on other bodies.

    where: (T, K) weights of the touched part's joints, the place that is touched. offset: (T, 3) metres from there to
    the palm. fps and the scale of the bodies against an adult go with it.
    """

    touch: Touch
    where: np.ndarray
    offset: np.ndarray
    fps: float
    scale: float

    def gap(self, points: np.ndarray) -> np.ndarray:
        """How the palm must move (T, 3), seen from the other person; points (2, T, 24, 3)."""
        touch = self.touch
        palm = points[touch.person][:, PALMS[touch.side]]
        return self.offset - (palm - spot(points[1 - touch.person], touch.part, self.where))

    def weight(self, gap: np.ndarray) -> np.ndarray:
        """How much it counts (T,): 1 while the touch lasts, around it less, so wide that hands move gently.

        gap: (T, 3) how the palm must move.
        """
        start, stop = self.touch.start, self.touch.stop
        farthest = np.linalg.norm(gap[start:stop], axis=-1).max() / self.scale
        return around(start, stop, len(self.offset), np.clip(np.sqrt(GENTLE * farthest), *RAMPS) * self.fps)

    @property
    def other_side(self) -> int | None:
        """The side of the other's hand, if it is a hand that is touched."""
        return HANDS.index(self.touch.part) if self.touch.part in HANDS else None

    def moved(self, moves: np.ndarray) -> np.ndarray:
        """How the hand has moved (T, 3) against what it touches, after moves (2, 2, T, 3) of the hands."""
        own = moves[self.touch.person, self.touch.side]
        return own if self.other_side is None else own - moves[1 - self.touch.person, self.other_side]


class Arms(NamedTuple):
    """Four arms by person and side: from shoulder to wrist (2, 2, T, 3), and how long they are (2, 2, T)."""

    ways: np.ndarray
    lengths: np.ndarray

    @property
    def reach(self) -> np.ndarray:
        """How far wrists get (2, 2, T) before the arm is stretched, or as far as they are already."""
        return np.maximum(REACH * self.lengths, np.linalg.norm(self.ways, axis=-1))


def arms_of(people: Posed) -> Arms:
    """The arms of posed people."""
    first, middle, end = (people.positions[:, :, [arm[n] for arm in ARMS]].swapaxes(1, 2) for n in range(3))
    return Arms(end - first, np.linalg.norm(middle - first, axis=-1) + np.linalg.norm(end - middle, axis=-1))


def wishes(source: Posed, offsets: np.ndarray) -> list[Wish]:
    """What the touches of a motion ask of bodies with other bone offsets (2, 22, 3).

    The palm shall be where it was in the source, seen from the place that it touched, at the size of the bodies:
    between two hands their mean size, else the touched one's. Air between the two is taken out.
    """
    scales, size, frames = sizes(offsets) / source.sizes, source.sizes.mean(), source.motion.frames
    found = []
    for touch in find_touches(source):
        joints, radius = PARTS[touch.part]
        palm, other = source.points[touch.person][:, PALMS[touch.side]], source.points[1 - touch.person]
        where = nearest(other[:, joints], palm)
        offset = palm - spot(other, touch.part, where)
        air = _air(offset[touch.start : touch.stop], (radius + HAND_RADIUS) * size, WOBBLE * source.motion.fps)
        # before and after it stays as it is: hands come and go on the ways they went
        air = air[np.clip(np.arange(frames), touch.start, touch.stop - 1) - touch.start]
        scale = scales.mean() if len(joints) == 1 else scales[1 - touch.person]
        offset = scale * (offset - air)
        found.append(Wish(touch, where, offset, source.motion.fps, float(size * scales.mean())))
    return found


def _air(offset: np.ndarray, thick: float, width: float) -> np.ndarray:
    """What of offsets (T, 3) is longer than the `thick` flesh in them, evened out over `width` frames.

    Hands that wobble against each other so come together in one go, by what is lacking when they are nearest.
    """
    distance = np.maximum(np.linalg.norm(offset, axis=-1, keepdims=True), 1e-9)
    air = np.maximum(distance - thick, 0.0) * offset / distance
    return smoothed(air, np.minimum(thick / distance[:, 0], 1.0) ** 4, width)


def slid(wish: Wish, people: Posed) -> Wish:
    """The wish, at a place further along the touched part if the arm does not reach the one that it had.

    A small person pushes a tall one not at the chest but at the belly; nor at the shoulders, if it can't get there.
    """
    if wish.other_side is not None:
        return wish
    far, found = _slid(wish, people)
    is_small = people.sizes[wish.touch.person] < people.sizes[1 - wish.touch.person]
    if wish.touch.part == "shoulders" and is_small and far > TOO_FAR:
        found = min((far, found), _slid(on_trunk(wish), people), key=lambda option: option[0])[1]
    return found


def on_trunk(wish: Wish) -> Wish:
    """A wish for the shoulders made one for the upper end of the trunk, by how thick they are."""
    joints, thick = PARTS["trunk"]
    where = np.tile(np.eye(len(joints))[-1], (len(wish.where), 1))
    offset = wish.offset * (thick + HAND_RADIUS) / (PARTS[wish.touch.part][1] + HAND_RADIUS)
    return replace(wish, touch=replace(wish.touch, part="trunk"), where=where, offset=offset)


def _slid(wish: Wish, people: Posed) -> tuple[float, Wish]:
    """The wish at the best place along its part, and how many metres, of an adult's, are lacking to there."""
    touch, joints = wish.touch, np.arange(wish.where.shape[1])
    during, hand = slice(touch.start, touch.stop), (touch.person, touch.side)
    arms = arms_of(people)
    line = people.points[1 - touch.person, during][:, PARTS[touch.part][0]]
    steps = np.linspace(-1.0, 1.0, SLIDES) * joints[-1]
    places = np.clip(wish.where @ joints + steps[:, None], 0, joints[-1])
    where = np.maximum(1.0 - np.abs(places[..., None] - joints), 0.0)  # (SLIDES, T, K)
    gaps = np.einsum("stk,tkc->stc", where[:, during] - wish.where[during], line) + wish.gap(people.points)[during]
    far = np.linalg.norm(arms.ways[hand][during] + gaps, axis=-1) - arms.reach[hand][during]
    far = np.maximum(far, 0.0).mean(1) / wish.scale
    best = int(np.argmin(np.maximum(far - APPROACH, 0.0) + STAY * np.abs(steps)))
    return float(far[best]), replace(wish, where=where[best])


def hand_moves(wished: Sequence[Wish], people: Posed, still: int | None = None) -> np.ndarray:
    """How far the four hands go, (2, 2, T, 3) by person and side, so that the wishes come true.

    people: as they are before. Two hands go halfway each, or one further where the other's arm is too short; person
    `still` does not move at all. Before and after a touch a hand goes there around its shoulder.
    """
    gaps = np.stack([wish.gap(people.points) for wish in wished])
    weights = np.stack([wish.weight(gap) for wish, gap in zip(wished, gaps, strict=True)])
    by_hand = np.zeros((2, 2, people.motion.frames))
    for wish, weight in zip(wished, weights, strict=True):
        hands = [(wish.touch.person, wish.touch.side), (1 - wish.touch.person, wish.other_side)]
        for hand in hands if wish.other_side is not None else hands[:1]:
            by_hand[hand] = np.maximum(by_hand[hand], weight)
    arms = arms_of(people)
    return _around_shoulders(shared_moves(wished, gaps, weights, arms, still), arms, by_hand)


def shared_moves(
    wished: Sequence[Wish], gaps: np.ndarray, weights: np.ndarray, arms: Arms, still: int | None
) -> np.ndarray:
    """The moves of the hands (2, 2, T, 3), each frame for itself.

    gaps (W, T, 3): how the palms of the W wishes must move; weights (W, T): how much that counts.
    """
    moves = _free_moves(wished, gaps, weights, still)
    goals = [wish.moved(moves) for wish in wished]
    share = [{None: 0.5, person: 0.0}.get(still, 1.0) for person in (0, 1)]
    reach = arms.reach
    moves = _within_reach(moves, arms.ways, reach)
    between_hands = [(wish, goal) for wish, goal in zip(wished, goals, strict=True) if wish.other_side is not None]
    for _ in range(SWEEPS if between_hands else 0):
        for wish, goal in between_hands:
            person, lacking = wish.touch.person, goal - wish.moved(moves)
            moves[person, wish.touch.side] += share[person] * lacking
            moves[1 - person, wish.other_side] -= share[1 - person] * lacking
        moves = _within_reach(moves, arms.ways, reach)
    return moves


def _free_moves(wished: Sequence[Wish], gaps: np.ndarray, weights: np.ndarray, still: int | None) -> np.ndarray:
    """The moves if arms were of any length: a least-squares problem of four hands in each frame.

    With one wish a hand goes all of its way, be the wish ever so light; of more wishes it finds the middle.
    """
    rows = np.zeros((len(wished), 4))
    for row, wish in zip(rows, wished, strict=True):
        touch, other = wish.touch, wish.other_side
        row[2 * touch.person + touch.side] = 1.0
        if other is not None:
            row[2 * (1 - touch.person) + other] = -1.0
        if still is not None:
            row[2 * still : 2 * still + 2] = 0.0
    weighted = STRICT * weights[:, :, None] * rows[:, None]  # (W, T, 4)
    system = np.eye(4) + np.einsum("wti,wj->tij", weighted, rows)
    right = np.einsum("wti,wtc->tic", weighted, gaps)
    return np.moveaxis(np.linalg.solve(system, right), 1, 0).reshape(2, 2, -1, 3)


def _around_shoulders(moves: np.ndarray, arms: Arms, weights: np.ndarray) -> np.ndarray:
    """Moves (2, 2, T, 3) that come and go: all of them where `weights` (2, 2, T) is 1.

    Before and after a touch the arm is turned and made longer or shorter as at its start and end, by the share that
    the weights say. So a hand is raised with its arm, and not straight past its own shoulder. Arms that were folded
    and get long would so be flung about: in part the hand goes straight nevertheless.
    """
    before, after = arms.ways, arms.ways + moves
    stretched = [
        np.clip(np.linalg.norm(arm, axis=-1) / arms.lengths, 0.01, 0.995)[..., None] for arm in (before, after)
    ]
    longer = _logit(stretched[1]) - _logit(stretched[0])
    changes = np.concatenate([R.to_rotation_vector(R.between(before, after)), longer, moves], axis=-1)
    frame = np.arange(weights.shape[-1])
    for hand in np.ndindex(2, 2):
        touching = np.flatnonzero(weights[hand] == 1.0)
        if len(touching):
            held = np.stack([np.interp(frame, touching, curve[touching]) for curve in changes[hand].T], axis=1)
            changes[hand] = smoothed(held, np.ones(len(frame)), SOFTENED)
    changes *= weights[..., None]
    turn = R.from_rotation_vector(changes[..., :3])
    length = 1.0 / (1.0 + np.exp(-_logit(stretched[0]) - changes[..., 3:4]))
    arc = R.rotate(turn, before) * (length / stretched[0]) - before
    return (1.0 - STRAIGHT) * arc + STRAIGHT * changes[..., 4:]


def _logit(share: np.ndarray) -> np.ndarray:
    """Of how far arms are stretched: whatever is added to it, it stays between folded and straight."""
    return np.log(share / (1.0 - share))


def _within_reach(moves: np.ndarray, ways: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """Moves that leave every wrist, (2, 2, T, 3) from its shoulder, within its reach (2, 2, T)."""
    goal = ways + moves
    share = np.minimum(reach / np.maximum(np.linalg.norm(goal, axis=-1), 1e-9), 1.0)
    return moves + (share[..., None] - 1.0) * goal
