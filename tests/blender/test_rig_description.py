"""Armatures of Blender's are described as plain data and recognised: our reference rig, and what Rigify makes."""

import bpy
import numpy as np
import pytest

from intermask_blender.armature import make_rig
from intermask_blender.core import skeleton
from intermask_blender.retarget.bone_map import FINGERS
from intermask_blender.retarget.recognise import SURE, recognise
from intermask_blender.retarget.structure import map_by_structure
from intermask_blender.rig_description import describe


def test_the_reference_rig_is_recognised(scene):
    rig = describe(make_rig("Person", skeleton.REST_OFFSETS, scene.collection, scene))
    found = recognise(rig)
    assert found.confidence >= SURE
    parts = {name: (name,) for name in skeleton.JOINT_NAMES if not name.startswith("spine")}
    assert found.bone_map.bones == parts | {"spine": ("spine1", "spine2", "spine3")}


def test_a_description_is_the_rest_pose(scene):
    armature = make_rig("Person", skeleton.REST_OFFSETS, scene.collection, scene)
    armature.location, armature.scale = (3, 4, 5), (2, 2, 2)  # the armature's own space knows nothing of it
    armature.data.bones["head"].use_deform = False
    bpy.context.view_layer.update()
    rig = describe(armature)
    assert all(parent < bone for bone, parent in enumerate(rig.parents))
    for number, name in enumerate(rig.names):
        bone = armature.data.bones[name]
        np.testing.assert_allclose(rig.matrices[number], bone.matrix_local, atol=1e-6)
        np.testing.assert_allclose(rig.heads[number], bone.head_local, atol=1e-6)
        np.testing.assert_allclose(rig.tails[number], bone.tail_local, atol=1e-6)
        assert rig.deform[number] == (name != "head")
        parent = rig.parents[number]
        assert (rig.names[parent] if parent >= 0 else None) == (bone.parent.name if bone.parent else None)


def test_what_bones_do_not_take_from_their_parents_is_described(scene):
    armature = make_rig("Person", skeleton.REST_OFFSETS, scene.collection, scene)
    armature.data.bones["head"].use_inherit_rotation = False
    armature.data.bones["pelvis"].use_local_location = False
    rig = describe(armature)
    assert rig.unturned == {"head"} and rig.unlocal == {"pelvis"}
    assert rig.connected == {bone.name for bone in armature.data.bones if bone.use_connect}


def test_an_armature_without_bones_is_described(scene):
    armature = bpy.data.objects.new("Empty", bpy.data.armatures.new("Empty"))
    assert recognise(describe(armature)).confidence == 0


@pytest.mark.parametrize("animal", ["horse", "wolf", "cat", "bird", "shark", "basic_quadruped"])
def test_animals_are_no_people(rigify, animal):
    assert recognise(describe(rigify.objects[animal])).confidence < 0.6


@pytest.mark.parametrize("name", ["human", "basic_human"])
def test_metarigs_are_recognised(rigify, name):
    rig = describe(rigify.objects[name])
    found = recognise(rig)
    assert found.bone_map.family == "Rigify metarig" and found.confidence == 1 and not found.bone_map.missing
    by_shape, _ = map_by_structure(rig)
    assert by_shape.bones == {part: bones for part, bones in found.bone_map.bones.items() if part not in FINGERS}


def test_what_rigify_makes_is_recognised(rigify):
    rig = rigify.objects["Rigify"]
    found = recognise(describe(rig))
    assert found.bone_map.family == "Rigify generated rig" and found.confidence == 1
    assert not found.bone_map.missing
    bones = found.bone_map.bones
    assert bones["pelvis"] == ("spine_fk",) and bones["left_shoulder"] == ("upper_arm_fk.L",)
    assert bones["spine"] == ("torso", "spine_fk.002", "spine_fk.003")
    for switch in found.bone_map.switches:
        rig.pose.bones[switch.bone][switch.property] = switch.value
    for part, names in bones.items():  # a bone that is keyed turns the bone that is read
        read = rig.pose.bones[found.bone_map.read_bones(part)[-1]]
        bpy.context.view_layer.update()
        before = read.matrix.to_quaternion()
        control = rig.pose.bones[names[-1]]
        control.rotation_mode = "XYZ"
        control.rotation_euler.x = 0.4
        bpy.context.view_layer.update()
        turn = before.rotation_difference(read.matrix.to_quaternion()).angle
        assert abs(turn - 0.4) < 0.01, part
        control.rotation_euler.x = 0


class VrmNode(bpy.types.PropertyGroup):
    bone_name: bpy.props.StringProperty()


class VrmBone(bpy.types.PropertyGroup):
    bone: bpy.props.StringProperty()
    node: bpy.props.PointerProperty(type=VrmNode)


NEWER = {"hips": "a", "spine": "b", "head": "c", "left_upper_leg": "d", "right_hand": "e"}
OLDER = {"hips": "a", "chest": "b", "upperChest": "c", "leftUpperArm": "d", "rightToes": "e"}


@pytest.fixture
def vrm_armature(scene):
    """An armature with properties laid out as the VRM add-on lays them out, all bone names empty."""

    def group(name, **annotations):
        return type(name, (bpy.types.PropertyGroup,), {"__annotations__": annotations})

    def pointer(kind):
        return bpy.props.PointerProperty(type=kind)

    bones = group("VrmBones", **{name: pointer(VrmBone) for name in NEWER})
    newer = group("VrmNewerHumanoid", human_bones=pointer(bones))
    older = group("VrmOlderHumanoid", human_bones=bpy.props.CollectionProperty(type=VrmBone))
    vrm1, vrm0 = group("Vrm1", humanoid=pointer(newer)), group("Vrm0", humanoid=pointer(older))
    extension = group("VrmExtension", vrm1=pointer(vrm1), vrm0=pointer(vrm0))
    classes = (VrmNode, VrmBone, bones, newer, older, vrm1, vrm0, extension)
    for kind in classes:
        bpy.utils.register_class(kind)
    bpy.types.Armature.vrm_addon_extension = pointer(extension)
    yield make_rig("Person", skeleton.REST_OFFSETS, scene.collection, scene)
    del bpy.types.Armature.vrm_addon_extension
    for kind in reversed(classes):
        bpy.utils.unregister_class(kind)


def test_vrm_1_says_which_bones_are_which(vrm_armature):
    assert describe(vrm_armature).humanoid == {}
    human_bones = vrm_armature.data.vrm_addon_extension.vrm1.humanoid.human_bones
    for name, bone in NEWER.items():
        getattr(human_bones, name).node.bone_name = bone
    parts = {"pelvis": ("a",), "spine": ("b",), "head": ("c",), "left_hip": ("d",), "right_wrist": ("e",)}
    assert describe(vrm_armature).humanoid == parts


def test_vrm_0_says_which_bones_are_which(vrm_armature):
    human_bones = vrm_armature.data.vrm_addon_extension.vrm0.humanoid.human_bones
    for name, bone in OLDER.items():
        entry = human_bones.add()
        entry.bone, entry.node.bone_name = name, bone
    parts = {"pelvis": ("a",), "spine": ("b", "c"), "left_shoulder": ("d",), "right_foot": ("e",)}
    assert describe(vrm_armature).humanoid == parts
