"""Published models: get, import, verify, remove. Scripts name them as the catalogue does."""

from pathlib import Path

import bpy
from bpy.app.translations import pgettext_iface as iface_
from bpy.props import BoolProperty, StringProperty

from .. import published_models
from ..core import errors
from ..paragraph import draw_paragraph
from .set_up_engine import Work

NAME = {"name": "Name", "description": "What the catalogue, or the folder of models, calls it"}


class INTERMASK_OT_get_model(Work, bpy.types.Operator):
    """Download this from its publisher, once you accept the licence. What has arrived of it before is kept"""

    bl_idname = "intermask.get_model"
    bl_label = "Get"

    name: StringProperty(**NAME, options={"SKIP_SAVE"})
    accept: BoolProperty(
        name="I accept this licence",
        description="Whether you accept the terms under which this is published",
        options={"SKIP_SAVE"},
    )

    def invoke(self, context, _event):
        """From a button: show the licence, unless it was accepted before."""
        if published_models.licence_accepted(self.name):
            return self.execute(context)
        return context.window_manager.invoke_props_dialog(self, width=500, confirm_text="Download")

    def draw(self, context):
        """The licence, and the box that accepts it."""
        entry = published_models.catalogue()[self.name]
        facts = iface_("{name}, {size:.1f} GB. Licence: {licence}")
        self.layout.label(
            text=facts.format(name=entry.title, size=entry.size / 1e9, licence=entry.licence), translate=False
        )
        draw_paragraph(self.layout, context, entry.terms)
        self.layout.prop(self, "accept")

    def execute(self, _context):
        """Begin."""
        return self.run(self._begin)

    def _begin(self) -> None:
        if not (self.accept or published_models.licence_accepted(self.name)):
            raise errors.EngineError("Nothing was downloaded, as the licence was not accepted.")
        published_models.get(self.name)


class INTERMASK_OT_import_model(Work, bpy.types.Operator):
    """Make a model of published InterMask checkpoints, from a folder with both best_fid.tar, opt.txt and statistics"""

    bl_idname = "intermask.import_model"
    bl_label = "Import Folder..."

    directory: StringProperty(
        name="Folder", description="Where all files of the release are, in it or below", subtype="DIR_PATH"
    )
    filter_folder: BoolProperty(default=True, options={"HIDDEN"})

    def invoke(self, context, _event):
        """From a button: choose the folder."""
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def draw(self, context):
        """What the model may be used for, beside the list of files."""
        draw_paragraph(self.layout, context, iface_("These models are for non-commercial use only."), "INFO")

    def execute(self, _context):
        """Begin."""
        return self.run(published_models.import_release, Path(bpy.path.abspath(self.directory)))


class INTERMASK_OT_verify_model(Work, bpy.types.Operator):
    """Find out whether the files are whole, by their checksums"""

    bl_idname = "intermask.verify_model"
    bl_label = "Verify"

    name: StringProperty(**NAME)

    def execute(self, _context):
        """Begin."""
        return self.run(published_models.verify, self.name)


class INTERMASK_OT_remove_model(Work, bpy.types.Operator):
    """Remove this from your computer. Takes that were made with it stay"""

    bl_idname = "intermask.remove_model"
    bl_label = "Remove"

    name: StringProperty(**NAME)

    def invoke(self, context, event):
        """From a button: ask first."""
        return context.window_manager.invoke_confirm(self, event)

    def execute(self, _context):
        """Begin."""
        return self.run(published_models.remove, self.name)


CLASSES = (
    INTERMASK_OT_get_model,
    INTERMASK_OT_import_model,
    INTERMASK_OT_verify_model,
    INTERMASK_OT_remove_model,
)
