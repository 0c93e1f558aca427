"""The rows of the Inter-X networks, and the motion in them."""

import numpy as np
import pytest

from engine import features_interx as interx
from engine import rotations as R
from engine.features import SOLE, Frame
from engine.motion import Motion
from engine.skeleton import FULL_REST_OFFSETS, JOINT


@pytest.fixture
def motion():
    """Two people with moving hands who stand somewhere and look anywhere."""
    rng = np.random.default_rng(0)
    vectors = 0.6 * np.sin(np.linspace(0, 3, 40)[:, None, None] * rng.uniform(0.5, 2, (2, 1, 55, 3)))
    turns = R.from_rotation_vector(vectors)
    turns[:, :, 0] = R.multiply(R.from_axis_angle(np.array([0, 1.0, 0]), np.array(2.0)), turns[:, :, 0])
    roots = np.cumsum(rng.normal(size=(2, 40, 3)) * 0.01, axis=1) + [[[3.0, 1.2, -1]], [[3.5, 1.1, 0]]]
    return Motion(roots, turns, np.stack([FULL_REST_OFFSETS] * 2))


def test_rows_are_two_rows_of_each_matrix_and_a_place(motion):
    rows = interx.motion_rows(motion)
    assert rows.shape == (2, 40, 56, 6)
    matrices = R.to_matrix(motion.joint_rotations)
    np.testing.assert_allclose(rows[:, :, 30], matrices[:, :, 30, :2].reshape(2, 40, 6))
    places = motion.root_positions - motion.root_positions[0, 0]
    np.testing.assert_allclose(rows[:, :, 55, :3], places)
    np.testing.assert_allclose(rows[:, :-1, 55, 3:], np.diff(places, axis=1))
    assert np.abs(rows[:, -1, 55, 3:]).max() == 0


def test_rows_give_the_motion_back(motion):
    again = interx.motion_from_rows(interx.motion_rows(motion), prompt="Wave")
    np.testing.assert_allclose(again.joint_positions, motion.joint_positions - motion.root_positions[0, 0], atol=1e-9)
    assert again.prompt == "Wave" and again.has_hands


def test_rows_that_are_no_rotations_become_some():
    wild = np.random.default_rng(1).normal(size=(2, 5, 56, 6))
    turns = interx.motion_from_rows(wild).joint_rotations
    np.testing.assert_allclose(np.linalg.norm(turns, axis=-1), 1)
    first = R.to_matrix(turns)[..., 0, :]
    np.testing.assert_allclose(first, R.normalise(wild[..., :55, :3]), atol=1e-9)


def test_on_the_floor_whatever_the_rows_said(motion):
    placed = interx.on_the_floor(motion)
    positions = placed.joint_positions
    assert positions[..., 1].min() == pytest.approx(SOLE)
    np.testing.assert_allclose(positions[0, 0, 0, [0, 2]], 0, atol=1e-9)
    across = positions[0, 0, JOINT["left_hip"]] - positions[0, 0, JOINT["right_hip"]]
    assert across[0] > 0.99 * np.linalg.norm(across[[0, 2]])
    moved = Frame(np.array([1.0, 2.0, 3.0]), R.from_axis_angle(np.array([0, 1.0, 0]), np.array(1.0))).leave(motion)
    np.testing.assert_allclose(interx.on_the_floor(moved).joint_positions, positions, atol=1e-9)


def test_who_has_no_hands_holds_them_at_rest(motion):
    rows = interx.motion_rows(motion.body)
    assert np.array_equal(rows[:, :, 22:55], np.broadcast_to([1.0, 0, 0, 0, 1, 0], (2, 40, 33, 6)))
