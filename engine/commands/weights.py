"""Weights that others have published: weights list, get, verify, remove; import-weights."""

import argparse
import sys
from pathlib import Path

from .. import weights_catalogue
from ..errors import EngineError
from ..model_folders import MODELS_VARIABLE, user_folder
from ..weights_catalogue import CATALOGUE, Weights, load_catalogue


def add_commands(commands) -> None:
    """Add these commands to argparse's sub-parsers."""
    command = commands.add_parser("import-weights", help="published InterMask checkpoints to a model")
    command.add_argument("--vqvae", type=Path, required=True, metavar="best_fid.tar")
    command.add_argument("--transformer", type=Path, required=True, metavar="best_fid.tar")
    command.add_argument("--options", type=Path, required=True, metavar="DIR", help="where the opt.txt files are")
    command.add_argument("--statistics", type=Path, metavar="DIR", help="InterHuman's global_mean.npy, global_std.npy")
    place = command.add_mutually_exclusive_group(required=True)
    place.add_argument("--name", help=f"of the model, in the user's folder ({MODELS_VARIABLE} names another)")
    place.add_argument("--out", type=Path, metavar="DIR", help="the model's folder, anywhere")
    command.set_defaults(run=_import)

    command = commands.add_parser("weights", help="what can be had of published weights, and what is here")
    command.add_argument("--catalogue", type=Path, default=CATALOGUE, help="another list, such as a studio's own")
    verbs = command.add_subparsers(required=True, metavar="VERB")
    verbs.add_parser("list", help="what there is").set_defaults(run=_list)
    verb = verbs.add_parser("get", help="download, or go on with a download")
    verb.add_argument("name")
    verb.add_argument("--yes", action="store_true", help="accept the licence without being asked")
    verb.set_defaults(run=_get)
    verb = verbs.add_parser("verify", help="compare files with their checksums")
    verb.add_argument("name")
    verb.set_defaults(run=_verify)
    verb = verbs.add_parser("remove", help="delete from this computer")
    verb.add_argument("name")
    verb.set_defaults(run=_remove)


def _import(arguments: argparse.Namespace) -> None:
    from ..import_weights import import_weights

    if arguments.name is not None and Path(arguments.name).name != arguments.name:
        raise EngineError(f'"{arguments.name}" is no name of a model: --out takes a path.')
    folder = arguments.out or user_folder() / arguments.name
    print(
        import_weights(arguments.vqvae, arguments.transformer, arguments.options, arguments.statistics, folder),
        file=sys.stderr,
    )
    print(folder)


def _list(arguments: argparse.Namespace) -> None:
    catalogue, models = load_catalogue(arguments.catalogue), user_folder()
    for weights in catalogue.values():
        here = "here" if weights_catalogue.complete(weights, models) else "not here"
        print(f"{weights.name}: {weights.title}")
        print(f"    {weights.use}")
        print(f"    {weights.size / 1e9:.1f} GB, {here}, licence: {weights.licence}, {weights.page}")
    for name in weights_catalogue.installed(models):
        if name not in catalogue:
            print(f"{name}: a model of your own")
    print(f"Folder: {models}")


def _get(arguments: argparse.Namespace) -> None:
    from tqdm import tqdm

    weights, models = _entry(arguments), user_folder()
    if not weights.files:
        raise EngineError(weights.by_hand())
    if not arguments.yes and not weights_catalogue.accepted(weights, models):
        _ask(weights)
    with tqdm(unit="B", unit_scale=True, total=weights.size, desc=weights.name) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        folder = weights_catalogue.get(weights, models, show)
    print(folder)


def _ask(weights: Weights) -> None:
    """Show the licence, and go on only if it is accepted."""
    print(
        f"{weights.title}, {weights.size / 1e9:.1f} GB, {weights.page}\n\nLicence: {weights.licence}\n{weights.terms}\n"
    )
    if not sys.stdin.isatty():
        raise EngineError("Nothing was downloaded: say --yes if you accept this licence.")
    if input("Do you accept this licence? [y/N] ").strip().lower() not in ("y", "yes"):
        raise EngineError("Nothing was downloaded, as the licence was not accepted.")


def _verify(arguments: argparse.Namespace) -> None:
    catalogue = load_catalogue(arguments.catalogue)
    count = weights_catalogue.verify(arguments.name, user_folder(), catalogue, lambda *_: None)
    print(f"{arguments.name}: {count} files are as they should be.")


def _remove(arguments: argparse.Namespace) -> None:
    freed = weights_catalogue.remove(arguments.name, user_folder())
    print(f"{arguments.name} was removed: {freed / 1e9:.2f} GB freed.")


def _entry(arguments: argparse.Namespace) -> Weights:
    catalogue = load_catalogue(arguments.catalogue)
    if arguments.name not in catalogue:
        known = ", ".join(catalogue)
        raise EngineError(f'There is no "{arguments.name}" in the catalogue: it has {known}.')
    return catalogue[arguments.name]
