"""Canonical features against recordings of the published code, and the ways back."""

from pathlib import Path

import numpy as np
import pytest
import torch

from engine import features
from engine import rotations as R
from engine.motion import Motion
from engine.normaliser import Normaliser
from engine.skeleton import REST_OFFSETS, REST_PELVIS_HEIGHT

RECORDED = np.load(Path(__file__).parent / "fixtures" / "representation.npz")


def standing(seed: int = 0, frames: int = 41) -> Motion:
    """Two people who sway a little, B two metres before A and facing back."""
    rng = np.random.default_rng(seed)
    waves = np.sin(np.linspace(0, 6, frames)[:, None] + rng.uniform(0, 6, size=(2, 1, 22)))
    rotations = R.from_axis_angle(R.normalise(rng.normal(size=(2, 1, 22, 3))), 0.1 * waves)
    about = R.from_axis_angle(np.array([0, 1.0, 0]), np.full(frames, np.pi))
    rotations[1, :, 0] = R.multiply(about, rotations[1, :, 0])
    roots = np.zeros((2, frames, 3)) + [0, REST_PELVIS_HEIGHT, 0]
    roots[1, :, 2] = 2.0
    return Motion(roots, rotations, np.stack([REST_OFFSETS, REST_OFFSETS * 1.1]))


def relative_error(got: np.ndarray, want: np.ndarray) -> float:
    return np.linalg.norm(got - want) / np.linalg.norm(want)


def test_pair_rows_as_published():
    people = [features.raw_to_y_up(RECORDED[f"raw_person{n}"].astype(np.float64)) for n in (1, 2)]
    first, second = features.pair_rows(*zip(*people, strict=True))
    assert relative_error(first, RECORDED["alone_person1"]) < 1e-4
    assert relative_error(second, RECORDED["person2_in_person1_frame"]) < 1e-4


def test_mirror_as_published():
    mirrored = features.mirror(RECORDED["raw_person1"])
    assert relative_error(mirrored, RECORDED["mirrored_person1"]) < 1e-5
    assert np.allclose(features.mirror(mirrored), RECORDED["raw_person1"], atol=1e-6)


@pytest.mark.parametrize("yaw", [0.0, 1.0, np.pi / 2, np.pi, -2.5])
def test_rows_do_not_depend_on_where_the_pair_stands(yaw):
    motion = standing()
    frame = features.Frame(np.array([3.0, 0.4, -5.0]), R.from_axis_angle(np.array([0, 1.0, 0]), np.array(yaw)))
    for here, there in zip(features.motion_rows(motion), features.motion_rows(frame.leave(motion)), strict=True):
        assert np.allclose(here, there, atol=1e-6)


def test_a_first_frame_that_faces_exactly_backwards():
    facing_back = standing().joint_positions[0] * [-1.0, 1.0, -1.0]
    turned = features.canonical_frame(facing_back).enter(facing_back)
    assert np.isfinite(turned).all()
    forward = np.cross([0, 1.0, 0], turned[0, 2] - turned[0, 1])
    assert forward[2] > 0.99 * np.linalg.norm(forward)


def test_motion_survives_its_rows():
    motion = standing()
    frame = features.canonical_frame(motion.joint_positions[0])
    again = frame.leave(features.motion_from_rows(np.stack(features.motion_rows(motion))))
    error = np.linalg.norm(again.joint_positions - motion.joint_positions[:, :-1], axis=-1)
    # B stands on a floor of its own, as published: up to that difference everything is as it was.
    floors = motion.joint_positions[..., 1].min(axis=(1, 2))
    assert error[0].max() < 1e-3 and error[1].max() < abs(floors[1] - floors[0]) + 1e-3


@pytest.mark.parametrize("positions", ["world", "pelvis"])
def test_normaliser_restores_rows(positions):
    rng = np.random.default_rng(0)
    scale = Normaliser(rng.normal(size=262), rng.uniform(0.1, 2, size=262), positions)
    rows = np.stack(features.motion_rows(standing()))
    assert np.allclose(scale.restore(scale.normalise(rows)), rows, atol=1e-5)


def test_rows_relative_to_the_pelvis_alike_for_arrays_and_tensors():
    rows = np.stack(features.motion_rows(standing()))
    relative = features.relative_to_pelvis(rows)
    assert np.allclose(features.relative_to_world(torch.from_numpy(relative)).numpy(), rows)
    joints = relative[..., :66].reshape(2, -1, 22, 3)
    assert np.allclose(joints[..., 0, :], rows[..., :3]) and np.abs(joints[:, :, 1:]).max() < 1.2
