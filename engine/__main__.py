"""The engine's command line: python -m engine generate|react|chain|between|train|package|evaluate. Each has --help."""

import argparse
import sys
from pathlib import Path

from .errors import EngineError
from .files import check_writable, replacing
from .model_folders import STARTER


def main() -> int:
    """Run one command; a failure a user can meet is one sentence and exit status 1."""
    parser = argparse.ArgumentParser(prog="python -m engine", description="Two-person motion from text.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

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

    command = commands.add_parser("train", help="train a network, or go on where training stopped")
    command.add_argument("network", choices=["vqvae", "transformer", "evaluator"])
    command.add_argument("config", type=Path)
    command.add_argument("--device", default="auto")
    command.set_defaults(run=_train)

    command = commands.add_parser("package", help="both trained networks of a run to a model directory")
    command.add_argument("config", type=Path)
    command.add_argument("folder", type=Path)
    command.set_defaults(run=_package)

    command = commands.add_parser("evaluate", help="score a model on the scenes it should know")
    command.add_argument("model", help="'starter' or a model directory")
    command.add_argument("--seeds", type=int, default=20, help="clips of each kind per family")
    command.add_argument("--out", type=Path, help="a folder for evaluation.json and evaluation.md")
    command.set_defaults(run=_evaluate)

    arguments = parser.parse_args()
    try:
        arguments.run(arguments)
    except (EngineError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _add_generation_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--seed", type=int, default=0)
    command.add_argument("--model", type=Path, default=STARTER)
    command.add_argument("--device", default="auto")
    command.add_argument("--out", type=Path, default=Path("motion.npz"))


def _generate(arguments: argparse.Namespace) -> None:
    from .pipeline import InterMask

    check_writable(arguments.out)
    model = InterMask.load(arguments.model, arguments.device)
    motion = model.generate(arguments.prompt, arguments.seconds, arguments.seed)
    _tell_hint(model, arguments.prompt)
    _write(motion, arguments.out)


def _react(arguments: argparse.Namespace) -> None:
    from .pipeline import InterMask

    check_writable(arguments.out)
    actor = _read(arguments.actor)
    model = InterMask.load(arguments.model, arguments.device)
    motion = model.react(actor, arguments.prompt, arguments.seed, person=arguments.person)
    _tell_hint(model, arguments.prompt)
    _write(motion, arguments.out)


def _chain(arguments: argparse.Namespace) -> None:
    from .chain import Beat
    from .pipeline import InterMask

    check_writable(arguments.out)
    model = InterMask.load(arguments.model, arguments.device)
    motion = model.chain([Beat(prompt, arguments.seconds) for prompt in arguments.prompts], arguments.seed)
    for prompt in dict.fromkeys(arguments.prompts):
        _tell_hint(model, prompt)
    _write(motion, arguments.out)


def _between(arguments: argparse.Namespace) -> None:
    from .pipeline import InterMask

    check_writable(arguments.out)
    motion = _read(arguments.motion)
    model = InterMask.load(arguments.model, arguments.device)
    motion = model.in_between(motion, arguments.start, arguments.stop, arguments.prompt, arguments.seed)
    _tell_hint(model, arguments.prompt)
    _write(motion, arguments.out)


def _read(path: Path):
    from .motion import Motion

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


def _train(arguments: argparse.Namespace) -> None:
    from .pipeline import chosen_device
    from .training.config import load_config
    from .training.evaluator import train_evaluator
    from .training.transformer import train_transformer
    from .training.vqvae import train_vqvae

    networks = {"vqvae": train_vqvae, "transformer": train_transformer, "evaluator": train_evaluator}
    train = networks[arguments.network]
    train(load_config(arguments.config), chosen_device(arguments.device))


def _package(arguments: argparse.Namespace) -> None:
    from .training.config import load_config
    from .training.package import package

    package(load_config(arguments.config), arguments.folder)
    print(arguments.folder)


def _evaluate(arguments: argparse.Namespace) -> None:
    from .evaluation.starter import evaluate

    folder = STARTER if arguments.model == "starter" else Path(arguments.model)
    evaluate(folder, arguments.seeds, arguments.out)


if __name__ == "__main__":
    sys.exit(main())
