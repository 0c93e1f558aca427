"""Motions from sentences and from motions: generate, react, chain, between."""

import argparse
import sys
from pathlib import Path

from ..errors import EngineError
from ..files import check_writable, replacing
from ..model_folders import STARTER, find_model


def add_commands(commands) -> None:
    """Add these commands to argparse's sub-parsers."""
    command = commands.add_parser("generate", help="a sentence to a motion of two people (.npz)")
    command.add_argument("prompt")
    command.add_argument("--seconds", type=float, default=3.0)
    _add_generation_options(command)
    command.set_defaults(run=_generate)

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


def _add_generation_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--seed", type=int, default=0)
    command.add_argument("--model", type=find_model, default=STARTER, help="its name or folder (the starter model)")
    command.add_argument("--device", default="auto")
    command.add_argument("--out", type=Path, default=Path("motion.npz"))


def _generate(arguments: argparse.Namespace) -> None:
    from ..pipeline import InterMask

    check_writable(arguments.out)
    model = InterMask.load(arguments.model, arguments.device)
    motion = model.generate(arguments.prompt, arguments.seconds, arguments.seed)
    _tell_hint(model, arguments.prompt)
    _write(motion, arguments.out)


def _react(arguments: argparse.Namespace) -> None:
    from ..pipeline import InterMask

    check_writable(arguments.out)
    actor = read_motion(arguments.actor)
    model = InterMask.load(arguments.model, arguments.device)
    motion = model.react(actor, arguments.prompt, arguments.seed, person=arguments.person)
    _tell_hint(model, arguments.prompt)
    _write(motion, arguments.out)


def _chain(arguments: argparse.Namespace) -> None:
    from ..chain import Beat
    from ..pipeline import InterMask

    check_writable(arguments.out)
    model = InterMask.load(arguments.model, arguments.device)
    motion = model.chain([Beat(prompt, arguments.seconds) for prompt in arguments.prompts], arguments.seed)
    for prompt in dict.fromkeys(arguments.prompts):
        _tell_hint(model, prompt)
    _write(motion, arguments.out)


def _between(arguments: argparse.Namespace) -> None:
    from ..pipeline import InterMask

    check_writable(arguments.out)
    motion = read_motion(arguments.motion)
    model = InterMask.load(arguments.model, arguments.device)
    motion = model.in_between(motion, arguments.start, arguments.stop, arguments.prompt, arguments.seed)
    _tell_hint(model, arguments.prompt)
    _write(motion, arguments.out)


def read_motion(path: Path):
    """A Motion from a file. Raises EngineError."""
    from ..motion import Motion

    try:
        return Motion.load(path)
    except ValueError as error:
        raise EngineError(f"{path} can't be used: {error}") from error


def _tell_hint(model, prompt: str) -> None:
    if hint := model.hint(prompt):
        print(hint, file=sys.stderr)


def _write(motion, path: Path) -> None:
    with replacing(path) as partial, open(partial, "wb") as file:
        motion.save(file)
    print(path)
