"""Which bones of an armature are which parts of the body: what the user corrected, else what is recognised."""

import bpy

from .core import errors
from .retarget.bone_map import BoneMap
from .retarget.recognise import LIKELY, Recognition, recognise
from .retarget.rig import Rig
from .rig_description import describe

CORRECTION = "intermask_bone_map"  # custom property of an armature: the user's BoneMap as JSON
_recognised: dict[int, tuple[tuple[str, ...], Recognition]] = {}  # by the armature's session number, while names stay


def recognition(rig: bpy.types.Object) -> Recognition:
    """What an armature object is recognised as, whatever the user corrected. Remembered until its bones' names change.

    Raises EngineError for an object that is no armature.
    """
    _check_armature(rig)
    names = tuple(rig.data.bones.keys())
    known = _recognised.get(rig.data.session_uid)
    if known is None or known[0] != names:
        known = _recognised[rig.data.session_uid] = names, recognise(describe(rig))
    return known[1]


def forget(rig: bpy.types.Object) -> None:
    """Let an armature be recognised anew, as its bones may have moved."""
    _recognised.pop(rig.data.session_uid, None)


def corrected(rig: bpy.types.Object) -> BoneMap | None:
    """The map that the user chose for an armature, or None. Raises EngineError if it can't be read."""
    text = rig.data.get(CORRECTION)
    return BoneMap.from_json(text) if text else None


def correct(rig: bpy.types.Object, bone_map: BoneMap | None) -> None:
    """Save the user's own map on an armature; None goes back to what is recognised.

    Raises EngineError for an armature that is linked from another file.
    """
    if not rig.data.is_editable:
        raise errors.EngineError(f'"{rig.name}" is linked from another file: make it local to change its bone map.')
    if bone_map is not None:
        rig.data[CORRECTION] = bone_map.to_json()
    elif CORRECTION in rig.data:
        del rig.data[CORRECTION]


def bone_map(rig: bpy.types.Object) -> BoneMap:
    """The map to start from: the user's, else the recognised one, however unsure. Raises EngineError."""
    _check_armature(rig)
    return corrected(rig) or recognition(rig).bone_map


def described(rig: bpy.types.Object) -> tuple[Rig, BoneMap]:
    """An armature's rest pose and its bone map. Raises EngineError if it isn't known which bones move a person."""
    _check_armature(rig)
    chosen = corrected(rig)
    if chosen is None:
        found = recognition(rig)
        if found.confidence < LIKELY:
            raise errors.EngineError(f'"{rig.name}": {found.sentence}')
        chosen = found.bone_map
    rest = describe(rig)
    chosen.check(rest)
    return rest, chosen


def _check_armature(rig: bpy.types.Object | None) -> None:
    if rig is None or rig.type != "ARMATURE":
        raise errors.EngineError("This is no armature: select the armature of a character.")
