"""One performer: a gait plus layers of lean, twist, gaze and reaching, turned into joint rotations.

Set the layers, ask for `trunk` to learn where chest, shoulders and head will be, add reaches, then take `rotations`.
"""

from dataclasses import dataclass, field

import numpy as np

from ...rotations import inverse, multiply, normalise, rotate
from ...skeleton import JOINT, forward_kinematics
from .arms import Arm, Reach
from .body import SIDES, SIGN, Body
from .curves import smooth, smooth_below, wander
from .gait import Gait
from .limbs import direction, from_angles, two_bones
from .posture import Posture

SPINE = (JOINT["spine1"], JOINT["spine2"], JOINT["spine3"])
SPINE_SHARE = np.array([0.3, 0.35, 0.35])
X, Y, Z = np.eye(3)


@dataclass
class Performer:
    """A person being animated over the times `t` (T,). Layers are radians (T,) unless said; more of them adds up."""

    t: np.ndarray
    body: Body
    gait: Gait
    rng: np.random.Generator
    vigour: float = 1.0
    bow: np.ndarray | float = 0.0  # forward from the hips and the spine together
    lean: np.ndarray | float = 0.0  # forward, spine only
    twist: np.ndarray | float = 0.0  # of the spine, to the left
    tilt: np.ndarray | float = 0.0  # of the spine, to the right
    nod: np.ndarray | float = 0.0  # of the head, down
    shift: np.ndarray | float = 0.0  # metres that the pelvis goes forward of the feet
    crouch: np.ndarray | float = 0.0  # metres that the pelvis sinks
    weight: np.ndarray | float = 0.0  # -1..1 resting on the right .. left foot, the hip out
    low: Posture | None = None  # sitting or kneeling
    flight: np.ndarray | float = 0.0  # metres that a jump carries the whole body up
    kick: np.ndarray | None = None  # (2, T) 0..1 a leg raised from the hip: its knee bends across it wherever it points
    spread: np.ndarray | float = 0.0  # of the hanging arms, away from the body
    elbows: np.ndarray | float = 0.0  # of the hanging arms, bent more
    gaze: np.ndarray | None = None  # (T, 3) point looked at
    attention: np.ndarray | float = 1.0  # 0..1 how much the head follows the gaze
    collars: np.ndarray = field(init=False)  # (2, T, 2) raised, brought forward
    reaches: list[Reach] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.collars = np.zeros((2, len(self.t), 2))
        self._sway = wander(self.rng, self.t, 2, 0.009, 0.15, 0.45)
        self._fidget = wander(self.rng, self.t, 15, 0.013, 0.15, 0.7).reshape(-1, 5, 3)
        self._breath = np.sin(2 * np.pi * (self.rng.uniform(0.2, 0.3) * self.t + self.rng.uniform()))
        self.arms = [Arm(side, self.body, self.rng, self.t) for side in (0, 1)]

    @property
    def ahead(self) -> np.ndarray:
        """Unit vector (T, 3) the body faces."""
        return direction(self.gait.heading)

    @property
    def eyes(self) -> np.ndarray:
        """About where the head is (T, 3) when upright, for others to look at."""
        height = np.full(len(self.t), self.body.eye_height - 0.02)
        eyes = np.stack([self.gait.ground[:, 0], height, self.gait.ground[:, 1]], axis=-1)
        if self.low is None:
            return eyes
        sunk = eyes + [0.0, 0.02 - self.body.eye_height + self.body.pelvis_height, 0.0]
        return eyes + self.low.weight[:, None] * (self.low.pelvis - sunk)

    def trunk(self) -> tuple[np.ndarray, np.ndarray]:
        """Joint positions (T, 22, 3) and world rotations (T, 22, 4), true from pelvis to head and shoulders only."""
        angles = self._angles()
        self._local = from_angles(angles)
        self._root = self._pelvis(self._local[:, 0])
        self._look(angles)
        self._local[:, [JOINT["neck"], JOINT["head"]]] = from_angles(angles[:, [JOINT["neck"], JOINT["head"]]])
        return forward_kinematics(self._local, self._root, self.body.offsets)

    def rotations(self) -> tuple[np.ndarray, np.ndarray]:
        """Local rotations (T, 22, 4) and pelvis positions (T, 3) of the whole performance."""
        positions, world = self.trunk()
        for arm in self.arms:
            swing = (0.25 + 0.75 * self.vigour) * -SIGN[arm.side] * 0.55 * smooth(self.gait.stride, 2.0)
            reaches = [reach for reach in self.reaches if reach.side == arm.side]
            joints, rotations = arm.pose(positions, world, self.gait.heading, swing, self.spread, self.elbows, reaches)
            self._local[:, joints] = rotations
        for side in (0, 1):
            self._leg(side, positions, world)
        return self._local, self._root

    def _angles(self) -> np.ndarray:
        """Pitch, yaw and roll (T, 22, 3) of the trunk's joints, gaze left out."""
        gait, angles = self.gait, np.zeros((len(self.t), 22, 3))
        stride = smooth(gait.stride, 1.5) / self.body.scale
        weight = smooth(gait.lift[0] - gait.lift[1], 2.0)  # onto the right foot
        turn = -0.16 * stride
        pace = np.gradient(gait.ground, self.t, axis=0)
        speed = smooth(np.sum(pace * self.ahead[:, ::2], axis=-1), 5.0)
        angles[:, 0, 0] = 0.70 * self.bow + 0.02 * speed
        angles[:, 0, 1] = gait.heading + turn
        angles[:, 0, 2] = -0.035 * weight - 1.5 * self._sway[:, 0] + 0.07 * self.weight
        spine = np.stack(
            [
                0.30 * self.bow + self.lean + 0.02 * speed - 0.012 * self._breath,
                self.twist - 2.0 * turn + self._turn_to_gaze(),
                -self.tilt + 0.035 * weight + 1.5 * self._sway[:, 0] - 0.085 * self.weight,
            ],
            axis=-1,
        )
        angles[:, SPINE] = SPINE_SHARE[:, None] * (spine[:, None] + self._fidget[:, :3])
        for side, sign in enumerate(SIGN):
            raised, forward = np.moveaxis(self.collars[side], -1, 0)
            collar = JOINT[f"{SIDES[side]}_collar"]
            angles[:, collar, 1] = -sign * forward
            angles[:, collar, 2] = sign * (raised + 0.015 * self._breath - 0.03)
        return angles

    def _turn_to_gaze(self) -> np.ndarray | float:
        """Yaw (T,) that the chest adds when the eyes look aside."""
        if self.gaze is None:
            return 0.0
        to = self.gaze - self.eyes
        yaw = (np.arctan2(to[:, 0], to[:, 2]) - self.gait.heading + np.pi) % (2 * np.pi) - np.pi
        return smooth(0.2 * self.attention * _limit(yaw, 0.9), 6.0)

    def _look(self, angles: np.ndarray) -> None:
        """Turn neck and head (their part of angles) towards the gaze."""
        neck, head = JOINT["neck"], JOINT["head"]
        fidget = self._fidget[:, 3:]
        pitch, yaw = -0.5 * self.lean + self.nod, 0.0
        if self.gaze is not None:
            upper = JOINT["head"] + 1
            positions, world = forward_kinematics(self._local[:, :upper], self._root, self.body.offsets[:upper])
            to = rotate(inverse(world[:, SPINE[-1]]), self.gaze - positions[:, head])
            aside = np.unwrap(np.arctan2(to[:, 0], to[:, 2]))
            down = -np.arctan2(to[:, 1], np.hypot(to[:, 0], to[:, 2]))
            yaw = self.attention * _limit(aside, 1.15)
            pitch = self.attention * _limit(down, 0.7) + (1.0 - self.attention) * pitch + self.nod
        turn = smooth(np.stack(np.broadcast_arrays(pitch, yaw, 0.0 * self.t), axis=-1), 3.0)
        angles[:, neck] = 0.4 * turn + fidget[:, 0]
        angles[:, head] = 0.6 * turn + 1.5 * fidget[:, 1]

    def _pelvis(self, rotation: np.ndarray) -> np.ndarray:
        """Pelvis (T, 3): over the path, swaying, never higher than the planted feet allow."""
        gait, scale = self.gait, self.body.scale
        weight = smooth(gait.lift[0] - gait.lift[1], 2.0)
        forward = self.shift - 0.13 * scale * np.sin(self.bow) + self._sway[:, 1]
        place = direction(gait.heading, forward, -0.022 * scale * weight + 1.3 * self._sway[:, 0])
        place += direction(gait.heading, 0.0, 0.045 * scale * self.weight)
        place[:, ::2] += gait.ground
        leg = 0.993 * self.body.length("left_knee", "left_ankle")
        ceiling = np.full(len(self.t), self.body.pelvis_height - 0.006)
        for side in (0, 1):
            hip = rotate(rotation, self.body.offsets[1 + side])
            ankle, _ = self._foot(side)
            across = ankle - (place + hip)
            reach = np.sqrt(np.maximum(leg**2 - across[:, 0] ** 2 - across[:, 2] ** 2, 0.04))
            ceiling = np.minimum(ceiling, ankle[:, 1] + reach - hip[:, 1])
        place[:, 1] = smooth_below(ceiling, 3) - self.crouch - gait.drop + self.flight
        if self.low is None:
            return place
        low = self.low.pelvis + direction(gait.heading, 0.8 * self._sway[:, 1], 0.8 * self._sway[:, 0])
        return place + self.low.weight[:, None] * (low - place)

    def _foot(self, side: int) -> tuple[np.ndarray, np.ndarray]:
        """Ankle (T, 3) and the foot's world rotation (T, 4)."""
        gait = self.gait
        pitch = gait.heel[side] - gait.toe[side]
        foot = from_angles(np.stack([pitch, gait.yaw[side], np.zeros_like(pitch)], axis=-1))
        return gait.toes[side] - rotate(foot, self.body.offsets[JOINT[f"{SIDES[side]}_foot"]]), foot

    def _leg(self, side: int, positions: np.ndarray, world: np.ndarray) -> None:
        hip, knee, ankle, toe = (JOINT[f"{SIDES[side]}_{joint}"] for joint in ("hip", "knee", "ankle", "foot"))
        target, foot = self._foot(side)
        aim = rotate(world[:, 0], Z) + direction(self.gait.yaw[side], 1.0, 0.12 * SIGN[side])
        if self.low is not None:
            aim = aim + self.low.knees_up * self.low.weight[:, None] * Y
        target = target + np.multiply.outer(self.flight, Y)
        if self.kick is not None:
            across = np.cross(normalise(target - positions[:, hip]), rotate(world[:, 0], X))
            aim = aim + self.kick[side][:, None] * (across - aim)
        offsets = self.body.offsets
        thigh, shin = two_bones(positions[:, hip], target, offsets[knee], offsets[ankle], aim, Z)
        self._local[:, hip] = multiply(inverse(world[:, 0]), thigh)
        self._local[:, knee] = multiply(inverse(thigh), shin)
        self._local[:, ankle] = multiply(inverse(shin), foot)
        # the toes stay flat while the heel is up
        bend = np.stack([-np.clip(self.gait.heel[side], 0.0, 0.6), *np.zeros((2, len(self.t)))], axis=-1)
        self._local[:, toe] = from_angles(bend)


def _limit(angle: np.ndarray, most: float) -> np.ndarray:
    """Soften an angle to at most `most`, and let go of what is behind the back, where left and right meet."""
    behind = np.clip((np.abs(angle) - 1.5) / 1.2, 0.0, 1.0)
    return most * np.tanh(angle / most) * (1.0 - behind * behind * (3.0 - 2.0 * behind))
