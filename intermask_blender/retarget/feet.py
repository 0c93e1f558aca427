"""Feet on the floor: how high they are, where they stand, how low the pelvis must be for the legs to reach there."""

import itertools
from collections.abc import Sequence

import numpy as np

from ..core import features, skeleton
from .contacts import ANKLES, TOES, Plant, find_plants
from .limbs import LEGS
from .posed import Posed
from .smooth import around, smoothed

JOINT = skeleton.JOINT
STANDING = [[JOINT[f"{side}_{name}"] for name in ("hip", "knee", "ankle", "foot")] for side in ("left", "right")]
RAMP = 0.3  # seconds in which a foot comes to its place and leaves it
UNHURRIED = 0.3  # seconds: in shorter steps a foot doesn't catch up on much that it slid while it stood
FIRM = 1e4  # so much more than its mean place counts the first one of a foot that stands from the start
REACH = 0.985  # of a leg's length: where a foot is further away, the pelvis comes down
LOWERED = 0.12  # seconds over which the pelvis comes down
LOWEST = 0.12  # of a leg's length: it does not come down further


def leg_ratios(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """How much higher the pelvis of `target` stands than that of `source` over the toe joints: (2, 22, 3) -> (2,)."""
    heights = [-offsets[:, STANDING, 1].sum(-1).mean(-1) for offsets in (source, target)]
    return heights[1] / heights[0]


def foot_moves(source: Posed, target: Posed) -> np.ndarray:
    """How far the feet go (2, 2, T, 3), by person and side, so that they stand as those of the source do.

    They get the heights of the source, by the length of the legs, and while they stand they stay at one place: where
    the motion begins with it, else the middle of where they are on the target.
    """
    plants = find_plants(source)
    ratios = leg_ratios(source.motion.bone_offsets, target.motion.bone_offsets)
    floors = features.SOLE * target.sizes
    moves = np.zeros((2, 2, source.motion.frames, 3))
    for person, side in np.ndindex(2, 2):
        move, toe, joints = moves[person, side], TOES[side], target.positions[person]
        move[:, 1] = ratios[person] * source.positions[person, :, toe, 1] - joints[:, toe, 1]
        for joint, floor in ((ANKLES[side], 0.0), (toe, floors[person])):
            stands = [plant for plant in plants if (plant.person, plant.joint) == (person, joint)]
            move += _pinned(joints[:, joint] + move, stands, floor, source.motion.fps)
    return moves


def _pinned(path: np.ndarray, stands: Sequence[Plant], floor: float, fps: float) -> np.ndarray:
    """Moves (T, 3) that hold a path (T, 3) while it stands at one place there, at least `floor` high."""
    moves, weights, frame = np.zeros_like(path), np.zeros(len(path)), np.arange(len(path))
    places = _places(path, stands, fps)
    places[:, 1] = np.maximum(places[:, 1], floor)
    for stand, place in zip(stands, places, strict=True):
        weight = around(stand.start, stand.stop, len(path), RAMP * fps)
        # off the floor what was needed last fades: the foot swings as it did
        moves += weight[:, None] * (place - path[np.clip(frame, stand.start, stand.stop - 1)])
        weights += weight
    return moves / np.maximum(weights, 1.0)[:, None]


def _places(path: np.ndarray, stands: Sequence[Plant], fps: float) -> np.ndarray:
    """Where a path (T, 3) shall stand (N, 3): at its mean place there, if the steps in between are not hurried by it.
    Where it stands from the start, it stays: a motion may go on from a pose that is kept.

    Feet that slide while they stand would have to make up for it in the steps: the shorter those last, the more they
    stay as they are.
    """
    places = np.array([path[stand.start : stand.stop].mean(0) for stand in stands]).reshape(-1, 3)
    system = np.eye(len(stands))
    if stands and stands[0].start == 0:
        system[0] *= FIRM
        places[0] = FIRM * path[0]
    for n, (stand, later) in enumerate(itertools.pairwise(stands)):
        step = path[later.start] - path[stand.stop - 1]
        hurry = (UNHURRIED * fps / (later.start - stand.stop + 1)) ** 4
        system[n : n + 2, n : n + 2] += hurry * np.array([[1.0, -1.0], [-1.0, 1.0]])
        places[n : n + 2] += hurry * np.array([[-1.0], [1.0]]) * step
    return np.linalg.solve(system, places)


def lowered(target: Posed, moves: np.ndarray) -> np.ndarray:
    """How far the pelvises come down (2, T) so that the legs reach where `moves` (2, 2, T, 3) sends the feet.

    In the first frame for that alone and not for those that follow: a motion may go on from a pose that is kept.
    """
    frames, fps = target.motion.frames, target.motion.fps
    lack = np.zeros((2, 2, frames))
    for person, side in np.ndindex(2, 2):
        hip, knee, ankle = (target.positions[person, :, joint] for joint in LEGS[side])
        length = np.linalg.norm(knee - hip, axis=-1) + np.linalg.norm(ankle - knee, axis=-1)
        reach = np.maximum(REACH * length, np.linalg.norm(ankle - hip, axis=-1))
        way = ankle + moves[person, side] - hip
        height = np.sqrt(np.maximum(reach**2 - way[:, 0] ** 2 - way[:, 2] ** 2, 0.0))
        lack[person, side] = np.clip(-way[:, 1] - height, 0.0, LOWEST * length)
    width = LOWERED * fps
    half = int(np.ceil(width))
    most = np.pad(lack.max(1), ((0, 0), (half, half)), "edge")
    most = np.lib.stride_tricks.sliding_window_view(most, 2 * half + 1, axis=1).max(-1)
    down, first = smoothed(most.T, np.ones(frames), width).T, lack.max(1)[:, :1]
    return down + (first - down) * around(0, 1, frames, width)
