"""Rigs for tests, made from outlines of the known families (fixtures/rig_outlines.toml): names, parents, rest poses."""

import re
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engine.skeleton import JOINT, JOINT_NAMES, PARENTS, REST_OFFSETS, REST_PELVIS_HEIGHT
from intermask_blender.retarget.bone_map import BoneMap
from intermask_blender.retarget.rig import Rig

OUTLINES = tomllib.loads((Path(__file__).parent / "fixtures/rig_outlines.toml").read_text(encoding="utf-8"))
Z_UP = np.eye(3)
# Other spellings of the side inside one family, by what stands in the braces.
SPELLINGS = {"0": ("L", "R"), "L": ("left", "right")}
LIMB_ENDS = {"hip": "knee", "knee": "ankle", "shoulder": "elbow", "elbow": "wrist"}
# Outwards and forward of the wrist in metres: a finger's first bone, and the step to each next.
FINGER_BASES = {
    "thumb": ((0.02, 0.03), (0.025, 0.015)),
    "index": ((0.04, 0.02), (0.03, 0.005)),
    "middle": ((0.04, 0.005), (0.033, 0)),
    "ring": ((0.04, -0.01), (0.03, -0.002)),
    "pinky": ((0.038, -0.022), (0.024, -0.005)),
}


@dataclass
class Bone:
    """A bone of an outline: which part of the body it is, on which side."""

    name: str
    parent: str
    role: str
    side: str

    @property
    def part(self) -> str:
        """The part as a bone map names it."""
        return f"{self.side}_{self.role}" if self.side else self.role


def bones_of(family: str) -> list[Bone]:
    """The bones of a family's outline, parents first."""
    sides, text = OUTLINES[family]["sides"], OUTLINES[family]["bones"]
    bones: dict[str, Bone] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        for number, side in enumerate(("left", "right")):
            parent = parent_side = ""
            for token in line.split(" > "):
                role, name = re.fullmatch(r"(?:([a-z_.]+)=|(@))?(.+)", token).group(1, 3)
                on_side = side if "{" in name else parent_side and side
                name = re.sub(r"\{(.?)\}", lambda m, n=number: SPELLINGS.get(m[1], sides)[n], name)
                if name not in bones:
                    bones[name] = Bone(name, parent, role or ("at" if token.startswith("@") else "near"), on_side)
                parent, parent_side = name, bones[name].side
    return list(bones.values())


def make_rig(
    bones: list[Bone], sizes: np.ndarray | float = 1.0, arms_down: float = 0.0, axes: np.ndarray = Z_UP
) -> Rig:
    """Give an outline its rest pose: Z up, facing -Y in metres, then turned by `axes`.

    sizes: (22,) or one number, by which each of our joints' offsets is longer than an average adult's.
    arms_down: degrees from the T-pose.
    """
    joints = _joints(np.broadcast_to(sizes, 22), np.radians(arms_down))
    places: dict[str, np.ndarray] = {}
    for bone in bones:
        places[bone.name] = _place(bone, bones, joints, places)
    index = {bone.name: number for number, bone in enumerate(bones)}
    heads = np.array([places[bone.name] for bone in bones])[:, [0, 2, 1]] * [1, -1, 1] @ np.asarray(axes).T
    tails = heads + 0.05 * np.asarray(axes)[:, 2]
    for bone in reversed(bones):
        if bone.parent and np.linalg.norm(heads[index[bone.name]] - heads[index[bone.parent]]) > 1e-4:
            tails[index[bone.parent]] = heads[index[bone.name]]
    matrices = np.tile(np.eye(4), (len(bones), 1, 1))
    matrices[:, :3, 3] = heads
    for matrix, along in zip(matrices, tails - heads, strict=True):
        y = along / np.linalg.norm(along)
        x = np.cross(y, [0.3, 0.5, 0.8])
        matrix[:3, :3] = np.stack([x / np.linalg.norm(x), y, np.cross(x / np.linalg.norm(x), y)], axis=1)
    parents = np.array([index[bone.parent] if bone.parent else -1 for bone in bones])
    return Rig(tuple(index), parents, matrices, tails, np.ones(len(bones), dtype=bool))


def renamed(bones: list[Bone], rename) -> list[Bone]:
    """The same bones with other names."""
    new = {bone.name: rename(bone.name) for bone in bones} | {"": ""}
    return [replace(bone, name=new[bone.name], parent=new[bone.parent]) for bone in bones]


def without(bones: list[Bone], *roles: str) -> list[Bone]:
    """The bones without those of some roles; what hung below them hangs above."""
    parent = {bone.name: bone.parent for bone in bones}
    dropped = {bone.name for bone in bones if bone.role in roles}
    kept = []
    for bone in bones:
        above = bone.parent
        while above in dropped:
            above = parent[above]
        if bone.name not in dropped:
            kept.append(replace(bone, parent=above))
    return kept


def with_spines(count: int) -> list[Bone]:
    """Unreal's mannequin with a spine of so many bones."""
    bones = [bone for bone in bones_of("Unreal Mannequin (UE5)") if bone.role != "spine"]
    spine = [
        Bone(f"spine_{nth:02}", f"spine_{nth - 1:02}" if nth > 1 else "pelvis", "spine", "")
        for nth in range(1, count + 1)
    ]
    bones = [replace(bone, parent=spine[-1].name) if bone.parent == "spine_05" else bone for bone in bones]
    return bones[:2] + spine + bones[2:]


def expected(bones: list[Bone]) -> dict[str, tuple[str, ...]]:
    """The bones of each part, fingers included."""
    parts: dict[str, tuple[str, ...]] = {}
    for bone in bones:
        if bone.role in ("spine", "neck", "pelvis", "head") or bone.role in JOINT_ROLES or bone.role in FINGER_BASES:
            parts[bone.part] = (*parts.get(bone.part, ()), bone.name)
    return parts


def map_of(bones: list[Bone], family: str = "") -> BoneMap:
    """The bone map that an outline itself tells."""
    twists: dict[str, tuple[str, ...]] = {}
    for bone in bones:
        if bone.role.startswith("twist."):
            part = f"{bone.side}_{bone.role.removeprefix('twist.')}"
            twists[part] = (*twists.get(part, ()), bone.name)
    return BoneMap(family, expected(bones), twists)


JOINT_ROLES = {name.removeprefix("left_") for name in JOINT_NAMES if name.startswith("left_")}


def _joints(sizes: np.ndarray, down: float) -> np.ndarray:
    """Our joints (22, 3), Y up, facing +Z."""
    places = np.zeros((22, 3))
    places[0, 1] = REST_PELVIS_HEIGHT
    for joint in range(1, 22):
        offset = REST_OFFSETS[joint] * sizes[joint]
        if JOINT_NAMES[joint].endswith(("elbow", "wrist")):
            x, y, z = offset
            offset = np.array([x * np.cos(down), y - abs(x) * np.sin(down), z + (0.01 if y == 0 else 0)])
        places[joint] = places[PARENTS[joint]] + offset
    return places


def _place(bone: Bone, bones: list[Bone], joints: np.ndarray, places: dict[str, np.ndarray]) -> np.ndarray:
    role = bone.role.removeprefix("twist.")
    alike = [other.name for other in bones if other.role == bone.role and other.side == bone.side]
    nth, count = alike.index(bone.name), len(alike)
    sign = -1 if bone.side == "right" else 1
    here = places.get(bone.parent, joints[0])
    if bone.role in JOINT_ROLES or bone.role in ("pelvis", "head"):
        return joints[JOINT[bone.part]]
    if bone.role == "spine":
        share = nth / (count - 1) if count > 1 else 0.5
        return joints[JOINT["spine1"]] * (1 - share) + joints[JOINT["spine3"]] * share
    if bone.role == "neck":
        return joints[JOINT["neck"]] + (joints[JOINT["head"]] - joints[JOINT["neck"]]) * nth / count
    if bone.role.startswith("twist."):
        start, end = joints[JOINT[f"{bone.side}_{role}"]], joints[JOINT[f"{bone.side}_{LIMB_ENDS[role]}"]]
        return start + (end - start) * (nth + 1) / (count + 1)
    if bone.role in FINGER_BASES:
        wrist, elbow = joints[JOINT[f"{bone.side}_wrist"]], joints[JOINT[f"{bone.side}_elbow"]]
        out = (wrist - elbow) / np.linalg.norm(wrist - elbow)
        base, step = (np.array(pair) for pair in FINGER_BASES[bone.role])
        along, forward = base + step * nth
        return wrist + out * along + [0, 0, forward]
    offsets = {
        "root": -here,
        "at": np.zeros(3),
        "near": np.array([0, 0.01, 0.03]),
        "top": np.array([0, 0.2, 0]),
        "eye": np.array([0.03 * sign, 0.06, 0.08]),
        "buttock": np.array([0.07 * sign, -0.05, 0.01]),
        "near_shoulder": np.array([0.04 * sign, 0.01, 0]),
        "foot_too": np.array([-0.03 * sign, -0.055, 0.12]),
    }
    return here + offsets[bone.role]
