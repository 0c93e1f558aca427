"""A person's path: where the pelvis goes on the floor and which way the body faces, smooth between keyframes.

Rows along a path tell how somebody moves, wherever that is and whichever way they face.
"""

from functools import lru_cache

import numpy as np

from .features import FRAMES_PER_TOKEN, POSITIONS, VELOCITIES, relative_to_pelvis, relative_to_world
from .skeleton import JOINT, JOINT_NAMES

TOKENS = 2  # of a keyframe
SPACING = FRAMES_PER_TOKEN * TOKENS
CENTRE = SPACING // 2  # the frame of the first one
HIPS = [JOINT["left_hip"], JOINT["right_hip"]]
FLOOR = [0, 2]  # x, z


def keyframe_count(tokens):
    """Keyframes of clips of so many tokens per slot."""
    return -(-tokens // TOKENS)


def keyframes(frames: int) -> np.ndarray:
    """Frames (K,) of the keyframes of a clip."""
    return np.minimum(SPACING * np.arange(keyframe_count(-(-frames // FRAMES_PER_TOKEN))) + CENTRE, frames - 1)


def facing(positions: np.ndarray) -> np.ndarray:
    """Unit vectors (..., 2), x and z, of where people with joints (..., 22, 3) face, by their hips."""
    across = positions[..., HIPS[0], :] - positions[..., HIPS[1], :]
    forward = np.stack([-across[..., 2], across[..., 0]], axis=-1)
    return forward / np.maximum(np.linalg.norm(forward, axis=-1, keepdims=True), 1e-6)


def path_of(rows: np.ndarray) -> np.ndarray:
    """The path (..., T, 3) of rows (..., T, 262): x and z of the pelvis in metres, the angle from +Z towards +X."""
    frames = keyframes(rows.shape[-2])
    positions = rows[..., frames, POSITIONS].reshape(*rows.shape[:-2], len(frames), len(JOINT_NAMES), 3)
    return path_through(positions[..., 0, FLOOR], facing(positions), rows.shape[-2])


def path_through(places: np.ndarray, facings: np.ndarray, frames: int) -> np.ndarray:
    """The path (..., T, 3) through keyframes: places (..., K, 2), facings (..., K, 2)."""
    turns = np.unwrap(np.arctan2(facings[..., 0], facings[..., 1]), axis=-1)
    return curve_weights(frames) @ np.concatenate([places, turns[..., None]], axis=-1)


@lru_cache(maxsize=512)
def curve_weights(frames: int) -> np.ndarray:
    """(T, K): how much each keyframe of a clip counts in each frame. A cubic Hermite curve, straight at its ends."""
    knots = keyframes(frames).astype(float)
    values = np.eye(len(knots))
    if len(knots) == 1:
        return np.ones((frames, 1))
    slopes = np.gradient(values, knots, axis=0)
    times = np.arange(frames)
    first = np.clip(np.searchsorted(knots, times, side="right") - 1, 0, len(knots) - 2)
    length = (knots[first + 1] - knots[first])[:, None]
    t = np.clip((times - knots[first])[:, None] / length, 0.0, 1.0)
    rise, fall = t * t * (3 - 2 * t), t * (1 - t)
    curve = values[first] * (1 - rise) + values[first + 1] * rise
    curve += length * fall * ((1 - t) * slopes[first] - t * slopes[first + 1])
    before, after = np.minimum(times - knots[0], 0.0)[:, None], np.maximum(times - knots[-1], 0.0)[:, None]
    return curve + before * slopes[0] + after * slopes[-1]


def along(rows: np.ndarray, path: np.ndarray) -> np.ndarray:
    """World rows (..., T, 262) as seen along their path (..., T, 3): the pelvis from it, all else from the pelvis."""
    rows = relative_to_pelvis(rows)
    positions, velocities = (rows[..., part].reshape(*rows.shape[:-1], -1, 3) for part in (POSITIONS, VELOCITIES))
    positions[..., 0, FLOOR] -= path[..., :2]
    velocities[..., 0, FLOOR] -= _steps(path)
    return _turned(rows, positions, velocities, -path[..., 2])


def off(rows, path):
    """The inverse of `along`; works on tensors too."""
    vectors = (rows[..., part].reshape(*rows.shape[:-1], -1, 3) for part in (POSITIONS, VELOCITIES))
    turned = _turned(rows, *vectors, path[..., 2])
    turned[..., FLOOR] += path[..., :2]
    turned[..., [VELOCITIES.start + axis for axis in FLOOR]] += _steps(path)
    return relative_to_world(turned)


def _steps(path):
    """How far a path goes on the floor until the next frame (..., T, 2), in the last frame as in the one before."""
    places = path[..., :2]
    steps = places[..., 1:, :] - places[..., :-1, :]
    return _library(path).concatenate([steps, steps[..., -1:, :]], -2)


def _turned(rows, positions, velocities, angle):
    """Rows with these vectors (..., 22, 3), all turned about Y."""
    library = _library(rows)
    sine, cosine = library.sin(angle)[..., None], library.cos(angle)[..., None]
    parts = []
    for vectors in (positions, velocities):
        x, y, z = vectors[..., 0], vectors[..., 1], vectors[..., 2]
        turned = library.stack([x * cosine + z * sine, y, z * cosine - x * sine], -1)
        parts.append(turned.reshape(*rows.shape[:-1], -1))
    return library.concatenate([*parts, rows[..., VELOCITIES.stop :]], -1)


def _library(values):
    if isinstance(values, np.ndarray):
        return np
    import torch

    return torch
