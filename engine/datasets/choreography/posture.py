"""Low postures: sitting on a seat or on the floor, kneeling on one knee, and the ways down and up.

The feet stay where the gait has planted them; a posture takes the pelvis to a lower place.
"""

from dataclasses import dataclass

import numpy as np

from ...skeleton import JOINT
from .body import SIDES, TOE_HEIGHT, Body
from .gait import Gait, Walk
from .limbs import direction

KNEE_HEIGHT = 0.055  # of a kneeling knee over the floor
HEEL_LIFT = 1.15  # radians of the foot behind when kneeling
LUNGE = (0.39, 0.30)  # of an average adult: how far the body goes forward to kneel, and the front foot further on


@dataclass(frozen=True)
class Posture:
    """A place (T, 3) for the pelvis and how far, (T,) 0..1, the person has gone there; knees_up: bent upwards."""

    pelvis: np.ndarray
    weight: np.ndarray
    knees_up: float = 0.0


def seat_height(body: Body) -> float:
    """Of the pelvis when sitting on a seat as high as the knees."""
    return TOE_HEIGHT + body.length("left_ankle") + 0.12 * body.scale


def sit(body: Body, gait: Gait, weight: np.ndarray, height: float, back: float) -> Posture:
    """Sit with the pelvis at `height` metres, `back` metres behind the feet; `weight` (T,) 0..1 from standing."""
    # the pelvis goes back before it sinks, and rises before it comes forward
    between = 4.0 * weight * (1.0 - weight) * body.scale
    pelvis = direction(gait.heading, -back - 0.04 * between, 0.0, height + 0.06 * between)
    pelvis[:, ::2] += gait.ground
    return Posture(pelvis, weight, 0.9)


def lunge(body: Body, start: float, end: float, place: np.ndarray, heading: float, knee: int) -> Walk:
    """The step forward from `place` (x, z) that leaves the foot of `knee` (0 left, 1 right) behind for kneeling."""
    forward, further = (share * body.scale for share in LUNGE)
    to = place + forward * np.array([np.sin(heading), np.cos(heading)])
    stance = tuple(0.0 if side == knee else further for side in (0, 1))
    return Walk(start, end, tuple(to), heading, 1, 1 - knee, 0.25, 0.25, stance)


def kneel(body: Body, gait: Gait, weight: np.ndarray, knee: int) -> Posture:
    """Kneel on one knee after a `lunge`; `weight` (T,) 0..1 from standing. Lifts the heel of that side in `gait`."""
    gait.heel[knee] += HEEL_LIFT * weight
    rise = -body.offsets[JOINT[f"{SIDES[knee]}_hip"]][1]
    ahead = 0.105 * body.scale  # of the knee before the hip
    thigh = np.sqrt(body.length("left_knee") ** 2 - ahead**2)
    pelvis = direction(gait.heading, 0.0, 0.0, KNEE_HEIGHT + thigh + rise)
    pelvis[:, ::2] += gait.ground
    return Posture(pelvis, weight)
