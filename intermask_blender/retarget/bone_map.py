"""BoneMap: which bones of a rig are which parts of the body; a preset that can be saved, shared and corrected."""

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..core import errors
from .rig import Rig

FORMAT = 1
CHAINS = ("spine", "neck")  # parts of any number of bones
BODY = ("pelvis", "spine", "neck", "head") + tuple(
    f"{side}_{joint}"
    for side in ("left", "right")
    for joint in ("hip", "knee", "ankle", "foot", "collar", "shoulder", "elbow", "wrist")
)
FINGERS = tuple(
    f"{side}_{finger}" for side in ("left", "right") for finger in ("thumb", "index", "middle", "ring", "pinky")
)
PARTS = BODY + FINGERS
# What people call the bone that starts at a joint.
SPOKEN = {
    "hip": "thigh", "knee": "shin", "ankle": "foot", "foot": "toes",
    "collar": "collarbone", "shoulder": "upper arm", "elbow": "forearm", "wrist": "hand",
    "index": "index finger", "middle": "middle finger", "ring": "ring finger", "pinky": "little finger",
}  # fmt: skip
BELOW = {"hip": "knee", "knee": "ankle", "shoulder": "elbow", "elbow": "wrist"}  # the limbs' parts that can twist
# A person can be animated without these.
OPTIONAL = ("neck", "left_foot", "right_foot", "left_collar", "right_collar")
ESSENTIAL = tuple(part for part in BODY if part not in OPTIONAL)


class Switch(NamedTuple):
    """A custom property of a control rig's bone that must have a value for the keys to be seen."""

    bone: str
    property: str
    value: float


@dataclass(frozen=True)
class BoneMap:
    """Which bones are which parts.

    bones: by part of `PARTS`, from the body outwards; one bone, or several for the chains and the fingers.
    twists: bones that share the turn about a limb's axis, by the part at the upper end ("left_shoulder", "left_elbow").
    root: a bone above the pelvis that places the whole figure, left still.
    reads: for control rigs, by part, the bones that show the motion when it isn't the keyed ones.
    switches: what must be set so that the keyed bones have the say.
    """

    family: str
    bones: dict[str, tuple[str, ...]]
    twists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    root: str = ""
    reads: dict[str, tuple[str, ...]] = field(default_factory=dict)
    switches: tuple[Switch, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """Parts of the body without a bone, fingers aside."""
        return tuple(part for part in BODY if not self.bones.get(part))

    def read_bones(self, part: str) -> tuple[str, ...]:
        """The bones to read a part's motion from."""
        return self.reads.get(part) or self.bones.get(part, ())

    def top(self, rig: Rig) -> str:
        """The mapped bone that carries all others, whose location moves the figure: the pelvis's.

        Some control rigs have a control for the whole body that is the lowest of the spine and has the pelvis below it.
        """
        pelvis, lowest = self.bones["pelvis"][0], self.bones["spine"][0]
        return lowest if rig.index[lowest] in rig.ancestors(rig.index[pelvis]) else pelvis

    def with_part(self, part: str, *names: str) -> "BoneMap":
        """The same map with other bones for a part, or none, chosen by hand.

        Raises EngineError for a part that doesn't exist, too many bones, or a bone that already is another part.
        """
        if part not in PARTS:
            raise errors.EngineError(f"There is no part of the body called “{part}”.")
        if len(names) > 1 and part not in CHAINS + FINGERS:
            raise errors.EngineError(f"The {spoken(part)} takes one bone. Choose one of {', '.join(names)}.")
        others = {part: bones for part, bones in self.bones.items() if bones} | {part: ()}
        for name in names:
            for other, bones in others.items():
                if name in bones:
                    raise errors.EngineError(
                        f"“{name}” already is the {spoken(other)}. Choose another bone, or clear that one first."
                    )
        bones = {key: value for key, value in (others | {part: names}).items() if value}
        twists = {key: tuple(bone for bone in value if bone not in names) for key, value in self.twists.items()}
        reads = {key: value for key, value in self.reads.items() if key != part}
        return replace(self, bones=bones, twists={key: value for key, value in twists.items() if value}, reads=reads)

    def twist_shares(self, rig: Rig) -> dict[str, float]:
        """Where each twist bone starts along its limb's part, 0 at the upper joint to 1 at the lower: its share of the
        turn between the two."""
        shares = {}
        for part, names in self.twists.items():
            side, joint = part.split("_")
            start, end = (rig.heads[rig.index[self.bones[key][0]]] for key in (part, f"{side}_{BELOW[joint]}"))
            along = (end - start) / max(float((end - start) @ (end - start)), 1e-12)
            shares |= {name: float(np.clip((rig.heads[rig.index[name]] - start) @ along, 0, 1)) for name in names}
        return shares

    def check(self, rig: Rig) -> None:
        """Raise EngineError if the map doesn't fit a rig or isn't enough to move a person."""
        named = [name for names in self.bones.values() for name in names]
        absent = [name for name in named if name not in rig.index]
        if absent:
            raise errors.EngineError(
                f"This bone map was made for another rig: {_list(absent)} is not in this one. "
                "Recognise the rig again or choose the bones by hand."
            )
        double = sorted({name for name in named if named.count(name) > 1})
        if double:
            raise errors.EngineError(f"{_list(double)} is mapped twice. Keep one of its parts and clear the other.")
        lacking = [part for part in ESSENTIAL if not self.bones.get(part)]
        if lacking:
            raise errors.EngineError(
                f"No bone is chosen for the {_list([spoken(part) for part in lacking])}. Choose the bones by hand."
            )

    def to_json(self) -> str:
        """The map as text."""
        return json.dumps({"bone_map": FORMAT} | asdict(self), ensure_ascii=False, indent=1)

    @classmethod
    def from_json(cls, text: str) -> "BoneMap":
        """Read what `to_json` wrote. Raises EngineError for anything else."""
        try:
            entries = json.loads(text)
            if entries.pop("bone_map") != FORMAT:
                raise ValueError("another format version")
            for key in ("bones", "twists", "reads"):
                entries[key] = {str(part): tuple(map(str, names)) for part, names in entries[key].items()}
            unknown = set(entries["bones"]) - set(PARTS)
            if unknown:
                raise ValueError(f"unknown parts {', '.join(sorted(unknown))}")
            entries["switches"] = tuple(Switch(*switch) for switch in entries["switches"])
            return cls(**entries)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise errors.EngineError(f"This is not a bone map that can be read ({error}).") from error

    def save(self, path: str | Path) -> None:
        """Write the map to a file."""
        Path(path).write_text(self.to_json() + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> "BoneMap":
        """Read what `save` wrote. Raises EngineError for a file that is no bone map."""
        try:
            return cls.from_json(Path(path).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, errors.EngineError) as error:
            raise errors.EngineError(
                f"{Path(path).name} is not a bone map that can be read. Choose a file saved as a bone map."
            ) from error


def spoken(part: str) -> str:
    """A part's name in a sentence: that of the bone, as people call it."""
    side, _, joint = part.rpartition("_")
    return f"{side} {SPOKEN.get(joint, joint)}".strip()


def _list(names: list[str], most: int = 4) -> str:
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
