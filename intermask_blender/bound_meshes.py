"""Copies the meshes that an armature moves, and lets a copy of the armature move them."""

import bpy
import numpy as np
from mathutils import Matrix

from .deform_rig import carrier


def bound_meshes(rig: bpy.types.Object) -> list[bpy.types.Object]:
    """The visible meshes that are deformed by an armature or hang on one of its bones."""
    return [
        thing
        for thing in bpy.context.view_layer.objects
        if thing.type == "MESH" and thing.visible_get() and (_armatures(thing, rig) or _hangs_on_a_bone(thing, rig))
    ]


def _armatures(mesh: bpy.types.Object, rig: bpy.types.Object) -> list[bpy.types.Modifier]:
    return [modifier for modifier in mesh.modifiers if modifier.type == "ARMATURE" and modifier.object == rig]


def _hangs_on_a_bone(mesh: bpy.types.Object, rig: bpy.types.Object) -> bool:
    return mesh.parent == rig and mesh.parent_type == "BONE" and mesh.parent_bone in rig.data.bones


def copy_mesh(
    mesh: bpy.types.Object,
    rig: bpy.types.Object,
    copy: bpy.types.Object,
    collection: bpy.types.Collection,
    into: np.ndarray,
    names: dict[str, str],
) -> bpy.types.Object:
    """Make a mesh that moves with the copy of an armature as another moves with the armature.

    Modifiers other than the armature's are applied, unless the mesh has shape keys, which would be lost; then they
    stay, and the shape keys keep their values.

    into: (4, 4) takes the armature's rest pose into its copy's. names: of bones -> of the copy's bones.
    """
    rigid = "" if _armatures(mesh, rig) else carrier(rig, mesh.parent_bone)
    rest = into @ _at_rest(mesh, rig)
    own = mesh.copy()
    own.animation_data_clear()
    own.constraints.clear()
    own.parent = None
    for modifier in [modifier for modifier in own.modifiers if modifier.type == "ARMATURE"]:
        own.modifiers.remove(modifier)
    collection.objects.link(own)
    own.data = mesh.data.copy() if mesh.data.shape_keys else _applied(own)
    if own.data.shape_keys:
        own.data.shape_keys.animation_data_clear()
    own.data.transform(Matrix(rest), shape_keys=True)
    if np.linalg.det(rest[:3, :3]) < 0:
        own.data.flip_normals()
    own.parent, own.matrix_parent_inverse, own.matrix_basis = copy, Matrix(), Matrix()
    if rigid:
        own.vertex_groups.clear()
        own.vertex_groups.new(name=rigid).add(range(len(own.data.vertices)), 1.0, "REPLACE")
    for group in own.vertex_groups:
        group.name = names.get(group.name, group.name)
    own.modifiers.new("Armature", "ARMATURE").object = copy
    return own


def _applied(mesh: bpy.types.Object) -> bpy.types.Mesh:
    """The mesh with its modifiers, which go."""
    graph = bpy.context.evaluated_depsgraph_get()
    data = bpy.data.meshes.new_from_object(mesh.evaluated_get(graph), preserve_all_data_layers=True, depsgraph=graph)
    mesh.modifiers.clear()
    return data


def _at_rest(mesh: bpy.types.Object, rig: bpy.types.Object) -> np.ndarray:
    """Where a mesh lies in the armature's space when all bones are at rest (4, 4)."""
    if not _armatures(mesh, rig):
        bone = rig.data.bones[mesh.parent_bone]
        tail = Matrix.Translation((0, bone.length, 0))
        return np.array(bone.matrix_local @ tail @ mesh.matrix_parent_inverse @ mesh.matrix_basis)
    return np.linalg.inv(np.array(rig.matrix_world)) @ np.array(mesh.matrix_world)
