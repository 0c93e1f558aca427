"""In-between: some frames of a motion made anew. Which frames around them the networks see, and how the new ones go in.

A gap are the frames from `start` up to `stop`.
"""

from dataclasses import replace

import numpy as np

from . import rotations as R
from .errors import EngineError
from .features import FRAMES_PER_TOKEN
from .joining import ease
from .motion import Motion

SEEN = 30  # frames to either side of a gap that the networks see at least, if there are so many
BLEND = 15  # frames to either end of a gap over which its motion comes from, and goes back to, what is kept


def context(start: int, stop: int, frames: int, longest: int) -> slice:
    """Frames of a motion around a gap, with it in one clip of at most `longest` frames if the gap allows.

    The gap begins with a whole token of the clip. Raises EngineError if nothing would be kept, or nothing made.
    """
    if not 0 <= start < stop <= frames:
        raise EngineError(f"There are no frames from {start} up to {stop} to be made: the motion has {frames} frames.")
    if stop - start == frames:
        raise EngineError("All of the motion would be made anew: keep some frames before or after.")
    room = max(longest - (stop - start), 2 * SEEN)
    after = min(frames - stop, max(room // 2, room - start))
    before = min(start, room - after) // FRAMES_PER_TOKEN * FRAMES_PER_TOKEN
    return slice(start - before, stop + after)


def kept_frames(frames: int, start: int, stop: int, person: str = "") -> np.ndarray:
    """(2, frames) which frames of whom are kept: those outside the gap, and all of `person` ("A", "B" or "" for none).

    Raises EngineError for somebody else.
    """
    if person not in ("A", "B", ""):
        raise EngineError(f"There is no person {person}: who is kept is A or B.")
    time = np.arange(frames)
    return ((time < start) | (time >= stop)) | np.array([[person == "A"], [person == "B"]])


def filled_in(motion: Motion, made: Motion, start: int, stop: int) -> Motion:
    """`motion` with the frames of a gap from `made`, which has as many frames and nearly the same ones around the gap.

    What `made` is off by at either end is lost little by little within the gap.
    """
    gap = np.arange(start, stop)
    length = min(BLEND, (stop - start + 1) / 2)
    roots, turns = made.root_positions[:, gap], made.joint_rotations[:, gap]
    for frame in (start - 1, stop):
        if not 0 <= frame < motion.frames:
            continue
        left = 1.0 - ease(np.abs(gap - frame) / length)[:, None]
        off = motion.root_positions[:, frame] - made.root_positions[:, frame]
        roots = roots + off[:, None] * left
        turned = R.multiply(motion.joint_rotations[:, frame], R.inverse(made.joint_rotations[:, frame]))[:, None]
        turned = np.broadcast_to(turned, turns.shape)
        turns = R.multiply(R.slerp(np.broadcast_to(R.IDENTITY, turns.shape), turned, left), turns)
    beside = [start - 1 if start else stop]
    turns = np.stack(
        [R.continuous(np.concatenate(two))[1:] for two in zip(motion.joint_rotations[:, beside], turns, strict=True)]
    )
    all_roots, all_turns = motion.root_positions.copy(), motion.joint_rotations.copy()
    all_roots[:, gap], all_turns[:, gap] = roots, turns
    return replace(motion, root_positions=all_roots, joint_rotations=all_turns)
