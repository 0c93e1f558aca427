"""The panel "Beats": the sentences of a chain and their lengths, and the button that makes it."""

import bpy
from bpy.app.translations import pgettext_iface as iface_

from .paragraph import draw_paragraph
from .sidebar import SubPanel, numbered_row


class INTERMASK_UL_beats(bpy.types.UIList):
    """A beat a row: its sentence and its length."""

    def draw_item(self, _context, layout, _settings, beat, _icon, _active, _property, index=0, _flag=0) -> None:
        row = numbered_row(layout, index)
        row.prop(beat, "prompt", text="", emboss=False)
        seconds = row.row()
        seconds.ui_units_x = 4.2
        seconds.prop(beat, "seconds", text="", emboss=False)


class INTERMASK_PT_beats(SubPanel, bpy.types.Panel):
    bl_label = "Beats"
    bl_order = 0  # above the takes

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, context.scene.intermask
        row = layout.row()
        row.template_list("INTERMASK_UL_beats", "", settings, "beats", settings, "active_beat", rows=4)
        column = row.column(align=True)
        column.operator("intermask.add_beat", text="", icon="ADD")
        column.operator("intermask.remove_beat", text="", icon="REMOVE")
        column.separator()
        column.operator("intermask.move_beat", text="", icon="TRIA_UP").step = -1
        column.operator("intermask.move_beat", text="", icon="TRIA_DOWN").step = 1
        if not settings.beats:
            draw_paragraph(layout, context, iface_("Add the sentence above as the first of several"), margin=6)
            return
        seconds = sum(beat.seconds for beat in settings.beats)
        layout.label(text=iface_("{seconds:.1f} s in all").format(seconds=seconds), icon="TIME", translate=False)
        button = layout.row()
        button.scale_y = 1.2
        button.operator("intermask.generate_chain", text="Generate Chain", icon="PLAY")


CLASSES = (INTERMASK_UL_beats, INTERMASK_PT_beats)
