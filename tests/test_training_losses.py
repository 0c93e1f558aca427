"""The losses of Inter-X, on motions whose figures are known; those of InterHuman are compared with recordings."""

import numpy as np
import pytest
import torch

from engine import features_interx
from engine import rotations as R
from engine.skeleton import FULL_PARENTS, FULL_REST_OFFSETS, JOINT, forward_kinematics
from engine.training.losses import WEIGHTS, interx_joints, interx_losses, interx_planted_feet

OFFSETS = torch.from_numpy(FULL_REST_OFFSETS).float()
FRAMES = 6


def rows(seed: int = 0, reach: float = 0.5) -> torch.Tensor:
    """Rows (2, T, 56, 6) of people who hold still in random poses, the first at the origin."""
    random = np.random.default_rng(seed)
    turns = R.from_rotation_vector(random.uniform(-reach, reach, (2, 1, 55, 3)))
    places = np.array([[[0.0, 0.0, 0.0]], [[0.0, 0.0, 1.0]]])
    turns, places = (np.repeat(values, FRAMES, axis=1) for values in (turns, places))
    return torch.from_numpy(features_interx.rows(turns, places)).float()


def test_joints_are_those_of_the_skeleton():
    values = rows()
    turns = features_interx.from_6d(values[..., :55, :].numpy().astype(float))
    turns[..., 22:25, :] = R.IDENTITY  # jaw and eyes
    roots = values[..., 55, :3].numpy() + FULL_REST_OFFSETS[0]
    expected, _ = forward_kinematics(turns, roots, FULL_REST_OFFSETS)
    np.testing.assert_allclose(interx_joints(values, OFFSETS).numpy(), expected, atol=1e-5)


def test_the_pelvis_is_where_the_users_body_has_it():
    offsets = OFFSETS.clone()
    offsets[0] = torch.tensor([0.0, -0.35, 0.01])
    moved = interx_joints(rows(), offsets) - interx_joints(rows(), OFFSETS)
    torch.testing.assert_close(moved, offsets[0].expand_as(moved), atol=1e-5, rtol=0)


def test_what_is_right_costs_nothing():
    losses = interx_losses(rows(), rows(), OFFSETS)
    assert {*losses, "commitment"} == set(WEIGHTS)
    for name, value in losses.items():
        assert value == pytest.approx(0, abs=1e-3), name


def test_a_turned_joint_costs_its_angle_and_its_joints():
    true = rows(reach=0.0)
    wrong = true.clone()
    elbow = JOINT["left_elbow"]
    turn = torch.from_numpy(features_interx.to_6d(R.from_axis_angle(np.array([0, 1.0, 0]), np.array(0.5)))).float()
    wrong[..., elbow, :] = turn
    losses = interx_losses(wrong, true, OFFSETS)
    assert losses["geodesic"] == pytest.approx(0.5 / 55, rel=0.1)  # right joints cost a little too
    assert losses["bone_length"] == pytest.approx(0, abs=1e-9) and losses["joint_position"] > 0
    moved = (interx_joints(wrong, OFFSETS) - interx_joints(true, OFFSETS)).abs().amax((0, 1, 3)) > 1e-6
    assert moved.nonzero().flatten().tolist() == [j for j in range(55) if elbow in ancestors(j)]


def ancestors(joint: int) -> set[int]:
    return set() if joint < 1 else {FULL_PARENTS[joint]} | ancestors(FULL_PARENTS[joint])


def test_feet_that_should_stand_and_slide_are_told():
    true = rows()
    assert interx_planted_feet(interx_joints(true, OFFSETS)).all()
    sliding = true.clone()
    sliding[..., 55, 0] += 0.01 * torch.arange(FRAMES)  # a centimetre a frame
    # SmoothL1 of 1 cm in one of three directions
    assert interx_losses(sliding, true, OFFSETS)["foot_contact"] == pytest.approx(0.5 * 0.01**2 / 3, rel=1e-3)
    running = sliding.clone()
    running[..., 55, 0] *= 10
    assert not interx_planted_feet(interx_joints(running, OFFSETS)).any()
    assert interx_losses(sliding, running, OFFSETS)["foot_contact"] == 0
