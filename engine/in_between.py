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

PASSING = 12  # frames of a gap over which the pace at its ends passes into its own
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

    What `made` is off by at the ends is taken out over all of the gap, so that nobody goes there and back for it. Each
    end is passed at the pace of what is kept there.
    """
    gap, edges = np.arange(start, stop), [edge for edge in (start - 1, stop) if 0 <= edge < motion.frames]
    share = ease((gap - start + 1) / (stop - start + 1))[:, None]
    roots, turns = motion.root_positions.copy(), motion.joint_rotations.copy()
    off = roots[:, edges] - made.root_positions[:, edges]
    roots[:, gap] = made.root_positions[:, gap] + off[:, :1] + (off[:, -1:] - off[:, :1]) * share
    turned = R.multiply(turns[:, edges], R.inverse(made.joint_rotations[:, edges]))
    turns[:, gap] = R.multiply(R.slerp(turned[:, :1], turned[:, -1:], share), made.joint_rotations[:, gap])
    for edge in edges:
        before, after = (edge - 1, edge + 1) if edge < start else (edge + 1, edge - 1)
        if not 0 <= before < motion.frames:
            continue
        away = np.abs(gap - edge)
        reach = (away * np.clip(1.0 - away / min(PASSING, len(gap) + 1), 0.0, 1.0) ** 2)[:, None]
        pace = 2.0 * roots[:, edge] - roots[:, before] - roots[:, after]
        roots[:, gap] += pace[:, None] * reach
        kept, new = (_turn(turns[:, a], turns[:, b]) for a, b in ((before, edge), (edge, after)))
        turns[:, gap] = R.multiply(R.from_rotation_vector((kept - new)[:, None] * reach[..., None]), turns[:, gap])
    beside = zip(turns[:, edges[:1]], turns[:, gap], strict=True)
    turns[:, gap] = np.stack([R.continuous(np.concatenate(two))[1:] for two in beside])
    return replace(motion, root_positions=roots, joint_rotations=turns)


def _turn(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """The turn from rotations to others (..., 4), as axis times angle (..., 3)."""
    return R.to_rotation_vector(R.multiply(end, R.inverse(start)))
