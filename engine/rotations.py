"""Rotations as numpy arrays: unit quaternions (..., 4) in the order w x y z, matrices (..., 3, 3), 6D (..., 6).

6D is the row-major first two columns of a matrix: (r00, r01, r10, r11, r20, r21).
"""

import numpy as np

IDENTITY = np.array([1.0, 0.0, 0.0, 0.0])


def normalise(q: np.ndarray) -> np.ndarray:
    """Return vectors or quaternions (..., n) at unit length."""
    return q / np.maximum(np.linalg.norm(q, axis=-1, keepdims=True), 1e-12)


def multiply(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Hamilton product of quaternions (..., 4): first turn by `b`, then by `a`."""
    aw, ax, ay, az = a[..., 0], a[..., 1], a[..., 2], a[..., 3]
    bw, bx, by, bz = b[..., 0], b[..., 1], b[..., 2], b[..., 3]
    return np.stack(
        [
            aw * bw - ax * bx - ay * by - az * bz,
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
        ],
        axis=-1,
    )


def inverse(q: np.ndarray) -> np.ndarray:
    """Inverse of unit quaternions (..., 4)."""
    return q * np.array([1.0, -1.0, -1.0, -1.0], dtype=q.dtype)


def rotate(q: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Turn vectors (..., 3) by unit quaternions (..., 4)."""
    w, x, y, z = q[..., 0], q[..., 1], q[..., 2], q[..., 3]
    a, b, c = v[..., 0], v[..., 1], v[..., 2]
    # v + w t + xyz x t, where t = 2 xyz x v; numpy's own cross takes twice as long
    ta, tb, tc = 2.0 * (y * c - z * b), 2.0 * (z * a - x * c), 2.0 * (x * b - y * a)
    return np.stack([a + w * ta + y * tc - z * tb, b + w * tb + z * ta - x * tc, c + w * tc + x * tb - y * ta], axis=-1)


def from_axis_angle(axis: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """Quaternion (..., 4) of a turn by `angle` (...) radians about the unit vector `axis` (..., 3)."""
    half = np.asarray(angle)[..., None] / 2
    axis = np.broadcast_to(axis, half.shape[:-1] + (3,))
    return np.concatenate([np.cos(half), np.sin(half) * axis], axis=-1)


def to_rotation_vector(q: np.ndarray) -> np.ndarray:
    """Axis times angle (..., 3) in radians, angle at most pi."""
    q = np.where(q[..., :1] < 0, -q, q)
    sine = np.linalg.norm(q[..., 1:], axis=-1, keepdims=True)
    angle = 2 * np.arctan2(sine, q[..., :1])
    return q[..., 1:] * np.where(sine > 1e-9, angle / np.maximum(sine, 1e-12), 2.0)


def from_rotation_vector(v: np.ndarray) -> np.ndarray:
    """Unit quaternions (..., 4) of axis times angle (..., 3) in radians."""
    return from_axis_angle(normalise(v), np.linalg.norm(v, axis=-1))


def angle_between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Angle (...) in radians of the turn that takes rotation `a` to rotation `b`."""
    return np.linalg.norm(to_rotation_vector(multiply(inverse(a), b)), axis=-1)


def between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Shortest turn (..., 4) that takes direction `a` (..., 3) to direction `b` (..., 3)."""
    a, b = normalise(a), normalise(b)
    dot = np.sum(a * b, axis=-1, keepdims=True)
    # opposite directions: half a turn about any axis across `a`
    aside = np.where(np.abs(a[..., :1]) < 0.9, np.array([1.0, 0, 0]), np.array([0, 1.0, 0]))
    across = np.where(dot < -1 + 1e-9, np.cross(a, aside), np.cross(a, b))
    return normalise(np.concatenate([np.where(dot < -1 + 1e-9, 0.0, 1 + dot), across], axis=-1))


def slerp(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Spherical interpolation from `a` to `b` (..., 4) the short way; `t` (...) from 0 to 1."""
    vector = to_rotation_vector(multiply(inverse(a), b))
    angle = np.linalg.norm(vector, axis=-1)
    return multiply(a, from_axis_angle(normalise(vector), angle * t))


def to_matrix(q: np.ndarray) -> np.ndarray:
    """Matrices (..., 3, 3) of unit quaternions (..., 4)."""
    w, x, y, z = np.moveaxis(q, -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def from_matrix(m: np.ndarray) -> np.ndarray:
    """Unit quaternions (..., 4) of rotation matrices (..., 3, 3), by the largest of the four components."""
    m00, m11, m22 = m[..., 0, 0], m[..., 1, 1], m[..., 2, 2]
    squares = np.stack([1 + m00 + m11 + m22, 1 + m00 - m11 - m22, 1 - m00 + m11 - m22, 1 - m00 - m11 + m22], axis=-1)
    yz, zx, xy = m[..., 2, 1] - m[..., 1, 2], m[..., 0, 2] - m[..., 2, 0], m[..., 1, 0] - m[..., 0, 1]
    sxy, sxz, syz = m[..., 0, 1] + m[..., 1, 0], m[..., 0, 2] + m[..., 2, 0], m[..., 1, 2] + m[..., 2, 1]
    w, x, y, z = np.moveaxis(squares, -1, 0)
    candidates = np.stack(
        [
            np.stack([w, yz, zx, xy], axis=-1),
            np.stack([yz, x, sxy, sxz], axis=-1),
            np.stack([zx, sxy, y, syz], axis=-1),
            np.stack([xy, sxz, syz, z], axis=-1),
        ],
        axis=-2,
    )
    best = np.argmax(squares, axis=-1)[..., None, None]
    return normalise(np.take_along_axis(candidates, best, axis=-2)[..., 0, :])


def to_6d(q: np.ndarray) -> np.ndarray:
    """6D rotations (..., 6) of unit quaternions (..., 4)."""
    return to_matrix(q)[..., :2].reshape(*q.shape[:-1], 6)


def from_6d(d: np.ndarray) -> np.ndarray:
    """Unit quaternions (..., 4) of 6D rotations (..., 6), the columns made orthonormal by Gram-Schmidt."""
    columns = d.reshape(*d.shape[:-1], 3, 2)
    x = normalise(columns[..., 0])
    y = normalise(columns[..., 1] - x * np.sum(x * columns[..., 1], axis=-1, keepdims=True))
    return from_matrix(np.stack([x, y, np.cross(x, y)], axis=-1))


def continuous(q: np.ndarray) -> np.ndarray:
    """Flip signs so that quaternions (T, ..., 4) never jump to the other hemisphere between frames."""
    flips = np.sum(q[1:] * q[:-1], axis=-1, keepdims=True) < 0
    signs = np.where(np.cumsum(flips, axis=0) % 2 == 1, -1.0, 1.0)
    return np.concatenate([q[:1], q[1:] * signs], axis=0)
