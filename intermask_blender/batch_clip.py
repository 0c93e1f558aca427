"""Makes one clip of a batch: opens the file with the characters, orders the motion as the panel does, writes files."""

import re
from pathlib import Path

import bpy
import numpy as np

from . import actor, apply_result, export, jobs
from .batch_table import OUTPUTS, Job
from .core import errors, files, motion
from .stage import add_stage, empty_scene
from .strip import render_strip


class BadRow(errors.EngineError):
    """What a row asks for can't be done, on this machine or any other."""


def make(job: Job, folder: Path) -> tuple[list[Path], str]:
    """Make a clip. Returns the files that were written into the folder, and what the engine had to say about it.

    Raises BadRow, EngineError if the engine failed, and OSError if a file can't be written.
    """
    if job.blend == (folder / f"{job.name}.blend").resolve() and "blend" in job.outputs:
        raise BadRow(f"The clip would replace {job.blend}, of which it is made: choose another name or folder.")
    scene = _opened(job)
    order, hint = _ordered(job, scene)
    rigs = [next(thing for thing in scene.objects if thing.session_uid == uid) for uid in order.cast.rigs]
    take = scene.intermask.takes[scene.intermask.active_take]
    span = take.start, take.end
    if job.blend is None:
        scene.frame_start, scene.frame_end = span
    _clear(job.name, folder)
    paths = []
    for kind in job.outputs:  # in the order of OUTPUTS: the scene is saved before the picture changes it
        path = folder / f"{job.name}.{kind}"
        if kind == "blend":
            paths += _write_blend(path)
        elif kind == "png":
            paths += _write_picture(path, scene, rigs, span)
        else:
            preset = {"bvh": "BVH", "glb": "GLTF"}.get(kind, job.preset)
            people = dict(zip(apply_result.PERSONS, rigs, strict=True))
            paths += export.write(path, people, scene, preset, span, together=kind == "glb")
    return paths, hint


def _opened(job: Job) -> bpy.types.Scene:
    """The scene of the job's file, ready to be changed; an empty one if there is no file. Raises BadRow."""
    if job.blend is None:
        return empty_scene(actor.FPS)
    try:
        bpy.ops.wm.open_mainfile(filepath=str(job.blend), load_ui=False)
    except RuntimeError as error:
        raise BadRow(f"{job.blend} can't be opened ({_sentence(error)}).") from error
    if bpy.context.mode not in {"OBJECT", "POSE"}:
        bpy.ops.object.mode_set(mode="OBJECT")
    return bpy.context.scene


def _ordered(job: Job, scene: bpy.types.Scene) -> tuple[apply_result.Order, str]:
    """Have the motion made and put on the characters. What the table says nothing of is as the scene's settings say."""
    settings = scene.intermask
    settings.person_a, settings.person_b = (_armature(name, scene) for name in (job.person_a, job.person_b))
    settings.model, settings.first_person = job.model, job.first_person
    common = {"prompt": job.prompt, "seed": job.seed, "count": 1, "wait": False}
    try:
        if job.react:
            bpy.ops.intermask.react(actor=job.person_a, **common)
        else:
            bpy.ops.intermask.generate(seconds=job.seconds, **common)
    except RuntimeError as error:
        raise BadRow(_sentence(error)) from error
    queued = jobs.queue.jobs[-1]
    jobs.queue.wait([queued])
    if queued.state is not jobs.State.DONE:
        raise errors.EngineError(queued.sentence)
    return queued.order, jobs.queue.notice


def _armature(name: str, scene: bpy.types.Scene) -> bpy.types.Object | None:
    """The armature of that name, None for "". Raises BadRow."""
    if not name:
        return None
    rig = scene.objects.get(name)
    if rig is None or rig.type != "ARMATURE":
        known = ", ".join(f'"{thing.name}"' for thing in scene.objects if thing.type == "ARMATURE") or "none"
        raise BadRow(f'There is no armature "{name}" in the scene "{scene.name}". Its armatures: {known}.')
    return rig


def _sentence(error: RuntimeError) -> str:
    """What an operator reported."""
    return str(error).removeprefix("Error: ").strip()


def _clear(name: str, folder: Path) -> None:
    """Remove what a process left half written that died at this job. Raises OSError."""
    half_written = re.compile(rf"\.\d+-{re.escape(name)}(_[AB])?\.({'|'.join(OUTPUTS)})")
    for path in folder.iterdir():
        if half_written.fullmatch(path.name):
            path.unlink(missing_ok=True)


def _write_blend(path: Path) -> list[Path]:
    with files.replacing(path) as partial:
        bpy.ops.wm.save_as_mainfile(filepath=partial, copy=True)
    return [path]


def _write_picture(
    path: Path, scene: bpy.types.Scene, rigs: list[bpy.types.Object], span: tuple[int, int]
) -> list[Path]:
    """Six moments of the clip side by side."""
    scene.frame_start, scene.frame_end = span
    reads = [actor.read_actor(rig, scene, *span) for rig in rigs]
    values = ([read.roots for read in reads], [read.rotations for read in reads], [read.body.offsets for read in reads])
    clip = motion.Motion(*map(np.stack, values), fps=actor.FPS)
    add_stage(clip, scene)
    render_strip(path, clip, scene)
    return [path]
