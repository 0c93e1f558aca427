"""The whole path without a window: a sentence becomes two animated people in a .blend, an .fbx, a picture.

python -m intermask_blender "Two people shake hands" --out hands.blend --fbx hands.fbx --strip hands.png

For many sentences, as a table: see batch.py.
"""

import argparse
import sys
import time
from pathlib import Path

import bpy

from . import batch, export
from .core import errors, files, model_folders, protocol
from .engine_process import EngineProcess, find_python
from .people import add_people
from .stage import add_stage, empty_scene
from .strip import render_strip

FPS = 30


def main(arguments: list[str] | None = None) -> int:
    """Run the command line. Returns the exit code: 0, or 1 (130 for Ctrl-C) after a sentence on stderr.

    Raises SystemExit with code 2 for wrong usage.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if any(argument.split("=")[0] == "--batch" for argument in arguments):
        return batch.main(arguments)
    options = _parse(arguments)
    outputs = [path for path in (options.out, options.fbx, options.strip) if path]
    try:
        for path in outputs:
            files.check_writable(path)
        clip = generate(options)
        write(clip, options)
    except (errors.EngineError, OSError) as error:
        print(f"intermask: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("intermask: stopped.", file=sys.stderr)
        return 130
    for path in outputs:
        print(f"Wrote {path}")
    return 0


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "intermask_blender",
        description="A sentence becomes two animated people.",
        epilog="For a table of sentences: --batch JOBS.csv --help",
    )
    parser.add_argument("prompt", help="what the two do, in English")
    parser.add_argument("--seconds", type=float, default=3.0, help="length of the motion (default: 3)")
    parser.add_argument("--seed", type=int, default=0, help="another number gives another motion (default: 0)")
    parser.add_argument("--out", type=Path, metavar="X.blend", help="write a Blender file")
    parser.add_argument("--fbx", type=Path, metavar="X.fbx", help="write an FBX file")
    parser.add_argument("--strip", type=Path, metavar="X.png", help="write a picture of six moments")
    find, starter = model_folders.find_model, model_folders.STARTER
    parser.add_argument("--model", type=find, default=starter, help="a name or a folder (default: starter)")
    options = parser.parse_args(arguments)
    if not (options.out or options.fbx or options.strip):
        parser.error("nothing to write: give --out, --fbx or --strip")
    return options


def generate(options: argparse.Namespace):
    """The Motion that a worker makes for the prompt. Raises EngineError."""
    with EngineProcess(find_python(), options.model) as engine, ProgressLine() as progress:
        engine.submit(protocol.Generate(1, options.prompt, options.seconds, options.seed))
        result = engine.wait(1, progress.show)
    if result.hint:
        print(f"intermask: {result.hint}", file=sys.stderr)
    return motion_of(result)


def motion_of(result: "protocol.Result"):
    """The Motion in the worker's answer. Raises EngineError if it is damaged."""
    try:
        return protocol.unpack(result.motion)
    except ValueError as error:
        raise errors.EngineError("The motion that came from the engine is damaged.") from error


def write(clip, options: argparse.Namespace) -> None:
    """Build the scene of a motion and write the files that were asked for. Raises OSError."""
    scene, people = staged(clip)
    if options.out:
        with files.replacing(options.out) as partial:
            bpy.ops.wm.save_as_mainfile(filepath=partial, copy=True)
    if options.fbx:
        frames = scene.frame_start, scene.frame_end
        export.write(options.fbx, dict(zip("AB", people, strict=True)), scene, "BLENDER", frames, together=True)
    if options.strip:
        render_strip(options.strip, clip, scene)


def staged(clip) -> tuple[bpy.types.Scene, list[bpy.types.Object]]:
    """A new scene with floor, light and camera, and the armatures of the two people who play a motion in it."""
    scene = empty_scene(FPS)
    people = add_people(clip, scene)
    scene.frame_start, scene.frame_end = (int(frame) for frame in people[0].animation_data.action.frame_range)
    add_stage(clip, scene)
    return scene, people


class ProgressLine:
    """One line of the terminal that says how far the sampling is."""

    def __enter__(self) -> "ProgressLine":
        self._first = None
        print("Starting the engine ...", end="", flush=True)
        return self

    def __exit__(self, *exception) -> None:
        print()

    def show(self, progress) -> None:
        """Tell of a `Progress` and of the time that is left at the pace since the first."""
        line = f"Step {progress.step} of {progress.steps}"
        if self._first is None:
            self._first, self._began = progress.step, time.monotonic()
        elif progress.step > self._first:
            pace = (time.monotonic() - self._began) / (progress.step - self._first)
            line += f", {pace * (progress.steps - progress.step):.0f} s left"
        print(f"\r{line:40}", end="", flush=True)


if __name__ == "__main__":
    sys.exit(main())
