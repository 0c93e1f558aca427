"""The panel "SMPL-X Bodies": the shapes of new characters, where the user has the files for them."""

import bpy
from bpy.app.translations import pgettext_iface as iface_

from . import preferred, smplx_mesh
from .paragraph import draw_paragraph
from .sidebar import SubPanel


class INTERMASK_PT_shapes(SubPanel, bpy.types.Panel):
    bl_label = "SMPL-X Bodies"
    bl_order = 6

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        return preferred.smplx_folder() is not None

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, context.scene.intermask
        if fault := smplx_mesh.fault():
            draw_paragraph(layout, context, fault, "ERROR", margin=8)
            return
        text = iface_("New characters get these shapes when the model moves hands. For non-commercial use alone.")
        draw_paragraph(layout, context, text, margin=6)
        row = layout.row()
        row.column().prop(settings, "shape_a", text="Person A")
        row.column().prop(settings, "shape_b", text="Person B")


CLASSES = (INTERMASK_PT_shapes,)
