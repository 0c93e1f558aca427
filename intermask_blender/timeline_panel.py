"""The panel "Timeline and Export": what a take that is good becomes."""

import bpy

from .sidebar import SubPanel


class INTERMASK_PT_timeline(SubPanel, bpy.types.Panel):
    bl_label = "Timeline and Export"
    bl_order = 1  # below the takes

    def draw(self, _context: bpy.types.Context) -> None:
        column = self.layout.column(align=True)
        column.operator("intermask.bake", text="Bake to Timeline...", icon="ACTION")


CLASSES = (INTERMASK_PT_timeline,)
