"""Copies an armature as others can use it: without constraints and controls, keyed with the pose that Blender shows.

A control rig moves its deforming bones by constraints and drivers, which no file and no game engine knows. Its copy has
the deforming bones only, each below the nearest that carries it. Other armatures are copied with all of their bones.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import bpy
import numpy as np
from mathutils import Matrix

from . import actor, space, target
from .core import errors, rotations
from .curves import bone_path, new_action, write_curves
from .temporary import temporary_scene

SAME_PLACE = 0.01  # share of a bone's length within which another one starts at the same point
SAME_DIRECTION = 0.999  # cosine
STILL = 1e-5  # share of the figure's height that a bone may move against its parent without a key for it
UNSCALED = 1e-3  # how far from 1 a bone's scale may be without a key for it


@dataclass(frozen=True)
class Performance:
    """What an armature shows over some frames.

    names, parents: of the n bones that its copy has, parents first; -1 for none.
    rest: (n, 4, 4) in the armature's space. lengths: (n,) of the bones. deforming: (n,)
    poses: (T, n, 4, 4) in the world, without the object's scale. places: (T, 4, 4) of the object. frames: (T,)
    """

    rig: bpy.types.Object
    names: tuple[str, ...]
    parents: tuple[int, ...]
    rest: np.ndarray
    lengths: np.ndarray
    deforming: np.ndarray
    poses: np.ndarray
    places: np.ndarray
    frames: np.ndarray

    @property
    def height(self) -> float:
        """How large the figure is at rest, in the armature's units."""
        return float(np.ptp(self.rest[:, :3, 3], axis=0).max() + self.lengths.max())

    @property
    def tops(self) -> list[int]:
        """The bones that no other carries."""
        return [index for index, parent in enumerate(self.parents) if parent < 0]

    @property
    def stands_on_root(self) -> bool:
        """Whether one bone at the origin carries all others."""
        return len(self.tops) == 1 and np.linalg.norm(self.rest[self.tops[0], :3, 3]) < 0.01 * self.height

    def with_root(self, name: str) -> "Performance":
        """The same with one more bone, at the object's origin, that carries all others and goes with the object."""
        while name in self.names:
            name += "_"
        root = self.places[:, None].copy()
        root[..., :3, :3] = _proper_rotation(root[..., :3, :3])
        return replace(
            self,
            names=(name, *self.names),
            parents=(-1, *(parent + 1 for parent in self.parents)),
            rest=np.concatenate([np.eye(4)[None], self.rest]),
            lengths=np.append(0.1 * self.height, self.lengths),
            deforming=np.append(True, self.deforming),
            poses=np.concatenate([root, self.poses], axis=1),
        )


def read(rigs: list[bpy.types.Object], first: int, last: int, scene: bpy.types.Scene) -> list[Performance]:
    """What armatures show from frame `first` to `last` of the scene on view. Nothing in the scene changes.

    Raises EngineError for an armature that is being edited, shown at rest or left out of the view layer.
    """
    for rig in rigs:
        if rig.mode == "EDIT":
            raise errors.EngineError(f'"{rig.name}" is being edited: leave Edit Mode.')
        if rig.data.pose_position == "REST":
            raise errors.EngineError(actor.IN_REST_POSITION.format(name=rig.name))
    frames = np.arange(first, last + 1)
    places, poses = [[] for _ in rigs], [[] for _ in rigs]
    with actor.at_frame(scene, first):
        for frame in frames:
            scene.frame_set(int(frame))
            for rig, own_places, own_poses in zip(rigs, places, poses, strict=True):
                posed = actor.evaluated(rig)
                own_places.append(np.array(posed.matrix_world))
                own_poses.append(_matrices(posed.pose.bones, "matrix"))
    everyone = zip(rigs, places, poses, strict=True)
    return [_performance(rig, np.stack(place), np.stack(pose), frames) for rig, place, pose in everyone]


def _performance(rig: bpy.types.Object, places: np.ndarray, poses: np.ndarray, frames: np.ndarray) -> Performance:
    parents = kept_bones(rig)
    names = list(parents)
    chosen = [rig.data.bones.find(name) for name in names]
    world = places[:, None] @ poses[:, chosen]
    world[..., :3, :3] /= space.scale_of(places[0])
    return Performance(
        rig,
        tuple(names),
        tuple(-1 if parents[name] is None else names.index(parents[name]) for name in names),
        _matrices(rig.data.bones, "matrix_local")[chosen],
        np.array([rig.data.bones[name].length for name in names]),
        np.array([rig.data.bones[name].use_deform for name in names]),
        world,
        places,
        frames,
    )


def _matrices(bones, name: str) -> np.ndarray:
    columns = np.empty(len(bones) * 16, dtype=np.float32)
    bones.foreach_get(name, columns)
    return columns.reshape(-1, 4, 4).astype(float).transpose(0, 2, 1)


def is_control_rig(rig: bpy.types.Object) -> bool:
    """Whether an armature has bones that deform nothing, and constraints by which they move others."""
    deforming = [bone.use_deform for bone in rig.data.bones]
    return any(deforming) and not all(deforming) and any(bone.constraints for bone in rig.pose.bones)


def kept_bones(rig: bpy.types.Object) -> dict[str, str | None]:
    """The bones that a copy of an armature has, parents first, and the parent of each."""
    bones = rig.data.bones
    if not is_control_rig(rig):
        return {bone.name: bone.parent.name if bone.parent else None for bone in bones}
    deforming = [bone for bone in bones if bone.use_deform]
    parents: dict[str, str | None] = {}
    for bone in deforming:
        carriers = (
            name for name in _carriers(bone.parent_recursive, deforming) if not _is_below(name, bone.name, parents)
        )
        parents[bone.name] = next(carriers, None)
    ordered: dict[str, str | None] = {}
    while len(ordered) < len(parents):
        ordered |= {name: parent for name, parent in parents.items() if parent is None or parent in ordered}
    return ordered


def carrier(rig: bpy.types.Object, name: str) -> str:
    """The bone of an armature's copy that carries what hangs on one of its bones."""
    kept, bone = kept_bones(rig), rig.data.bones[name]
    deforming = [rig.data.bones[other] for other in kept]
    return name if name in kept else next(_carriers([bone, *bone.parent_recursive], deforming), next(iter(kept)))


def _carriers(chain: list[bpy.types.Bone], deforming: list[bpy.types.Bone]) -> Iterator[str]:
    """The deforming bones among others and in the place of others, in the order of the chain.

    Control rigs have several bones in one place: one that deforms, another that carries the next limb.
    """
    for bone in chain:
        if bone.use_deform:
            yield bone.name
            continue
        for other in deforming:
            near = (other.head_local - bone.head_local).length < SAME_PLACE * bone.length
            if near and _direction(other).dot(_direction(bone)) > SAME_DIRECTION:
                yield other.name


def _direction(bone: bpy.types.Bone):
    return (bone.tail_local - bone.head_local).normalized()


def _is_below(name: str | None, top: str, parents: dict[str, str | None]) -> bool:
    """Whether a bone is another, or lies below it so far."""
    while name not in {None, top}:
        name = parents.get(name)
    return name == top


def make_copy(
    shown: Performance,
    name: str,
    collection: bpy.types.Collection,
    place: np.ndarray,
    into: np.ndarray,
    units: float = 1.0,
    scales: bool = True,
) -> bpy.types.Object:
    """Make an armature object that shows the same by keys alone, one per frame.

    place: (4, 4) of the new object. into: (4, 4) takes the rest pose into the new armature's space.
    units: of the new object's world in one of Blender's. scales: False leaves out what scales bones; their joints are
    in the same places.
    """
    copy = _make_armature(shown, name, into)
    collection.objects.link(copy)
    copy.matrix_world = Matrix(place)
    for bone in copy.pose.bones:
        bone.rotation_mode = "QUATERNION"
    poses = shown.poses.copy()
    poses[..., :3, 3] *= units
    poses = np.linalg.inv(place) @ poses
    poses[..., :3, :3] *= space.scale_of(place)
    rest = _matrices(copy.data.bones, "matrix_local")[[copy.data.bones.find(bone) for bone in shown.names]]
    _key(copy, shown, rest, poses, STILL * shown.height * space.scale_of(into), scales)
    return copy


def _make_armature(shown: Performance, name: str, into: np.ndarray) -> bpy.types.Object:
    """The bones at rest, in an object that is in no scene yet."""
    armature = bpy.data.armatures.new(name)
    copy = bpy.data.objects.new(name, armature)
    with temporary_scene("Copy", bpy.context.scene) as scene:  # Edit Mode leaves the user's mode and selection alone
        scene.collection.objects.link(copy)
        layer = scene.view_layers[0]
        layer.objects.active = copy
        bpy.ops.object.mode_set(mode="EDIT")
        bones = [armature.edit_bones.new(bone) for bone in shown.names]
        lengths = shown.lengths * space.scale_of(into)
        for bone, parent, matrix, length in zip(bones, shown.parents, into @ shown.rest, lengths, strict=True):
            bone.head, bone.tail = (0, 0, 0), (0, length, 0)
            matrix[:3, :3] = _proper_rotation(matrix[:3, :3])
            bone.matrix = Matrix(matrix)
            bone.parent = bones[parent] if parent >= 0 else None
        bpy.ops.object.mode_set(mode="OBJECT")
        layer.update()  # a fresh armature must be evaluated before it gets an action
        for bone, deforms in zip(shown.names, shown.deforming, strict=True):
            armature.bones[bone].use_deform = bool(deforms)
    return copy


def _key(
    copy: bpy.types.Object, shown: Performance, rest: np.ndarray, poses: np.ndarray, still: float, scales: bool
) -> None:
    """Key the bones so that they take the poses (T, n, 4, 4), told in the armature's space.

    still: how far a bone may move against its parent without a key.
    """
    action, bag = new_action(copy.name, copy)
    reached = np.empty_like(poses)
    for index, (name, parent) in enumerate(zip(shown.names, shown.parents, strict=True)):
        start = rest[index]
        if parent >= 0:
            start = reached[:, parent] @ np.linalg.inv(rest[parent]) @ start
        change = np.linalg.inv(start) @ poses[:, index]
        location, turn, scale = _parts(change)
        channels = {"rotation_quaternion": rotations.continuous(turn)}
        if parent < 0 or np.abs(location).max() > still:
            channels["location"] = location
        if scales and np.abs(scale - 1).max() > UNSCALED:
            channels["scale"] = scale
        reached[:, index] = start @ _joined(channels.get("location"), turn, channels.get("scale"))
        for channel, values in channels.items():
            write_curves(bag, f"{bone_path(name)}.{channel}", shown.frames, values)
    target.play(copy, action)


def _parts(change: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Location (T, 3), turn (T, 4) and scale (T, 3) of matrices (T, 4, 4); shear is lost."""
    turn = _proper_rotation(change[:, :3, :3])
    scale = np.einsum("tij,tij->tj", turn, change[:, :3, :3])
    return change[:, :3, 3], rotations.from_matrix(turn), scale


def _proper_rotation(matrices: np.ndarray) -> np.ndarray:
    """The nearest proper rotations to matrices (..., 3, 3): a mirror is left to the scale."""
    left, _, right = np.linalg.svd(matrices)
    left[..., -1] *= np.sign(np.linalg.det(left @ right))[..., None]
    return left @ right


def _joined(location: np.ndarray | None, turn: np.ndarray, scale: np.ndarray | None) -> np.ndarray:
    """Matrices (T, 4, 4) of what is keyed."""
    matrices = np.tile(np.eye(4), (len(turn), 1, 1))
    matrices[:, :3, :3] = rotations.to_matrix(turn) * (1.0 if scale is None else scale[:, None])
    if location is not None:
        matrices[:, :3, 3] = location
    return matrices
