"""Bone maps that the user keeps by name, in the add-on's own folder."""

from pathlib import Path

import bpy

from .core import ADDON, errors
from .retarget.bone_map import BoneMap


def names() -> list[str]:
    """All presets, in alphabetical order."""
    try:
        return sorted(path.stem for path in folder().glob("*.json"))
    except errors.EngineError:
        return []


def save(name: str, bone_map: BoneMap) -> None:
    """Keep a bone map under a name; one of that name is replaced. Raises EngineError if it can't be written."""
    stem = bpy.path.clean_name(name.strip())
    if not stem:
        raise errors.EngineError("The preset has no name: give it one.")
    try:
        bone_map.save(folder(create=True) / f"{stem}.json")
    except OSError as error:
        raise errors.EngineError(f"The preset can't be written ({error.strerror}).") from error


def load(name: str) -> BoneMap:
    """The bone map of a name. Raises EngineError if there is none, or it can't be read."""
    return BoneMap.load(_path(name))


def remove(name: str) -> None:
    """Delete a preset. Raises EngineError if there is none, or it can't be deleted."""
    try:
        _path(name).unlink()
    except OSError as error:
        raise errors.EngineError(f"The preset can't be deleted ({error.strerror}).") from error


def _path(name: str) -> Path:
    if name not in names():
        raise errors.EngineError(f'There is no preset "{name}" (any more).')
    return folder() / f"{name}.json"


def folder(create: bool = False) -> Path:
    """Where they are. Raises EngineError where the add-on runs without being installed."""
    try:
        return Path(bpy.utils.extension_path_user(ADDON, path="rigs", create=create))
    except ValueError as error:
        raise errors.EngineError("Presets need the add-on to be installed: export to a file instead.") from error
