"""The command line inside Blender itself: blender --command intermask, with the arguments of __main__.py."""

import bpy

_command = None


def register() -> None:
    """Make the command known to Blender."""
    global _command
    _command = bpy.utils.register_cli_command("intermask", _run)


def unregister() -> None:
    """Take it back."""
    bpy.utils.unregister_cli_command(_command)


def _run(arguments: list[str]) -> int:
    from .__main__ import main  # only now: python -m would find it imported already

    return main(arguments)
