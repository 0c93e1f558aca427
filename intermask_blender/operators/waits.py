"""What all operators share that begin some work: where no timer runs they can wait for its end."""

import bpy
from bpy.props import BoolProperty


class Waits:
    """Mixin of operators: whether to come back at once, or when it is done."""

    wait: BoolProperty(
        name="Wait",
        description="Come back when it is done, as is needed in background mode",
        default=bpy.app.background,
        options={"SKIP_SAVE"},
    )
