"""Takes: generated results, each an action per person that the characters can be switched to.

A reaction is a take of one person: its actor's keys are the user's own, and stay.

What is true of a take lies on its actions, as custom properties that survive saving, appending and files that are
opened without the add-on; the scene's list is made from them. A character knows its own takes, so that they come along
when it is appended elsewhere, and what it played before the first of them.
"""

import json
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace

import bpy

from . import earlier_pose
from .core import motion as motions
from .core import protocol

# On an action: the take it belongs to, whose part it is ("A" or "B"), what is known of the take as JSON, on one of them
# the motion as the engine sent it, and on a reaction the armature object that it reacts to.
TAKE, PERSON, FACTS, MOTION = "intermask_take", "intermask_person", "intermask_facts", "intermask_motion"
ACTOR = "intermask_actor"
# On an armature object: its take's actions by the take's id, and the action and slot that it played before.
TAKES, BEFORE, BEFORE_SLOT = "intermask_takes", "intermask_before", "intermask_before_slot"


@dataclass
class Facts:
    """What is known of a take."""

    prompt: str
    seconds: float
    seed: int
    settings: dict  # the sampling settings it was made with
    model: str
    date: str
    start: int  # frame
    end: int
    first_person: str  # "A" or "B": with "B" the engine's people changed roles
    anchor: str  # "A" or "B": who kept their place
    keep: str = "NOTHING"  # what was kept of person A: "POSE", how they start, or "MOTION": A has no action in the take
    keep_contacts: bool = True
    hands: str = "relaxed"  # the fingers' pose
    hint: str = ""
    name: str = ""
    favourite: bool = False
    beats: list = field(default_factory=list)  # of a chain: prompt and seconds of each
    gap: dict = field(default_factory=dict)  # of what was made in between: start, end (frames) and prompt
    fps: float = 0.0  # the scene's, for which the keys were made; 0: unknown
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])

    @classmethod
    def of(cls, action: bpy.types.Action) -> "Facts | None":
        """The facts on an action, or None if they can't be read."""
        try:
            return cls(**json.loads(action[FACTS]))
        except (KeyError, TypeError, ValueError):
            return None


def add(scene: bpy.types.Scene, facts: Facts, parts: dict, packed: str, actor: bpy.types.Object | None = None) -> None:
    """Add a take to a scene and show it.

    parts: person ("A", "B") -> (armature object, action). packed: the motion as the engine sent it.
    actor: whose keys a reaction leaves alone.
    """
    for person, (rig, action) in parts.items():
        action.use_fake_user = True
        action[TAKE], action[PERSON], action[FACTS] = facts.id, person, json.dumps(asdict(facts))
        if actor:
            action[ACTOR] = actor
        if TAKES not in rig:
            rig[TAKES] = {}
        rig[TAKES][facts.id] = action
    next(iter(parts.values()))[1][MOTION] = packed
    _add_row(scene, facts)
    scene.intermask.active_take = len(scene.intermask.takes) - 1


def facts(scene: bpy.types.Scene, index: int) -> Facts | None:
    """What is known of a row's take, or None if its actions are gone."""
    return next((known for action in _actions(scene.intermask.takes[index].id) if (known := Facts.of(action))), None)


def motion(scene: bpy.types.Scene, index: int) -> "motions.Motion | None":
    """The motion of a row's take as generated, persons in the scene's order, or None if it is gone or damaged."""
    known = facts(scene, index)
    packed = next((action[MOTION] for action in _actions(scene.intermask.takes[index].id) if MOTION in action), None)
    if known is None or packed is None:
        return None
    try:
        return in_order(protocol.unpack(packed), known.first_person)
    except ValueError:
        return None


def in_order(clip: "motions.Motion", first_person: str) -> "motions.Motion":
    """The motion with the engine's first person in the part of `first_person`, "A" or "B"."""
    if first_person == "A":
        return clip
    names = ("root_positions", "joint_rotations", "bone_offsets")
    return replace(clip, **{name: getattr(clip, name)[::-1] for name in names})


def players(scene: bpy.types.Scene, take: str) -> dict[str, bpy.types.Object]:
    """Who in the scene plays in a take: person ("A", "B") -> armature object, the actor of a reaction included."""
    found = {}
    for rig, actions in _characters(scene):
        if action := actions.get(take):
            found.setdefault(action.get(PERSON, "A"), rig)
            if (actor := action.get(ACTOR)) and scene.objects.get(actor.name) == actor:
                found.setdefault("A", actor)
    return found


def parts(scene: bpy.types.Scene, take: str) -> dict[str, tuple[bpy.types.Object, bpy.types.Action]]:
    """Whose motion a take has: person ("A", "B") -> (armature object, action)."""
    cast = players(scene, take).items()
    return {person: (rig, action) for person, rig in cast if (action := rig.get(TAKES, {}).get(take))}


def own(rig: bpy.types.Object) -> tuple[bpy.types.Action | None, bpy.types.ActionSlot | None]:
    """The action of the user's that a character plays, or played before its takes, and its slot there."""
    if _take_played(rig) is None:
        animation = rig.animation_data
        return (animation.action, animation.action_slot) if animation else (None, None)
    before = rig.get(BEFORE)
    return before, before.slots.get(rig.get(BEFORE_SLOT, "")) if before else None


def leave(scene: bpy.types.Scene, take: str) -> None:
    """Let who plays a take go back to what they played before; the row of another that is played is chosen, or none."""
    for rig, _ in _characters(scene):
        if _take_played(rig) == take:
            _go_back(rig)
    _follow(scene)


def copied(rig: bpy.types.Object, take: str) -> bpy.types.Action | None:
    """A copy of what a character plays in a take, free to be part of another; None if it plays nothing there."""
    action = rig.get(TAKES, {}).get(take)
    if action is None:
        return None
    copy = action.copy()
    for key in {ACTOR, MOTION}.intersection(copy.keys()):
        del copy[key]
    return copy


def plays_own(rig: bpy.types.Object) -> bool:
    """Whether an armature moves by keys of the user's own, and not by a take's."""
    animation = rig.animation_data
    if animation is None:
        return False
    action = animation.action
    keyed = action is not None and TAKE not in action and action.frame_range[1] > action.frame_range[0]
    return keyed or any(track.strips for track in animation.nla_tracks if not track.mute)


def show(scene: bpy.types.Scene) -> None:
    """Let the characters play the active take; without one, all go back to what they played before their takes."""
    settings = scene.intermask
    if not 0 <= settings.active_take < len(settings.takes):
        for rig, _ in _characters(scene):
            _go_back(rig)
        return
    take = settings.takes[settings.active_take].id
    for rig, actions in _characters(scene):
        if action := actions.get(take):
            _play(rig, action)


def remove(scene: bpy.types.Scene, index: int) -> None:
    """Delete a take and its actions; who played it plays the neighbour in the list or what they had before."""
    settings = scene.intermask
    take = settings.takes[index].id
    cast = [rig for rig, actions in _characters(scene) if take in actions]
    playing = [rig for rig in cast if _take_played(rig) == take]
    for rig in cast:
        del rig[TAKES][take]
    settings.takes.remove(index)
    for rig in playing:
        order = [row.id for row in settings.takes if row.id in rig[TAKES]]
        _play(rig, rig[TAKES][order[min(index, len(order) - 1)]]) if order else _go_back(rig)
    for action in list(_actions(take)):
        bpy.data.actions.remove(action)
    _follow(scene)


def write_back(row) -> None:
    """Carry the name and the favourite mark of a row over to its actions."""
    for action in _actions(row.id):
        known = Facts.of(action)
        if known and (known.name, known.favourite) != (row.name, row.favourite):
            known.name, known.favourite = row.name, row.favourite
            action[FACTS] = json.dumps(asdict(known))
            action.name = f"{action[PERSON]}: {row.name}"


def rebuild(scene: bpy.types.Scene) -> None:
    """Make the list agree with the takes that the scene's characters carry."""
    rows = scene.intermask.takes
    carried = {}
    for _, actions in _characters(scene):
        for take, action in actions.items():
            if take not in carried and action and (known := Facts.of(action)):
                carried[take] = known
    for known in sorted(carried.values(), key=lambda known: known.date):
        if known.id not in {row.id for row in rows}:
            _add_row(scene, known)
    for index in reversed(range(len(rows))):
        if rows[index].id not in carried and not any(_actions(rows[index].id)):
            rows.remove(index)
    _follow(scene)


def _add_row(scene: bpy.types.Scene, known: Facts) -> None:
    row = scene.intermask.takes.add()
    row.id = known.id
    for name in ("prompt", "seconds", "seed", "model", "date", "start", "end", "hint", "name", "favourite"):
        setattr(row, name, getattr(known, name))


def _follow(scene: bpy.types.Scene) -> None:
    """Make the active row one that is played, if any is."""
    settings = scene.intermask
    ids = [row.id for row in settings.takes]
    played = [take for rig, _ in _characters(scene) if (take := _take_played(rig)) in ids]
    index = settings.active_take
    if played and not (0 <= index < len(ids) and ids[index] in played):
        settings.active_take = ids.index(played[0])
    elif not played and index != -1:
        settings.active_take = -1


def _characters(scene: bpy.types.Scene) -> Iterator[tuple[bpy.types.Object, dict]]:
    """The armatures of the scene that have takes, each with its actions by take."""
    for rig in scene.objects:
        if rig.type == "ARMATURE" and TAKES in rig:
            yield rig, {take: action for take, action in rig[TAKES].items() if action}


def _actions(take: str) -> Iterator[bpy.types.Action]:
    return (action for action in bpy.data.actions if action.get(TAKE) == take)


def _take_played(rig: bpy.types.Object) -> str | None:
    action = rig.animation_data and rig.animation_data.action
    return action.get(TAKE) if action else None


def _play(rig: bpy.types.Object, action: bpy.types.Action) -> None:
    """Let a character play a take's action; one of the user's own is kept for going back to it."""
    animation = _animation(rig)
    own = animation.action
    if own == action:
        return
    if own is None or TAKE not in own:
        for key in {BEFORE, BEFORE_SLOT}.intersection(rig.keys()):
            del rig[key]
        earlier_pose.forget(rig)
    if own and TAKE not in own:
        rig[BEFORE] = own
        rig[BEFORE_SLOT] = animation.action_slot.identifier if animation.action_slot else ""
        if own.is_editable:
            own.use_fake_user = True  # or it would be gone after the next save
    earlier_pose.remember(rig, action)
    earlier_pose.uncover(rig)
    animation.action = action
    animation.action_slot = action.slots[0]


def _go_back(rig: bpy.types.Object) -> None:
    """Let a character that plays a take play what it did before."""
    if _take_played(rig) is None:
        return
    animation, before = _animation(rig), rig.get(BEFORE)
    earlier_pose.restore(rig)
    animation.action = before
    if before and (slot := before.slots.get(rig.get(BEFORE_SLOT, ""))):
        animation.action_slot = slot


def _animation(rig: bpy.types.Object) -> bpy.types.AnimData:
    """The character's animation data, its action free to be changed."""
    animation = rig.animation_data_create()
    if animation.use_tweak_mode:  # of the NLA: it holds on to the action
        animation.use_tweak_mode = False
    return animation
