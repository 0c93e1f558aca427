"""BVH, by Blender's own exporter: one skeleton to a file."""

import bpy

from ..curves import bag_of


def write(path: str, scene: bpy.types.Scene, reduce_keys: bool) -> None:
    """Write a scene with the copy of one armature; a BVH file has all frames. Raises RuntimeError."""
    copy = next(thing for thing in scene.objects if thing.type == "ARMATURE")
    scene.view_layers[0].objects.active = copy
    bpy.ops.export_anim.bvh(
        filepath=path,
        frame_start=scene.frame_start,
        frame_end=scene.frame_end,
        rotate_mode="ZXY",  # the order that most programs write
        root_transform_only=not _stretches(copy),
    )


def _stretches(copy: bpy.types.Object) -> bool:
    """Whether bones move against those that carry them."""
    bag = bag_of(copy.animation_data.action, copy.animation_data.action_slot)
    moved = {curve.group.name for curve in bag.fcurves if curve.data_path.endswith(".location")}
    return any(copy.data.bones[name].parent for name in moved)
