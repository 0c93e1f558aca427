"""Motions put onto rigs of all families come out as they were: seen in the posed bones, and read back from them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import rotations as R
from engine.errors import EngineError
from engine.skeleton import JOINT, JOINT_NAMES, PARENTS, REST_OFFSETS, forward_kinematics
from intermask_blender.retarget.body import Body, body_of
from intermask_blender.retarget.bone_map import BoneMap
from intermask_blender.retarget.fingers import HANDS
from intermask_blender.retarget.read import read_person
from intermask_blender.retarget.rig import Rig
from intermask_blender.retarget.solve import solve
from tests.rig_outlines import OUTLINES, bones_of, make_rig, map_of, with_spines, without
from tests.rig_posing import TO_ENGINE, Y_UP, expected_map, person, play, pose

TURNED = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
SCENES = (("shake_hands", 3), ("help_up", 2), ("kneel_before", 1), ("dance_in_hold", 4))
LEG = float(np.linalg.norm(REST_OFFSETS[[4, 7]], axis=1).sum())
# Bones by which a direction is told, and the joint it belongs to.
LIMBS = [
    (f"{side}_{upper}", f"{side}_{lower}")
    for side in ("left", "right")
    for upper, lower in (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist"))
]


def object_matrix(turn=(0.3, -0.8, 0.5), scale=1.0, place=(2.0, -3.0, 1.0)) -> np.ndarray:
    """The matrix of an armature object that is turned (rotation vector), scaled and moved."""
    matrix = np.eye(4)
    matrix[:3, :3] = R.to_matrix(R.from_rotation_vector(np.array(turn))) * scale
    matrix[:3, 3] = place
    return matrix


def degrees_between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Angles between directions (..., 3)."""
    a, b = R.normalise(a), R.normalise(b)
    return np.degrees(2 * np.arcsin(np.clip(np.linalg.norm(a - b, axis=-1) / 2, 0, 1)))


def bones_of_joints(positions: np.ndarray) -> np.ndarray:
    """Each joint from its parent (..., 21, 3)."""
    return positions[..., 1:, :] - positions[..., list(PARENTS[1:]), :]


def limbs_off(rig: Rig, bone_map: BoneMap, posed: np.ndarray, rotations: np.ndarray) -> float:
    """By how many degrees at most the rig's own limbs point elsewhere than those of the motion."""
    source = forward_kinematics(rotations, np.zeros((len(rotations), 3)), REST_OFFSETS)[0]
    start, end = ([rig.index[bone_map.bones[pair[nth]][0]] for pair in LIMBS] for nth in (0, 1))
    joints = [[JOINT[pair[nth]] for pair in LIMBS] for nth in (0, 1)]
    pointing = posed[:, end][..., :3, 3] - posed[:, start][..., :3, 3]
    return float(degrees_between(pointing, source[:, joints[1]] - source[:, joints[0]]).max())


def joints_off(body: Body, read, roots, rotations) -> tuple[np.ndarray, float]:
    """How far what was read is from what was put on: directions (21,) in degrees, pelvis in metres of an adult."""
    wanted = forward_kinematics(rotations, roots, body.offsets)[0]
    found = forward_kinematics(read[1], read[0], body.offsets)[0]
    angles = degrees_between(bones_of_joints(wanted), bones_of_joints(found)).max(axis=0)
    return angles, float(np.linalg.norm(wanted[:, 0] - found[:, 0], axis=-1).max() * LEG / body.leg_length)


def heads_off(body: Body, posed: np.ndarray, roots: np.ndarray, rotations: np.ndarray) -> float:
    """How far a motion's joints are from where the posed bones start, in metres of an adult, the pelvis aside."""
    joints = forward_kinematics(rotations, roots, body.offsets)[0]
    parts = [part for part in JOINT_NAMES[1:] if part in body.bone_map.bones]
    heads = posed[:, [body.rig.index[body.bone_map.read_bones(part)[0]] for part in parts]][..., :3, 3]
    apart = heads - joints[:, [JOINT[part] for part in parts]]
    return float(np.linalg.norm(apart, axis=-1).max() * LEG / body.leg_length)


@pytest.mark.parametrize("family", OUTLINES)
def test_a_motion_comes_back_from_every_family(family):
    bones = bones_of(family)
    rng = np.random.default_rng(len(bones))
    for number, (down, axes) in enumerate(zip((0, 45, 80, 30), (np.eye(3), Y_UP, TURNED, Y_UP @ TURNED), strict=True)):
        sizes = rng.uniform(0.8, 1.2, 22)
        sizes[[JOINT[name] for name in JOINT_NAMES if name.startswith("right")]] = sizes[
            [JOINT[name] for name in JOINT_NAMES if name.startswith("left")]
        ]
        rig = make_rig(bones, sizes, down, axes)
        bone_map = map_of(bones)
        roots, rotations = person(*SCENES[number], number % 2)
        body, posed, read = play(rig, bone_map, roots, rotations, TO_ENGINE)
        angles, pelvis = joints_off(body, read, roots, rotations)
        if len(bone_map.bones["spine"]) < 3:
            angles[[JOINT["spine2"] - 1, JOINT["spine3"] - 1]] = 0  # what the rig cannot hold
        assert angles.max() < 0.1
        assert pelvis < 1e-6
        assert limbs_off(rig, bone_map, posed, rotations) < 0.1
        # what was wished for, and what was read; Biped's collars hang below the neck and move with it
        for motion in ((roots, rotations), read):
            assert heads_off(body, posed, *motion) < (0.04 if family == "Biped" else 0.005)


@settings(max_examples=25, deadline=None)
@given(
    turn=st.tuples(*[st.floats(-3, 3)] * 3),
    scale=st.sampled_from([1.0, 0.01, 100.0, 0.7, -1.0]),
    down=st.floats(-20, 90),
    family=st.sampled_from(["Mixamo", "Unreal Mannequin (UE5)", "Daz Genesis 8"]),
)
def test_objects_turned_scaled_and_mirrored(turn, scale, down, family):
    rig = make_rig(bones_of(family), 1 / abs(scale), down)
    bone_map = expected_map(family)
    to_engine = TO_ENGINE @ object_matrix(turn, scale)
    roots, rotations = person(*SCENES[1])
    body, posed, read = play(rig, bone_map, roots, rotations, to_engine)
    angles, pelvis = joints_off(body, read, roots, rotations)
    assert angles.max() < 0.1 and pelvis < 1e-6
    assert abs(body.leg_length - LEG) < 1e-6
    assert limbs_off(rig, body.bone_map, posed, rotations) < 0.1


def test_a_mirrored_object_moves_as_it_is_seen():
    rig = make_rig(bones_of("Mixamo"))
    mirrored = TO_ENGINE @ np.diag([-1.0, 1, 1, 1])
    body = body_of(rig, expected_map("Mixamo"), mirrored)
    assert body.bone_map.bones["left_wrist"] == ("mixamorig:RightHand",)
    np.testing.assert_allclose(
        body.offsets[:, 0], body_of(rig, expected_map("Mixamo"), TO_ENGINE).offsets[:, 0], atol=1e-9
    )


def test_an_object_that_moves_itself():
    rig, bone_map = make_rig(bones_of("Mixamo"), arms_down=45), expected_map("Mixamo")
    roots, rotations = person(*SCENES[0])
    body = body_of(rig, bone_map, TO_ENGINE)
    ways = [object_matrix((0, 0, 0.1 * frame), 1, (0.2 * frame, 0, 0)) for frame in range(len(roots))]
    to_engine = TO_ENGINE @ np.array(ways)
    posed = to_engine[:, None] @ pose(rig, solve(body, roots, rotations, to_engine), len(roots))
    read = read_person(body, posed[:, [rig.index[name] for name in body.reads]])
    angles, pelvis = joints_off(body, read, roots, rotations)
    assert max(angles) < 0.1 and pelvis < 1e-6


@pytest.mark.parametrize("hands", HANDS)
def test_only_mapped_bones_get_channels_and_only_the_pelvis_a_location(hands):
    rig, bone_map = make_rig(bones_of("Unreal Mannequin (UE5)")), expected_map("Unreal Mannequin (UE5)")
    roots, rotations = person(*SCENES[0])
    channels = solve(body_of(rig, bone_map, TO_ENGINE), roots, rotations, TO_ENGINE, hands)
    mapped = {name for parts in (bone_map.bones, bone_map.twists) for names in parts.values() for name in names}
    assert set(channels) == mapped and "root" not in channels
    assert [name for name, values in channels.items() if values.location is not None] == ["pelvis"]
    for name, (rotation, _) in channels.items():
        assert rotation.shape == (len(roots), 4)
        np.testing.assert_allclose(np.linalg.norm(rotation, axis=-1), 1, atol=1e-9)
        assert (np.sum(rotation[1:] * rotation[:-1], axis=-1) > 0).all(), name
        assert rotation[0, 0] >= 0, name


def test_bones_that_inherit_no_rotation_and_a_pelvis_in_its_parents_axes():
    family = "Unreal Mannequin (UE4)"
    rig = make_rig(bones_of(family), arms_down=60)
    rig = replace(rig, unturned=frozenset({"upperarm_l", "head", "calf_r", "pelvis"}), unlocal=frozenset({"pelvis"}))
    roots, rotations = person(*SCENES[1])
    body, posed, read = play(rig, expected_map(family), roots, rotations, TO_ENGINE)
    angles, pelvis = joints_off(body, read, roots, rotations)
    assert angles.max() < 0.1 and pelvis < 1e-6
    assert limbs_off(rig, body.bone_map, posed, rotations) < 0.1


def test_a_pelvis_without_parent_in_the_armatures_axes():
    rig = replace(make_rig(bones_of("Mixamo"), axes=Y_UP), unlocal=frozenset({"mixamorig:Hips"}))
    roots, rotations = person(*SCENES[0])
    body, _, read = play(rig, expected_map("Mixamo"), roots, rotations, TO_ENGINE)
    assert joints_off(body, read, roots, rotations)[1] < 1e-6


@pytest.mark.parametrize("count", range(1, 7))
def test_spines_of_any_length(count):
    bones = with_spines(count)
    rig, bone_map = make_rig(bones), map_of(bones)
    roots, rotations = person(*SCENES[1], 1)
    body, posed, read = play(rig, bone_map, roots, rotations, TO_ENGINE)
    angles, pelvis = joints_off(body, read, roots, rotations)
    if count < 3:
        angles[[JOINT["spine2"] - 1, JOINT["spine3"] - 1]] = 0
    assert angles.max() < 0.1 and pelvis < 1e-6
    assert heads_off(body, posed, *read) < 0.01 and heads_off(body, posed, roots, rotations) < 0.01
    wanted, found = (
        forward_kinematics(turns, roots, body.offsets)[1][:, JOINT["spine3"]] for turns in (rotations, read[1])
    )
    assert np.degrees(R.angle_between(wanted, found)).max() < 0.1
    bends = [rig.index[name] for name in bone_map.bones["spine"]]
    chain = R.from_matrix(posed[:, [rig.index["pelvis"], *bends], :3, :3])
    rest = R.from_matrix(TO_ENGINE[:3, :3] @ rig.matrices[[rig.index["pelvis"], *bends], :3, :3])
    turns = R.multiply(chain, R.inverse(rest))
    steps = R.angle_between(turns[:, :-1], turns[:, 1:])
    assert (steps.max(axis=0) > 0.02).all()  # every bone bends its part


def test_a_bent_spine_of_many_bones_is_read_where_it_is():
    bones = with_spines(6)
    rig, bone_map = make_rig(bones), map_of(bones)
    body = body_of(rig, bone_map, TO_ENGINE)
    still = np.tile(R.IDENTITY, (1, 22, 1))
    channels = solve(body, np.zeros((1, 3)), still, TO_ENGINE)
    for name in bone_map.bones["spine"]:  # 72 degrees forward in all
        x = rig.matrices[rig.index[name], :3, :3].T @ [1.0, 0, 0]
        channels[name] = channels[name]._replace(rotation=R.from_rotation_vector(x * np.radians(12))[None])
    posed = TO_ENGINE @ pose(rig, channels, 1)
    read = read_person(body, posed[:, [rig.index[name] for name in body.reads]])
    assert heads_off(body, posed, *read) < 0.01


@pytest.mark.parametrize("missing", ["neck", "collar", "foot", "neck collar foot"])
def test_missing_joints_are_made_up_for_by_the_next(missing):
    bones = without(bones_of("Mixamo"), *missing.split())
    rig = make_rig(bones, arms_down=45)
    roots, rotations = person(*SCENES[3])
    body, posed, read = play(rig, map_of(bones), roots, rotations, TO_ENGINE)
    assert limbs_off(rig, body.bone_map, posed, rotations) < 0.1
    wanted, found = (forward_kinematics(turns, roots, body.offsets)[1] for turns in (rotations, read[1]))
    ends = [JOINT[name] for name in ("head", "left_wrist", "right_wrist", "left_ankle", "right_ankle", "spine3")]
    assert np.degrees(R.angle_between(wanted[:, ends], found[:, ends])).max() < 0.1
    assert heads_off(body, posed, roots, rotations) < 0.01


def test_a_pelvis_bone_elsewhere_in_the_pelvis():
    rig, bone_map = make_rig(bones_of("Rigify metarig")), expected_map("Rigify metarig")
    matrices = rig.matrices.copy()
    matrices[rig.index["spine"], :3, 3] += [0, 0.04, -0.15]  # behind and below the hips
    roots, rotations = person(*SCENES[1])
    body, posed, read = play(replace(rig, matrices=matrices), bone_map, roots, rotations, TO_ENGINE)
    np.testing.assert_allclose(body.offsets[1:3], REST_OFFSETS[1:3], atol=1e-6)
    np.testing.assert_allclose(read[0], roots, atol=1e-6)
    assert heads_off(body, posed, *read) < 0.005


@pytest.mark.parametrize("down", [0, 45, 80])
def test_the_rest_pose_is_taken_out(down):
    rig = make_rig(bones_of("VRM humanoid"), arms_down=down)
    body = body_of(rig, expected_map("VRM humanoid"), TO_ENGINE)
    hanging = [joint for name, joint in JOINT.items() if not name.startswith("spine")]
    np.testing.assert_allclose(body.offsets[hanging[1:]], REST_OFFSETS[hanging[1:]], atol=0.012)
    np.testing.assert_allclose(body.offsets[JOINT["right_wrist"]], [-np.hypot(0.25, 0.01), 0, 0], atol=1e-9)
    # lying there at rest, it is read as someone with lowered arms
    posed = np.tile(TO_ENGINE @ rig.matrices, (2, 1, 1, 1))[:, [rig.index[name] for name in body.reads]]
    roots, rotations = read_person(body, posed)
    positions = forward_kinematics(rotations, roots, body.offsets)[0][0]
    arm = positions[JOINT["left_elbow"]] - positions[JOINT["left_shoulder"]]
    assert abs(np.degrees(np.arctan2(-arm[1], arm[0])) - down) < 3


def test_our_own_rig_is_as_its_motion_was_made():
    rng = np.random.default_rng(5)
    offsets = REST_OFFSETS + rng.normal(0, 0.01, (22, 3)) * (REST_OFFSETS != 0)
    offsets[0] = 0
    still = np.tile(R.IDENTITY, (22, 1))
    heads = forward_kinematics(still, np.array([0, 0.9, 0]), offsets)[0] @ TO_ENGINE[:3, :3]
    matrices = np.tile(np.eye(4), (22, 1, 1))
    matrices[:, :3, 3] = heads
    rig = Rig(JOINT_NAMES, np.array(PARENTS), matrices, heads + [0, 0.05, 0], np.ones(22, dtype=bool))
    bones = {name: (name,) for name in JOINT_NAMES if "spine" not in name}
    bone_map = BoneMap("ours", bones | {"spine": ("spine1", "spine2", "spine3")})
    roots, rotations = person(*SCENES[0])
    body, posed, read = play(rig, bone_map, roots, rotations, TO_ENGINE)
    np.testing.assert_allclose(body.offsets, offsets, atol=1e-9)
    assert np.degrees(R.angle_between(read[1], rotations)).max() < 1e-3
    wanted = forward_kinematics(rotations, roots, offsets)[0]
    np.testing.assert_allclose(posed[..., :3, 3], wanted, atol=1e-6)


def test_controls_hang_together_as_bodies_do():
    family = "Rigify metarig"
    rig = make_rig(bones_of(family), arms_down=45)
    bone_map = replace(expected_map(family), twists={})
    controls = replace(bone_map, reads=bone_map.bones)
    loose = replace(rig, parents=np.full(len(rig.names), -1))  # what carries controls, their parents don't say
    roots, rotations = person(*SCENES[0])
    plain, free = (
        solve(body_of(each, which, TO_ENGINE), roots, rotations, TO_ENGINE)
        for each, which in ((rig, bone_map), (loose, controls))
    )
    assert set(plain) == set(free)
    for name, (rotation, location) in plain.items():
        np.testing.assert_allclose(free[name].rotation, rotation, atol=1e-9, err_msg=name)
        assert (location is None) == (free[name].location is None)
    np.testing.assert_allclose(free["spine"].location, plain["spine"].location, atol=1e-9)


def test_scaled_bones_are_read_as_they_are_turned():
    rig, bone_map = make_rig(bones_of("Mixamo")), expected_map("Mixamo")
    roots, rotations = person(*SCENES[0])
    body, posed, read = play(rig, bone_map, roots, rotations, TO_ENGINE)
    posed[..., :3, :3] *= np.random.default_rng(0).uniform(0.5, 2, (len(rig.names), 1, 3))
    again = read_person(body, posed[:, [rig.index[name] for name in body.reads]])
    np.testing.assert_allclose(again[1], read[1], atol=1e-6)


def test_what_cannot_move_is_told():
    rig, bone_map = make_rig(bones_of("Mixamo")), expected_map("Mixamo")
    knee, ankle, hips, end = (rig.index[f"mixamorig:{name}"] for name in ("LeftLeg", "LeftFoot", "Hips", "HeadTop_End"))

    same = rig.matrices.copy()
    same[ankle, :3, 3] = same[knee, :3, 3]
    with pytest.raises(EngineError, match="left shin and the left foot start at the same place"):
        body_of(replace(rig, matrices=same), bone_map, TO_ENGINE)

    flat = rig.tails.copy()
    flat[knee] = rig.heads[knee]
    with pytest.raises(EngineError, match="“mixamorig:LeftLeg” has no length"):
        body_of(replace(rig, tails=flat), bone_map, TO_ENGINE)

    for value in (np.nan, 0.0):
        lost = rig.matrices.copy()
        lost[knee, :3, :3] = value
        with pytest.raises(EngineError, match="“mixamorig:LeftLeg” has no length"):
            body_of(replace(rig, matrices=lost), bone_map, TO_ENGINE)

    with pytest.raises(EngineError, match="scaled to nothing"):
        body_of(rig, bone_map, TO_ENGINE @ np.diag([1.0, 1, 0, 1]))
    with pytest.raises(EngineError, match="mapped twice"):
        body_of(rig, replace(bone_map, bones=bone_map.bones | {"head": bone_map.bones["neck"]}), TO_ENGINE)
    with pytest.raises(EngineError, match="carries the legs and the spine"):
        other = bone_map.bones | {"pelvis": ("mixamorig:HeadTop_End",)}
        body_of(rig, replace(bone_map, bones=other), TO_ENGINE)
    with pytest.raises(EngineError, match="is connected to its parent"):
        parents = rig.parents.copy()
        parents[[hips, end]] = end, -1
        body_of(replace(rig, parents=parents, connected=frozenset({"mixamorig:Hips"})), bone_map, TO_ENGINE)


def test_a_pose_that_cannot_be_read_is_told():
    rig, bone_map = make_rig(bones_of("Mixamo")), expected_map("Mixamo")
    body = body_of(rig, bone_map, TO_ENGINE)
    posed = np.tile(TO_ENGINE @ rig.matrices, (3, 1, 1, 1))[:, [rig.index[name] for name in body.reads]]
    elbow = body.reads.index("mixamorig:RightForeArm")
    for value, reason in ((np.nan, "no numbers"), (0.0, "scaled to nothing")):
        broken = posed.copy()
        broken[1, elbow, :3, :3] = value
        with pytest.raises(EngineError, match=f"“mixamorig:RightForeArm”.*{reason}"):
            read_person(body, broken)
