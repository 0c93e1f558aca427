"""Keys are left out only as far as a figure stays within its bound, at all times."""

import numpy as np
import pytest

from engine import rotations as R
from engine import skeleton
from engine.datasets.choreography import choreograph
from intermask_blender import rotation_modes
from intermask_blender.baking.key_reduction import Figure, Track, is_bent, reduce_keys, slopes, through

MODES = ["QUATERNION", "AXIS_ANGLE", "XYZ", "ZXY"]


def figure_of(offsets: np.ndarray) -> Figure:
    """Our own skeleton, its joints the ends of its bones."""
    still = np.tile(R.IDENTITY, (22, 1))
    heads, _ = skeleton.forward_kinematics(still, np.zeros(3), offsets)
    return Figure(
        carriers=np.array(skeleton.PARENTS),
        turned=np.ones(22, dtype=bool),
        heads=heads,
        rests=still,
        axes=still,
        units=np.ones(22),
        points=heads,
        holders=np.arange(22),
    )


def tracks_of(turns: np.ndarray, roots: np.ndarray, mode: str = "QUATERNION") -> list[Track]:
    values = rotation_modes.values(turns, mode)
    return [Track(values[:, joint], mode, roots if joint == 0 else None) for joint in range(22)]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("metres", "degrees"), [(0.001, 0.5), (0.02, 3.0), (1.0, 0.2)])
def test_the_figure_stays_within_the_bound(mode, metres, degrees):
    clip = choreograph("shake_hands", 2, 80).motion
    tracks = tracks_of(clip.joint_rotations[0], clip.root_positions[0], mode)
    figure, times, grid = figure_of(clip.bone_offsets[0]), np.arange(80.0), np.arange(80)
    keys = reduce_keys(tracks, figure, times, grid, metres, degrees)
    assert sum(map(len, keys)) < 0.5 * 80 * 22
    assert all(own[0] == 0 and own[-1] == 79 and np.all(np.diff(own) > 0) for own in keys)
    few = [track.at(own, times, grid) for track, own in zip(tracks, keys, strict=True)]
    turns = np.stack([rotation_modes.quaternions(track.rotation, mode) for track in few], axis=1)
    joints, world = skeleton.forward_kinematics(turns, few[0].location, clip.bone_offsets[0])
    _, aim = skeleton.forward_kinematics(clip.joint_rotations[0], clip.root_positions[0], clip.bone_offsets[0])
    assert 0 < np.linalg.norm(joints - clip.joint_positions[0], axis=-1).max() <= metres
    assert np.degrees(R.angle_between(world, aim)).max() <= degrees


def test_noise_keeps_its_keys_and_stillness_none():
    rng = np.random.default_rng(0)
    turns = R.normalise(np.array([3.0, 0, 0, 0]) + rng.normal(size=(30, 22, 4)))
    still = np.broadcast_to(R.IDENTITY, (30, 22, 4))
    figure, roots = figure_of(skeleton.REST_OFFSETS), np.zeros((30, 3))
    for values, count in ((turns, 30), (still, 2)):
        keys = reduce_keys(tracks_of(R.continuous(values), roots), figure, np.arange(30.0), np.arange(30), 1e-4, 0.01)
        assert {len(own) for own in keys} == {count}


def test_keys_only_where_they_may_be():
    """Watched twice as often as there may be keys."""
    clip = choreograph("help_up", 1, 61).motion
    grid, times = np.arange(0, 61, 2), np.arange(61.0) / 2
    straight = [
        np.stack([np.interp(times, times[grid], column) for column in values[grid].reshape(31, -1).T], axis=1)
        for values in (clip.joint_rotations[0], clip.root_positions[0])
    ]
    tracks = tracks_of(straight[0].reshape(61, 22, 4), straight[1])
    figure = figure_of(clip.bone_offsets[0])
    keys = reduce_keys(tracks, figure, times, grid, 0.002, 0.5)
    assert all(np.all(own % 2 == 0) for own in keys)
    few = [track.at(own, times, grid) for track, own in zip(tracks, keys, strict=True)]
    far = figure.pose(few)[0] - figure.pose(tracks)[0]
    assert np.linalg.norm(far, axis=-1).max() <= 0.002


def test_curves_pass_through_their_keys_and_know_cubics():
    times = grid = np.arange(20)
    values = np.stack([(times / 10.0) ** 3 - times / 5, np.sin(times)], axis=1)
    for keys in (np.array([0, 19]), np.array([0, 1, 2, 11, 19])):
        curve = through(values, keys, times.astype(float), grid)
        np.testing.assert_allclose(curve[keys], values[keys], atol=1e-12)
        np.testing.assert_allclose(curve[:, 0], values[:, 0], atol=1e-3)
        assert slopes(values, keys, times.astype(float), grid).shape == (len(keys), 2)
    assert is_bent(np.array([0, 1, 2, 11, 19]), grid).tolist() == [False, False, True, True]
