"""Leaves out keys as far as a figure stays within a bound of where it was: curves of Bezier segments through the rest.

The curves go as close to the motion as their keys let them. Where the figure strays, the bone that is most to blame
gets a key, until all of it is within the bound at all times: nothing is left to estimates.
"""

from dataclasses import dataclass

import numpy as np

from .. import rotation_modes
from ..core import rotations as R

ROUNDED = 0.99  # of the bound: Blender keeps keys in single precision
DOUBT = 1e-3  # weight of a slope that is read from two frames against one that all frames between two keys tell


@dataclass(frozen=True)
class Track:
    """What a bone, or the object, does: all its channels get keys at the same times.

    rotation: (T, 3 or 4) values of a rotation mode, or None. location: (T, 3) or None.
    """

    rotation: np.ndarray | None
    mode: str
    location: np.ndarray | None

    def at(self, keys: np.ndarray, times: np.ndarray, grid: np.ndarray) -> "Track":
        """The track as curves through some of its keys have it."""
        values = [v if v is None else through(v, keys, times, grid) for v in (self.rotation, self.location)]
        return Track(values[0], self.mode, values[1])


@dataclass(frozen=True)
class Figure:
    """N tracks that carry each other, carriers first, and what hangs on them: lengths in metres, any axes.

    carriers: (N,) whose turn and place each is told in, -1 for none.
    turned: (N,) whether it turns with its carrier.
    heads: (N, 3) at rest. rests: (N, 4) quaternions of its own axes at rest, in which it is turned.
    axes: (N, 4) quaternions of the axes at rest in which it is moved. units: (N,) metres in a unit of its location.
    points: (P, 3) joints at rest. holders: (P,) the tracks that carry them.
    """

    carriers: np.ndarray
    turned: np.ndarray
    heads: np.ndarray
    rests: np.ndarray
    axes: np.ndarray
    units: np.ndarray
    points: np.ndarray
    holders: np.ndarray

    def pose(self, tracks: list[Track]) -> tuple[np.ndarray, np.ndarray]:
        """Where the joints are (T, P, 3) and how the tracks' bones are turned against their rest (T, N, 4)."""
        count = max(len(v) for track in tracks for v in (track.rotation, track.location) if v is not None)
        turns, heads = np.empty((count, len(tracks), 4)), np.empty((count, len(tracks), 3))
        for bone, track in enumerate(tracks):
            above = self.carriers[bone]
            carried = turns[:, above] if above >= 0 else R.IDENTITY[None]
            start = heads[:, above] if above >= 0 else 0.0
            offset = self.heads[bone] - (self.heads[above] if above >= 0 else 0.0)
            if track.location is not None:
                offset = offset + R.rotate(self.axes[bone], track.location * self.units[bone])
            heads[:, bone] = start + R.rotate(carried, np.broadcast_to(offset, (count, 3)))
            local = R.multiply(R.multiply(self.rests[bone], _turn(track)), R.inverse(self.rests[bone]))
            turns[:, bone] = R.multiply(carried, local) if self.turned[bone] else local
        offsets = self.points - self.heads[self.holders]
        return heads[:, self.holders] + R.rotate(turns[:, self.holders], offsets), turns

    def chain(self, bone: int) -> list[int]:
        """A track and all that carry it."""
        found = [bone]
        while (bone := int(self.carriers[bone])) >= 0:
            found.append(bone)
        return found

    def reach(self) -> np.ndarray:
        """How far (N,) from each track the farthest joint is that it carries, at rest."""
        far = np.zeros(len(self.carriers))
        for point, holder in zip(self.points, self.holders, strict=True):
            for bone in self.chain(int(holder)):
                far[bone] = max(far[bone], np.linalg.norm(point - self.heads[bone]))
        return far


def reduce_keys(
    tracks: list[Track],
    figure: Figure,
    times: np.ndarray,
    grid: np.ndarray,
    metres: float,
    degrees: float,
) -> list[np.ndarray]:
    """Choose keys for each track: with curves `through` them the figure's joints stay within `metres` of where they
    were, and its bones within `degrees`, at all times.

    times: (T,) at which the tracks are known. grid: indices of those at which keys may be; the first and last are kept.
    Returns indices into the times, for each track.
    """
    keys = [grid[[0, -1]] for _ in tracks]
    aim_joints, aim_turns = figure.pose(tracks)
    now = [track.at(own, times, grid) for track, own in zip(tracks, keys, strict=True)]
    reach = figure.reach()
    while True:
        joints, turns = figure.pose(now)
        strays = np.degrees(R.angle_between(turns, aim_turns)) / degrees
        far = np.linalg.norm(joints - aim_joints, axis=-1) / metres
        for bone in range(len(tracks)):
            strays[:, bone] = np.maximum(strays[:, bone], far[:, figure.holders == bone].max(axis=1, initial=0.0))
        if strays.max() <= ROUNDED:
            return keys
        owns = [
            _own_error(tracks[bone], now[bone], figure.units[bone], reach[bone], metres, degrees)
            for bone in range(len(tracks))
        ]
        for bone, more in _more_keys(strays, np.stack(owns, axis=1), figure, keys, grid).items():
            keys[bone] = np.union1d(keys[bone], list(more))
            now[bone] = tracks[bone].at(keys[bone], times, grid)


def _own_error(aim: Track, now: Track, unit: float, reach: float, metres: float, degrees: float) -> np.ndarray:
    """How much (T,) of the bound a track uses up itself, at the farthest that it carries."""
    error = np.zeros(1)
    if aim.rotation is not None:
        angle = R.angle_between(_turn(aim), _turn(now))
        error = np.maximum(np.degrees(angle) / degrees, angle * reach / metres)
    if aim.location is not None:
        error = np.maximum(error, np.linalg.norm(now.location - aim.location, axis=-1) * unit / metres)
    return error


def _more_keys(strays: np.ndarray, owns: np.ndarray, figure: Figure, keys: list, grid: np.ndarray) -> dict[int, set]:
    """Where tracks need keys: for each stretch over which a bone strays, at its worst, for the one most to blame."""
    found: dict[int, set] = {}
    free: dict[int, np.ndarray] = {}
    for bone in np.flatnonzero(strays.max(axis=0) > ROUNDED):
        chain = figure.chain(int(bone))
        outside = np.concatenate([[0], strays[:, bone] > ROUNDED, [0]]).astype(int)
        for start, end in np.flatnonzero(np.diff(outside)).reshape(-1, 2):
            worst = start + int(np.argmax(strays[start:end, bone]))
            blamed = chain[int(np.argmax(owns[worst, chain]))]
            if blamed not in free:
                free[blamed] = np.setdiff1d(grid, keys[blamed], assume_unique=True)
            found.setdefault(blamed, set()).add(int(free[blamed][np.argmin(np.abs(free[blamed] - worst))]))
    return found


def _turn(track: Track) -> np.ndarray:
    """The rotation (T, 4) of a track, or one that doesn't turn (1, 4)."""
    return R.IDENTITY[None] if track.rotation is None else rotation_modes.quaternions(track.rotation, track.mode)


def slopes(values: np.ndarray, keys: np.ndarray, times: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """How fast the curves through some of the values (T, n) go at these keys (K, n): as comes closest to all values."""
    after, u, long, bent = _segments(keys, times, grid)
    from_start, from_end = long * bent * (u**3 - 2 * u**2 + u), long * bent * (u**3 - u**2)
    rest = values - _level(values, keys, after, u, bent)
    diagonal, beside = np.zeros(len(keys)), np.zeros(len(keys) - 1)
    np.add.at(diagonal, after - 1, from_start**2)
    np.add.at(diagonal, after, from_end**2)
    np.add.at(beside, after - 1, from_start * from_end)
    right = np.zeros((len(keys), values.shape[1]))
    np.add.at(right, after - 1, from_start[:, None] * rest)
    np.add.at(right, after, from_end[:, None] * rest)
    rough = np.gradient(values[grid], times[grid], axis=0)[np.searchsorted(grid, keys)]
    weak = DOUBT * np.median(np.diff(times[grid])) ** 2  # where few values tell the slope, it is that between frames
    return _solve(diagonal + weak, beside, right + weak * rough)


def _solve(diagonal: np.ndarray, beside: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Solve a symmetric tridiagonal system (K, K) for (K, n): cyclic reduction, in which all rows go at once."""
    low, high = np.append(0.0, beside), np.append(beside, 0.0)
    step = 1
    while step < len(diagonal):
        above = np.zeros_like(low)
        below = np.zeros_like(low)
        above[step:] = -low[step:] / diagonal[:-step]
        below[:-step] = -high[:-step] / diagonal[step:]
        sums, values = diagonal.copy(), right.copy()
        sums[step:] += above[step:] * high[:-step]
        sums[:-step] += below[:-step] * low[step:]
        values[step:] += above[step:, None] * right[:-step]
        values[:-step] += below[:-step, None] * right[step:]
        above[step:] *= low[:-step]
        below[:-step] *= high[step:]
        low, high, diagonal, right, step = above, below, sums, values, 2 * step
    return right / diagonal[:, None]


def through(values: np.ndarray, keys: np.ndarray, times: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """The curves (T, n) through some of the values (T, n), as Blender draws them: see `is_bent`."""
    after, u, long, bent = _segments(keys, times, grid)
    slope = slopes(values, keys, times, grid)
    from_start, from_end = long * bent * (u**3 - 2 * u**2 + u), long * bent * (u**3 - u**2)
    level = _level(values, keys, after, u, bent)
    return level + from_start[:, None] * slope[after - 1] + from_end[:, None] * slope[after]


def is_bent(keys: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Whether the curve goes on from each key but the last as a Bezier segment: straight to neighbours on the grid."""
    return np.diff(np.searchsorted(grid, keys)) > 1


def _segments(keys: np.ndarray, times: np.ndarray, grid: np.ndarray) -> tuple[np.ndarray, ...]:
    """For each time (T,) the number of the key after it, its share of the way there, how long that is, if it bends."""
    after = np.clip(np.searchsorted(keys, np.arange(len(times)), side="right"), 1, len(keys) - 1)
    start, end = times[keys[after - 1]], times[keys[after]]
    return after, (times - start) / (end - start), end - start, is_bent(keys, grid)[after - 1]


def _level(values: np.ndarray, keys: np.ndarray, after: np.ndarray, u: np.ndarray, bent: np.ndarray) -> np.ndarray:
    """What the values at the keys alone add to the curves (T, n)."""
    share = np.where(bent, u**2 * (3 - 2 * u), u)[:, None]
    return values[keys[after - 1]] * (1 - share) + values[keys[after]] * share
