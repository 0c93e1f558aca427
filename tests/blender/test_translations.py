"""Every word of the interface is there in every language."""

import ast
from pathlib import Path

import bpy
import pytest

import intermask_blender
from intermask_blender import engine_setup, jobs, operators, panels, preferences, properties, rig_panel, translations

DRAWN = {"label", "operator", "prop", "menu", "progress", "textbox"}
LANGUAGES = translations.languages()


def declared() -> set[str]:
    """Names and descriptions of all panels, operators and properties."""
    kinds = [*properties.CLASSES, *panels.CLASSES, preferences.InterMaskPreferences]
    kinds += [kind for module in operators.MODULES for kind in module.CLASSES]
    words = set()
    for kind in kinds:
        words.add(getattr(kind, "bl_label", ""))
        if issubclass(kind, bpy.types.Operator):
            words.add(kind.__doc__.strip())
        for base in kind.__mro__:
            for declaration in base.__dict__.get("__annotations__", {}).values():
                keywords = getattr(declaration, "keywords", {})
                words |= {keywords.get("name", ""), keywords.get("description", "")}
                words |= {word for item in keywords.get("items") or () for word in item[1:3]}
    return words - {""}


def drawn() -> set[str]:
    """What the code writes into layouts, unless marked as not to be translated."""
    words = set()
    for file in Path(intermask_blender.__file__).parent.rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(call, ast.Assign) and getattr(call.targets[0], "attr", "") == "step":  # of work on the engine
                words |= {word for word in [getattr(call.value, "value", "")] if isinstance(word, str)}
            if not isinstance(call, ast.Call):
                continue
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            arguments = {keyword.arg: keyword.value for keyword in call.keywords}
            texts = [arguments.get("text"), arguments.get("placeholder")] if name in DRAWN else []
            texts = [] if "translate" in arguments else texts
            texts += call.args[:1] if name == "iface_" else []
            words |= {word for text in texts if text for word in constants(text)}
    return words - {""}


def constants(text: ast.expr) -> list[str]:
    """What an expression may write: a text, or one of two."""
    if isinstance(text, ast.IfExp):
        return constants(text.body) + constants(text.orelse)
    assert not isinstance(text, ast.JoinedStr), f"{ast.unparse(text)} can't be translated"
    return [text.value] if isinstance(text, ast.Constant) else []


def told() -> set[str]:
    """The states of a job and of the engine, what to do next, and the parts of a rig."""
    shown = set(jobs.State) - {jobs.State.FAILED, jobs.State.CANCELLED, jobs.State.DONE}
    states = {state.value for state in shown | set(engine_setup.State)}
    return states | set(preferences.NEXT.values()) | set(rig_panel.GROUPS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_translated(language):
    words = declared() | drawn() | told()
    assert len(words) > 100
    assert not words - LANGUAGES[language].keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_survive(language):
    for message, text in LANGUAGES[language].items():
        assert text.strip()
        assert message.count("{") == text.count("{"), message


def test_german_japanese_and_chinese_are_known_to_blender():
    known = set(bpy.app.translations.locales)
    assert {"de_DE", "ja_JP", "zh_HANS"} == LANGUAGES.keys()
    assert not known or LANGUAGES.keys() <= known
