"""Lets the object carry a figure over the ground, and its bone only the rest: in the world it moves as before."""

from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Matrix, Quaternion

from .. import actor, rotation_modes
from ..core import errors
from ..core import rotations as R
from ..curves import WIDTHS, bone_path
from ..retarget.body import Body, nearest_rotation
from .channels import Channel, mode_of


@dataclass(frozen=True)
class Root:
    """The bone on top of a figure, as it stands in what carries it while a take is on view.

    placed: (4, 4) of the object in its parent's space, turn: (4,) its rotation as it is set. up: (3,) the world's
    upwards there.
    carrier, carrier_rest: (4, 4) of the bone above in the armature's space, posed and at rest; None without one.
    """

    rig: bpy.types.Object
    name: str
    placed: np.ndarray
    turn: np.ndarray
    up: np.ndarray
    carrier: Matrix | None
    carrier_rest: Matrix | None

    @property
    def path(self) -> str:
        """The path of the pose bone."""
        return bone_path(self.name)

    def to_armature(self, own: Matrix) -> Matrix:
        """What the channels of the bone make of it, in the armature's space."""
        return self._convert(own, False)

    def to_channels(self, pose: Matrix) -> Matrix:
        """The reverse."""
        return self._convert(pose, True)

    def _convert(self, matrix: Matrix, invert: bool) -> Matrix:
        bone = self.rig.data.bones[self.name]
        above = {} if self.carrier is None else {
            "parent_matrix": self.carrier, "parent_matrix_local": self.carrier_rest
        }  # fmt: skip
        return bone.convert_local_to_pose(matrix, bone.matrix_local, **above, invert=invert)


def root_of(rig: bpy.types.Object, body: Body) -> Root:
    """The root of a character on the current frame. Raises EngineError if Blender leaves the character out."""
    posed = actor.evaluated(rig)
    placed = np.array(posed.matrix_basis)
    around = np.array(posed.matrix_world) @ np.linalg.inv(placed)
    name = body.bone_map.top(body.rig)
    above = posed.pose.bones[name].parent
    mode = rig.rotation_mode
    return Root(
        rig=rig,
        name=name,
        placed=placed,
        turn=rotation_modes.quaternions(np.array(getattr(posed, rotation_modes.channel(mode))), mode),
        up=R.normalise(np.linalg.inv(around)[:3, 2]),
        carrier=above and above.matrix.copy(),
        carrier_rest=above and above.bone.matrix_local.copy(),
    )


def check(rig: bpy.types.Object, body: Body) -> None:
    """Raise EngineError for a figure that its top bone doesn't carry as a whole."""
    names = [
        name for part, names in body.bone_map.bones.items() for name in names if name != body.bone_map.top(body.rig)
    ]
    loose = next((name for name in names if name in body.rig.unturned), "")
    if loose:
        raise errors.EngineError(
            f'The object "{rig.name}" can\'t carry the motion, as its bone "{loose}" does not turn with the one above:'
            " let it inherit the rotation, or bake the root motion to the bone."
        )


def to_object(root: Root, channels: list[Channel]) -> list[Channel]:
    """The channels with the way over the ground and the heading on the object."""
    own = {channel.name: channel for channel in channels if channel.owner == root.path}
    count = len(channels[0].values)
    poses = [root.to_armature(matrix) for matrix in _matrices(root.rig, own, count)]
    world = root.placed @ np.array([np.array(pose) for pose in poses])
    moves = _over_the_ground(root, world)
    placed = moves @ root.placed
    back = np.linalg.inv(placed) @ root.placed
    matrices = [root.to_channels(Matrix(turn) @ pose) for turn, pose in zip(back, poses, strict=True)]
    gone = {root.path: ("location", "rotation"), "": ("location", "rotation")}
    kept = [channel for channel in channels if not channel.name.startswith(gone.get(channel.owner, "?"))]
    bone = root.rig.pose.bones[root.name]
    places = np.array([matrix.translation for matrix in matrices])
    turns = np.array([matrix.to_quaternion() for matrix in matrices])
    kept += _channels(root.path + ".", bone.rotation_mode, places, turns)
    return kept + _object_channels(root, moves, placed)


def _object_channels(root: Root, moves: np.ndarray, placed: np.ndarray) -> list[Channel]:
    """What the object is set to, its delta transforms taken out."""
    rig, mode = root.rig, root.rig.rotation_mode
    delta = rig.delta_rotation_quaternion if mode == "QUATERNION" else rig.delta_rotation_euler.to_quaternion()
    delta = R.IDENTITY if mode == "AXIS_ANGLE" else np.array(delta)
    turns = R.multiply(R.multiply(R.inverse(delta), R.from_matrix(moves[:, :3, :3])), R.multiply(delta, root.turn))
    return _channels("", mode, placed[:, :3, 3] - np.array(rig.delta_location), turns)


def _channels(owner: str, mode: str, places: np.ndarray, turns: np.ndarray) -> list[Channel]:
    name = rotation_modes.channel(mode)
    values = rotation_modes.values(turns[:, None], mode)[:, 0]
    return [
        Channel(owner + "location", (0, 1, 2), places),
        Channel(owner + name, tuple(range(WIDTHS[name])), values),
    ]


def _matrices(rig: bpy.types.Object, own: dict[str, Channel], count: int) -> list[Matrix]:
    """What a bone's channels make of it (T,), against its rest."""
    turning = next((channel for name, channel in own.items() if channel.turns), None)
    turns = rotation_modes.quaternions(turning.values, mode_of(rig, turning)) if turning else [R.IDENTITY] * count
    places = own["location"].values if "location" in own else np.zeros((count, 3))
    return [Matrix.LocRotScale(place, Quaternion(turn), None) for place, turn in zip(places, turns, strict=True)]


def _over_the_ground(root: Root, poses: np.ndarray) -> np.ndarray:
    """How far (T, 4, 4) a root with these poses in the parent's space has come over the ground, and how far it turned.

    The turn is that about the upright, told from the rest pose.
    """
    rest = root.placed @ np.array(root.rig.data.bones[root.name].matrix_local)
    turns = R.from_matrix(nearest_rotation(poses @ np.linalg.inv(rest)))
    headings = np.unwrap(2 * np.arctan2(turns[:, 1:] @ root.up, turns[:, 0]))
    places = poses[:, :3, 3] - np.outer(poses[:, :3, 3] @ root.up, root.up)
    moves = np.tile(np.eye(4), (len(poses), 1, 1))
    moves[:, :3, :3] = R.to_matrix(R.from_axis_angle(root.up, headings - headings[0]))
    moves[:, :3, 3] = places - moves[:, :3, :3] @ places[0]
    return moves
