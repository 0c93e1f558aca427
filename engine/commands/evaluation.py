"""How good a model is: evaluate."""

import argparse
from pathlib import Path

from ..model_folders import STARTER


def add_commands(commands) -> None:
    """Add these commands to argparse's sub-parsers."""
    command = commands.add_parser("evaluate", help="score a model on the scenes it should know")
    command.add_argument("model", help="'starter' or a model directory")
    command.add_argument("--seeds", type=int, default=20, help="clips of each kind per family")
    command.add_argument("--out", type=Path, help="a folder for evaluation.json and evaluation.md")
    command.set_defaults(run=_evaluate)


def _evaluate(arguments: argparse.Namespace) -> None:
    from ..evaluation.starter import evaluate

    folder = STARTER if arguments.model == "starter" else Path(arguments.model)
    evaluate(folder, arguments.seeds, arguments.out)
