"""Recognise a body by its shape: for rigs whose bone names say nothing.

A person is symmetric; two limbs go down from one end of a spine, two from the other; feet point forward.
No axis of the armature is taken for up: it is found.
"""

from dataclasses import dataclass
from itertools import combinations, permutations
from typing import NamedTuple

import numpy as np

from .bone_map import ESSENTIAL, BoneMap
from .rig import Rig

FAMILY = "a person by its shape"
MOST = 0.85  # never surer than this without a name
MIDDLE, ASYMMETRY = 0.01, 0.04  # of the rig's size: what still is the middle, and symmetric
# Proportions of an adult.
THIGH_TO_SHIN, UPPER_TO_FOREARM, ARM_TO_LEG, ANKLE_TO_LEG = 0.96, 1.04, 0.65, 0.08


@dataclass(frozen=True)
class Shape:
    """What is known of a rig before its joints are: sizes in the armature's units, one entry per bone.

    lateral: index of the axis across; sides: -1, 0 or 1, on which side of the middle a bone and all below it lie.
    reach: how far it is from a bone's head to the farthest head below it, along the bones.
    """

    rig: Rig
    heads: np.ndarray
    size: float
    lateral: int
    sides: np.ndarray
    reach: np.ndarray

    def path(self, bone: int) -> list[int]:
        """The bones from one to the farthest tip below it."""
        bones = [bone]
        while self.rig.children[bones[-1]]:
            bones.append(max(self.rig.children[bones[-1]], key=self.extent))
        return bones

    def extent(self, bone: int) -> float:
        """How far it is from the parent's head to the farthest head below a bone."""
        parent = self.rig.parents[bone]
        return self.reach[bone] + float(np.linalg.norm(self.heads[bone] - self.heads[parent]))

    def middle(self, pair: tuple[int, int]) -> np.ndarray:
        """Halfway between the heads of two bones."""
        return self.heads[list(pair)].mean(axis=0)


class Limb(NamedTuple):
    """A leg (hip, knee, ankle, ball of the foot) or an arm (shoulder, elbow, wrist, collar bone).

    joints: the four bones, the last -1 if there is none. upper, lower: bones in between, in a row with them.
    cost: what speaks against it, 0 for the proportions of an adult.
    """

    joints: tuple[int, int, int, int]
    upper: list[int]
    lower: list[int]
    cost: float


LEG, ARM = ("hip", "knee", "ankle", "foot"), ("shoulder", "elbow", "wrist", "collar")


def looks_human(heads: dict[str, np.ndarray]) -> bool:
    """Whether joints lie like a person's: legs down from the hips, trunk and head up. False if too few are known."""
    hips, feet = _halfway(heads, "hip"), _halfway(heads, "ankle", "knee")
    shoulders = _halfway(heads, "shoulder", "elbow")
    if hips is None or feet is None or shoulders is None or "head" not in heads:
        return False
    up = _unit(shoulders - hips)
    tall = float(np.linalg.norm(shoulders - hips))
    return tall > 0 and bool(_unit(feet - hips) @ up < -0.75 and (heads["head"] - hips) @ up > 0.9 * tall)


def looks_four_legged(heads: dict[str, np.ndarray]) -> bool:
    """Whether arms and legs point the same way, across the trunk."""
    hips, feet = _halfway(heads, "hip"), _halfway(heads, "ankle")
    shoulders, hands = _halfway(heads, "shoulder"), _halfway(heads, "wrist")
    if hips is None or feet is None or shoulders is None or hands is None:
        return False
    trunk, legs, arms = (_unit(part) for part in (shoulders - hips, feet - hips, hands - shoulders))
    return bool(legs @ arms > 0.7 and abs(legs @ trunk) < 0.7)


def _halfway(heads: dict[str, np.ndarray], *joints: str) -> np.ndarray | None:
    """The point between left and right of the first of the joints that is known on both sides."""
    for joint in joints:
        if f"left_{joint}" in heads and f"right_{joint}" in heads:
            return (heads[f"left_{joint}"] + heads[f"right_{joint}"]) / 2
    return None


def map_by_structure(rig: Rig) -> tuple[BoneMap, float]:
    """The map that the shape of the skeleton suggests, and how sure it is (0 to 1)."""
    nothing = BoneMap(FAMILY, {}), 0.0
    if len(rig.names) < len(ESSENTIAL):
        return nothing
    shape = _shape(rig)
    found = _limbs(shape) if shape else None
    if not found:
        return nothing
    legs, arms, up = found
    parsed_legs = [_leg(shape, bone, up) for bone in legs]
    if not all(parsed_legs):
        return nothing
    leg_length = float(np.mean([_length(shape, list(leg.joints[:3])) for leg in parsed_legs]))
    parsed_arms = [_arm(shape, bone, leg_length) for bone in arms]
    if not all(parsed_arms):
        return nothing
    bones, twists = _trunk(shape, legs, arms, up, leg_length), {}
    flip = _plus_is_left(shape, parsed_legs, up)
    cost = 0.0
    for side, (leg, arm) in enumerate(zip(parsed_legs, parsed_arms, strict=True)):
        name = "left" if (shape.sides[legs[side]] > 0) == flip else "right"
        cost += (leg.cost + arm.cost) / 8
        for limb, parts in ((leg, LEG), (arm, ARM)):
            bones |= {f"{name}_{part}": (bone,) for part, bone in zip(parts, limb.joints, strict=True) if bone >= 0}
            between = {f"{name}_{parts[0]}": limb.upper, f"{name}_{parts[1]}": limb.lower}
            twists |= {part: chain for part, chain in between.items() if chain}
    bones = {part: tuple(rig.names[bone] for bone in chain) for part, chain in bones.items() if chain}
    twists = {part: tuple(rig.names[bone] for bone in chain) for part, chain in twists.items()}
    share = sum(part in bones for part in ESSENTIAL) / len(ESSENTIAL)
    return BoneMap(FAMILY, bones, twists), MOST * share / (1 + cost)


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / max(float(np.linalg.norm(vector)), 1e-12)


def _length(shape: Shape, bones: list[int]) -> float:
    return float(np.linalg.norm(np.diff(shape.heads[bones], axis=0), axis=1).sum())


def _shape(rig: Rig) -> Shape | None:
    """Sides and reaches of all bones; None for a rig without a plane of symmetry."""
    heads = np.asarray(rig.heads, dtype=float)
    size = float(np.ptp(heads, axis=0).max())
    if not np.isfinite(heads).all() or size <= 0:
        return None
    axes = [(_asymmetry(heads, axis) / size, axis) for axis in range(3) if np.ptp(heads[:, axis]) > 0.1 * size]
    if not axes or min(axes)[0] > ASYMMETRY:
        return None
    lateral = min(axes)[1]
    heads = heads.copy()
    heads[:, lateral] -= _centre(heads, lateral)
    count, offset = np.ones(len(heads)), heads[:, lateral].copy()
    reach = np.zeros(len(heads))
    for bone in _children_first(rig):
        if (parent := int(rig.parents[bone])) >= 0:
            count[parent] += count[bone]
            offset[parent] += offset[bone]
            reach[parent] = max(reach[parent], reach[bone] + np.linalg.norm(heads[bone] - heads[parent]))
    mean = offset / count
    sides = np.where(np.abs(mean) > MIDDLE * size, np.sign(mean), 0).astype(int)
    return Shape(rig, heads, size, lateral, sides, reach)


def _children_first(rig: Rig) -> list[int]:
    depth = [len(rig.ancestors(bone)) for bone in range(len(rig.names))]
    return sorted(range(len(depth)), key=lambda bone: -depth[bone])


def _centre(heads: np.ndarray, axis: int) -> float:
    return float((heads[:, axis].max() + heads[:, axis].min()) / 2)


def _asymmetry(heads: np.ndarray, axis: int) -> float:
    """How far, in the mean, a bone's mirror image is from the nearest bone."""
    mirrored = heads.copy()
    mirrored[:, axis] = 2 * _centre(heads, axis) - mirrored[:, axis]
    return float(np.linalg.norm(mirrored[:, None] - heads[None], axis=-1).min(axis=1).mean())


def _limbs(shape: Shape) -> tuple[tuple[int, int], tuple[int, int], np.ndarray] | None:
    """The first bones of both legs, those of both arms, and the way up."""
    rig = shape.rig
    pairs = []
    for bone, parent in enumerate(rig.parents):
        if shape.sides[bone] <= 0 or (parent >= 0 and shape.sides[parent] != 0):
            continue
        image = shape.heads[bone] * np.where(np.arange(3) == shape.lateral, -1, 1)
        others = [other for other in (rig.children[parent] if parent >= 0 else ()) if shape.sides[other] < 0]
        others = [other for other in others if abs(shape.reach[other] - shape.reach[bone]) < 0.1 * shape.size]
        if others and shape.reach[bone] > 0.15 * shape.size and len(shape.path(bone)) >= 3:
            other = min(others, key=lambda other: float(np.linalg.norm(shape.heads[other] - image)))
            pairs.append((shape.reach[bone] + shape.reach[other], (bone, other)))
    pairs = sorted(pairs, reverse=True)[:8]
    best = None
    for (long, legs), (wide, arms) in permutations(pairs, 2):
        if rig.parents[legs[0]] == rig.parents[arms[0]]:
            continue
        trunk = shape.middle(arms) - shape.middle(legs)
        trunk[shape.lateral] = 0
        up = _unit(trunk)
        down = shape.middle(tuple(shape.path(bone)[-1] for bone in legs)) - shape.middle(legs)
        arm = shape.middle(tuple(shape.path(bone)[-1] for bone in arms)) - shape.middle(arms)
        if np.linalg.norm(trunk) < 0.1 * shape.size or _unit(down) @ up > -0.75 or arm @ up > 0.5 * wide / 2:
            continue
        if best is None or long + wide > best[0]:
            best = long + wide, legs, arms, up
    return best[1:] if best else None


def _leg(shape: Shape, bone: int, up: np.ndarray) -> Limb | None:
    """The leg that starts at or below a bone; None if there is none."""
    path = shape.path(bone)
    points, height = shape.heads[path], shape.heads[path] @ up
    drop = height.max() - height.min()
    best = None
    for hip, knee, ankle in combinations(range(len(path)), 3):
        thigh, shin = points[knee] - points[hip], points[ankle] - points[knee]
        sizes = np.linalg.norm(thigh), np.linalg.norm(shin)
        if min(sizes) < 0.1 * drop or abs(points[hip, shape.lateral]) < 0.25 * abs(points[knee, shape.lateral]):
            continue
        cost = (np.log(sizes[0] / sizes[1] / THIGH_TO_SHIN) / 0.35) ** 2
        cost += (((height[ankle] - height.min()) / drop - ANKLE_TO_LEG) / 0.1) ** 2
        cost += ((1 - _unit(thigh) @ _unit(shin)) / 0.06) ** 2
        cost += ((height.max() - height[hip]) / drop / 0.15) ** 2
        cost += 0.3 * (ankle == len(path) - 1 and len(path) > 3)  # most rigs have toes
        if best is None or cost < best[0]:
            best = cost, hip, knee, ankle
    if best is None:
        return None
    cost, hip, knee, ankle = best
    while hip + 1 < knee and np.linalg.norm(points[hip + 1] - points[hip]) < 0.08 * drop:
        hip += 1  # a buttock right above the hip
    length = np.linalg.norm(points[knee] - points[hip]) + np.linalg.norm(points[ankle] - points[knee])
    far = np.linalg.norm(points - points[ankle], axis=1) / length
    ball = next((index for index in range(ankle + 1, len(path)) if 0.1 < far[index] < 0.4), None)
    foot = path[ball] if ball is not None else -1
    joints = path[hip], path[knee], path[ankle], foot
    return Limb(joints, path[hip + 1 : knee], path[knee + 1 : ankle], float(cost))


def _arm(shape: Shape, bone: int, leg_length: float) -> Limb | None:
    """The arm that starts at or below a bone; None if there is none."""
    path = shape.path(bone)
    points = shape.heads[path]
    hand = _hand(shape, path)
    best = None
    for shoulder, elbow, wrist in combinations(range(len(path)), 3):
        if hand is not None and wrist != hand:
            continue
        upper, fore = points[elbow] - points[shoulder], points[wrist] - points[elbow]
        sizes = np.linalg.norm(upper), np.linalg.norm(fore)
        if min(sizes) < 0.05 * leg_length:
            continue
        cost = (np.log(sizes[0] / sizes[1] / UPPER_TO_FOREARM) / 0.2) ** 2
        cost += (np.log(sum(sizes) / leg_length / ARM_TO_LEG) / 0.25) ** 2
        cost += ((1 - _unit(upper) @ _unit(fore)) / 0.2) ** 2
        cost += 1.0 * (shoulder == 0 and wrist > 2)  # most rigs have collar bones
        cost += 0.7 * (wrist == len(path) - 1 and len(path) > 4)  # and something in the hand
        if best is None or cost < best[0]:
            best = cost, shoulder, elbow, wrist
    if best is None:
        return None
    cost, shoulder, elbow, wrist = best
    collar = path[0] if shoulder > 0 else -1
    joints = path[shoulder], path[elbow], path[wrist], collar
    return Limb(joints, path[shoulder + 1 : elbow], path[elbow + 1 : wrist], float(cost))


def _hand(shape: Shape, path: list[int]) -> int | None:
    """Where on the way to the fingertip three or more fingers part; None without fingers."""
    for index, bone in enumerate(path):
        lengths = sorted((shape.extent(child) for child in shape.rig.children[bone]), reverse=True)
        if len(lengths) >= 3 and lengths[2] > 0.4 * lengths[0] and shape.reach[bone] < 0.45 * shape.reach[path[0]]:
            return index
    return None


def _trunk(
    shape: Shape, legs: tuple[int, int], arms: tuple[int, int], up: np.ndarray, leg_length: float
) -> dict[str, tuple[int, ...]]:
    """Pelvis, spine, neck and head."""
    rig = shape.rig
    chest, seat = int(rig.parents[arms[0]]), int(rig.parents[legs[0]])
    below_chest = [chest, *rig.ancestors(chest)]
    pelvis = next((bone for bone in (seat, *rig.ancestors(seat)) if bone in below_chest), seat)
    if np.linalg.norm(shape.heads[pelvis] - shape.middle(legs)) > 0.4 * leg_length:
        pelvis = seat  # the root on the floor carries both the pelvis and the spine
    spine = [bone for bone in below_chest if bone not in (pelvis, *rig.ancestors(pelvis))][::-1]
    above = _upwards(shape, chest, up)
    shoulders = (shape.middle(arms) - shape.heads[chest]) @ up
    if len(above) == 1 and len(spine) > 1 and shoulders < 0.05 * leg_length:
        above, spine = [spine[-1], *above], spine[:-1]  # the collar bones hang below the neck
    return {"pelvis": (pelvis,), "spine": tuple(spine), "neck": tuple(above[:-1]), "head": tuple(above[-1:])}


def _upwards(shape: Shape, chest: int, up: np.ndarray) -> list[int]:
    """The neck's bones and the head above the chest."""
    rig, heads, least = shape.rig, shape.heads, 0.005 * shape.size
    chain: list[int] = []
    bone = chest
    while not chain or len(rig.children[bone]) <= 2:
        middle = [child for child in rig.children[bone] if shape.sides[child] == 0]
        # The neck may start where the chest does, but nothing on a head that starts where the head does is a head.
        rising = [child for child in middle if not chain or (heads[child] - heads[bone]) @ up > least]
        tops = {child: float(((heads[shape.path(child)] - heads[bone]) @ up).max()) for child in rising}
        if not tops or max(tops.values()) < least:
            break
        bone = max(tops, key=tops.get)
        chain.append(bone)
    if len(chain) > 1 and not rig.children[chain[-1]]:
        steps = np.linalg.norm(np.diff(shape.heads[[chest, *chain]], axis=0), axis=1)
        if steps[-1] > 1.3 * steps[-2]:
            chain.pop()  # only marks the top of the head
    return chain


def _plus_is_left(shape: Shape, legs: list[Limb], up: np.ndarray) -> bool:
    """Whether the positive side of the lateral axis is the person's left: feet point forward, or knees bend so."""
    forward = np.zeros(3)
    for leg in legs:
        hip, knee, ankle, foot = leg.joints
        end = shape.heads[foot] if foot >= 0 else shape.rig.tails[ankle] - shape.rig.heads[ankle] + shape.heads[ankle]
        toward = end - shape.heads[ankle]
        toward = toward - toward @ up * up
        toward[shape.lateral] = 0
        if np.linalg.norm(toward) < 0.02 * shape.size:
            line = _unit(shape.heads[ankle] - shape.heads[hip])
            toward = shape.heads[knee] - shape.heads[hip]
            toward = toward - toward @ line * line
            toward[shape.lateral] = 0
        forward += toward
    return bool(np.cross(up, forward)[shape.lateral] > 0)
