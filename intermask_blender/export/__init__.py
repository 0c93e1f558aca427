"""Writes what characters do to files for other programs: FBX, BVH and glTF.

    paths = export.write(Path("handshake.fbx"), {"A": rig_a, "B": rig_b}, scene, "UNREAL", (1, 90))

What is written are copies in a scene of their own that are gone afterwards: the pose that Blender shows on each frame,
whatever it comes from, on bones without constraints. Nothing of the user's changes.
"""

import re
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix

from .. import space
from ..bound_meshes import bound_meshes, copy_mesh
from ..core import errors, files
from ..deform_rig import Performance, make_copy, read
from ..temporary import names_lent, nothing_stays, temporary_scene
from . import bvh, fbx, gltf
from .presets import PRESETS, Preset

WRITERS = {".fbx": fbx.write, ".bvh": bvh.write, ".glb": gltf.write}
ADD_ONS = {".fbx": "io_scene_fbx", ".bvh": "io_anim_bvh", ".glb": "io_scene_gltf2"}  # Blender's own
TO_Y_UP = np.array(Matrix.Rotation(np.pi / 2, 4, "X"))  # turns an object so that its own Y is the world's Z


@dataclass(frozen=True)
class Part:
    """Somebody in a file. node: the armature's name there. bones: a character's bones -> their names there."""

    rig: bpy.types.Object
    node: str
    bones: dict[str, str]


def write(
    path: Path,
    rigs: dict[str, bpy.types.Object],
    scene: bpy.types.Scene,
    preset: str,
    frames: tuple[int, int],
    meshes: bool = True,
    together: bool = False,
    reduce_keys: bool = False,
    root_bone: bool = True,
) -> list[Path]:
    """Write characters of the scene on view to one file, or to one each: handshake_A.fbx, handshake_B.fbx.

    path: "handshake.fbx"; the suffix becomes the preset's. rigs: a short name for the file -> armature object.
    preset: a key of PRESETS: "UNREAL", "UNITY", "MAYA", "BLENDER" (FBX all), "BVH" or "GLTF".
    frames: first and last. meshes: with the visible meshes that the armatures move; BVH has none.
    together: all in one file, where the preset can do so. reduce_keys: leave out keys that change next to nothing.
    root_bone: False for a preset with one, where the skeleton in the other program has none.
    Returns the files' paths. All are written or none.
    Raises EngineError for characters that can't be read or an exporter that fails, OSError.
    """
    chosen = PRESETS[preset] if root_bone else replace(PRESETS[preset], root=False)
    check_add_on(chosen.suffix)
    casts = file_set(path, rigs, chosen, together)
    for file in casts:
        files.check_writable(file)
    shown = dict(zip(rigs.values(), read(list(rigs.values()), *frames, scene), strict=True))
    with ExitStack() as stack:
        for file, parts in casts.items():
            partial = stack.enter_context(files.replacing(file))
            _write_file(partial, file.stem, parts, shown, scene, chosen, meshes, reduce_keys)
    return list(casts)


def check_add_on(suffix: str) -> None:
    """Raise EngineError if Blender can't read and write files of a kind."""
    name = ADD_ONS[suffix]
    if name not in bpy.context.preferences.addons:
        raise errors.EngineError(f'Blender\'s add-on "{name}" is disabled: enable it in the preferences.')


def file_set(path: Path, rigs: dict[str, bpy.types.Object], preset: Preset, together: bool) -> dict[Path, list[Part]]:
    """The files that `write` makes, and who is in each."""
    path = path.with_suffix(preset.suffix) if path.suffix.lower() in WRITERS else Path(f"{path}{preset.suffix}")
    if len(rigs) == 1 or (together and not preset.node):
        return {path: [_part(rig, preset) for rig in rigs.values()]}
    found = {}
    for label, rig in rigs.items():
        own = path.with_name(f"{path.stem}_{bpy.path.clean_name(label)}{path.suffix}")
        while own in found:  # "a.b" and "a b"
            own = own.with_stem(f"{own.stem}_")
        found[own] = [_part(rig, preset)]
    return found


def _part(rig: bpy.types.Object, preset: Preset) -> Part:
    bones: dict[str, str] = {}
    for bone in rig.data.bones.keys():
        name = _spelt(bone, preset)
        while name in bones.values():  # what told them apart is gone
            name += "_"
        bones[bone] = name
    return Part(rig, preset.node or _spelt(rig.name, preset), bones)


def _spelt(name: str, preset: Preset) -> str:
    return re.sub(r"[^A-Za-z0-9_:]", "_", name) if preset.plain_names else name


def _write_file(
    path: str,
    title: str,
    parts: list[Part],
    shown: dict[bpy.types.Object, Performance],
    scene: bpy.types.Scene,
    preset: Preset,
    meshes: bool,
    reduce_keys: bool,
) -> None:
    """Write some people to a file, whose animation is called `title`."""
    bodies = {part.rig: bound_meshes(part.rig) if meshes and preset.suffix != ".bvh" else [] for part in parts}
    bound = [body for own in bodies.values() for body in own]
    called = {body: (_spelt(body.name, preset), _spelt(body.data.name, preset)) for body in bound}
    nodes = {part.node for part in parts}
    units = (100.0 if preset.centimetres else 1.0) / space.units_per_metre(scene)
    place = TO_Y_UP if preset.y_up else np.eye(4)
    with ExitStack() as stack:
        stack.enter_context(names_lent(bpy.data.objects, nodes | {name for name, _ in called.values()}))
        stack.enter_context(names_lent(bpy.data.armatures, nodes))
        stack.enter_context(names_lent(bpy.data.meshes, {name for _, name in called.values()}))
        stack.enter_context(names_lent(bpy.data.scenes, {title}))
        stack.enter_context(nothing_stays())
        beside = stack.enter_context(temporary_scene(title, scene))
        beside.unit_settings.system = "METRIC"
        beside.unit_settings.scale_length = 0.01 if preset.centimetres else 1.0
        for part in parts:
            acts = _prepared(shown[part.rig], part, preset)
            into = np.linalg.inv(place) @ np.diag([*np.array(Matrix(acts.places[0]).to_scale()) * units, 1.0])
            if preset.rests_at_origin:
                into[:3, 3] -= (into @ acts.rest[acts.tops[0]])[:3, 3]
            copy = make_copy(acts, part.node, beside.collection, place, into, units, preset.scales)
            for body in bodies[part.rig]:
                own = copy_mesh(body, part.rig, copy, beside.collection, into, part.bones)
                own.name, own.data.name = called[body]
            beside.frame_start, beside.frame_end = 0, int(acts.frames[-1])
        beside.frame_set(0)
        try:
            WRITERS[preset.suffix](path, beside, reduce_keys)
        except RuntimeError as error:
            sentence = f"{title}{preset.suffix} could not be written ({files.reason(error)})"
            raise errors.EngineError(f"{sentence}: free some space, or choose another folder.") from error


def _prepared(shown: Performance, part: Part, preset: Preset) -> Performance:
    """What somebody does, on the bones that the file has."""
    names = tuple(part.bones[name] for name in shown.names)
    shown = replace(shown, names=names, frames=shown.frames - shown.frames[0])  # the file begins at 0 s
    if (preset.root and not shown.stands_on_root) or (preset.suffix == ".bvh" and len(shown.tops) > 1):
        return shown.with_root("root")
    return shown
