"""The verbs of the add-on: a module each, with the operators it offers in CLASSES."""

import bpy

from . import (
    bake,
    chain,
    deform_rig,
    export,
    generate,
    in_between,
    published_models,
    react,
    rigs,
    set_up_engine,
    takes,
)

MODULES = (generate, chain, react, takes, in_between, bake, deform_rig, export, rigs, set_up_engine, published_models)


def register() -> None:
    """Make the operators known to Blender."""
    for module in MODULES:
        for kind in module.CLASSES:
            bpy.utils.register_class(kind)


def unregister() -> None:
    """Take them back."""
    for module in reversed(MODULES):
        for kind in reversed(module.CLASSES):
            bpy.utils.unregister_class(kind)
