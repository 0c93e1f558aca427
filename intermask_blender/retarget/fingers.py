"""A pose for the hands, for motions that have none: each finger curled about its own axis, found from the rest pose."""

import numpy as np

from ..core import rotations as R
from ..core import skeleton
from .body import Body
from .bone_map import FINGERS

# How far the finger's joints are bent in degrees, from the knuckle outwards; the thumb's are turned from its rest.
POSES = {
    "relaxed": {
        "thumb": (5, 10, 15),
        "index": (15, 25, 15), "middle": (20, 30, 18), "ring": (25, 33, 20), "pinky": (28, 35, 22),
    },
    "open": {"thumb": (0, 0, 0), "index": (0, 3, 2), "middle": (0, 3, 2), "ring": (0, 3, 2), "pinky": (0, 3, 2)},
    "fist": {
        "thumb": (20, 30, 40),
        "index": (80, 95, 60), "middle": (85, 98, 60), "ring": (85, 98, 60), "pinky": (85, 95, 60),
    },
}  # fmt: skip
HANDS = tuple(POSES)
STRAIGHT = np.cos(np.radians(60))  # a last bone's end that points farther aside says nothing of where the finger ends


def finger_turns(body: Body, hands: str) -> dict[str, np.ndarray]:
    """How each finger bone turns against its parent's turn: a quaternion (4,) in the engine's world at rest."""
    turns = {}
    for finger in FINGERS:
        names = body.bone_map.bones.get(finger, ())
        side, kind = finger.split("_")
        if names:
            bend = _thumb if kind == "thumb" else _finger
            turns |= bend(body, names, side, np.radians(POSES[hands][kind]))
    return turns


def _finger(body: Body, names: tuple[str, ...], side: str, angles: np.ndarray) -> dict[str, np.ndarray]:
    """The angles are those between neighbours, however the finger is bent at rest; a bone inside the palm stays."""
    wrist = skeleton.JOINT[f"{side}_wrist"]
    palm = R.rotate(body.turns[wrist], np.array([0, -1.0, 0]))
    in_palm, bones = names[:-3], names[-3:]
    points = [body.places[wrist], *body.heads(bones)]
    if (end := tip(body, bones[-1], points[-1] - points[-2])) is not None:
        points.append(end)
    steps = np.diff(points, axis=0)
    axis = R.normalise(np.cross(steps[min(1, len(steps) - 1)], palm))
    turns = {name: R.IDENTITY for name in in_palm}
    for index, name in enumerate(bones):
        bent = _angle_about(axis, steps[index], steps[index + 1]) if index + 1 < len(steps) else 0.0
        turns[name] = R.from_axis_angle(axis, angles[index] - bent)
    return turns


def _thumb(body: Body, names: tuple[str, ...], side: str, angles: np.ndarray) -> dict[str, np.ndarray]:
    """The thumb closes towards a point before the palm."""
    wrist = skeleton.JOINT[f"{side}_wrist"]
    palm, along = R.rotate(body.turns[wrist], np.array([[0, -1.0, 0], [1.0 if side == "left" else -1.0, 0, 0]]))
    heads = body.heads(names)
    points = heads[-1] - heads[0] if len(names) > 1 else along
    reach = np.linalg.norm(points)
    across = body.places[wrist] + (along + 0.5 * palm) * reach - heads[0]
    axis = R.normalise(np.cross(points, across))
    return {
        name: R.from_axis_angle(axis, angle) for name, angle in zip(names[-3:], angles[-len(names) :], strict=False)
    } | {name: R.IDENTITY for name in names[:-3]}


def tip(body: Body, name: str, before: np.ndarray) -> np.ndarray | None:
    """Where a finger's last bone ends, if what the rig says of it can be believed; before: where the last one starts
    from the one before it."""
    rig = body.rig
    bone = rig.index[name]
    below = rig.children[bone]
    end = body.to_engine[:3, :3] @ (rig.heads[below[0]] if below else rig.tails[bone]) + body.to_engine[:3, 3]
    return end if R.normalise(end - body.heads((name,))[0]) @ R.normalise(before) > STRAIGHT else None


def _angle_about(axis: np.ndarray, before: np.ndarray, after: np.ndarray) -> float:
    """Angle from one direction to another about an axis, as seen along it."""
    before, after = (vector - axis * (axis @ vector) for vector in (before, after))
    return float(np.arctan2(axis @ np.cross(before, after), before @ after))
