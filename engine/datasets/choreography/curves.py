"""Curves over time that everything is animated with: eases, pulses, travel along a path, smooth noise.

Times are seconds; a curve is an array over the T frames of `t`. All are at least C1, most are C2.
"""

import numpy as np

FPS = 30.0


def ease(t: np.ndarray, start: float, end: float) -> np.ndarray:
    """Minimum-jerk rise from 0 before `start` to 1 after `end`."""
    u = np.clip((t - start) / max(end - start, 1e-6), 0.0, 1.0)
    return u**3 * (10.0 + u * (6.0 * u - 15.0))


def pulse(t: np.ndarray, start: float, top: float, leave: float, end: float) -> np.ndarray:
    """Rise over start..top, stay at 1, fall over leave..end."""
    return ease(t, start, top) * (1.0 - ease(t, leave, end))


def hump(t: np.ndarray, start: float, end: float) -> np.ndarray:
    """One smooth hill of height 1 between `start` and `end`, 0 elsewhere."""
    u = np.clip((t - start) / max(end - start, 1e-6), 0.0, 1.0)
    return 64.0 * (u * (1.0 - u)) ** 3


def keyed(t: np.ndarray, times: list[float], values: list) -> np.ndarray:
    """Minimum-jerk moves through `values` (each (), (C,) or (T, C)), leaving times[i] for times[i + 1]."""
    curve = np.asarray(values[0], dtype=float)
    for start, end, before, after in zip(times, times[1:], values, values[1:], strict=False):
        share = ease(t, start, end)
        step = np.asarray(after, dtype=float) - before
        curve = curve + (share[:, None] if step.ndim else share) * step
    return curve


def travel(t: np.ndarray, start: float, end: float, up: float, down: float) -> np.ndarray:
    """Progress 0..1 at an even pace between a speeding up of `up` seconds and a slowing down of `down` seconds."""

    def covered(x: np.ndarray, ramp: float) -> np.ndarray:
        u = np.clip(x / ramp, 0.0, 1.0)
        return ramp * u**3 * (1.0 - u / 2.0) + np.maximum(x - ramp, 0.0)

    distance = covered(t - start, up) - covered(t - (end - down), down)
    return distance / (end - start - (up + down) / 2.0)


def wander(
    rng: np.random.Generator, t: np.ndarray, channels: int, amplitude: float, low: float = 0.15, high: float = 0.6
) -> np.ndarray:
    """Smooth noise (T, channels) with standard deviation `amplitude`, made of a few waves of `low`..`high` Hz."""
    waves = 4
    frequency = rng.uniform(low, high, (waves, channels))
    phase = rng.uniform(0.0, 2.0 * np.pi, (waves, channels))
    angle = 2.0 * np.pi * frequency * t[:, None, None] + phase
    return amplitude * np.sin(angle).sum(axis=1) * np.sqrt(2.0 / waves)


def smooth(curve: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian low-pass of a curve (T,) or (T, C) by `sigma` frames; the ends are held."""
    reach = int(np.ceil(3 * sigma))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    padded = np.pad(curve, [(reach, reach)] + [(0, 0)] * (curve.ndim - 1), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=0)
    return windows @ (kernel / kernel.sum())


def smooth_below(ceiling: np.ndarray, reach: int) -> np.ndarray:
    """A smooth curve (T,) that never exceeds `ceiling` (T,): the lowest of nearby frames, then averaged."""
    padded = np.pad(ceiling, 2 * reach, mode="edge")
    lowest = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).min(axis=-1)
    kernel = np.hanning(2 * reach + 3)[1:-1]
    return np.lib.stride_tricks.sliding_window_view(lowest, 2 * reach + 1) @ (kernel / kernel.sum())
