"""Export: what the characters do, as files for other programs."""

import math
import re
from pathlib import Path

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty
from bpy_extras.io_utils import ExportHelper

from .. import actor, export, takes
from ..core import errors
from ..export.check import largest_error
from ..export.presets import FBX, PRESETS
from .ordering import present

TOLERANCE = 0.002  # metres that a joint may be off before the user is warned


def people(context: bpy.types.Context, selected: bool) -> dict[str, bpy.types.Object]:
    """Who is exported, by a short name: the selected armatures, or else the people of the active take, the characters
    that are chosen in the panel, the selected armatures. Raises EngineError if there are none."""
    scene = context.scene
    settings = scene.intermask
    choices = [{thing.name: thing for thing in context.selected_objects if thing.type == "ARMATURE"}]
    if not selected:
        chosen = {"A": present(settings.person_a, scene), "B": present(settings.person_b, scene)}
        choices.insert(0, {person: rig for person, rig in chosen.items() if rig})
        if 0 <= settings.active_take < len(settings.takes):
            choices.insert(0, dict(sorted(takes.players(scene, settings.takes[settings.active_take].id).items())))
    for choice in choices:
        if choice:
            return choice
    raise errors.EngineError("There is nobody to export: select the armatures, or generate a motion first.")


def span(rigs: list[bpy.types.Object], scene: bpy.types.Scene) -> tuple[int, int]:
    """First and last frame to export: the active take's if somebody plays it, else those of all their animation."""
    settings = scene.intermask
    if 0 <= settings.active_take < len(settings.takes):
        take = settings.takes[settings.active_take]
        actions = [rig.animation_data.action for rig in rigs if rig.animation_data]
        if any(action and action.get(takes.TAKE) == take.id for action in actions):
            return take.start, take.end
    starts, ends = zip(*(actor.extent(rig, scene) for rig in rigs), strict=True)
    return math.floor(min(starts)), math.ceil(max(ends))


class _Export(ExportHelper):
    """An operator that writes the people of the scene to files."""

    bl_options = {"REGISTER"}

    selected: BoolProperty(
        name="Selected Armatures", description="Export the selected armatures instead of the people of the take"
    )
    check: BoolProperty(
        name="Check the Files", description="Read the files again, and tell how far the joints are from where they were"
    )
    preset = ""
    meshes = together = reduce_keys = False
    root_bone = True

    def invoke(self, context, event):
        """Propose the take's name, in the folder of the last export."""
        settings = context.scene.intermask
        if 0 <= settings.active_take < len(settings.takes):
            folder = Path(self.filepath or bpy.data.filepath).parent
            name = re.sub(r"\W+", "_", settings.takes[settings.active_take].name).strip("_") or "InterMask"
            self.filepath = str(folder / f"{name}{self.filename_ext}")
        return super().invoke(context, event)

    def draw(self, _context):
        """The options, beside the file browser."""
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        for name in ("preset", "root_bone", "meshes", "together", "reduce_keys", "selected", "check"):
            if name in self.properties.bl_rna.properties and self.has_effect(name):
                layout.prop(self, name)

    def has_effect(self, _name: str) -> bool:
        """Whether an option does anything now."""
        return True

    def execute(self, context):
        try:
            self.report(*self.work(context))
        except (errors.EngineError, OSError) as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return {"FINISHED"}

    def work(self, context) -> tuple[set[str], str]:
        """Write the files. Returns what to tell. Raises EngineError, OSError."""
        scene = context.scene
        path = Path(bpy.path.abspath(self.filepath))
        if not path.name:
            raise errors.EngineError("The file has no name yet: give it one.")
        rigs = people(context, self.selected)
        what = path, rigs, scene, self.preset, span(list(rigs.values()), scene)
        written = export.write(
            *what,
            meshes=self.meshes,
            together=self.together,
            reduce_keys=self.reduce_keys,
            root_bone=self.root_bone,
        )
        sentence = f"Wrote {', '.join(file.name for file in written)}."
        if not self.check:
            return {"INFO"}, sentence
        away = largest_error(*what, together=self.together)
        sentence += f" The largest error of a joint is {1000 * away:.2f} mm."
        return {"INFO"} if away < TOLERANCE else {"WARNING"}, sentence


def _meshes():
    return BoolProperty(name="Meshes", description="With the visible meshes that the armatures move", default=True)


def _together(default: bool):
    return BoolProperty(
        name="One File", description="All people in one file, instead of a file for each", default=default
    )


def _reduce_keys():
    return BoolProperty(name="Reduce Keys", description="Leave out keys that change next to nothing: a smaller file")


class INTERMASK_OT_export_fbx(_Export, bpy.types.Operator):
    """Write the people of the take to FBX files, as another program wants them"""

    bl_idname = "intermask.export_fbx"
    bl_label = "Export FBX"

    filename_ext = ".fbx"
    filter_glob: StringProperty(default="*.fbx", options={"HIDDEN"})
    preset: EnumProperty(
        name="For",
        description="The program that will read the files",
        items=[(key, PRESETS[key].label, PRESETS[key].description) for key in FBX],
    )
    root_bone: BoolProperty(
        name="Root Bone",
        description="Add a bone on the ground that carries all others, where there is none. Switch it off for"
        " characters whose skeleton in Unreal has no such bone",
        default=True,
    )
    meshes: _meshes()
    together: _together(False)
    reduce_keys: _reduce_keys()

    def has_effect(self, name: str) -> bool:
        """Unreal has a root bone and a file for everybody."""
        preset = PRESETS[self.preset]
        return {"root_bone": preset.root, "together": not preset.node}.get(name, True)


class INTERMASK_OT_export_bvh(_Export, bpy.types.Operator):
    """Write the skeletons of the people of the take to BVH files, one each"""

    bl_idname = "intermask.export_bvh"
    bl_label = "Export BVH"

    filename_ext = ".bvh"
    filter_glob: StringProperty(default="*.bvh", options={"HIDDEN"})
    preset = "BVH"


class INTERMASK_OT_export_gltf(_Export, bpy.types.Operator):
    """Write the people of the take to glTF, for Godot and the web"""

    bl_idname = "intermask.export_gltf"
    bl_label = "Export glTF"

    filename_ext = ".glb"
    filter_glob: StringProperty(default="*.glb", options={"HIDDEN"})
    preset = "GLTF"
    meshes: _meshes()
    together: _together(True)
    reduce_keys: _reduce_keys()


def draw_menu(menu: bpy.types.Menu, _context: bpy.types.Context) -> None:
    """Our lines of File > Export."""
    menu.layout.operator("intermask.export_fbx", text="InterMask Characters (.fbx)")
    menu.layout.operator("intermask.export_bvh", text="InterMask Skeletons (.bvh)")
    menu.layout.operator("intermask.export_gltf", text="InterMask Characters (.glb)")


CLASSES = (INTERMASK_OT_export_fbx, INTERMASK_OT_export_bvh, INTERMASK_OT_export_gltf)
