"""InterMask inside Blender: a sentence becomes two interacting characters. Everything that touches bpy lives here."""

import atexit

from . import jobs, operators, panels, preferences, properties, translations

# In the order in which they build on each other: preferences, properties, jobs, operators, panels, translations.
MODULES = (preferences, properties, jobs, operators, panels, translations)


def register() -> None:
    """Called by Blender when the extension is enabled."""
    for module in MODULES:
        module.register()
    atexit.register(jobs.queue.close)  # Blender disables only what it installed when its Python module ends


def unregister() -> None:
    """Called by Blender when the extension is disabled."""
    atexit.unregister(jobs.queue.close)
    for module in reversed(MODULES):
        module.unregister()
