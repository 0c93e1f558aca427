"""What the user sets once for all scenes: the engine and its set-up, the device, the folder of models."""

import textwrap

import bpy
from bpy.app.translations import pgettext_iface as iface_
from bpy.props import BoolProperty, EnumProperty, IntProperty, StringProperty

from . import engine_status
from .core import ADDON
from .engine_setup import State

NEXT = {  # the main button's text
    State.ABSENT: "Set Up Engine",
    State.UNFINISHED: "Continue Set-Up",
    State.BROKEN: "Repair Engine",
    State.OUTDATED: "Update Engine",
}


class InterMaskPreferences(bpy.types.AddonPreferences):
    """The add-on's page in Preferences."""

    bl_idname = ADDON

    python: StringProperty(
        name="Python",
        description="A Python with PyTorch to run the engine, in place of the environment that set-up makes",
        subtype="FILE_PATH",
    )
    device: EnumProperty(
        name="Device",
        description="Where motion is computed",
        items=[
            ("AUTO", "Automatic", "The GPU if the engine can use it, else the CPU"),
            ("CPU", "CPU", "The processor: slower, but leaves the GPU to rendering"),
            ("GPU", "GPU", "The graphics card; an error tells if it can't be used"),
        ],
    )
    idle_minutes: IntProperty(
        name="Stop After Idle Minutes",
        description="Minutes without work after which the engine stops and gives its memory back",
        default=10,
        min=1,
        soft_max=120,
    )
    models: StringProperty(
        name="Models",
        description="Folder that holds further models, each in a folder of its own",
        subtype="DIR_PATH",
    )

    advanced: BoolProperty(name="Advanced", description="Show what few need")

    def draw(self, context: bpy.types.Context) -> None:
        """Lay the page out."""
        letters = int(context.region.width / (7.5 * context.preferences.system.ui_scale))
        column = self.layout.column()
        _draw_engine(column, letters)
        column.separator()
        settings = column.column()
        settings.use_property_split = True
        settings.use_property_decorate = False
        settings.prop(self, "device")
        settings.prop(self, "idle_minutes")
        header, body = column.panel_prop(self, "advanced")
        header.label(text="Advanced")
        if body:
            body.use_property_split = True
            row = body.row(align=True)
            row.prop(self, "python", text="Existing Python", placeholder="Made by set-up")
            row.operator("intermask.check_python", text="", icon="CHECKMARK")
            body.prop(self, "models", text="Model Folder", placeholder="Only the starter model")


def _draw_engine(column: bpy.types.UILayout, letters: int) -> None:
    """What there is of the engine, and the button for what comes next."""
    state, task = engine_status.state(), engine_status.task
    line = iface_("Engine: {state}").format(state=iface_(state.value))
    column.label(text=line, icon="CHECKMARK" if engine_status.usable() else "INFO", translate=False)
    _paragraph(column, engine_status.details(), letters)
    if engine_status.message:
        _paragraph(column, engine_status.message, letters, alert=engine_status.failed)
    if task:
        row = column.row(align=True)
        row.progress(text=task.step, factor=task.fraction)
        row.operator("intermask.cancel_engine_work", text="", icon="X")
        return
    if state in NEXT:
        row = column.row()
        row.scale_y = 1.4
        row.operator("intermask.set_up_engine", text=NEXT[state], icon="IMPORT")
    row = column.row(align=True)
    if engine_status.usable():
        row.operator("intermask.test_engine", text="Test")
    if state is State.READY:
        row.operator("intermask.set_up_engine", text="Repair")
    if engine_status.installed():
        row.operator("intermask.remove_engine", text="Remove")
        row.operator("intermask.open_engine_log", text="Open Log")


def _paragraph(column: bpy.types.UILayout, text: str, letters: int, alert: bool = False) -> None:
    lines = column.column(align=True)
    lines.alert = alert
    for line in textwrap.wrap(text, letters):
        lines.label(text=line)


def register() -> None:
    """Make the page known to Blender."""
    bpy.utils.register_class(InterMaskPreferences)


def unregister() -> None:
    """Take it back, and stop what goes on for it."""
    engine_status.close()
    bpy.utils.unregister_class(InterMaskPreferences)
