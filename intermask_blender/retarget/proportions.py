"""The same two people on bodies of other proportions: how high their pelvises are, where they stand and walk."""

from dataclasses import replace

import numpy as np

from ..core import motion, skeleton
from .contacts import find_touches, points_of, sizes
from .meeting import hand_moves, wishes

JOINT = skeleton.JOINT
STANDING = [[JOINT[f"{side}_{name}"] for name in ("hip", "knee", "ankle", "foot")] for side in ("left", "right")]
NEARBY = 1.2  # metres between two adults from which on it matters less how far they are apart
BESIDE, TOUCHING = 0.08, 1.0  # how much the distance matters to people near each other, and while they touch
PATIENCE = 0.3  # seconds: with a weight of 1 a wished distance is come to about so fast
APPROACHES = 6  # rounds in which people who can't reach each other step nearer


def leg_ratios(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """How much higher the pelvis of `target` stands than that of `source` over the toe joints: (2, 22, 3) -> (2,)."""
    heights = [-offsets[:, STANDING, 1].sum(-1).mean(-1) for offsets in (source, target)]
    return heights[1] / heights[0]


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
    return replace(source, root_positions=roots, bone_offsets=offsets)


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
    touching = np.stack([wish.weight for wish in wished])
    shares = touching / np.maximum(touching.sum(0), 1.0)
    signs = [2.0 * wish.touch.person - 1.0 for wish in wished]  # B comes nearer as A's hand goes towards B
    for step in range(APPROACHES):
        gaps = [wish.gap(points) for wish in wished]
        if step:
            moves = hand_moves(wished, points, still)
            gaps = [gap - wish.moved(moves) for gap, wish in zip(gaps, wished, strict=True)]
        shift = sum(s * sign * gap[:, ::2].T for s, sign, gap in zip(shares, signs, gaps, strict=True)).T
        points[1, ..., ::2] += shift[:, None]
        wanted = wanted + shift
    most = touching.max(0)
    return wanted, weight + most * (TOUCHING - weight)


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
