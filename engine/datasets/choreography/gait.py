"""Walking and running: a path over the floor and the planted, alternating footsteps that carry a body along it.

A Route is a few straight walks with counted steps; a Path is any curve over the floor, to which `footsteps` finds steps
at a natural cadence: forwards, backwards, sideways, turning, and running where it is fast. Ground positions are (x, z)
in metres; headings are radians about +Y, 0 facing +Z. Index 0 of a pair of feet is the left one.
"""

from dataclasses import dataclass, replace

import numpy as np

from ...skeleton import JOINT
from .body import SIDES, SIGN, TOE_HEIGHT, Body
from .curves import FPS, ease, hump, travel

SWING = 0.76  # share of a step's time that its foot is in the air
BRISK_SWING = 0.92  # of a brisk walk
RUNNING_SWING = 1.4


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
class Step:
    """One footstep: the foot of `side` leaves the floor at `up` (seconds); the other follows `period` later.

    over: the time at which the body is right above the new place. swing: share of the period that the foot is in the
    air, more than 1 in a run. forward, narrow: metres before and share of the width beside the body's line. lift:
    metres that the foot is raised more than usual.
    """

    side: int
    up: float
    period: float
    over: float
    forward: float = 0.0
    narrow: float = 0.7
    swing: float = SWING
    lift: float = 0.0

    @property
    def down(self) -> float:
        """When the foot lands."""
        return self.up + self.swing * self.period


@dataclass(frozen=True)
class Gait:
    """Where a body and its feet are over T frames.

    ground (T, 2), heading (T,); toes (2, T, 3) toe joints; yaw (2, T) of the feet; heel (2, T) and toe (2, T) radians
    by which heel or toes are lifted; lift (2, T) 0..1 while a foot is in the air; stride (T,) left foot before right;
    drop (T,) metres that the pelvis sinks into the steps of a run.
    """

    ground: np.ndarray
    heading: np.ndarray
    toes: np.ndarray
    yaw: np.ndarray
    heel: np.ndarray
    toe: np.ndarray
    lift: np.ndarray
    stride: np.ndarray
    drop: np.ndarray


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

    def end(self) -> tuple[np.ndarray, float]:
        """Ground (2,) and heading after the last walk."""
        if not self.walks:
            return np.array(self.start), self.heading
        return np.array(self.walks[-1].to), self.walks[-1].heading

    def then(self, *walks: Walk) -> "Route":
        """This route with more walks after its own."""
        return replace(self, walks=self.walks + walks)

    def steps(self) -> list[Step]:
        """The footsteps of all walks."""
        steps = []
        for walk in self.walks:
            period = (walk.end - walk.start) / walk.steps
            for count in range(walk.steps):
                side = (walk.lead + count) % 2
                up = walk.start + count * period
                if count >= walk.steps - 2:
                    steps.append(Step(side, up, period, walk.end, walk.stance[side], 1.0))
                else:
                    # a foot lands where the body will be halfway through the time that it stands
                    steps.append(Step(side, up, period, up + SWING * period + (2.0 - SWING) * period / 2))
        return steps


@dataclass(frozen=True)
class Path:
    """Where a body goes: ground (N, 2) and heading (N,) at evenly spaced `times` (N,), which go beyond the clip.

    stance, toe_out: how the person stands at both ends.
    """

    times: np.ndarray
    ground: np.ndarray
    heading: np.ndarray
    stance: tuple[float, float] = (0.0, 0.0)
    toe_out: float = 0.1

    def at(self, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Ground (..., 2) and heading (...) at times `t`."""
        t = np.asarray(t, dtype=float)
        x, z = (np.interp(t, self.times, column) for column in self.ground.T)
        return np.stack([x, z], axis=-1), np.interp(t, self.times, self.heading)


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


def footsteps(path: Path, lead: int = 0, scale: float = 1.0, cadence: float = 1.0) -> list[Step]:
    """Steps for every stretch of the path on which the body moves or turns, `lead` foot first.

    The faster, the more steps a second and the shorter a foot's time on the floor. scale: the body's size.
    """
    pace = np.hypot(*np.gradient(path.ground, path.times, axis=0).T)
    speed = np.hypot(pace, 0.22 * np.gradient(path.heading, path.times)) / np.sqrt(scale)
    # the steps of a start and of a stop are short and quick
    coming, past = (np.interp(path.times + shift, path.times, speed) for shift in (0.35, -0.35))
    about = np.maximum(np.maximum(coming, past), speed)
    rate = cadence * (1.35 + 0.5 * about + 0.35 * ease(about, 1.5, 2.4)) / np.sqrt(scale)
    steps, side = [], lead
    for first, last in _stretches(speed > 0.07, gap=round(0.25 * FPS)):
        times = path.times[first : last + 1]
        phase = np.append(0.0, np.cumsum(rate[first:last] * np.diff(times)))
        count = max(int(round(phase[-1])), 2)
        marks = np.interp(np.linspace(0.0, phase[-1], count + 1), phase, times)
        for index, (up, after) in enumerate(zip(marks, marks[1:], strict=False)):
            period = after - up
            quick = float(np.interp(up + 0.5 * period, path.times, speed))
            run = float(ease(quick, 1.5, 2.2))
            swing = SWING + (BRISK_SWING - SWING) * float(ease(quick, 0.3, 1.1)) + (RUNNING_SWING - BRISK_SWING) * run
            if index >= count - 2:
                # the last foot but one lands a little short of where the body is still going
                over = marks[-1] if index == count - 1 else 0.35 * (up + swing * period) + 0.65 * marks[-1]
                steps.append(Step(side, up, period, over, path.stance[side], 1.0, min(swing, 1.0)))
            else:
                stood = marks[index + 2] - up - swing * period
                # who runs lands nearly under the body and pushes off far behind
                over = up + swing * period + stood * (0.5 - 0.3 * run)
                steps.append(Step(side, up, period, over, swing=swing))
            side = 1 - side
    return steps


def _stretches(flags: np.ndarray, gap: int) -> list[tuple[int, int]]:
    """First and last index of every run of true flags; gaps of up to `gap` do not count."""
    places = np.flatnonzero(flags)
    if not len(places):
        return []
    cuts = np.flatnonzero(np.diff(places) > gap + 1)
    return list(zip(places[np.append(0, cuts + 1)], places[np.append(cuts, -1)], strict=True))


def walk_along(t: np.ndarray, body: Body, route: Route) -> Gait:
    """Walk a route."""
    return tread(t, body, route, route.steps())


def tread(t: np.ndarray, body: Body, way: Route | Path, steps: list[Step]) -> Gait:
    """Plant the footsteps along the way and move the feet between them."""
    ground, heading = way.at(t)
    prints = [footprint(body, *way.at(-1e9), side, way.toe_out, way.stance[side]) for side in (0, 1)]
    track = np.stack([np.tile(p, (len(t), 1)) for p in prints])  # (2, T, 3): x, z, yaw
    height, heel, toe, lift = np.zeros((4, 2, len(t)))
    drop = np.zeros(len(t))
    for step in steps:
        side, up, down, period = step.side, step.up, step.down, step.period
        place, yaw = way.at(step.over)
        new = footprint(body, place, float(yaw), side, way.toe_out, step.forward, step.narrow)
        move = new - prints[side]
        track[side] += ease(t, up, down)[:, None] * move
        ahead = float(np.clip(move[0] * np.sin(yaw) + move[1] * np.cos(yaw), -0.8, 0.8))
        size = np.hypot(move[0], move[1])
        height[side] += (0.035 + step.lift + 0.045 * min(size, 0.8)) * hump(t, up, down)
        # forwards the heel leaves first and lands first; backwards the toes do
        heel[side] += (0.12 + 0.6 * max(ahead, 0.0)) * hump(t, up - 0.5 * period, up + 0.62 * (down - up))
        heel[side] += 0.5 * max(-ahead, 0.0) * hump(t, up + 0.3 * (down - up), down + 0.3 * period)
        run = np.clip((step.swing - BRISK_SWING) / (RUNNING_SWING - BRISK_SWING), 0.0, 1.0)
        # who runs kicks the heel up behind, lands on the whole foot and sinks into every step
        height[side] += 0.17 * run * hump(t, up - 0.03 * (down - up), up + 0.85 * (down - up))
        heel[side] += 0.55 * run * hump(t, up - 0.2 * period, up + 0.8 * (down - up))
        drop += 0.03 * run * hump(t, down - 0.4 * period, down + 0.95 * period)
        toe[side] += (
            0.35 * max(ahead, 0.0) * (1.0 - 0.7 * run) * hump(t, down - 0.45 * (down - up), down + 0.35 * period)
        )
        lift[side] += hump(t, up - 0.3 * period, down + 0.3 * period)
        prints[side] = new
    height += body.length("left_foot") * np.sin(toe) + TOE_HEIGHT
    toes = np.stack([track[..., 0], height, track[..., 1]], axis=-1)
    apart = track[0, :, :2] - track[1, :, :2]
    stride = apart[:, 0] * np.sin(heading) + apart[:, 1] * np.cos(heading)
    return Gait(ground, heading, toes, track[..., 2], heel, toe, np.minimum(lift, 1.0), stride, drop)
