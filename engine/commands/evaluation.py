"""How good a model is, and how physical motions are: evaluate, measure."""

import argparse
from pathlib import Path

from ..errors import EngineError
from ..model_folders import find_model
from .motions import count, read_motion


def add_commands(commands) -> None:
    """Add these commands to argparse's sub-parsers."""
    command = commands.add_parser(
        "evaluate", help="score a model: the starter on the scenes it should know, any other as its benchmark does"
    )
    command.add_argument("model", help="'starter', the name of a model in your folder of models, or a model directory")
    command.add_argument("--out", type=Path, help="a folder for the figures, as .json and .md")
    command.add_argument("--device", default="auto")
    command.add_argument("--seeds", type=int, default=20, help="without --data: clips of each kind per family")
    command.add_argument("--data", type=Path, help="a prepared data set (data prepare), whose test clips are scored on")
    command.add_argument("--evaluator", type=Path, help="with --data: the benchmark's evaluator, a file or a folder")
    command.add_argument("--words", type=Path, help="of Inter-X: the folder of the evaluator's word vectors")
    mode = command.add_mutually_exclusive_group()
    kinds = (("--react", "react", "person B is made to person A"), ("--vqvae", "reconstruct", "the VQ-VAE alone"))
    for option, kind, what in kinds:
        mode.add_argument(option, dest="mode", action="store_const", const=kind, help=f"with --data: {what}")
    command.add_argument("--replications", type=count, default=20, help="of the benchmark")
    command.add_argument("--seed", type=int, default=0)
    command.add_argument("--batch", type=count, default=64, help="clips that are made at once")
    command.set_defaults(run=_evaluate, mode="generate")

    command = commands.add_parser("measure", help="physical figures of motions (.npz): feet, floor, bodies, smoothness")
    command.add_argument("motions", nargs="+", type=Path, metavar="MOTION")
    command.set_defaults(run=_measure)


def _evaluate(arguments: argparse.Namespace) -> None:
    folder = find_model(arguments.model)
    if not arguments.data:
        from ..evaluation.starter import evaluate

        evaluate(folder, arguments.seeds, arguments.out)
        return
    if not arguments.evaluator:
        raise EngineError("The scores of a benchmark need its evaluator: say with --evaluator where it is.")
    from ..evaluation.benchmark_report import evaluate_on_benchmark

    out = arguments.out or Path("scores") / f"{folder.name}-{arguments.mode}"
    settings = {name: getattr(arguments, name) for name in ("mode", "replications", "seed", "batch", "device")}
    evaluate_on_benchmark(folder, arguments.data, arguments.evaluator, out, arguments.words, **settings)


def _measure(arguments: argparse.Namespace) -> None:
    from ..evaluation.measure import measured

    print(measured({str(path): read_motion(path) for path in arguments.motions}))
