"""Curves over frames: means of the neighbourhood, and weights that come and go smoothly."""

import numpy as np


def smoothed(values: np.ndarray, weights: np.ndarray, width: float) -> np.ndarray:
    """Weighted means (T, N) of values (T, N) around each frame: a Gaussian of `width` frames times weights (T,) > 0."""
    reach = int(np.ceil(3.0 * width))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
    columns = np.concatenate([values * weights[:, None], weights[:, None]], axis=1).T
    sums = np.stack([np.convolve(column, kernel)[reach:-reach] for column in columns], axis=1)
    return sums[:, :-1] / sums[:, -1:]


def around(start: int, stop: int, frames: int, ramp: float) -> np.ndarray:
    """Weights (frames,): 1 from `start` up to `stop`, going smoothly to 0 within `ramp` frames before and after."""
    frame = np.arange(frames)
    away = np.maximum(np.maximum(start - frame, frame - (stop - 1)), 0) / ramp
    near = np.clip(1.0 - away, 0.0, 1.0)
    return near * near * near * (10.0 - 15.0 * near + 6.0 * near * near)
