"""Describe an armature of Blender's as plain data, for the recognition and the solving of rigs."""

import bpy
import numpy as np

from .retarget.rig import Rig

# VRM's human bones by our parts of the body, as the VRM add-on's Python names have them.
VRM_LIMBS = {
    "hip": "upper_leg", "knee": "lower_leg", "ankle": "foot", "foot": "toes",
    "collar": "shoulder", "shoulder": "upper_arm", "elbow": "lower_arm", "wrist": "hand",
}  # fmt: skip
VRM_BODY = {
    "pelvis": ("hips",),
    "spine": ("spine", "chest", "upper_chest"),
    "neck": ("neck",),
    "head": ("head",),
} | {f"{side}_{part}": (f"{side}_{bone}",) for side in ("left", "right") for part, bone in VRM_LIMBS.items()}


def describe(armature: bpy.types.Object) -> Rig:
    """The rest pose of an armature object, in the armature's own space and units."""
    bones = list(armature.data.bones)
    bones.sort(key=lambda bone: len(bone.parent_recursive))
    index = {bone.name: number for number, bone in enumerate(bones)}
    return Rig(
        names=tuple(index),
        parents=np.array([index[bone.parent.name] if bone.parent else -1 for bone in bones], dtype=int),
        matrices=np.array([bone.matrix_local for bone in bones], dtype=float).reshape(-1, 4, 4),
        tails=np.array([bone.tail_local for bone in bones], dtype=float).reshape(-1, 3),
        deform=np.array([bone.use_deform for bone in bones], dtype=bool),
        humanoid=_vrm_humanoid(armature.data),
        unturned=frozenset(bone.name for bone in bones if not bone.use_inherit_rotation),
        unlocal=frozenset(bone.name for bone in bones if not bone.use_local_location),
        connected=frozenset(bone.name for bone in bones if bone.use_connect),
    )


def _vrm_humanoid(armature: bpy.types.Armature) -> dict[str, tuple[str, ...]]:
    """What the VRM add-on, where it is enabled, knows of the bones; empty without it."""
    extension = getattr(armature, "vrm_addon_extension", None)
    if extension is None:
        return {}
    human_bones = extension.vrm1.humanoid.human_bones
    names = {
        bone: getattr(human_bones, bone).node.bone_name
        for bones in VRM_BODY.values()
        for bone in bones
        if hasattr(human_bones, bone)
    }
    if not any(names.values()):  # VRM 0: a list, with names like leftUpperArm
        older = {entry.bone.lower(): entry.node.bone_name for entry in extension.vrm0.humanoid.human_bones}
        names = {bone: older.get(bone.replace("_", ""), "") for bones in VRM_BODY.values() for bone in bones}
    found = {part: tuple(names[bone] for bone in bones if names.get(bone)) for part, bones in VRM_BODY.items()}
    return {part: bones for part, bones in found.items() if bones}
