"""Where the panels are."""


class Sidebar:
    """The tab "InterMask" of the 3D viewport."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "InterMask"


class SubPanel(Sidebar):
    """A closed panel below the main one."""

    bl_parent_id = "INTERMASK_PT_main"
    bl_options = {"DEFAULT_CLOSED"}
