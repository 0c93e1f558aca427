"""glTF in one binary file, by Blender's own exporter."""

import bpy


def write(path: str, scene: bpy.types.Scene, reduce_keys: bool) -> None:
    """Write a scene of copies. Raises RuntimeError."""
    scene.render.fps_base = 1 / scene.render.fps_base  # the exporter multiplies by what it should divide by
    bpy.ops.export_scene.gltf(
        filepath=path,
        export_format="GLB",
        use_active_scene=True,
        export_animation_mode="ACTIVE_ACTIONS",  # everybody's motion is one animation
        export_nla_strips_merged_animation_name=scene.name,
        export_frame_range=True,
        export_force_sampling=True,
        export_optimize_animation_size=reduce_keys,
    )
