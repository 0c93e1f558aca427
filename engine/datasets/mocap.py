"""Motion capture of the CMU database (mocap.cs.cmu.edu) as Motions: BVH files of three rigs, cleaned, on our skeleton.

A folder holds singles.csv (a row per person alone) and pairs.csv (two people at once, in pairs/NAME/a.bvh and b.bvh).
"""

import csv
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from .. import rotations as R
from ..errors import EngineError
from ..features import SOLE
from ..fit import fit_motion
from ..motion import Motion
from ..skeleton import CHILDREN, JOINT_NAMES, PARENTS, REST_OFFSETS
from .bvh import Clip, read_bvh

FPS = 30
# What is left out, and why.
UNEVEN_GROUND = ("03_01", "03_02")
CLIMBING = ("01_08", "01_14")  # on equipment that was not recorded
BAD_HEAD = "CMU_60_61_06"
BAD_END = {"CMU_60_61_07": 5.0, "06_02": 0.8}  # seconds at the end: a head is wrong, nothing moves any more
# The first frames of most trials tremble; a T-pose that a converter put in front goes with them.
WARM_UP = 0.1  # seconds
SPIKE = 0.1  # metres from where the pelvis is in the median of the moments around
SPIKE_SPAN = 0.2  # seconds to either side
FEET = [JOINT_NAMES.index("left_foot"), JOINT_NAMES.index("right_foot")]


@dataclass(frozen=True)
class Rig:
    """How a rig's joints become ours.

    joints: for each of ours the rig's joint, "{side}" standing for `sides` (left, right). shifts: metres from the rig's
    joint to ours, up in the joint's axes. turns: degrees about Z that bring a left joint's own axes to the T-pose (the
    right ones turn the other way), for a rig whose axes lie along its bones. metres: of the file's unit. smoothing:
    seconds (standard deviation) that the way of the root is smoothed over.
    """

    joints: dict[str, str]
    sides: tuple[str, str]
    metres: float
    shifts: dict[str, float]
    turns: dict[str, float]
    smoothing: float

    def source(self, joint: str) -> str:
        """The rig's name of one of our joints."""
        side, part = _split_side(joint)
        return self.joints[part].replace("{side}", self.sides[side == "right"])


def _split_side(joint: str) -> tuple[str, str]:
    """("left", "knee") of "left_knee", ("", "neck") of "neck"."""
    side, _, part = joint.rpartition("_")
    return side, part


DAZ_JOINTS = {
    "pelvis": "hip", "spine1": "abdomen", "spine2": "chest", "spine3": "chest", "neck": "neck", "head": "head",
    "hip": "{side}Thigh", "knee": "{side}Shin", "ankle": "{side}Foot", "foot": "{side}Foot.end",
    "collar": "{side}Collar", "shoulder": "{side}Shldr", "elbow": "{side}ForeArm", "wrist": "{side}Hand",
}  # fmt: skip
DAZ = Rig(DAZ_JOINTS, ("l", "r"), 0.01, {"pelvis": 0.115, "spine3": 0.06}, {}, 0.02)
RIGS = {
    "daz_cm": DAZ,
    # The same figure in other units; its root is rounded to 1.3 cm.
    "daz_scaled": replace(DAZ, metres=1.28, smoothing=0.06),
    "mb": Rig(
        {
            "pelvis": "Hips", "spine1": "Spine", "spine2": "Spine1", "spine3": "Spine1", "neck": "Neck1",
            "head": "Head", "hip": "{side}UpLeg", "knee": "{side}Leg", "ankle": "{side}Foot",
            "foot": "{side}ToeBase", "collar": "{side}Shoulder", "shoulder": "{side}Arm", "elbow": "{side}ForeArm",
            "wrist": "{side}FingerBase",
        }, ("Left", "Right"), 0.0564444, {"spine3": 0.05}, {}, 0.02,
    ),
    "cc_cm": Rig(
        {
            "pelvis": "CC_Base_Hip", "spine1": "CC_Base_Spine01", "spine2": "CC_Base_Spine02",
            "spine3": "CC_Base_Spine02", "neck": "CC_Base_NeckTwist01", "head": "CC_Base_Head",
            "hip": "CC_Base_{side}_Thigh", "knee": "CC_Base_{side}_Calf", "ankle": "CC_Base_{side}_Foot",
            "foot": "CC_Base_{side}_ToeBase", "collar": "CC_Base_{side}_Clavicle",
            "shoulder": "CC_Base_{side}_Upperarm", "elbow": "CC_Base_{side}_Forearm", "wrist": "CC_Base_{side}_Hand",
        }, ("L", "R"), 0.01, {"pelvis": 0.06, "spine3": 0.08},
        {"hip": 180, "knee": 180, "ankle": 180, "collar": -90, "shoulder": -90, "elbow": -90, "wrist": -90}, 0.02,
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Trial:
    """A recording. motion: of one person (1, T, ...) or two; words: what the database says it is."""

    name: str
    words: str
    rig: str
    motion: Motion


def singles(folder: Path) -> list[Trial]:
    """The people alone. Raises EngineError if `folder` is not laid out as this module says."""
    trials = []
    for row in _table(folder / "singles.csv"):
        if row["id"] not in UNEVEN_GROUND + CLIMBING:
            trials.append(_trial(row["id"], row, [folder / row["file"]]))
    return trials


def pairs(folder: Path) -> list[Trial]:
    """Two people at once, both on the floor. Raises EngineError if `folder` is not laid out as this module says."""
    trials = []
    for row in _table(folder / "pairs.csv"):
        name = row["pair"]
        if name != BAD_HEAD:
            files = [folder / "pairs" / name / f"{person}.bvh" for person in "ab"]
            trials.append(_trial(name, row, files))
    return trials


def read_person(path: Path, rig_name: str, fps: float) -> tuple[np.ndarray, np.ndarray]:
    """Joint positions (T, 22, 3) on the floor and local rotations (T, 21, 4) of joints 1..21, 30 a second.

    fps: the true one, which the header may not tell. Raises EngineError for a file that is not of that rig.
    """
    rig, step = RIGS[rig_name], round(fps / FPS)
    clip = read_bvh(path)
    if rig_name == "mb":
        clip = replace(clip, offsets=_with_lost_bones(clip))
    clip = replace(clip, values=clip.values[round(WARM_UP * fps) :])
    try:
        positions, world = _on_our_joints(clip, rig)
    except ValueError as error:
        raise EngineError(f"{path} has other joints than the rig {rig_name} ({error}).") from error
    root = positions[:, :1].copy()
    positions += smooth(_without_spikes(root, fps), rig.smoothing * fps) - root
    positions, world = positions[::step], world[::step]
    positions[..., 1] += SOLE - np.percentile(positions[:, FEET, 1].min(1), 2)
    return positions, R.multiply(R.inverse(world[:, list(PARENTS[1:])]), world[:, 1:])


def _trial(name: str, row: dict[str, str], files: list[Path]) -> Trial:
    people = [read_person(file, row["rig"], float(row["fps"])) for file in files]
    kept = min(len(positions) for positions, _ in people) - round(BAD_END.get(name, 0.0) * FPS)
    positions, rotations = (np.stack([person[part][:kept] for person in people]) for part in (0, 1))
    return Trial(name, row["description"], row["rig"], fit_motion(positions, rotations, fps=float(FPS)))


def _table(path: Path) -> list[dict[str, str]]:
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except OSError as error:
        raise EngineError(f"The motion capture folder has no {path.name} that can be read ({path}).") from error


def _with_lost_bones(clip: Clip) -> np.ndarray:
    """Offsets with the bones that a converter lost at branches: the chest, and the forearm's part behind the wrist."""
    offsets = clip.offsets.copy()
    of = {name: index for index, name in enumerate(clip.names)}
    for name in ("Neck", "LeftShoulder", "RightShoulder"):
        offsets[of[name]] = offsets[of["Spine1"]]
    for side in ("Left", "Right"):
        offsets[of[f"{side}FingerBase"]] = offsets[of[f"{side}Hand"]] / 2
    return offsets


def _on_our_joints(clip: Clip, rig: Rig) -> tuple[np.ndarray, np.ndarray]:
    """Positions (T, 22, 3) in metres and world rotations (T, 22, 4) relative to our T-pose."""
    joints, turns = clip.pose()
    chosen = [clip.names.index(rig.source(joint)) for joint in JOINT_NAMES]
    positions, world = joints[:, chosen] * rig.metres, turns[:, chosen]
    for index, joint in enumerate(JOINT_NAMES):
        shift = rig.shifts.get(joint, 0.0)
        positions[:, index] += R.rotate(world[:, index], np.array([0.0, shift, 0.0]))
    for index, joint in enumerate(JOINT_NAMES):
        side, part = _split_side(joint)
        angle = np.radians(rig.turns.get(part, 0.0)) * (-1.0 if side == "right" else 1.0)
        rest = R.from_axis_angle(np.array([0.0, 0.0, 1.0]), angle)
        if len(CHILDREN[index]) == 1:
            child = CHILDREN[index][0]
            bone = R.rotate(R.inverse(world[:, index]), positions[:, child] - positions[:, index]).mean(0)
            rest = R.multiply(R.between(R.rotate(rest, bone), REST_OFFSETS[child]), rest)
        world[:, index] = R.multiply(world[:, index], R.inverse(rest))
    return positions, world


def _without_spikes(path: np.ndarray, fps: float) -> np.ndarray:
    """A path (T, 1, 3) bridged by straight lines where it leaps away and comes back."""
    span = round(SPIKE_SPAN * fps)
    padded = np.pad(path, ((span, span), (0, 0), (0, 0)), mode="reflect", reflect_type="odd")
    around = np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * span + 1, axis=0), axis=-1)
    good = np.flatnonzero(np.linalg.norm(path - around, axis=-1)[:, 0] < SPIKE)
    frames = np.arange(len(path))
    return np.stack([np.interp(frames, good, path[good, 0, axis]) for axis in range(3)], axis=-1)[:, None]


def smooth(path: np.ndarray, deviation: float) -> np.ndarray:
    """Paths (T, N, 3) under a Gaussian of `deviation` frames; the ends are continued point-symmetrically."""
    reach = int(np.ceil(3 * deviation))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation) ** 2)
    padded = np.pad(path, ((reach, reach), (0, 0), (0, 0)), mode="reflect", reflect_type="odd")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=0)
    return windows @ (kernel / kernel.sum())
