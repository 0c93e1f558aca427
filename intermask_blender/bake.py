"""Puts a take onto the timeline, as animation of the user's own; the take stays as it is."""

import bpy

from . import takes


def bake(scene: bpy.types.Scene, index: int, start: int) -> list[tuple[str, str]]:
    """Let the people of a row's take play a copy of it from frame `start` on.

    Returns what to tell the user: pairs of "INFO" or "WARNING" and a sentence. Raises EngineError.
    """
    take = scene.intermask.takes[index].id
    for rig in takes.players(scene, take).values():
        if action := takes.copied(rig, take):
            rig.animation_data.action = action
            rig.animation_data.action_slot = action.slots[0]
    return [("INFO", "Baked.")]
