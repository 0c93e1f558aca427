"""Kicks: the knee comes up, the leg shoots out from the hip, and the foot goes back to where it stood."""

import numpy as np

from ...rotations import rotate
from ...skeleton import JOINT
from .body import SIDES, SIGN
from .curves import ease, pulse
from .limbs import direction, from_angles
from .person import Performer

LIFT, DRIVE, RECOIL, LOWER = 0.30, 0.22, 0.26, 0.36  # seconds of a kick's phases


def kick(person: Performer, side: int, hit: float, aim: np.ndarray, rise: float, turn: float) -> None:
    """Kick with the leg of `side` towards the heading `aim` (T,), stretched at `hit`; changes layers and gait.

    rise: radians of the leg over the horizontal; turn: radians by which the hips go into the kick, the standing foot
    pivoting on its ball. Takes LIFT + DRIVE seconds before and RECOIL + LOWER after. Neither foot may step meanwhile.
    """
    t, gait, body, sign = person.t, person.gait, person.body, SIGN[side]
    out = pulse(t, hit - DRIVE, hit, hit + 0.04, hit + 0.04 + RECOIL)
    up = pulse(t, hit - DRIVE - LIFT, hit - 0.6 * DRIVE, hit + 0.6 * RECOIL, hit + RECOIL + LOWER)
    load = ease(t, hit - DRIVE - LIFT - 0.25, hit - DRIVE - 0.1) * (1.0 - ease(t, hit + RECOIL, hit + RECOIL + 0.5))
    gait.heading[:] -= sign * turn * up
    gait.yaw[1 - side] -= 0.7 * sign * turn * up
    gait.yaw[side] += up * (aim - gait.yaw[side])
    person.lean = person.lean - 0.10 * up - 0.10 * out
    person.bow = person.bow - 0.20 * out - 0.05 * up
    person.twist = person.twist + 0.7 * sign * turn * up
    # the body goes over the standing foot
    stand = gait.toes[1 - side] - rotate(from_angles(_yaw(gait.yaw[1 - side])), np.array([0.0, 0.0, 0.08]))
    gait.ground[:] += 0.7 * load[:, None] * (stand[:, ::2] - gait.ground)
    person.kick = np.zeros((2, len(t))) if person.kick is None else person.kick
    person.kick[side] = np.maximum(person.kick[side], up)
    hip = person.trunk()[0][:, JOINT[f"{SIDES[side]}_hip"]]
    leg = body.length("left_knee", "left_ankle")
    chamber = hip + leg * direction(aim, 0.40, 0.0, -0.22)
    stretched = hip + 0.95 * leg * direction(aim, np.cos(rise), 0.0, np.sin(rise))
    offset = body.offsets[JOINT[f"{SIDES[side]}_foot"]]
    toes = []
    for ankle, pitch in ((chamber, 0.35), (stretched, -0.9 - rise)):
        toes.append(ankle + rotate(from_angles(_yaw(gait.yaw[side], pitch)), offset))
    path = toes[0] + out[:, None] * (toes[1] - toes[0])
    gait.toes[side] += up[:, None] * (path - gait.toes[side])
    gait.heel[side] += up * (0.35 - out * (1.25 + rise))


def _yaw(yaw: np.ndarray, pitch: float = 0.0) -> np.ndarray:
    return np.stack([np.full_like(yaw, pitch), yaw, 0.0 * yaw], axis=-1)
