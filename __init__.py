"""The checkout itself is a Blender extension: this hands Blender the add-on."""

from .intermask_blender import register, unregister

__all__ = ["register", "unregister"]
