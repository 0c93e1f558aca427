"""Generate, cancel, and what prepares them: swapping the people, choosing a sentence."""

import bpy
from bpy.props import FloatProperty, IntProperty, StringProperty

from .. import apply_result, jobs, models
from ..core import chain, errors
from .ordering import OrdersMotion, check_seconds


class INTERMASK_OT_generate(OrdersMotion, bpy.types.Operator):
    """Make the motion of the sentence, from the current frame on: it arrives as a take of the two people"""

    bl_idname = "intermask.generate"
    bl_label = "Generate"

    seconds: FloatProperty(
        name="Seconds", description="The length, if not that of the scene's settings", options={"SKIP_SAVE"}
    )

    def invoke(self, context, _event):
        """From a button: a length that the model can't do becomes the nearest that it can."""
        settings = context.scene.intermask
        notice = ""
        try:
            shortest, longest = models.limits(settings.model)
        except errors.EngineError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        wish = self.wish(settings, "seconds")
        self.seconds = min(max(wish, shortest), longest)
        if self.seconds != wish:
            notice = f"This model makes motions of {shortest:g} to {longest:g} seconds: {self.seconds:g} it is."
            self.report({"WARNING"}, notice)
        return self.run(context, notice)

    def order(self, context) -> apply_result.Order:
        """Both people from the sentence."""
        settings = context.scene.intermask
        prompt, seconds = self.wish(settings, "prompt"), self.wish(settings, "seconds")
        if not prompt.strip():
            raise errors.EngineError("The prompt is empty: say what the two people do.")
        check_seconds(seconds, settings.model)
        return self.for_two(context, [chain.Beat(prompt, seconds)])


class INTERMASK_OT_cancel(bpy.types.Operator):
    """Stop the generation: nothing in the scene changes"""

    bl_idname = "intermask.cancel"
    bl_label = "Cancel"

    job: IntProperty(
        name="Job",
        description="The number of the job to give up; -1: all of them",
        default=-1,
        options={"SKIP_SAVE"},
    )

    def execute(self, _context):
        jobs.queue.cancel([job for job in jobs.queue.jobs if self.job in (-1, job.id)])
        return {"FINISHED"}


class INTERMASK_OT_dismiss(bpy.types.Operator):
    """Take the message away"""

    bl_idname = "intermask.dismiss"
    bl_label = "Dismiss"

    def execute(self, _context):
        jobs.queue.dismiss()
        return {"FINISHED"}


class INTERMASK_OT_copy_details(bpy.types.Operator):
    """Copy the message and what the engine said last to the clipboard, for a report"""

    bl_idname = "intermask.copy_details"
    bl_label = "Copy Details"

    job: IntProperty(name="Job", description="The number of the job that failed", options={"SKIP_SAVE"})

    def execute(self, context):
        job = next((job for job in jobs.queue.jobs if job.id == self.job), None)
        if job is None:
            self.report({"ERROR"}, "This message is gone: there is nothing to copy.")
            return {"CANCELLED"}
        context.window_manager.clipboard = f"{job.sentence}\n\n{job.details}"
        return {"FINISHED"}


class INTERMASK_OT_swap_people(bpy.types.Operator):
    """Let the two characters change parts: A becomes B and B becomes A"""

    bl_idname = "intermask.swap_people"
    bl_label = "Swap People"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context):
        settings = context.scene.intermask
        settings.person_a, settings.person_b = settings.person_b, settings.person_a
        return {"FINISHED"}


class INTERMASK_OT_use_prompt(bpy.types.Operator):
    """Put this sentence into the prompt"""

    bl_idname = "intermask.use_prompt"
    bl_label = "Use Prompt"
    bl_options = {"REGISTER", "UNDO"}

    prompt: StringProperty(name="Prompt", description="The sentence", options={"SKIP_SAVE"})

    def execute(self, context):
        context.scene.intermask.prompt = self.prompt
        return {"FINISHED"}


CLASSES = (
    INTERMASK_OT_generate,
    INTERMASK_OT_cancel,
    INTERMASK_OT_dismiss,
    INTERMASK_OT_copy_details,
    INTERMASK_OT_swap_people,
    INTERMASK_OT_use_prompt,
)
