"""How good a model is, and how physical motions are: evaluate, measure."""

import argparse
from pathlib import Path

from ..model_folders import STARTER
from .motions import read_motion


def add_commands(commands) -> None:
    """Add these commands to argparse's sub-parsers."""
    command = commands.add_parser("evaluate", help="score a model on the scenes it should know")
    command.add_argument("model", help="'starter' or a model directory")
    command.add_argument("--seeds", type=int, default=20, help="clips of each kind per family")
    command.add_argument("--out", type=Path, help="a folder for evaluation.json and evaluation.md")
    command.set_defaults(run=_evaluate)

    command = commands.add_parser("measure", help="physical figures of motions (.npz): feet, floor, bodies, smoothness")
    command.add_argument("motions", nargs="+", type=Path, metavar="MOTION")
    command.set_defaults(run=_measure)


def _evaluate(arguments: argparse.Namespace) -> None:
    from ..evaluation.starter import evaluate

    folder = STARTER if arguments.model == "starter" else Path(arguments.model)
    evaluate(folder, arguments.seeds, arguments.out)


def _measure(arguments: argparse.Namespace) -> None:
    from ..evaluation.measure import measured

    print(measured({str(path): read_motion(path) for path in arguments.motions}))
