"""Seams: a glide from part to part becomes a walk, a jerk becomes soft, and who walks goes on walking."""

from dataclasses import replace

import numpy as np
import pytest

from engine import rotations as R
from engine.datasets.choreography import choreograph
from engine.motion import Motion
from engine.seams import WALK, softened
from engine.skeleton import JOINT

SEAM = 90
FEET = [JOINT[name] for name in ("left_ankle", "left_foot", "right_ankle", "right_foot")]


def glided(motion: Motion, ways: np.ndarray) -> Motion:
    """The motion with each person gone by `ways` (2, 3) within twelve frames around the seam."""
    share = np.clip((np.arange(motion.frames) - SEAM + 6) / 12, 0, 1)[:, None]
    return replace(motion, root_positions=motion.root_positions + np.asarray(ways)[:, None] * share)


def step(motion: Motion) -> np.ndarray:
    """Metres that the pelvises go per frame (2, T - 1)."""
    return np.linalg.norm(np.diff(motion.root_positions[..., ::2], axis=1), axis=-1)


def apart(motion: Motion) -> np.ndarray:
    return (motion.root_positions[1] - motion.root_positions[0])[:, ::2]


def test_a_glide_is_made_slowly_by_both():
    whole = choreograph("wave", 4, 180).motion
    jumped = glided(whole, [[0, 0, 0], [0.0, 0, 0.6]])
    soft = softened(jumped, [SEAM])
    assert step(jumped).max() > 0.045 and (step(soft) - step(whole)).max() < 0.01
    before, after = SEAM - WALK // 2, SEAM + WALK // 2
    assert np.allclose(apart(soft)[:before], apart(jumped)[:before]) and np.allclose(
        apart(soft)[after:], apart(jumped)[after:]
    )
    gone = np.linalg.norm((soft.root_positions - whole.root_positions)[:, -1], axis=-1)
    assert np.allclose(gone, 0.3, atol=0.03)


def test_a_glide_of_the_pair_is_taken_back():
    whole = choreograph("wave", 4, 180).motion
    soft = softened(glided(whole, [[0.3, 0, 0.5]] * 2), [SEAM])
    assert np.abs(soft.root_positions - whole.root_positions).max() < 0.02
    assert np.allclose(soft.root_positions[..., 1], whole.root_positions[..., 1])


def test_who_walks_goes_on_walking():
    whole = choreograph("walk_past", 4, 180).motion
    soft = softened(whole, [SEAM])
    off = np.linalg.norm(soft.joint_positions - whole.joint_positions, axis=-1)
    assert off[:, :, FEET].max() < 0.1 and off[:, : SEAM - 45].max() < 1e-6


def test_a_jerk_of_an_arm_becomes_soft():
    whole = choreograph("bow", 4, 180).motion
    arm = JOINT["right_shoulder"]
    turns = whole.joint_rotations.copy()
    turns[:, SEAM:, arm] = R.multiply(R.from_axis_angle(np.array([0.0, 0, 1]), np.array(0.5)), turns[:, SEAM:, arm])
    jerky = replace(whole, joint_rotations=turns)
    soft = softened(jerky, [SEAM])
    turned = [R.angle_between(m.joint_rotations[:, 1:, arm], m.joint_rotations[:, :-1, arm]) for m in (jerky, soft)]
    assert turned[0].max() > 0.4 and turned[1].max() < 0.12
    far = np.abs(np.arange(180) - SEAM) > 40
    assert np.allclose(np.abs((soft.joint_rotations * turns).sum(-1))[:, far], 1)


@pytest.mark.parametrize("seams", [[], [30, 60, 90, 120, 150], [4], [176]])
def test_any_seams_give_a_whole_motion(seams):
    whole = choreograph("shake_hands", 4, 180).motion
    soft = softened(whole, seams)
    assert soft.frames == 180 and np.isfinite(soft.joint_positions).all()
    assert np.abs(soft.joint_positions - whole.joint_positions).max() < 0.5
