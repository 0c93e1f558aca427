"""Motions from sentences and from motions: generate, react, chain, between."""

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from ..errors import EngineError
from ..files import check_writable, replacing
from ..model_folders import STARTER, find_model

BATCH = 16


def add_commands(commands) -> None:
    """Add these commands to argparse's sub-parsers."""
    command = commands.add_parser("generate", help="a sentence, or a list of them, to motions of two people (.npz)")
    said = command.add_mutually_exclusive_group(required=True)
    said.add_argument("prompt", nargs="?")
    said.add_argument("--prompts", type=Path, metavar="FILE", help="a sentence on every line, or a table (.csv)")
    command.add_argument("--seconds", type=float, default=3.0)
    _add_generation_options(command, "the file (motion.npz); of --prompts the folder (motions)")
    many = command.add_argument_group("with --prompts")
    many.add_argument("--batch", type=count, help=f"clips that are made at once ({BATCH})")
    many.add_argument("--ray", metavar="ADDRESS", help="work on this Ray cluster; 'local' starts one on this machine")
    many.add_argument("--workers", type=count, help="with --ray (one for each GPU, else one for each machine)")
    command.set_defaults(run=_generate, out=None)

    command = commands.add_parser("react", help="one person of a motion (.npz) to a motion of both")
    command.add_argument("actor", type=Path)
    command.add_argument("--person", choices=["A", "B"], default="A", help="who is kept; the other is made anew")
    command.add_argument("--prompt", default="")
    _add_generation_options(command)
    command.set_defaults(run=_react)

    command = commands.add_parser("chain", help="sentences one after the other to one motion of two people (.npz)")
    command.add_argument("prompts", nargs="+", metavar="prompt")
    command.add_argument("--seconds", type=float, default=3.0, help="of each part")
    _add_generation_options(command)
    command.set_defaults(run=_chain)

    command = commands.add_parser("between", help="a motion (.npz) with some of its frames made anew")
    command.add_argument("motion", type=Path)
    command.add_argument("start", type=int, help="first frame to be made, counted from 0")
    command.add_argument("stop", type=int, help="the frame after the last one")
    command.add_argument("--prompt", default="")
    _add_generation_options(command)
    command.set_defaults(run=_between)


def _add_generation_options(command: argparse.ArgumentParser, out: str = "the file (motion.npz)") -> None:
    command.add_argument("--seed", type=int, default=0)
    command.add_argument("--model", type=find_model, default=STARTER, help="its name or folder (the starter model)")
    command.add_argument("--device", default="auto", help="cuda, mps or cpu (the first of them that is there)")
    command.add_argument("--out", type=Path, default=Path("motion.npz"), help=out)


def count(text: str) -> int:
    """A whole number from 1 on, as the type of an option."""
    if (number := int(text)) < 1:
        raise ValueError
    return number


def _generate(arguments: argparse.Namespace) -> None:
    if arguments.prompts:
        _generate_many(arguments)
        return
    if arguments.ray or arguments.workers or arguments.batch:
        raise EngineError("--batch, --ray and --workers are for many prompts: give a list with --prompts.")
    from ..pipeline import InterMask

    out = arguments.out or Path("motion.npz")
    check_writable(out)
    model = InterMask.load(arguments.model, arguments.device)
    motion = model.generate(arguments.prompt, arguments.seconds, arguments.seed)
    _finish(model, [arguments.prompt], motion, out)


def _generate_many(arguments: argparse.Namespace) -> None:
    from ..prompts.run import make_all

    if arguments.workers and not arguments.ray:
        raise EngineError("--workers are those of a Ray cluster: name it with --ray.")
    batch = arguments.batch or BATCH
    worker = {"folder": arguments.model, "device": arguments.device, "batch": batch}
    if arguments.ray:
        from ..prompts.cluster import make_on_cluster

        make = partial(make_on_cluster, **worker, address=arguments.ray, workers=arguments.workers)
    else:
        from ..prompts.local import make_here

        make = partial(make_here, **worker)
    out = arguments.out or Path("motions")
    make_all(arguments.prompts, out, arguments.model, arguments.seconds, arguments.seed, batch, make)


def _react(arguments: argparse.Namespace) -> None:
    from ..pipeline import InterMask

    check_writable(arguments.out)
    actor = read_motion(arguments.actor)
    model = InterMask.load(arguments.model, arguments.device)
    motion = model.react(actor, arguments.prompt, arguments.seed, person=arguments.person)
    _finish(model, [arguments.prompt], motion, arguments.out)


def _chain(arguments: argparse.Namespace) -> None:
    from ..chain import Beat
    from ..pipeline import InterMask

    check_writable(arguments.out)
    model = InterMask.load(arguments.model, arguments.device)
    motion = model.chain([Beat(prompt, arguments.seconds) for prompt in arguments.prompts], arguments.seed)
    _finish(model, arguments.prompts, motion, arguments.out)


def _between(arguments: argparse.Namespace) -> None:
    from ..pipeline import InterMask

    check_writable(arguments.out)
    motion = read_motion(arguments.motion)
    model = InterMask.load(arguments.model, arguments.device)
    motion = model.in_between(motion, arguments.start, arguments.stop, arguments.prompt, arguments.seed)
    _finish(model, [arguments.prompt], motion, arguments.out)


def read_motion(path: Path):
    """A Motion from a file. Raises EngineError."""
    from ..motion import Motion

    try:
        return Motion.load(path)
    except ValueError as error:
        raise EngineError(f"{path} can't be used: {error}") from error


def _finish(model, prompts: Sequence[str], motion, path: Path) -> None:
    """Write the motion; say who made it where, and what the model doesn't know."""
    for prompt in dict.fromkeys(prompts):
        if hint := model.hint(prompt):
            print(hint, file=sys.stderr)
    with replacing(path) as unfinished, open(unfinished, "wb") as file:
        motion.save(file)
    print(f"Made by {motion.model} on {model.device}.", file=sys.stderr)
    print(path)
