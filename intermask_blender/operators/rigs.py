"""Which bones of an armature are which parts of the body: recognise, correct, keep as presets, share as files."""

from pathlib import Path

import bpy
from bpy.props import IntProperty, StringProperty

from .. import rig_bones, rig_map, rig_presets
from ..core import errors
from ..retarget.bone_map import BoneMap
from ..rig_description import describe


def chosen_rig(context: bpy.types.Context) -> bpy.types.Object | None:
    """The armature whose bones are shown: the active one, else person A's or B's."""
    settings = context.scene.intermask
    for thing in (context.active_object, settings.person_a, settings.person_b):
        if thing and thing.type == "ARMATURE":
            return thing
    return None


class _OfARig:
    """An operator on the bone map of the chosen armature."""

    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        cls.poll_message_set("Select an armature")
        return chosen_rig(context) is not None

    def work(self, context: bpy.types.Context, rig: bpy.types.Object) -> None:
        """Raises EngineError for what can't be done."""
        raise NotImplementedError

    def execute(self, context):
        rig = chosen_rig(context)
        try:
            self.work(context, rig)
        except errors.EngineError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        rig_bones.refused.pop(rig.session_uid, None)
        return {"FINISHED"}


class INTERMASK_OT_recognise_rig(_OfARig, bpy.types.Operator):
    """Find out again which bones are which parts of the body, and forget what was corrected by hand"""

    bl_idname = "intermask.recognise_rig"
    bl_label = "Recognise Again"

    def work(self, _context, rig):
        rig_map.forget(rig)
        rig_map.correct(rig, None)


class INTERMASK_OT_clear_rig(_OfARig, bpy.types.Operator):
    """Let no bone be any part of the body, to choose all of them by hand"""

    bl_idname = "intermask.clear_rig"
    bl_label = "Clear All Bones"

    def work(self, _context, rig):
        rig_map.correct(rig, BoneMap("Own", {}))


class INTERMASK_OT_use_active_bone(_OfARig, bpy.types.Operator):
    """Let the active bone be this part of the body"""

    bl_idname = "intermask.use_active_bone"
    bl_label = "Use Active Bone"

    part: StringProperty(
        name="Part", description='Which part of the body, such as "spine" or "left_knee"', options={"SKIP_SAVE"}
    )
    index: IntProperty(name="Index", description="Which bone of a spine, neck or finger", min=0, options={"SKIP_SAVE"})

    def work(self, _context, rig):
        bone = rig.data.bones.active
        if bone is None:
            raise errors.EngineError("No bone is active: select one in Pose Mode.")
        rig_bones.choose(rig, self.part, self.index, bone.name)


class INTERMASK_OT_save_rig_preset(_OfARig, bpy.types.Operator):
    """Keep the bones that are chosen as a preset, for other armatures of this kind"""

    bl_idname = "intermask.save_rig_preset"
    bl_label = "Save Preset"
    bl_options = {"REGISTER"}

    name: StringProperty(name="Name", description="What the preset is called", options={"SKIP_SAVE"})

    def invoke(self, context, _event):
        """From the menu: ask for the name."""
        return context.window_manager.invoke_props_dialog(self)

    def work(self, _context, rig):
        rig_presets.save(self.name, rig_map.bone_map(rig))


class INTERMASK_OT_load_rig_preset(_OfARig, bpy.types.Operator):
    """Take the bones of this preset"""

    bl_idname = "intermask.load_rig_preset"
    bl_label = "Load Preset"

    name: StringProperty(name="Name", description="Which preset", options={"SKIP_SAVE"})

    def work(self, _context, rig):
        _take_over(rig, rig_presets.load(self.name))


class INTERMASK_OT_delete_rig_preset(_OfARig, bpy.types.Operator):
    """Delete this preset; armatures that use its bones keep them"""

    bl_idname = "intermask.delete_rig_preset"
    bl_label = "Delete Preset"
    bl_options = {"REGISTER"}

    name: StringProperty(name="Name", description="Which preset", options={"SKIP_SAVE"})

    def invoke(self, context, event):
        """From the menu: ask first, as it can't be undone."""
        return context.window_manager.invoke_confirm(self, event)

    def work(self, _context, _rig):
        rig_presets.remove(self.name)


class _WithAFile(_OfARig):
    """An operator that asks for a file."""

    filepath: StringProperty(name="File", description="A bone map, as JSON", subtype="FILE_PATH", options={"SKIP_SAVE"})
    filter_glob: StringProperty(default="*.json", options={"HIDDEN"})

    def invoke(self, context, _event):
        """From the menu: ask for the file."""
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}


class INTERMASK_OT_export_rig(_WithAFile, bpy.types.Operator):
    """Write the bones that are chosen to a file, to share them"""

    bl_idname = "intermask.export_rig"
    bl_label = "Export Bone Map"
    bl_options = {"REGISTER"}

    def work(self, _context, rig):
        path = Path(bpy.path.ensure_ext(self.filepath, ".json"))
        try:
            rig_map.bone_map(rig).save(path)
        except OSError as error:
            raise errors.EngineError(f"{path} can't be written ({error.strerror}).") from error


class INTERMASK_OT_import_rig(_WithAFile, bpy.types.Operator):
    """Take the bones from a file"""

    bl_idname = "intermask.import_rig"
    bl_label = "Import Bone Map"

    def work(self, _context, rig):
        _take_over(rig, BoneMap.load(self.filepath))


def _take_over(rig: bpy.types.Object, bone_map: BoneMap) -> None:
    """Use a map that was made elsewhere. Raises EngineError if it doesn't fit."""
    bone_map.check(describe(rig))
    rig_map.correct(rig, bone_map)


CLASSES = (
    INTERMASK_OT_recognise_rig,
    INTERMASK_OT_clear_rig,
    INTERMASK_OT_use_active_bone,
    INTERMASK_OT_save_rig_preset,
    INTERMASK_OT_load_rig_preset,
    INTERMASK_OT_delete_rig_preset,
    INTERMASK_OT_export_rig,
    INTERMASK_OT_import_rig,
)
