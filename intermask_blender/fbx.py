"""Exports people to FBX: the armatures, their bodies and the motion of the scene's frame range."""

from pathlib import Path

import bpy

from .core import files


def export_fbx(path: Path, collection: bpy.types.Collection) -> None:
    """Write the armatures and meshes of a collection, baked over the scene's frame range at every frame."""
    with files.replacing(path) as partial:
        bpy.ops.export_scene.fbx(
            filepath=partial,
            collection=collection.name,
            object_types={"ARMATURE", "MESH"},
            add_leaf_bones=False,
            # what the scene shows, not every action of the file, and every key of it
            bake_anim_use_nla_strips=False,
            bake_anim_use_all_actions=False,
            bake_anim_simplify_factor=0.0,
        )
