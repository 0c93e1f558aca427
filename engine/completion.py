"""What of a pair's motion is given, as the networks read it, and what they make put in ("inpainting").

A long motion is made in overlapping windows, each in the frame of person A at its start; the frames of the window
before it that it overlaps are given to it.
"""

from dataclasses import dataclass, replace

import numpy as np

from . import features_interx
from . import rotations as R
from .errors import EngineError
from .features import FRAMES_PER_TOKEN, SOLE, Frame, canonical_frame, rows
from .joining import join, windows
from .motion import Motion
from .skeleton import FULL_REST_OFFSETS, REST_OFFSETS, leg_length

OVERLAP = 32  # frames; whole tokens, over a second


@dataclass(frozen=True)
class Clip:
    """A window for the networks.

    rows: (2, 4 L, ...) of both people, not normalised. fixed: (2, L) which tokens are given.
    place: the window's frame in the world. heights: (2,) of each person's lowest joint over it.
    """

    rows: np.ndarray
    fixed: np.ndarray
    place: Frame
    heights: np.ndarray


class Completion:
    """A pair that is given where `keep` (2, T) is true, and becomes whole window by window.

    If one person alone is given, the world is scaled about its origin so that their legs are of the reference's length.
    The floor is the motion's, y = 0: who is not given stands there.
    """

    def __init__(self, motion: Motion, keep: np.ndarray, longest: int):
        self.keep, self.windows = keep, windows(motion.frames, longest, OVERLAP)
        self.given = keep.any(axis=1)
        legs = leg_length(motion.bone_offsets)
        seen = keep | [[True], [False]] & (np.arange(motion.frames) == 0)  # A's first pose is the frame of all
        if not (np.isfinite(motion.joint_positions[seen]).all() and legs[self.given].min() > 0):
            raise EngineError("The given motion holds numbers that are none, or legs of no length: it can't be used.")
        self.sizes = legs / leg_length(REST_OFFSETS)
        self.pieces: list[Motion] = []

    def known(self, number: int) -> np.ndarray:
        """(2, T) what is known when it is the turn of a window: what was given, and the windows before."""
        made = np.arange(self.keep.shape[1]) < (self.windows[number - 1].stop if number else 0)
        return self.keep | made

    def fixed(self, number: int) -> np.ndarray:
        """(2, L) which tokens of a window are given: those of whom all frames are known."""
        return self.known(number)[:, self._frames(number)[:-1]].reshape(2, -1, FRAMES_PER_TOKEN).all(axis=2)

    def _frames(self, number: int) -> np.ndarray:
        """Frames of a window: whole tokens and one more for the velocities, the last pose held beyond the end."""
        window, last = self.windows[number], self.keep.shape[1] - 1
        tokens = -(-(window.stop - window.start) // FRAMES_PER_TOKEN)
        return np.minimum(window.start + np.arange(FRAMES_PER_TOKEN * tokens + 1), last)


class InterHumanCompletion(Completion):
    """A completion by rows of positions: a pair keeps its size, and each who is given for a while has it in all windows
    (`legs`; None for who is not given)."""

    def __init__(self, motion: Motion, keep: np.ndarray, longest: int):
        super().__init__(motion, keep, longest)
        self.scale = 1.0 if self.given.all() else 1.0 / self.sizes[self.given][0]
        sizes = leg_length(motion.bone_offsets) * self.scale
        self.legs = [float(size) if known else None for size, known in zip(sizes, self.given, strict=True)]
        self.positions = motion.joint_positions * self.scale
        self.rotations = R.to_6d(motion.joint_rotations[:, :, 1:])

    def clip(self) -> Clip:
        """The next window, on the floor."""
        number = len(self.pieces)
        frames = self._frames(number)
        known = self.known(number)[:, frames]
        positions, rotations = (
            np.stack([filled(values, whose) for values, whose in zip(part[:, frames], known, strict=True)])
            for part in (self.positions, self.rotations)
        )
        heights = np.array([_lowest(places, whose) for places, whose in zip(positions, known, strict=True)])
        place = canonical_frame(positions[0])
        place = replace(place, origin=place.origin * [1.0, 0.0, 1.0])
        own = place.enter(positions - heights[:, None, None, None] * [0.0, 1.0, 0.0])
        turns = rotations.reshape(2, len(frames), -1)
        clip = np.stack([rows(*person) for person in zip(own, turns, strict=True)])
        return Clip(clip, self.fixed(number), place, heights)

    def add(self, clip: Clip, made: Motion) -> None:
        """Put in what the networks made of the next window, each person's lowest joint at 0."""
        window, known = self.windows[len(self.pieces)], self.known(len(self.pieces))
        piece = clip.place.leave(made)
        piece = replace(piece, root_positions=piece.root_positions + clip.heights[:, None, None] * [0.0, 1.0, 0.0])
        new = ~known[:, window]
        self.positions[:, window][new] = piece.joint_positions[new]
        self.rotations[:, window][new] = R.to_6d(piece.joint_rotations[:, :, 1:])[new]
        self.pieces.append(piece)

    def whole(self) -> Motion:
        """The pair at its true size, as the networks gave it, what was given too."""
        motion = join(self.pieces, [window.start for window in self.windows])
        roots, offsets = motion.root_positions / self.scale, motion.bone_offsets / self.scale
        return replace(motion, root_positions=roots, bone_offsets=offsets)


class InterXCompletion(Completion):
    """A completion by rows of rotations, which tell no size: all bodies are the reference's while they are worked on.

    So pelvises are put as high as such a body's, and the two stand apart by the mean of their sizes. Who is not given
    is as large as the other.
    """

    legs = [None, None]

    def __init__(self, motion: Motion, keep: np.ndarray, longest: int):
        super().__init__(motion, keep, longest)
        self.sizes = np.where(self.given, self.sizes, self.sizes[self.given].mean())
        apart = np.full(2, self.sizes.mean())
        self.scales = 1.0 / np.stack([apart, self.sizes, apart], axis=1)[:, None]
        self.roots = motion.root_positions * self.scales
        self.turns = R.to_6d(motion.joint_rotations)

    def clip(self) -> Clip:
        """The next window, as seen from person A's first pelvis."""
        number = len(self.pieces)
        frames = self._frames(number)
        known = self.known(number)[:, frames]
        roots, turns = (
            np.stack([filled(values, whose) for values, whose in zip(part[:, frames], known, strict=True)])
            for part in (self.roots, self.turns)
        )
        pair = Motion(roots, R.from_6d(turns), np.stack([FULL_REST_OFFSETS] * 2))
        place = replace(canonical_frame(pair.joint_positions[0, :1]), origin=roots[0, 0])
        clip = features_interx.motion_rows(place.inverse.leave(pair))[:, :-1]
        return Clip(clip, self.fixed(number), place, np.zeros(2))

    def add(self, clip: Clip, made: Motion) -> None:
        """Put in what the networks made of the next window."""
        window, known = self.windows[len(self.pieces)], self.known(len(self.pieces))
        piece = clip.place.leave(made)
        lifts = SOLE - piece.joint_positions[..., 1].min(axis=(1, 2))
        lifts = np.where(self.given, 0.0, lifts)[:, None, None] * [0.0, 1.0, 0.0]
        piece = replace(piece, root_positions=piece.root_positions + lifts)
        new = ~known[:, window]
        self.roots[:, window][new] = piece.root_positions[new]
        self.turns[:, window][new] = R.to_6d(piece.joint_rotations)[new]
        self.pieces.append(piece)

    def whole(self) -> Motion:
        """The pair at its true size, as the networks gave it, what was given too."""
        motion = join(self.pieces, [window.start for window in self.windows])
        roots, offsets = motion.root_positions / self.scales, motion.bone_offsets * self.sizes[:, None, None]
        return replace(motion, root_positions=roots, bone_offsets=offsets)


def filled(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Values (T, ...), straight from one known frame to the next, so that nothing of the others shows.

    Where no frame is known they stay as they are.
    """
    kept = np.flatnonzero(known)
    if len(kept) in (0, len(values)):
        return values
    places = np.interp(np.arange(len(values)), kept, np.arange(len(kept)))
    before = np.floor(places).astype(int)
    after = np.minimum(before + 1, len(kept) - 1)
    share = (places - before).reshape(-1, *[1] * (values.ndim - 1))
    return values[kept[before]] * (1.0 - share) + values[kept[after]] * share


def _lowest(positions: np.ndarray, known: np.ndarray) -> float:
    """Height of the lowest joint of somebody's clip: as seen if all is known, else a sole over the floor at most."""
    lowest = positions[known, :, 1].min(initial=np.inf)
    return float(lowest if known.all() else min(lowest, SOLE))
