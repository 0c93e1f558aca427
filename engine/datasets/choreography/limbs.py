"""Rotations of limbs: angles to quaternions, bones aligned with directions, two-bone reaching. Vectorised over time."""

import numpy as np

from ...rotations import from_matrix, normalise


def from_angles(angles: np.ndarray) -> np.ndarray:
    """Quaternions (..., 4) of angles (..., 3) = pitch about X (forward), yaw about Y (to the left), roll about Z.

    Roll is done first, yaw last.
    """
    cosine, sine = np.cos(np.asarray(angles) / 2), np.sin(np.asarray(angles) / 2)
    (cx, cy, cz), (sx, sy, sz) = np.moveaxis(cosine, -1, 0), np.moveaxis(sine, -1, 0)
    w, x, y, z = cy * cx, cy * sx, sy * cx, -sy * sx
    return np.stack([w * cz - z * sz, x * cz + y * sz, y * cz - x * sz, z * cz + w * sz], axis=-1)


def direction(heading: np.ndarray, forward: float = 1.0, left: float = 0.0, up: float = 0.0) -> np.ndarray:
    """World vectors (..., 3) given by their parts along and across `heading` (...) radians about +Y, 0 facing +Z."""
    c, s = np.cos(heading), np.sin(heading)
    return np.stack([forward * s + left * c, up + 0.0 * c, forward * c - left * s], axis=-1)


def _basis(primary: np.ndarray, secondary: np.ndarray) -> np.ndarray:
    x = normalise(primary)
    z = normalise(np.cross(x, secondary))
    return np.stack([x, np.cross(z, x), z], axis=-1)


def align(rest: tuple[np.ndarray, np.ndarray], primary: np.ndarray, secondary: np.ndarray) -> np.ndarray:
    """World rotations (..., 4) that take rest[0] to `primary` and rest[1] as near as can be to `secondary`."""
    return from_matrix(_basis(primary, secondary) @ _basis(*map(np.asarray, rest)).T)


def two_bones(
    root: np.ndarray, target: np.ndarray, upper: np.ndarray, lower: np.ndarray, pole: np.ndarray, rest_pole: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Reach from `root` (T, 3) to `target` (T, 3) with the joint between bent towards `pole` (T, 3).

    upper, lower: (3,) rest offsets of the two bones; rest_pole: (3,) the way the joint points in the rest pose.
    A target out of reach is approached softly along its direction. Returns the bones' world rotations (T, 4) each.
    """
    a, b = np.linalg.norm(upper), np.linalg.norm(lower)
    line = target - root
    distance = np.linalg.norm(line, axis=-1, keepdims=True)
    limit, softness = 0.988 * (a + b), 0.010 * (a + b)
    over = np.maximum(distance - limit, 0.0)
    within = np.clip(np.minimum(distance, limit) + softness * np.tanh(over / softness), abs(a - b) + 1e-3, None)
    along = line / np.maximum(distance, 1e-9)
    across = normalise(pole - along * np.sum(pole * along, axis=-1, keepdims=True))
    part = (a * a + within * within - b * b) / (2.0 * within)
    middle = along * part + across * np.sqrt(np.maximum(a * a - part * part, 0.0))
    return (
        align((upper, rest_pole), middle, across),
        align((lower, rest_pole), along * within - middle, across),
    )
