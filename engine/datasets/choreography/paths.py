"""Curves over the floor for people to follow: paces, steered ways, lanes beside a way.

All are sampled on a clock that goes beyond the clip, so that whoever is walking at its start or end has somewhere to
come from and to go to. Ground positions are (x, z) in metres, headings radians about +Y, 0 facing +Z.
"""

import numpy as np

from .body import Body
from .curves import FPS, ease, smooth, wander
from .gait import Gait, Path, footsteps, tread

MARGIN = 2.0  # seconds before and after the clip
HERE = round(MARGIN * FPS)  # the clip's first moment on the clock
ROOM = 4.5  # metres that people go away from where they start


def clock(t: np.ndarray) -> np.ndarray:
    """The clip's times `t` with MARGIN on both sides, at the same rate."""
    before = np.arange(-HERE, 0) / FPS
    return np.concatenate([t[0] + before, t, t[-1] - before[::-1]])


def pace(times: np.ndarray, speed: float, start: float, end: float, up: float = 0.7, down: float = 0.7) -> np.ndarray:
    """Metres a second (N,): from standing to `speed` within `up` seconds of `start`, standing again at `end`."""
    return speed * ease(times, start, start + up) * (1.0 - ease(times, end - down, end))


def wind(rng: np.random.Generator, speed: np.ndarray, curve: float) -> np.ndarray:
    """Heading (N,) of a way gone at `speed` (N,) that bends by `curve` radians a metre and wanders; 0 at time 0.

    A way that would leave the room bends more.
    """
    gone = np.cumsum(speed) / FPS
    if gone[-HERE] - gone[HERE] > ROOM:
        curve = np.copysign(max(abs(curve), 2.0 / ROOM), curve)
    heading = curve * gone + wander(rng, gone, 1, 0.12, 0.03, 0.12)[:, 0]
    return heading - heading[HERE]


def steer(speed: np.ndarray, heading: np.ndarray) -> np.ndarray:
    """Ground (N, 2) of going at `speed` (N,) towards `heading` (N,), at the origin at time 0."""
    steps = speed[:, None] * np.stack([np.sin(heading), np.cos(heading)], axis=-1) / FPS
    ground = np.cumsum((steps + np.roll(steps, 1, axis=0)) / 2, axis=0)
    return ground - ground[HERE]


def behind(ground: np.ndarray, heading: np.ndarray, gap: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
    """Ground (N, 2) and heading (N,) `gap` metres back on a way; where that begins later, straight before it."""
    gone = np.append(0.0, np.cumsum(np.hypot(*np.diff(ground, axis=0).T)))
    back = gone - gap
    place = np.stack([np.interp(back, gone, column) for column in ground.T], axis=-1)
    place += np.minimum(back, 0.0)[:, None] * [np.sin(heading[0]), np.cos(heading[0])]
    return place, np.interp(back, gone, heading)


def beside(ground: np.ndarray, heading: np.ndarray, left: np.ndarray, ahead: np.ndarray | float = 0.0) -> np.ndarray:
    """Ground (N, 2) that lies `left` and `ahead` metres of a way (either may vary over time)."""
    s, c = np.sin(heading), np.cos(heading)
    return ground + np.stack([left * c + ahead * s, ahead * c - left * s], axis=-1)


def toward(ground: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Heading (N,) from one ground (N, 2) to another, without jumps of a full turn."""
    to = other - ground
    return np.unwrap(np.arctan2(to[:, 0], to[:, 1]))


def course(ground: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
    """Heading (N,) of the movement itself, `otherwise` (N,) where there is little, always near the latter."""
    velocity = np.gradient(ground, axis=0) * FPS
    way = np.arctan2(velocity[:, 0], velocity[:, 1])
    off = (way - otherwise + np.pi) % (2 * np.pi) - np.pi
    return otherwise + smooth(ease(np.hypot(*velocity.T), 0.1, 0.5) * off, 4.0)


def follow(t: np.ndarray, body: Body, path: Path, lead: int = 0, cadence: float = 1.0) -> Gait:
    """Walk or run along a path with steps at a natural cadence, `lead` foot first."""
    return tread(t, body, path, footsteps(path, lead, body.scale, cadence))
