"""Contacts of a motion kept on other bodies: only the limb that touches, and the leg that stands, is moved."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..core import motion, rotations, skeleton
from .feet import foot_moves, lowered
from .limbs import ARMS, LEGS, reach
from .meeting import Wish, hand_moves, wishes
from .posed import Posed, posed
from .proportions import adapted


def fitted(
    people: "motion.Motion", offsets: np.ndarray, still: int | None = None, contacts: bool = True
) -> "motion.Motion":
    """The motion on bodies of other proportions; fingers, jaw and eyes go with what carries them.

    offsets: (2, J, 3) metres. still: the person, 0 or 1, who has them already and is not to be changed.
    contacts: whether those between the two and with the floor are kept.
    """
    body = len(skeleton.PARENTS)
    hands = replace(people, bone_offsets=offsets) if offsets.shape[1] > body else people
    source, offsets = posed(people.body), offsets[:, :body]
    wished = wishes(source, offsets)
    target, wished = adapted(source, offsets, wished, still)
    result = keep_contacts(source, target, wished, still) if contacts else target.motion
    return result.with_hands(hands) if people.has_hands else result


def keep_contacts(source: Posed, target: Posed, wished: Sequence[Wish], still: int | None = None) -> "motion.Motion":
    """The target with the contacts of the source: hands on the other person, feet on the floor.

    source: the motion as it was made. target, wished: adapted(source, ...), the same frames on other bodies
    and what becomes of the touches.
    Hands that touch in the source touch on the target at the same place, a near miss of slow hands being closed; two
    hands go halfway each, or as the arms reach. Feet have the heights of the source, by the length of the legs, and
    stay in one place while they stand; pelvises come down if legs don't reach. Arms and legs are bent for it, in their
    plane; hands and feet keep their rotations, the bones their lengths. Person `still` is not changed. A touch that is
    out of reach is come near to.
    """
    feet = foot_moves(source, target)
    down = lowered(target, feet)[:, None, :, None] * [0.0, 1.0, 0.0]
    if still is not None:
        down[still] = 0.0
    target, feet, hands = target.shifted(-down[:, 0]), feet + down, np.zeros_like(feet)
    on_arms = [wish for wish in wished if wish.touch.part.endswith("arm")]
    others = [wish for wish in wished if not wish.touch.part.endswith("arm")]
    if others:
        hands = hand_moves(others, target, still)
    result = _moved(target, LEGS + ARMS, np.concatenate([feet, hands], axis=1), still)
    if on_arms:  # who touches an arm has to follow where that goes itself
        target = posed(result)
        result = _moved(target, ARMS, hand_moves(on_arms, target, still), still)
    return result


def _moved(people: Posed, limbs: Sequence[tuple], moves: np.ndarray, still: int | None) -> "motion.Motion":
    """The motion with the ends of limbs moved by (2, limbs, T, 3)."""
    local = people.motion.joint_rotations.copy()
    for person, limb in np.ndindex(*moves.shape[:2]):
        move, joints = moves[person, limb], limbs[limb]
        if person != still and move.any():
            positions, world = people.positions[person], people.world[person]
            turned = reach(joints, local[person], positions, world, positions[:, joints[-1]] + move)
            local[person][:, joints] = rotations.continuous(turned)
    return replace(people.motion, joint_rotations=local)
