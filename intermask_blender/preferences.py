"""What the user sets once for all scenes: the engine and its set-up, the device, the folder of models."""

import sys
from pathlib import Path

import bpy
from bpy.props import EnumProperty, IntProperty, StringProperty

from .core import ADDON

GPU = "mps" if sys.platform == "darwin" else "cuda"


class InterMaskPreferences(bpy.types.AddonPreferences):
    """The add-on's page in Preferences."""

    bl_idname = ADDON

    python: StringProperty(
        name="Python",
        description="A Python with PyTorch to run the engine, in place of the environment that set-up makes",
        default="",
        subtype="FILE_PATH",
    )
    device: EnumProperty(
        name="Device",
        description="Where motion is computed",
        default="AUTO",
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
        default="",
        subtype="DIR_PATH",
    )


def python() -> Path | None:
    """The Python that the user chose for the engine, if any."""
    return _path(_value("python"))


def device() -> str:
    """The device for the worker: "auto", "cpu", "cuda" or "mps"."""
    return {"AUTO": "auto", "CPU": "cpu", "GPU": GPU}[_value("device")]


def idle_minutes() -> int:
    """After how many minutes without work the worker is stopped."""
    return _value("idle_minutes")


def models_folder() -> Path | None:
    """The folder of further models, if one is set."""
    return _path(_value("models"))


def _value(name: str):
    """A preference; its default where the add-on is used without being enabled, as on the command line."""
    if addon := bpy.context.preferences.addons.get(ADDON):
        return getattr(addon.preferences, name)
    return InterMaskPreferences.__annotations__[name].keywords["default"]


def _path(text: str) -> Path | None:
    return Path(bpy.path.abspath(text)) if text else None


def register() -> None:
    """Make the page known to Blender."""
    bpy.utils.register_class(InterMaskPreferences)


def unregister() -> None:
    """Take it back."""
    bpy.utils.unregister_class(InterMaskPreferences)
