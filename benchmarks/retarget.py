"""What it costs to put a motion of 300 frames onto rigs and to read it back. Prints a table.

.venv/bin/python -m benchmarks.retarget
"""

import os
import sys
import time
from collections.abc import Callable

import bpy
import numpy as np

from benchmarks.interface import ten_seconds
from intermask_blender import actor, people, rig_map, space, target
from tests.blender.rig_builder import build_armature
from tests.rig_outlines import bones_of, make_rig

REPEATS = 5
LIMITS = {"retarget": 0.150, "read": 1.0, "read control rig": 2.5}  # seconds


def main() -> None:
    """Measure and print."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    scene = bpy.context.scene
    scene.render.fps = 30
    rigs = [build_armature(make_rig(bones_of("Mixamo"), size, 45), f"Size {size}", scene) for size in (0.9, 1.1)]
    clip = ten_seconds()
    bones = " and ".join(str(len(rig.data.bones)) for rig in rigs)
    print(f"Blender {bpy.app.version_string}\n\n| what | seconds | of the processor | at most |")
    print("| --- | ---: | ---: | ---: |")
    row("recognise a rig for the first time", lambda: (rig_map.forget(rigs[0]), rig_map.described(rigs[0])))
    row(f"retarget 300 frames onto rigs of {bones} bones", lambda: retarget(rigs, clip, scene), "retarget")
    bodies = [actor.body(rig, scene).offsets for rig in rigs]
    row("of this, proportions and contacts", lambda: people.fitted(clip, np.stack(bodies)))
    play(rigs[0], clip, scene)
    row("read 300 frames of one of them", lambda: actor.read_actor(rigs[0], scene), "read")

    bpy.ops.preferences.addon_enable(module="rigify")
    bpy.ops.object.armature_human_metarig_add()
    bpy.ops.pose.rigify_generate()
    control_rig = bpy.context.object
    for rig in rigs:
        bpy.data.objects.remove(rig)
    play(control_rig, clip, scene)
    name = f"read 300 frames of a generated Rigify rig of {len(control_rig.data.bones)} bones"
    row(name, lambda: actor.read_actor(control_rig, scene), "read control rig")


def retarget(rigs: list[bpy.types.Object], clip, scene: bpy.types.Scene) -> None:
    """Both people of a motion onto two rigs, keys included, as at the end of a job."""
    bodies = [target.check(rig, scene) for rig in rigs]
    fitted = people.fitted(clip, np.stack([body.offsets for body in bodies]))
    fitted = space.resample(fitted, space.scene_fps(scene))
    for rig, body, roots, turns in zip(rigs, bodies, fitted.root_positions, fitted.joint_rotations, strict=True):
        target.make_action(rig, body, "Benchmark", roots, turns, scene, 1)


def play(rig: bpy.types.Object, clip, scene: bpy.types.Scene) -> None:
    """Let a rig do what person A does."""
    body = target.check(rig, scene)
    target.play(rig, target.make_action(rig, body, "Played", clip.root_positions[0], clip.joint_rotations[0], scene, 1))


def row(name: str, work: Callable, limit: str = "") -> None:
    """Print the best of several times; on a busy machine the processor's is the one to look at."""
    times, busy = [], []
    for _ in range(REPEATS):
        began = time.perf_counter(), time.process_time()
        work()
        times.append(time.perf_counter() - began[0])
        busy.append(time.process_time() - began[1])
    print(f"| {name} | {min(times):.3f} | {min(busy):.3f} | {LIMITS.get(limit, '')} |")


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)  # Blender 4.5 hangs at its end once Rigify was enabled
