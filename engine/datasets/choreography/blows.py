"""Blows to somebody who stands: the step into one, and the steps back and the flailing for balance of who takes it."""

import numpy as np

from .arms import Reach
from .body import SIGN
from .curves import hump, pulse
from .gait import Route, Walk
from .limbs import direction
from .person import Performer
from .scene import draw_stance


def step_in(rng: np.random.Generator, route: Route, contact: float, stride: float, lead: int) -> Route:
    """Add a step into a blow that lands at `contact` seconds, `stride` metres for the body, `lead` foot first.

    The other foot comes up later; all is over within 1.7 seconds of the contact.
    """
    place, heading = route.end()
    to = tuple(place + stride * np.array([np.sin(heading), np.cos(heading)]))
    stance = tuple(0.13 if side == lead else 0.0 for side in (0, 1))
    later = contact + rng.uniform(0.5, 1.1)
    return route.then(
        Walk(contact - 0.42, contact + 0.08, to, heading, 1, lead, 0.2, 0.2, stance),
        Walk(later, later + 0.55, to, heading, 1, 1 - lead, 0.2, 0.2, stance),
    )


def step_back(
    rng: np.random.Generator, route: Route, contact: float, recovery: float, steps: int, distance: float
) -> Route:
    """Add recovery steps, `distance` metres in all, away from where the person looks: sudden at first, then braking.

    recovery: seconds that they take from the `contact` on; a single step is followed by the other foot's coming up,
    over a second after that at most.
    """
    place, facing = route.end()
    heading, lead = facing + rng.uniform(-0.1, 0.1), int(rng.integers(2))
    to = place - distance * np.array([np.sin(facing), np.cos(facing)])
    half, back = rng.uniform(0.02, 0.06), (lead + steps - 1) % 2
    stance = tuple(-half if side == back else half for side in (0, 1))
    end = contact + recovery
    walks = [Walk(contact, end, tuple(to), heading, steps, lead, 0.22, 0.7 * (recovery - 0.22), stance)]
    if steps == 1:
        # the foot that stayed in front comes up later
        later = end + rng.uniform(0.1, 0.4)
        walks.append(Walk(later, later + 0.6, tuple(to), heading, 1, 1 - lead, 0.2, 0.2, draw_stance(rng)))
    return route.then(*walks)


def give_way(
    rng: np.random.Generator, person: Performer, contact: float, recovery: float, vigour: float, nod: float
) -> None:
    """Take a blow: chest back, arms up and out for balance, then upright again; adds to the layers.

    nod: radians by which the head goes down (left behind by the chest) or back (hit itself, negative).
    """
    t = person.t
    back = hump(t, contact - 0.02, contact + 0.75)
    forward = hump(t, contact + 0.3, contact + recovery + 0.5)
    person.lean = person.lean + vigour * (-0.28 * back + 0.16 * forward)
    person.bow = person.bow + vigour * 0.14 * forward
    person.twist = person.twist + rng.uniform(-0.12, 0.12) * back
    person.nod = person.nod + vigour * nod * hump(t, contact, contact + 0.4)
    person.crouch = person.crouch + 0.05 * vigour * hump(t, contact + 0.1, contact + recovery + 0.4)
    positions, _ = person.trunk()
    heading, size = person.gait.heading, person.body.arm * np.clip(vigour, 0.75, 1.15)
    for side, sign in enumerate(SIGN):
        late = contact + rng.uniform(0.0, 0.12)
        weight = rng.uniform(0.6, 0.9) * pulse(t, late + 0.05, late + 0.45, late + 0.55, late + recovery + 0.6)
        wave = direction(heading, rng.uniform(0.25, 0.5), sign * rng.uniform(0.35, 0.6), rng.uniform(-0.6, -0.25))
        wrist = positions[:, 16 + side] + size * wave
        fingers, palm = direction(heading, 0.8, 0.5 * sign, 0.2), direction(heading, 0.3, -0.2 * sign, -1.0)
        person.reaches.append(Reach(side, wrist, weight, fingers, palm, elbow_out(heading, sign)))


def elbow_out(heading: np.ndarray, sign: float) -> np.ndarray:
    """The way (T, 3) that the elbow of a pushing or flailing arm points: down and outward."""
    return direction(heading, -0.4, 0.55 * sign, -0.9)
