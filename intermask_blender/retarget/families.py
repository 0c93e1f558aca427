"""The known families of rigs, read from bone_maps/: one file each, real bone names, {} where a side is written.

name = "Family"
sides = ["Left", "Right"]     how the family writes its sides
prefix = "family:"            on every bone, and often lost on the way
signature = ["bone"]          the family is meant only if these exist, and then before all others
[bones]                       by joint: a name, or in the order of preference; spine and neck: the whole chain
[fingers]                     by finger, from the hand outwards
[twists]                      by the joint at the upper end of the limb's part
[reads]                       control rigs: which bones show what the keys on [bones] do
[[switches]]                  control rigs: bone, property, value
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .bone_map import CHAINS, Switch

FOLDER = Path(__file__).parent / "bone_maps"
SIDES = ("left", "right")
CENTRAL = ("pelvis", "head", *CHAINS)


@dataclass(frozen=True)
class Family:
    """A rig convention; names by part as in `bone_map.PARTS`, in order of preference or, for chains, of position."""

    name: str
    prefix: str
    root: tuple[str, ...]
    signature: tuple[str, ...]
    bones: dict[str, tuple[str, ...]]
    twists: dict[str, tuple[str, ...]]
    reads: dict[str, tuple[str, ...]]
    switches: tuple[Switch, ...]


@cache
def families() -> tuple[Family, ...]:
    """All families, in alphabetical order of their files."""
    return tuple(_read(path) for path in sorted(FOLDER.glob("*.toml")))


def _read(path: Path) -> Family:
    entries = tomllib.loads(path.read_text(encoding="utf-8"))
    sides = dict(zip(SIDES, entries["sides"], strict=True))
    bones = dict(entries["bones"])
    root = _names(bones.pop("root", ()), "")
    return Family(
        name=entries["name"],
        prefix=entries.get("prefix", ""),
        root=root,
        signature=_names(entries.get("signature", ()), sides["left"]),
        bones=_by_part(bones | entries.get("fingers", {}), sides),
        twists=_by_part(entries.get("twists", {}), sides),
        reads=_by_part(entries.get("reads", {}), sides),
        switches=tuple(
            Switch(bone, switch["property"], switch["value"])
            for switch in entries.get("switches", ())
            for bone in dict.fromkeys(switch["bone"].format(mark) for mark in sides.values())
        ),
    )


def _by_part(table: dict, sides: dict[str, str]) -> dict[str, tuple[str, ...]]:
    parts = {}
    for joint, value in table.items():
        if joint in CENTRAL:
            parts[joint] = _names(value, "")
        else:
            parts |= {f"{side}_{joint}": _names(value, mark) for side, mark in sides.items()}
    return parts


def _names(value: str | list[str], mark: str) -> tuple[str, ...]:
    return tuple(name.format(mark) for name in ([value] if isinstance(value, str) else value))
