"""What the pipeline must know of the rows that a model's networks read and give: InterHuman's or Inter-X's."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from . import features_interx
from .completion import Completion, InterHumanCompletion, InterXCompletion
from .features import SOLE, motion_from_rows
from .motion import Motion
from .normaliser import Normaliser


class InterHuman:
    """Rows (T, 262) of positions and rotations, normalised. Each person stands on their own floor; nobody has hands."""

    has_hands = False

    def __init__(self, normaliser: Normaliser):
        self.normaliser = normaliser

    def given(self, motion: Motion) -> Motion:
        """What the networks see of a motion."""
        return motion.body

    def completion(self, motion: Motion, keep: np.ndarray, longest: int) -> Completion:
        """A pair of which frames are given, see completion.py."""
        return InterHumanCompletion(self.given(motion), keep, longest)

    def to_networks(self, rows: np.ndarray) -> np.ndarray:
        """Rows (..., 262) as float32 for the networks."""
        return self.normaliser.normalise(rows)

    def from_networks(self, made: np.ndarray, path: np.ndarray | None = None) -> np.ndarray:
        """Rows (..., T, 262) in metres of what the networks made; path (..., T, 3), if they follow one."""
        return self.normaliser.restore(made, path)

    def motion(self, made: np.ndarray, legs: Sequence[float | None], path: np.ndarray | None = None, **notes) -> Motion:
        """A Motion of what the networks made (2, T, 262); see motion_from_rows."""
        return motion_from_rows(self.from_networks(made, path), legs, **notes)

    def placed(self, pair: Motion) -> Motion:
        """The pair with person A over the origin, facing +Z, and both on the floor, the lowest joints a sole over it.

        The networks were trained to face so.
        """
        return replace(pair, root_positions=pair.root_positions - pair.root_positions[0, 0] * [1, 0, 1] + [0, SOLE, 0])


class InterX:
    """Rows (T, 56, 6) of rotations and a translation, as they are. People have hands; A faces anywhere."""

    has_hands = True

    def given(self, motion: Motion) -> Motion:
        """What the networks see of a motion."""
        return motion.with_hands()

    def completion(self, motion: Motion, keep: np.ndarray, longest: int) -> Completion:
        """A pair of which frames are given, see completion.py."""
        return InterXCompletion(self.given(motion), keep, longest)

    def to_networks(self, rows: np.ndarray) -> np.ndarray:
        """Rows (..., 56, 6) as float32 for the networks."""
        return rows.astype(np.float32)

    def from_networks(self, made: np.ndarray) -> np.ndarray:
        """Rows (..., 56, 6) of what the networks made."""
        return made

    def motion(self, made: np.ndarray, _legs: Sequence[float | None], _path: None = None, **notes) -> Motion:
        """A Motion of what the networks made (2, T, 56, 6)."""
        return features_interx.motion_from_rows(made, **notes)

    def placed(self, pair: Motion) -> Motion:
        """The pair with person A over the origin, facing +Z, and the lowest joint of both a sole over the floor."""
        return features_interx.on_the_floor(pair)


def representation(layout: str, normaliser: Normaliser | None) -> InterHuman | InterX:
    """That of a model, by the layout of its VQ-VAE."""
    return InterX() if layout == "interx" else InterHuman(normaliser)
