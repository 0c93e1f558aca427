"""Recognise a rig: by what the file says, by its bones' names, else by its shape."""

from collections import Counter, defaultdict
from dataclasses import dataclass, replace

import numpy as np

from .bone_map import BODY, ESSENTIAL, FINGERS, BoneMap, spoken
from .bone_names import common_prefixes, namespace, readings, stem_of, without_prefix
from .families import Family, families
from .rig import Rig
from .structure import looks_four_legged, looks_human, map_by_structure

SURE, LIKELY = 0.9, 0.6  # confidences from which on the user need not look, and may try
# What is left of the confidence if the rest pose is not that of a standing person: files of captured motion lose it,
# and then all the names are right; else the rig is an animal's or a machine's.
ODD_POSE, NO_PERSON = 0.75, 0.4
# Who hangs below whom, so that a knee in the arm is found out.
LIMB_ORDER = tuple(
    (f"{side}_{upper}", f"{side}_{lower}")
    for side in ("left", "right")
    for upper, lower in (
        ("hip", "knee"), ("knee", "ankle"), ("ankle", "foot"), ("collar", "shoulder"), ("shoulder", "elbow"),
        ("elbow", "wrist"),
    )
)  # fmt: skip


@dataclass(frozen=True)
class Recognition:
    """What was found: the map, how sure it is (0 to 1), and a sentence for the panel."""

    bone_map: BoneMap
    confidence: float
    sentence: str


def recognise(rig: Rig) -> Recognition:
    """Find out which bones are which joints. Always answers; a rig that is no person gets a low confidence."""
    if not rig.names:
        return Recognition(BoneMap("", {}), 0.0, "This armature has no bones. Choose another one.")
    if _figures(rig) > 1:
        return Recognition(
            BoneMap("", {}), 0.0, "This armature holds more than one figure. Give each its own and try again."
        )
    candidates = [_by_metadata(rig)] if rig.humanoid else []
    candidates += [_by_names(rig, family) for family in families()]
    _, confidence, best = max(candidates, key=lambda entry: entry[0])
    if confidence < SURE:
        by_structure, likeness = map_by_structure(rig)
        if likeness > confidence:
            best, confidence = by_structure, likeness
    confidence = round(float(confidence), 2)
    return Recognition(best, confidence, _sentence(rig, best, confidence))


def _by_metadata(rig: Rig) -> tuple[float, float, BoneMap]:
    bones = {
        part: tuple(name for name in names if name in rig.index)
        for part, names in rig.humanoid.items()
        if any(name in rig.index for name in names)
    }
    bone_map = BoneMap("VRM", bones)
    confidence = _confidence(rig, bone_map)
    return 1.5 * confidence, confidence, bone_map  # what the file says itself goes before what we guess


def _by_names(rig: Rig, family: Family) -> tuple[float, float, BoneMap]:
    """Score, confidence and map of a family on a rig."""
    best = (0.0, 0.0, BoneMap(family.name, {}))
    for prefix in ("", *common_prefixes(rig.names)):
        lookup = _Lookup(rig, family, prefix)
        if not all(lookup.find((name,)) for name in family.signature):
            continue
        bone_map = _matched(rig, family, lookup)
        confidence = _confidence(rig, bone_map)
        used = sum(map(len, bone_map.bones.values())) + sum(map(len, bone_map.twists.values()))
        details = len(set(BODY) - set(bone_map.missing)) / len(BODY) + used / len(rig.names)
        score = confidence + 0.02 * details + 0.2 * bool(family.signature) * confidence
        best = max(best, (score, confidence, bone_map), key=lambda entry: entry[0])
    return best


class _Lookup:
    """Find the bones of a rig by a family's names, however they are written."""

    def __init__(self, rig: Rig, family: Family, prefix: str):
        self.family_prefix = stem_of(family.prefix)
        self.taken: set[str] = set()
        found: dict[tuple[str, str], list[tuple[int, bool, str]]] = defaultdict(list)
        for name, deform in zip(rig.names, rig.deform, strict=True):
            plain = without_prefix(name, prefix) if prefix else name
            for rank, key in enumerate(self._keys(plain)):
                found[key].append((rank, not deform, name))
        self.bones = {key: [name for *_, name in sorted(entries)] for key, entries in found.items()}

    def _keys(self, name: str) -> tuple[tuple[str, str], ...]:
        if not self.family_prefix:
            return readings(name)
        shorter = readings(without_prefix(name, self.family_prefix))
        glued = [(side, stem.removeprefix(self.family_prefix)) for side, stem in shorter]
        return tuple(dict.fromkeys([key for key in glued if key[1]] + list(readings(name))))

    def find(self, names: tuple[str, ...], side: str | None = None) -> str:
        """The first free bone that reads like one of the names, on a side if one is given; "" if there is none."""
        for name in names:
            for key in self._keys(name):
                if side is not None and key[0] != side:
                    continue
                free = [bone for bone in self.bones.get(key, ()) if bone not in self.taken]
                if free:
                    return free[0]
        return ""

    def take(self, names: tuple[str, ...], side: str) -> tuple[str, ...]:
        """The first that is found, as a tuple of one or none; it is not found again."""
        bone = self.find(names, side)
        if not bone:
            return ()
        self.taken.add(bone)
        return (bone,)

    def take_all(self, names: tuple[str, ...], side: str) -> tuple[str, ...]:
        """Every name's bone that is found, in order."""
        return tuple(bone for name in names for bone in self.take((name,), side))


def _matched(rig: Rig, family: Family, lookup: _Lookup) -> BoneMap:
    chains = ("spine", "neck", *FINGERS)
    order = sorted(family.bones, key=lambda part: part in chains)  # single bones first, so that no chain takes them
    bones = {}
    for part in order:
        take = lookup.take_all if part in chains else lookup.take
        bones[part] = take(family.bones[part], _side(part))
    twists = {part: lookup.take_all(names, _side(part)) for part, names in family.twists.items()}
    for part, extra in twists.items():
        if bones.get(part) and extra:
            bones[part], twists[part] = _joint_first(rig, bones[part] + extra)
    bone_map = BoneMap(
        family.name,
        {part: bones[part] for part in family.bones if bones[part]},
        {part: names for part, names in twists.items() if names and bones.get(part)},
        lookup.find(family.root) if family.root else "",
    )
    if not family.reads:
        return bone_map
    reads = {part: lookup.take_all(names, _side(part)) for part, names in family.reads.items()}
    switches = tuple(switch for switch in family.switches if switch.bone in rig.index)
    return replace(bone_map, reads=reads, switches=switches)


def _side(part: str) -> str:
    side = part.split("_")[0]
    return side if side in ("left", "right") else ""


def _joint_first(rig: Rig, names: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Of a limb's bone and its twist bones, the one that carries another takes the joint; else the first."""
    above = set(rig.ancestors(rig.index[names[0]]))
    carriers = [name for name in names[1:] if rig.index[name] in above]
    joint = min(carriers, key=lambda name: len(rig.ancestors(rig.index[name])), default=names[0])
    return (joint,), tuple(name for name in names if name != joint)


def _confidence(rig: Rig, bone_map: BoneMap) -> float:
    found = sum(bool(bone_map.bones.get(part)) for part in ESSENTIAL) / len(ESSENTIAL)
    sure = found * _order(rig, bone_map) if found else 0.0
    heads = _joint_heads(rig, bone_map)
    if looks_human(heads):
        return sure
    return sure * (ODD_POSE if sure == 1 and not looks_four_legged(heads) else NO_PERSON)


def _joint_heads(rig: Rig, bone_map: BoneMap) -> dict[str, np.ndarray]:
    """Where each mapped part of the body starts."""
    parts = [part for part in BODY if bone_map.read_bones(part)]
    return {part: rig.heads[rig.index[bone_map.read_bones(part)[0]]] for part in parts}


def _order(rig: Rig, bone_map: BoneMap) -> float:
    """The share of limbs and chains whose bones hang below each other as they should."""
    pairs = [(bone_map.read_bones(upper), bone_map.read_bones(lower)) for upper, lower in LIMB_ORDER]
    for chain in (bone_map.read_bones("spine"), bone_map.read_bones("neck") + bone_map.read_bones("head")):
        if not bone_map.reads:
            pairs += [((upper,), (lower,)) for upper, lower in zip(chain, chain[1:], strict=False)]
    checks = [rig.index[upper[0]] in rig.ancestors(rig.index[lower[0]]) for upper, lower in pairs if upper and lower]
    return float(np.mean(checks)) if checks else 0.0


def _figures(rig: Rig) -> int:
    """How many figures a rig holds: the same names more than once, told apart by a namespace or a number at the end."""
    copies: dict[str, set] = defaultdict(set)
    for name in rig.names:
        space = namespace(name)
        plain, number = _split_number(name.removeprefix(space))
        copies[plain].add((space, number))
    groups = Counter(group for found in copies.values() if len(found) > 1 for group in found)
    figures = [group for group, count in groups.items() if count >= len(ESSENTIAL) and count > 0.3 * len(copies)]
    return max(1, len(figures))


def _split_number(name: str) -> tuple[str, str]:
    """A name and the ".001" that Blender puts behind a second one."""
    stem, dot, number = name.rpartition(".")
    return (stem, number) if dot and len(number) == 3 and number.isdigit() else (name, "")


def _sentence(rig: Rig, bone_map: BoneMap, confidence: float) -> str:
    if confidence < LIKELY:
        return (
            f"This doesn't look like the rig of a person ({confidence:.0%} sure). "
            "Choose its bones by hand, or another armature."
        )
    lacking = ", ".join(spoken(part) for part in bone_map.missing)
    rest = f" No bone for the {lacking}." if lacking else ""
    if not looks_human(_joint_heads(rig, bone_map)):
        rest += " Its rest pose is not that of someone standing."
    if confidence >= SURE:
        return f"{bone_map.family} ({confidence:.0%} sure).{rest}"
    return f"Probably {bone_map.family} ({confidence:.0%} sure): look the bones over.{rest}"
