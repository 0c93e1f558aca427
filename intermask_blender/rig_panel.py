"""The panel "Rig": what an armature was recognised as, and its bones to look over and correct."""

import bpy
from bpy.app.translations import pgettext_iface as iface_

from . import rig_bones, rig_map, rig_presets, translations
from .core import errors
from .operators.rigs import chosen_rig
from .paragraph import draw_paragraph
from .retarget.bone_map import FINGERS, OPTIONAL, spoken
from .retarget.recognise import SURE
from .sidebar import SubPanel

NAMED = 4  # parts without a bone that are told by name
ARM, LEG = ("collar", "shoulder", "elbow", "wrist"), ("hip", "knee", "ankle", "foot")
GROUPS = {
    "Body": ("pelvis", "spine", "neck", "head"),
    "Left Arm": tuple(f"left_{joint}" for joint in ARM),
    "Right Arm": tuple(f"right_{joint}" for joint in ARM),
    "Left Leg": tuple(f"left_{joint}" for joint in LEG),
    "Right Leg": tuple(f"right_{joint}" for joint in LEG),
    "Left Fingers": tuple(part for part in FINGERS if part.startswith("left")),
    "Right Fingers": tuple(part for part in FINGERS if part.startswith("right")),
}


class INTERMASK_MT_rig(bpy.types.Menu):
    """What else can be done with the bones of a rig"""

    bl_label = "Bone Map"

    def draw(self, _context: bpy.types.Context) -> None:
        layout = self.layout
        layout.operator("intermask.recognise_rig", icon="FILE_REFRESH")
        layout.operator("intermask.clear_rig", icon="X")
        layout.separator()
        for name in rig_presets.names():
            layout.operator("intermask.load_rig_preset", text=name, icon="PRESET", translate=False).name = name
        layout.operator("intermask.save_rig_preset", text="Save Preset...", icon="ADD")
        layout.menu("INTERMASK_MT_delete_rig_preset", icon="REMOVE")
        layout.separator()
        layout.operator("intermask.import_rig", text="Import Bone Map...", icon="IMPORT")
        layout.operator("intermask.export_rig", text="Export Bone Map...", icon="EXPORT")


class INTERMASK_MT_delete_rig_preset(bpy.types.Menu):
    """Presets that are no longer wanted"""

    bl_label = "Delete Preset"

    def draw(self, _context: bpy.types.Context) -> None:
        names = rig_presets.names()
        for name in names:
            self.layout.operator("intermask.delete_rig_preset", text=name, translate=False).name = name
        if not names:
            self.layout.label(text="None yet")


class INTERMASK_PT_rig(SubPanel, bpy.types.Panel):
    bl_label = "Rig"
    bl_order = 5

    def draw(self, context: bpy.types.Context) -> None:
        layout, rig = self.layout, chosen_rig(context)
        _for_all(layout, context.scene.intermask)
        if rig is None:
            draw_paragraph(layout, context, iface_("Select an armature to see what it is recognised as"), margin=6)
            return
        row = layout.row()
        row.label(text=rig.name, icon="ARMATURE_DATA", translate=False)
        row.menu("INTERMASK_MT_rig", text="", icon="DOWNARROW_HLT")
        draw_paragraph(layout, context, _sentence(rig), margin=6)
        if rig.session_uid in rig_bones.refused:
            words = layout.column()
            words.alert = True
            draw_paragraph(words, context, rig_bones.refused[rig.session_uid], "ERROR", margin=8)
        for name, parts in GROUPS.items():
            lacking = any(part not in OPTIONAL + FINGERS and not rig_bones.bones(rig, part) for part in parts)
            state = f"intermask_{name.replace(' ', '_')}" + "_lacking" * lacking  # opens anew when something lacks
            header, body = layout.panel(state, default_closed=not lacking)
            header.label(text=name, text_ctxt=translations.OWN, icon="ERROR" if lacking else "NONE")
            for part in parts if body else ():
                _fields(body, rig, part)


def _for_all(layout: bpy.types.UILayout, settings) -> None:
    """How motions come to the two characters, whatever their rigs."""
    layout.prop(settings, "keep_contacts")
    people = filter(None, (settings.person_a, settings.person_b))
    if any(rig_bones.bones(rig, part) for rig in people for part in FINGERS):
        row = layout.row(align=True)
        row.label(text="Hands", text_ctxt=translations.OWN)
        row.prop(settings, "hands", expand=True)
    layout.separator()


def doubt(rig: bpy.types.Object) -> str:
    """What to look over before a character is used, as a sentence, or "" if there is nothing."""
    try:
        by_hand = rig_map.corrected(rig)
        sure = by_hand is not None or rig_map.recognition(rig).confidence >= SURE
        lacking = set(rig_map.bone_map(rig).missing).difference(OPTIONAL)
    except errors.EngineError as error:
        return str(error)
    return "" if sure and not lacking else f"{rig.name}: {_sentence(rig)}"


def _sentence(rig: bpy.types.Object) -> str:
    """How sure the recognition is, or what lacks in a map that was made by hand."""
    try:
        by_hand = rig_map.corrected(rig)
        if by_hand is None:
            return rig_map.recognition(rig).sentence
    except errors.EngineError as error:
        return str(error)
    lacking = ", ".join(map(spoken, by_hand.missing[:NAMED])) + " …" * (len(by_hand.missing) > NAMED)
    text = iface_("Chosen by hand.")
    return f"{text} {iface_('No bone for:')} {lacking}" if lacking else text


def _fields(layout: bpy.types.UILayout, rig: bpy.types.Object, part: str) -> None:
    """A part's bone; of a chain all of its bones, and an empty field for the next."""
    used = len(rig_bones.bones(rig, part))
    rows = min(used + 1, rig_bones.MOST[part]) if part in rig_bones.MOST else 1
    column = layout.column(align=True)
    for index in range(rows):
        line = column.split(factor=0.32, align=True)
        line.label(text="" if index else rig_bones.label(part), text_ctxt=translations.OWN)
        row = line.row(align=True)
        row.prop_search(rig.intermask_bones, rig_bones.identifier(part, index), rig.data, "bones", text="")
        if rig.mode == "POSE":
            button = row.operator("intermask.use_active_bone", text="", icon="RESTRICT_SELECT_OFF")
            button.part, button.index = part, index


CLASSES = (INTERMASK_MT_delete_rig_preset, INTERMASK_MT_rig, INTERMASK_PT_rig)
