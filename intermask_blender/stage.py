"""A scene around the two people: a floor, a light and a camera that sees all of both over the whole clip."""

import bpy
import numpy as np
from mathutils import Matrix, Vector

from . import space
from .core import motion, rotations, skeleton

TURN = np.radians(24)  # from the side view of the pair towards a front view
TILT = np.radians(12)  # from the horizon down
MARGIN = 0.25  # metres around every joint: flesh, hands, crown and some air
BACKDROP = (0.82, 0.84, 0.86)  # linear


def empty_scene(fps: int) -> bpy.types.Scene:
    """Replace the open file by an empty scene at `fps`."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = fps, 1.0
    return scene


def add_stage(clip: "motion.Motion", scene: bpy.types.Scene) -> None:
    """Add floor, light and camera for a motion, and set Workbench up for a clean picture of it."""
    unit = space.units_per_metre(scene)
    collection = bpy.data.collections.new("Stage")
    scene.collection.children.link(collection)

    joints = clip.joint_positions.reshape(-1, 3)
    middle = space.to_blender_positions((joints.min(axis=0) + joints.max(axis=0)) / 2, scene)
    mesh = bpy.data.meshes.new("Floor")
    half = 20 * unit
    mesh.from_pydata([(-half, -half, 0), (half, -half, 0), (half, half, 0), (-half, half, 0)], [], [(0, 1, 2, 3)])
    material = bpy.data.materials.new("Floor")
    material.diffuse_color = (1, 1, 1, 1)
    mesh.materials.append(material)
    floor = bpy.data.objects.new("Floor", mesh)
    floor.location = (*middle[:2], 0)
    floor.rotation_euler.z = _azimuth(clip)  # its far edge is the picture's horizon
    collection.objects.link(floor)

    sun = bpy.data.objects.new("Sun", bpy.data.lights.new("Sun", "SUN"))
    sun.data.energy = 3
    sun.rotation_euler = np.radians([40, 10, 30])
    sun.location = (*middle[:2], 5 * unit)
    collection.objects.link(sun)

    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.data.clip_end = 200 * unit
    collection.objects.link(camera)
    scene.camera = camera
    frame_people(clip, scene)

    scene.world = bpy.data.worlds.new("Backdrop")
    scene.world.color = BACKDROP
    scene.render.engine = "BLENDER_WORKBENCH"
    scene.view_settings.view_transform = "Standard"
    shading = scene.display.shading
    shading.light, shading.studio_light = "STUDIO", "outdoor.sl"
    shading.color_type = "MATERIAL"
    shading.show_cavity = True
    shading.show_shadows = True
    shading.shadow_intensity = 0.35
    scene.display.light_direction = Vector((0.25, 0.9, 0.35)).normalized()  # Y up here


def frame_people(clip: "motion.Motion", scene: bpy.types.Scene) -> None:
    """Place the scene's camera, for its resolution, so that all joints of the whole motion are in the picture."""
    corners = MARGIN * np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
    points = space.to_blender_positions(clip.joint_positions[..., None, :] + corners, scene).reshape(-1, 3)
    view = Matrix.Rotation(_azimuth(clip), 4, "Z") @ Matrix.Rotation(np.pi / 2 - TILT, 4, "X")
    scene.camera.matrix_world = view
    bpy.context.view_layer.update()
    place, _ = scene.camera.camera_fit_coords(bpy.context.evaluated_depsgraph_get(), points.ravel())
    scene.camera.matrix_world = Matrix.Translation(place) @ view


def _azimuth(clip: "motion.Motion") -> float:
    """From where to look, radians about Blender's Z, 0 from -Y: across the line between the two, at their faces.

    Where both sides show as much of the faces, person A is on the left.
    """
    apart = (clip.root_positions[1] - clip.root_positions[0])[:, [0, 2]]
    x, z = np.linalg.svd(apart, full_matrices=False)[2][0]  # the main direction, whatever its sign
    side = np.arctan2(x, z) + np.pi / 2
    facing = rotations.rotate(clip.joint_rotations[:, :, skeleton.JOINT["pelvis"]], np.array([0.0, 0, 1]))
    facing = facing.mean(axis=(0, 1))[[0, 2]]
    a_to_b = rotations.normalise(apart.mean(axis=0))

    def score(angle: float) -> float:
        to_camera, to_right = np.array([np.sin(angle), np.cos(angle)]), np.array([np.cos(angle), -np.sin(angle)])
        return facing @ to_camera + 0.3 * a_to_b @ to_right

    return max((side + half + turn for half in (0, np.pi) for turn in (-TURN, TURN)), key=score)
