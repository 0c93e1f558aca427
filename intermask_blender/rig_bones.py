"""`object.intermask_bones`: the bone map of an armature as fields of the interface, one for every bone."""

import bpy
from bpy.props import StringProperty

from . import rig_map
from .core import errors
from .retarget.bone_map import CHAINS, FINGERS, PARTS, SPOKEN

MOST = {"spine": 8, "neck": 4} | dict.fromkeys(FINGERS, 4)  # bones of the parts that are chains
refused: dict[int, str] = {}  # by the object's session number: why the last choice was not taken


def identifier(part: str, index: int = 0) -> str:
    """The name of a field."""
    return f"{part}_{index}" if part in MOST else part


def label(part: str) -> str:
    """What a part's fields are called, whatever the side."""
    joint = part if part in ("pelvis", "head", *CHAINS) else part.partition("_")[2]
    return SPOKEN.get(joint, joint).title()


def bones(rig: bpy.types.Object, part: str) -> tuple[str, ...]:
    """The bones that are a part, from the body outwards; none if it isn't mapped or the map can't be read."""
    try:
        return rig_map.bone_map(rig).bones.get(part, ())
    except errors.EngineError:
        return ()


def choose(rig: bpy.types.Object, part: str, index: int, bone: str) -> None:
    """Let a bone be the part's bone at `index`, or with "" none. Raises EngineError for a bone that can't be it."""
    if bone and bone not in rig.data.bones:
        raise errors.EngineError(f"There is no bone “{bone}” in this armature.")
    chain = list(bones(rig, part))
    chain[index : index + 1] = [bone] if bone else []
    rig_map.correct(rig, rig_map.bone_map(rig).with_part(part, *chain))


def _field(part: str, index: int) -> StringProperty:
    def get(fields) -> str:
        chain = bones(fields.id_data, part)
        return chain[index] if index < len(chain) else ""

    def choose_it(fields, bone: str) -> None:
        rig = fields.id_data
        refused.pop(rig.session_uid, None)
        try:
            choose(rig, part, index, bone)
        except errors.EngineError as error:
            refused[rig.session_uid] = str(error)

    return StringProperty(
        name=label(part),
        description="The bone of the armature that is this part of the body",
        get=get,
        set=choose_it,
    )


class RigBones(bpy.types.PropertyGroup):
    """A field a bone; they are kept in the armature's bone map."""

    __annotations__ = {
        identifier(part, index): _field(part, index) for part in PARTS for index in range(MOST.get(part, 1))
    }
