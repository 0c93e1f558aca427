"""From a configuration to a model directory: train, package."""

import argparse
from pathlib import Path


def add_commands(commands) -> None:
    """Add these commands to argparse's sub-parsers."""
    command = commands.add_parser("train", help="train a network, or go on where training stopped")
    command.add_argument("network", choices=["vqvae", "reader", "planner", "transformer", "evaluator"])
    command.add_argument("config", type=Path)
    command.add_argument("--device", choices=["auto", "cpu"], default="auto", help="auto: the GPU if there is one")
    command.set_defaults(run=_train)

    command = commands.add_parser("package", help="both trained networks of a run to a model directory")
    command.add_argument("config", type=Path)
    command.add_argument("folder", type=Path)
    command.set_defaults(run=_package)


def _train(arguments: argparse.Namespace) -> None:
    from ..training.config import load_config
    from ..training.runs import train_network

    train_network(arguments.network, load_config(arguments.config), arguments.device)


def _package(arguments: argparse.Namespace) -> None:
    from ..training.config import load_config
    from ..training.package import package

    package(load_config(arguments.config), arguments.folder)
    print(arguments.folder)
