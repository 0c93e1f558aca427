"""Data sets: data check, data prepare, data preview."""

import argparse
from pathlib import Path

from ..errors import EngineError
from ..files import check_writable


def add_commands(commands) -> None:
    """Add these commands to argparse's sub-parsers."""
    command = commands.add_parser("data", help="check, prepare and look at InterHuman and Inter-X")
    parts = command.add_subparsers(required=True, metavar="COMMAND")

    part = parts.add_parser("check", help="read every clip of a data set and tell which can't be used, and why")
    part.add_argument("source", type=Path, help="the folder of InterHuman or Inter-X")
    part.set_defaults(run=_check)

    part = parts.add_parser("prepare", help="check a data set and make the copy that training and scores read")
    part.add_argument("source", type=Path, help="the folder of InterHuman or Inter-X")
    part.add_argument("folder", type=Path, help="where the copy goes")
    part.add_argument(
        "--statistics",
        type=Path,
        help="a folder with the published global_mean.npy and global_std.npy; measured if not given",
    )
    part.set_defaults(run=_prepare)

    part = parts.add_parser("preview", help="a picture (.png) or film (.gif) of a clip")
    part.add_argument("source", type=Path, help="the folder of a prepared data set, or a motion (.npz)")
    part.add_argument("--clip", help="its name in the data set; the first one if not given")
    part.add_argument("--out", type=Path, help="the picture or film; the clip's name with .png if not given")
    part.set_defaults(run=_preview)


def _check(arguments: argparse.Namespace) -> None:
    from ..datasets.pair_cache import check

    print(check(arguments.source).table())


def _prepare(arguments: argparse.Namespace) -> None:
    from ..datasets.pair_cache import prepare

    print(prepare(arguments.source, arguments.folder, arguments.statistics).table())


def _preview(arguments: argparse.Namespace) -> None:
    from ..datasets.preview import draw_film, draw_strip

    name, title, positions, fps = _motion(arguments) if arguments.source.suffix == ".npz" else _clip(arguments)
    out = arguments.out or Path(f"{name}.png")
    draw = {".png": draw_strip, ".gif": draw_film}.get(out.suffix.lower())
    if draw is None:
        raise EngineError(f"{out} is neither a picture (.png) nor a film (.gif).")
    check_writable(out)
    draw(positions, out, title, fps)
    print(out)


def _motion(arguments: argparse.Namespace) -> tuple:
    from ..motion import Motion

    try:
        motion = Motion.load(arguments.source)
    except ValueError as error:
        raise EngineError(f"{arguments.source} can't be used: {error}") from error
    return arguments.source.stem, motion.prompt or arguments.source.stem, motion.joint_positions, motion.fps


def _clip(arguments: argparse.Namespace) -> tuple:
    from ..datasets.pair_cache import open_cache

    cache = open_cache(arguments.source)
    names = [note["name"] for note in cache.notes]
    name = arguments.clip or names[0]
    if name not in names:
        raise EngineError(f"{arguments.source} has no clip {name}; it has {', '.join(names[:3])} and so on.")
    index = names.index(name)
    return name, f"{name}: {cache.notes[index]['texts'][0]}", cache.joint_positions(index), cache.fps
