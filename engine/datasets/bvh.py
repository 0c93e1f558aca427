"""Reads BVH files: the skeleton, the channels in the order of the header, and forward kinematics."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .. import rotations as R
from ..errors import EngineError

AXES = {"X": np.array([1.0, 0.0, 0.0]), "Y": np.array([0.0, 1.0, 0.0]), "Z": np.array([0.0, 0.0, 1.0])}


@dataclass(frozen=True)
class Clip:
    """A BVH file: J joints (end sites among them, named after their parent: "Foot.end") over T frames.

    offsets: (J, 3) each joint from its parent in the parent's axes, in the file's units. parents: -1 for the root,
    always before their children. channels: per joint, as in the header. values: (T, channels of all joints).
    """

    names: list[str]
    parents: list[int]
    offsets: np.ndarray
    channels: list[list[str]]
    frame_time: float
    values: np.ndarray

    def pose(self) -> tuple[np.ndarray, np.ndarray]:
        """Joint positions (T, J, 3) in the file's units and world rotations (T, J, 4), quaternions wxyz."""
        positions, world = [], []
        first = 0
        for parent, offset, channels in zip(self.parents, self.offsets, self.channels, strict=True):
            values = self.values[:, first : first + len(channels)]
            first += len(channels)
            place = np.tile(offset, (len(values), 1))
            turn = np.tile(R.IDENTITY, (len(values), 1))
            for channel, value in zip(channels, values.T, strict=True):
                axis = AXES[channel[0]]
                if channel.endswith("rotation"):
                    turn = R.multiply(turn, R.from_axis_angle(axis, np.radians(value)))
                else:
                    place += value[:, None] * axis
            positions.append(place if parent < 0 else positions[parent] + R.rotate(world[parent], place))
            world.append(turn if parent < 0 else R.multiply(world[parent], turn))
        return np.stack(positions, axis=1), np.stack(world, axis=1)


def read_bvh(path: Path) -> Clip:
    """Read a BVH file. Raises EngineError if it is cut off or not a BVH file."""
    try:
        header, _, motion = path.read_text("utf-8", errors="replace").partition("MOTION")
        names, parents, offsets, channels = _hierarchy(header)
        words = motion.split()
        frames, frame_time = int(words[1]), float(words[4])
        width = sum(len(own) for own in channels)
        values = np.array(words[5 : 5 + frames * width], dtype=float).reshape(frames, width)
        if not frames or not np.isfinite(values).all():
            raise ValueError("no motion")
        return Clip(names, parents, offsets, channels, frame_time, values)
    except OSError as error:
        raise EngineError(f"{path} can't be read: {error.strerror}.") from error
    except (ValueError, IndexError, KeyError) as error:
        raise EngineError(f"{path} is cut off or is not a BVH file.") from error


def _hierarchy(header: str) -> tuple[list[str], list[int], np.ndarray, list[list[str]]]:
    names, parents, offsets, channels, open_joints = [], [], [], [], []
    words = iter(header.split())
    for word in words:
        if word in ("ROOT", "JOINT", "End"):
            name = next(words)
            names.append(name if word != "End" else f"{names[open_joints[-1]]}.end")
            parents.append(open_joints[-1] if open_joints else -1)
            channels.append([])
        elif word == "{":
            open_joints.append(len(names) - 1)
        elif word == "}":
            open_joints.pop()
        elif word == "OFFSET":
            offsets.append([float(next(words)) for _ in range(3)])
        elif word == "CHANNELS":
            channels[open_joints[-1]] = [next(words) for _ in range(int(next(words)))]
    if not names or open_joints or len(offsets) != len(names):
        raise ValueError("broken hierarchy")
    return names, parents, np.array(offsets), channels
