"""How hands should meet on other bodies, and how the two people share the way to there."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..core import motion
from .contacts import HAND_RADIUS, HANDS, PALMS, PARTS, Touch, nearest, sizes, spot
from .limbs import ARMS, SOFT
from .smooth import around, smoothed

RAMPS = (0.25, 0.8)  # seconds in which a correction comes in before a contact and goes after it, shortest and longest
GENTLE = 1.5  # seconds squared for a metre of correction
WOBBLE = 0.1  # seconds over which the air between a hand and what it touches is evened out
SOFTENED = 1.5  # frames over which moves are evened out: arms don't jerk where their reach ends
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
        """How the palm must move (T, 3), seen from the other person; points: body_points (2, T, 24, 3)."""
        touch = self.touch
        palm = points[touch.person][:, PALMS[touch.side]]
        return self.offset - (palm - spot(points[1 - touch.person], touch.part, self.where))

    def weight(self, points: np.ndarray) -> np.ndarray:
        """How much it counts (T,): 1 while the touch lasts, around it less, so wide that hands move gently."""
        start, stop = self.touch.start, self.touch.stop
        farthest = np.linalg.norm(self.gap(points)[start:stop], axis=-1).max() / self.scale
        return around(start, stop, len(self.offset), np.clip(np.sqrt(GENTLE * farthest), *RAMPS) * self.fps)

    @property
    def other_side(self) -> int | None:
        """The side of the other's hand, if it is a hand that is touched."""
        return HANDS.index(self.touch.part) if self.touch.part in HANDS else None

    def moved(self, moves: np.ndarray) -> np.ndarray:
        """How the hand has moved (T, 3) against what it touches, after moves (2, 2, T, 3) of the hands."""
        own = moves[self.touch.person, self.touch.side]
        return own if self.other_side is None else own - moves[1 - self.touch.person, self.other_side]


def wishes(source: motion.Motion, points: np.ndarray, touches: Sequence[Touch], offsets: np.ndarray) -> list[Wish]:
    """What the touches of a motion ask of bodies with other bone offsets (2, 22, 3); points: points_of(source).

    The palm shall be where it was in the source, seen from the place that it touched, at the size of the bodies:
    between two hands their mean size, else the touched one's. Air between the two is taken out.
    """
    scales, size = sizes(offsets) / sizes(source.bone_offsets), sizes(source.bone_offsets).mean()
    found = []
    for touch in touches:
        joints, radius = PARTS[touch.part]
        palm, other = points[touch.person][:, PALMS[touch.side]], points[1 - touch.person]
        where = nearest(other[:, joints], palm)
        offset = palm - spot(other, touch.part, where)
        air = _air(offset[touch.start : touch.stop], (radius + HAND_RADIUS) * size, WOBBLE * source.fps)
        # before and after it stays as it is: hands come and go on the ways they went
        air = air[np.clip(np.arange(source.frames), touch.start, touch.stop - 1) - touch.start]
        scale = scales.mean() if len(joints) == 1 else scales[1 - touch.person]
        offset = scale * (offset - air)
        found.append(Wish(touch, where, offset, source.fps, float(size * scales.mean())))
    return found


def _air(offset: np.ndarray, thick: float, width: float) -> np.ndarray:
    """What of offsets (T, 3) is longer than the `thick` flesh in them, evened out over `width` frames.

    Hands that wobble against each other so come together in one go, by what is lacking when they are nearest.
    """
    distance = np.maximum(np.linalg.norm(offset, axis=-1, keepdims=True), 1e-9)
    air = np.maximum(distance - thick, 0.0) * offset / distance
    return smoothed(air, np.minimum(thick / distance[:, 0], 1.0) ** 4, width)


def hand_moves(wished: Sequence[Wish], points: np.ndarray, still: int | None = None) -> np.ndarray:
    """How far the four hands go, (2, 2, T, 3) by person and side, so that the wishes come true.

    points: body_points (2, T, 24, 3) before. Two hands go halfway each, or one further where the other's arm is too
    short; person `still` does not move at all.
    """
    moves = _free_moves(wished, points, still)
    goals = [wish.moved(moves) for wish in wished]
    share = [{None: 0.5, person: 0.0}.get(still, 1.0) for person in (0, 1)]
    moves = _within_reach(moves, points)
    for _ in range(SWEEPS):
        for wish, goal in zip(wished, goals, strict=True):
            if wish.other_side is not None:
                person, lacking = wish.touch.person, goal - wish.moved(moves)
                moves[person, wish.touch.side] += share[person] * lacking
                moves[1 - person, wish.other_side] -= share[1 - person] * lacking
        moves = _within_reach(moves, points)
    flat = np.moveaxis(moves, 2, 0).reshape(points.shape[1], -1)
    soft = smoothed(flat, np.ones(len(flat)), SOFTENED)
    return np.moveaxis(soft.reshape(-1, 2, 2, 3), 0, 2)


def _free_moves(wished: Sequence[Wish], points: np.ndarray, still: int | None) -> np.ndarray:
    """The moves if arms were of any length: a least-squares problem of four hands in each frame.

    Staying where it is costs a hand as much as it costs to miss a wish of weight 1/2, so that with one wish a hand
    goes exactly that share of its way; more wishes on a hand find the middle.
    """
    frames = points.shape[1]
    system, right = np.tile(np.eye(4), (frames, 1, 1)), np.zeros((frames, 4, 3))
    for wish in wished:
        touch, other = wish.touch, wish.other_side
        row = np.zeros(4)
        row[2 * touch.person + touch.side] = 1.0
        if other is not None:
            row[2 * (1 - touch.person) + other] = -1.0
        if still is not None:
            row[2 * still : 2 * still + 2] = 0.0
        if not row.any():
            continue
        weight = wish.weight(points)
        weight = weight / (1.0 + 1e-4 - weight) / (row @ row)
        system += weight[:, None, None] * np.outer(row, row)
        right += (weight[:, None] * wish.gap(points))[:, None] * row[:, None]
    return np.moveaxis(np.linalg.solve(system, right), 1, 0).reshape(2, 2, frames, 3)


def _within_reach(moves: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Moves that leave every wrist where its arm gets to before it is stretched, or no further than it was."""
    first, middle, end = (points[:, :, [arm[n] for arm in ARMS]].swapaxes(1, 2) for n in range(3))
    before = np.linalg.norm(end - first, axis=-1)
    length = np.linalg.norm(middle - first, axis=-1) + np.linalg.norm(end - middle, axis=-1)
    goal = end + moves - first
    distance = np.maximum(np.linalg.norm(goal, axis=-1), 1e-9)
    share = np.minimum(np.maximum(SOFT * length, before) / distance, 1.0)
    return moves + (share[..., None] - 1.0) * goal
