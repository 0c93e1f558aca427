"""The picture of hands.md: hands of the mannequin, open, relaxed and as a fist.

.venv/bin/python -m docs.hands_picture
"""

import os
import sys
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector

from intermask_blender import actor, people, target
from intermask_blender.__main__ import FPS
from intermask_blender.core import motion, rotations, skeleton
from intermask_blender.stage import add_stage, empty_scene

PICTURE = Path(__file__).parent / "hands.png"
HANDS = ("open", "relaxed", "fist")
APART = 0.17  # metres from one arm to the next
SIZE = 800, 480
VIEW = Vector((0.0, -0.42, 0.75))  # from the middle hand to the camera


def main() -> None:
    """Render the hands of three people who stand in one another, arms stretched."""
    scene = empty_scene(FPS)
    still = np.broadcast_to(rotations.IDENTITY, (2, 1, len(skeleton.FULL_NAMES), 4))
    roots = np.broadcast_to([0, skeleton.REST_PELVIS_HEIGHT, 0], (2, 1, 3))
    clip = motion.Motion(roots, still, np.stack([skeleton.FULL_REST_OFFSETS] * 2))
    for number, hands in enumerate(HANDS):
        rig = people.add_person(0, clip, people.ORIGIN, scene.collection, scene)
        body = actor.body(rig, scene)
        target.play(rig, target.make_action(rig, body, hands, roots[0], still[0, :, :22], scene, 1, hands))
        rig.location.y = APART * (number - 0.75)
    add_stage(clip, scene)
    look_at(scene, Vector(rig.data.bones["left_middle1"].head_local))
    scene.render.resolution_x, scene.render.resolution_y = SIZE
    scene.render.image_settings.color_mode, scene.render.filepath = "RGB", str(PICTURE)
    bpy.ops.render.render(write_still=True)


def look_at(scene: bpy.types.Scene, place: Vector) -> None:
    """Point the camera at a place from nearby."""
    camera = scene.camera
    camera.data.type, camera.data.lens, camera.data.clip_start = "PERSP", 42, 0.01
    camera.location = place + VIEW
    camera.rotation_euler = (-VIEW).to_track_quat("-Z", "Y").to_euler()


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)
