"""Seams: where a part that the networks made goes on from the one before, made to go over without a pop.

The networks go on in the given pose, but a part may want the two people nearer to each other or farther apart than the
one before has left them. They then glide there within a few frames.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from . import rotations as R
from .joining import ease
from .motion import Motion
from .skeleton import JOINT_NAMES

GLIDE = 14  # frames to either side of a seam within which a glide happens
PACE = 8  # frames over which it is seen how fast somebody goes
WALK = 60  # frames around a seam over which the way is made instead: at a walk
BLEND = 20  # frames to either side of a seam within which the pose is smoothed,
WIDTH = 6.0  # by a Gaussian of so many frames
LEGS = [index for index, name in enumerate(JOINT_NAMES) if name.endswith(("hip", "knee", "ankle", "foot"))]


def softened(motion: Motion, seams: Sequence[int]) -> Motion:
    """The motion with glides and jerks taken out around the frames at which parts begin.

    A glide of the pair as a whole is taken back: the parts that follow stand elsewhere. What it changed between the two
    is made slowly, before and after the seam, half by each. Legs keep their swing, so that who walks goes on walking.
    """
    for seam in seams:
        roots, turns = motion.root_positions.copy(), motion.joint_rotations.copy()
        roots[..., ::2] = _walked(roots[..., ::2], seam)
        turns = _smoothed(turns, seam)
        turns[:, :, LEGS] = motion.joint_rotations[:, :, LEGS]
        motion = replace(motion, root_positions=roots, joint_rotations=turns)
    return motion


def _walked(places: np.ndarray, seam: int) -> np.ndarray:
    """Places (2, T, 2) on the floor without the glide at a seam: who stood stands, who walked goes on at that pace."""
    frames = np.arange(places.shape[1])
    start, stop = max(seam - GLIDE, PACE), min(seam + GLIDE, len(frames) - 1 - PACE)
    before = (places[:, start] - places[:, start - PACE]) / PACE
    after = (places[:, stop + PACE] - places[:, stop]) / PACE
    count = stop - start
    glide = places[:, stop] - places[:, start] - (before + after) / 2.0 * count
    time = np.arange(count)[:, None]
    way = before[:, None] * time + (after - before)[:, None] * time**2 / (2.0 * count)
    own = [places[:, :start], places[:, start, None] + way, places[:, stop:] - glide[:, None]]
    walk = ease((frames - seam) / WALK + 0.5)[:, None]
    return np.concatenate(own, axis=1) + (glide - glide.mean(axis=0))[:, None] * walk


def _smoothed(turns: np.ndarray, seam: int) -> np.ndarray:
    """Rotations (2, T, J, 4) that are smooth around a seam, the farther from it the more their own."""
    reach = BLEND + int(3 * WIDTH)
    near = slice(max(seam - reach, 0), seam + reach)
    frames = np.arange(turns.shape[1])[near]
    kernel = np.exp(-0.5 * ((frames[:, None] - frames) / WIDTH) ** 2)
    kernel /= kernel.sum(axis=1, keepdims=True)
    own = np.stack([R.continuous(person) for person in turns[:, near]])
    share = 1.0 - ease(np.abs(frames - seam) / BLEND)[:, None, None]
    result = turns.copy()
    result[:, near] = R.normalise(own + (np.einsum("ij,pjkq->pikq", kernel, own) - own) * share)
    return np.stack([R.continuous(person) for person in result])
