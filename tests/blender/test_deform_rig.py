"""The deforming bones of a control rig, as an armature of their own."""

import bpy
import numpy as np
import pytest

from engine.datasets.choreography import choreograph
from intermask_blender import deform_rig, export, target
from intermask_blender.export.check import largest_error
from intermask_blender.temporary import nothing_stays, temporary_scene
from tests.blender import assimp_reader

# Name, parent, head, tail, whether it deforms. A control moves what lies in its place, and carries the next limb.
BONES = [
    ("root", None, (0, 0, 0), (0, 1, 0), False),
    ("hips", "root", (0, 0, 1), (0, 0, 1.5), False),
    ("arm_base", "hips", (0, 0, 1), (0, 0, 1.5), False),
    ("DEF-arm", "arm_base", (0, 0, 1.5), (0.5, 0, 1.5), True),
    ("DEF-hand", "DEF-arm", (0.5, 0, 1.5), (0.7, 0, 1.5), True),
    ("DEF-hips", "root", (0, 0, 1), (0, 0, 1.5), True),
    ("target", "root", (0.5, 0, 1.5), (0.5, 0, 1.7), False),
]


@pytest.fixture
def rig(scene):
    """A figure of three deforming bones that follow controls; its object is turned, small and keyed."""
    rig = bpy.data.objects.new("Figure", bpy.data.armatures.new("Figure"))
    scene.collection.objects.link(rig)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    for name, parent, head, tail, deforms in BONES:
        bone = rig.data.edit_bones.new(name)
        bone.head, bone.tail, bone.use_deform = head, tail, deforms
        bone.parent = rig.data.edit_bones[parent] if parent else None
    bpy.ops.object.mode_set(mode="OBJECT")
    bpy.context.view_layer.update()
    for owner, kind, aim in (("DEF-hips", "COPY_TRANSFORMS", "hips"), ("DEF-arm", "STRETCH_TO", "target")):
        constraint = rig.pose.bones[owner].constraints.new(kind)
        constraint.target, constraint.subtarget = rig, aim
    rig.scale, rig.rotation_euler = (0.5, 0.5, 0.5), (0, 0, 1)
    for frame, x in ((1, 0.0), (20, 0.6)):
        rig.location.y = x
        rig.keyframe_insert("location", frame=frame)
        for name in ("hips", "target"):
            bone = rig.pose.bones[name]
            bone.location, bone.rotation_mode, bone.rotation_euler = (x, 0.1, 0.3 * x), "XYZ", (x, 2 * x, 0)
            bone.keyframe_insert("location", frame=frame)
            bone.keyframe_insert("rotation_euler", frame=frame)
    flag = bpy.data.objects.new("flag", bpy.data.meshes.new("flag"))
    flag.data.from_pydata([(0, 0, 1), (0.2, 0, 1.2), (0.6, 0, 1.5)], [], [(0, 1, 2)])
    scene.collection.objects.link(flag)
    flag.parent = rig
    for index, bone in enumerate(("DEF-hips", "DEF-arm", "DEF-hand")):
        flag.vertex_groups.new(name=bone).add([index], 1.0, "REPLACE")
    flag.modifiers.new("Armature", "ARMATURE").object = rig
    badge = bpy.data.objects.new("badge", flag.data.copy())
    scene.collection.objects.link(badge)
    badge.parent, badge.parent_type, badge.parent_bone = rig, "BONE", "arm_base"
    scene.frame_set(7)
    return rig


def points(rig, names, scene):
    """Heads of bones and vertices of a rig's meshes in the world, on all frames."""
    found = []
    for frame in range(1, 21):
        scene.frame_set(frame)
        graph = bpy.context.evaluated_depsgraph_get()
        posed = rig.evaluated_get(graph)
        own = [posed.matrix_world @ posed.pose.bones[name].head for name in names]
        for mesh in sorted(rig.children, key=lambda mesh: mesh.name):
            shown = mesh.evaluated_get(graph)
            own += [shown.matrix_world @ vertex.co for vertex in shown.to_mesh().vertices]
        found.append(own)
    return np.array(found)


def test_each_bone_lies_below_the_nearest_that_carries_it(rig):
    assert deform_rig.is_control_rig(rig)
    assert deform_rig.kept_bones(rig) == {"DEF-hips": None, "DEF-arm": "DEF-hips", "DEF-hand": "DEF-arm"}
    assert deform_rig.carrier(rig, "target") == "DEF-hips"
    for bone in rig.data.bones:
        bone.use_deform = True
    assert not deform_rig.is_control_rig(rig)
    assert list(deform_rig.kept_bones(rig)) == rig.data.bones.keys()


def test_the_operator_bakes_what_is_seen_and_leaves_the_rig(rig, addon, scene):
    names = ["DEF-hips", "DEF-arm", "DEF-hand"]
    wanted = points(rig, names, scene)
    scene.frame_set(7)
    bpy.ops.object.mode_set(mode="POSE")
    keys = len(bpy.data.actions)
    assert bpy.ops.intermask.bake_deform_rig(meshes=True) == {"FINISHED"}
    copy = bpy.data.objects["Figure deform"]
    assert (rig.mode, bpy.context.active_object, scene.frame_current) == ("POSE", rig, 7)
    assert len(bpy.data.actions) == keys + 1 and len(bpy.data.scenes) == 1
    assert copy.data.bones.keys() == names
    assert not any(bone.constraints for bone in copy.pose.bones) and not copy.animation_data.drivers
    assert sorted(mesh.name for mesh in copy.children) == ["badge.001", "flag.001"]
    assert np.abs(points(copy, names, scene) - wanted).max() < 1e-4
    assert np.abs(points(rig, names, scene) - wanted).max() == 0
    bpy.ops.object.mode_set(mode="OBJECT")


def test_one_undo_takes_it_back(rig, addon):
    bpy.ops.ed.undo_push(message="Start")
    bpy.ops.intermask.bake_deform_rig("EXEC_DEFAULT", True, meshes=True)
    assert "Figure deform" in bpy.data.objects
    bpy.ops.ed.undo()
    assert sorted(bpy.data.objects.keys()) == ["Figure", "badge", "flag"] and bpy.data.armatures.keys() == ["Figure"]


def test_a_rig_without_controls_is_told_so(rig, addon):
    for bone in rig.data.bones:
        bone.use_deform = True
    with pytest.raises(RuntimeError, match='"Figure" has no controls'):
        bpy.ops.intermask.bake_deform_rig()


@pytest.mark.parametrize("preset", ["UNREAL", "UNITY", "BVH", "GLTF"])
def test_files_hold_the_deforming_bones_as_they_are_seen(rig, scene, tmp_path, preset):
    what = tmp_path / "figure", {"A": rig}, scene, preset, (1, 20)
    (file,) = export.write(*what)
    assert largest_error(*what) < 1e-3
    if preset in {"UNREAL", "GLTF"}:
        clip = assimp_reader.read(file, tmp_path)
        bones = {name for name in clip.local if name.startswith("DEF") or name in {"hips", "target"}}
        assert bones == {"DEF-hips", "DEF-arm", "DEF-hand"}
        assert ("root" in clip.local) == (preset == "UNREAL")
        assert np.ptp(clip.world("DEF-hand")[:, :3, 3], axis=0).max() > 0.3


def test_temporary_work_leaves_the_view_as_it_was(scene):
    """A camera view, another view layer, data in use."""
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.collection.objects.link(camera)
    scene.camera = camera
    window = bpy.context.window
    window.view_layer = scene.view_layers.new("Second")
    views = [area.spaces.active for area in window.screen.areas if area.type == "VIEW_3D"]
    for view in views:
        view.region_3d.view_perspective = "CAMERA"
    with pytest.raises(ZeroDivisionError), nothing_stays(), temporary_scene("Beside", scene) as beside:
        assert bpy.context.scene == beside and beside.render.fps == 30
        beside.collection.objects.link(bpy.data.objects.new("Thing", bpy.data.meshes.new("Thing")))
        1 / 0  # noqa: B018
    assert views and all(view.region_3d.view_perspective == "CAMERA" and view.camera == camera for view in views)
    assert (bpy.context.scene, bpy.context.view_layer.name) == (scene, "Second")
    assert bpy.data.objects.keys() == ["Camera"] and not bpy.data.meshes and len(bpy.data.scenes) == 1


def test_what_rigify_makes_is_exported(rigify, tmp_path):
    rig = bpy.data.objects["Rigify"]
    clip = choreograph("help_up", 3, 30).motion
    body = target.check(rig, rigify)
    action = target.make_action(rig, body, "Take", clip.root_positions[0], clip.joint_rotations[0], rigify, 1)
    target.play(rig, action)
    kept = deform_rig.kept_bones(rig)
    assert all(rig.data.bones[name].use_deform for name in kept)
    assert [name for name, parent in kept.items() if parent is None] == ["DEF-spine"]
    assert kept["DEF-thigh.L"] == "DEF-spine" and kept["DEF-upper_arm.R"] == "DEF-shoulder.R"
    assert kept["DEF-shoulder.L"] == "DEF-spine.003" and kept["DEF-pelvis.R"] == "DEF-spine"
    for preset in ("UNREAL", "GLTF", "BVH"):
        what = tmp_path / "rig", {"A": rig}, rigify, preset, (1, 30)
        export.write(*what)
        assert largest_error(*what) < 1e-3
