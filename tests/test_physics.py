"""Physical scores of motions whose faults are known."""

import numpy as np
import pytest

from engine.datasets.choreography import choreograph
from engine.evaluation.physics import penetration, physics, segment_distance, skating_ratio
from engine.skeleton import JOINT


def standing(apart: float) -> np.ndarray:
    """Two people (2, 30, 22, 3) who stand still, `apart` metres from each other along x."""
    person = choreograph("wave", 0, 60).motion.joint_positions[0, 0]
    person = person - person[0] * [1, 0, 1]
    person[:, 1] += 0.02 - person[:, 1].min()
    return np.stack([np.tile(person + [x, 0, 0], (30, 1, 1)) for x in (0.0, apart)])


def test_people_who_stand_still_far_apart_have_no_faults():
    figures = physics(standing(3.0))
    assert figures.pop("lowest_mm") == pytest.approx(20.0)
    assert figures == pytest.approx(dict.fromkeys(figures, 0.0), abs=1e-6)


def test_sliding_feet():
    clip = standing(3.0)
    clip[0] += np.arange(30)[:, None, None] * [0.01, 0, 0]
    figures = physics(clip)
    assert figures["foot_slide_mm"] == pytest.approx(5.0) == figures["foot_slide_planted_mm"]
    clip[0] += np.arange(30)[:, None, None] * [0.09, 0, 0]  # too fast for a planted foot
    figures = physics(clip)
    assert figures["foot_slide_mm"] == pytest.approx(50.0) and figures["foot_slide_planted_mm"] == 0.0


def test_the_skating_ratio_counts_frames_of_low_fast_feet():
    clip = standing(3.0)
    clip[0, 10:20] += np.arange(1, 11)[:, None, None] * [0.02, 0, 0]  # 0.6 m/s in ten frames of the 29
    clip[0, 20:] += [0.2, 0, 0]
    assert skating_ratio(clip) == pytest.approx(10 / 29 / 2)  # the other person stands
    assert skating_ratio(clip, fps=20) == 0.0  # 0.4 m/s
    clip[0, :, JOINT["left_foot"], 1] += 0.1
    assert skating_ratio(clip) == pytest.approx(10 / 29 / 2)  # one foot is enough
    clip[0, :, JOINT["right_foot"], 1] += 0.1
    assert skating_ratio(clip) == 0.0  # both feet are in the air


def test_above_and_under_the_floor():
    clip = standing(3.0)
    clip[0, :10, :, 1] += 0.06
    clip[1, :5, :, 1] -= 0.08
    figures = physics(clip)
    assert (figures["floating_frames"], figures["below_frames"]) == (10, 5)
    assert figures["floor_error_mm"] == pytest.approx((10 * 60 + 5 * 80) / 60)


def test_bodies_in_each_other():
    assert penetration(standing(0.0)) == pytest.approx(np.full(30, 0.2))  # the trunks' two radii
    half = np.concatenate([standing(0.0)[:, :15], standing(3.0)[:, :15]], axis=1)
    figures = physics(half)
    assert figures["penetration_share"] == 0.5 and figures["penetration_mm"] == pytest.approx(100.0)


def test_joints_near_each_other_and_bodies_that_touch():
    clip = standing(3.0)
    wrist = clip[0, :, JOINT["left_wrist"]].copy()
    clip[1, :10, JOINT["right_wrist"]] = wrist[:10] + [0, 0.08, 0]
    figures = physics(clip)
    assert figures["joints_penetration_share"] == pytest.approx(1 / 3)
    assert figures["joints_penetration_mm"] == pytest.approx(40.0 / 3)
    assert figures["contact_share"] == pytest.approx(1 / 3)
    hands = np.concatenate([clip, np.zeros((2, 30, 33, 3))], axis=2)
    assert physics(hands) == figures


def test_jerk_of_a_known_curve():
    clip = standing(3.0)
    clip += (np.arange(30) / 30)[:, None, None] ** 3 * [0, 0, 1]
    assert physics(clip)["jerk"] == pytest.approx(6.0)


def test_distance_of_segments_equals_the_nearest_of_many_points():
    points = np.random.default_rng(0).standard_normal((4, 50, 3))
    share = np.linspace(0, 1, 201)[:, None, None]
    one, other = (points[n] + share * (points[n + 1] - points[n]) for n in (0, 2))
    nearest = np.linalg.norm(one[:, None] - other[None], axis=-1).min((0, 1))
    got = segment_distance(*points)
    assert (got <= nearest + 1e-9).all() and got == pytest.approx(nearest, abs=0.02)
    same = np.zeros(3)
    assert segment_distance(same, same, same + 1, same + 1) == pytest.approx(np.sqrt(3))
