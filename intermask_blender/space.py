"""The only place that knows Y-up metres at 30 fps (the engine's) and Blender's Z-up units at the scene's fps."""

from dataclasses import replace

import bpy
import numpy as np

from .core import motion, rotations


def units_per_metre(scene: bpy.types.Scene) -> float:
    """Blender units in a metre: 1, unless the scene's unit scale says otherwise."""
    settings = scene.unit_settings
    return 1.0 if settings.system == "NONE" else 1.0 / settings.scale_length


def scene_fps(scene: bpy.types.Scene) -> float:
    """Frames per second of the scene, fractions included."""
    return scene.render.fps / scene.render.fps_base


def to_blender_positions(positions: np.ndarray, scene: bpy.types.Scene) -> np.ndarray:
    """Positions or offsets (..., 3): Y-up metres to Z-up Blender units. What faced +Z then faces -Y."""
    x, y, z = np.moveaxis(positions, -1, 0)
    return np.stack([x, -z, y], axis=-1) * units_per_metre(scene)


def to_engine_positions(positions: np.ndarray, scene: bpy.types.Scene) -> np.ndarray:
    """Positions or offsets (..., 3): Z-up Blender units to Y-up metres."""
    x, y, z = np.moveaxis(positions, -1, 0)
    return np.stack([x, z, -y], axis=-1) / units_per_metre(scene)


def to_engine_matrices(matrices: np.ndarray, scene: bpy.types.Scene) -> np.ndarray:
    """Matrices (..., 4, 4) that lead into Blender's world, made to lead into Y-up metres."""
    axes = np.array([[1.0, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 0]]) / units_per_metre(scene)
    axes[3, 3] = 1.0
    return axes @ matrices


def scale_of(matrix: np.ndarray) -> float:
    """How many times as long an affine matrix (4, 4) makes what it moves; the mean, if that differs by direction."""
    return float(np.cbrt(abs(np.linalg.det(matrix[:3, :3]))))


def to_blender_rotations(quaternions: np.ndarray) -> np.ndarray:
    """Quaternions (..., 4) wxyz: the same turns, told in Z-up axes."""
    w, x, y, z = np.moveaxis(quaternions, -1, 0)
    return np.stack([w, x, -z, y], axis=-1)


def resample(clip: "motion.Motion", fps: float) -> "motion.Motion":
    """The same motion at `fps`, from its first frame to the last that still falls inside it."""
    frames = int(np.floor((clip.frames - 1) * fps / clip.fps + 1e-4)) + 1
    times = np.minimum(np.arange(frames) * clip.fps / fps, clip.frames - 1)
    before = np.floor(times).astype(int)
    after = np.minimum(before + 1, clip.frames - 1)
    share = times - before
    roots, turns = clip.root_positions, clip.joint_rotations
    return replace(
        clip,
        fps=fps,
        root_positions=roots[:, before] + (roots[:, after] - roots[:, before]) * share[:, None],
        joint_rotations=rotations.slerp(turns[:, before], turns[:, after], share[:, None]),
    )
