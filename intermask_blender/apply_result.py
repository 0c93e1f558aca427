"""Turns the engine's result into a take: finds or makes the characters, places the motion, keys it, one undo step."""

from dataclasses import dataclass, field, replace
from datetime import datetime

import bpy
import numpy as np

from . import actor, gap, people, space, takes, target
from .core import chain, errors, features, motion, protocol

PERSONS = ("A", "B")


@dataclass
class Cast:
    """Who is to play: known by session numbers only, since anything may happen to the data while a job runs.

    The jobs of one request share a cast, so that all variations come to the same characters.
    """

    scene: int
    rigs: list[int | None]  # of persons A and B; None: a new character
    cursor: "features.Frame"  # where new characters stand
    anchor: str | None = None  # the person, "A" or "B", who keeps their place, once that is known
    wanted: tuple = field(init=False)  # what was asked for, whatever comes of it

    def __post_init__(self):
        self.wanted = (self.scene, *self.rigs, *self.cursor.origin, *self.cursor.turn)


@dataclass(frozen=True)
class Order:
    """One motion to make: what the engine is asked for, and for whom."""

    prompt: str
    seconds: float
    seed: int
    settings: dict  # what differs from the model's sampling settings
    model: str
    first_person: str  # "A" or "B"
    start: int  # frame
    cast: Cast
    keep_contacts: bool = True
    hands: str = "relaxed"  # the fingers' pose
    given: str = ""  # packed, its people as the engine orders them: what one of them does, or A's first pose
    floor: float = 0.0  # what is given lies in the world, but on a floor at 0: that floor's height there in metres
    kept: str = ""  # "A" or "B": who goes on doing what is given; "": both people are made
    kept_take: str = ""  # the take of whose actions copies are played; "": the kept person's own keys, which stay alone
    beats: list["chain.Beat"] = field(default_factory=list)  # of a chain: `prompt` is all of their sentences
    gap: "gap.Gap | None" = None  # what of `given` is made anew; all else of the take `kept_take` stays

    @property
    def title(self) -> str:
        """A line for names."""
        return people.one_line(self.prompt) or "Reaction"


def not_now() -> str:
    """What the user must finish before data may be changed, as a sentence, or ""."""
    if bpy.app.is_job_running("RENDER"):
        return "The motion arrives when the rendering is done."
    if bpy.context.mode not in {"OBJECT", "POSE"}:
        return "The motion arrives when you go back to Object Mode."
    windows = bpy.context.window_manager.windows
    if any(found.bl_idname.startswith("TRANSFORM_OT") for window in windows for found in window.modal_operators):
        return "The motion arrives when you let go."
    return ""


def apply(order: Order, packed: str, hint: str) -> str:
    """Make a take of a packed motion and show it. Returns a sentence about what went otherwise than asked, or "".

    Raises EngineError if the motion is damaged; the scene is then as it was.
    """
    try:
        clip = takes.in_order(protocol.unpack(packed), order.first_person)
    except ValueError as error:
        raise errors.EngineError("The motion that came from the engine is damaged: try again.") from error
    scene = next((scene for scene in bpy.data.scenes if scene.session_uid == order.cast.scene), None)
    notice = "" if scene else "The scene is gone: the motion came to the scene on view."
    scene = scene or bpy.context.scene
    with _on_view(scene), actor.at_frame(scene, order.start):
        rigs, missing = _find(order, scene)
        own_keys = order.kept and (order.gap or not order.kept_take)
        untouched = rigs[PERSONS.index(order.kept)] if own_keys else None
        if order.gap:
            _check_there(order, rigs)
        bodies = _bodies(order, rigs, scene)
        world, floor = _place(order, _fitted(order, clip, rigs, bodies, scene), rigs, scene)
        made = _add_missing(order.title, world, floor, rigs, scene)
        parts = _key(order, world, rigs, bodies, scene, untouched)
        _remember(order, clip, hint, parts, packed, scene, untouched)
        for person in made:
            if getattr(scene.intermask, f"person_{person.lower()}") is None:
                setattr(scene.intermask, f"person_{person.lower()}", rigs[PERSONS.index(person)])
        order.cast.rigs = [rig.session_uid for rig in rigs]
        bpy.ops.ed.undo_push(message=f"InterMask: {order.title[:40]}")
    return notice or missing


def _on_view(scene: bpy.types.Scene):
    """A context in which operators work on this scene, from a timer too."""
    for window in bpy.context.window_manager.windows:
        if window.scene == scene:
            return bpy.context.temp_override(window=window, scene=scene, view_layer=window.view_layer)
    return bpy.context.temp_override(scene=scene, view_layer=scene.view_layers[0])


def _find(order: Order, scene: bpy.types.Scene) -> tuple[list, str]:
    """The armatures of A and B, None where one is to be made, and a sentence if one that was chosen can't play."""
    present = {thing.session_uid: thing for thing in scene.objects}
    rigs, sentence = [], ""
    for person, name, uid in zip(PERSONS, people.NAMES, order.cast.rigs, strict=True):
        rig = present.get(uid)
        if uid is not None and rig is None:
            sentence = f"{name}'s character is gone: the motion came to a new one."
        elif rig and person != order.kept and (refusal := people.refusal(rig, name)):
            rig, sentence = None, f"{refusal} The motion came to a new character."
        rigs.append(rig)
    return rigs, sentence


def _check_there(order: Order, rigs: list) -> None:
    """Raise EngineError if a part of the take is gone of which the gap is to be filled."""
    for person, rig in zip(PERSONS, rigs, strict=True):
        if rig is None or (person != order.kept and order.kept_take not in rig.get(takes.TAKES, {})):
            raise errors.EngineError(f"Person {person} does not play this take any more: there is no gap to fill.")


def _bodies(order: Order, rigs: list, scene: bpy.types.Scene) -> list:
    """The bodies of those who are there and are to be given a motion; None for the others."""
    pairs = zip(PERSONS, rigs, strict=True)
    return [actor.body(rig, scene) if rig and person != order.kept else None for person, rig in pairs]


def _fitted(order: Order, clip: "motion.Motion", rigs: list, bodies: list, scene: bpy.types.Scene) -> "motion.Motion":
    """The motion on the bodies of those who are to play it."""
    offsets = clip.bone_offsets.copy()
    for person, (rig, body) in enumerate(zip(rigs, bodies, strict=True)):
        if body:
            offsets[person, : len(body.offsets)] = body.offsets
        elif rig is None:
            offsets[person] = people.new_offsets(person, clip, scene)
    still = PERSONS.index(order.kept) if order.kept else None
    if not order.gap:
        return people.fitted(clip, offsets, still, order.keep_contacts)
    given = takes.in_order(protocol.unpack(order.given), order.first_person)
    return gap.filled(
        given, clip, lambda made: people.fitted(made, offsets, still, order.keep_contacts), order.gap, still
    )


def _place(order: Order, clip: "motion.Motion", rigs: list, scene: bpy.types.Scene) -> tuple["motion.Motion", float]:
    """The motion where it belongs in the world, and the height of its floor in metres."""
    cast = order.cast
    if order.given:
        cast.anchor = order.kept or "A"
        raised = features.Frame(np.array([0.0, order.floor, 0.0]), people.ORIGIN.turn)
        return raised.leave(clip), order.floor
    if cast.anchor is None:
        cast.anchor = "B" if rigs[0] is None and rigs[1] is not None else "A"
    person = PERSONS.index(cast.anchor)
    rig = rigs[person]
    place = people.standing(rig, scene, order.start) if rig else cast.cursor
    return people.moved(clip, people.first_place(clip, person), place), float(place.origin[1])


def _add_missing(title: str, world: "motion.Motion", floor: float, rigs: list, scene: bpy.types.Scene) -> list[str]:
    """Make the characters that are None in `rigs`, each standing where it starts. Returns whose they are."""
    made = [person for person, rig in zip(PERSONS, rigs, strict=True) if rig is None]
    if made:
        collection = people.add_collection(title, scene)
        for person in map(PERSONS.index, made):
            place = people.first_place(world, person)
            place = replace(place, origin=place.origin + [0.0, floor, 0.0])
            rigs[person] = people.add_person(person, world, place, collection, scene)
    return made


def _key(order: Order, world: "motion.Motion", rigs: list, bodies: list, scene: bpy.types.Scene, untouched) -> dict:
    """An action for each person but the actor of a reaction: "A" or "B" -> (armature object, action)."""
    world = space.resample(world, space.scene_fps(scene))
    parts = {}
    everyone = zip(PERSONS, rigs, bodies, world.root_positions, world.joint_rotations, strict=True)
    for person, rig, body, roots, turns in everyone:
        if rig is untouched:
            continue
        action = takes.copied(rig, order.kept_take) if order.gap or person == order.kept else None
        if order.gap:
            gap.key(action, rig, body, roots, turns, scene, order.start, order.gap)
        elif action is None:
            name = f"{person}: {order.title}"
            body = body or actor.body(rig, scene)
            action = target.make_action(rig, body, name, roots, turns, scene, order.start, order.hands)
        parts[person] = rig, action
    return parts


def _remember(order: Order, clip: "motion.Motion", hint: str, parts: dict, packed: str, scene, untouched) -> None:
    if order.gap:
        action = next(iter(parts.values()))[1]
        facts = gap.facts_of(action, order.gap, order.prompt, order.seed, order.settings, hint)
        for person, (_, copy) in parts.items():
            copy.name = f"{person}: {facts.name}"
        takes.add(scene, facts, parts, packed, untouched)
        return
    frames = round((clip.frames - 1) / clip.fps * space.scene_fps(scene))
    facts = takes.Facts(
        prompt=order.prompt,
        seconds=order.seconds,
        seed=order.seed,
        settings=order.settings,
        model=order.model,
        date=datetime.now().isoformat(timespec="milliseconds"),
        start=order.start,
        end=order.start + frames,
        first_person=order.first_person,
        anchor=order.cast.anchor,
        keep="MOTION" if untouched else "POSE" if order.given and not order.kept else "NOTHING",
        keep_contacts=order.keep_contacts,
        hands=order.hands,
        beats=[{"prompt": beat.prompt, "seconds": beat.seconds} for beat in order.beats],
        hint=hint,
        name=order.title[:60],
        fps=space.scene_fps(scene),
    )
    takes.add(scene, facts, parts, packed, untouched)
