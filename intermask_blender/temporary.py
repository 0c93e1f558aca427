"""Work beside the user's own: a scene of its own, data that goes again, names that are lent."""

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import bpy


@contextmanager
def temporary_scene(name: str, like: bpy.types.Scene) -> Iterator[bpy.types.Scene]:
    """Work in a new scene with the frame rate of another; the window goes on showing what it does.

    What is made there and used nowhere else is the caller's to remove.
    """
    window = bpy.context.window
    shown = window.scene if window else None
    scene = bpy.data.scenes.new(name)
    scene.render.fps, scene.render.fps_base = like.render.fps, like.render.fps_base
    try:
        with bpy.context.temp_override(scene=scene, view_layer=scene.view_layers[0], active_object=None, object=None):
            yield scene
    finally:
        if window:  # Blender's glTF exporter and importer switch it
            window.scene = shown
        bpy.data.scenes.remove(scene)


@contextmanager
def nothing_stays() -> Iterator[None]:
    """Remove all data that is made meanwhile."""
    before = {block.session_uid for block in _blocks()}
    try:
        yield
    finally:
        bpy.data.batch_remove([block for block in _blocks() if block.session_uid not in before])


def _blocks() -> Iterator[bpy.types.ID]:
    """All that the file holds."""
    for kind in bpy.data.bl_rna.properties:
        if kind.type == "COLLECTION" and isinstance(kind.fixed_type, bpy.types.ID):
            yield from getattr(bpy.data, kind.identifier)


@contextmanager
def names_lent(owners, names: Iterable[str]) -> Iterator[None]:
    """Free names that data has, such as objects of `bpy.data.objects`, for others; the owners get them back."""
    lent = [(owner, name) for name in names if (owner := owners.get((name, None)))]
    for owner, _ in lent:
        owner.name = uuid.uuid4().hex
    try:
        yield
    finally:
        for owner, name in lent:
            owner.name = name
