"""What a take's actions do, as values over time, and the keys that are made of them."""

from dataclasses import dataclass, replace

import bpy
import numpy as np

from .. import rotation_modes
from ..core import rotations
from ..curves import BEZIER, LINEAR, WIDTHS, bag_of, new_curve, value_of

SAME = 1e-3  # frames


@dataclass(frozen=True)
class Span:
    """The frames that a motion takes in the scene.

    frames: (T,) at which it is known. grid: indices of those at which there may be keys, the first and the last too.
    """

    frames: np.ndarray
    grid: np.ndarray

    @property
    def start(self) -> float:
        """The first frame."""
        return float(self.frames[0])

    @property
    def end(self) -> float:
        """The last frame."""
        return float(self.frames[-1])


@dataclass(frozen=True)
class Channel:
    """A property over a span: values (T, n), a column for each of its indices."""

    path: str
    indices: tuple[int, ...]
    values: np.ndarray

    @property
    def owner(self) -> str:
        """The path of whose property it is: "" for the object's own."""
        return self.path.rpartition(".")[0]

    @property
    def name(self) -> str:
        """The property."""
        return self.path.rpartition(".")[2]

    @property
    def turns(self) -> bool:
        """Whether it is a whole rotation."""
        return self.name.startswith("rotation") and len(self.indices) == WIDTHS[self.name]

    @property
    def moves(self) -> bool:
        """Whether it changes."""
        return bool(np.ptp(self.values, axis=0).max() > 0)


@dataclass(frozen=True)
class Keyed:
    """A channel and its keys.

    keys: (K,) indices into the span. slopes: (K, n) per frame. bent: (K - 1,) which segments are Bezier ones.
    """

    channel: Channel
    keys: np.ndarray
    slopes: np.ndarray | None = None
    bent: np.ndarray | None = None

    @property
    def count(self) -> int:
        """How many keys there are, those of all indices."""
        return len(self.keys) * len(self.channel.indices)

    def full_count(self, span: Span) -> int:
        """How many there would be if none had been left out."""
        return len(span.grid) * len(self.channel.indices) if self.channel.moves else self.count


def mode_of(rig: bpy.types.Object, channel: Channel) -> str:
    """The rotation mode in which a channel turns a bone or the object."""
    if channel.name == "rotation_euler":
        return (rig.path_resolve(channel.owner) if channel.owner else rig).rotation_mode
    return "QUATERNION" if channel.name == "rotation_quaternion" else "AXIS_ANGLE"


def span(start: int, seconds: float, fps: float, rate: float) -> Span:
    """The frames of a scene at `fps` that a motion takes from frame `start` on, with keys at `rate` a second."""
    step = fps / rate
    keyed = start + step * np.arange(np.floor(seconds * rate + 1e-3) + 1)
    whole = np.arange(start, np.floor(keyed[-1] + SAME) + 1)
    frames = np.union1d(keyed, [frame for frame in whole if np.abs(keyed - frame).min() > SAME])
    return Span(frames, np.searchsorted(frames, keyed))


def read(rig: bpy.types.Object, action: bpy.types.Action, frames: np.ndarray) -> list[Channel]:
    """The channels of an action of one character at its frames (T,). Muted curves are left out."""
    curves: dict[str, dict] = {}
    for curve in bag_of(action, action.slots[0]).fcurves:
        if not (curve.mute or (curve.group and curve.group.mute)):
            curves.setdefault(curve.data_path, {})[curve.array_index] = curve
    channels = []
    for path, own in curves.items():
        indices = tuple(sorted(own))
        values = np.array([[own[index].evaluate(frame) for index in indices] for frame in frames])
        channel = Channel(path, indices, values)
        channels.append(_whole(rig, channel) if channel.moves else channel)
    return channels


def blended(rig: bpy.types.Object, channel: Channel, other: np.ndarray, share: np.ndarray) -> Channel:
    """A channel passing into other values (T, n), or (1, n), of which it has a share (T,) from 0 to 1."""
    if not share.any():
        return channel
    if not channel.turns:
        values = channel.values + (other - channel.values) * share[:, None]
        return replace(channel, values=values)
    mode = mode_of(rig, channel)
    to = np.broadcast_to(rotation_modes.quaternions(other, mode), (len(share), 4))
    turns = rotations.slerp(rotation_modes.quaternions(channel.values, mode), to, share)
    values = rotation_modes.values(turns[:, None], mode)[:, 0]
    return replace(channel, values=rotation_modes.beside(values, mode, 0, other[0]))


def straight(channel: Channel, span: Span) -> Channel:
    """The channel as it plays with all its keys: in straight lines between them."""
    at = span.frames[span.grid]
    columns = [np.interp(span.frames, at, column[span.grid]) for column in channel.values.T]
    return replace(channel, values=np.stack(columns, axis=1))


def write(bag: bpy.types.ActionChannelbag, keyed: Keyed, frames: np.ndarray) -> None:
    """Add the keys to the curves of a channelbag, which are made if they lack."""
    channel, count = keyed.channel, len(keyed.keys)
    at = frames[keyed.keys].astype(np.float32)
    gap = np.diff(at, prepend=at[0], append=at[-1]) / 3
    for column, index in enumerate(channel.indices):
        curve = bag.fcurves.find(channel.path, index=index) or new_curve(bag, channel.path, index)
        points = curve.keyframe_points
        old = len(points)
        points.add(count)
        slope = np.zeros(count) if keyed.slopes is None else keyed.slopes[:, column]
        bent = np.zeros(count, dtype=bool) if keyed.bent is None else np.append(keyed.bent, False)
        values = channel.values[keyed.keys, column]
        _set(points, old, "co", np.stack([at, values], axis=1))
        _set(points, old, "handle_left", np.stack([at - gap[:-1], values - slope * gap[:-1]], axis=1))
        _set(points, old, "handle_right", np.stack([at + gap[1:], values + slope * gap[1:]], axis=1))
        _set(points, old, "interpolation", np.where(bent, BEZIER, LINEAR))
        _set(points, old, "handle_left_type", np.zeros(count, dtype=int))  # free
        _set(points, old, "handle_right_type", np.zeros(count, dtype=int))
        curve.update()


def _set(points, old: int, name: str, values: np.ndarray) -> None:
    """Set an attribute of the keys after the first `old` ones."""
    width = 1 if values.ndim == 1 else values.shape[1]
    everything = np.empty(len(points) * width, dtype=np.float32 if values.dtype.kind == "f" else np.int32)
    points.foreach_get(name, everything)
    everything[old * width :] = values.ravel()
    points.foreach_set(name, everything)


def _whole(rig: bpy.types.Object, channel: Channel) -> Channel:
    """The channel with all its indices, those that have no curve as they are now."""
    indices = tuple(range(WIDTHS.get(channel.name, 0))) or channel.indices
    columns = [
        channel.values[:, channel.indices.index(index)]
        if index in channel.indices
        else np.full(len(channel.values), value_of(rig, channel.path, index))
        for index in indices
    ]
    return Channel(channel.path, indices, np.stack(columns, axis=1))
