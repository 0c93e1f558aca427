"""The sentences that were used last, kept in the add-on's own folder: not in the file, which may be given away."""

import contextlib
import json
from pathlib import Path

import bpy

from .core import ADDON

LIMIT = 20
_prompts: list[str] | None = None  # not read yet


def recent() -> list[str]:
    """The prompts that were used last, the latest first."""
    global _prompts
    if _prompts is None:
        _prompts = []
        with contextlib.suppress(OSError, ValueError, TypeError):
            _prompts = [str(prompt) for prompt in json.loads(_file().read_text(encoding="utf-8"))][:LIMIT]
    return list(_prompts)


def remember(prompt: str) -> None:
    """Put a prompt at the head of the list; where nothing can be written it is kept until Blender ends."""
    global _prompts
    _prompts = [prompt, *(known for known in recent() if known != prompt)][:LIMIT]
    with contextlib.suppress(OSError, ValueError):
        _file().write_text(json.dumps(_prompts, ensure_ascii=False), encoding="utf-8")


def _file() -> Path:
    """Raises ValueError where the add-on runs without being installed."""
    return Path(bpy.utils.extension_path_user(ADDON, create=True)) / "recent_prompts.json"
