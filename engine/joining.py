"""Motions that follow one another: windows of a long one, fades from each to the next, a start in a given pose."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from . import rotations as R
from .features import Frame
from .fit import fit_motion
from .motion import BODY, Motion
from .skeleton import leg_length

SETTLING = 10  # frames after a given start until the motion is its own again


def windows(frames: int, longest: int, overlap: int) -> list[slice]:
    """Windows of equal length that cover `frames`, each at most `longest` and `overlap` or more into the one before."""
    count = max(1, math.ceil((frames - overlap) / (longest - overlap)))
    length = min(frames, math.ceil((frames - overlap) / count) + overlap)
    starts = np.linspace(0, frames - length, count).round().astype(int)
    return [slice(start, start + length) for start in starts.tolist()]


def join(pieces: Sequence[Motion], starts: Sequence[int]) -> Motion:
    """One motion of pieces that stand in one world and overlap in time, each fading into the next.

    starts: the frame at which each piece begins, the first at 0. A piece begins before the one before it ends.
    Joints go straight and rotations turn the short way from piece to piece; bones stay constant over the whole.
    """
    if len(pieces) == 1:
        return pieces[0]
    positions, rotations = pieces[0].joint_positions, pieces[0].joint_rotations
    for piece, start in zip(pieces[1:], starts[1:], strict=True):
        overlap = positions.shape[1] - start
        share = ease(np.arange(1, overlap + 1) / (overlap + 1))[:, None]
        places, turns = piece.joint_positions, piece.joint_rotations
        faded = positions[:, start:] + (places[:, :overlap] - positions[:, start:]) * share[..., None]
        turned = R.slerp(rotations[:, start:], turns[:, :overlap], share)
        positions = np.concatenate([positions[:, :start], faded, places[:, overlap:]], axis=1)
        rotations = np.concatenate([rotations[:, :start], turned, turns[:, overlap:]], axis=1)
    first = pieces[0]
    notes = {name: getattr(first, name) for name in ("fps", "prompt", "seed", "model", "settings")}
    joined = fit_motion(positions[:, :, :BODY], rotations[:, :, 1:BODY], **notes)
    return joined.with_hands(replace(first, joint_rotations=rotations)) if first.has_hands else joined


def starting_as(motion: Motion, start: Motion) -> Motion:
    """`motion` with a person A of the bones of `start`'s, who begins with the frames of `start` exactly.

    What A was off by at the last of these frames goes two ways: place and facing move the whole pair, so that no foot
    slides for it; the rest is lost little by little over the third of a second that follows.
    """
    count = min(start.frames, motion.frames)
    given_roots, given_turns = start.root_positions[0, :count], start.joint_rotations[0, :count]
    motion = _moved(motion, count - 1, given_roots[-1], given_turns[-1, 0])
    legs = leg_length(start.bone_offsets[0]) / leg_length(motion.bone_offsets[0])
    roots = motion.root_positions[0] * [1.0, legs, 1.0]  # so that soles stay on the floor
    turns = motion.joint_rotations[0]
    left = 1.0 - ease(np.arange(1, motion.frames - count + 1) / SETTLING)[:, None]
    off = R.multiply(given_turns[-1], R.inverse(turns[count - 1]))
    off = R.slerp(np.broadcast_to(R.IDENTITY, off.shape), off, left)
    roots = np.concatenate([given_roots, roots[count:] + (given_roots[-1] - roots[count - 1]) * left])
    turns = R.continuous(np.concatenate([given_turns, R.multiply(off, turns[count:])]))
    begun = replace(start, root_positions=np.stack([roots] * 2), joint_rotations=np.stack([turns] * 2))
    return with_person(motion, 0, begun)


def _moved(motion: Motion, frame: int, root: np.ndarray, turn: np.ndarray) -> Motion:
    """The pair moved over the floor and turned about the vertical so that at `frame` person A is at root and turn."""
    off = R.multiply(turn, R.inverse(motion.joint_rotations[0, frame, 0]))
    upright = R.normalise(off * [1.0, 0.0, 1.0, 0.0])
    around = motion.root_positions - motion.root_positions[0, frame] * [1.0, 0.0, 1.0]
    return Frame(root * [1.0, 0.0, 1.0], R.inverse(upright)).leave(replace(motion, root_positions=around))


def with_person(motion: Motion, person: int, source: Motion) -> Motion:
    """The motion with one of the two, 0 or 1, as `source` has them, in as many frames.

    If only one of the motions has hands, those of the other are at rest.
    """
    if motion.has_hands or source.has_hands:
        motion, source = motion.with_hands(), source.with_hands()
    names = ("root_positions", "joint_rotations", "bone_offsets")
    both = {name: getattr(motion, name).copy() for name in names}
    for name, values in both.items():
        values[person] = getattr(source, name)[person]
    return replace(motion, **both)


def ease(share: np.ndarray) -> np.ndarray:
    """From 0 to 1 with a soft start and end, clipped beyond them."""
    share = np.clip(share, 0.0, 1.0)
    return share * share * (3.0 - 2.0 * share)
