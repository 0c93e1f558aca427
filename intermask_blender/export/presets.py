"""What each program wants to find in a file."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Preset:
    """How people are written for a program.

    Whatever the program, the armature itself stands at the origin without turn or scale, and the bones do the rest.
    label, description: for the user. suffix: of the file.
    centimetres: instead of metres. y_up: the bones' own space is Y-up, so that no object needs a turn.
    root: a bone at the object's origin that carries all others and goes with the object is added where there is none.
    scales: the format knows of scaled bones.
    rests_at_origin: the bone that carries all others starts there in the rest pose.
    plain_names: letters, digits, "_" and ":" only.
    node: the armature's name instead of the character's; then there is one person to a file.
    """

    label: str
    description: str
    suffix: str = ".fbx"
    centimetres: bool = True
    y_up: bool = True
    root: bool = False
    scales: bool = True
    rests_at_origin: bool = False
    plain_names: bool = False
    node: str = ""


PRESETS = {
    "UNREAL": Preset(
        "Unreal Engine",
        "Centimetres, and a root bone on the ground, below which all others are",
        root=True,
        node="Armature",  # Unreal makes a bone of the armature unless it has this very name
    ),
    "UNITY": Preset("Unity", "Without the turn by -90° and the scale of 100 that Blender's files have in Unity"),
    "MAYA": Preset("Maya, MotionBuilder", "Centimetres, Y up, and names that need no replacement", plain_names=True),
    "BLENDER": Preset("Blender", "Metres, Z up, at scale 1", centimetres=False, y_up=False),
    "BVH": Preset(
        "BVH",
        "The skeleton alone, in centimetres, Y up",
        suffix=".bvh",
        scales=False,
        rests_at_origin=True,  # some readers add the root's place to its offset, others take one for the other
        plain_names=True,
        node="Armature",
    ),
    "GLTF": Preset("glTF", "Metres, Y up, in one binary file", suffix=".glb", centimetres=False, y_up=False),
}
FBX = ("UNREAL", "UNITY", "MAYA", "BLENDER")
