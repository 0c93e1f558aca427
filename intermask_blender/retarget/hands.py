"""The hands of a motion on a rig's fingers, and back; jaw and eyes where the rig has SMPL-X's own.

Our finger joints are laid into the rig's rest pose as the other joints are: each finger of a rig that rests with bent
or spread fingers is ours, bent and spread so far.
"""

from typing import NamedTuple

import numpy as np

from ..core import rotations as R
from ..core import skeleton
from .body import Body
from .bone_map import FINGERS
from .fingers import tip
from .read import moved_from_rest

JOINT, OFFSETS = skeleton.FULL_JOINT, skeleton.FULL_REST_OFFSETS
SMPLX = "SMPL-X"  # the family whose rest pose is the one that motions are told from
FACE = ("jaw", "left_eye_smplhf", "right_eye_smplhf")
CHOSEN = {1: (2,), 2: (1, 3), 3: (1, 2, 3)}  # of a finger's joints those that so many bones follow


class Place(NamedTuple):
    """A bone that follows one of our joints beyond the body, the bone that shows what it does, the joint, and that
    joint's world rotation (4,) in the rig's rest pose."""

    bone: str
    read: str
    joint: int
    rest: np.ndarray


def places(body: Body) -> list[Place]:
    """Where our fingers, jaw and eyes are in a rig, as far as it has them."""
    found = []
    for part in FINGERS:
        if body.bone_map.bones.get(part):
            found += _finger(body, part)
    if body.bone_map.family == SMPLX:
        head = body.turns[JOINT["head"]]
        found += [Place(name, name, JOINT[name], head) for name in FACE if name in body.rig.index]
    return found


def _finger(body: Body, part: str) -> list[Place]:
    """A finger's last three bones, or as many as it has; a bone inside the palm stays."""
    keyed, shown = body.bone_map.bones[part][-3:], body.bone_map.read_bones(part)[-3:]
    shown = shown if len(shown) == len(keyed) else keyed
    wrist, heads = JOINT[f"{part.partition('_')[0]}_wrist"], body.heads(keyed)
    steps = list(np.diff([body.places[wrist], *heads], axis=0))
    if (end := tip(body, keyed[-1], steps[-1])) is not None:
        steps.append(end - heads[-1])
    found, turn = [], body.turns[wrist]
    for nth, (bone, read) in enumerate(zip(keyed, shown, strict=True)):
        joint = JOINT[f"{part}{CHOSEN[len(keyed)][nth]}"]
        if body.bone_map.family != SMPLX and nth + 1 < len(steps):
            turn = R.multiply(R.between(R.rotate(turn, _pointing(part, joint)), steps[nth + 1]), turn)
        found.append(Place(bone, read, joint, turn))
    return found


def _pointing(part: str, joint: int) -> np.ndarray:
    """Which way a finger's bone points in our T-pose; the last as the one before it."""
    return OFFSETS[min(joint + 1, JOINT[f"{part}3"])]


def hand_turns(body: Body, world: np.ndarray) -> dict[str, np.ndarray]:
    """World turns (T, 4) of finger bones against the rig's rest pose; world: (T, 55, 4) of our joints."""
    return {place.bone: R.multiply(world[:, place.joint], R.inverse(place.rest)) for place in places(body)}


def read_hands(body: Body, rotations: np.ndarray, matrices: np.ndarray) -> np.ndarray:
    """Local rotations (T, 55, 4) of somebody whose body's are (T, 22, 4).

    matrices: (T, n, 4, 4) pose matrices of the bones that `places` says to read, in the engine's world.
    Joints that the rig has no bone for are at rest. Raises EngineError as read_person does.
    """
    found = places(body)
    still = np.broadcast_to(R.IDENTITY, (len(rotations), len(OFFSETS) - rotations.shape[1], 4))
    local = np.concatenate([rotations, still], axis=1)
    _, world = skeleton.forward_kinematics(local, np.zeros((len(local), 3)), np.zeros(3))
    moved = moved_from_rest(body, tuple(place.read for place in found), matrices)
    shown = {place.joint: R.multiply(moved[:, index], place.rest) for index, place in enumerate(found)}
    for joint in range(rotations.shape[1], len(OFFSETS)):
        above = world[:, skeleton.FULL_PARENTS[joint]]
        world[:, joint] = shown.get(joint, above)
        local[:, joint] = R.multiply(R.inverse(above), world[:, joint])
    return R.continuous(R.normalise(local))
