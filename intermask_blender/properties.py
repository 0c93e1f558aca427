"""What a scene remembers: the settings of the next generation, its takes, and which of them is on view.

The list of takes is for the panel; what is true of a take lies on its actions (see takes.py).
"""

import contextlib

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from . import models, rig_bones, takes, translations
from .core import errors, job_table

MAX_SEED = job_table.MAX_SEED
SAMPLING = ("steps", "guidance", "temperature", "top_k")  # the settings that a user may have of their own


def _is_armature(_settings, candidate: bpy.types.Object) -> bool:
    return candidate.type == "ARMATURE"


def _models(_settings, _context, typed: str) -> list[str]:
    return [name for name in models.names() if typed.lower() in name.lower()]


def _seconds(description: str):
    return FloatProperty(
        name="Seconds",
        description=description,
        default=3.0,
        min=0.1,
        soft_max=10.0,
        max=600.0,
        step=50,
        precision=2,  # one less is shown of seconds
        subtype="TIME_ABSOLUTE",
        unit="TIME_ABSOLUTE",
    )


def _shape(description: str):
    return FloatVectorProperty(name="Shape", description=description, size=10, soft_min=-3.0, soft_max=3.0)


def _note(take: "Take", _context) -> None:
    takes.write_back(take)


def _show(settings: "Settings", _context) -> None:
    takes.show(settings.id_data)


def _keep_what_there_is(settings: "Settings", _context) -> None:
    """Who comes with a motion of their own keeps it, unless the user says otherwise afterwards."""
    if settings.person_a and takes.plays_own(settings.person_a):
        settings.keep = "MOTION"
    elif settings.keep == "MOTION":
        settings.keep = "NOTHING"


def _start_from_the_models(settings: "Settings", _context) -> None:
    """Own sampling settings that were never touched start from those that suit the model."""
    if not settings.own_sampling:
        return
    with contextlib.suppress(errors.EngineError):
        best = models.sampling(settings.model)
        for name in SAMPLING:
            if not settings.is_property_set(name):
                setattr(settings, name, best[name])


class Take(bpy.types.PropertyGroup):
    """One row of the list of takes."""

    id: StringProperty(name="Take", description="What tells this take from all others")
    name: StringProperty(name="Name", description="What the take is called in the list", update=_note)
    favourite: BoolProperty(name="Favourite", description="Mark the take as one to keep", update=_note)
    prompt: StringProperty(name="Prompt", description="The sentence that made the take")
    seed: IntProperty(name="Seed", description="The number that made this variation of the sentence")
    seconds: FloatProperty(name="Seconds", description="Length of the motion")
    model: StringProperty(name="Model", description="The model that made the take")
    date: StringProperty(name="Date", description="When the take was made")
    start: IntProperty(name="Start Frame", description="The frame on which the take begins")
    end: IntProperty(name="End Frame", description="The frame on which the take ends")
    hint: StringProperty(name="Hint", description="What the model had to say about the sentence")


class Beat(bpy.types.PropertyGroup):
    """One row of the list of beats."""

    prompt: StringProperty(name="Prompt", description="What the two people do in this beat, in an English sentence")
    seconds: _seconds("How long this beat lasts. A length that the model can't do becomes the nearest that it can")


class Settings(bpy.types.PropertyGroup):
    """`scene.intermask`."""

    prompt: StringProperty(
        name="Prompt",
        description="What the two people do, in an English sentence",
        default="Two people shake hands.",
    )
    seconds: _seconds("How long the motion lasts. A length that the model can't do becomes the nearest that it can")
    seed: IntProperty(
        name="Seed",
        description="Another number makes another variation of the same sentence; the same number makes the same again",
        min=0,
        max=MAX_SEED,
    )
    lock_seed: BoolProperty(
        name="Lock Seed",
        description="Keep the seed, so that the same settings make the same motion. Otherwise every Generate draws one",
    )
    count: IntProperty(
        name="Variations",
        description="How many motions to make of the sentence, each a take with a seed of its own",
        default=1,
        min=1,
        max=8,
    )
    person_a: PointerProperty(
        type=bpy.types.Object,
        name="Person A",
        description="Who plays person A. The motion starts where this character stands and looks. "
        "Empty: a new character at the 3D cursor",
        poll=_is_armature,
        update=_keep_what_there_is,
    )
    person_b: PointerProperty(
        type=bpy.types.Object,
        name="Person B",
        description="Who plays person B. This character is placed as the motion wants it, next to person A. "
        "Empty: a new character",
        poll=_is_armature,
    )
    keep: EnumProperty(
        name="Keep",
        description="What person A does already and goes on doing",
        items=[
            ("NOTHING", "Nothing", "Both people get a motion from the sentence"),
            (
                "POSE",
                "Start Pose",
                "Both people get a motion. Person A, the sentence's first person, starts in the current frame's pose",
            ),
            (
                "MOTION",
                "Motion",
                "Only person B gets a motion. The keys of person A, the sentence's first person, stay as they are",
            ),
        ],
    )
    first_person: EnumProperty(
        name="First Person",
        description='Who does what the sentence says of its first person: the one who pushes in "one pushes the other"',
        items=[
            ("A", "Person A", "Person A does what the sentence says of its first person"),
            ("B", "Person B", "Person B does what the sentence says of its first person"),
        ],
    )
    keep_contacts: BoolProperty(
        name="Keep Contacts",
        description="Let hands reach what they touch, and feet stand still, on characters of any size. "
        "Otherwise all joints turn as the model has it",
        default=True,
    )
    hands: EnumProperty(
        name="Hands",
        translation_context=translations.OWN,
        description="The pose of the fingers, for motions that have none",
        items=[
            ("RELAXED", "Relaxed", "Fingers a little bent, as in hands at rest"),
            ("OPEN", "Open", "Fingers straight"),
            ("FIST", "Fist", "Fingers closed"),
        ],
    )
    shape_a: _shape("The shape of a new person A: the first ten numbers of SMPL-X, its betas. All 0 is the average")
    shape_b: _shape("The shape of a new person B: the first ten numbers of SMPL-X, its betas. All 0 is the average")
    own_sampling: BoolProperty(
        name="Own Settings",
        description="Use the settings below in place of those that suit the model best",
        update=_start_from_the_models,
    )
    steps: IntProperty(
        name="Steps",
        description="In how many rounds the motion is worked out. More are slower and usually smoother",
        default=20,
        min=1,
        soft_max=60,
        max=1000,
    )
    guidance: FloatProperty(
        name="Guidance",
        description="How closely the motion follows the sentence. Low: loose and varied; high: literal, at last stiff",
        default=2.0,
        min=0.0,
        soft_max=8.0,
        max=50.0,
    )
    temperature: FloatProperty(
        name="Temperature",
        translation_context=translations.OWN,
        description="How daring the motion is. Low: calm and much alike; high: varied, at last jittery",
        default=1.0,
        min=0.01,
        soft_max=2.0,
        max=10.0,
    )
    top_k: FloatProperty(
        name="Top-K",
        description="From what share of all movements each moment is picked. Low: likely ones; high: rare ones too",
        default=0.1,
        min=0.001,
        max=1.0,
        subtype="FACTOR",
    )
    model: StringProperty(
        name="Model",
        description="The model that makes the motion: it decides which scenes are known and how long they may be",
        default=models.STARTER,
        search=_models,
    )
    beats: CollectionProperty(
        type=Beat, name="Beats", description="The sentences of a chain: what the two people do, one after the other"
    )
    active_beat: IntProperty(name="Active Beat", description="The beat that is chosen in the list", default=-1, min=-1)
    takes: CollectionProperty(type=Take, name="Takes", description="The motions that were made in this scene")
    active_take: IntProperty(
        name="Active Take",
        description="The take that the characters play: choosing another only swaps their actions",
        default=-1,
        min=-1,
        update=_show,
    )

    @property
    def kept(self) -> str:
        """What is kept of person A, if there is one."""
        return self.keep if self.person_a else "NOTHING"


CLASSES = (Take, Beat, Settings, rig_bones.RigBones)


def register() -> None:
    """Give every scene its settings, and every armature the fields of its bone map."""
    for kind in CLASSES:
        bpy.utils.register_class(kind)
    bpy.types.Scene.intermask = PointerProperty(type=Settings)
    bpy.types.Object.intermask_bones = PointerProperty(type=rig_bones.RigBones)


def unregister() -> None:
    """Take them away; the actions of the takes stay."""
    del bpy.types.Object.intermask_bones, bpy.types.Scene.intermask
    for kind in reversed(CLASSES):
        bpy.utils.unregister_class(kind)
