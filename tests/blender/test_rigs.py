"""The bones of an armature: looked over and corrected in the panel, kept as presets, shared as files."""

import bpy
import pytest

from intermask_blender import rig_bones, rig_map, rig_presets
from intermask_blender.core import errors
from intermask_blender.operators.rigs import chosen_rig
from intermask_blender.rig_panel import doubt
from tests.blender.rig_builder import build_armature
from tests.rig_outlines import bones_of, make_rig, renamed
from tests.test_retarget_recognise import nameless

LEFT, RIGHT = "mixamorig:LeftHand", "mixamorig:RightHand"


@pytest.fixture
def hero(settings, scene):
    """A Mixamo character, active."""
    return build_armature(make_rig(bones_of("Mixamo")), "Hero", scene)


@pytest.fixture
def presets(tmp_path, monkeypatch):
    """A folder for presets, as an installed add-on has one."""
    monkeypatch.setattr(rig_presets, "folder", lambda create=False: tmp_path)
    return tmp_path


def test_the_fields_show_what_is_recognised(hero):
    bones = hero.intermask_bones
    assert (bones.left_wrist, bones.right_wrist) == (LEFT, RIGHT)
    assert [getattr(bones, f"spine_{index}") for index in range(4)] == [*rig_map.bone_map(hero).bones["spine"], ""]
    assert rig_map.corrected(hero) is None


def test_a_bone_is_corrected_and_the_file_keeps_it(hero, tmp_path):
    hero.intermask_bones.left_foot = ""
    assert rig_map.bone_map(hero).missing == ("left_foot",)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "x.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "x.blend"))
    hero = bpy.data.objects["Hero"]
    assert hero.intermask_bones.left_foot == "" and hero.intermask_bones.left_wrist == LEFT
    assert bpy.ops.intermask.recognise_rig() == {"FINISHED"}
    assert hero.intermask_bones.left_foot == "mixamorig:LeftToeBase"


def test_chains_grow_and_shrink(hero):
    bones, spine = hero.intermask_bones, rig_map.bone_map(hero).bones["spine"]
    bones.spine_1 = ""
    assert rig_map.bone_map(hero).bones["spine"] == (spine[0], *spine[2:])
    bones.spine_7 = spine[1]  # beyond the end: behind the last
    assert rig_map.bone_map(hero).bones["spine"] == (spine[0], *spine[2:], spine[1])


@pytest.mark.parametrize(("bone", "sentence"), [(LEFT, "already is the left hand"), ("Nowhere", "There is no bone")])
def test_a_choice_that_cannot_be_is_told_and_nothing_changes(hero, bone, sentence):
    hero.intermask_bones.right_wrist = bone
    assert sentence in rig_bones.refused[hero.session_uid]
    assert hero.intermask_bones.right_wrist == RIGHT
    hero.intermask_bones.right_wrist = ""
    assert hero.session_uid not in rig_bones.refused


def test_the_active_bone_is_taken(hero):
    hero.intermask_bones.left_wrist = ""
    hero.data.bones.active = hero.data.bones[LEFT]
    assert bpy.ops.intermask.use_active_bone(part="left_wrist") == {"FINISHED"}
    assert hero.intermask_bones.left_wrist == LEFT
    with pytest.raises(RuntimeError, match="already is the left hand"):
        bpy.ops.intermask.use_active_bone(part="right_wrist")
    with pytest.raises(RuntimeError, match="no part of the body"):
        bpy.ops.intermask.use_active_bone(part="tail")
    hero.data.bones.active = None
    with pytest.raises(RuntimeError, match="No bone is active"):
        bpy.ops.intermask.use_active_bone(part="left_wrist")


def test_undo_brings_a_correction_back(hero):
    bpy.ops.ed.undo_push(message="Hero")
    bpy.ops.intermask.clear_rig()
    bpy.ops.ed.undo_push(message="Cleared")
    assert len(rig_map.bone_map(hero).bones) == 0
    bpy.ops.ed.undo()
    assert bpy.data.objects["Hero"].intermask_bones.left_wrist == LEFT


def test_a_preset_fits_the_next_rig_of_its_kind(hero, presets, scene):
    hero.intermask_bones.left_foot = ""
    assert bpy.ops.intermask.save_rig_preset(name=" Studio: rig ") == {"FINISHED"}
    (name,) = rig_presets.names()
    other = build_armature(make_rig(bones_of("Mixamo"), 1.2), "Other", scene)
    assert bpy.ops.intermask.load_rig_preset(name=name) == {"FINISHED"}
    assert rig_map.corrected(other) == rig_map.corrected(hero)
    build_armature(make_rig(bones_of("SMPL")), "Stranger", scene)
    with pytest.raises(RuntimeError, match="made for another rig"):
        bpy.ops.intermask.load_rig_preset(name=name)
    with pytest.raises(RuntimeError, match="no preset"):
        bpy.ops.intermask.load_rig_preset(name="Gone")
    with pytest.raises(RuntimeError, match="has no name"):
        bpy.ops.intermask.save_rig_preset(name=" ")


def test_a_preset_is_deleted(hero, presets):
    for name in ("Ours", "Theirs"):
        bpy.ops.intermask.save_rig_preset(name=name)
    assert bpy.ops.intermask.delete_rig_preset(name="Ours") == {"FINISHED"}
    assert rig_presets.names() == ["Theirs"]
    with pytest.raises(RuntimeError, match="no preset"):
        bpy.ops.intermask.delete_rig_preset(name="Ours")


def test_presets_need_an_installed_add_on(hero):
    assert rig_presets.names() == []
    with pytest.raises(errors.EngineError, match="export to a file instead"):
        rig_presets.folder()


def test_a_map_is_shared_as_a_file(hero, tmp_path):
    hero.intermask_bones.left_foot = ""
    expected = rig_map.corrected(hero)
    assert bpy.ops.intermask.export_rig(filepath=str(tmp_path / "map")) == {"FINISHED"}
    bpy.ops.intermask.recognise_rig()
    assert bpy.ops.intermask.import_rig(filepath=str(tmp_path / "map.json")) == {"FINISHED"}
    assert rig_map.corrected(hero) == expected
    (tmp_path / "bad.json").write_text("[]")
    with pytest.raises(RuntimeError, match="not a bone map"):
        bpy.ops.intermask.import_rig(filepath=str(tmp_path / "bad.json"))
    with pytest.raises(RuntimeError, match="can't be written"):
        bpy.ops.intermask.export_rig(filepath=str(tmp_path / "nowhere" / "map.json"))
    assert rig_map.corrected(hero) == expected


def test_a_chosen_character_says_what_to_look_over(hero, scene):
    assert doubt(hero) == ""
    hero.intermask_bones.left_foot = ""
    assert doubt(hero) == "", "toes may be missing"
    hero.intermask_bones.left_knee = ""
    assert "left shin" in doubt(hero)
    bones = renamed(bones_of("Mixamo"), nameless(bones_of("Mixamo")))
    other = build_armature(make_rig(bones), "Other", scene)
    assert doubt(other).startswith("Other: Probably")
    other.data[rig_map.CORRECTION] = "not a map"
    assert "not a bone map" in doubt(other)
    other.intermask_bones.head = ""
    assert "not a bone map" in rig_bones.refused[other.session_uid]


def test_the_panel_shows_the_active_armature_else_the_people(hero, settings, scene):
    other = build_armature(make_rig(bones_of("SMPL")), "Other", scene)
    settings.person_b = hero
    assert chosen_rig(bpy.context) == other
    bpy.context.view_layer.objects.active = None
    assert chosen_rig(bpy.context) == hero
    settings.person_b = None
    assert chosen_rig(bpy.context) is None
