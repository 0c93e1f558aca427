"""Contacts that are found on motions and kept on bodies of other sizes and proportions."""

import itertools
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from benchmarks.contacts import KEPT, SCALES, bone_error, compare, scaled
from engine.datasets.choreography import choreograph
from engine.features import SOLE
from engine.motion import Motion
from engine.rotations import angle_between
from engine.skeleton import JOINT, JOINT_NAMES, forward_kinematics
from intermask_blender.retarget.contacts import HANDS, TOES, find_plants, find_touches
from intermask_blender.retarget.keep_contacts import fitted
from intermask_blender.retarget.limbs import ARMS, LEGS, reach
from intermask_blender.retarget.posed import PALMS, posed, sizes

LIMBS = {"legs": ("knee", "ankle"), "arms": ("elbow", "wrist")}


@cache
def scene(family: str, seed: int = 0, frames: int = 90) -> Motion:
    return choreograph(family, seed, frames).motion


def longer(motion: Motion, limb: str, factor: float) -> np.ndarray:
    """Person A's bone offsets with longer legs or arms, B's as they are."""
    offsets = motion.bone_offsets.copy()
    for name in LIMBS[limb]:
        offsets[0, [JOINT[f"left_{name}"], JOINT[f"right_{name}"]]] *= factor
    return offsets


@pytest.mark.parametrize("family", ["shake_hands", "high_five", "fist_bump"])
def test_hands_that_meet_are_found(family):
    for seed in range(5):
        assert any(touch.part in HANDS for touch in find_touches(posed(scene(family, seed))))


@pytest.mark.parametrize(
    ("family", "parts"),
    [("hug", {"trunk"}), ("pat_on_shoulder", {"shoulders"}), ("punch_and_block", {"left_arm", "right_arm"})],
)
def test_hands_on_the_body_are_found(family, parts):
    assert {touch.part for touch in find_touches(posed(scene(family)))} <= parts != set()


@pytest.mark.parametrize("family", ["walk_past", "walk_side_by_side", "talk", "circle_like_boxers", "wave"])
def test_nobody_touches_in_passing(family):
    assert not any(find_touches(posed(scene(family, seed))) for seed in range(3))


def test_contacts_of_scenes_are_kept_on_all_pairs_of_sizes():
    figures = [
        compare(motion, fitted(motion, scaled(motion, scales)))
        for motion in (scene(family, seed) for family in ("shake_hands", "high_five", "push") for seed in (0, 1))
        for scales in itertools.product(SCALES, SCALES)
    ]
    misses = np.array([miss for one in figures for miss in one.misses])
    assert len(misses) >= 6 * 9 and (misses < KEPT).mean() >= 0.9
    assert max(slide for one in figures for slide in one.slides) < 0.003
    peaks = np.array([one.peak for one in figures])
    assert (peaks <= 1.5).mean() >= 0.98 and peaks.max() < 1.8
    assert max(one.lengths for one in figures) < 1e-9


def test_a_small_person_pushes_a_tall_one_where_the_arms_get_to():
    motion = scene("push")
    touch, heights = find_touches(posed(motion))[0], []
    for small in (1.0, 0.8):
        result = fitted(motion, scaled(motion, (small, 2.0 - small)[:: 1 if touch.person == 0 else -1]))
        assert max(compare(motion, result).misses) < KEPT
        pushing = posed(result).points[touch.person, touch.start : touch.stop, PALMS[touch.side], 1].mean()
        heights.append(pushing / result.joint_positions[1 - touch.person, touch.start, JOINT["neck"], 1])
    assert heights[1] < heights[0] - 0.02


@pytest.mark.parametrize(("limb", "factor"), [*itertools.product(LIMBS, (0.8, 1.25))])
def test_other_proportions(limb, factor):
    motion = scene("shake_hands", 3)
    result = fitted(motion, longer(motion, limb, factor))
    figures = compare(motion, result)
    assert max(figures.misses) < KEPT and max(figures.slides) < 0.003 and figures.peak < 1.5
    plants = [plant for plant in find_plants(posed(motion)) if plant.joint in TOES and plant.person == 0]
    heights = [result.joint_positions[0, plant.start : plant.stop, plant.joint, 1] for plant in plants]
    floor = SOLE * sizes(result.bone_offsets)[0]
    assert plants and all(np.abs(height - floor).max() < 0.015 for height in heights)


def test_a_near_miss_is_closed():
    motion = scene("shake_hands", 1)
    touch = next(touch for touch in find_touches(posed(motion)) if touch.part in HANDS)
    points = posed(motion).points
    away = points[1][touch.start, 0] - points[0][touch.start, 0]
    missed = motion.root_positions.copy()
    missed[1] += 0.08 * away / np.linalg.norm(away)
    motion = replace(motion, root_positions=missed)
    points = posed(fitted(motion, motion.bone_offsets)).points
    palms = points[0][:, PALMS[touch.side]] - points[1][:, PALMS[HANDS.index(touch.part)]]
    assert np.linalg.norm(palms, axis=-1)[touch.start + 5 : touch.stop - 5].max() < 0.055


def test_without_a_touch_only_feet_are_moved():
    motion = scene("walk_past")
    result = fitted(motion, scaled(motion, (0.9, 1.1)))
    legs = [JOINT[f"{side}_{name}"] for side in ("left", "right") for name in ("hip", "knee", "ankle")]
    others = [joint for joint in range(len(JOINT_NAMES)) if joint not in legs]
    assert np.array_equal(result.joint_rotations[:, :, others], motion.joint_rotations[:, :, others])


def test_the_same_bodies_move_the_same():
    motion = scene("wave")
    result = fitted(motion, motion.bone_offsets)
    assert np.abs(result.joint_positions - motion.joint_positions).max() < 0.01


@pytest.mark.parametrize("size", [0.06, 1.7, 15.0])
def test_size_is_relative(size):
    motion = scene("high_five", 3, 60)
    like = fitted(motion, scaled(motion, (0.9, 1.1))).joint_positions
    other = fitted(motion, size * scaled(motion, (0.9, 1.1))).joint_positions
    like, other = (positions - positions[0, 0, 0] * [1, 0, 1] for positions in (like, other))
    assert np.abs(other / size - like).max() < 1e-6


@pytest.mark.parametrize("still", [0, 1])
def test_a_person_who_is_kept_is_not_changed(still):
    motion = scene("shake_hands", 2)
    offsets = scaled(motion, (1.0, 0.85) if still == 0 else (1.15, 1.0))
    result = fitted(motion, offsets, still)
    assert np.array_equal(result.root_positions[still], motion.root_positions[still])
    assert np.array_equal(result.joint_rotations[still], motion.joint_rotations[still])
    assert max(compare(motion, result).misses) < KEPT


def test_walkers_of_different_size_stay_together_and_face_the_same_way():
    motion = scene("walk_side_by_side", 0, 150)
    result = fitted(motion, scaled(motion, (0.8, 1.2)))
    apart = [np.linalg.norm((m.root_positions[1] - m.root_positions[0])[:, ::2], axis=-1) for m in (motion, result)]
    assert np.abs(apart[1] - apart[0]).max() < 0.35


def test_motions_too_short_to_move():
    motion = scene("shake_hands", 0)
    still = replace(motion, root_positions=motion.root_positions[:, :1], joint_rotations=motion.joint_rotations[:, :1])
    result = fitted(still, scaled(still, (0.8, 1.2)))
    assert np.isfinite(result.joint_positions).all()


@pytest.mark.parametrize("limb", ARMS + LEGS)
def test_a_limb_reaches(limb):
    motion = scene("high_five", 0, 60)
    move = np.random.default_rng(0).uniform(-0.5, 0.5, (motion.frames, 3))
    local, offsets = motion.joint_rotations[0], motion.bone_offsets[0]
    positions, world = forward_kinematics(local, motion.root_positions[0], offsets)
    goal = positions[:, limb[2]] + move
    turned = local.copy()
    turned[:, limb] = reach(limb, local, positions, world, goal)
    after, after_world = forward_kinematics(turned, motion.root_positions[0], offsets)
    lengths = np.linalg.norm(offsets[list(limb[1:])], axis=-1)
    far = np.linalg.norm(goal - positions[:, limb[0]], axis=-1)
    within = (far < 0.95 * lengths.sum()) & (far > abs(lengths[0] - lengths[1]) + 0.05 * lengths.sum())
    assert within.any() and np.abs(after[:, limb[2]] - goal)[within].max() < 0.004
    assert angle_between(after_world[:, limb[2]], world[:, limb[2]]).max() < 1e-6
    assert bone_error(replace(motion, joint_rotations=np.stack([turned, motion.joint_rotations[1]]))) < 1e-9


def test_a_limb_that_need_not_move_stays():
    motion = scene("push", 0)
    local, offsets = motion.joint_rotations[0], motion.bone_offsets[0]
    positions, world = forward_kinematics(local, motion.root_positions[0], offsets)
    for limb in ARMS + LEGS:
        same = reach(limb, local, positions, world, positions[:, limb[2]])
        assert np.degrees(angle_between(same, local[:, limb])).max() < 3.0
