"""Twist bones take their share of a limb's turn; fingers rest in the hand as people's do."""

from dataclasses import replace

import numpy as np
import pytest

from engine import rotations as R
from engine.skeleton import JOINT
from intermask_blender.retarget.body import body_of
from intermask_blender.retarget.fingers import HANDS
from intermask_blender.retarget.rig import Rig
from intermask_blender.retarget.solve import solve
from tests.rig_outlines import bones_of, make_rig
from tests.rig_posing import TO_ENGINE, Y_UP, expected_map, play, pose


def turns_of(rig: Rig, posed: np.ndarray, *names: str) -> np.ndarray:
    """World turns (T, n, 4) of bones against their rest."""
    bones = [rig.index[name] for name in names]
    return R.multiply(
        R.from_matrix(posed[:, bones, :3, :3]),
        R.inverse(R.from_matrix(TO_ENGINE[:3, :3] @ rig.matrices[bones, :3, :3])),
    )


def twisted(joint: str, degrees: float) -> tuple[np.ndarray, np.ndarray]:
    """Someone who turns one joint of the T-pose about the limb's own axis, more and more."""
    rotations = np.tile(R.IDENTITY, (10, 22, 1))
    axis = np.array([1.0, 0, 0]) if "left" in joint else np.array([-1.0, 0, 0])
    rotations[:, JOINT[joint]] = R.from_axis_angle(axis, np.radians(np.linspace(0, degrees, 10)))
    return np.tile([0, 0.945, 0], (10, 1)), rotations


@pytest.mark.parametrize("side, mark", [("left", "l"), ("right", "r")])
def test_twist_bones_side_by_side_take_their_share(side, mark):
    family = "Unreal Mannequin (UE5)"
    rig, bone_map = make_rig(bones_of(family)), expected_map(family)
    shares = bone_map.twist_shares(rig)
    for joint, lower, part in (("wrist", "hand", "lowerarm"), ("shoulder", "upperarm", "upperarm")):
        _, posed, _ = play(rig, bone_map, *twisted(f"{side}_{joint}", 80), TO_ENGINE)
        names = [f"{part}_twist_0{nth}_{mark}" for nth in (1, 2)]
        turns = np.degrees(
            np.linalg.norm(R.to_rotation_vector(turns_of(rig, posed, *names, f"{lower}_{mark}")), axis=-1)
        )
        np.testing.assert_allclose(turns[-1], [80 * shares[names[0]], 80 * shares[names[1]], 80], atol=0.5)


def test_twist_bones_in_a_row_take_the_turn_of_the_limb():
    family = "Daz Genesis 8"
    rig, bone_map = make_rig(bones_of(family)), expected_map(family)
    roots, rotations = twisted("left_shoulder", 80)
    _, posed, read = play(rig, bone_map, roots, rotations, TO_ENGINE)
    turns = np.degrees(
        np.linalg.norm(R.to_rotation_vector(turns_of(rig, posed, "lShldrBend", "lShldrTwist", "lForearmBend")), axis=-1)
    )
    np.testing.assert_allclose(turns[-1], [0, 80, 80], atol=3)
    assert np.degrees(R.angle_between(read[1], rotations)).max() < 0.1


def test_a_turn_past_half_a_circle_does_not_jump():
    family = "Unreal Mannequin (UE4)"
    rig, bone_map = make_rig(bones_of(family)), expected_map(family)
    _, posed, _ = play(rig, bone_map, *twisted("left_wrist", 230), TO_ENGINE)
    turns = turns_of(rig, posed, "lowerarm_twist_01_l")
    assert np.degrees(R.angle_between(turns[1:], turns[:-1])).max() < 20


@pytest.mark.parametrize("family", ["Mixamo", "MetaHuman", "Biped"])
@pytest.mark.parametrize("down, axes", [(0, np.eye(3)), (60, Y_UP)])
@pytest.mark.parametrize("side, outwards", [("left", 1), ("right", -1)])
def test_fingers_curl_towards_the_palm(family, down, axes, side, outwards):
    rig, bone_map = make_rig(bones_of(family), 1, down, axes), expected_map(family)
    chains = [bone_map.bones[f"{side}_{finger}"] for finger in ("index", "middle")]
    first, last = ([rig.index[chain[nth]] for chain in chains] for nth in (-3, -1))
    rotations = np.tile(R.IDENTITY, (2, 22, 1))  # in the T-pose palms look down
    body = body_of(rig, bone_map, TO_ENGINE)
    drops = {}
    for hands in HANDS:
        channels = solve(body, np.zeros((2, 3)), rotations, TO_ENGINE, hands)
        posed = TO_ENGINE @ pose(rig, channels, 2)
        assert all(np.ptp(channels[name].rotation, axis=0).max() == 0 for chain in chains for name in chain)
        tips = (posed[:, last] - posed[:, first])[0, :, :3, 3]
        drops[hands] = np.degrees(np.arctan2(-tips[:, 1], outwards * tips[:, 0]))
    assert np.abs(drops["open"]).max() < 8
    assert ((drops["relaxed"] > 20) & (drops["relaxed"] < 60)).all()
    assert ((drops["fist"] > 90) & (drops["fist"] < 150)).all()


def test_a_hand_that_is_turned_at_rest_is_put_right():
    bones = bones_of("Mixamo")
    rig = make_rig(bones)
    matrices, tails = rig.matrices.copy(), rig.tails.copy()
    wrist = rig.index["mixamorig:LeftHand"]
    turn = R.to_matrix(R.from_axis_angle(np.array([1.0, 0, 0]), np.radians(70)))  # palms forward
    for bone in range(len(rig.names)):
        if wrist in (bone, *rig.ancestors(bone)):
            matrices[bone, :3, :3] = turn @ matrices[bone, :3, :3]
            matrices[bone, :3, 3] = turn @ (matrices[bone, :3, 3] - rig.heads[wrist]) + rig.heads[wrist]
            tails[bone] = turn @ (tails[bone] - rig.heads[wrist]) + rig.heads[wrist]
    turned = replace(rig, matrices=matrices, tails=tails)
    rotations = np.tile(R.IDENTITY, (1, 22, 1))
    posed = [play(each, expected_map("Mixamo"), np.zeros((1, 3)), rotations, TO_ENGINE)[1] for each in (rig, turned)]
    np.testing.assert_allclose(posed[0][0, :, :3, 3], posed[1][0, :, :3, 3], atol=1e-6)
