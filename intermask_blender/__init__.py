"""InterMask inside Blender: a sentence becomes two interacting characters. Everything that touches bpy lives here."""


def register() -> None:
    """Called by Blender when the extension is enabled."""


def unregister() -> None:
    """Called by Blender when the extension is disabled."""
