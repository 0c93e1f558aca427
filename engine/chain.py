"""A chain: sentences one after the other on the same two people, each part made to go on from the one before."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from .errors import EngineError
from .features import FRAMES_PER_TOKEN, SOLE
from .joining import join
from .motion import Motion
from .seams import softened

SECOND = 30  # frames at the end of a part that are given to the next one, which fades in over them


@dataclass(frozen=True)
class Beat:
    """A part of a chain: what the two people do, for how many seconds of their own, from which seed.

    seed: if None, the chain's and the beat's number, counted from 0.
    """

    prompt: str
    seconds: float = 3.0
    seed: int | None = None


def beat_limits(number: int, fps: float, shortest: int, longest: int) -> tuple[float, float]:
    """Seconds that a beat (counted from 0) has at least and at most, for a model of `shortest` to `longest` frames.

    A part is made with the last second of the one before, so that less is left for all but the first.
    """
    if number == 0:
        return max(shortest, SECOND) / fps, longest / fps
    return max(shortest - SECOND, FRAMES_PER_TOKEN) / fps, (longest - SECOND) / fps


def beat_frames(beats: Sequence[Beat], fps: float, shortest: int, longest: int) -> list[int]:
    """Frames of each beat, for a model whose clips are of `shortest` to `longest` frames.

    Raises EngineError if a model can't do that.
    """
    if not beats:
        raise EngineError("The chain is empty: give a sentence for each beat.")
    for number, beat in enumerate(beats):
        low, high = beat_limits(number, fps, shortest, longest)
        if not low <= round(beat.seconds, 4) <= high:
            which = "first" if number == 0 else "later"
            raise EngineError(
                f"Beat {number + 1} of the chain: {beat.seconds:g} seconds were asked for; this model makes {which} "
                f"beats of {low:.3g} to {high:.3g} seconds."
            )
    return [round(beat.seconds * fps) for beat in beats]


def said_at(beats: Sequence[Beat], seconds: float) -> str:
    """The sentence of the beat that goes on so many seconds after the start of a chain."""
    for beat in beats:
        if seconds < beat.seconds:
            return beat.prompt
        seconds -= beat.seconds
    return beats[-1].prompt


def going_on(motion: Motion, frames: int) -> tuple[Motion, np.ndarray]:
    """The last second of a motion with its last pose held for `frames` more; (T,) which frames are given.

    Both people are put on the floor, so that it does not sink or rise from part to part.
    """
    held = np.minimum(motion.frames - SECOND + np.arange(SECOND + frames), motion.frames - 1)
    lowest = motion.joint_positions[:, -SECOND:, :, 1].min(axis=(1, 2))
    roots = motion.root_positions[:, held] + (SOLE - lowest)[:, None, None] * [0.0, 1.0, 0.0]
    given = replace(motion, root_positions=roots, joint_rotations=motion.joint_rotations[:, held])
    return given, np.arange(SECOND + frames) < SECOND


def link(parts: Sequence[Motion], beats: Sequence[Beat], seed: int) -> Motion:
    """One motion of parts that each begin with the last second of the one before, going over softly to the next.

    Its settings say of each of `beats`, whose seeds are numbers here, at which frame it starts and how many it has.
    """
    frames = [parts[0].frames] + [part.frames - SECOND for part in parts[1:]]
    starts = [0, *np.cumsum(frames)[:-1].tolist()]
    motion = softened(join(parts, [max(0, start - SECOND) for start in starts]), starts[1:])
    places = zip(beats, starts, frames, strict=True)
    notes = [asdict(beat) | {"start": start, "frames": count} for beat, start, count in places]
    prompt = " ".join(beat.prompt.strip() for beat in beats)
    return replace(motion, prompt=prompt, seed=seed, settings=motion.settings | {"beats": notes})
