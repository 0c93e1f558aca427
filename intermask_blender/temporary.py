"""Work beside the user's own: a scene of its own, data that goes again, names that are lent."""

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import bpy


@contextmanager
def temporary_scene(name: str, like: bpy.types.Scene) -> Iterator[bpy.types.Scene]:
    """Work in a new scene with the frame rate of another. The window shows it meanwhile, as Blender's importers and
    exporters work on what is shown, and then what it showed before.

    What is made there and used nowhere else is the caller's to remove.
    """
    window = bpy.context.window or bpy.context.window_manager.windows[0]
    shown, layer = window.scene, window.view_layer
    views = [(space, space.camera, space.region_3d.view_perspective) for space in _views(window)]
    scene = bpy.data.scenes.new(name)
    scene.render.fps, scene.render.fps_base = like.render.fps, like.render.fps_base
    try:
        with bpy.context.temp_override(window=window):
            window.scene = scene
            yield scene
    finally:
        window.scene, window.view_layer = shown, layer
        bpy.data.scenes.remove(scene)
        for space, camera, perspective in views:  # a view through a camera ends where the camera isn't
            space.camera, space.region_3d.view_perspective = camera, perspective


def _views(window: bpy.types.Window) -> list[bpy.types.SpaceView3D]:
    return [area.spaces.active for area in window.screen.areas if area.type == "VIEW_3D"]


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
