"""Body: our skeleton laid into a rig's rest pose, so that motions can be read from the rig and put onto it."""

from dataclasses import dataclass, replace

import numpy as np

from ..core import errors, skeleton
from ..core import rotations as R
from .bone_map import BELOW, BODY, BoneMap, spoken
from .rest_pose import rest_pose
from .rig import Rig

SIDES = {"left": "right", "right": "left"}


@dataclass(frozen=True)
class Body:
    """A person's measures and where our joints sit in the rig.

    rig, bone_map: what it was made of; where the object mirrors the rig, the map's left and right are exchanged.
    offsets: (22, 3) metres, each joint from its parent in our T-pose; the rest pose of the rig is taken out.
    leg_length: metres, thigh and shin together.
    reads: the bones whose pose matrices `read_person` wants, in this order.
    read_parts: by part of the body, which of `reads` show it.
    to_engine: (4, 4) from the armature's space to the engine's world when at rest.
    places, turns: (22, 3) and (22, 4), our joints and their world rotations in the rig's rest pose.
    """

    rig: Rig
    bone_map: BoneMap
    offsets: np.ndarray
    leg_length: float
    reads: tuple[str, ...]
    read_parts: dict[str, list[int]]
    to_engine: np.ndarray
    places: np.ndarray
    turns: np.ndarray

    def rest_matrices(self, names: tuple[str, ...]) -> np.ndarray:
        """Rest matrices (n, 4, 4) of bones in the engine's world."""
        return self.to_engine @ self.rig.matrices[[self.rig.index[name] for name in names]]

    def heads(self, names: tuple[str, ...]) -> np.ndarray:
        """Where bones start (n, 3), at rest in the engine's world."""
        return self.rest_matrices(names)[:, :3, 3]


def body_of(rig: Rig, bone_map: BoneMap, to_engine: np.ndarray) -> Body:
    """Find a rig's body.

    to_engine: (4, 4) from the armature's own space to the engine's world (Y up, metres): the object's matrix, the
    scene's unit and the axes in one.
    Raises EngineError for a map that doesn't fit, bones without length and matrices that cannot be inverted.
    """
    bone_map.check(rig)
    to_engine = np.asarray(to_engine, dtype=float)
    _check(rig, bone_map, to_engine)
    if np.linalg.det(to_engine[:3, :3]) < 0:
        bone_map = _mirrored(bone_map)
    parts = _read_bones(rig, bone_map)
    reads = tuple(dict.fromkeys(name for part in BODY for name in parts.get(part, ())))
    world = to_engine @ rig.matrices
    shown = {part: bone_map.read_bones(part) for part in bone_map.bones}
    heads = {part: np.array([world[rig.index[name], :3, 3] for name in names]) for part, names in shown.items()}
    soles = {side: _along(rig, world, to_engine, shown[f"{side}_ankle"][0]) for side in SIDES}
    # our own rigs rest in our T-pose, in the proportions that their motion was made for
    is_ours = set(rig.names) in (set(skeleton.JOINT_NAMES), set(skeleton.FULL_NAMES))
    places, turns = rest_pose(heads, soles, nearest_rotation(to_engine), is_ours)
    parents = np.array(skeleton.PARENTS)
    offsets = R.rotate(R.inverse(turns[parents]), places - places[parents])
    offsets[0] = 0
    legs = offsets[[skeleton.JOINT[f"{side}_{joint}"] for side in SIDES for joint in ("knee", "ankle")]]
    return Body(
        rig=rig,
        bone_map=bone_map,
        offsets=offsets,
        leg_length=float(np.linalg.norm(legs, axis=1).sum() / 2),
        reads=reads,
        read_parts={part: [reads.index(name) for name in names] for part, names in parts.items()},
        to_engine=to_engine,
        places=places,
        turns=turns,
    )


def nearest_rotation(matrix: np.ndarray) -> np.ndarray:
    """The orthogonal matrices (..., 3, 3) nearest to affine ones (..., 4, 4): scale and shear are taken out, a mirror
    stays in."""
    u, _, vt = np.linalg.svd(matrix[..., :3, :3])
    return u @ vt


def twists_in_a_row(rig: Rig, bone_map: BoneMap, part: str) -> tuple[str, ...]:
    """Of a limb part's twist bones those that carry the part below, from the body outwards."""
    side, joint = part.split("_")
    above = rig.ancestors(rig.index[bone_map.bones[f"{side}_{BELOW[joint]}"][0]])[::-1]
    twists = bone_map.twists.get(part, ())
    return tuple(rig.names[bone] for bone in above if rig.names[bone] in twists)


def _read_bones(rig: Rig, bone_map: BoneMap) -> dict[str, tuple[str, ...]]:
    """By part of the body, the bones that show how our joint is turned."""
    parts = {part: bone_map.read_bones(part) for part in bone_map.bones if part in BODY}
    for part in bone_map.twists:
        if part.endswith(("hip", "shoulder")) and (row := twists_in_a_row(rig, bone_map, part)):
            parts[part] = row[-1:]  # the limb's own turn arrives at its lower end
    return parts


def _mirrored(bone_map: BoneMap) -> BoneMap:
    """The map with left and right exchanged."""

    def exchanged(parts: dict) -> dict:
        return {_other_side(part): names for part, names in parts.items()}

    parts = {key: exchanged(getattr(bone_map, key)) for key in ("bones", "twists", "reads")}
    return replace(bone_map, **parts)


def _other_side(part: str) -> str:
    side, _, joint = part.partition("_")
    return f"{SIDES[side]}_{joint}" if side in SIDES else part


def _along(rig: Rig, world: np.ndarray, to_engine: np.ndarray, name: str) -> np.ndarray:
    bone = rig.index[name]
    return to_engine[:3, :3] @ rig.tails[bone] + to_engine[:3, 3] - world[bone, :3, 3]


def _check(rig: Rig, bone_map: BoneMap, to_engine: np.ndarray) -> None:
    """Raise EngineError if a rig cannot be moved as its map says."""
    if not np.isfinite(to_engine).all() or not np.linalg.cond(to_engine[:3, :3]) < 1e6:
        raise errors.EngineError("The armature object is scaled to nothing. Give it a scale and try again.")
    named = [*(name for names in bone_map.bones.values() for name in names)]
    named += [name for parts in (bone_map.twists, bone_map.reads) for names in parts.values() for name in names]
    for name in named:
        if name not in rig.index:
            raise errors.EngineError(f"“{name}” is not in this rig any more. Recognise the rig again.")
        matrix, tail = rig.matrices[rig.index[name]], rig.tails[rig.index[name]]
        lost = not np.isfinite(matrix).all() or abs(np.linalg.det(matrix[:3, :3])) < 1e-6
        if lost or np.array_equal(matrix[:3, 3], tail):
            raise errors.EngineError(f"The bone “{name}” has no length. Give it one in Edit Mode and try again.")
    top = bone_map.top(rig)
    if top in rig.connected and rig.parents[rig.index[top]] >= 0:
        raise errors.EngineError(
            f"The bone “{top}” is connected to its parent, so that the figure cannot move from its place. "
            "Clear Connected in its bone properties and try again."
        )
    if not bone_map.reads:
        pelvis = bone_map.bones["pelvis"][0]
        for part in ("spine", "left_hip", "right_hip"):
            name = bone_map.bones[part][0]
            if rig.index[pelvis] not in rig.ancestors(rig.index[name]):
                raise errors.EngineError(
                    f"“{name}” ({spoken(part)}) is not below “{pelvis}” (pelvis). "
                    "Choose for the pelvis the bone that carries the legs and the spine."
                )
