"""Recordings become motions on our skeleton and clips to train on."""

import numpy as np
import pytest

from engine.datasets.choreography import FAMILIES
from engine.datasets.choreography.families.shake_hands import handed
from engine.datasets.mocap import pairs, read_person, singles
from engine.datasets.prepared import DataConfig, mirrored_text, mocap_clips, training_clips
from engine.datasets.recorded import recorded_pairs
from engine.datasets.statistics import RECORDED, outside, statistics
from engine.errors import EngineError
from engine.features import MIRRORED_JOINTS, SOLE, motion_from_rows
from engine.skeleton import JOINT

# The Daz figure without fingers and face: name, parent, offset in centimetres.
FIGURE = [
    ("hip", None, (0, 0, 0)), ("abdomen", "hip", (0, 20, -1)), ("chest", "abdomen", (0, 12, 0)),
    ("neck", "chest", (0, 22, -2)), ("head", "neck", (0, 7, 1)),
]  # fmt: skip
SIDE = [
    ("Collar", "chest", (3, 19, -5)), ("Shldr", "Collar", (9, -2, 1)), ("ForeArm", "Shldr", (28, -2, 0)),
    ("Hand", "ForeArm", (22, 1, 7)), ("Buttock", "hip", (9, 4, 1)), ("Thigh", "Buttock", (0, -2, -2)),
    ("Shin", "Thigh", (0, -37, 1)), ("Foot", "Shin", (-1, -45, -5)),
]  # fmt: skip
FPS, FRAMES = 120, 600
SINGLES = "id,file,description,rig,fps\n"
PAIRS = "pair,description,rig,fps\n"


def figure() -> list[tuple]:
    sided = [
        (side + name, parent if parent in ("hip", "chest") else side + parent, (sign * x, y, z))
        for side, sign in (("l", 1), ("r", -1))
        for name, parent, (x, y, z) in SIDE
    ]
    return FIGURE + sided


def hierarchy(name: str, joints: list[tuple]) -> str:
    """The header's part of a joint and everything below it."""
    offset = next(joint[2] for joint in joints if joint[0] == name)
    rotations = "Zrotation Xrotation Yrotation"
    channels = f"6 Xposition Yposition Zposition {rotations}" if name == "hip" else f"3 {rotations}"
    below = [hierarchy(child, joints) for child, parent, _ in joints if parent == name]
    end = "End Site {{ OFFSET {} }}".format("1 -4 12" if "Foot" in name else "0 5 0")
    kind = "ROOT" if name == "hip" else "JOINT"
    return (
        f"{kind} {name} {{ OFFSET {offset[0]} {offset[1]} {offset[2]} CHANNELS {channels} {' '.join(below) or end} }}"
    )


def write_walker(path, raised="l") -> None:
    """Somebody who strides to +Z at 1 m/s, 5 m below the floor, one forearm raised; the root leaps for 5 frames."""
    header = hierarchy("hip", figure())
    names = [
        word for before, word in zip(header.split(), header.split()[1:], strict=False) if before in ("ROOT", "JOINT")
    ]
    t = np.arange(FRAMES) / FPS
    values = np.zeros((FRAMES, 3 + 3 * len(names)))
    values[:, 1], values[:, 2] = -500, 100 * t
    values[300:305, 0] = 90
    for side, sign in (("l", 1), ("r", -1)):
        values[:, 4 + 3 * names.index(side + "Thigh")] = 20 * sign * np.sin(2 * np.pi * t)
    values[:, 3 + 3 * names.index(raised + "ForeArm")] = 80 if raised == "l" else -80
    motion = "\n".join(" ".join(f"{value:.4f}" for value in row) for row in values)
    path.write_text(f"HIERARCHY {header}\nMOTION\nFrames: {FRAMES}\nFrame Time: .00833333\n{motion}\n")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder of recordings: nine people alone and two pairs."""
    root = tmp_path_factory.mktemp("mocap")
    write_walker(root / "left.bvh", "l")
    write_walker(root / "right.bvh", "r")
    rows = [f"99_{n:02},{('left', 'right')[n % 2]}.bvh,walk,daz_cm,{FPS}\n" for n in range(9)]
    (root / "singles.csv").write_text(SINGLES + "".join(rows))
    names = ("CMU_60_61_01", "CMU_60_61_12")
    (root / "pairs.csv").write_text(PAIRS + "".join(f"{name},salsa dance,daz_cm,{FPS}\n" for name in names))
    for name in names:
        (root / "pairs" / name).mkdir(parents=True)
        write_walker(root / "pairs" / name / "a.bvh", "l")
        write_walker(root / "pairs" / name / "b.bvh", "r")
    return root


def test_a_person_stands_on_the_floor_and_left_is_left(folder):
    motion = singles(folder)[0].motion
    joints = motion.joint_positions[0]
    assert motion.fps == 30 and joints.shape == (147, 22, 3)  # 5 s less the first tenth
    toes = joints[:, [JOINT["left_foot"], JOINT["right_foot"]], 1].min(1)
    assert abs(toes.min() - SOLE) < 0.005
    assert (joints[:, JOINT["left_hip"], 0] - joints[:, JOINT["right_hip"], 0]).min() > 0.1
    assert np.ptp(joints[:, 0, 2]) == pytest.approx(146 / 30, abs=0.01)  # at 1 m/s
    assert (joints[:, JOINT["left_wrist"], 1] - joints[:, JOINT["left_elbow"], 1]).min() > 0.15  # the raised one
    assert (joints[:, JOINT["right_wrist"], 1] - joints[:, JOINT["right_elbow"], 1]).max() < 0.05


def test_the_fit_keeps_the_recorded_joints(folder):
    positions, _ = read_person(folder / "left.bvh", "daz_cm", FPS)
    assert np.abs(singles(folder)[0].motion.joint_positions[0] - positions).max() < 0.002


def test_a_leap_of_the_root_is_bridged(folder):
    aside = singles(folder)[0].motion.root_positions[0, :, 0]
    assert np.ptp(aside) < 0.01


def test_the_true_rate_counts(folder):
    assert len(read_person(folder / "left.bvh", "daz_cm", 60)[0]) == 297


def test_a_wrong_folder_and_a_wrong_rig_are_told(folder, tmp_path):
    with pytest.raises(EngineError, match=r"singles\.csv"):
        singles(tmp_path)
    with pytest.raises(EngineError, match="other joints"):
        read_person(folder / "left.bvh", "cc_cm", 60)


def test_both_of_a_pair_share_one_world(folder):
    trial = pairs(folder)[0]
    assert trial.motion.joint_positions.shape == (2, 147, 22, 3)
    assert np.abs(trial.motion.root_positions[0] - trial.motion.root_positions[1]).max() < 0.01


def test_clips_to_train_on_and_clips_that_are_kept_back(folder, tmp_path):
    config = DataConfig(scenes_per_family=0, mocap=str(folder))
    people, unseen = mocap_clips(config, tmp_path), mocap_clips(config, tmp_path, held_out=True)
    assert len(people.lengths) == 8 and len(unseen.lengths) == 1
    assert people.clip(3).shape == (1, 146, 262)
    assert np.allclose(people.clip(3)[0, 0, [0, 2]], 0, atol=1e-3)  # over the origin
    training = training_clips(config, tmp_path)
    assert set(training.families) == {"salsa"} and "Two people dance salsa." in training.texts[0]
    assert training.rows.dtype == np.float16 and (training.lengths <= 300).all()
    kept_back = recorded_pairs(folder, held_out=True)
    assert kept_back and not set(kept_back[0].texts) & set(training.texts[0])


def test_mirrored_clips_are_the_motion_left_for_right(folder, tmp_path):
    clips = training_clips(DataConfig(scenes_per_family=0, mocap=str(folder)), tmp_path)
    both = clips.with_mirrored()
    count = len(clips.lengths)
    assert len(both.lengths) == 2 * count
    plain, mirrored = (motion_from_rows(both.clip(index)).joint_positions for index in (1, count + 1))
    assert np.allclose(plain[:, :, MIRRORED_JOINTS] * [-1, 1, 1], mirrored, atol=1e-6)


def test_mirrored_sentences():
    text = "Left, then to the right: both leave counterclockwise with a bright smile."
    assert mirrored_text(text) == "Right, then to the left: both leave clockwise with a bright smile."
    assert mirrored_text(mirrored_text(text)) == text
    assert mirrored_text("They turn anticlockwise.") == "They turn clockwise."


def test_a_handshake_that_names_no_hand_is_one_of_right_hands(tmp_path):
    clips = training_clips(DataConfig(scenes_per_family=6, families=("shake_hands",)), tmp_path).with_mirrored()
    plain = [index for index, texts in enumerate(clips.texts) if FAMILIES["shake_hands"].plain in texts]
    hands = [handed(motion_from_rows(clips.clip(index)).joint_positions) for index in plain]
    assert set(hands) == {"right"}
    assert all(clips.texts)
    half = len(clips.lengths) // 2
    for parameters, mirrored in zip(clips.parameters[:half], clips.parameters[half:], strict=True):
        opposite = {"left": "right", "right": "left", "both": "both"}[parameters["hand"]]
        assert mirrored == parameters | {"hand": opposite} and "heights" not in parameters


def test_statistics_tell_what_moves_unlike_people(folder):
    motion = singles(folder)[0].motion
    measured = statistics([motion])
    assert measured["trunk", "speed"][2] == pytest.approx(1.0, abs=0.05)
    middle = {key: np.array([(low * high) ** 0.5 for low, high in figures]) for key, figures in RECORDED.items()}
    assert outside(middle) == []
    middle["hands", "jerk"] = middle["hands", "jerk"] * 1000
    assert len(outside(middle)) == 4 and all(line.startswith("hands jerk") for line in outside(middle))
