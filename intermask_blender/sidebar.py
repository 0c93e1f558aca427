"""Where the panels are, and what their lists have in common."""

import bpy


class Sidebar:
    """The tab "InterMask" of the 3D viewport."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "InterMask"


class SubPanel(Sidebar):
    """A closed panel below the main one."""

    bl_parent_id = "INTERMASK_PT_main"
    bl_options = {"DEFAULT_CLOSED"}


def numbered_row(layout: bpy.types.UILayout, index: int) -> bpy.types.UILayout:
    """A row of a list that begins with its number, counted from 1."""
    row = layout.row(align=True)
    number = row.row()
    number.ui_units_x = 1.2
    number.active = False
    number.label(text=str(index + 1), translate=False)
    return row
