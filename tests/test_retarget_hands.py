"""Hands of a motion on rigs: fingers point where the motion's do, and come back as they were; nothing else moves."""

from dataclasses import replace

import numpy as np
import pytest

from engine import rotations as R
from engine.skeleton import FULL_JOINT, FULL_PARENTS, FULL_REST_OFFSETS, JOINT, forward_kinematics
from intermask_blender.retarget.body import body_of
from intermask_blender.retarget.hands import FACE, places, read_hands
from intermask_blender.retarget.solve import solve
from tests.rig_outlines import bones_of, make_rig
from tests.rig_posing import TO_ENGINE, Y_UP, expected_map, play, pose

FAMILIES = ["Mixamo", "Unreal Mannequin (UE5)", "MetaHuman", "VRM humanoid", "SMPL-X"]
FRAMES = 12


@pytest.fixture(scope="module")
def moved() -> np.ndarray:
    """Local rotations (T, 55, 4) of somebody whose arms, hands and fingers move; the rest stands still."""
    rng = np.random.default_rng(3)
    waves = np.sin(np.linspace(0, 2, FRAMES)[:, None, None] * rng.uniform(0.5, 3, (55, 3)))
    vectors = 0.5 * waves * np.r_[np.zeros(16), np.ones(6), np.zeros(3), np.ones(30)][:, None]
    return R.from_rotation_vector(vectors)


def posed_hands(rig, bone_map, rotations, to_engine=TO_ENGINE):
    """The body, the posed bones (T, N, 4, 4) in the world, and the hands that are read from them."""
    body, posed, read = play(rig, bone_map, np.zeros((len(rotations), 3)), rotations, to_engine)
    shown = [rig.index[place.read] for place in places(body)]
    return body, posed, read_hands(body, read[1], posed[:, shown])


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("down, axes", [(0, np.eye(3)), (50, Y_UP)])
def test_fingers_come_back_as_they_were(family, down, axes, moved):
    body, _, read = posed_hands(make_rig(bones_of(family), 1.1, down, axes), expected_map(family), moved)
    joints = [place.joint for place in places(body)]
    assert len(joints) >= 18 and len(set(joints)) == len(joints)
    assert np.degrees(R.angle_between(read, moved)[:, joints].max()) < 0.1
    others = [joint for joint in range(22, 55) if joint not in joints]
    assert np.abs(read[:, others] - R.IDENTITY).max(initial=0) < 1e-9


@pytest.mark.parametrize("family", ["Mixamo", "MetaHuman"])
@pytest.mark.parametrize("mirror", [1.0, -1.0])
def test_fingers_point_where_the_motions_do(family, mirror, moved):
    to_engine = TO_ENGINE @ np.diag([mirror, 1.0, 1.0, 1.0])
    rig = make_rig(bones_of(family), 1.0, 40)
    body, posed, _ = posed_hands(rig, expected_map(family), moved, to_engine)
    _, world = forward_kinematics(moved, np.zeros((FRAMES, 3)), FULL_REST_OFFSETS)
    for side in ("left", "right"):
        for finger in ("index", "middle", "pinky", "thumb"):
            first, second = (rig.index[name] for name in body.bone_map.bones[f"{side}_{finger}"][-3:-1])
            points = R.normalise((posed[:, second] - posed[:, first])[:, :3, 3])
            joint = FULL_JOINT[f"{side}_{finger}1"]
            wanted = R.rotate(world[:, joint], np.broadcast_to(R.normalise(FULL_REST_OFFSETS[joint + 1]), (FRAMES, 3)))
            assert np.degrees(np.arccos(np.clip(np.sum(points * wanted, axis=1), -1, 1)).max()) < 0.1


def test_jaw_and_eyes_move_where_the_rig_has_smplx_s_names(moved):
    talking = moved.copy()
    talking[:, 22] = R.from_axis_angle(np.array([1.0, 0, 0]), np.linspace(0, 0.3, FRAMES))
    rig = make_rig(bones_of("SMPL-X"))
    channels = solve(body_of(rig, expected_map("SMPL-X"), TO_ENGINE), np.zeros((FRAMES, 3)), talking, TO_ENGINE)
    assert np.ptp(channels["jaw"].rotation, axis=0).max() > 0.1 and set(FACE) <= channels.keys()
    other = replace(expected_map("SMPL-X"), family="Somebody's")
    channels = solve(body_of(rig, other, TO_ENGINE), np.zeros((FRAMES, 3)), talking, TO_ENGINE)
    assert not set(FACE) & channels.keys()


@pytest.mark.parametrize("count, followed", [(1, [2]), (2, [1, 3])])
def test_a_finger_of_fewer_bones_follows_some_of_the_joints(count, followed, moved):
    rig, bone_map = make_rig(bones_of("Mixamo")), expected_map("Mixamo")
    names = bone_map.bones["left_index"][:count]
    body = body_of(rig, bone_map.with_part("left_index", *names), TO_ENGINE)
    joints = [place.joint for place in places(body) if place.bone in names]
    assert joints == [FULL_JOINT[f"left_index{nth}"] for nth in followed]


def test_hands_leave_the_body_where_it_was(moved):
    rig, bone_map = make_rig(bones_of("Unreal Mannequin (UE5)")), expected_map("Unreal Mannequin (UE5)")
    body, roots = body_of(rig, bone_map, TO_ENGINE), np.zeros((FRAMES, 3))
    with_hands, without = (solve(body, roots, turns, TO_ENGINE) for turns in (moved, moved[:, :22]))
    fingers = {name for part, names in bone_map.bones.items() if part.endswith(
        ("thumb", "index", "middle", "ring", "pinky")) for name in names}  # fmt: skip
    assert fingers >= with_hands.keys() ^ without.keys()
    for name in without.keys() - fingers:
        np.testing.assert_allclose(with_hands[name].rotation, without[name].rotation, atol=1e-12)
    wrist = rig.index[bone_map.bones["left_wrist"][0]]
    shown = [pose(rig, channels, FRAMES)[:, wrist] for channels in (with_hands, without)]
    np.testing.assert_allclose(*shown, atol=1e-9)


def test_our_own_hands_are_an_adults():
    assert FULL_PARENTS[FULL_JOINT["left_middle1"]] == JOINT["left_wrist"]
    left, right = FULL_REST_OFFSETS[25:40], FULL_REST_OFFSETS[40:55]
    np.testing.assert_array_equal(left * [-1, 1, 1], right)
    assert 0.16 < left[3:6].sum(axis=0)[0] < 0.18  # to the last joint of the middle finger
    assert left[0, 2] > left[3, 2] > left[9, 2] > left[6, 2]  # index, middle, ring, little finger from the front
