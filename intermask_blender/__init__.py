"""InterMask inside Blender: a sentence becomes two interacting characters. Everything that touches bpy lives here."""

import atexit

from . import jobs, operators, panels, preferences, properties, translations

# In the order in which they build on each other: preferences, properties, jobs, operators, panels, translations.
MODULES = (preferences, properties, jobs, operators, panels, translations)


def register() -> None:
    """Called by Blender when the extension is enabled."""
    for module in MODULES:
        module.register()
    atexit.register(unregister)  # Blender's Python module does not disable add-ons by itself when it ends


def unregister() -> None:
    """Called by Blender when the extension is disabled."""
    atexit.unregister(unregister)
    for module in reversed(MODULES):
        module.unregister()
