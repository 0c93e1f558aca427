"""What the operators share that order motions: who plays, with which settings, and what comes of it."""

import math
import random
from dataclasses import replace

import bpy
from bpy.props import IntProperty, StringProperty

from .. import actor, apply_result, gap, jobs, models, people, recent_prompts, space, takes
from ..core import chain, errors, protocol, skeleton
from ..properties import MAX_SEED, SAMPLING
from .waits import Waits


class OrdersMotion(Waits):
    """Mixin of the operators behind the big button: they queue as many variations of an order as the user wants."""

    prompt: StringProperty(
        name="Prompt", description="The sentence, if not that of the scene's settings", options={"SKIP_SAVE"}
    )
    seed: IntProperty(
        name="Seed",
        description="The seed, if not that of the scene's settings",
        min=0,
        max=MAX_SEED,
        options={"SKIP_SAVE"},
    )
    count: IntProperty(
        name="Variations",
        description="How many motions, if not as many as the scene's settings say",
        default=1,
        min=1,
        max=8,
        options={"SKIP_SAVE"},
    )

    def order(self, context: bpy.types.Context) -> apply_result.Order:
        """What is asked for. Raises EngineError for what can't be done."""
        raise NotImplementedError

    def execute(self, context):
        return self.run(context)

    def run(self, context: bpy.types.Context, notice: str = "") -> set[str]:
        """Queue it, or say why not."""
        try:
            if self.wait and (reason := apply_result.not_now()):
                raise errors.EngineError(reason)
            order = self.order(context)
        except errors.EngineError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        if order.prompt.strip():
            recent_prompts.remember(order.prompt)
        count = self.wish(context.scene.intermask, "count")
        orders = [replace(order, seed=(order.seed + number) % (MAX_SEED + 1)) for number in range(count)]
        return finish(self, jobs.queue.add(orders, notice), self.wait)

    def for_two(self, context: bpy.types.Context, beats: list["chain.Beat"]) -> apply_result.Order:
        """Both people of the scene's settings from a sentence, or from several, one after the other.

        Raises EngineError for who can't play.
        """
        scene = context.scene
        settings = scene.intermask
        a, b = (present(rig, scene) for rig in (settings.person_a, settings.person_b))
        order = apply_result.Order(
            prompt=" ".join(beat.prompt for beat in beats),
            seconds=sum(beat.seconds for beat in beats),
            seed=self.first_seed(settings),
            settings=sampling(settings),
            model=settings.model,
            first_person=settings.first_person,
            start=scene.frame_current,
            cast=cast_of(scene, a, b),
            keep_contacts=settings.keep_contacts,
            hands=settings.hands.lower(),
            beats=beats if len(beats) > 1 else [],
        )
        if a and settings.keep == "MOTION":
            self.report({"WARNING"}, "Both people get a motion: for one that goes with person A's own use React.")
        return from_pose(order, a, scene) if a and settings.keep == "POSE" else order

    def wish(self, settings, name: str):
        """What the caller said, else what the scene's settings say."""
        return getattr(self if self.properties.is_property_set(name) else settings, name)

    def first_seed(self, settings) -> int:
        """The seed of the first variation: drawn, unless it is locked or was said."""
        if not (settings.lock_seed or self.properties.is_property_set("seed")):
            settings.seed = random.randrange(MAX_SEED)
        return self.wish(settings, "seed")


def check_seconds(seconds: float, model: str) -> None:
    """Raises EngineError for a length that a model can't do."""
    shortest, longest = models.limits(model)
    if not shortest <= round(seconds, 4) <= longest:
        asked = f"{seconds:g} seconds were asked for"
        raise errors.EngineError(f"{asked}; this model makes motions of {shortest:g} to {longest:g} seconds.")


def finish(operator: bpy.types.Operator, queued: list[jobs.Job], wait: bool) -> set[str]:
    """What an operator returns that queued jobs: at once, or when they are over, with what they had to say."""
    if not wait:
        return {"FINISHED"}
    jobs.queue.wait(queued)
    failed = [job.sentence for job in queued if job.state is jobs.State.FAILED]
    for sentence in dict.fromkeys(failed):
        operator.report({"ERROR"}, sentence)
    hints = dict.fromkeys(job.result.hint for job in queued if job.result and job.result.hint)
    for hint in hints:
        operator.report({"INFO"}, hint)
    if jobs.queue.notice and jobs.queue.notice not in hints:
        operator.report({"WARNING"}, jobs.queue.notice)
    return {"FINISHED"} if all(job.state is jobs.State.DONE for job in queued) else {"CANCELLED"}


def present(rig: bpy.types.Object | None, scene: bpy.types.Scene) -> bpy.types.Object | None:
    """A character that the settings name, if it is there: one that was deleted may still be named."""
    return rig if rig is not None and scene.objects.get(rig.name) == rig else None


def cast_of(
    scene: bpy.types.Scene, a: bpy.types.Object | None, b: bpy.types.Object | None, actor: str = ""
) -> apply_result.Cast:
    """Who plays; new characters (None) that are on their way already are the same ones.

    actor: the person, "A" or "B", whose keys stay. Raises EngineError for who can't play.
    """
    for person, name, rig in zip(apply_result.PERSONS, people.NAMES, (a, b), strict=True):
        if rig and person != actor and (refusal := people.refusal(rig, name)):
            raise errors.EngineError(refusal)
    if a is not None and a == b:
        raise errors.EngineError("Person A and person B are the same character: choose another for one of them.")
    rigs = [rig and rig.session_uid for rig in (a, b)]
    cast = apply_result.Cast(scene.session_uid, rigs, people.at_cursor(scene))
    pending = [job.order.cast for job in jobs.queue.jobs if job.state not in jobs.OVER]
    return next((known for known in pending if known.wanted == cast.wanted), cast)


def sampling(settings) -> dict:
    """The sampling settings that the user wants to be other than the model's own."""
    if not settings.own_sampling:
        return {}
    return {name: round(getattr(settings, name), 6) for name in SAMPLING}


def frames_of(rig: bpy.types.Object, scene: bpy.types.Scene) -> tuple[int, int]:
    """First and last frame to react to: the preview range if one is set, else all of the character's animation."""
    if scene.use_preview_range:
        return scene.frame_preview_start, scene.frame_preview_end
    start, end = actor.extent(rig, scene)
    return math.floor(start), math.ceil(end)


def reaction(order: apply_result.Order, rig: bpy.types.Object, end: int, scene: bpy.types.Scene) -> apply_result.Order:
    """The same order for a partner of `rig`, who is person A and keeps their keys up to frame `end`.

    Raises EngineError for what is no person's armature, or doesn't move.
    """
    read = actor.read_actor(rig, scene, order.start, end, models.has_hands(order.model))
    return replace(order, first_person="A", given=protocol.pack(read.motion()), floor=read.floor, kept="A")


def beside(order: apply_result.Order, players: dict, end: int, scene: bpy.types.Scene) -> apply_result.Order:
    """The same order with the person who is kept (`order.kept`) doing what they do now up to frame `end`.

    players: "A" and "B" -> armature object; both are read, as who is made anew starts where they do now.
    Raises EngineError for what is no person's armature, or doesn't move.
    """
    span, hands = (order.start, end), models.has_hands(order.model)
    both = [actor.read_actor(players[person], scene, *span, hands) for person in apply_result.PERSONS]
    pair, floor = actor.pair(both, apply_result.PERSONS.index(order.kept))
    return replace(order, given=protocol.pack(takes.in_order(pair, order.first_person)), floor=floor)


def check_both_play(players: dict) -> None:
    """Raise EngineError if somebody of a take is gone. players: as `takes.players` has them."""
    for person in apply_result.PERSONS:
        if person not in players:
            raise errors.EngineError(f"Person {person} of this take is gone: make the take again instead.")


def between(
    order: apply_result.Order, players: dict, index: int, start: int, end: int, prompt: str, scene: bpy.types.Scene
) -> apply_result.Order:
    """The same order for the frames from `start` to `end` alone of the take that it is of, which is on view.

    players: "A" and "B" -> armature object. index: the take's row. prompt: what happens there; "": what the take says.
    Raises EngineError if somebody of them is gone, or if nothing of the take would be kept, or made.
    """
    facts = takes.facts(scene, index)
    check_both_play(players)
    longest = round(models.limits(order.model)[1] * actor.FPS)
    found, first, last = gap.around(start, end, facts, longest, scene)
    hands = models.has_hands(order.model)
    both = [actor.read(players[person], scene, first, last, hands) for person in apply_result.PERSONS]
    pair, floor = actor.pair(both, 0)
    return replace(
        order,
        prompt=prompt.strip() or _said_at(facts, (found.first + found.last) / 2, scene),
        start=first,
        given=protocol.pack(takes.in_order(pair, order.first_person)),
        floor=floor,
        kept="A" if facts.keep == "MOTION" else "",
        kept_take=facts.id,
        gap=found,
    )


def _said_at(facts: takes.Facts, frame: float, scene: bpy.types.Scene) -> str:
    """What a take's sentence says of a frame: of a chain, that of the beat."""
    if not facts.beats:
        return facts.prompt
    beats = [chain.Beat(**beat) for beat in facts.beats]
    return chain.said_at(beats, (frame - facts.start) / space.scene_fps(scene))


def from_pose(order: apply_result.Order, rig: bpy.types.Object, scene: bpy.types.Scene) -> apply_result.Order:
    """The same order with person A starting in the pose that `rig` has on the order's first frame.

    Raises EngineError if it isn't known which bones move it.
    """
    with actor.at_frame(scene, order.start):
        body = actor.body(rig, scene)
        root, turns = actor.read_pose(rig, body, scene, models.has_hands(order.model))
    joints, _ = skeleton.forward_kinematics(turns[: len(body.offsets)], root, body.offsets)
    floor = actor.floor_below(rig, body, float(joints[:, 1].min()), scene)
    pose = actor.Actor(body, root[None], turns[None], floor, order.start)
    return replace(order, first_person="A", given=protocol.pack(pose.motion()), floor=floor)
