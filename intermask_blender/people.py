"""Brings a Motion into a scene: two reference rigs with their bodies and actions, in a collection of their own."""
import bpy

from . import armature, mannequin, space
from .core import motion

NAMES = ("Person A", "Person B")


def add_people(clip: "motion.Motion", scene: bpy.types.Scene, start: int = 1) -> list[bpy.types.Object]:
    """Add both people of a motion to the scene on view, moving from frame `start` on at the scene's fps.

    Collection and actions are named after the prompt. Returns the armature objects of A and B.
    """
    clip = space.resample(clip, space.scene_fps(scene))
    prompt = " ".join(clip.prompt.split())
    collection = bpy.data.collections.new(prompt)
    scene.collection.children.link(collection)
    rigs = []
    for name, offsets, roots, turns in zip(
        NAMES, clip.bone_offsets, clip.root_positions, clip.joint_rotations, strict=True
    ):
        rig = armature.make_rig(name, offsets, collection, scene)
        mannequin.make_mannequin(rig, offsets, collection, scene)
        armature.write_action(rig, f"{name[-1]}: {prompt}", roots, turns, scene, start)
        rigs.append(rig)
    return rigs
