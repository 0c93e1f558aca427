"""The engine's environment: set it up (which also continues, updates and repairs), remove it, test it, read its log."""

from collections.abc import Callable
from pathlib import Path

import bpy

from .. import engine_status, preferred
from ..core import errors
from .waits import Waits


class Work(Waits):
    """Begins some work on the engine; waits for its end where no timer runs."""

    @classmethod
    def poll(cls, _context) -> bool:
        cls.poll_message_set("The engine is being worked on")
        return engine_status.task is None

    def run(self, begin: Callable, *arguments) -> set[str]:
        """Begin it; what comes of it is told on the page, and as a report to whoever waits."""
        try:
            begin(*arguments)
            if self.wait:
                self.report({"INFO"}, engine_status.wait())
        except errors.EngineError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return {"FINISHED"}


class INTERMASK_OT_set_up_engine(Work, bpy.types.Operator):
    """Download what is missing of the engine and bring it in order. What works already is kept"""

    bl_idname = "intermask.set_up_engine"
    bl_label = "Set Up Engine"

    def execute(self, _context):
        """Begin."""
        return self.run(engine_status.set_up)


class INTERMASK_OT_remove_engine(Work, bpy.types.Operator):
    """Remove the engine from this computer. Models, takes and settings stay"""

    bl_idname = "intermask.remove_engine"
    bl_label = "Remove Engine"

    def invoke(self, context, event):
        """From a button: ask first."""
        return context.window_manager.invoke_confirm(self, event)

    def execute(self, _context):
        """Begin."""
        return self.run(engine_status.remove)


class INTERMASK_OT_test_engine(Work, bpy.types.Operator):
    """Make a short motion, and tell on which device, how fast and with how much memory"""

    bl_idname = "intermask.test_engine"
    bl_label = "Test Engine"

    def execute(self, _context):
        """Begin."""
        return self.run(engine_status.test)


class INTERMASK_OT_check_python(Work, bpy.types.Operator):
    """Find out whether the chosen Python can run the engine"""

    bl_idname = "intermask.check_python"
    bl_label = "Check Python"

    def execute(self, _context):
        """Begin."""
        return self.run(engine_status.check_python, preferred.python() or Path())


class INTERMASK_OT_cancel_engine_work(bpy.types.Operator):
    """Stop. What has arrived is kept for the next time"""

    bl_idname = "intermask.cancel_engine_work"
    bl_label = "Cancel"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, _context) -> bool:
        """Only while something goes on."""
        return engine_status.task is not None

    def execute(self, _context):
        """Ask for an end."""
        engine_status.task.cancel()
        return {"FINISHED"}


class INTERMASK_OT_open_engine_log(bpy.types.Operator):
    """Open what the last set-up wrote down"""

    bl_idname = "intermask.open_engine_log"
    bl_label = "Open Log"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, _context) -> bool:
        """Only if there is one."""
        home = preferred.engine_home()
        return home is not None and home.log.exists()

    def execute(self, _context):
        """Open it with the system's own program."""
        bpy.ops.wm.path_open(filepath=str(preferred.engine_home().log))
        return {"FINISHED"}


CLASSES = (
    INTERMASK_OT_set_up_engine,
    INTERMASK_OT_remove_engine,
    INTERMASK_OT_test_engine,
    INTERMASK_OT_check_python,
    INTERMASK_OT_cancel_engine_work,
    INTERMASK_OT_open_engine_log,
)
