"""FBX, by Blender's own exporter."""

import bpy


def write(path: str, scene: bpy.types.Scene, reduce_keys: bool) -> None:
    """Write a scene of copies. Raises RuntimeError."""
    bpy.ops.export_scene.fbx(
        filepath=path,
        object_types={"ARMATURE", "MESH"},
        apply_scale_options="FBX_SCALE_ALL",  # the file's unit is the scene's: no object is scaled
        add_leaf_bones=False,
        mesh_smooth_type="FACE",  # Unreal warns where there is none
        path_mode="COPY",
        embed_textures=True,
        # what the scene shows, as one animation with the scene's name, not every action of the file
        bake_anim_use_nla_strips=False,
        bake_anim_use_all_actions=False,
        bake_anim_simplify_factor=0.1 if reduce_keys else 0.0,  # 1 would move joints by more than a millimetre
    )
