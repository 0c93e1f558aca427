"""A picture of every scene that a model knows: six moments of what it makes of the scene's plainest sentence.

python -m intermask_blender.gallery docs/gallery
"""

import argparse
import sys
from pathlib import Path

from .__main__ import motion_of, staged
from .core import errors, files, model_folders, protocol, vocabulary
from .engine_process import EngineProcess, find_python
from .strip import render_strip

SEED = 0
SECONDS = 4.0


def main() -> int:
    """Run the command line. Returns the exit code: 0, or 1 after a sentence on stderr."""
    parser = argparse.ArgumentParser("intermask_blender.gallery", description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where the pictures and their index go")
    parser.add_argument("--model", type=Path, metavar="DIR", default=model_folders.STARTER)
    options = parser.parse_args()
    try:
        options.folder.mkdir(parents=True, exist_ok=True)
        files.check_writable(options.folder / "README.md")
        draw(options.folder, options.model)
    except (errors.EngineError, OSError) as error:
        print(f"intermask: {error}", file=sys.stderr)
        return 1
    return 0


def draw(folder: Path, model: Path) -> None:
    """Write a strip for each scene of the model's vocabulary, and an index of them. Raises EngineError, OSError."""
    known = vocabulary.load_vocabulary(model)
    if known is None:
        raise errors.EngineError(f"{model} does not say which scenes it knows: it has no vocabulary.json.")
    lines = ["# What the starter model makes", "", f"Seed {SEED}, {SECONDS:g} seconds, nothing chosen by hand.", ""]
    with EngineProcess(find_python(), model) as engine:
        for number, scene in enumerate(known.scenes, 1):
            engine.submit(protocol.Generate(number, scene.plain, SECONDS, SEED))
            path = folder / f"{scene.label.replace(' ', '_')}.jpg"
            clip = motion_of(engine.wait(number))
            render_strip(path, clip, staged(clip)[0])
            lines += [f"**{scene.plain}**", "", f"![{scene.label}]({path.name})", ""]
            print(f"Wrote {path}", flush=True)
    with files.replacing(folder / "README.md") as partial:
        Path(partial).write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
