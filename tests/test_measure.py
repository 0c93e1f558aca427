"""python -m engine measure: figures of motions in files."""

import subprocess
import sys
from pathlib import Path

from engine.datasets.choreography import choreograph
from engine.evaluation.physics import physics


def measure(*paths: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "engine", "measure", *map(str, paths)]
    return subprocess.run(command, cwd=Path(__file__).parent.parent, capture_output=True, text=True)


def test_figures_of_two_motions_and_their_mean(tmp_path):
    figures = []
    for name in ("wave", "push"):
        motion = choreograph(name, 1, 60).motion
        motion.save(tmp_path / f"{name}.npz")
        figures.append(physics(motion.joint_positions))
    done = measure(tmp_path / "wave.npz", tmp_path / "push.npz")
    assert done.returncode == 0, done.stderr
    rows = {cells[0]: cells[1:] for line in done.stdout.splitlines() if (cells := line.strip("| ").split(" | "))}
    assert rows["figure"] == [str(tmp_path / "wave.npz"), str(tmp_path / "push.npz"), "mean"]
    jerks = [float(cell) for cell in rows["jerk, m/s³"]]
    for shown, exact in zip(jerks, [figures[0]["jerk"], figures[1]["jerk"]], strict=False):
        assert abs(shown - exact) <= 0.5
    assert abs(jerks[2] - (jerks[0] + jerks[1]) / 2) <= 1


def test_what_is_no_motion_is_one_sentence(tmp_path):
    (tmp_path / "broken.npz").write_bytes(b"PK")
    failed = measure(tmp_path / "broken.npz")
    assert failed.returncode == 1 and "broken.npz can't be used" in failed.stderr
    assert len(failed.stderr.strip().splitlines()) == 1
