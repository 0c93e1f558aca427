"""Generate, cancel, and what prepares them: swapping the people, choosing a sentence."""

import random

import bpy
from bpy.props import BoolProperty, FloatProperty, IntProperty, StringProperty

from .. import apply_result, jobs, models, people, recent_prompts
from ..core import errors
from ..properties import MAX_SEED


class INTERMASK_OT_generate(bpy.types.Operator):
    """Make the motion of the sentence, from the current frame on: it arrives as a take of the two people"""

    bl_idname = "intermask.generate"
    bl_label = "Generate"

    prompt: StringProperty(
        name="Prompt", description="The sentence, if not that of the scene's settings", options={"SKIP_SAVE"}
    )
    seconds: FloatProperty(
        name="Seconds", description="The length, if not that of the scene's settings", options={"SKIP_SAVE"}
    )
    seed: IntProperty(
        name="Seed",
        description="The seed, if not that of the scene's settings",
        min=0,
        max=MAX_SEED,
        options={"SKIP_SAVE"},
    )
    count: IntProperty(
        name="Variations",
        description="How many motions, if not as many as the scene's settings say",
        default=1,
        min=1,
        max=8,
        options={"SKIP_SAVE"},
    )
    wait: BoolProperty(
        name="Wait",
        description="Come back when the motion is there, as is needed in background mode",
        default=bpy.app.background,
        options={"SKIP_SAVE"},
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
        wish = self._wish(settings, "seconds")
        self.seconds = min(max(wish, shortest), longest)
        if self.seconds != wish:
            notice = f"This model makes motions of {shortest:g} to {longest:g} seconds: {self.seconds:g} it is."
            self.report({"WARNING"}, notice)
        return self._run(context.scene, notice)

    def execute(self, context):
        return self._run(context.scene)

    def _run(self, scene: bpy.types.Scene, notice: str = ""):
        try:
            orders = self._orders(scene)
            if self.wait and (reason := apply_result.not_now()):
                raise errors.EngineError(reason)
        except errors.EngineError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        recent_prompts.remember(orders[0].prompt)
        return finish(self, jobs.queue.add(orders, notice), self.wait)

    def _wish(self, settings, name: str):
        return getattr(self if self.properties.is_property_set(name) else settings, name)

    def _orders(self, scene: bpy.types.Scene) -> list[apply_result.Order]:
        """What is asked for. Raises EngineError for what can't be done."""
        settings = scene.intermask
        prompt, seconds, count = (self._wish(settings, name) for name in ("prompt", "seconds", "count"))
        if not prompt.strip():
            raise errors.EngineError("The prompt is empty: say what the two people do.")
        check_seconds(seconds, settings.model)
        if not (settings.lock_seed or self.properties.is_property_set("seed")):
            settings.seed = random.randrange(MAX_SEED)
        seed = self._wish(settings, "seed")
        cast = _cast(scene)
        return [
            apply_result.Order(
                prompt=prompt,
                seconds=seconds,
                seed=(seed + number) % (MAX_SEED + 1),
                settings=_sampling(settings),
                model=settings.model,
                first_person=settings.first_person,
                start=scene.frame_current,
                cast=cast,
            )
            for number in range(count)
        ]


def check_seconds(seconds: float, model: str) -> None:
    """Raises EngineError for a length that a model can't do."""
    shortest, longest = models.limits(model)
    if not shortest <= round(seconds, 4) <= longest:
        asked = f"{seconds:g} seconds were asked for"
        raise errors.EngineError(f"{asked}; this model makes motions of {shortest:g} to {longest:g} seconds.")


def finish(operator: bpy.types.Operator, queued: list[jobs.Job], wait: bool) -> set[str]:
    """What an operator returns that queued jobs: at once, or when they are over, with what they had to say."""
    if not wait:
        return {"FINISHED"}
    jobs.queue.wait(queued)
    failed = [job.sentence for job in queued if job.state is jobs.State.FAILED]
    for sentence in dict.fromkeys(failed):
        operator.report({"ERROR"}, sentence)
    hints = dict.fromkeys(job.result.hint for job in queued if job.result and job.result.hint)
    for hint in hints:
        operator.report({"INFO"}, hint)
    if jobs.queue.notice and jobs.queue.notice not in hints:
        operator.report({"WARNING"}, jobs.queue.notice)
    return {"FINISHED"} if all(job.state is jobs.State.DONE for job in queued) else {"CANCELLED"}


def _cast(scene: bpy.types.Scene) -> apply_result.Cast:
    """Whom the settings name; new characters that are on their way already are the same ones. Raises EngineError."""
    settings = scene.intermask
    rigs = []
    for name, rig in zip(people.NAMES, (settings.person_a, settings.person_b), strict=True):
        # one that was deleted may still be named here
        present = rig is not None and scene.objects.get(rig.name) == rig
        if present and (refusal := people.refusal(rig, name)):
            raise errors.EngineError(refusal)
        rigs.append(rig.session_uid if present else None)
    if rigs[0] is not None and rigs[0] == rigs[1]:
        raise errors.EngineError("Person A and person B are the same character: choose another for one of them.")
    cast = apply_result.Cast(scene.session_uid, rigs, people.at_cursor(scene))
    pending = [job.order.cast for job in jobs.queue.jobs if job.state not in jobs.OVER]
    return next((known for known in pending if known.wanted == cast.wanted), cast)


def _sampling(settings) -> dict:
    """What the user wants other than the model's own sampling settings."""
    if not settings.own_sampling:
        return {}
    names = ("steps", "guidance", "temperature", "top_k")
    return {name: round(getattr(settings, name), 6) for name in names}


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
    INTERMASK_OT_swap_people,
    INTERMASK_OT_use_prompt,
)
