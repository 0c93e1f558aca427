"""The camera sees all of both people, and the strip shows them."""

import bpy
import numpy as np
import pytest
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector

from intermask_blender import space
from intermask_blender.people import add_people
from intermask_blender.stage import add_stage
from intermask_blender.strip import HEIGHT, MOMENTS, WIDTH, render_strip


@pytest.mark.parametrize("scale", [1, 0.01])
def test_everybody_is_in_the_picture(scene, make_clip, scale):
    scene.unit_settings.scale_length = scale
    clip = make_clip()
    add_stage(clip, scene)
    bpy.context.view_layer.update()
    points = space.to_blender_positions(clip.joint_positions, scene).reshape(-1, 3)
    seen = np.array([world_to_camera_view(scene, scene.camera, Vector(point)) for point in points])
    assert (seen[:, 2] > 0).all()
    assert (np.abs(seen[:, :2] - 0.5) < 0.48).all()
    height = np.ptp(seen[:, 1])
    assert max(height, np.ptp(seen[:, 0])) > 0.6, "the people fill the picture"


def test_strip_shows_both_in_every_moment(scene, make_clip, tmp_path):
    clip = make_clip()
    add_people(clip, scene)
    scene.frame_start, scene.frame_end = 1, clip.frames
    add_stage(clip, scene)
    render_strip(tmp_path / "strip.png", clip, scene)
    assert [file.name for file in tmp_path.iterdir()] == ["strip.png"]

    image = bpy.data.images.load(str(tmp_path / "strip.png"))
    assert tuple(image.size) == (WIDTH * MOMENTS, HEIGHT)
    pixels = np.array(image.pixels).reshape(HEIGHT, MOMENTS, WIDTH, 4)
    red, blue = pixels[..., 0], pixels[..., 2]
    assert ((red - blue > 0.2).sum(axis=(0, 2)) > 500).all(), "the warm person"
    assert ((blue - red > 0.2).sum(axis=(0, 2)) > 500).all(), "the cool person"
    assert np.abs(np.diff(pixels[..., 0], axis=1)).max() > 0.1, "something moves"
