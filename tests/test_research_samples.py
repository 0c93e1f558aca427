"""What the networks are given of InterHuman and Inter-X."""

import numpy as np
import pytest

from engine.datasets.pair_cache import open_cache, prepare
from engine.datasets.prepared import mirrored_text
from engine.datasets.research_samples import InterHumanClips, InterHumanWindows, InterXClips, InterXWindows
from engine.errors import EngineError
from engine.features import POSITIONS, VELOCITIES, WIDTH, mirror_rows, pair_rows, raw_to_y_up
from engine.normaliser import Normaliser
from tests.synthetic_datasets import sentences, write_interhuman, write_interx

CLIPS = {"train": (90, 330, 66), "val": (70, 420), "test": (64,)}
AS_THEY_ARE = Normaliser(np.zeros(WIDTH), np.ones(WIDTH))


@pytest.fixture(scope="module")
def interhuman(tmp_path_factory):
    """A prepared InterHuman."""
    folder = tmp_path_factory.mktemp("interhuman")
    write_interhuman(folder / "source", CLIPS)
    prepare(folder / "source", folder / "cache")
    return folder / "cache"


@pytest.fixture(scope="module")
def interx(tmp_path_factory):
    """A prepared Inter-X."""
    folder = tmp_path_factory.mktemp("interx")
    write_interx(folder / "source", CLIPS)
    prepare(folder / "source", folder / "cache")
    return folder / "cache"


def canonical(raw, order=(0, 1)):
    """Rows (2, T-1, 262) of raw rows (T, 2, 192), the first of `order` in a frame of their own."""
    people = [raw_to_y_up(raw[:, person]) for person in order]
    return np.stack(pair_rows(*zip(*people, strict=True)))


def test_clips_are_whole_with_the_people_in_either_order(interhuman):
    clips = InterHumanClips(interhuman, "val", AS_THEY_ARE)
    raw = open_cache(interhuman).clip(3)
    orders = [canonical(raw), canonical(raw)[::-1], canonical(raw, (1, 0)), canonical(raw, (1, 0))[::-1]]
    seen, texts = set(), set()
    for seed in range(40):
        sample = clips.sample(0, [5, seed])
        assert sample["rows"].shape == (2, 300, 262) and sample["rows"].dtype == np.float32
        assert sample["frames"] == 69 and not sample["rows"][:, 69:].any()
        matches = [np.allclose(sample["rows"][:, :69], rows, atol=1e-5) for rows in orders]
        assert sum(matches) == 1
        seen.add(matches.index(True))
        texts.add(sample["text"])
        assert (sample["name"], sample["index"]) == ("4", 0)
    assert seen == {0, 1, 2, 3} and texts == set(sentences(3))


def test_long_clips_are_cut_before_they_are_put_in_their_frame(interhuman):
    clips = InterHumanClips(interhuman, "val", AS_THEY_ARE)
    raw = open_cache(interhuman).clip(4)
    starts = set()
    for seed in range(20):
        sample = clips.sample(1, seed)
        assert sample["frames"] == 299
        joints = sample["rows"][:, :299, POSITIONS].reshape(2, 299, 22, 3)
        assert np.allclose(joints[..., 1].min(axis=(1, 2)), 0, atol=0.02)  # the last frame is in the velocities alone
        assert min(np.linalg.norm(joints[person, 0, 0, [0, 2]]) for person in range(2)) < 1e-5
        pelvis = sample["rows"][:, 0, VELOCITIES][:, 1]  # up, whatever the frame
        heights = np.diff(raw[:, :, 2], axis=0)
        starts.add(int(np.abs(heights - pelvis).sum(axis=1).argmin()))
    assert len(starts) > 5


def test_training_clips_come_left_for_right_too(interhuman):
    clips = InterHumanClips(interhuman, "train", AS_THEY_ARE)
    assert len(clips) == 6 and len(InterHumanClips(interhuman, "test")) == 1
    for index in range(3):
        plain, mirrored = clips.sample(index, [1, 2]), clips.sample(index + 3, [1, 2])
        assert plain["name"] == mirrored["name"] and mirrored["text"] == mirrored_text(plain["text"])
        frames = plain["frames"]
        assert np.allclose(mirror_rows(plain["rows"][:, :frames]), mirrored["rows"][:, :frames], atol=1e-4)


def test_windows_are_cut_from_the_whole_clip_in_its_frame(interhuman):
    windows = InterHumanWindows(interhuman, "train", AS_THEY_ARE)
    counts = [1 + (frames - 1 - 64) // 10 for frames in CLIPS["train"]]
    assert len(windows) == 4 * sum(counts)
    whole = canonical(open_cache(interhuman).clip(1))
    number = counts[0] + 7
    for person in range(2):
        expected = whole[person, 70:134]
        for offset, rows in ((0, expected), (2, mirror_rows(expected))):
            assert np.allclose(windows.sample(4 * number + offset + person)["rows"], rows, atol=1e-4)
    assert len(InterHumanWindows(interhuman, "test")) == 0  # 64 frames are 63 rows


def test_rows_are_normalised_by_the_training_clips(interhuman):
    windows = InterHumanWindows(interhuman, "train")
    rows = np.concatenate([windows.sample(index)["rows"] for index in range(len(windows))])
    assert np.abs(rows.mean(axis=0)[POSITIONS]).max() < 0.5
    assert 0.5 < rows[:, POSITIONS].std() < 1.5 and rows.std(axis=0).max() < 2


def test_clips_of_interx(interx):
    clips = InterXClips(interx, "val")
    raw = open_cache(interx).clip(4)
    starts = set()
    for seed in range(30):
        sample = clips.sample(1, seed)
        assert sample["rows"].shape == (2, 150, 56, 6) and sample["frames"] == 150
        starts.add(int(np.abs(raw[:, :, 55] - sample["rows"][:, 0, 55]).sum(axis=(1, 2)).argmin()))
        assert sample["rows"][:, -1, 55, 3:].any()  # the clip went on after the cut
    assert starts == {0, 1, 2, 3, 4}
    assert sample["text"] in sentences(4) and sample["tagged"].startswith(sample["text"].split()[0].lower() + "/")


def test_short_clips_of_interx_are_whole_tokens(interx):
    clips = InterXClips(interx, "val")
    samples = [clips.sample(0, seed) for seed in range(90)]
    frames = [sample["frames"] for sample in samples]
    assert set(frames) == {68, 64} and 15 < frames.count(64) < 45
    for sample in samples[:5]:
        rows = sample["rows"][:, : sample["frames"], 55]
        assert np.allclose(rows[:, :-1, 3:], np.diff(rows[..., :3], axis=1), atol=1e-6)
        assert not rows[:, -1, 3:].any() and not sample["rows"][:, sample["frames"] :].any()


def test_windows_of_interx(interx):
    windows = InterXWindows(interx, "train")
    assert len(windows) == 2 * sum(1 + (frames - 64) // 10 for frames in CLIPS["train"])
    raw = open_cache(interx).clip(0)
    rows = windows.sample(2 * 2 + 1)["rows"]
    assert rows.shape == (64, 56, 6) and np.array_equal(rows[:-1], raw[20:83, 1])
    assert not rows[-1, 55, 3:].any() and raw[83, 1, 55, 3:].any()


def test_a_sample_is_its_seed(interhuman, interx):
    for clips in (InterHumanClips(interhuman, "train"), InterXClips(interx, "train")):
        one, same, other = (clips.sample(1, seed) for seed in ([3, 1], [3, 1], [3, 2]))
        assert np.array_equal(one["rows"], same["rows"]) and one["text"] == same["text"]
        assert not np.array_equal(one["rows"], other["rows"])


def test_turning_words_are_mirrored_in_every_spelling():
    assert mirrored_text("Counter-clockwise, then anti-clockwise.") == "Clockwise, then clockwise."
    assert mirrored_text("Clockwise to the left-hand side.") == "Counterclockwise to the right-hand side."


def test_the_wrong_data_set_is_refused(interhuman):
    with pytest.raises(EngineError, match="holds interhuman, not interx"):
        InterXClips(interhuman, "train")
