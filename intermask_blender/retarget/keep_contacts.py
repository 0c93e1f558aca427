"""Contacts of a motion kept on other bodies: only the limb that touches, and the leg that stands, is moved."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..core import motion, rotations, skeleton
from .contacts import find_touches, points_of
from .feet import foot_moves
from .limbs import ARMS, LEGS, reach
from .meeting import hand_moves, wishes


def keep_contacts(source: motion.Motion, target: motion.Motion, still: int | None = None) -> motion.Motion:
    """The target with the contacts of the source: hands on the other person, feet on the floor.

    source: the motion as it was made. target: adapted(source, offsets, still), the same frames on other bodies.
    Hands that touch in the source touch on the target at the same place, a near miss of slow hands being closed; two
    hands go halfway each, or as the arms reach. Feet have the heights of the source, by the length of the legs, and
    stay in one place while they stand. Arms and legs are bent for it, in their plane; hands and feet keep their
    rotations, the bones their lengths. Person `still` is not changed. A touch that is out of reach is come near to.
    """
    points = points_of(source)
    target = _moved(target, LEGS, foot_moves(source, target, points_of(target)), still)
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
