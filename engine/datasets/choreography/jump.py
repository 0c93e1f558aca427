"""Jumps: a dip, a push off the toes, free flight, a landing that gives in the knees."""

import numpy as np

from .curves import ease, hump
from .person import Performer

GRAVITY = 9.81
DIP, RISE, ABSORB, RECOVER = 0.36, 0.20, 0.18, 0.50  # seconds: going down, pushing off, giving way, standing up
ON_TOES = 0.45  # radians by which the heels are up when the toes leave the floor


def flight_time(height: float) -> float:
    """Seconds in the air of a jump that carries the body `height` metres up."""
    return 2.0 * np.sqrt(2.0 * height / GRAVITY)


def cycle(height: float) -> float:
    """Seconds from one take-off to the next when jumping on and on."""
    return flight_time(height) + ABSORB + RISE


def jump(person: Performer, takeoffs: list[float], height: float, depth: float, tuck: float = 0.1) -> None:
    """Leave the floor at each of `takeoffs` (seconds, a `cycle` apart) and rise `height` metres; adds to the layers.

    depth: metres of the dip before and the giving way after; tuck: metres that the feet are drawn up in the air.
    The first one needs DIP + RISE seconds before, the last one ABSORB + RECOVER after its flight.
    """
    t, gait, air = person.t, person.gait, flight_time(height)
    speed = GRAVITY * air / 2.0
    on_toes = person.body.length("left_foot") * np.sin(ON_TOES)
    knots = [(takeoffs[0] - RISE - DIP, 0.0, 0.0)]  # of the pelvis: seconds, metres, metres a second
    for takeoff in takeoffs:
        landing = takeoff + air
        knots += [(takeoff - RISE, -depth, 0.0), (takeoff, on_toes, speed), (landing, on_toes, -speed)]
        heels = ease(t, takeoff - 0.6 * RISE, takeoff) * (1.0 - ease(t, landing - 0.02, landing + 0.8 * ABSORB))
        stretch = hump(t, takeoff, landing)
        gait.heel[:] += ON_TOES * heels + 0.25 * stretch
        gait.toes[:, :, 1] += tuck * stretch
        time = np.clip(t - takeoff, 0.0, air)
        person.flight = person.flight + time * (speed - GRAVITY * time / 2.0)
        person.crouch = person.crouch - np.where((t >= takeoff) & (t < landing), on_toes, 0.0)
        # the trunk bends into the dip and into the landing
        down = hump(t, takeoff - RISE - DIP, takeoff) + 0.8 * hump(t, landing - 0.05, landing + ABSORB + 0.6 * RECOVER)
        person.bow = person.bow + 2.0 * depth * down
        person.lean = person.lean - 0.10 * hump(t, takeoff - 0.1, landing)
        person.collars[:, :, 0] += 0.12 * hump(t, takeoff - RISE, landing)
    knots += [(landing + ABSORB, -0.8 * depth, 0.0), (landing + ABSORB + RECOVER, 0.0, 0.0)]
    for before, after in zip(knots, knots[1:], strict=False):
        if before[2] <= 0.0:  # not in the air
            person.crouch = person.crouch - _between(t, before, after)


def _between(t: np.ndarray, before: tuple, after: tuple) -> np.ndarray:
    """The cubic (T,) with the values and speeds of two knots, 0 outside."""
    span = after[0] - before[0]
    u = (t - before[0]) / span
    curve = (1.0 + 2.0 * u) * (1.0 - u) ** 2 * before[1] + u * (1.0 - u) ** 2 * span * before[2]
    curve += u**2 * (3.0 - 2.0 * u) * after[1] + u**2 * (u - 1.0) * span * after[2]
    return np.where((u >= 0.0) & (u < 1.0), curve, 0.0)
