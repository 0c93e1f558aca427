"""A chain: the list of its beats, and the motion of all of them, one after the other."""

import bpy
from bpy.props import FloatProperty, IntProperty, StringProperty

from .. import models
from ..actor import FPS
from ..core import chain, errors
from .ordering import OrdersMotion


class INTERMASK_OT_generate_chain(OrdersMotion, bpy.types.Operator):
    """Make the beats one after the other, from the current frame on: they arrive as one take of the two people"""

    bl_idname = "intermask.generate_chain"
    bl_label = "Generate Chain"

    prompt: StringProperty(
        name="Prompts",
        description="The sentences, a line for each beat, if not those of the scene's list",
        options={"SKIP_SAVE"},
    )
    seconds: FloatProperty(
        name="Seconds",
        description="The length of each beat whose sentence is said here",
        default=3.0,
        options={"SKIP_SAVE"},
    )

    def invoke(self, context, _event):
        """From a button: lengths that the model can't do become the nearest that it can."""
        try:
            notice = clamp(context.scene.intermask)
        except errors.EngineError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        if notice:
            self.report({"WARNING"}, notice)
        return self.run(context, notice)

    def order(self, context):
        """Both people from the sentences."""
        settings = context.scene.intermask
        if self.prompt.strip():
            beats = [chain.Beat(line.strip(), self.seconds) for line in self.prompt.splitlines() if line.strip()]
        else:
            beats = [chain.Beat(row.prompt, row.seconds) for row in settings.beats]
        if not beats:
            raise errors.EngineError("The chain is empty: add a beat for each sentence.")
        empty = next((number for number, beat in enumerate(beats, 1) if not beat.prompt.strip()), 0)
        if empty:
            raise errors.EngineError(f"Beat {empty} of the chain is empty: say what the two people do.")
        chain.beat_frames(beats, FPS, *_frames(settings.model))
        return self.for_two(context, beats)


def clamp(settings) -> str:
    """Make the lengths in the list such as the model can do. Returns a sentence about those that changed, or "".

    Raises EngineError if the model is not there.
    """
    frames = _frames(settings.model)
    changed = []
    for number, row in enumerate(settings.beats):
        shortest, longest = chain.beat_limits(number, FPS, *frames)
        seconds = min(max(row.seconds, shortest), longest)
        if round(seconds - row.seconds, 4):
            row.seconds = seconds
            changed.append(f"{number + 1} ({seconds:g} s)")
    return f"Lengths that this model can't do were changed: beat {', '.join(changed)}." if changed else ""


def _frames(model: str) -> tuple[int, int]:
    """Frames of the shortest and the longest clip of a model. Raises EngineError."""
    shortest, longest = models.limits(model)
    return round(shortest * FPS), round(longest * FPS)


class INTERMASK_OT_add_beat(bpy.types.Operator):
    """Add a beat with the sentence and the length above, after the active one"""

    bl_idname = "intermask.add_beat"
    bl_label = "Add Beat"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context):
        settings = context.scene.intermask
        row = settings.beats.add()
        row.prompt, row.seconds = settings.prompt, settings.seconds
        last = len(settings.beats) - 1
        place = min(settings.active_beat + 1, last) if settings.active_beat >= 0 else last
        settings.beats.move(last, place)
        settings.active_beat = place
        return {"FINISHED"}


class _OfABeat:
    """An operator on the active beat."""

    @classmethod
    def poll(cls, context):
        cls.poll_message_set("There are no beats")
        settings = context.scene.intermask
        return 0 <= settings.active_beat < len(settings.beats)


class INTERMASK_OT_remove_beat(_OfABeat, bpy.types.Operator):
    """Remove the active beat from the list"""

    bl_idname = "intermask.remove_beat"
    bl_label = "Remove Beat"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context):
        settings = context.scene.intermask
        settings.beats.remove(settings.active_beat)
        settings.active_beat = min(settings.active_beat, len(settings.beats) - 1)
        return {"FINISHED"}


class INTERMASK_OT_move_beat(_OfABeat, bpy.types.Operator):
    """Let the active beat come earlier or later"""

    bl_idname = "intermask.move_beat"
    bl_label = "Move Beat"
    bl_options = {"REGISTER", "UNDO"}

    step: IntProperty(
        name="Step", description="How many places later; earlier if negative", default=1, options={"SKIP_SAVE"}
    )

    def execute(self, context):
        settings = context.scene.intermask
        place = min(max(settings.active_beat + self.step, 0), len(settings.beats) - 1)
        settings.beats.move(settings.active_beat, place)
        settings.active_beat = place
        return {"FINISHED"}


CLASSES = (
    INTERMASK_OT_generate_chain,
    INTERMASK_OT_add_beat,
    INTERMASK_OT_remove_beat,
    INTERMASK_OT_move_beat,
)
