"""Renders a strip: some moments of a motion side by side in one PNG or JPEG."""

import tempfile
from pathlib import Path

import bpy
import numpy as np

from .core import files, motion
from .stage import frame_people

MOMENTS = 6
WIDTH, HEIGHT = 480, 360


def render_strip(
    path: Path, clip: "motion.Motion", scene: bpy.types.Scene, moments: int = MOMENTS, width: int = WIDTH
) -> None:
    """Write the strip of a motion that plays over the scene's frame range; leaves the camera framed for it.

    width: of each moment, pixels.
    """
    height = round(width * HEIGHT / WIDTH)
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = width, height, 100
    scene.render.image_settings.file_format = "PNG"
    frame_people(clip, scene)
    frames = np.linspace(scene.frame_start, scene.frame_end, moments).round()
    with files.replacing(path) as partial, tempfile.TemporaryDirectory(prefix="intermask-") as folder:
        pictures = [_render(scene, int(frame), f"{folder}/{frame:.0f}.png") for frame in frames]
        strip = bpy.data.images.new("Strip", width * moments, height)
        strip.pixels.foreach_set(np.concatenate(pictures, axis=1).ravel())
        strip.file_format = "JPEG" if path.suffix == ".jpg" else "PNG"
        strip.save(filepath=partial)
    bpy.data.images.remove(strip)


def _render(scene: bpy.types.Scene, frame: int, path: str) -> np.ndarray:
    """Pixels (height, width, 4) of a frame."""
    scene.frame_set(frame)
    scene.render.filepath = path
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(path)
    width, height = image.size
    pixels = np.empty(len(image.pixels), dtype=np.float32)
    image.pixels.foreach_get(pixels)
    bpy.data.images.remove(image)
    return pixels.reshape(height, width, 4)
