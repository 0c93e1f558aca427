"""Does a motion show what its sentence says? Geometric checks on joint positions alone, and physical plausibility.

positions are (2, T, 22, 3) metres, +Y up, person A first. A standing person's toe joints are at about 0.02.
"""

from itertools import pairwise

import numpy as np

from ..rotations import normalise
from ..skeleton import JOINT

PLANTED_HEIGHT = 0.05  # metres of a toe joint over the lowest joint of the clip
PLANTED_SPEED = 0.025  # metres per frame
SHOULDERS = [JOINT["left_shoulder"], JOINT["right_shoulder"]]
ELBOWS = [JOINT["left_elbow"], JOINT["right_elbow"]]
WRISTS = [JOINT["left_wrist"], JOINT["right_wrist"]]
CHEST = [JOINT[name] for name in ("spine3", "left_collar", "right_collar", "left_shoulder", "right_shoulder")]
TOES = [JOINT["left_foot"], JOINT["right_foot"]]
UP = np.array([0.0, 1.0, 0.0])


def check(family: str, positions: np.ndarray, fps: float = 30.0) -> bool:
    """Whether the motion is a recognisable performance of the family. Raises KeyError for an unknown family."""
    return bool(CHECKS[family](np.asarray(positions, dtype=float), fps))


def handed(family: str, positions: np.ndarray, fps: float = 30.0) -> str | None:
    """Which of A's hands does it: "right", "left", or None when both, neither or no hand of A is the one."""
    positions = np.asarray(positions, dtype=float)
    if family == "shake_hands":
        doing = [_meets(positions, side, 0.15, 0.3, fps).any() for side in (0, 1)]
    elif family == "high_five":
        doing = [_claps(positions, side).any() for side in (0, 1)]
    elif family == "wave":
        doing = [_waves(positions[0], side, fps) for side in (0, 1)]
    elif family == "push":
        doing = [bool(_touches(positions, side).any()) for side in (0, 1)]
    else:
        return None
    return {(True, False): "left", (False, True): "right"}.get((bool(doing[0]), bool(doing[1])))


def forward(person: np.ndarray) -> np.ndarray:
    """Horizontal unit vectors (T, 3) that a person (T, 22, 3) faces, by hips and shoulders."""
    hips = person[:, JOINT["right_hip"]] - person[:, JOINT["left_hip"]]
    across = normalise(hips) + normalise(person[:, SHOULDERS[1]] - person[:, SHOULDERS[0]])
    return normalise(np.cross(UP, across) * (1.0 - UP))


def facing(positions: np.ndarray, most: float = 60.0) -> np.ndarray:
    """(T,) whether both people face each other within `most` degrees."""
    across = positions[1, :, 0] - positions[0, :, 0]
    to = normalise(across * (1.0 - UP))
    near = np.cos(np.radians(most))
    return (np.sum(forward(positions[0]) * to, -1) > near) & (np.sum(forward(positions[1]) * -to, -1) > near)


def in_a_row(flags: np.ndarray, count: int) -> np.ndarray:
    """(T,) the frames at which `flags` (T,) has been true for `count` frames in a row."""
    total = np.concatenate([[0], np.cumsum(flags)])
    result = np.zeros(len(flags), dtype=bool)
    result[count - 1 :] = total[count:] - total[:-count] == count
    return result


def _distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.linalg.norm(a - b, axis=-1)


def _meets(positions: np.ndarray, side: int, near: float, seconds: float, fps: float) -> np.ndarray:
    """(T,) same-side wrists near each other for that long, facing each other."""
    wrists = positions[:, :, WRISTS[side]]
    count = max(int(np.ceil(seconds * fps)), 1)
    return in_a_row((_distance(*wrists) < near) & facing(positions), count)


def _shake_hands(positions: np.ndarray, fps: float) -> bool:
    return any(_meets(positions, side, 0.15, 0.3, fps).any() for side in (0, 1))


def _claps(positions: np.ndarray, side: int) -> np.ndarray:
    """(T,) same-side wrists together over chest height (midway from spine3 to the shoulders, on average)."""
    wrists = positions[:, :, WRISTS[side]]
    chest = (positions[:, :, JOINT["spine3"], 1] + positions[:, :, SHOULDERS, 1].mean(-1)) / 2
    high = wrists[..., 1].mean(0) > chest.mean(0)
    return (_distance(*wrists) < 0.20) & high & facing(positions)


def _high_five(positions: np.ndarray, fps: float) -> bool:
    return any(_claps(positions, side).any() for side in (0, 1))


def _bow(positions: np.ndarray, fps: float) -> bool:
    for person in positions:
        trunk = person[:, SHOULDERS].mean(1) - person[:, JOINT["pelvis"]]
        lean = np.degrees(np.arctan2(np.sum(trunk * forward(person), -1), trunk[:, 1]))
        deepest = int(np.argmax(lean))
        upright = max(12.0, 0.5 * lean[deepest])
        if lean[deepest] < 20.0 or lean[: deepest + 1].min() > upright or lean[deepest:].min() > upright:
            return False
        if not facing(positions)[max(deepest - 3, 0) : deepest + 4].any():
            return False
    return True


def _waves(person: np.ndarray, side: int, fps: float) -> bool:
    """A raised hand going from side to side: two reversals of 4 cm within a second and a half."""
    wrist, elbow, shoulder = person[:, WRISTS[side]], person[:, ELBOWS[side]], person[:, SHOULDERS[side]]
    raised = (wrist[:, 1] > elbow[:, 1] + 0.05) & (wrist[:, 1] > shoulder[:, 1] - 0.1)
    sideways = np.sum(np.cross(UP, forward(person)) * (wrist - shoulder), -1)
    turns, low, high, rising = [], 0, 0, None
    for frame in range(len(sideways)):
        if not raised[frame]:
            low = high = frame
            rising = None
            continue
        high = frame if sideways[frame] > sideways[high] else high
        low = frame if sideways[frame] < sideways[low] else low
        if rising is not False and sideways[high] - sideways[frame] > 0.04:
            turns += [high] if rising else []
            rising, low = False, frame
        elif rising is not True and sideways[frame] - sideways[low] > 0.04:
            turns += [low] if rising is False else []
            rising, high = True, frame
    return any(b - a <= 1.5 * fps for a, b in pairwise(turns))


def _wave(positions: np.ndarray, fps: float) -> bool:
    return all(any(_waves(person, side, fps) for side in (0, 1)) for person in positions)


def _walk_past(positions: np.ndarray, fps: float) -> bool:
    pelvis = positions[:, :, JOINT["pelvis"], ::2]
    across = pelvis[1] - pelvis[0]
    line = normalise(across[0])
    order = across @ line
    # short clips leave less way to go
    least = min(1.0, 0.4 * len(order) / fps)
    way = np.linalg.norm(pelvis[:, -1] - pelvis[:, 0], axis=-1)
    return order[-1] < -0.1 and np.linalg.norm(across, axis=-1).min() > 0.3 and bool((way > least).all())


def _touches(positions: np.ndarray, side: int) -> np.ndarray:
    """(T,) A's wrist within 25 cm of B's upper body."""
    return _distance(positions[0, :, WRISTS[side], None], positions[1][:, CHEST]).min(-1) < 0.25


def _push(positions: np.ndarray, fps: float) -> bool:
    pelvis = positions[:, :, JOINT["pelvis"], ::2]
    within = int(round(fps))
    touching = np.flatnonzero((_touches(positions, 0) | _touches(positions, 1)) & facing(positions))
    for start in touching:
        away = normalise(pelvis[1, start] - pelvis[0, start])
        moved = (pelvis[:, start : start + within + 1] - pelvis[:, start : start + 1]) @ away
        if moved[1].max() >= 0.25 and moved[0].min() > -0.2:
            return True
    return False


CHECKS = {
    "shake_hands": _shake_hands,
    "high_five": _high_five,
    "bow": _bow,
    "wave": _wave,
    "walk_past": _walk_past,
    "push": _push,
}


def physics(positions: np.ndarray, fps: float = 30.0) -> dict[str, float]:
    """How physical a motion is, both people together; lengths in millimetres, heights over the floor at y = 0.

    foot_slide_mm: mean horizontal way per frame of the toe joints while lower than 5 cm over the clip's lowest joint,
    however fast they are, so that a low swing counts too. foot_slide_planted_mm: the same, only where the toe joint
    also moves by less than 2.5 cm in the frame. lowest_mm: of all joints. floating_frames, below_frames: frames (of
    either person) with the lowest joint over +5 cm or under -3 cm. jerk: mean of all joints, m/s^3.
    """
    positions = np.asarray(positions, dtype=float)
    toes = positions[:, :, TOES]
    step = np.linalg.norm(np.diff(toes, axis=1), axis=-1)
    slide = np.linalg.norm(np.diff(toes[..., ::2], axis=1), axis=-1)
    low = toes[:, :-1, :, 1] < positions[..., 1].min() + PLANTED_HEIGHT
    planted = low & (step < PLANTED_SPEED)
    lowest = positions[..., 1].min(-1)
    jerk = np.diff(positions, n=3, axis=1) * fps**3
    return {
        "foot_slide_mm": 1000.0 * _mean(slide[low]),
        "foot_slide_planted_mm": 1000.0 * _mean(slide[planted]),
        "lowest_mm": 1000.0 * float(lowest.min()),
        "floating_frames": int((lowest > 0.05).sum()),
        "below_frames": int((lowest < -0.03).sum()),
        "jerk": _mean(np.linalg.norm(jerk, axis=-1)),
    }


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if values.size else 0.0
