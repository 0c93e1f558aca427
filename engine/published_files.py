"""Reads the files of a published checkpoint, which may be anything: tensors and plain values only, nothing is run."""

import pickle
import re
import warnings
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from .errors import EngineError
from .features import WIDTH

# Training notes its scores as numpy's numbers; they do nothing, under either of the names that numpy has given them.
_SCALAR = np.float64(0).__reduce__()[0]
_NUMBERS = [
    np.dtype,
    *(type(np.dtype(kind)) for kind in ("f8", "f4", "i8", "i4", "?")),
    *((_SCALAR, f"numpy.{core}.multiarray.scalar") for core in ("core", "_core")),
]
# What a file begins with: our own kind first.
_ZIP, _TAR, _TAR_AT = b"PK\x03\x04", b"ustar", 257
# What opt.txt calls the sizes of the networks.
OPTIONS = {
    **{"nb_code": 1024, "code_dim": 512, "width": 512, "depth": 2, "down_t": 2, "stride_t": 2},
    **{"dilation_growth_rate": 3, "latent_dim": 384, "n_heads": 6, "n_layers": 6, "ff_size": 1024},
}


def read_checkpoint(path: Path) -> dict:
    """What torch.save wrote, its tensors mapped from the file where it is of today's kind. Raises EngineError."""
    try:
        with open(path, "rb") as file:
            head = file.read(_TAR_AT + len(_TAR))
    except OSError as error:
        raise EngineError(f"{path} can't be read ({error.strerror}): choose the checkpoint itself.") from error
    if head.lstrip()[:1] == b"<":
        raise EngineError(f"{path} is a web page, not a checkpoint: open it in a browser to see what the site wants.")
    if head[_TAR_AT:] == _TAR or not head.startswith((_ZIP, b"\x80")):
        raise EngineError(
            f"{path} is not a checkpoint: take the file as it was downloaded; despite its name a published .tar is no"
            " archive to unpack or repack."
        )
    try:
        with warnings.catch_warnings(action="ignore"), torch.serialization.safe_globals(_NUMBERS):
            found = torch.load(path, map_location="cpu", weights_only=True, mmap=head.startswith(_ZIP))
    except pickle.UnpicklingError as error:
        asked = re.search(r"GLOBAL (\S+)", str(error))
        what = f"it asks for {asked[1]}" if asked else "it is no plain list of tensors"
        raise EngineError(f"{path} may hold code ({what}): it was refused, and nothing in it was run.") from error
    except Exception as error:  # torch raises of every kind for a damaged file
        raise EngineError(f"{path} is damaged or only half downloaded: download it again.") from error
    if not isinstance(found, dict):
        raise EngineError(f"{path} holds no networks: choose the published checkpoint.")
    return found


def network_of(checkpoint: dict, keys: tuple[str, ...], network: str, path: Path) -> dict[str, Tensor]:
    """The tensors of one network, which lie under one of the keys. Raises EngineError."""
    tensors = next((checkpoint[key] for key in keys if key in checkpoint), None)
    if not isinstance(tensors, dict) or not all(isinstance(tensor, Tensor) for tensor in tensors.values()):
        held = ", ".join(map(str, list(checkpoint)[:5])) or "nothing"
        raise EngineError(f"{path} holds no {network} (but {held}): choose the published file of the {network}.")
    return tensors


def check_options(folder: Path, layout: str) -> int:
    """Compare the opt.txt files in a folder, and in those below, with a data set's networks. Returns values compared.

    layout: "interhuman" or "interx". Raises EngineError if there are none, or for the first value that differs.
    """
    files = sorted(folder.rglob("opt.txt"))
    if not files:
        raise EngineError(f"There is no opt.txt in {folder}: name the folder that holds those of both networks.")
    expected = {"dataset_name": layout} | {name: str(value) for name, value in OPTIONS.items()}
    compared = 0
    for file in files:
        values = dict(re.findall(r"^(\w+): *(.*?) *$", file.read_text("utf-8", errors="replace"), re.MULTILINE))
        for name in sorted(expected.keys() & values.keys()):
            if values[name] != expected[name]:
                raise EngineError(
                    f"{file} says {name}: {values[name]}, the checkpoint of the VQ-VAE needs {expected[name]}: choose"
                    " files that belong together."
                )
            compared += 1
    return compared


def read_statistics(folder: Path) -> dict[str, Tensor]:
    """mean and std (262,) of the rows, from global_mean.npy and global_std.npy. Raises EngineError."""
    found = {}
    for name in ("mean", "std"):
        path = folder / f"global_{name}.npy"
        try:
            values = np.load(path, allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise EngineError(f"{path} can't be read: name the folder that holds it ({error}).") from error
        if values.shape != (WIDTH,) or not np.isfinite(values).all() or (name == "std" and (values <= 0).any()):
            raise EngineError(f"{path} does not hold the {name} of {WIDTH} numbers: choose that of InterHuman.")
        found[name] = torch.from_numpy(values.astype(np.float32))
    return found
