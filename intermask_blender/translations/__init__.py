"""The interface in other languages: a file each, {English: translation}, named as Blender names the language."""

import json
from pathlib import Path

import bpy

# Where Blender's own translation of a word means something else, such as the temperature of light.
OWN = "InterMask"
# Blender looks labels of operators up under a context of their own.
CONTEXTS = ("*", "Operator", OWN)


def languages() -> dict[str, dict[str, str]]:
    """The translations of every language, by Blender's name for it."""
    files = sorted(Path(__file__).parent.glob("*.json"))
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}


def register() -> None:
    """Hand the translations to Blender."""
    table = {
        language: {(context, message): text for message, text in messages.items() for context in CONTEXTS}
        for language, messages in languages().items()
    }
    bpy.app.translations.register(__package__, table)


def unregister() -> None:
    """Take them back."""
    bpy.app.translations.unregister(__package__)
