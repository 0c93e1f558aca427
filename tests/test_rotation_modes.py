"""Rotations as the values of Blender's rotation modes, and back."""

import numpy as np
import pytest

from engine import rotations as R
from engine.datasets.choreography import choreograph
from intermask_blender import rotation_modes

EULERS = ["XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX"]


@pytest.fixture
def turns():
    """Smooth rotations (40, 22, 4)."""
    return R.continuous(choreograph("help_up", 1, 40).motion.joint_rotations[0])


@pytest.mark.parametrize("mode", ["QUATERNION", "AXIS_ANGLE", *EULERS])
def test_there_and_back(turns, mode):
    back = rotation_modes.quaternions(rotation_modes.values(turns, mode), mode)
    assert R.angle_between(back, turns).max() < 1e-6


def told_otherwise(values: np.ndarray, mode: str) -> np.ndarray:
    """The same rotations, as nobody would tell them."""
    if mode in {"QUATERNION", "AXIS_ANGLE"}:
        return -values - [6 * np.pi * (mode == "AXIS_ANGLE"), 0, 0, 0]
    other, middle = values + [np.pi, -np.pi, 3 * np.pi], "XYZ".index(mode[1])
    other[:, middle] = -np.pi - values[:, middle]
    return other


@pytest.mark.parametrize("mode", ["QUATERNION", "AXIS_ANGLE", *EULERS])
def test_values_follow_those_that_they_go_on_from(turns, mode):
    values = rotation_modes.values(turns, mode)[:, 0]
    other = told_otherwise(values, mode)
    np.testing.assert_allclose(rotation_modes.beside(values, mode, 7, other[7]), other, atol=1e-9)
    np.testing.assert_allclose(rotation_modes.beside(values, mode, 7, values[7] + 0.01), values, atol=1e-9)
