"""Reads files back that were written, and measures how far they are from what the scene shows."""

from pathlib import Path

import bpy
import numpy as np

from .. import space
from ..actor import evaluated
from ..core import errors, files
from ..deform_rig import Performance, read
from ..temporary import names_lent, nothing_stays, temporary_scene
from . import Part, file_set
from .presets import PRESETS


def largest_error(
    path: Path,
    rigs: dict[str, bpy.types.Object],
    scene: bpy.types.Scene,
    preset: str,
    frames: tuple[int, int],
    together: bool = False,
) -> float:
    """How far any joint is from where it should be on any frame, metres, in the files that `write` made of the same.

    The files are imported beside the user's data, and all that came with them is removed again.
    Raises EngineError if one can't be read, or somebody is missing in it.
    """
    shown = dict(zip(rigs.values(), read(list(rigs.values()), *frames, scene), strict=True))
    largest = 0.0
    for file, parts in file_set(path, rigs, PRESETS[preset], together).items():
        with (
            names_lent(bpy.data.objects, {part.node for part in parts}),
            nothing_stays(),
            temporary_scene("Check", scene) as beside,
        ):
            try:
                start = IMPORTERS[file.suffix](str(file), beside)
            except RuntimeError as error:
                raise errors.EngineError(f"{file} can't be read ({files.reason(error)}): export it again.") from error
            for part in parts:
                armature = _armature(part, parts, beside, file)
                _loosen(armature, beside)
                found = _joints(armature, part, shown[part.rig], beside, start)
                away = np.linalg.norm(found - shown[part.rig].poses[..., :3, 3] / space.units_per_metre(scene), axis=-1)
                largest = max(largest, float(away.max()))
    return largest


def _import_fbx(path: str, _scene: bpy.types.Scene) -> int:
    bpy.ops.wm.fbx_import(filepath=path, anim_offset=0.0)
    return 0


def _import_bvh(path: str, _scene: bpy.types.Scene) -> int:
    bpy.ops.import_anim.bvh(filepath=path, global_scale=0.01, frame_start=1)
    return 1


def _import_gltf(path: str, scene: bpy.types.Scene) -> int:
    scene.render.fps_base = 1 / scene.render.fps_base  # the importer multiplies by what it should divide by
    bpy.ops.import_scene.gltf(filepath=path)
    return 0


# Each imports a file in metres, and returns where it puts the first frame.
IMPORTERS = {".fbx": _import_fbx, ".bvh": _import_bvh, ".glb": _import_gltf}


def _armature(part: Part, parts: list[Part], scene: bpy.types.Scene, file: Path) -> bpy.types.Object:
    """Somebody's armature among what was imported."""
    found = [thing for thing in scene.objects if thing.type == "ARMATURE"]
    if len(parts) > 1:
        found = [thing for thing in found if thing.name == part.node]
    if not found:
        raise errors.EngineError(f'"{part.node}" is not in {file.name}: export it again.')
    return found[0]


def _loosen(rig: bpy.types.Object, scene: bpy.types.Scene) -> None:
    """Let bones move that Blender's importers of FBX tie to the end of the one above, whatever their keys say."""
    scene.view_layers[0].objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    for bone in rig.data.edit_bones:
        bone.use_connect = False
    bpy.ops.object.mode_set(mode="OBJECT")


def _joints(rig: bpy.types.Object, part: Part, shown: Performance, scene: bpy.types.Scene, start: int) -> np.ndarray:
    """Where somebody's bones start in an imported armature (T, n, 3), metres in the world, from frame `start` on."""
    names = [part.bones[name] for name in shown.names]
    heads = []
    for frame in range(len(shown.frames)):
        scene.frame_set(start + frame)
        posed = evaluated(rig)
        heads.append([posed.matrix_world @ posed.pose.bones[name].head for name in names])
    return np.array(heads)
