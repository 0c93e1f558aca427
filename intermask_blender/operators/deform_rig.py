"""The deforming bones of a control rig, as an armature of their own that needs no controls."""

import bpy
import numpy as np
from bpy.props import BoolProperty

from .. import deform_rig
from ..bound_meshes import bound_meshes, copy_mesh
from ..core import errors
from .export import span


class INTERMASK_OT_bake_deform_rig(bpy.types.Operator):
    """Make an armature of the bones that deform, keyed on every frame with the pose that is seen. The rig stays"""

    bl_idname = "intermask.bake_deform_rig"
    bl_label = "Bake Deform Rig"
    bl_options = {"REGISTER", "UNDO"}

    meshes: BoolProperty(
        name="Meshes", description="Copy the visible meshes that the rig moves, and let the new armature move them"
    )

    @classmethod
    def poll(cls, context):
        cls.poll_message_set("Select a rig with controls")
        return context.active_object is not None and context.active_object.type == "ARMATURE"

    def invoke(self, context, _event):
        """Ask first."""
        return context.window_manager.invoke_props_dialog(self)

    def execute(self, context):
        rig, scene = context.active_object, context.scene
        try:
            if not deform_rig.is_control_rig(rig):
                raise errors.EngineError(f'"{rig.name}" has no controls: it can be exported as it is.')
            (shown,) = deform_rig.read([rig], *span([rig], scene), scene)
        except errors.EngineError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        collection = next(iter(rig.users_collection), scene.collection)
        bodies = bound_meshes(rig) if self.meshes else []
        copy = deform_rig.make_copy(shown, f"{rig.name} deform", collection, shown.places[0], np.eye(4))
        for body in bodies:
            copy_mesh(body, rig, copy, collection, np.eye(4), {})
        self.report({"INFO"}, f'"{copy.name}" has the {len(shown.names)} deforming bones of "{rig.name}".')
        return {"FINISHED"}


CLASSES = (INTERMASK_OT_bake_deform_rig,)
