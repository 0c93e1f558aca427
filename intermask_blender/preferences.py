"""What the user sets once for all scenes: the engine and its set-up, the device, the folder of models."""

import bpy
from bpy.app.translations import pgettext_iface as iface_
from bpy.props import BoolProperty, EnumProperty, IntProperty, StringProperty

from . import engine_status, preferred, published_models
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
        name="Model Folder",
        description="Folder in which models are kept, each in a folder of its own",
        subtype="DIR_PATH",
    )
    clip: StringProperty(
        name="CLIP Folder",
        description="Folder with the files of CLIP ViT-L/14@336px, as Hugging Face or OpenAI publishes them",
        subtype="DIR_PATH",
    )
    smplx: StringProperty(
        name="SMPL-X",
        description="Folder with SMPL-X's model files, which you downloaded: new characters with hands get its bodies. "
        "SMPL-X is for non-commercial use alone, and so is what you make with it",
        subtype="DIR_PATH",
    )

    published: BoolProperty(name="Models", description="Show the models that researchers have published")
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
        header, body = column.panel_prop(self, "published")
        header.label(text="Models")
        if body:
            _draw_models(body, context)
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
            body.prop(self, "models", placeholder="With the add-on's own files")
            body.prop(self, "clip", placeholder="In the model folder")
            body.prop(self, "smplx", text="SMPL-X Folder", placeholder="Only mannequins")


def _draw_engine(column: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """What there is of the engine, and the button for what comes next."""
    state = engine_status.state()
    line = iface_("Engine: {state}").format(state=iface_(state.value))
    column.label(text=line, icon="CHECKMARK" if engine_status.usable() else "INFO", translate=False)
    draw_paragraph(column, context, engine_status.details(), margin=MARGIN)
    _draw_work(column, context, "ENGINE")
    if engine_status.task:
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


def _draw_models(column: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """What is published, with a button for what can be done about it; then the user's own models."""
    _draw_work(column, context, "MODELS")
    if not bpy.app.online_access:
        column.prop(context.preferences.system, "use_online_access")
    for name, entry in published_models.catalogue().items():
        here = published_models.is_here(name)
        row = column.row()
        row.label(text=entry.title, icon="CHECKMARK" if here else "BLANK1", translate=False)
        row.operator("wm.url_open", text="", icon="URL", emboss=False).url = entry.page
        facts = column.column()
        facts.active = False
        words = f"{iface_(entry.use)}. {entry.size / 1e9:.1f} GB, {iface_(entry.licence)}."
        draw_paragraph(facts, context, words, "BLANK1", margin=MARGIN)
        if here:
            _draw_upkeep(column, name)
        elif entry.files:
            column.operator("intermask.get_model", text="Get", icon="IMPORT").name = name
        else:
            words = iface_("Download with a browser from the page: {files}. Then:").format(files=entry.browser)
            draw_paragraph(column, context, words, "BLANK1", margin=MARGIN)
            column.operator("intermask.import_model", text="Import Folder...", icon="FILE_FOLDER")
        column.separator()
    for name in published_models.others():
        column.label(text=name, icon="CHECKMARK", translate=False)
        _draw_upkeep(column, name)


def _draw_upkeep(column: bpy.types.UILayout, name: str) -> None:
    row = column.row(align=True)
    row.operator("intermask.verify_model", text="Verify").name = name
    row.operator("intermask.remove_model", text="Remove").name = name


def _draw_work(column: bpy.types.UILayout, context: bpy.types.Context, about: str) -> None:
    """How far the work is that goes on, or what the last one came to."""
    if engine_status.subject != about:
        return
    if engine_status.message:
        words = column.column()
        words.alert = engine_status.failed
        draw_paragraph(words, context, engine_status.message, margin=MARGIN)
    if task := engine_status.task:
        row = column.row(align=True)
        row.progress(text=task.step, factor=task.fraction)
        row.operator("intermask.cancel_engine_work", text="", icon="X")


def register() -> None:
    """Make the page known to Blender."""
    bpy.utils.register_class(InterMaskPreferences)


def unregister() -> None:
    """Take it back, and stop what goes on for it."""
    engine_status.close()
    bpy.utils.unregister_class(InterMaskPreferences)
