"""The same two people on bodies of other proportions: how high their pelvises are, where they stand and walk."""

from collections.abc import Sequence

import numpy as np

from .feet import leg_ratios
from .meeting import Arms, Wish, arms_of, shared_moves, slid
from .posed import Posed

NEARBY = 1.2  # metres between two adults from which on it matters less how far they are apart
BESIDE, TOUCHING = 0.08, 1.0  # how much the distance matters to people near each other, and while they touch
PATIENCE = 0.3  # seconds: with a weight of 1 a wished distance is come to about so fast
CLOSEST = 0.6  # of the distance at their mean size: no nearer, whatever the hands want
STEEP = 3.0  # times its length over the floor is the most that a gap upwards makes of a step
APPROACHES = 6  # rounds in which people who can't reach each other step nearer


def adapted(
    source: Posed, offsets: np.ndarray, wished: Sequence[Wish], still: int | None = None
) -> tuple[Posed, list[Wish]]:
    """The motion on bodies with other bone offsets (2, 22, 3), joint rotations as they are.

    Heights over the floor and strides go by the length of the legs, so that feet which stand go on standing. How far
    the two are apart is a compromise: near each other as in the source, at their mean size; while they touch, so that
    their hands meet and their arms reach; else as their strides bring it about. Person A starts where A did in the
    source. Person `still`, who has the offsets of the source, does not move; the other adapts to them.
    wished: what becomes of the touches; they come back at places on the body that arms can reach. Hands and feet are
    not yet at their places: see keep_contacts.
    """
    begun = source.motion.root_positions
    roots = begun * leg_ratios(source.motion.bone_offsets, offsets)[:, None, None]
    target = source.on(roots, offsets)
    grown = target.sizes.mean() / source.sizes.mean() * _apart(source) - _apart(target)
    first = target.shifted(np.stack([np.zeros_like(roots[0]), grown @ [[1.0, 0, 0], [0, 0, 1.0]]]))
    wished = [slid(wish, first) for wish in wished]
    wanted, weight = _wanted_distance(source, target, wished, still)
    change = np.zeros_like(roots[0])
    change[:, ::2] = _followed(wanted - _apart(target), weight, source.motion.fps)
    shares = {None: (-0.5, 0.5), 0: (0.0, 1.0), 1: (-1.0, 0.0)}[still]
    shift = np.stack([share * change for share in shares])
    anchor = still or 0
    shift += (begun[anchor, 0] - roots[anchor, 0] - shift[anchor, 0]) * [1.0, 0.0, 1.0]
    return target.shifted(shift), wished


def _apart(people: Posed) -> np.ndarray:
    """From A to B over the floor (T, 2)."""
    return (people.motion.root_positions[1] - people.motion.root_positions[0])[:, ::2]


def _wanted_distance(
    source: Posed, target: Posed, wished: Sequence[Wish], still: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """From A to B over the floor (T, 2) as it should be on the target, and how much that matters (T,)."""
    before, size = _apart(source), source.sizes.mean()
    wanted = target.sizes.mean() / size * before
    weight = BESIDE / (1.0 + (np.linalg.norm(before, axis=-1) / (NEARBY * size)) ** 4)
    if not wished:
        return wanted, weight
    during = np.zeros((len(wished), len(wanted)), dtype=bool)
    for row, wish in zip(during, wished, strict=True):
        row[wish.touch.start : wish.touch.stop] = True
    return _reached(wanted, target, wished, during, still), np.where(during.any(0), TOUCHING, weight)


def _reached(
    wanted: np.ndarray, target: Posed, wished: Sequence[Wish], during: np.ndarray, still: int | None
) -> np.ndarray:
    """From A to B over the floor (T, 2), starting from `wanted`, so that hands meet and arms reach.

    during: (W, T) the frames in which the W wishes are to be fulfilled.
    """
    touching, frame = np.flatnonzero(during.any(0)), np.arange(len(wanted))
    share = during[:, touching, None] / during[:, touching, None].sum(0)
    least = CLOSEST * np.linalg.norm(wanted, axis=-1, keepdims=True)
    sign = np.array([1.0 - 2.0 * wish.touch.person for wish in wished])[:, None, None]
    gaps = np.stack([wish.gap(target.points) for wish in wished])
    gaps[..., ::2] += sign * (wanted - _apart(target))
    arms = Arms(*(values[:, :, touching] for values in arms_of(target)))
    for approach in range(APPROACHES):
        lacking = gaps[:, touching]
        steps = lacking[..., ::2]
        if approach:
            weights = np.stack([wish.weight(gap)[touching] for wish, gap in zip(wished, gaps, strict=True)])
            moves = shared_moves(wished, lacking, weights, arms, still)
            steps = _towards(np.stack([gap - wish.moved(moves) for wish, gap in zip(wished, lacking, strict=True)]))
        shift = np.sum(-sign * share * steps, axis=0)
        # apart they stand as they do at the next touch
        shift = np.stack([np.interp(frame, touching, shift[:, axis]) for axis in (0, 1)], axis=1)
        length = np.maximum(np.linalg.norm(wanted + shift, axis=-1, keepdims=True), 1e-9)
        before, wanted = wanted, (wanted + shift) * np.maximum(least / length, 1.0)
        gaps[..., ::2] += sign * (wanted - before)
    return wanted


def _towards(gaps: np.ndarray) -> np.ndarray:
    """Steps over the floor (..., 2) that close gaps (..., 3) between hands at the ends of their reach."""
    level = gaps[..., ::2]
    along = np.sum(level**2, axis=-1, keepdims=True)
    return level * np.clip(np.sum(gaps**2, axis=-1, keepdims=True) / np.maximum(along, 1e-12), 1.0, STEEP)


def _followed(wanted: np.ndarray, weight: np.ndarray, fps: float) -> np.ndarray:
    """A curve (T, 2) that is at `wanted` (T, 2) where `weight` (T,) is large and else as level as can be.

    It has the least sum of weight x (distance to wanted)^2 + stiffness x (step per frame)^2: a tridiagonal system.
    """
    stiffness = (PATIENCE * fps) ** 2
    diagonal = weight + 2.0 * stiffness
    diagonal[[0, -1]] -= stiffness * np.ones(2)
    # Gauss, downwards and up again; numbers of Python's own are faster one by one
    diagonal, curve = diagonal.tolist(), (weight * (wanted[:, 0] + 1j * wanted[:, 1])).tolist()
    for n in range(1, len(curve)):
        factor = stiffness / diagonal[n - 1]
        diagonal[n] -= factor * stiffness
        curve[n] += factor * curve[n - 1]
    curve[-1] /= diagonal[-1]
    for n in range(len(curve) - 2, -1, -1):
        curve[n] = (curve[n] + stiffness * curve[n + 1]) / diagonal[n]
    return np.array(curve).view(float).reshape(-1, 2)
