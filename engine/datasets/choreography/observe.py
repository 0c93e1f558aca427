"""What can be seen in a motion: facing, nearness, touching, ways gone. The families' checks are made of these.

positions are (2, T, 22, 3) metres, +Y up; a person is (T, 22, 3). A standing person's toe joints are at about 0.02.
Everything is at 30 frames a second.
"""

from collections.abc import Callable

import numpy as np

from ...rotations import normalise
from ...skeleton import JOINT
from .curves import FPS, smooth

SHOULDERS = [JOINT["left_shoulder"], JOINT["right_shoulder"]]
ELBOWS = [JOINT["left_elbow"], JOINT["right_elbow"]]
WRISTS = [JOINT["left_wrist"], JOINT["right_wrist"]]
CHEST = [JOINT[name] for name in ("spine3", "left_collar", "right_collar", "left_shoulder", "right_shoulder")]
TOES = [JOINT["left_foot"], JOINT["right_foot"]]
UP = np.array([0.0, 1.0, 0.0])

# of positions, the doer first, and, if a hand does it, of its side (0 left, 1 right): whether it is done, or when (T,)
Deed = Callable[[np.ndarray], bool | np.ndarray]
HandedDeed = Callable[[np.ndarray, int], bool | np.ndarray]


def forward(person: np.ndarray) -> np.ndarray:
    """Horizontal unit vectors (T, 3) that a person faces, by hips and shoulders."""
    hips = person[:, JOINT["right_hip"]] - person[:, JOINT["left_hip"]]
    across = normalise(hips) + normalise(person[:, SHOULDERS[1]] - person[:, SHOULDERS[0]])
    return normalise(np.cross(UP, across) * (1.0 - UP))


def line_to(person: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Horizontal unit vectors (T, 3) from a person to the other."""
    return normalise((other[:, 0] - person[:, 0]) * (1.0 - UP))


def looks_at(person: np.ndarray, other: np.ndarray, most: float = 60.0) -> np.ndarray:
    """(T,) whether a person's body faces the other person within `most` degrees."""
    return np.sum(forward(person) * line_to(person, other), -1) > np.cos(np.radians(most))


def facing(positions: np.ndarray, most: float = 60.0) -> np.ndarray:
    """(T,) whether both people face each other within `most` degrees."""
    return looks_at(positions[0], positions[1], most) & looks_at(positions[1], positions[0], most)


def apart(positions: np.ndarray) -> np.ndarray:
    """(T,) metres over the floor from pelvis to pelvis."""
    return np.linalg.norm((positions[1] - positions[0])[:, 0, ::2], axis=-1)


def gesturing(person: np.ndarray) -> np.ndarray:
    """(T,) whether somebody in place moves a hand about before the trunk, not stretched out, joined, or in guard."""
    result = np.zeros(len(person), dtype=bool)
    hands = distance(person[:, WRISTS[0]], person[:, WRISTS[1]])
    busy = stepping(person) | (hands < 0.15) | (fists_up(person) & (hands < 0.5))
    for side in (0, 1):
        out, reach = person[:, WRISTS[side]] - person[:, SHOULDERS[side]], arm(person, side)
        ahead = np.sum(out * forward(person), -1) > 0.2 * reach
        air = ahead & (out[:, 1] > -0.78 * reach) & (out[:, 1] < 0.2 * reach)
        air &= np.linalg.norm(out, axis=-1) < 0.93 * reach
        moving = np.linalg.norm(np.gradient(person[:, WRISTS[side]] - person[:, 0], axis=0), axis=-1) * FPS
        lively = np.convolve(np.pad(moving, 10, mode="edge"), np.full(21, 1 / 21), mode="valid") > 0.10
        result |= air & lively & ~busy
    return result


def stepping(person: np.ndarray) -> np.ndarray:
    """(T,) whether a person is walking or dancing about."""
    pace = np.linalg.norm(np.gradient(person[:, TOES][..., ::2], axis=0), axis=-1).mean(-1) * FPS
    return np.convolve(np.pad(pace, 15, mode="edge"), np.full(31, 1 / 31), mode="valid") > 0.12


def hands_apart(positions: np.ndarray) -> np.ndarray:
    """(T,) metres between the wrists of the two that are nearest to each other."""
    return distance(positions[0][:, WRISTS, None], positions[1][:, None, WRISTS]).min((1, 2))


def in_air(person: np.ndarray) -> np.ndarray:
    """(T,) whether both feet are off the floor together, as in a jump and never in a run."""
    toes = person[:, TOES, 1]
    return (toes.min(-1) > 0.10) & (np.ptp(toes, axis=-1) < 0.08)


def fists_up(person: np.ndarray) -> np.ndarray:
    """(T,) whether both hands are held up before the chest or the face, forearms rising, as in a guard."""
    wrists, elbows, shoulders = (person[:, joints] for joints in (WRISTS, ELBOWS, SHOULDERS))
    high = (wrists[..., 1] > shoulders[..., 1] - 0.14) & (wrists[..., 1] > elbows[..., 1] + 0.04)
    return high.all(-1) & (np.sum((wrists - shoulders) * forward(person)[:, None], -1) > 0.02).all(-1)


def on_guard(positions: np.ndarray) -> bool:
    """Whether both people have their fists up for most of the time, as in a fight."""
    return bool((fists_up(positions[0]) & fists_up(positions[1])).mean() > 0.55)


def thrusts(person: np.ndarray, other: np.ndarray, side: int) -> np.ndarray:
    """(T,) whether a hand, high and nearly stretched out towards the other, has shot there from the own shoulder."""
    out, reach = person[:, WRISTS[side]] - person[:, SHOULDERS[side]], arm(person, side)
    length = np.linalg.norm(out, axis=-1)
    towards = np.sum(out * line_to(person, other), -1)
    before = np.lib.stride_tricks.sliding_window_view(np.pad(length, (9, 0), mode="edge"), 10).min(-1)
    return (length > 0.76 * reach) & (length - before > 0.12 * reach) & (towards > 0.55 * reach)


def arm(person: np.ndarray, side: int) -> np.ndarray:
    """(T,) metres from shoulder to wrist along an arm."""
    elbow = person[:, ELBOWS[side]]
    return distance(elbow, person[:, SHOULDERS[side]]) + distance(person[:, WRISTS[side]], elbow)


def leg(person: np.ndarray) -> np.ndarray:
    """(T,) metres from hip to ankle along the left leg."""
    hip, knee, ankle = (person[:, JOINT[f"left_{joint}"]] for joint in ("hip", "knee", "ankle"))
    return distance(hip, knee) + distance(knee, ankle)


def common_velocity(positions: np.ndarray) -> np.ndarray:
    """(T, 2) metres a second over the floor of the point midway between two people, without their swaying."""
    return np.gradient(smooth(positions[:, :, 0, ::2].mean(0), 5.0), axis=0) * FPS


def way(person: np.ndarray) -> float:
    """Metres over the floor from where a person starts to where the person ends."""
    return float(np.linalg.norm((person[-1] - person[0])[0, ::2]))


def turns(curve: np.ndarray, during: np.ndarray, least: float) -> list[int]:
    """Frames at which `curve` (T,) turns round after going `least` one way, while the flags `during` (T,) hold."""
    found, low, high, rising = [], 0, 0, None
    for frame in range(len(curve)):
        if not during[frame]:
            low = high = frame
            rising = None
            continue
        high = frame if curve[frame] > curve[high] else high
        low = frame if curve[frame] < curve[low] else low
        if rising is not False and curve[high] - curve[frame] > least:
            found += [high] if rising else []
            rising, low = False, frame
        elif rising is not True and curve[frame] - curve[low] > least:
            found += [low] if rising is False else []
            rising, high = True, frame
    return found


def lasting(flags: np.ndarray, seconds: float) -> np.ndarray:
    """(T,) the frames at which `flags` (T,) has been true for so long without a gap."""
    count = max(int(np.ceil(seconds * FPS)), 1)
    total = np.concatenate([[0], np.cumsum(flags)])
    result = np.zeros(len(flags), dtype=bool)
    result[count - 1 :] = total[count:] - total[:-count] == count
    return result


def distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Metres (...) between points (..., 3)."""
    return np.linalg.norm(a - b, axis=-1)


def who_does(positions: np.ndarray, deed: Deed) -> int | None:
    """Who of the two does a deed: 0 if A does, else 1 if B does, else None."""
    return next((who for who, pair in enumerate((positions, positions[::-1])) if np.any(deed(pair))), None)


def either_side(deed: HandedDeed) -> Deed:
    """The same deed, whichever hand (or foot) does it."""
    return lambda positions: any(np.any(deed(positions, side)) for side in (0, 1))


def hand_of(positions: np.ndarray, who: int | None, deed: HandedDeed) -> str | None:
    """The hand, "left" or "right", with which `who` (0, 1) does a deed; None for both, for neither, and for nobody."""
    if who is None:
        return None
    pair = positions[::-1] if who else positions
    return one_hand([np.any(deed(pair, side)) for side in (0, 1)])


def one_hand(doing: list[bool]) -> str | None:
    """ "left" or "right" for [left, right] of which one is true, else None."""
    return {(True, False): "left", (False, True): "right"}.get((bool(doing[0]), bool(doing[1])))
