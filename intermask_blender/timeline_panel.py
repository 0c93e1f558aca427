"""The panel "Timeline and Export": what a take that is good becomes."""

import bpy

from .deform_rig import is_control_rig
from .sidebar import SubPanel


class INTERMASK_PT_timeline(SubPanel, bpy.types.Panel):
    bl_label = "Timeline and Export"
    bl_order = 1  # below the takes

    def draw(self, context: bpy.types.Context) -> None:
        column = self.layout.column(align=True)
        column.operator("intermask.bake", text="Bake to Timeline...", icon="ACTION")
        active = context.active_object
        if active and active.type == "ARMATURE" and is_control_rig(active):
            column.operator("intermask.bake_deform_rig", text="Bake Deform Rig...", icon="ARMATURE_DATA")
        split = self.layout.split(factor=0.25)
        split.label(text="Export")
        row = split.row(align=True)
        row.operator("intermask.export_fbx", text="FBX...")
        row.operator("intermask.export_bvh", text="BVH...")
        row.operator("intermask.export_gltf", text="glTF...")


CLASSES = (INTERMASK_PT_timeline,)
