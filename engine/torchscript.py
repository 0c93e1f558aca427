"""The tensors in a TorchScript archive, such as OpenAI's own CLIP files, read without running any of its code.

The archive is a zip: data.pkl says which module holds which tensors, data/ holds their numbers, code/ is left alone.
Of what a pickle may ask for, the reader knows tensors and plain containers; everything else ends it.
"""

import math
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

STORAGES = {
    "FloatStorage": torch.float32,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "DoubleStorage": torch.float64,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "BoolStorage": torch.bool,
}


def read_tensors(path: Path, wanted: Callable[[str], bool]) -> dict[str, Tensor]:
    """The tensors of the archive whose dotted names are wanted.

    Raises ValueError if it is no such archive, is damaged, or asks for anything beyond tensors.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            listing = next((name for name in archive.namelist() if name.endswith("/data.pkl")), None)
            if listing is None:
                raise ValueError("it is not a TorchScript archive")
            with archive.open(listing) as file:
                root = _Listing(file).load()
            if not isinstance(root, _Module):
                raise ValueError("it holds no module")
            folder = listing.removesuffix(".pkl")
            places = {name: place for name, place in root.tensors() if wanted(name)}
            return {name: _tensor(place, archive.read(f"{folder}/{place.key}")) for name, place in places.items()}
    except (zipfile.BadZipFile, pickle.UnpicklingError, EOFError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(str(error)) from error


@dataclass(frozen=True)
class _Place:
    """Where the numbers of a tensor are."""

    key: str
    dtype: torch.dtype
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]


class _Module:
    """A module of any class: what the archive says is in it becomes its attributes."""

    def tensors(self, prefix: str = ""):
        """Pairs of a dotted name and a _Place, those of modules inside too."""
        for name, value in vars(self).items():
            if isinstance(value, _Module):
                yield from value.tensors(f"{prefix}{name}.")
            elif isinstance(value, _Place):
                yield prefix + name, value


class _Listing(pickle.Unpickler):
    """Reads data.pkl; nothing it can name does more than hold data."""

    def find_class(self, module: str, name: str):
        if module == "__torch__" or module.startswith("__torch__."):
            return _Module
        if module == "torch" and name in STORAGES:
            return STORAGES[name]
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _place
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if module == "torch.jit._pickle":  # lists of one type
            return list
        raise pickle.UnpicklingError(f"it asks for {module}.{name}, which is refused")

    def persistent_load(self, pid: tuple) -> tuple[torch.dtype, str]:
        kind, dtype, key, *_ = pid
        if kind != "storage" or not isinstance(dtype, torch.dtype):
            raise pickle.UnpicklingError(f"it holds a {kind}, which is refused")
        return dtype, key


def _place(storage: tuple[torch.dtype, str], offset: int, shape: tuple, stride: tuple, *_) -> _Place:
    dtype, key = storage
    return _Place(key, dtype, offset, shape, stride)


def _tensor(place: _Place, numbers: bytes) -> Tensor:
    flat = torch.frombuffer(bytearray(numbers), dtype=place.dtype)
    last = place.offset + sum((n - 1) * step for n, step in zip(place.shape, place.stride, strict=True))
    if math.prod(place.shape) and not 0 <= place.offset <= last < len(flat):
        raise ValueError("a tensor lies outside its numbers")
    return flat.as_strided(place.shape, place.stride, place.offset)
