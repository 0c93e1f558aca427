"""Hands that meet midway between the shoulders of the reaching arms, and hands that pat."""

import numpy as np

from .body import Body
from .curves import pulse
from .person import Performer

PALMS_APART = 0.075  # metres between the wrists of two hands whose palms meet


def arms_gap(bodies: tuple[Body, Body]) -> float:
    """Metres from body to body at which two people's hands meet comfortably, elbows a little bent."""
    return 0.38 + 0.38 * (bodies[0].arm + bodies[1].arm)


def between(pair: list[Performer], sides: tuple[int, int]) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """Shoulders, 2 x (T, 3), of the arms of A's and B's `sides`, the point (T, 3) midway, the heading (T,) from A's to
    B's."""
    shoulders = [person.trunk()[0][:, 16 + side] for person, side in zip(pair, sides, strict=True)]
    across = shoulders[1] - shoulders[0]
    return shoulders, (shoulders[0] + shoulders[1]) / 2, np.arctan2(across[:, 0], across[:, 2])


def pats(t: np.ndarray, first: float, last: float, rate: float, height: float) -> np.ndarray:
    """Metres (T,) up to `height` by which a hand is off what it pats `rate` times a second from `first` to `last`."""
    return height * pulse(t, first, first + 0.15, last - 0.15, last) * np.sin(np.pi * rate * (t - first)) ** 2
