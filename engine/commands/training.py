"""From a configuration to a model directory: train, package."""

import argparse
from pathlib import Path


def add_commands(commands) -> None:
    """Add these commands to argparse's sub-parsers."""
    command = commands.add_parser("train", help="train a network, or go on where training stopped")
    command.add_argument("network", choices=["vqvae", "transformer", "evaluator"])
    command.add_argument("config", type=Path)
    command.add_argument("--device", default="auto")
    command.set_defaults(run=_train)

    command = commands.add_parser("package", help="both trained networks of a run to a model directory")
    command.add_argument("config", type=Path)
    command.add_argument("folder", type=Path)
    command.set_defaults(run=_package)


def _train(arguments: argparse.Namespace) -> None:
    from ..pipeline import chosen_device
    from ..training.config import load_config
    from ..training.evaluator import train_evaluator
    from ..training.transformer import train_transformer
    from ..training.vqvae import train_vqvae

    networks = {"vqvae": train_vqvae, "transformer": train_transformer, "evaluator": train_evaluator}
    train = networks[arguments.network]
    train(load_config(arguments.config), chosen_device(arguments.device))


def _package(arguments: argparse.Namespace) -> None:
    from ..training.config import load_config
    from ..training.package import package

    package(load_config(arguments.config), arguments.folder)
    print(arguments.folder)
