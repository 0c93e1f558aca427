"""The same two people on bodies of other proportions: how high their pelvises are, where they stand and walk."""

from dataclasses import replace

import numpy as np

from ..core import motion
from .contacts import find_touches, points_of, sizes
from .feet import leg_ratios, lowered
from .meeting import hand_moves, wishes

NEARBY = 1.2  # metres between two adults from which on it matters less how far they are apart
BESIDE, TOUCHING = 0.08, 1.0  # how much the distance matters to people near each other, and while they touch
PATIENCE = 0.3  # seconds: with a weight of 1 a wished distance is come to about so fast
CLOSEST = 0.75  # of the distance at their mean size: no nearer, whatever the hands want
STEEP = 3.0  # times its length over the floor is the most that a gap upwards makes of a step
APPROACHES = 6  # rounds in which people who can't reach each other step nearer


def adapted(source: motion.Motion, offsets: np.ndarray, still: int | None = None) -> motion.Motion:
    """The motion on bodies with other bone offsets (2, 22, 3), joint rotations as they are.

    Heights over the floor and strides go by the length of the legs, so that feet which stand go on standing. How far
    the two are apart is a compromise: near each other as in the source, at their mean size; while they touch, so that
    their hands meet and their arms reach; else as their strides bring it about. Person A starts where A did in the
    source. Person `still`, who has the offsets of the source, does not move; the other adapts to them.
    Hands and feet are not yet at their places: see keep_contacts.
    """
    ratios = leg_ratios(source.bone_offsets, offsets)
    roots = source.root_positions * ratios[:, None, None]
    wanted, weight = _wanted_distance(source, replace(source, root_positions=roots, bone_offsets=offsets), still)
    change = _followed(wanted - (roots[1] - roots[0])[:, ::2], weight, source.fps)
    for person, share in enumerate({None: (-0.5, 0.5), 0: (0.0, 1.0), 1: (-1.0, 0.0)}[still]):
        roots[person, :, ::2] += share * change
    anchor = still or 0
    roots[..., ::2] += (source.root_positions - roots)[anchor, 0, ::2]
    target = replace(source, root_positions=roots, bone_offsets=offsets)
    down = lowered(source, target) * [[float(person != still)] for person in (0, 1)]
    return replace(target, root_positions=roots - down[..., None] * [0.0, 1.0, 0.0])


def _wanted_distance(source: motion.Motion, target: motion.Motion, still: int | None) -> tuple[np.ndarray, np.ndarray]:
    """From A to B over the floor (T, 2) as it should be on the target, and how much that matters (T,)."""
    before = (source.root_positions[1] - source.root_positions[0])[:, ::2]
    grown = sizes(target.bone_offsets).mean() / sizes(source.bone_offsets).mean()
    near = np.linalg.norm(before, axis=-1) / (NEARBY * sizes(source.bone_offsets).mean())
    weight = BESIDE / (1.0 + near**4)
    wanted = grown * before

    source_points = points_of(source)
    wished = wishes(source, source_points, find_touches(source, source_points), target.bone_offsets)
    if not wished:
        return wanted, weight
    points = points_of(target)
    points[1, ..., ::2] += (wanted - (target.root_positions[1] - target.root_positions[0])[:, ::2])[:, None]
    frame = np.arange(source.frames)
    during = np.array([(wish.touch.start <= frame) & (frame < wish.touch.stop) for wish in wished])
    touching = np.flatnonzero(during.any(0))
    least = CLOSEST * np.linalg.norm(wanted, axis=-1, keepdims=True)
    for approach in range(APPROACHES):
        steps = np.stack([wish.gap(points) for wish in wished])[..., ::2]
        if approach:
            moves = hand_moves(wished, points, still)
            steps = _towards(np.stack([wish.gap(points) - wish.moved(moves) for wish in wished]))
        shift = steps * np.array([2.0 * wish.touch.person - 1.0 for wish in wished])[:, None, None]
        shift = np.sum(shift * during[..., None], axis=0)[touching] / during.sum(0)[touching, None]
        # apart they stand as they do at the next touch
        shift = np.stack([np.interp(frame, touching, shift[:, axis]) for axis in (0, 1)], axis=1)
        length = np.maximum(np.linalg.norm(wanted + shift, axis=-1, keepdims=True), 1e-9)
        before, wanted = wanted, (wanted + shift) * np.maximum(least / length, 1.0)
        points[1, ..., ::2] += (wanted - before)[:, None]
    return wanted, np.where(during.any(0), TOUCHING, weight)


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
    right = weight[:, None] * wanted
    for n in range(1, len(weight)):  # Gauss, downwards and up again
        factor = stiffness / diagonal[n - 1]
        diagonal[n] -= factor * stiffness
        right[n] += factor * right[n - 1]
    curve = np.empty_like(right)
    curve[-1] = right[-1] / diagonal[-1]
    for n in range(len(weight) - 2, -1, -1):
        curve[n] = (right[n] + stiffness * curve[n + 1]) / diagonal[n]
    return curve
