"""Quaternions over time as the values of Blender's rotation modes: quaternion, axis and angle, and all Euler orders."""

import numpy as np

from .core import rotations

CHANNELS = {"QUATERNION": "rotation_quaternion", "AXIS_ANGLE": "rotation_axis_angle"}


def channel(mode: str) -> str:
    """The property of an object or pose bone that holds its rotation in a mode."""
    return CHANNELS.get(mode, "rotation_euler")


def values(quaternions: np.ndarray, mode: str) -> np.ndarray:
    """Rotations (T, ..., 4) wxyz as (T, ..., 4), or (T, ..., 3) for Euler angles, without jumps over time."""
    quaternions = rotations.continuous(quaternions)
    if mode == "QUATERNION":
        return quaternions
    if mode == "AXIS_ANGLE":
        return _axis_angle(quaternions)
    return _euler(quaternions, mode)


def quaternions(values: np.ndarray, mode: str) -> np.ndarray:
    """Values (..., 3 or 4) of a rotation mode as unit quaternions (..., 4) wxyz, as Blender reads them."""
    if mode == "QUATERNION":
        return rotations.normalise(values)
    if mode == "AXIS_ANGLE":
        return rotations.from_axis_angle(rotations.normalise(values[..., 1:]), values[..., 0])
    turns = np.broadcast_to(rotations.IDENTITY, (*values.shape[:-1], 4))
    for axis in ("XYZ".index(letter) for letter in mode):
        turns = rotations.multiply(rotations.from_axis_angle(np.eye(3)[axis], values[..., axis]), turns)
    return turns


def beside(values: np.ndarray, mode: str, frame: int, aim: np.ndarray) -> np.ndarray:
    """The same rotations (T, 3 or 4), told such that those of one frame, an index, are nearest to other values (n,)."""
    if mode == "QUATERNION":
        return values if values[frame] @ aim >= 0 else -values
    if mode == "AXIS_ANGLE":
        values = values if values[frame, 1:] @ aim[1:] >= 0 else -values
        return values + [_full_turns(aim[0] - values[frame, 0]), 0.0, 0.0, 0.0]
    ways = [way + _full_turns(aim - way[frame]) for way in (values, _other_way(values, mode))]
    return min(ways, key=lambda way: np.abs(aim - way[frame]).sum())


def _axis_angle(quaternions: np.ndarray) -> np.ndarray:
    sine = np.linalg.norm(quaternions[..., 1:], axis=-1)
    axes = np.where(sine[..., None] > 1e-6, quaternions[..., 1:] / np.maximum(sine, 1e-12)[..., None], 0.0)
    axes = _held(axes, sine > 1e-6)
    axes = np.where(np.any(axes, axis=-1, keepdims=True), axes, np.array([0.0, 1.0, 0.0]))  # where nothing ever turns
    flips = np.sum(axes[1:] * axes[:-1], axis=-1) < 0
    signs = np.concatenate([np.ones_like(sine[:1]), np.where(np.cumsum(flips, axis=0) % 2, -1.0, 1.0)])
    halves = np.unwrap(np.arctan2(signs * sine, quaternions[..., 0]), axis=0)
    return np.concatenate([2 * halves[..., None], signs[..., None] * axes], axis=-1)


def _euler(quaternions: np.ndarray, order: str) -> np.ndarray:
    """Angles about X, Y and Z; `order` names the axes as they are applied, the first one first."""
    i, j, k = ("XYZ".index(axis) for axis in order)
    sign = 1.0 if (j - i) % 3 == 1 else -1.0
    m = rotations.to_matrix(quaternions)
    cosine = np.hypot(m[..., i, i], m[..., j, i])
    first = np.arctan2(sign * m[..., k, j], m[..., k, k])
    first = _held(first[..., None], cosine > 1e-6)[..., 0]  # at a right angle of the second only their sum is known
    second = np.arctan2(-sign * m[..., k, i], cosine)
    third = np.arctan2(
        sign * (sign * np.sin(first) * m[..., i, k] - np.cos(first) * m[..., i, j]),
        np.cos(first) * m[..., j, j] - sign * np.sin(first) * m[..., j, k],
    )
    angles = np.empty(quaternions.shape[:-1] + (3,))
    angles[..., i], angles[..., j], angles[..., k] = first, second, third
    other = _other_way(angles, order)  # which is the closer one after passing a right angle
    stay, change = _distance(angles[1:], angles[:-1]), _distance(other[1:], angles[:-1])
    swapped = np.cumsum(change < stay, axis=0) % 2 == 1
    swapped = np.concatenate([np.zeros_like(swapped[:1], shape=(1, *swapped.shape[1:])), swapped])
    return np.unwrap(np.where(swapped[..., None], other, angles), axis=0)


def _other_way(angles: np.ndarray, order: str) -> np.ndarray:
    """The same Euler angles (..., 3) as the other three that make the same rotation."""
    other, middle = angles + np.pi, "XYZ".index(order[1])
    other[..., middle] = np.pi - angles[..., middle]
    return other


def _full_turns(angles: np.ndarray) -> np.ndarray:
    """The nearest whole turns."""
    return 2 * np.pi * np.round(angles / (2 * np.pi))


def _distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """How far angles (..., 3) are from each other, full turns aside."""
    return np.linalg.norm((a - b + np.pi) % (2 * np.pi) - np.pi, axis=-1)


def _held(values: np.ndarray, good: np.ndarray) -> np.ndarray:
    """Values (T, ..., n) with those that are not `good` (T, ...) replaced by the last good ones, or the first ones."""
    frames = np.arange(len(values)).reshape(-1, *[1] * (good.ndim - 1))
    last = np.maximum.accumulate(np.where(good, frames, -1), axis=0)
    last = np.where(last < 0, np.argmax(good, axis=0), last)
    return np.take_along_axis(values, last[..., None], axis=0)
