"""Arms: hanging relaxed and swinging, or reaching for a point in the world with a hand turned the right way."""

from dataclasses import dataclass

import numpy as np

from ...rotations import inverse, multiply, slerp
from ...skeleton import JOINT
from .body import SIDES, SIGN, Body
from .curves import wander
from .limbs import align, direction, from_angles, two_bones

PALM_REST = np.array([0.0, -1.0, 0.0])
ELBOW_REST = np.array([0.0, 0.0, -1.0])


@dataclass(frozen=True)
class Reach:
    """A hand going to a place: `weight` (T,) 0..1 blends from the hanging arm to the target.

    side: 0 left, 1 right. wrist (T, 3) target in the world; fingers, palm (T, 3) or (3,): the ways they point there;
    elbow (T, 3) or (3,): the way the elbow points; bulge (T, 3) or (3,): metres that the way there goes round.
    """

    side: int
    wrist: np.ndarray
    weight: np.ndarray
    fingers: np.ndarray
    palm: np.ndarray
    elbow: np.ndarray
    bulge: np.ndarray | float = 0.0


class Arm:
    """One arm of a performer, with its own way of hanging."""

    def __init__(self, side: int, body: Body, rng: np.random.Generator, t: np.ndarray) -> None:
        self.side, self.sign = side, SIGN[side]
        self.joints = [JOINT[f"{SIDES[side]}_{joint}"] for joint in ("shoulder", "elbow", "wrist")]
        self.upper, self.lower = body.offsets[self.joints[1]], body.offsets[self.joints[2]]
        self.away, self.bend = rng.uniform(0.12, 0.20), rng.uniform(0.38, 0.55)
        self.noise = wander(rng, t, 6, 0.02, 0.15, 0.6)

    def pose(
        self,
        positions: np.ndarray,
        world: np.ndarray,
        heading: np.ndarray,
        swing: np.ndarray,
        spread: np.ndarray | float,
        elbow_bend: np.ndarray | float,
        reaches: list[Reach],
    ) -> tuple[list[int], np.ndarray]:
        """Joint indices of shoulder, elbow and wrist, and their local rotations (T, 3, 4).

        positions (T, 22, 3), world (T, 22, 4): the trunk. swing, spread, elbow_bend (T,): radians forward, away from
        the body, and bent more than usual.
        """
        shoulder = positions[:, self.joints[0]]
        wrist, elbow, hand = self._hang(shoulder, heading, swing, spread, elbow_bend)
        for reach in reaches:
            w = reach.weight[:, None]
            detour = 4.0 * w * (1.0 - w) * reach.bulge
            wrist = wrist + w * (reach.wrist - wrist) + detour
            elbow = elbow + w * (reach.elbow - elbow)
            hand = slerp(hand, self._hand(reach.fingers, reach.palm), reach.weight)
        upper, lower = two_bones(shoulder, wrist, self.upper, self.lower, elbow, ELBOW_REST)
        turn = multiply(inverse(lower), hand)
        # the forearm takes half of the hand's turn about its length
        twist = np.unwrap(2.0 * np.arctan2(turn[:, 1], turn[:, 0]))
        half = (twist - 2.0 * np.pi * np.round(twist.mean() / (2.0 * np.pi))) / 2.0
        roll = from_angles(np.stack([half, 0.0 * half, 0.0 * half], axis=-1))
        collar = world[:, JOINT[f"{SIDES[self.side]}_collar"]]
        local = [multiply(inverse(collar), upper), multiply(multiply(inverse(upper), lower), roll)]
        return self.joints, np.stack([*local, multiply(inverse(roll), turn)], axis=1)

    def _hang(
        self,
        shoulder: np.ndarray,
        heading: np.ndarray,
        swing: np.ndarray,
        spread: np.ndarray | float,
        elbow_bend: np.ndarray | float,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Wrist target, elbow direction (T, 3) and hand rotation (T, 4) of the relaxed arm."""
        away = self.away + spread + self.noise[:, 0]
        pitch = swing - 0.10 + self.noise[:, 1]
        bend = self.bend + 0.5 * swing + self.noise[:, 2] + elbow_bend
        upper = self._downward(heading, away, pitch)
        lower = self._downward(heading, away - 0.16, pitch + bend)
        wrist = shoulder + upper * np.linalg.norm(self.upper) + lower * np.linalg.norm(self.lower)
        inward = direction(heading + self.noise[:, 3] * 3.0, -0.35, -self.sign)
        return wrist, upper - lower, self._hand(lower, inward)

    def _downward(self, heading: np.ndarray, away: np.ndarray, pitch: np.ndarray) -> np.ndarray:
        """Unit vectors (T, 3): down, turned `pitch` forward and `away` from the body."""
        down = np.cos(away)
        return direction(heading, down * np.sin(pitch), self.sign * np.sin(away), -down * np.cos(pitch))

    def _hand(self, fingers: np.ndarray, palm: np.ndarray) -> np.ndarray:
        return align((np.array([self.sign, 0.0, 0.0]), PALM_REST), fingers, palm)
