"""A rig's rest pose as a pose of our skeleton: where our joints lie in it and how each is turned against our T-pose.

So an A-pose is lowered arms, not another build; the curve of a spine and the slope of a collar bone are build.
"""

import numpy as np

from ..core import errors, skeleton
from ..core import rotations as R
from .bone_map import spoken
from .chains import stations

JOINT, REST = skeleton.JOINT, skeleton.REST_OFFSETS
SIDES = {"left": 1.0, "right": -1.0}
LEG = float(np.linalg.norm(REST[JOINT["left_knee"]]) + np.linalg.norm(REST[JOINT["left_ankle"]]))
TRUNK_REST = np.array([0, 0.535, -0.025])  # from between the hips to between the shoulders in our T-pose
SNAP = np.cos(np.radians(15))  # rigs are modelled along their axes: a trunk so close to one stands along it
ANY_AXIS = 0.0
PELVIS_REACH = 0.08  # leg lengths; a pelvis bone farther from where our pelvis would be is put there
SHOULDERS = 2 * float(REST[JOINT["left_collar"], 0] + REST[JOINT["left_shoulder"], 0])
NEAR = 0.05  # how far a joint that the rig hasn't is from the next, as a share of what it is in us
NEARLY_NOTHING = 1e-4  # of the figure's size
FINGERS = ("index", "middle", "ring", "pinky")

Heads = dict[str, np.ndarray]  # by part, (n, 3) where its bones start


def rest_pose(heads: Heads, soles: Heads, axes: np.ndarray, is_t_pose: bool) -> tuple[np.ndarray, np.ndarray]:
    """Positions (22, 3) and world rotations (22, 4) of our joints in a rig's rest pose.

    heads: where the bones of each part start, in the engine's axes and metres; optional parts may be missing.
    soles: by side, which way the foot's bone points, for feet without toes.
    axes: (3, 3) the armature's axes as columns.
    is_t_pose: whether the rest pose is known to be ours; then all that differs is build.
    Raises EngineError for limbs without length.
    """
    _check_lengths(heads)
    pelvis = _pelvis_rotation(heads, axes, ANY_AXIS if is_t_pose else SNAP)
    turns = np.tile(pelvis, (22, 1))
    places = np.zeros((22, 3))
    for part, joint in JOINT.items():
        if part in heads:
            places[joint] = heads[part][0]
    leg = np.mean([_length(heads, f"{side}_hip", f"{side}_knee", f"{side}_ankle") for side in SIDES])
    places[0] = _pelvis(heads, pelvis, leg)
    _place_trunk(places, heads, pelvis)
    for side, sign in SIDES.items():
        if not is_t_pose:
            _turn_leg(turns, heads, soles, side)
            _turn_arm(turns, heads, side, sign)
        ankle, foot = JOINT[f"{side}_ankle"], JOINT[f"{side}_foot"]
        if f"{side}_foot" not in heads:
            places[foot] = places[ankle] + R.rotate(turns[ankle], REST[foot]) * leg / LEG
    return places, turns


def _check_lengths(heads: Heads) -> None:
    pairs = [
        (f"{side}_{upper}", f"{side}_{lower}")
        for side in SIDES
        for upper, lower in (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist"))
    ] + [("left_hip", "right_hip"), ("left_shoulder", "right_shoulder"), ("left_hip", "left_shoulder")]
    everything = np.concatenate(list(heads.values()))
    size = np.linalg.norm(np.ptp(everything, axis=0))
    for upper, lower in pairs:
        if _length(heads, upper, lower) <= NEARLY_NOTHING * size:
            raise errors.EngineError(
                f"The bones for the {spoken(upper)} and the {spoken(lower)} start at the same place, so that what is "
                "between has no length. Choose other bones, or move them apart in Edit Mode."
            )


def _pelvis_rotation(heads: Heads, axes: np.ndarray, snap: float) -> np.ndarray:
    """Quaternion of the trunk: X to its left, Y up, Z forward; along the armature's axes if `snap` says so."""
    hips = [heads[f"{side}_hip"][0] for side in SIDES]
    shoulders = [heads[f"{side}_shoulder"][0] for side in SIDES]
    left = _snapped(hips[0] - hips[1], axes, snap)
    trunk = np.mean(shoulders, axis=0) - np.mean(hips, axis=0)
    frame = _frame(left, trunk)
    up = _snapped(frame @ _frame(np.array([1.0, 0, 0]), TRUNK_REST).T @ [0, 1.0, 0], axes, snap)
    return R.from_matrix(_frame(left, up))


def _snapped(direction: np.ndarray, axes: np.ndarray, snap: float) -> np.ndarray:
    """The armature's axis to which a direction's cosine is more than `snap`, else the direction itself."""
    direction = R.normalise(direction)
    along = direction @ axes
    nearest = int(np.argmax(np.abs(along)))
    return axes[:, nearest] * np.sign(along[nearest]) if abs(along[nearest]) > snap else direction


def _frame(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Rotation matrix with the columns Y along `y`, X as near `x` as can be, and Z across."""
    y = R.normalise(y)
    z = R.normalise(np.cross(x, y))
    return np.stack([np.cross(y, z), y, z], axis=1)


def _pelvis(heads: Heads, pelvis: np.ndarray, leg: float) -> np.ndarray:
    """Our pelvis: the bone's start if that is about where it is in us, else the point above the hips where ours is."""
    hips = (heads["left_hip"][0] + heads["right_hip"][0]) / 2
    above = hips + R.rotate(pelvis, np.array([0, -REST[JOINT["left_hip"], 1], 0])) * leg / LEG
    bone = heads["pelvis"][0]
    return bone if np.linalg.norm(bone - above) < PELVIS_REACH * leg else above


def _place_trunk(places: np.ndarray, heads: Heads, pelvis: np.ndarray) -> None:
    """Fill in the places of the spine, and of neck and collars that the rig hasn't.

    These lie close to the next joint, in our direction from it: their turns, lost on the rig, hardly move it.
    """
    spine = [JOINT["spine1"], JOINT["spine2"], JOINT["spine3"]]
    neck, head = JOINT["neck"], JOINT["head"]
    first, top = heads["spine"][0], heads["neck"][0] if "neck" in heads else places[head]
    room = min(np.linalg.norm(top - first), np.linalg.norm(first - places[0])) / 2
    places[spine] = stations(heads["spine"], 3, R.normalise(top - first) * room)
    if "neck" not in heads:
        rise = np.linalg.norm(places[head] - places[spine[-1]]) / np.linalg.norm(REST[neck] + REST[head])
        places[neck] = places[head] - R.rotate(pelvis, REST[head]) * rise * NEAR
    for side in SIDES:
        collar, shoulder = JOINT[f"{side}_collar"], JOINT[f"{side}_shoulder"]
        if f"{side}_collar" not in heads:
            broad = np.linalg.norm(heads["left_shoulder"][0] - heads["right_shoulder"][0]) / SHOULDERS
            places[collar] = places[shoulder] - R.rotate(pelvis, REST[shoulder]) * broad * NEAR


def _turn_leg(turns: np.ndarray, heads: Heads, soles: Heads, side: str) -> None:
    """Thigh and shin swing to where they point; feet stand flat on the ground and only turn in or out."""
    hip, knee, ankle, foot = (JOINT[f"{side}_{name}"] for name in ("hip", "knee", "ankle", "foot"))
    _swing(turns, heads, side, ("hip", "knee", "ankle"))
    pointing = soles[side] if f"{side}_foot" not in heads else heads[f"{side}_foot"][0] - heads[f"{side}_ankle"][0]
    x, y, z = R.rotate(R.inverse(turns[0]), R.normalise(pointing))
    shin = R.rotate(R.multiply(R.inverse(turns[0]), turns[knee]), np.array([0, -1.0, 0]))
    if -shin[1] < 0.7:  # not standing
        turns[[ankle, foot]] = turns[knee]
    elif z > 0.5 and z > abs(x):
        yaw = np.arctan2(x, z) - np.arctan2(REST[foot, 0], REST[foot, 2])
        turns[[ankle, foot]] = R.multiply(turns[0], R.from_axis_angle(np.array([0, 1.0, 0]), yaw))


def _turn_arm(turns: np.ndarray, heads: Heads, side: str, sign: float) -> None:
    """The arm swings to where it points; the knuckles, where known, say how the hand is turned."""
    _swing(turns, heads, side, ("shoulder", "elbow", "wrist"))
    elbow, wrist = JOINT[f"{side}_elbow"], JOINT[f"{side}_wrist"]
    turns[wrist] = turns[elbow]
    knuckles = [heads[f"{side}_{finger}"][-3:][0] for finger in FINGERS if f"{side}_{finger}" in heads]
    if len(knuckles) > 1:
        along = R.normalise(np.mean(knuckles, axis=0) - heads[f"{side}_wrist"][0])
        forward = knuckles[0] - knuckles[-1]
        forward = forward - along * (along @ forward)
        if np.linalg.norm(forward) > 0.1 * np.linalg.norm(knuckles[0] - heads[f"{side}_wrist"][0]):
            x, z = along * sign, R.normalise(forward)
            turns[wrist] = R.from_matrix(np.stack([x, np.cross(z, x), z], axis=1))


def _swing(turns: np.ndarray, heads: Heads, side: str, limb: tuple[str, str, str]) -> None:
    """Turn a limb's two upper joints, each the shortest way from where it points when its parent is turned."""
    for upper, lower in zip(limb, limb[1:], strict=False):
        joint, child = JOINT[f"{side}_{upper}"], JOINT[f"{side}_{lower}"]
        carried = turns[skeleton.PARENTS[joint]]
        points = heads[f"{side}_{lower}"][0] - heads[f"{side}_{upper}"][0]
        turns[joint] = R.multiply(R.between(R.rotate(carried, REST[child]), points), carried)


def _length(heads: Heads, *parts: str) -> float:
    points = np.array([heads[part][0] for part in parts])
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())
