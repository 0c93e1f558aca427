"""python -m engine: motions to files, failures as one sentence."""

import subprocess
import sys
from pathlib import Path

import pytest

from engine.datasets.choreography import choreograph
from engine.motion import Motion

ROOT = Path(__file__).parent.parent


def engine(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "engine", *arguments], cwd=ROOT, capture_output=True, text=True)


def test_generate_then_react(tmp_path):
    first, second = tmp_path / "wave.npz", tmp_path / "reaction.npz"
    done = engine("generate", "Two people wave at each other.", "--seconds=2", "--seed=4", f"--out={first}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(first) and Motion.load(first).frames == 60
    done = engine("react", str(first), "--prompt=Two people wave at each other.", f"--out={second}")
    assert done.returncode == 0, done.stderr
    one, other = Motion.load(first), Motion.load(second)
    assert (one.root_positions[0] == other.root_positions[0]).all()
    assert (one.root_positions[1] != other.root_positions[1]).any()


def test_react_keeps_whom_it_is_told_of_a_long_motion(tmp_path):
    scene = choreograph("wave", 1, 150).motion
    scene.save(tmp_path / "long.npz")
    done = engine("react", str(tmp_path / "long.npz"), "--person=B", f"--out={tmp_path / 'made.npz'}")
    assert done.returncode == 0, done.stderr
    one, other = Motion.load(tmp_path / "long.npz"), Motion.load(tmp_path / "made.npz")
    assert other.frames == 150 and (one.joint_rotations[1] == other.joint_rotations[1]).all()
    assert (one.root_positions[0] != other.root_positions[0]).any()


def test_a_chain(tmp_path):
    done = engine("chain", "They bow.", "They shake hands.", "--seconds=2", f"--out={tmp_path / 'chain.npz'}")
    assert done.returncode == 0, done.stderr
    motion = Motion.load(tmp_path / "chain.npz")
    assert motion.frames == 120 and [beat["start"] for beat in motion.settings["beats"]] == [0, 60]


def test_some_frames_are_made_anew(tmp_path):
    scene = choreograph("wave", 1, 150).motion
    scene.save(tmp_path / "long.npz")
    done = engine("between", str(tmp_path / "long.npz"), "60", "90", f"--out={tmp_path / 'made.npz'}")
    assert done.returncode == 0, done.stderr
    one, other = Motion.load(tmp_path / "long.npz"), Motion.load(tmp_path / "made.npz")
    same = (one.root_positions == other.root_positions).all(axis=(0, 2))
    assert same.tolist() == [True] * 60 + [False] * 30 + [True] * 60


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["generate", ""], "prompt is empty"),
        (["generate", "a", "--seconds=60"], "1 to 10 seconds"),
        (["generate", "a", "--workers=2"], "are for many prompts"),
        (["generate", "--prompts=list.txt", "--workers=2"], "name it with --ray"),
        (["generate", "a", "--model=nowhere"], "no model in nowhere"),
        (["generate", "a", "--out=/nowhere/at/all.npz"], "folder /nowhere/at does not exist"),
        (["chain", "They bow.", "", "--seconds=2"], "Beat 2 of the chain: The prompt is empty"),
        (["between", "nothing.npz", "1", "2"], "nothing.npz can't be used"),
        (["react", "nothing.npz"], "nothing.npz can't be used"),
        (["train", "vqvae", "nothing.toml"], "nothing.toml can't be read"),
        (["evaluate", "starter", "--seeds=1"], "Two seeds at least"),
    ],
)
def test_failures_are_one_sentence(arguments, words):
    failed = engine(*arguments)
    assert failed.returncode == 1 and words in failed.stderr
    assert len(failed.stderr.strip().splitlines()) == 1
