"""Export as the user asks for it: whom, which frames, which files, and what is told."""

import bpy
import pytest

from intermask_blender import takes
from intermask_blender.core import protocol
from intermask_blender.operators import export
from intermask_blender.people import add_people


@pytest.fixture
def take(scene, addon, make_clip):
    """A take of two people on frames 5 to 24, as the active one."""
    clip = make_clip(20)
    parts = {
        label: (rig, rig.animation_data.action) for label, rig in zip("AB", add_people(clip, scene, 5), strict=True)
    }
    facts = takes.Facts("They bow.", 0.7, 0, {}, "starter", "2026-01-01", 5, 24, "A", "A", name="They bow: 1")
    takes.add(scene, facts, parts, protocol.pack(clip))
    bpy.context.view_layer.objects.active = None
    return {label: rig for label, (rig, _) in parts.items()}


@pytest.mark.parametrize(
    "operator, options, names",
    [
        ("export_fbx", {}, ["bow_A.fbx", "bow_B.fbx"]),
        ("export_fbx", {"preset": "UNITY", "together": True, "meshes": False, "reduce_keys": True}, ["bow.fbx"]),
        ("export_fbx", {"preset": "BLENDER", "check": True}, ["bow_A.fbx", "bow_B.fbx"]),
        ("export_bvh", {"check": True}, ["bow_A.bvh", "bow_B.bvh"]),
        ("export_gltf", {"check": True}, ["bow.glb"]),
        ("export_gltf", {"together": False}, ["bow_A.glb", "bow_B.glb"]),
    ],
)
def test_the_people_of_the_take_become_files(take, tmp_path, capfd, operator, options, names):
    path = tmp_path / f"bow{names[0][-4:]}"
    assert getattr(bpy.ops.intermask, operator)(filepath=str(path), **options) == {"FINISHED"}
    assert sorted(file.name for file in tmp_path.iterdir()) == names
    said = capfd.readouterr().out
    assert f"Wrote {', '.join(names)}." in said
    assert ("The largest error of a joint is 0." in said) == ("check" in options)


def test_who_and_when(take, scene):
    rigs = [take["A"], take["B"]]
    assert export.people(bpy.context, False) == take
    assert export.span(rigs, scene) == (5, 24)
    take["A"].animation_data.action = None  # a reaction's actor plays keys of the user's own
    for frame in (-3, 40):
        take["A"].keyframe_insert("location", frame=frame)
    assert export.span(rigs, scene) == (5, 24)
    take["B"].animation_data.action = None
    take["B"].keyframe_insert("location", frame=50)
    assert export.span(rigs, scene) == (-3, 50)

    take["B"].select_set(True)
    assert export.people(bpy.context, True) == {"Person B": take["B"]}
    scene.intermask.active_take = -1
    scene.intermask.person_b = take["A"]
    assert export.people(bpy.context, False) == {"B": take["A"]}
    scene.intermask.person_b = None
    assert export.people(bpy.context, False) == {"Person B": take["B"]}


@pytest.mark.filterwarnings("ignore:.*blend relative")  # Blender's own exporters and browsers don't take such paths
def test_a_path_may_start_at_the_blend_file(take, tmp_path):
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    bpy.ops.intermask.export_bvh(filepath="//hands.bvh")
    assert {path.name for path in tmp_path.glob("*.bvh")} == {"hands_A.bvh", "hands_B.bvh"}


def test_what_can_not_be_written_is_told_in_a_sentence(take, scene, tmp_path, capfd):
    with pytest.raises(RuntimeError, match="does not exist"):
        bpy.ops.intermask.export_bvh(filepath=str(tmp_path / "missing" / "a.bvh"))
    with pytest.raises(RuntimeError, match="has no name"):
        bpy.ops.intermask.export_gltf(filepath="")
    with pytest.raises(RuntimeError, match="There is nobody to export"):
        bpy.ops.intermask.export_fbx(filepath=str(tmp_path / "a.fbx"), selected=True)
    bpy.ops.preferences.addon_disable(module="io_anim_bvh")
    with pytest.raises(RuntimeError, match='"io_anim_bvh" is disabled: enable it'):
        bpy.ops.intermask.export_bvh(filepath=str(tmp_path / "a.bvh"))
    bpy.ops.preferences.addon_enable(module="io_anim_bvh")
    bpy.context.view_layer.objects.active = take["A"]
    bpy.ops.object.mode_set(mode="EDIT")
    with pytest.raises(RuntimeError, match='"Person A" is being edited: leave Edit Mode'):
        bpy.ops.intermask.export_gltf(filepath=str(tmp_path / "a.glb"))
    bpy.ops.object.mode_set(mode="OBJECT")
    assert not list(tmp_path.iterdir())
