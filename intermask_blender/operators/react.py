"""React: a partner for a character who moves already, and whose keys stay as they are."""

import bpy
from bpy.props import StringProperty

from .. import apply_result, space
from ..core import errors
from .ordering import OrdersMotion, cast_of, frames_of, present, reaction, sampling


class INTERMASK_OT_react(OrdersMotion, bpy.types.Operator):
    """Make a partner for who moves already and keeps their own keys, over all their animation or the preview range"""

    bl_idname = "intermask.react"
    bl_label = "React"

    actor: StringProperty(
        name="Actor",
        description="Name of the armature to react to, if not the active one or person A",
        options={"SKIP_SAVE"},
    )

    def order(self, context) -> apply_result.Order:
        """Person B to go with the actor as person A."""
        scene = context.scene
        settings = scene.intermask
        rig = self._actor(context)
        partner = present(settings.person_b, scene)
        if partner == rig and rig != settings.person_a:
            partner = None
        start, end = frames_of(rig, scene)
        order = apply_result.Order(
            prompt=self.wish(settings, "prompt"),
            seconds=(end - start + 1) / space.scene_fps(scene),
            seed=self.first_seed(settings),
            settings=sampling(settings),
            model=settings.model,
            first_person="A",
            start=start,
            cast=cast_of(scene, rig, partner, actor="A"),
            keep_contacts=settings.keep_contacts,
            hands=settings.hands.lower(),
        )
        return reaction(order, rig, end, scene)

    def _actor(self, context) -> bpy.types.Object:
        """Who is named, else the active armature, else person A; person B is the partner. Raises EngineError."""
        scene, active = context.scene, context.active_object
        if self.actor:
            rig = scene.objects.get(self.actor)
            if rig is None or rig.type != "ARMATURE":
                raise errors.EngineError(f'There is no armature "{self.actor}" in this scene: choose another.')
            return rig
        a = present(scene.intermask.person_a, scene)
        if active and active.type == "ARMATURE" and not (a and active == scene.intermask.person_b):
            return active
        if a is None:
            raise errors.EngineError(
                "No armature is selected: select the character to react to, or choose it as person A."
            )
        return a


class INTERMASK_OT_choose_actor(bpy.types.Operator):
    """Make the active character person A, keep its motion, and let person B react to it"""

    bl_idname = "intermask.choose_actor"
    bl_label = "React to Character"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        cls.poll_message_set("Select an armature that moves")
        return context.active_object is not None and context.active_object.type == "ARMATURE"

    def execute(self, context):
        settings, rig = context.scene.intermask, context.active_object
        if settings.person_b == rig:
            settings.person_b = None
        settings.person_a, settings.keep = rig, "MOTION"
        return {"FINISHED"}


CLASSES = (INTERMASK_OT_react, INTERMASK_OT_choose_actor)
