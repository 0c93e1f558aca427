"""InterMask inside Blender: a sentence becomes two interacting characters. Everything that touches bpy lives here."""

import atexit

from . import blender_command, jobs, operators, panels, preferences, properties, translations

# In the order in which they build on each other.
MODULES = (preferences, properties, jobs, operators, panels, translations, blender_command)


_registered = False


def register() -> None:
    """Called by Blender when the extension is enabled."""
    global _registered
    for module in MODULES:
        module.register()
    _registered = True
    # Blender 4.5 as a Python module never ends while anything is registered.
    atexit.register(unregister)


def unregister() -> None:
    """Called by Blender when the extension is disabled, and at its end, where it may come after our own."""
    global _registered
    if not _registered:
        return
    _registered = False
    atexit.unregister(unregister)
    for module in reversed(MODULES):
        module.unregister()
