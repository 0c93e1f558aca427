"""What the user sets once for all scenes: the engine and its set-up, the device, the folder of models."""

import bpy
from bpy.props import EnumProperty, IntProperty, StringProperty

from .core import ADDON


class InterMaskPreferences(bpy.types.AddonPreferences):
    """The add-on's page in Preferences."""

    bl_idname = ADDON

    python: StringProperty(
        name="Python",
        description="A Python with PyTorch to run the engine, in place of the environment that set-up makes",
        subtype="FILE_PATH",
    )
    device: EnumProperty(
        name="Device",
        description="Where motion is computed",
        items=[
            ("AUTO", "Automatic", "The GPU if the engine can use it, else the CPU"),
            ("CPU", "CPU", "The processor: slower, but leaves the GPU to rendering"),
            ("GPU", "GPU", "The graphics card; an error tells if it can't be used"),
        ],
    )
    idle_minutes: IntProperty(
        name="Stop When Idle",
        description="Minutes without work after which the engine stops and gives its memory back",
        default=10,
        min=1,
        soft_max=120,
    )
    models: StringProperty(
        name="Models",
        description="Folder that holds further models, each in a folder of its own",
        subtype="DIR_PATH",
    )


def register() -> None:
    """Make the page known to Blender."""
    bpy.utils.register_class(InterMaskPreferences)


def unregister() -> None:
    """Take it back."""
    bpy.utils.unregister_class(InterMaskPreferences)
