"""Axes, units and frames per second between the engine and a scene."""

import numpy as np
import pytest

from intermask_blender import space
from intermask_blender.core import motion, rotations, skeleton


def test_what_faces_forward_and_up_does_so_in_blender(scene):
    axes = np.eye(3)  # left, up, forward
    np.testing.assert_allclose(space.to_blender_positions(axes, scene), [[1, 0, 0], [0, 0, 1], [0, -1, 0]])


@pytest.mark.parametrize(("system", "scale", "units"), [("METRIC", 0.01, 100), ("METRIC", 1, 1), ("NONE", 0.01, 1)])
def test_positions_come_back_at_any_unit_scale(scene, system, scale, units):
    scene.unit_settings.system, scene.unit_settings.scale_length = system, scale
    points = np.random.default_rng(0).normal(size=(5, 3))
    moved = space.to_blender_positions(points, scene)
    np.testing.assert_allclose(np.linalg.norm(moved, axis=-1), units * np.linalg.norm(points, axis=-1), rtol=1e-6)
    np.testing.assert_allclose(space.to_engine_positions(moved, scene), points, atol=1e-12)


def test_rotations_turn_what_positions_say(scene):
    rng = np.random.default_rng(0)
    turn, point = rotations.normalise(rng.normal(size=(9, 4))), rng.normal(size=(9, 3))
    expected = space.to_blender_positions(rotations.rotate(turn, point), scene)
    got = rotations.rotate(space.to_blender_rotations(turn), space.to_blender_positions(point, scene))
    np.testing.assert_allclose(got, expected, atol=1e-12)


@pytest.mark.parametrize("fps", [24, 25, 30 / 1.001, 30, 60])
def test_resampling_a_steady_turn_is_exact(fps):
    def steady(times: np.ndarray, fps: float) -> motion.Motion:
        angles = np.broadcast_to(2.5 * times[:, None], (2, len(times), 22))
        turns = rotations.from_axis_angle(np.array([0.6, 0, 0.8]), angles)
        roots = np.broadcast_to(times[:, None] * np.array([0.5, 0.1, -1]), (2, len(times), 3))
        return motion.Motion(roots, turns, np.stack([skeleton.REST_OFFSETS] * 2), fps=fps)

    resampled = space.resample(steady(np.arange(91) / 30, 30), fps)
    expected = steady(np.arange(resampled.frames) / fps, fps)
    assert resampled.fps == fps
    assert 3 - 1 / fps < (resampled.frames - 1) / fps <= 3 + 1e-5
    np.testing.assert_allclose(resampled.joint_positions, expected.joint_positions, atol=1e-9)
