"""What can be done with takes: show, rename, mark, make again, delete."""

import random
from dataclasses import replace

import bpy
from bpy.props import EnumProperty, IntProperty, StringProperty

from .. import apply_result, jobs, people, takes
from ..core import chain, errors
from ..properties import MAX_SEED
from .ordering import beside, between, check_both_play, check_seconds, finish, from_pose, reaction
from .waits import Waits


def which_take():
    """A property that says on which take an operator works."""
    return IntProperty(
        name="Index", description="Which take; -1: the active one", default=-1, min=-1, options={"SKIP_SAVE"}
    )


class OfATake:
    """An operator on one take of the scene."""

    @classmethod
    def poll(cls, context):
        cls.poll_message_set("There are no takes")
        return bool(context.scene.intermask.takes)

    def chosen(self, context) -> int:
        """The row that is meant. Raises EngineError if there is none."""
        settings = context.scene.intermask
        index = settings.active_take if self.index == -1 else self.index
        if index == -1:
            raise errors.EngineError("No take is on view: click one in the list.")
        if not 0 <= index < len(settings.takes):
            raise errors.EngineError("There is no such take: choose one in the list.")
        return index

    def execute(self, context):
        try:
            return self.work(context, self.chosen(context))
        except errors.EngineError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}


class INTERMASK_OT_switch_take(bpy.types.Operator):
    """Show another take, or none: only the actions of its two people change"""

    bl_idname = "intermask.switch_take"
    bl_label = "Switch Take"
    bl_options = {"REGISTER", "UNDO"}

    index: IntProperty(
        name="Index",
        description="Which take to show; -1: none, the people play what they did before",
        default=-1,
        min=-1,
        options={"SKIP_SAVE"},
    )
    step: IntProperty(
        name="Step",
        description="How many rows down (or, negative, up) the list from the active take, in place of an index",
        options={"SKIP_SAVE"},
    )

    def execute(self, context):
        settings = context.scene.intermask
        count = len(settings.takes)
        if self.step and count:
            at = settings.active_take if settings.active_take >= 0 else (-1 if self.step > 0 else 0)
            settings.active_take = (at + self.step) % count
        elif self.index < count:
            settings.active_take = self.index
        else:
            self.report({"ERROR"}, "There is no such take: choose one in the list.")
            return {"CANCELLED"}
        return {"FINISHED"}


class INTERMASK_OT_rename_take(OfATake, bpy.types.Operator):
    """Give the take another name, in the list and on its actions"""

    bl_idname = "intermask.rename_take"
    bl_label = "Rename Take"
    bl_options = {"REGISTER", "UNDO"}

    index: which_take()
    name: StringProperty(name="Name", description="What the take is called", options={"SKIP_SAVE"})

    def work(self, context, index: int):
        context.scene.intermask.takes[index].name = self.name
        return {"FINISHED"}


class INTERMASK_OT_favourite_take(OfATake, bpy.types.Operator):
    """Mark the take as one to keep, or take the mark away"""

    bl_idname = "intermask.favourite_take"
    bl_label = "Favourite"
    bl_options = {"REGISTER", "UNDO"}

    index: which_take()

    def work(self, context, index: int):
        take = context.scene.intermask.takes[index]
        take.favourite = not take.favourite
        return {"FINISHED"}


class INTERMASK_OT_delete_take(OfATake, bpy.types.Operator):
    """Delete the take and its two actions; the people play its neighbour or what they did before"""

    bl_idname = "intermask.delete_take"
    bl_label = "Delete Take"
    bl_options = {"REGISTER", "UNDO"}

    index: which_take()

    def work(self, context, index: int):
        takes.remove(context.scene, index)
        return {"FINISHED"}


class MakesAgain(OfATake, Waits):
    """An operator that makes another take out of one."""

    index: which_take()

    def same_again(
        self, scene: bpy.types.Scene, index: int, seed: int | None = None
    ) -> tuple[apply_result.Order, dict]:
        """An order like the take's with another seed, drawn if it is None, and who plays in it. Raises EngineError."""
        facts = takes.facts(scene, index)
        if facts is None:
            raise errors.EngineError("The actions of this take are gone: it can't be made again.")
        if self.wait and (reason := apply_result.not_now()):
            raise errors.EngineError(reason)
        players = takes.players(scene, facts.id)
        rigs = [players[person].session_uid if person in players else None for person in apply_result.PERSONS]
        order = apply_result.Order(
            prompt=facts.prompt,
            seconds=facts.seconds,
            seed=random.randrange(MAX_SEED) if seed is None else seed,
            settings=facts.settings,
            model=facts.model,
            first_person=facts.first_person,
            start=facts.start,
            cast=apply_result.Cast(scene.session_uid, rigs, people.at_cursor(scene), facts.anchor),
            keep_contacts=facts.keep_contacts,
            hands=facts.hands,
            beats=[chain.Beat(**beat) for beat in facts.beats],
        )
        return order, players


class INTERMASK_OT_regenerate_take(MakesAgain, bpy.types.Operator):
    """Make another take for the same people with the same sentence and settings and a new seed"""

    bl_idname = "intermask.regenerate_take"
    bl_label = "Generate Again"

    def work(self, context, index: int):
        scene = context.scene
        order, players = self.same_again(scene, index)
        facts = takes.facts(scene, index)
        if facts.gap:
            scene.intermask.active_take = index
            gap = facts.gap
            order = between(order, players, index, gap["start"], gap["end"], gap["prompt"], scene)
        elif facts.keep == "NOTHING":
            if not facts.beats:
                check_seconds(facts.seconds, facts.model)
        elif "A" not in players:
            raise errors.EngineError("Person A of this take is gone: there is nobody to go on from.")
        elif facts.keep == "MOTION":
            order = reaction(order, players["A"], facts.end, scene)
        else:
            scene.intermask.active_take = index
            order = from_pose(order, players["A"], scene)
        return finish(self, jobs.queue.add([order]), self.wait)


class INTERMASK_OT_redo_person(MakesAgain, bpy.types.Operator):
    """Make one person of the take anew, to go with the other, who is kept: it arrives as another take"""

    bl_idname = "intermask.redo_person"
    bl_label = "Re-do Person"

    person: EnumProperty(
        name="Person",
        description="Who is made anew",
        items=[("A", "Person A", "Keep person B"), ("B", "Person B", "Keep person A")],
        default="B",
        options={"SKIP_SAVE"},
    )

    def work(self, context, index: int):
        scene = context.scene
        order, players = self.same_again(scene, index)
        facts = takes.facts(scene, index)
        check_both_play(players)
        scene.intermask.active_take = index
        if facts.keep == "MOTION" and self.person == "B":
            order = reaction(order, players["A"], facts.end, scene)
        else:
            kept = "B" if self.person == "A" else "A"
            order = beside(replace(order, kept=kept, kept_take=facts.id), players, facts.end, scene)
        return finish(self, jobs.queue.add([order]), self.wait)


CLASSES = (
    INTERMASK_OT_switch_take,
    INTERMASK_OT_rename_take,
    INTERMASK_OT_favourite_take,
    INTERMASK_OT_delete_take,
    INTERMASK_OT_regenerate_take,
    INTERMASK_OT_redo_person,
)
