"""Walking: a path over the floor and the planted, alternating footsteps that carry a body along it.

Works for walking, turning on the spot and stepping back alike. Ground positions are (x, z) in metres;
headings are radians about +Y, 0 facing +Z. Index 0 of a pair of feet is the left one.
"""

from dataclasses import dataclass

import numpy as np

from ...skeleton import JOINT
from .body import SIDES, SIGN, TOE_HEIGHT, Body
from .curves import ease, hump, travel

SWING = 0.76  # share of a step's time that its foot is in the air


@dataclass(frozen=True)
class Walk:
    """A change of place and heading between two times (seconds), made in `steps` footsteps, `lead` foot first.

    up, down: seconds of speeding up and slowing down. stance: how far the (left, right) foot ends before the body.
    """

    start: float
    end: float
    to: tuple[float, float]
    heading: float
    steps: int
    lead: int = 0
    up: float = 0.4
    down: float = 0.4
    stance: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class Gait:
    """Where a body and its feet are over T frames.

    ground (T, 2), heading (T,); toes (2, T, 3) toe joints; yaw (2, T) of the feet; heel (2, T) and toe (2, T) radians
    by which heel or toes are lifted; lift (2, T) 0..1 while a foot is in the air; stride (T,) left foot before right.
    """

    ground: np.ndarray
    heading: np.ndarray
    toes: np.ndarray
    yaw: np.ndarray
    heel: np.ndarray
    toe: np.ndarray
    lift: np.ndarray
    stride: np.ndarray


@dataclass(frozen=True)
class Route:
    """A start (x, z) and heading, the walks from there on, and how the person stands at first."""

    start: tuple[float, float]
    heading: float
    walks: tuple[Walk, ...] = ()
    stance: tuple[float, float] = (0.0, 0.0)
    toe_out: float = 0.12

    def at(self, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Ground (..., 2) and heading (...) at times `t`."""
        t = np.asarray(t, dtype=float)
        place, heading = np.array(self.start), self.heading
        ground, yaw = place + np.zeros(t.shape + (2,)), heading + np.zeros(t.shape)
        for walk in self.walks:
            share = travel(t, walk.start, walk.end, walk.up, walk.down)
            ground = ground + share[..., None] * (np.array(walk.to) - place)
            # people turn early, then walk where they look
            yaw = yaw + ease(t, walk.start, walk.start + 0.75 * (walk.end - walk.start)) * (walk.heading - heading)
            place, heading = np.array(walk.to), walk.heading
        return ground, yaw


def footprint(
    body: Body, ground: np.ndarray, heading: float, side: int, toe_out: float, forward: float, narrow: float = 1.0
) -> np.ndarray:
    """(x, z, yaw) of a foot's toe joint for a body standing at `ground` (2,), the foot `forward` of its usual place."""
    leg = sum(body.offsets[JOINT[f"{SIDES[side]}_{joint}"]] for joint in ("hip", "knee", "ankle"))
    foot = body.offsets[JOINT[f"{SIDES[side]}_foot"]]
    yaw = heading + SIGN[side] * toe_out
    ankle = _turn(leg[0] * narrow, leg[2] - 0.015 + forward, heading)
    return np.append(ground + ankle + _turn(foot[0], foot[2], yaw), yaw)


def _turn(x: float, z: float, heading: float) -> np.ndarray:
    c, s = np.cos(heading), np.sin(heading)
    return np.array([x * c + z * s, z * c - x * s])


def walk_along(t: np.ndarray, body: Body, route: Route) -> Gait:
    """Plant the footsteps of a route and move the feet between them."""
    ground, heading = route.at(t)
    prints = [footprint(body, *route.at(-1e9), side, route.toe_out, route.stance[side]) for side in (0, 1)]
    track = np.stack([np.tile(p, (len(t), 1)) for p in prints])  # (2, T, 3): x, z, yaw
    height, heel, toe, lift = np.zeros((4, 2, len(t)))
    foot_length = body.length("left_foot")
    for walk in route.walks:
        period = (walk.end - walk.start) / walk.steps
        for step in range(walk.steps):
            side = (walk.lead + step) % 2
            up = walk.start + step * period
            down = up + SWING * period
            last = step >= walk.steps - 2
            # a foot lands where the body will be halfway through the time that it stands
            place, yaw = route.at(walk.end if last else down + (2.0 - SWING) * period / 2)
            forward, narrow = (walk.stance[side], 1.0) if last else (0.0, 0.7)
            new = footprint(body, place, float(yaw), side, route.toe_out, forward, narrow)
            move = new - prints[side]
            track[side] += ease(t, up, down)[:, None] * move
            ahead = float(np.clip(move[0] * np.sin(yaw) + move[1] * np.cos(yaw), -0.8, 0.8))
            size = np.hypot(move[0], move[1])
            height[side] += (0.035 + 0.045 * min(size, 0.8)) * hump(t, up, down)
            # forwards the heel leaves first and lands first; backwards the toes do
            heel[side] += (0.12 + 0.6 * max(ahead, 0.0)) * hump(t, up - 0.5 * period, up + 0.62 * (down - up))
            heel[side] += 0.5 * max(-ahead, 0.0) * hump(t, up + 0.3 * (down - up), down + 0.3 * period)
            toe[side] += 0.35 * max(ahead, 0.0) * hump(t, down - 0.45 * (down - up), down + 0.35 * period)
            lift[side] += hump(t, up - 0.3 * period, down + 0.3 * period)
            prints[side] = new
    height += foot_length * np.sin(toe) + TOE_HEIGHT
    toes = np.stack([track[..., 0], height, track[..., 1]], axis=-1)
    apart = track[0, :, :2] - track[1, :, :2]
    stride = apart[:, 0] * np.sin(heading) + apart[:, 1] * np.cos(heading)
    return Gait(ground, heading, toes, track[..., 2], heel, toe, np.minimum(lift, 1.0), stride)
