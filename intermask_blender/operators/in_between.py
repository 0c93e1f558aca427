"""In-between: some frames of a take made anew, all others kept."""

import bpy
from bpy.props import IntProperty, StringProperty

from .. import jobs
from ..core import errors
from ..properties import MAX_SEED
from .ordering import between, finish
from .takes import MakesAgain


class INTERMASK_OT_in_between(MakesAgain, bpy.types.Operator):
    """Make the frames of the preview range anew and keep the rest of the take: it arrives as another take"""

    bl_idname = "intermask.in_between"
    bl_label = "In-Between"

    start: IntProperty(
        name="Start", description="The first frame to make, if not that of the preview range", options={"SKIP_SAVE"}
    )
    end: IntProperty(
        name="End", description="The last frame to make, if not that of the preview range", options={"SKIP_SAVE"}
    )
    prompt: StringProperty(
        name="Prompt", description="What happens there, if not what the take says", options={"SKIP_SAVE"}
    )
    seed: IntProperty(
        name="Seed", description="The seed, if it is not to be drawn", min=0, max=MAX_SEED, options={"SKIP_SAVE"}
    )

    def work(self, context, index: int):
        scene = context.scene
        start, end = self._frames(scene)
        seed = self.seed if self.properties.is_property_set("seed") else None
        order, players = self.same_again(scene, index, seed)
        scene.intermask.active_take = index
        order = between(order, players, index, start, end, self.prompt, scene)
        return finish(self, jobs.queue.add([order]), self.wait)

    def _frames(self, scene: bpy.types.Scene) -> tuple[int, int]:
        """The first and the last frame to make. Raises EngineError if nobody said which."""
        said = [name for name in ("start", "end") if self.properties.is_property_set(name)]
        if len(said) < 2 and not scene.use_preview_range:
            raise errors.EngineError(
                "Which frames are to be made anew? Mark them as the preview range: press P in the Timeline."
            )
        start = self.start if "start" in said else scene.frame_preview_start
        return start, self.end if "end" in said else scene.frame_preview_end


CLASSES = (INTERMASK_OT_in_between,)
