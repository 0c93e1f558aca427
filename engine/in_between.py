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


def context(start: int, stop: int, frames: int, longest: int) -> slice:
    """Frames of a motion around a gap, with it in one clip of at most `longest` frames if the gap allows.

    The gap begins with a whole token of the clip, unless all before it is seen.
    Raises EngineError if nothing would be kept, or nothing made.
    """
    if not 0 <= start < stop <= frames:
        raise EngineError(f"There are no frames from {start} up to {stop} to be made: the motion has {frames} frames.")
    if stop - start == frames:
        raise EngineError("All of the motion would be made anew: keep some frames before or after.")
    room = max(longest - (stop - start), 2 * SEEN)
    after = min(frames - stop, max(room // 2, room - start))
    before = start if start <= room - after else (room - after) // FRAMES_PER_TOKEN * FRAMES_PER_TOKEN
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

    What `made` is off by at the ends is taken out over all of the gap, so that nobody goes there and back for it.
    """
    gap = np.arange(start, stop)
    before, after = max(start - 1, 0), min(stop, motion.frames - 1)
    ends = [edge for edge, kept in ((before, start > 0), (after, stop < motion.frames)) if kept]
    share = ease((gap - before) / (after - before))[:, None]
    places = [motion.root_positions[:, [edge]] - made.root_positions[:, [edge]] for edge in ends]
    turned = [
        R.multiply(motion.joint_rotations[:, [edge]], R.inverse(made.joint_rotations[:, [edge]])) for edge in ends
    ]
    roots = made.root_positions[:, gap] + places[0] + (places[-1] - places[0]) * share
    turns = R.multiply(R.slerp(turned[0], turned[-1], share), made.joint_rotations[:, gap])
    beside = zip(motion.joint_rotations[:, ends[:1]], turns, strict=True)
    turns = np.stack([R.continuous(np.concatenate(two))[1:] for two in beside])
    all_roots, all_turns = motion.root_positions.copy(), motion.joint_rotations.copy()
    all_roots[:, gap], all_turns[:, gap] = roots, turns
    return replace(motion, root_positions=all_roots, joint_rotations=all_turns)
