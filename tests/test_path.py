"""Rows along a path: nothing of the place and the heading is left in them, and nothing is lost."""

import numpy as np
import pytest
import torch

from engine import rotations as R
from engine.datasets.choreography import choreograph
from engine.features import POSITIONS, VELOCITIES, motion_rows
from engine.normaliser import Normaliser
from engine.path import along, curve_weights, facing, keyframes, off, path_of


@pytest.fixture(scope="module", params=["walk_past", "dance_in_hold"])
def rows(request) -> np.ndarray:
    return np.stack(motion_rows(choreograph(request.param, 3, 101).motion))


def test_off_is_the_inverse_of_along(rows):
    path = path_of(rows)
    there = along(rows, path)
    assert np.allclose(off(there, path), rows, atol=1e-9)
    assert np.allclose(off(torch.from_numpy(there), torch.from_numpy(path)).numpy(), rows, atol=1e-9)
    scale = Normaliser(np.full(262, 0.1), np.full(262, 2.0), "path")
    assert np.allclose(scale.restore(scale.normalise(rows), path), rows, atol=1e-5)


def test_rows_along_a_path_tell_neither_place_nor_heading(rows):
    turn = R.from_axis_angle(np.array([0.0, 1.0, 0.0]), np.array(2.0))
    moved = rows.copy()
    for part, shift in ((POSITIONS, [1.5, 0.0, -2.0]), (VELOCITIES, [0.0, 0.0, 0.0])):
        vectors = rows[..., part].reshape(*rows.shape[:2], 22, 3)
        moved[..., part] = (R.rotate(turn, vectors) + shift).reshape(*rows.shape[:2], 66)
    assert np.allclose(along(moved, path_of(moved)), along(rows, path_of(rows)), atol=1e-9)


def test_a_path_is_close_to_the_pelvis_and_faces_as_the_body_does(rows):
    joints = along(rows, path_of(rows))[..., POSITIONS].reshape(*rows.shape[:2], 22, 3)
    assert np.abs(joints[..., 0, [0, 2]]).mean() < 0.01
    assert (facing(joints)[..., 1] > np.cos(np.radians(15))).all()


@pytest.mark.parametrize("frames", [4, 8, 12, 16, 60, 299])
def test_the_curve_goes_through_its_keyframes_and_follows_straight_lines(frames):
    knots, weights = keyframes(frames), curve_weights(frames)
    assert np.allclose(weights[knots], np.eye(len(knots))) and np.allclose(weights.sum(1), 1)
    if len(knots) > 1:
        assert np.allclose(weights @ (3.0 * knots + 1), 3.0 * np.arange(frames) + 1)
