"""Rigs of all families are recognised however their bones are written, and by their shape when names say nothing."""

from dataclasses import replace

import numpy as np
import pytest

from engine.errors import EngineError
from engine.skeleton import JOINT, JOINT_NAMES
from intermask_blender.retarget.bone_map import FINGERS, BoneMap, Switch
from intermask_blender.retarget.families import families
from intermask_blender.retarget.recognise import LIKELY, SURE, recognise
from intermask_blender.retarget.rig import Rig
from intermask_blender.retarget.structure import map_by_structure
from tests.rig_outlines import OUTLINES, Bone, bones_of, expected, make_rig, renamed, with_spines, without

Z_UP_TO_Y_UP = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
TURNED = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])


def body(bones: list[Bone]) -> dict:
    """The expected bones without the fingers."""
    return {part: names for part, names in expected(bones).items() if part not in FINGERS}


@pytest.mark.parametrize("family", OUTLINES)
def test_families_are_recognised_bone_by_bone(family):
    bones = bones_of(family)
    found = recognise(make_rig(bones))
    assert found.bone_map.family == family
    assert found.bone_map.bones == expected(bones)
    assert found.confidence >= SURE
    assert found.sentence.startswith(f"{family} (100% sure).")
    twists = {}
    for bone in (bone for bone in bones if bone.role.startswith("twist.")):
        part = f"{bone.side}_{bone.role.removeprefix('twist.')}"
        twists[part] = {*twists.get(part, ()), bone.name}
    assert {part: set(names) for part, names in found.bone_map.twists.items()} == twists
    found.bone_map.check(make_rig(bones))


def test_every_family_but_the_generated_rig_has_an_outline():
    assert {family.name for family in families()} - set(OUTLINES) == {"Rigify generated rig"}


@pytest.mark.parametrize(
    "write",
    [
        str.lower,
        str.upper,
        "Bob:{}".format,
        "Armature|Bob:{}".format,
        "Hero_01_{}".format,
        lambda name: name.replace("_", " "),
        lambda name: name.replace(" ", "_").replace(".", "_"),
    ],
    ids=["lower", "upper", "namespace", "two namespaces", "prefix", "spaces", "underscores"],
)
def test_spelling_does_not_matter(write):
    for family in OUTLINES:
        bones = renamed(bones_of(family), write)
        found = recognise(make_rig(bones))
        assert found.bone_map.bones == expected(bones), family
        assert found.confidence >= SURE, family


@pytest.mark.parametrize("prefix", ["", "mixamorig1:", "mixamorig_", "mixamorig:mixamorig:"])
def test_mixamo_with_other_prefixes(prefix):
    bones = renamed(bones_of("Mixamo"), lambda name: name.replace("mixamorig:", prefix))
    found = recognise(make_rig(bones))
    assert found.bone_map.bones == expected(bones) and found.bone_map.family == "Mixamo"


@pytest.mark.parametrize("pattern", ["{0}.{1}", "{0}_{1}", "{1}_{0}", "{1}{0}", "{0} {1}", "{0}{1}", "{0}-{1}"])
@pytest.mark.parametrize("marks", [("L", "R"), ("l", "r"), ("Left", "Right"), ("left", "right"), ("左", "右")])
def test_sides_written_in_other_ways(pattern, marks):
    def write(name):
        for side, mark in zip(("left", "right"), marks, strict=True):
            if name.startswith(side):
                return pattern.format(name.removeprefix(side), mark)
        return name

    bones = renamed(bones_of("VRM humanoid"), write)
    found = recognise(make_rig(bones))
    assert found.bone_map.bones == expected(bones)
    assert found.confidence >= SURE


def test_optional_joints_may_be_missing():
    for family in OUTLINES:
        bones = without(bones_of(family), "neck", "collar", "foot")
        found = recognise(make_rig(bones))
        assert found.bone_map.bones == expected(bones), family
        assert found.confidence >= SURE, family
        assert set(found.bone_map.missing) == {"neck", "left_foot", "right_foot", "left_collar", "right_collar"}
        assert "No bone for the neck" in found.sentence
        found.bone_map.check(make_rig(bones))


@pytest.mark.parametrize("count", range(1, 7))
def test_spines_of_any_length_are_found(count):
    bones = with_spines(count)
    found = recognise(make_rig(bones))
    assert found.bone_map.bones == expected(bones)
    by_shape, _ = map_by_structure(make_rig(renamed(bones, nameless(bones))))
    assert len(by_shape.bones["spine"]) == count


def nameless(bones: list[Bone]):
    """Rename bones to Bone, Bone.001, ... as if nobody had named them."""
    order = np.random.default_rng(len(bones)).permutation(len(bones))
    new = {bone.name: f"Bone.{number:03}" if number else "Bone" for bone, number in zip(bones, order, strict=True)}
    return new.get


@pytest.mark.parametrize("family", OUTLINES)
def test_bones_without_names_are_told_by_their_place(family):
    bones = bones_of(family)
    bones = renamed(bones, nameless(bones))
    rng = np.random.default_rng(0)
    right = total = 0
    for axes in (np.eye(3), Z_UP_TO_Y_UP, TURNED, TURNED @ TURNED, Z_UP_TO_Y_UP @ TURNED):
        sizes = rng.uniform(0.8, 1.2, 22)
        for joint, name in enumerate(JOINT_NAMES):  # as long on both sides
            if name.startswith("right_"):
                sizes[joint] = sizes[JOINT[name.replace("right_", "left_")]]
        found = recognise(make_rig(bones, sizes, rng.choice([0, 45, 75]), 100 * axes))
        assert found.bone_map.family == "a person by its shape"
        assert found.confidence < SURE
        wanted = body(bones)
        right += sum(found.bone_map.bones.get(part) == names for part, names in wanted.items())
        total += len(wanted)
    assert right / total >= 0.9


def test_a_person_without_names_and_optional_joints():
    bones = without(bones_of("Unreal Mannequin (UE4)"), "neck", "collar", "foot", "twist.elbow")
    found = recognise(make_rig(renamed(bones, nameless(bones))))
    wanted = body(renamed(bones, nameless(bones)))
    assert found.bone_map.bones == wanted
    assert found.confidence >= LIKELY


def quadruped(names: dict[str, str]) -> Rig:
    """A horse: the trunk lies, four legs stand."""
    places = {
        "pelvis": (0, 1.0, 1.2), "spine": (0, 0.5, 1.25), "chest": (0, 0, 1.25), "neck": (0, -0.3, 1.4),
        "head": (0, -0.7, 1.9),
    }  # fmt: skip
    parents = {"pelvis": "", "spine": "pelvis", "chest": "spine", "neck": "chest", "head": "neck"}
    for side, x in (("L", 0.2), ("R", -0.2)):
        for end, y, top in (("hind", 1.0, "pelvis"), ("fore", 0.0, "chest")):
            for nth, z in enumerate((1.1, 0.7, 0.3, 0.05)):
                name = f"{end}{nth}.{side}"
                places[name] = (x, y, z)
                parents[name] = f"{end}{nth - 1}.{side}" if nth else top
    return plain_rig(places, parents, names)


def plain_rig(places: dict, parents: dict, names: dict[str, str]) -> Rig:
    """A rig of bones at places, all upright."""
    matrices = np.tile(np.eye(4), (len(places), 1, 1))
    matrices[:, :3, 3] = list(places.values())
    order = list(places)
    above = np.array([order.index(parents[name]) if parents[name] else -1 for name in order])
    written = tuple(names.get(name, name) for name in order)
    return Rig(written, above, matrices, matrices[:, :3, 3] + [0, 0, 0.1], np.ones(len(order), dtype=bool))


def horse_named_like_a_person() -> Rig:
    parts = {"hind": ("thigh", "shin", "foot", "toe"), "fore": ("upper_arm", "forearm", "hand", "finger")}
    names = {f"{end}{nth}.{side}": f"{parts[end][nth]}.{side}" for end in parts for nth in range(4) for side in "LR"}
    trunk = {"pelvis": "spine", "spine": "spine.001", "chest": "spine.003", "neck": "spine.004", "head": "spine.006"}
    return quadruped(names | trunk)


def car() -> Rig:
    places = {"root": (0, 0, 0), "body": (0, 0, 0.5), "steering": (0, -1, 0.8)}
    parents = {"root": "", "body": "root", "steering": "body"}
    for side, x in (("L", 0.8), ("R", -0.8)):
        for end, y in (("Ft", -1.3), ("Bk", 1.3)):
            names = [f"{kind}.{end}.{side}" for kind in ("Suspension", "WheelBrake", "Wheel", "Rim")]
            for nth, name in enumerate(names):
                places[name] = (x, y, 0.3 + 0.02 * nth)
                parents[name] = names[nth - 1] if nth else "body"
    return plain_rig(places, parents, {})


def face() -> Rig:
    places = {"neck": (0, 0, 1.5), "head": (0, 0, 1.6), "jaw": (0, -0.05, 1.6), "chin": (0, -0.1, 1.58)}
    parents = {"neck": "", "head": "neck", "jaw": "head", "chin": "jaw"}
    for side, sign in (("L", 1), ("R", -1)):
        for kind, z in (("brow", 1.72), ("lid", 1.68), ("lip", 1.6), ("cheek", 1.63)):
            for nth in range(4):
                name = f"{kind}.{nth:03}.{side}"
                places[name] = (sign * (0.02 + 0.015 * nth), -0.1, z)
                parents[name] = f"{kind}.{nth - 1:03}.{side}" if nth else "head"
    return plain_rig(places, parents, {})


@pytest.mark.parametrize(
    "rig", [quadruped({}), horse_named_like_a_person(), car(), face()], ids=["horse", "named horse", "car", "face"]
)
def test_what_is_no_person_is_told_so(rig):
    found = recognise(rig)
    assert found.confidence < LIKELY
    assert "doesn't look like the rig of a person" in found.sentence


def test_an_armature_without_bones():
    empty = Rig((), np.zeros(0, int), np.zeros((0, 4, 4)), np.zeros((0, 3)), np.zeros(0, bool))
    assert recognise(empty).sentence == "This armature has no bones. Choose another one."


@pytest.mark.parametrize("copy", ["{}.001", "Second:{}"])
def test_two_figures_in_one_armature(copy):
    one = bones_of("Unreal Mannequin (UE4)")
    found = recognise(make_rig(one + renamed(one, lambda name: copy.format(name) if name else "")))
    assert found.confidence == 0
    assert "more than one figure" in found.sentence


def test_a_lost_rest_pose_is_no_reason_to_doubt_the_names():
    """As in motion capture files that keep the rest pose in their first frame: everything points up."""
    bones = bones_of("ActorCore / Character Creator")
    rig = make_rig(bones)
    matrices = rig.matrices.copy()
    for number, parent in enumerate(rig.parents):
        if parent >= 0:
            step = np.linalg.norm(rig.heads[number] - rig.heads[parent])
            matrices[number, :3, 3] = matrices[parent, :3, 3] + [0, 0, step]
    found = recognise(replace(rig, matrices=matrices))
    assert found.bone_map.bones == expected(bones)
    assert LIKELY <= found.confidence < SURE
    assert "rest pose is not that of someone standing" in found.sentence


def test_broken_limbs_lower_the_confidence():
    bones = [
        replace(bone, parent="hand_l") if bone.name in ("upperarm_l", "calf_l", "calf_r") else bone
        for bone in without(bones_of("Unreal Mannequin (UE4)"), "twist.elbow", "twist.knee")
    ]
    bones = [replace(bone, parent="root") if bone.name == "hand_l" else bone for bone in bones]
    bones.sort(key=lambda bone: bone.name not in ("root", "hand_l"))
    assert recognise(make_rig(bones)).confidence < SURE


def test_what_the_file_says_of_its_bones_goes_first():
    bones = bones_of("VRM humanoid")
    hidden = renamed(bones, nameless(bones))
    rig = replace(make_rig(hidden), humanoid=body(hidden))
    found = recognise(rig)
    assert found.bone_map.family == "VRM"
    assert found.bone_map.bones == body(hidden)
    assert found.confidence >= SURE


def bone_map() -> BoneMap:
    return recognise(make_rig(bones_of("Daz Genesis 8"))).bone_map


@pytest.mark.parametrize("family", ["Daz Genesis 8", "Unreal Mannequin (UE5)"], ids=["in a row", "side by side"])
def test_twist_bones_share_by_where_they_lie(family):
    rig = make_rig(bones_of(family), arms_down=45)
    found = recognise(rig).bone_map
    shares = found.twist_shares(rig)
    assert set(shares) == {name for names in found.twists.values() for name in names}
    for part in ("left_shoulder", "right_elbow", "left_hip"):
        names = found.twists[part]
        places = sorted(shares[name] for name in names)
        np.testing.assert_allclose(places, np.arange(1, len(names) + 1) / (len(names) + 1), atol=1e-6)


def test_a_map_comes_back_from_its_file(tmp_path):
    whole = replace(bone_map(), reads={"pelvis": ("ORG-頭",)}, switches=(Switch("torso", "IK_FK", 1.0),))
    whole.save(tmp_path / "preset.json")
    assert BoneMap.load(tmp_path / "preset.json") == whole


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"bone_map": 99}', '{"bone_map": 1, "family": "x"}', "\udcff"])
def test_a_file_that_is_no_map(tmp_path, text):
    file = tmp_path / "preset.json"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(EngineError, match="preset.json is not a bone map"):
        BoneMap.load(file)
    with pytest.raises(EngineError, match="absent.json is not a bone map"):
        BoneMap.load(tmp_path / "absent.json")


def test_bones_are_corrected_by_hand():
    corrected = bone_map().with_part("left_foot", "lMetatarsals").with_part("spine", "abdomenLower", "chestUpper")
    assert corrected.bones["left_foot"] == ("lMetatarsals",)
    assert corrected.bones["spine"] == ("abdomenLower", "chestUpper")
    assert "left_foot" in corrected.with_part("left_foot").missing
    twist = corrected.with_part("left_shoulder", "lShldrTwist")
    assert "left_shoulder" not in twist.twists and twist.twists["right_shoulder"] == ("rShldrTwist",)


@pytest.mark.parametrize(
    ("part", "names", "sentence"),
    [
        ("left_foot", ("head",), "“head” already is the head"),
        ("left_foot", ("lToe", "lBigToe"), "takes one bone"),
        ("tail", ("lToe",), "no part of the body"),
    ],
)
def test_a_wrong_choice_is_refused(part, names, sentence):
    with pytest.raises(EngineError, match=sentence):
        bone_map().with_part(part, *names)


def test_a_map_is_checked_against_the_rig():
    rig = make_rig(bones_of("Daz Genesis 8"))
    fitting = bone_map()
    with pytest.raises(EngineError, match="made for another rig"):
        fitting.check(make_rig(bones_of("Mixamo")))
    with pytest.raises(EngineError, match="lShin is mapped twice"):
        replace(fitting, bones=fitting.bones | {"right_knee": ("lShin",)}).check(rig)
    with pytest.raises(EngineError, match="No bone is chosen for the left shin"):
        fitting.with_part("left_knee").check(rig)
