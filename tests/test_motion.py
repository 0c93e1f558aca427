"""The fit of positions and rotations to a Motion, and its file."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import rotations as R
from engine.fit import fit_motion
from engine.motion import Motion
from engine.skeleton import JOINT, REST_OFFSETS, forward_kinematics

LIMBS = [JOINT[f"{side}_{part}"] for side in ("left", "right") for part in ("hip", "knee", "shoulder", "elbow")]


def random_pair(seed: int, frames: int, bend: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Root positions, local rotations and offsets of two people of random sizes in random smooth poses.

    `bend` is how far a joint turns from the rest pose, in radians; the root may face and lie any way.
    """
    rng = np.random.default_rng(seed)
    swing = np.cumsum(rng.normal(size=(2, frames, 22, 3)), axis=1) * 0.1 + rng.normal(size=(2, 1, 22, 3))
    angle = np.minimum(np.linalg.norm(swing, axis=-1), bend)
    rotations = R.from_axis_angle(R.normalise(swing), angle)
    rotations[:, :, 0] = R.multiply(rotations[:, :, 0], R.normalise(rng.normal(size=(2, 1, 4))))
    offsets = REST_OFFSETS * rng.uniform(0.75, 1.25, size=(2, 22, 1)) * rng.uniform(0.6, 1.2)
    roots = np.cumsum(rng.normal(size=(2, frames, 3)), axis=1) * 0.02 + rng.normal(size=(2, 1, 3))
    return roots, rotations, offsets


def positions_of(roots: np.ndarray, rotations: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    return forward_kinematics(rotations, roots, offsets[:, None])[0]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 60), st.floats(0.0, 1.2))
def test_fit_gives_back_positions_and_rotations(seed, frames, bend):
    roots, rotations, offsets = random_pair(seed, frames, bend)
    positions = positions_of(roots, rotations, offsets)
    motion = fit_motion(positions, rotations[:, :, 1:])
    error = np.linalg.norm(motion.joint_positions - positions, axis=-1)
    assert np.median(error) < 0.001 and error.max() < 0.02
    assert np.degrees(R.angle_between(motion.joint_rotations, rotations)[:, :, [0, *LIMBS]].max()) < 2


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_fit_keeps_close_to_positions_that_disagree_with_rotations(seed):
    """As a network gives them: noise on the positions and on the rotations, each for itself."""
    roots, rotations, offsets = random_pair(seed, 40, 0.8)
    rng = np.random.default_rng(seed)
    positions = positions_of(roots, rotations, offsets) + rng.normal(size=(2, 40, 22, 3)) * 0.005
    noise = R.from_axis_angle(R.normalise(rng.normal(size=(2, 40, 21, 3))), rng.normal(size=(2, 40, 21)) * 0.15)
    motion = fit_motion(positions, R.multiply(rotations[:, :, 1:], noise))
    assert np.median(np.linalg.norm(motion.joint_positions - positions, axis=-1)) < 0.01


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.floats(-np.pi, np.pi))
def test_turning_a_clip_changes_the_root_alone(seed, yaw):
    roots, rotations, offsets = random_pair(seed, 20, 1.0)
    positions = positions_of(roots, rotations, offsets)
    turn = R.from_axis_angle(np.array([0.0, 1.0, 0.0]), np.array(yaw))
    straight = fit_motion(positions, rotations[:, :, 1:])
    turned = fit_motion(R.rotate(np.broadcast_to(turn, (2, 20, 22, 4)), positions), rotations[:, :, 1:])
    apart = R.angle_between(straight.joint_rotations, turned.joint_rotations)
    assert np.degrees(apart[:, :, 1:].max()) < 0.01
    expected = R.multiply(np.broadcast_to(turn, (2, 20, 4)), straight.joint_rotations[:, :, 0])
    assert np.degrees(R.angle_between(expected, turned.joint_rotations[:, :, 0]).max()) < 0.01


def test_rotations_never_jump_to_the_other_hemisphere():
    roots, rotations, offsets = random_pair(3, 60, 1.0)
    fitted = fit_motion(positions_of(roots, rotations, offsets), -rotations[:, :, 1:]).joint_rotations
    assert (np.sum(fitted[:, 1:] * fitted[:, :-1], axis=-1) > 0).all()


def test_file_round_trip(tmp_path):
    roots, rotations, offsets = random_pair(1, 30, 1.0)
    motion = Motion(roots, rotations, offsets, prompt="Zwei Leute 🤝", seed=7, model="m", settings={"steps": 20})
    motion.save(tmp_path / "a.npz")
    again = Motion.load(tmp_path / "a.npz")
    assert np.allclose(again.joint_positions, motion.joint_positions, atol=1e-5)
    assert (again.prompt, again.seed, again.fps, again.settings) == ("Zwei Leute 🤝", 7, 30.0, {"steps": 20})


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 cut short"])
def test_a_damaged_file_is_refused_with_a_sentence(tmp_path, content):
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(ValueError, match="not a motion file"):
        Motion.load(tmp_path / "a.npz")


def test_hands_are_added_saved_and_left_out_again(tmp_path):
    roots, rotations, offsets = random_pair(1, 30, 1.0)
    plain = Motion(roots, rotations, offsets, prompt="Wave")
    motion = plain.with_hands()
    assert motion.has_hands and not plain.has_hands
    motion.joint_rotations[:, :, 40] = [0.6, 0.8, 0, 0]
    motion.save(tmp_path / "a.npz")
    again = Motion.load(tmp_path / "a.npz")
    np.testing.assert_allclose(again.joint_positions, motion.joint_positions, atol=1e-5)
    np.testing.assert_allclose(again.body.joint_positions, plain.joint_positions, atol=1e-5)
    assert np.array_equal(again.body.with_hands(again).joint_rotations, again.joint_rotations)


def test_arrays_that_do_not_fit_each_other_are_refused(tmp_path):
    roots, rotations, offsets = random_pair(1, 30, 1.0)
    for wrong in (Motion(roots[:, :20], rotations, offsets), Motion(roots, rotations[:, :, :21], offsets[:, :21])):
        wrong.save(tmp_path / "a.npz")
        with pytest.raises(ValueError, match="arrays of shapes"):
            Motion.load(tmp_path / "a.npz")
