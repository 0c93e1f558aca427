"""python -m engine data: check, prepare and preview."""

import numpy as np
import pytest
from matplotlib.image import imread
from PIL import Image

from engine.__main__ import main
from engine.datasets.choreography import choreograph
from tests.synthetic_datasets import write_interhuman, write_interx


@pytest.fixture
def run(monkeypatch, capsys):
    """Run a command; its exit status, what it printed and its complaint."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["engine", "data", *map(str, arguments)])
        status = main()
        printed = capsys.readouterr()
        return status, printed.out, printed.err.strip().splitlines()[-1] if status else ""

    return run


def coloured(picture: np.ndarray) -> tuple[int, int]:
    """How many pixels are blue, and how many orange."""
    red, blue = (picture[..., channel].astype(int) for channel in (0, 2))
    return int((blue - red > 60).sum()), int((red - blue > 60).sum())


@pytest.mark.parametrize("write", [write_interhuman, write_interx])
def test_from_the_files_to_a_picture(write, run, tmp_path):
    names = write(tmp_path / "source", {"train": (40, 70)})["train"]
    for command in (["check", tmp_path / "source"], ["prepare", tmp_path / "source", tmp_path / "cache"]):
        status, told, _ = run(*command)
        assert status == 0 and "train          2" in told
    out = tmp_path / "clip.png"
    assert run("preview", tmp_path / "cache", "--clip", names[1], "--out", out) == (0, f"{out}\n", "")
    blue, orange = coloured((imread(out)[..., :3] * 255).astype(int))
    assert blue > 2000 and orange > 2000


def test_a_film_of_a_motion(run, tmp_path):
    choreograph("wave", 1, 30).motion.save(tmp_path / "wave.npz")
    assert run("preview", tmp_path / "wave.npz", "--out", tmp_path / "wave.gif")[0] == 0
    film = Image.open(tmp_path / "wave.gif")
    frames = []
    for number in range(film.n_frames):
        film.seek(number)
        frames.append(np.asarray(film.convert("RGB")))
    assert len(frames) * film.info["duration"] == 1000  # milliseconds
    assert min(coloured(frames[0])) > 300 and (frames[0] != frames[8]).any()


def test_mistakes_are_told(run, tmp_path):
    write_interhuman(tmp_path / "source", {"train": (40, 70)})
    write_interx(tmp_path / "interx", {"train": (40,)})
    run("prepare", tmp_path / "source", tmp_path / "cache")
    (tmp_path / "broken.npz").write_bytes(b"no")
    for words, arguments in {
        "is not a folder": ["check", tmp_path / "nowhere"],
        "neither InterHuman": ["prepare", tmp_path / "cache", tmp_path / "other"],
        "holds interhuman, not interx": ["prepare", tmp_path / "interx", tmp_path / "cache"],
        "not a prepared data set": ["preview", tmp_path / "source"],
        "has no clip 9; it has 1, 2": ["preview", tmp_path / "cache", "--clip", "9"],
        "neither a picture": ["preview", tmp_path / "cache", "--out", tmp_path / "clip.bmp"],
        "broken.npz can't be used": ["preview", tmp_path / "broken.npz"],
        "The folder /nowhere does not exist": ["preview", tmp_path / "cache", "--out", "/nowhere/clip.png"],
    }.items():
        status, _, complaint = run(*arguments)
        assert status == 1 and words in complaint
