"""Contacts of a motion kept on other bodies: only the limb that touches, and the leg that stands, is moved."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..core import features, motion, rotations, skeleton
from .contacts import ANKLES, TOES, Plant, find_plants, find_touches, points_of, sizes
from .limbs import ARMS, LEGS, reach
from .meeting import hand_moves, wishes
from .proportions import leg_ratios
from .smooth import around

RAMP = 0.25  # seconds in which a foot comes to its place and leaves it


def keep_contacts(source: motion.Motion, target: motion.Motion, still: int | None = None) -> motion.Motion:
    """The target with the contacts of the source: hands on the other person, feet on the floor.

    source: the motion as it was made. target: adapted(source, offsets, still), the same frames on other bodies.
    Hands that touch in the source touch on the target at the same place, a near miss of slow hands being closed; two
    hands go halfway each, or as the arms reach. Feet have the heights of the source, by the length of the legs, and
    stay in one place while they stand. Arms and legs are bent for it, in their plane; hands and feet keep their
    rotations, the bones their lengths. Person `still` is not changed. A touch that is out of reach is come near to.
    """
    points = points_of(source)
    target = _moved(target, LEGS, _foot_moves(source, points, target), still)
    wished = wishes(source, points, find_touches(source, points), target.bone_offsets)
    for on_arms in (False, True):  # who touches an arm has to follow where that goes itself
        group = [wish for wish in wished if wish.touch.part.endswith("arm") == on_arms]
        if group:
            target = _moved(target, ARMS, hand_moves(group, points_of(target), still), still)
    return target


def _moved(people: motion.Motion, limbs: Sequence[tuple], moves: np.ndarray, still: int | None) -> motion.Motion:
    """The motion with the ends of a left and a right limb moved by (2, 2, T, 3), by person and side."""
    local = people.joint_rotations.copy()
    positions, world = skeleton.forward_kinematics(local, people.root_positions, people.bone_offsets[:, None])
    for person, side in np.ndindex(2, 2):
        if person != still and moves[person, side].any():
            limb, posed = limbs[side], (local[person], positions[person], world[person])
            turned = reach(limb, *posed, positions[person, :, limb[-1]] + moves[person, side])
            local[person][:, limb] = rotations.continuous(turned)
    return replace(people, joint_rotations=local)


def _foot_moves(source: motion.Motion, source_points: np.ndarray, target: motion.Motion) -> np.ndarray:
    """How far the feet go (2, 2, T, 3), by person and side."""
    points, plants = points_of(target), find_plants(source, source_points)
    ratios = leg_ratios(source.bone_offsets, target.bone_offsets)
    floors = features.SOLE * sizes(target.bone_offsets)
    moves = np.zeros((2, 2, source.frames, 3))
    for person, side in np.ndindex(2, 2):
        move, toe = moves[person, side], TOES[side]
        move[:, 1] = ratios[person] * source_points[person, :, toe, 1] - points[person, :, toe, 1]
        for joint, floor in ((ANKLES[side], 0.0), (toe, floors[person])):
            stands = [plant for plant in plants if (plant.person, plant.joint) == (person, joint)]
            move += _pinned(points[person, :, joint] + move, stands, floor, source.fps)
    return moves


def _pinned(path: np.ndarray, stands: Sequence[Plant], floor: float, fps: float) -> np.ndarray:
    """Moves (T, 3) that hold a path (T, 3) while it stands at its mean place there, at least `floor` high."""
    moves, weights, frame = np.zeros_like(path), np.zeros(len(path)), np.arange(len(path))
    for stand in stands:
        place = path[stand.start : stand.stop].mean(0)
        place[1] = max(place[1], floor)
        weight = around(stand.start, stand.stop, len(path), RAMP * fps)
        # off the floor what was needed last fades: the foot swings as it did
        moves += weight[:, None] * (place - path[np.clip(frame, stand.start, stand.stop - 1)])
        weights += weight
    return moves / np.maximum(weights, 1.0)[:, None]
