"""The sidebar tab "InterMask" of the 3D viewport, layout only. It reads as a sentence: who, what, how long, go."""

import textwrap

import bpy
from bpy.app.translations import pgettext_iface as iface_

from . import (
    beats_panel,
    engine_process,
    jobs,
    models,
    recent_prompts,
    rig_panel,
    shape_panel,
    space,
    takes,
    timeline_panel,
    translations,
)
from .core import ADDON, errors
from .operators.export import draw_menu as draw_export_menu
from .operators.ordering import frames_of
from .paragraph import draw_paragraph
from .properties import SAMPLING
from .sidebar import Sidebar, SubPanel, numbered_row


class INTERMASK_PT_main(Sidebar, bpy.types.Panel):
    bl_label = "InterMask"

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, context.scene.intermask
        _prompt(layout, settings)
        _people(layout, context)
        _length(layout, context.scene)
        button = layout.row()
        button.scale_y = 1.5
        if _engine_is_there() and settings.kept == "MOTION":
            button.operator("intermask.react", text="React", icon="PLAY").actor = settings.person_a.name
        elif _engine_is_there():
            button.operator("intermask.generate", text="Generate", icon="PLAY")
        else:
            button.operator("preferences.addon_show", text="Set Up the Engine...", icon="IMPORT").module = ADDON
        _jobs(layout, context)
        note = layout.row()
        note.active = False
        note.label(text="Prompts stay on this computer", icon="LOCKED")


def _prompt(layout: bpy.types.UILayout, settings) -> None:
    """The sentence, in as many lines as this Blender can, and where to pick one from."""
    column = layout.column(align=True)
    example = iface_("May stay empty") if settings.kept == "MOTION" else "Two people shake hands."
    if hasattr(column, "textbox"):
        column.textbox(settings, "prompt", initial_visible_lines=3, placeholder=example)
    else:
        column.prop(settings, "prompt", text="", placeholder=example)
    row = column.row(align=True)
    row.menu("INTERMASK_MT_examples", icon="PRESET")
    row.menu("INTERMASK_MT_recent", icon="RECOVER_LAST")


def _engine_is_there() -> bool:
    try:
        return bool(engine_process.find_python())
    except errors.EngineError:
        return False


def _people(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """The two characters, the button between them, what is kept of the first, else whose part is whose."""
    settings, active = context.scene.intermask, context.active_object
    row = layout.row(align=True)
    column = row.column(align=True)
    for person in ("A", "B"):
        line = column.row(align=True)
        name = line.row()
        name.ui_units_x = 3.2
        name.label(text="Person A" if person == "A" else "Person B")
        line.prop(settings, f"person_{person.lower()}", text="", placeholder="New Character", icon="ARMATURE_DATA")
    swap = row.column(align=True)
    swap.scale_y = 2.0
    swap.operator("intermask.swap_people", text="", icon="UV_SYNC_SELECT")
    for rig in filter(None, (settings.person_a, settings.person_b)):
        if doubt := rig_panel.doubt(rig):
            draw_paragraph(layout, context, doubt, "INFO", margin=8)
    if active not in {None, settings.person_a, settings.person_b} and _plays_own(active):
        text = iface_("React to {name}").format(name=active.name)
        layout.operator("intermask.choose_actor", text=text, icon="ARMATURE_DATA", translate=False)
    if settings.person_a:
        _choice(layout, settings, "keep", "Keep")
    if settings.kept == "NOTHING":
        _choice(layout, settings, "first_person", "First Person")


def _plays_own(thing: bpy.types.Object) -> bool:
    return thing.type == "ARMATURE" and takes.plays_own(thing)


def _choice(layout: bpy.types.UILayout, settings, name: str, label: str) -> None:
    """A label, and a button for each of its choices."""
    row = layout.row(align=True)
    row.label(text=label)
    row.prop(settings, name, expand=True)


def _length(layout: bpy.types.UILayout, scene: bpy.types.Scene) -> None:
    """How long the motion is to be, or that of the character who is reacted to is."""
    settings = scene.intermask
    if settings.kept != "MOTION":
        layout.prop(settings, "seconds", text="Length")
        return
    start, end = frames_of(settings.person_a, scene)
    seconds = (end - start + 1) / space.scene_fps(scene)
    text = iface_("Frames {start} to {end}, {seconds:.1f} s").format(start=start, end=end, seconds=seconds)
    layout.label(text=text, icon="TIME" if not scene.use_preview_range else "PREVIEW_RANGE", translate=False)


def _jobs(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """What is being made, with its progress, and what went wrong."""
    for job in jobs.queue.jobs:
        if job.state is jobs.State.FAILED:
            buttons = _sentence(layout, context, job.sentence, "ERROR")
            if job.details:
                buttons.operator("intermask.copy_details", text="", icon="COPYDOWN", emboss=False).job = job.id
            continue
        row = layout.row(align=True)
        row.progress(factor=job.fraction, text=job.words, translate=False)
        row.operator("intermask.cancel", text="", icon="X").job = job.id
        if job.sentence:
            draw_paragraph(layout, context, job.sentence, "INFO", margin=6)
    if jobs.queue.notice:
        _sentence(layout, context, jobs.queue.notice, "INFO")


def _sentence(layout: bpy.types.UILayout, context: bpy.types.Context, sentence: str, icon: str) -> bpy.types.UILayout:
    """A message in as many lines as it needs, and a button that takes it away. Returns where more buttons may go."""
    row = layout.box().row()
    draw_paragraph(row, context, sentence, icon, margin=10)
    buttons = row.column(align=True)
    buttons.operator("intermask.dismiss", text="", icon="X", emboss=False)
    return buttons


class INTERMASK_MT_examples(bpy.types.Menu):
    bl_label = "Examples"

    def draw(self, context: bpy.types.Context) -> None:
        for prompt in models.examples(context.scene.intermask.model):
            self.layout.operator("intermask.use_prompt", text=prompt, translate=False).prompt = prompt


class INTERMASK_MT_recent(bpy.types.Menu):
    bl_label = "History"
    bl_translation_context = translations.OWN

    def draw(self, _context: bpy.types.Context) -> None:
        prompts = recent_prompts.recent()
        for prompt in prompts:
            short = textwrap.shorten(prompt, 60, placeholder=" …")
            self.layout.operator("intermask.use_prompt", text=short, translate=False).prompt = prompt
        if not prompts:
            self.layout.label(text="None yet")


class INTERMASK_MT_redo(bpy.types.Menu):
    """Make one person of the take anew, and keep the other"""

    bl_label = "Re-do Person"

    def draw(self, _context: bpy.types.Context) -> None:
        self.layout.operator("intermask.redo_person", text="Re-do Person A").person = "A"
        self.layout.operator("intermask.redo_person", text="Re-do Person B").person = "B"


class INTERMASK_UL_takes(bpy.types.UIList):
    """A take a row: its name, and a star to keep it by."""

    def draw_item(self, _context, layout, _settings, take, _icon, _active, _property, index=0, _flag=0) -> None:
        row = numbered_row(layout, index)
        row.prop(take, "name", text="", emboss=False)
        star = "SOLO_ON" if take.favourite else "SOLO_OFF"
        row.operator("intermask.favourite_take", text="", icon=star, emboss=False).index = index


class INTERMASK_PT_takes(SubPanel, bpy.types.Panel):
    bl_label = "Takes"
    bl_order = 1

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, context.scene.intermask
        if not settings.takes:
            draw_paragraph(layout, context, iface_("Every Generate adds a take here"), margin=6)
            return
        row = layout.row()
        row.template_list("INTERMASK_UL_takes", "", settings, "takes", settings, "active_take", rows=4)
        column = row.column(align=True)
        column.operator("intermask.switch_take", text="", icon="TRIA_UP").step = -1
        column.operator("intermask.switch_take", text="", icon="TRIA_DOWN").step = 1
        column.operator("intermask.switch_take", text="", icon="LOOP_BACK").index = -1
        column.separator()
        column.operator("intermask.regenerate_take", text="", icon="FILE_REFRESH")
        column.menu("INTERMASK_MT_redo", text="", icon="MOD_ARMATURE")
        column.operator("intermask.in_between", text="", icon="PREVIEW_RANGE")
        column.operator("intermask.delete_take", text="", icon="TRASH")
        if 0 <= settings.active_take < len(settings.takes):
            self._facts(settings.takes[settings.active_take], context)

    def _facts(self, take, context: bpy.types.Context) -> None:
        """What the active take was made of."""
        draw_paragraph(self.layout, context, take.prompt, margin=6)
        column = self.layout.column(align=True)
        column.scale_y = 0.8
        column.label(text=f"{take.model}, {iface_('Seed')} {take.seed}", translate=False)
        column.label(text=f"{take.seconds:.1f} s, {take.date[:16].replace('T', ' ')}", translate=False)
        draw_paragraph(self.layout, context, take.hint, "INFO", margin=8)


class INTERMASK_PT_variations(SubPanel, bpy.types.Panel):
    bl_label = "Variations"
    bl_order = 2

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, context.scene.intermask
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(settings, "count", text="Count")
        row = layout.row(align=True)
        row.prop(settings, "seed")
        row.prop(settings, "lock_seed", text="", icon="LOCKED" if settings.lock_seed else "UNLOCKED")


class INTERMASK_PT_sampling(SubPanel, bpy.types.Panel):
    bl_label = "Sampling"
    bl_order = 3

    def draw_header(self, context: bpy.types.Context) -> None:
        self.layout.prop(context.scene.intermask, "own_sampling", text="")

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, context.scene.intermask
        layout.use_property_split = True
        layout.use_property_decorate = False
        if settings.own_sampling:
            for name in SAMPLING:
                layout.prop(settings, name)
            return
        try:
            best = models.sampling(settings.model)
        except errors.EngineError:  # the panel of the model says why
            return
        layout.active = False
        for name in SAMPLING:
            row = layout.split(factor=0.4)
            row.alignment = "RIGHT"
            row.label(text=settings.bl_rna.properties[name].name, text_ctxt=translations.OWN)
            row.label(text=f"{best[name]:g}", translate=False)


class INTERMASK_PT_model(SubPanel, bpy.types.Panel):
    bl_label = "Model"
    bl_order = 4

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, context.scene.intermask
        layout.prop(settings, "model", text="")
        try:
            shortest, longest = models.limits(settings.model)
        except errors.EngineError as error:
            draw_paragraph(layout, context, str(error), "ERROR", margin=8)
            return
        layout.label(text=f"{shortest:g}–{longest:g} s", icon="TIME", translate=False)
        worker, gigabytes = jobs.queue.worker, jobs.queue.memory / 1e9
        state = iface_("Running on {device}").format(device=worker.device) if worker else iface_("Not running")
        if worker and gigabytes:
            state += f", {gigabytes:.1f} GB"
        layout.label(text=state, icon="SYSTEM", translate=False)
        layout.operator("preferences.addon_show", text="More Models...", icon="IMPORT").module = ADDON


CLASSES = (
    INTERMASK_PT_main,
    INTERMASK_MT_examples,
    INTERMASK_MT_recent,
    INTERMASK_MT_redo,
    INTERMASK_UL_takes,
    INTERMASK_PT_takes,
    *beats_panel.CLASSES,
    *timeline_panel.CLASSES,
    INTERMASK_PT_variations,
    INTERMASK_PT_sampling,
    INTERMASK_PT_model,
    *rig_panel.CLASSES,
    *shape_panel.CLASSES,
)


def register() -> None:
    """Put the tab into the sidebar."""
    for kind in CLASSES:
        bpy.utils.register_class(kind)
    bpy.types.TOPBAR_MT_file_export.append(draw_export_menu)


def unregister() -> None:
    """Take it out."""
    bpy.types.TOPBAR_MT_file_export.remove(draw_export_menu)
    for kind in reversed(CLASSES):
        bpy.utils.unregister_class(kind)
