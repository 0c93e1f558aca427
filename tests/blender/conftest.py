"""A fresh Blender for every test, and motions made of smooth random turns."""

import os
import subprocess
import sys
import time

import bpy
import numpy as np
import pytest

import intermask_blender
from intermask_blender.core import motion, rotations, skeleton


@pytest.fixture(autouse=True)
def scene():
    """The scene of an empty file at 30 fps."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.context.scene.render.fps = 30
    return bpy.context.scene


@pytest.fixture
def make_clip():
    """Make a Motion of two people of different size who tumble and turn more than once about themselves."""

    def make(frames: int = 60, seed: int = 0) -> motion.Motion:
        rng = np.random.default_rng(seed)
        time = np.arange(frames)[:, None] / 30
        speeds, phases = rng.uniform(0.5, 6, (2, 2, 1, 22, 3))
        waves = np.sin(time[..., None] * speeds + phases)
        vectors = 1.2 * waves
        angles = np.linalg.norm(vectors, axis=-1)
        turns = rotations.from_axis_angle(rotations.normalise(vectors), angles)
        spin = rotations.from_axis_angle(np.array([0.0, 1, 0]), np.broadcast_to(time[:, 0] * 5, (2, frames)))
        turns[:, :, 0] = rotations.multiply(spin, turns[:, :, 0])
        roots = np.cumsum(waves[:, :, 0] * 0.02, axis=1) + np.array([[[-0.8, 0.95, 0]], [[0.8, 0.95, 0.3]]])
        sizes = rng.uniform(0.9, 1.1, (2, 22, 1))
        return motion.Motion(roots, turns, skeleton.REST_OFFSETS * sizes, prompt="Two people tumble", seed=seed)

    return make


@pytest.fixture
def curves():
    """Read the curves of a person's action: {(data path, index): (T, 2) frames and values}."""

    def read(rig):
        animation = rig.animation_data
        bag = animation.action.layers[0].strips[0].channelbag(animation.action_slot)
        return {
            (curve.data_path, curve.array_index): np.array([key.co for key in curve.keyframe_points])
            for curve in bag.fcurves
        }

    return read


# Blender hangs at its end once Rigify was enabled.
RIGIFY = """
import os, sys
import bpy
bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
bpy.ops.preferences.addon_enable(module="rigify")
for kind in ("horse", "wolf", "cat", "bird", "shark", "basic_quadruped", "basic_human", "human"):
    getattr(bpy.ops.object, f"armature_{kind}_metarig_add")()
    bpy.context.object.name = kind
bpy.ops.pose.rigify_generate()
bpy.context.object.name = "Rigify"
bpy.context.scene.render.fps = 30
bpy.ops.wm.save_as_mainfile(filepath=sys.argv[1])
os._exit(0)
"""


@pytest.fixture(scope="session")
def rigify_file(tmp_path_factory):
    """A file with the meta-rigs of Rigify, and the control rig "Rigify" that it makes of the one called "human"."""
    path = tmp_path_factory.mktemp("rigify") / "rigify.blend"
    done = subprocess.run([sys.executable, "-c", RIGIFY, str(path)], capture_output=True, text=True, timeout=600)
    assert path.exists(), done.stderr[-3000:]
    return path


@pytest.fixture
def rigify(rigify_file, scene):
    """The scene of that file, opened."""
    bpy.ops.wm.open_mainfile(filepath=str(rigify_file))
    return bpy.context.scene


@pytest.fixture(scope="session")
def addon():
    """The add-on enabled, as far as that goes without installing it."""
    intermask_blender.register()
    yield
    intermask_blender.unregister()


@pytest.fixture
def settings(addon, scene):
    """The add-on's settings in the empty scene, for quick and rough motions; one undo step is behind us."""
    scene.intermask.own_sampling, scene.intermask.steps = True, 2
    scene.intermask.seconds = 2.0
    bpy.ops.ed.undo_push(message="Start")
    return scene.intermask


@pytest.fixture
def process_is_gone():
    """Tell whether a process ends within the time that a worker is given to do so."""

    def is_gone(pid: int) -> bool:
        end = time.monotonic() + 5
        while time.monotonic() < end:
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return True
            time.sleep(0.02)
        return False

    return is_gone
