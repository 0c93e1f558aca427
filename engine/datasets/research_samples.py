"""What networks train and are scored on: windows for the VQ-VAE, whole clips with a text for the transformer.

Each set has a length and `sample(index, seed)`; every random choice in a sample comes from its seed alone.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..features import (
    FRAMES_PER_TOKEN,
    WIDTH,
    Frame,
    canonical_frame,
    mirror,
    mirror_rows,
    pair_rows,
    raw_to_y_up,
    rows,
)
from ..features_interx import TRANSLATION
from ..normaliser import Normaliser
from . import interhuman, interx
from .pair_cache import open_cache
from .prepared import mirrored_text
from .row_statistics import read_statistics

Seed = int | Sequence[int]
WINDOW, STRIDE = 64, 10
LONGEST = 300  # frames of an InterHuman clip; its rows are padded to as many
INTERX_LONGEST = 150


class InterHumanWindows:
    """Windows of one person: {"rows": (64, 262) normalised}; those of training come left for right as well.

    Person 2 is in person 1's frame, which is that of the whole clip. normaliser: the data set's own if none is given.
    """

    def __init__(self, folder: str | Path, split: str, normaliser: Normaliser | None = None) -> None:
        """Raises EngineError if `folder` holds no prepared InterHuman, or no clips of the split."""
        self.cache = open_cache(folder, interhuman.NAME)
        self.normaliser = normaliser or read_statistics(folder)
        clips = self.cache.of_split(split)
        self.windows = [
            (clip, start)
            for clip in clips
            for start in range(0, self.cache.lengths[clip] - WINDOW, STRIDE)  # a clip has one row less than frames
        ]
        self.mirrors = 2 if split == "train" else 1

    def __len__(self) -> int:
        return len(self.windows) * 2 * self.mirrors

    def sample(self, index: int, seed: Seed = 0) -> dict:
        """One window. There is nothing random about it."""
        number, which = divmod(index, 2 * self.mirrors)
        person, mirrored = which % 2, which >= 2
        clip, start = self.windows[number]
        positions, rotations = raw_to_y_up(self.cache.clip(clip)[start : start + WINDOW + 1, person])
        values = rows(self._frame(clip, person).enter(positions), rotations)
        return {"rows": self.normaliser.normalise(mirror_rows(values) if mirrored else values)}

    def _frame(self, clip: int, person: int) -> Frame:
        """Person 1's frame of the whole clip, at the height of this person's own floor."""
        frame = canonical_frame(raw_to_y_up(self.cache.clip(clip)[:1, 0])[0])
        origin = frame.origin.copy()
        origin[1] = self.cache.notes[clip]["floors"][person]
        return Frame(origin, frame.turn)


class InterHumanClips:
    """Clips of at most 300 frames with one of their texts; those of training come left for right as well.

    A sample is {"rows": (2, 300, 262) normalised, padded with zeros, "frames", "text", "name", "index"}.
    """

    def __init__(self, folder: str | Path, split: str, normaliser: Normaliser | None = None) -> None:
        """Raises EngineError if `folder` holds no prepared InterHuman, or no clips of the split."""
        self.cache = open_cache(folder, interhuman.NAME)
        self.normaliser = normaliser or read_statistics(folder)
        self.clips = self.cache.of_split(split)
        self.mirrors = 2 if split == "train" else 1

    def __len__(self) -> int:
        return len(self.clips) * self.mirrors

    def sample(self, index: int, seed: Seed) -> dict:
        """One clip: a random part if it is long, a random text, the people swapped or not, before and after."""
        random = np.random.default_rng(seed)
        mirrored, number = divmod(index, len(self.clips))
        clip = self.clips[number]
        note, raw = self.cache.notes[clip], self.cache.clip(clip)
        start = random.integers(max(len(raw) - LONGEST, 0) + 1)
        text = str(random.choice(note["texts"]))
        swapped_before, swapped_after = random.random(2) < 0.5
        people = [raw[start : start + LONGEST, person] for person in ((1, 0) if swapped_before else (0, 1))]
        if mirrored:
            people, text = [mirror(person) for person in people], mirrored_text(text)
        pair = np.stack(pair_rows(*zip(*map(raw_to_y_up, people), strict=True)))
        values = self.normaliser.normalise(pair[::-1] if swapped_after else pair)
        padded = np.zeros((2, LONGEST, WIDTH), np.float32)
        padded[:, : values.shape[1]] = values
        return {"rows": padded, "frames": values.shape[1], "text": text, "name": note["name"], "index": index}


class InterXWindows:
    """Windows of one person: {"rows": (64, 56, 6)}, not normalised, with velocities of their own."""

    def __init__(self, folder: str | Path, split: str) -> None:
        """Raises EngineError if `folder` holds no prepared Inter-X, or no clips of the split."""
        self.cache = open_cache(folder, interx.NAME)
        self.windows = [
            (clip, start)
            for clip in self.cache.of_split(split)
            for start in range(0, self.cache.lengths[clip] - WINDOW + 1, STRIDE)
        ]

    def __len__(self) -> int:
        return len(self.windows) * 2

    def sample(self, index: int, seed: Seed = 0) -> dict:
        """One window. There is nothing random about it."""
        clip, start = self.windows[index // 2]
        return {"rows": _cut(self.cache.clip(clip)[:, index % 2], start, start + WINDOW)}


class InterXClips:
    """The first 150 frames, from a random start, of clips with one of their texts.

    A sample is {"rows": (2, 150, 56, 6), padded with zeros, "frames", "text", "tagged", "name", "index"}; tagged are
    the words of the text as word/POS.
    """

    def __init__(self, folder: str | Path, split: str) -> None:
        """Raises EngineError if `folder` holds no prepared Inter-X, or no clips of the split."""
        self.cache = open_cache(folder, interx.NAME)
        self.clips = self.cache.of_split(split)

    def __len__(self) -> int:
        return len(self.clips)

    def sample(self, index: int, seed: Seed) -> dict:
        """One clip, cut to whole tokens, one token shorter in a third of the draws, with a random text."""
        random = np.random.default_rng(seed)
        clip = self.clips[index]
        note, raw = self.cache.notes[clip], self.cache.clip(clip)
        length = len(raw) // FRAMES_PER_TOKEN * FRAMES_PER_TOKEN
        length -= FRAMES_PER_TOKEN if random.random() < 1 / 3 else 0
        start = random.integers(len(raw) - length + 1)
        chosen = random.integers(len(note["texts"]))
        frames = min(length, INTERX_LONGEST)  # the velocities are those before this cut
        padded = np.zeros((2, INTERX_LONGEST, *raw.shape[2:]), np.float32)
        padded[:, :frames] = np.swapaxes(_cut(raw, start, start + length)[:frames], 0, 1)
        texts = {"text": note["texts"][chosen], "tagged": note["tagged"][chosen]}
        return {"rows": padded, "frames": frames, **texts, "name": note["name"], "index": index}


def _cut(clip: np.ndarray, start: int, stop: int) -> np.ndarray:
    """A part of Inter-X rows (T, ..., 56, 6) that ends with the velocity 0, as every clip does."""
    part = clip[start:stop].copy()
    part[-1, ..., TRANSLATION, 3:] = 0.0
    return part
