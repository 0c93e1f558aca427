"""What the user sets once for all scenes: the engine and its set-up, the device, the folder of models."""

import bpy
from bpy.app.translations import pgettext_iface as iface_
from bpy.props import BoolProperty, EnumProperty, IntProperty, StringProperty

from . import engine_status, preferred
from .core import ADDON
from .engine_setup import State
from .paragraph import draw_paragraph

MARGIN = 5  # letters of the region's width that the frames around the page take
NEXT = {  # the main button's text
    State.ABSENT: "Set Up Engine",
    State.UNFINISHED: "Continue Set-Up",
    State.BROKEN: "Repair Engine",
    State.OUTDATED: "Update Engine",
}


def _forget_what_was_said(_preferences, _context) -> None:
    engine_status.message = ""


class InterMaskPreferences(bpy.types.AddonPreferences):
    """The add-on's page in Preferences."""

    bl_idname = ADDON

    python: StringProperty(
        name="Python",
        description="A Python with PyTorch to run the engine, in place of the environment that set-up makes",
        subtype="FILE_PATH",
        update=_forget_what_was_said,
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
        default=preferred.IDLE_MINUTES,
        min=1,
        soft_max=120,
    )
    models: StringProperty(
        name="Models",
        description="Folder that holds further models, each in a folder of its own",
        subtype="DIR_PATH",
    )
    smplx: StringProperty(
        name="SMPL-X",
        description="Folder with SMPL-X's model files, which you downloaded: new characters with hands get its bodies. "
        "SMPL-X is for non-commercial use alone, and so is what you make with it",
        subtype="DIR_PATH",
    )

    advanced: BoolProperty(name="Advanced", description="Show what few need")

    def draw(self, context: bpy.types.Context) -> None:
        """Lay the page out."""
        column = self.layout.column()
        _draw_engine(column, context)
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
            body.use_property_decorate = False
            row = body.row(align=True)
            row.prop(self, "python", text="Existing Python", placeholder="Made by set-up")
            check = row.row(align=True)
            check.enabled = bool(self.python)
            check.operator("intermask.check_python", text="", icon="CHECKMARK")
            body.prop(self, "models", text="Model Folder", placeholder="Only the starter model")
            body.prop(self, "smplx", text="SMPL-X Folder", placeholder="Only mannequins")


def _draw_engine(column: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """What there is of the engine, and the button for what comes next."""
    state, task = engine_status.state(), engine_status.task
    line = iface_("Engine: {state}").format(state=iface_(state.value))
    column.label(text=line, icon="CHECKMARK" if engine_status.usable() else "INFO", translate=False)
    draw_paragraph(column, context, engine_status.details(), margin=MARGIN)
    if engine_status.message:
        words = column.column()
        words.alert = engine_status.failed
        draw_paragraph(words, context, engine_status.message, margin=MARGIN)
    if task:
        row = column.row(align=True)
        row.progress(text=task.step, factor=task.fraction)
        row.operator("intermask.cancel_engine_work", text="", icon="X")
        return
    if state in NEXT:
        if not bpy.app.online_access:
            column.prop(context.preferences.system, "use_online_access")
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


def register() -> None:
    """Make the page known to Blender."""
    bpy.utils.register_class(InterMaskPreferences)


def unregister() -> None:
    """Take it back, and stop what goes on for it."""
    engine_status.close()
    bpy.utils.unregister_class(InterMaskPreferences)
