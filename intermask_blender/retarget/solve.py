"""Put a person's motion onto a rig: the values of its bones' channels.

Everything is told as turns: how a bone is turned in the world against its rest. A bone between two that are driven is
carried along, so that a channel is the bone's turn against that of the nearest driven bone above it.
"""

from typing import NamedTuple

import numpy as np

from ..core import rotations as R
from ..core import skeleton
from . import chains
from .body import Body, nearest_rotation, twists_in_a_row
from .bone_map import BELOW, BODY, FINGERS
from .fingers import finger_turns
from .hands import hand_turns

JOINT, PARENTS = skeleton.JOINT, skeleton.PARENTS
MIRROR = np.array([1.0, 1, -1, -1])  # the same turn, seen with X reversed


class Channels(NamedTuple):
    """What a pose bone is set to: rotation_quaternion (T, 4), wxyz, and location (T, 3) or None; never a scale."""

    rotation: np.ndarray
    location: np.ndarray | None


def solve(
    body: Body, roots: np.ndarray, rotations: np.ndarray, to_engine: np.ndarray, hands: str = "relaxed"
) -> dict[str, Channels]:
    """The channels that make a rig move so, by bone: every mapped bone and its twist bones, nothing else.

    roots: (T, 3) the pelvis in the engine's world, metres. rotations: (T, J, 4) local, as Motion has them.
    to_engine: (4, 4), or (T, 4, 4) where the armature object moves; see `body_of`.
    hands: the fingers' pose where the motion has no hands, one of `fingers.HANDS`.
    """
    _, world = skeleton.forward_kinematics(rotations, np.zeros((len(rotations), 3)), np.zeros(3))
    joints = R.multiply(world[:, : len(PARENTS)], R.inverse(body.turns))  # against the rig's rest pose
    turns = _body_turns(body, joints)
    turns |= _twist_turns(body, joints)
    has_hands = world.shape[1] > len(PARENTS)
    turns |= hand_turns(body, world) if has_hands else {}
    names = list(turns)
    above = turned_by(body, names)
    frames = _Frames(body, to_engine)
    local = frames.to_armature(np.stack(list(turns.values()), axis=1))
    still = np.broadcast_to(R.IDENTITY, (len(roots), 1, 4))
    carriers = [names.index(above[name]) if above[name] else len(names) for name in names]
    carried = np.concatenate([local, still], axis=1)[:, carriers]
    values = frames.to_bones(names, R.multiply(R.inverse(carried), local))
    top = body.bone_map.top(body.rig)
    place = _location(body, roots, joints, turns[top], np.asarray(to_engine, dtype=float))
    channels = {name: Channels(values[:, index], place if name == top else None) for index, name in enumerate(names)}
    return channels if has_hands else channels | _finger_channels(body, frames, len(roots), hands)


def _body_turns(body: Body, joints: np.ndarray) -> dict[str, np.ndarray]:
    """World turns (T, 4) of the mapped bones."""
    turns = {}
    for part in BODY:
        names = body.bone_map.bones.get(part, ())
        if part in chains.JOINTS and names:
            base, ours = chains.JOINTS[part]
            shared = chains.mix(joints[:, base], joints[:, ours], chains.spread(len(names), len(ours)))
            turns |= {name: shared[:, index] for index, name in enumerate(names)}
        elif names:
            turns[names[0]] = joints[:, JOINT[part]]
    return turns


def _twist_turns(body: Body, joints: np.ndarray) -> dict[str, np.ndarray]:
    """World turns (T, 4) of the twist bones, and of limb bones that leave the twisting to them.

    The turn about a limb's axis grows along it: in upper arm and thigh from none to the limb's own, in forearm and
    shin from there to the hand's and foot's. Of bones in a row that carry each other the last has it all.
    """
    bone_map, found = body.bone_map, {}
    shares = bone_map.twist_shares(body.rig)
    for part, names in bone_map.twists.items():
        side, kind = part.split("_")
        upper, lower = JOINT[part], JOINT[f"{side}_{BELOW[kind]}"]
        row = twists_in_a_row(body.rig, bone_map, part)
        shares |= {name: (index + 1) / len(row) for index, name in enumerate(row)}
        is_first = kind in ("hip", "shoulder")
        start, end = (joints[:, PARENTS[upper]], joints[:, upper]) if is_first else (joints[:, upper], joints[:, lower])
        axis = R.normalise(body.places[lower] - body.places[upper])
        angle = _turn_about(axis, R.multiply(R.inverse(start), end))
        if is_first:
            angle_at = {name: angle * (shares[name] - 1) for name in names}
            if row:
                angle_at[bone_map.bones[part][0]] = -angle
        else:
            angle_at = {name: angle * shares[name] for name in names}
        found |= {name: R.multiply(joints[:, upper], R.from_axis_angle(axis, at)) for name, at in angle_at.items()}
    return found


def _turn_about(axis: np.ndarray, turns: np.ndarray) -> np.ndarray:
    """The part (T,) of turns (T, 4) about an axis, in radians, without jumps and around zero."""
    angles = np.unwrap(2 * np.arctan2(turns[:, 1:] @ axis, turns[:, 0]))
    return angles - 2 * np.pi * np.round(np.median(angles) / (2 * np.pi))


def turned_by(body: Body, driven: list[str]) -> dict[str, str]:
    """For each driven bone the nearest one whose turn it inherits, or ""."""
    if body.bone_map.reads:  # the controls of a control rig hang together by constraints
        return _above_in_body(body)
    rig, known = body.rig, set(driven)
    found = {}
    for name in driven:
        bone = name
        while True:
            parent = rig.parents[rig.index[bone]]
            if bone in rig.unturned or parent < 0:
                bone = ""
                break
            bone = rig.names[parent]
            if bone in known:
                break
        found[name] = bone
    return found


def _above_in_body(body: Body) -> dict[str, str]:
    """As people are built: each bone on the last one of the part that carries its own, and all on the top."""
    bones = body.bone_map.bones
    found = {}
    for part, names in bones.items():
        if part not in JOINT and part != "spine":
            continue
        joint = JOINT["spine1" if part == "spine" else part]
        carrier = ""
        while not carrier and (joint := PARENTS[joint]) >= 0:
            name = skeleton.JOINT_NAMES[joint]
            carrier = (bones.get("spine" if name.startswith("spine") else name) or ("",))[-1]
        found |= dict(zip(names, (carrier, *names), strict=False))
    top = body.bone_map.top(body.rig)
    for part in FINGERS:
        names = bones.get(part, ())[-3:]  # a bone inside the palm stays
        found |= dict(zip(names, (bones[f"{part.partition('_')[0]}_wrist"][-1], *names), strict=False))
    return found | {bones["pelvis"][0]: top} | {top: ""}


class _Frames:
    """Turns told in the world, in the armature's space and in the bones' own axes."""

    def __init__(self, body: Body, to_engine: np.ndarray):
        self.body = body
        axes = nearest_rotation(np.asarray(to_engine, dtype=float))
        rest = nearest_rotation(body.to_engine)
        self.mirror = np.linalg.det(rest) < 0
        reverse = np.array([-1.0, 1, 1]) if self.mirror else 1.0
        self.now = R.from_matrix(axes * reverse)[..., None, :]
        self.rest = R.from_matrix(rest * reverse)

    def to_armature(self, turns: np.ndarray) -> np.ndarray:
        """World turns (T, n, 4) in the armature's space."""
        local = R.multiply(R.inverse(self.now), R.multiply(turns, self.rest))
        return local * MIRROR if self.mirror else local

    def to_bones(self, names: list[str], turns: np.ndarray) -> np.ndarray:
        """Turns (T, n, 4) in the armature's space in the rest axes of bones, continuous from the short way round on."""
        matrices = self.body.rig.matrices[[self.body.rig.index[name] for name in names], :3, :3]
        rest = R.from_matrix(matrices)
        values = R.continuous(R.multiply(R.inverse(rest), R.multiply(turns, rest)))
        return values * np.where(values[:1, :, :1] < 0, -1.0, 1.0)


def _location(
    body: Body, roots: np.ndarray, joints: np.ndarray, turns: np.ndarray, to_engine: np.ndarray
) -> np.ndarray:
    """The location channel (T, 3) of the bone on top, which is turned by `turns` (T, 4)."""
    rig = body.rig
    name = body.bone_map.top(rig)
    bone = rig.index[name]
    place = body.places[0 if name == body.bone_map.bones["pelvis"][0] else JOINT["spine1"]]
    head = roots + R.rotate(joints[:, 0], place - body.places[0]) + R.rotate(turns, body.heads((name,))[0] - place)
    inverse = np.linalg.inv(to_engine)
    moved = np.einsum("...ij,...j->...i", inverse[..., :3, :3], head) + inverse[..., :3, 3] - rig.heads[bone]
    axes = rig.matrices[bone]
    if name in rig.unlocal:
        axes = rig.matrices[rig.parents[bone]] if rig.parents[bone] >= 0 else np.eye(4)
    return moved @ np.linalg.inv(axes[:3, :3]).T


def _finger_channels(body: Body, frames: _Frames, count: int, hands: str) -> dict[str, Channels]:
    """Constant channels of the finger bones."""
    turns = finger_turns(body, hands)
    if not turns:
        return {}
    rest = R.multiply(R.inverse(frames.rest), R.multiply(np.stack(list(turns.values())), frames.rest))
    values = frames.to_bones(list(turns), (rest * MIRROR if frames.mirror else rest)[None])[0]
    return {name: Channels(np.tile(value, (count, 1)), None) for name, value in zip(turns, values, strict=True)}
