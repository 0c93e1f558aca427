"""Armatures of Blender's made from outlines of rigs."""

import bpy
from mathutils import Vector

from intermask_blender.retarget.rig import Rig


def build_armature(outline: Rig, name: str, scene: bpy.types.Scene) -> bpy.types.Object:
    """An armature object with the bones of `outline`, active, at the world's origin."""
    rig = bpy.data.objects.new(name, bpy.data.armatures.new(name))
    scene.collection.objects.link(rig)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    bones = []
    for bone_name, parent, matrix, tail in zip(
        outline.names, outline.parents, outline.matrices, outline.tails, strict=True
    ):
        bone = rig.data.edit_bones.new(bone_name)
        bone.head, bone.tail = matrix[:3, 3], tail
        bone.align_roll(Vector(matrix[:3, 2]))
        bone.parent = bones[parent] if parent >= 0 else None
        bones.append(bone)
    bpy.ops.object.mode_set(mode="OBJECT")
    bpy.context.view_layer.update()  # a fresh armature must be evaluated before it gets an action
    return rig
