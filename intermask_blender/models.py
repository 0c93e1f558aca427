"""Which models there are, and what a model's folder says of it before any worker runs."""

import json
from functools import lru_cache
from pathlib import Path

from . import preferred
from .core import errors, model_folders

STARTER = "starter"


def names() -> list[str]:
    """The starter model and those in the user's folder of models."""
    return [STARTER, *sorted(found.name for found in _own_folders())]


def folder(name: str) -> Path:
    """Where a model lies. Raises EngineError if it is not there."""
    if name == STARTER:
        return model_folders.STARTER
    for found in _own_folders():
        if found.name == name:
            return found
    raise errors.EngineError(f'There is no model "{name}" (any more): choose another under Model.')


def limits(name: str) -> tuple[float, float]:
    """Seconds of the shortest and the longest motion that a model makes. Raises EngineError."""
    config = _config(folder(name))
    return config["min_frames"] / config["fps"], config["max_frames"] / config["fps"]


def has_hands(name: str) -> bool:
    """Whether a model's people move their fingers, as those of Inter-X do. Raises EngineError."""
    return _config(folder(name))["vqvae"]["layout"] == "interx"


def sampling(name: str) -> dict:
    """The sampling settings that suit a model, those of the engine's SamplingSettings. Raises EngineError."""
    return dict(_config(folder(name))["sampling"])


def examples(name: str) -> list[str]:
    """The plainest sentence of every scene that a model knows; none if it does not say."""
    try:
        vocabulary = folder(name) / "vocabulary.json"
        return [scene["plain"] for scene in _read(vocabulary, vocabulary.stat().st_mtime_ns)["scenes"]]
    except (errors.EngineError, OSError, ValueError):
        return []


def _own_folders() -> list[Path]:
    return [found.parent for found in preferred.models_folder().glob("[!.]*/vqvae.safetensors")]


def _config(found: Path) -> dict:
    path = found / "config.json"
    try:
        return _read(path, path.stat().st_mtime_ns)
    except (OSError, ValueError) as error:
        raise errors.EngineError(f"{path} is not a model configuration ({error}).") from error


@lru_cache(maxsize=8)
def _read(path: Path, _changed: int) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))
