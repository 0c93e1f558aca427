"""Reading InterHuman and Inter-X: what is kept of each clip, what is skipped and why, and runs that are cut off."""

import json
import pickle
import shutil

import h5py
import numpy as np
import pytest

from engine import rotations as R
from engine.datasets import pair_cache
from engine.datasets.pair_cache import check, open_cache, prepare
from engine.errors import EngineError
from tests.synthetic_datasets import sentences, write_interhuman, write_interx

CLIPS = {"train": (80, 70, 66, 90, 75), "val": (66,), "test": (64, 72)}
WRITE = {"interhuman": write_interhuman, "interx": write_interx}


@pytest.fixture(params=["interhuman", "interx"])
def dataset(request, tmp_path):
    """The kind of a data set and a folder with it."""
    WRITE[request.param](tmp_path / "source", CLIPS)
    return request.param, tmp_path / "source"


@pytest.fixture
def interhuman(tmp_path):
    write_interhuman(tmp_path / "source", CLIPS)
    return tmp_path / "source"


@pytest.fixture
def interx(tmp_path):
    write_interx(tmp_path / "source", CLIPS)
    return tmp_path / "source"


def test_every_clip_is_kept(dataset, tmp_path):
    kind, source = dataset
    report = prepare(source, tmp_path / "cache")
    assert report.clips == {"train": 5, "val": 1, "test": 2} and not report.skipped and not report.remarks
    assert report.minutes["train"] == round(sum(CLIPS["train"]) / 30 / 60, 2)
    cache = open_cache(tmp_path / "cache", kind)
    assert cache.lengths.tolist() == [frames for lengths in CLIPS.values() for frames in lengths]
    assert [list(cache.of_split(split)) for split in CLIPS] == [[0, 1, 2, 3, 4], [5], [6, 7]]
    assert cache.notes[3]["texts"] == sentences(3)
    assert cache.joint_positions(2).shape[:2] == (2, 66)


def test_rows_of_interhuman_are_those_of_the_files(interhuman, tmp_path):
    prepare(interhuman, tmp_path / "cache")
    clip = open_cache(tmp_path / "cache").clip(1)
    for person in range(2):
        saved = np.load(interhuman / f"motions_processed/person{person + 1}/2.npy")
        assert np.array_equal(clip[:, person], saved[:, [*range(66), *range(186, 312)]])


def test_rows_of_interx_are_those_of_the_file(interx, tmp_path):
    names = sorted((interx / "processed/texts_processed").iterdir())
    prepare(interx, tmp_path / "cache")
    clip = open_cache(tmp_path / "cache").clip(1)
    with h5py.File(interx / "processed/motions/train.h5") as file:
        saved = file[names[1].stem][()]
    for person, values in enumerate(np.split(saved, 2, axis=-1)):
        matrices = R.to_matrix(R.from_rotation_vector(values[:, :55]))
        assert np.allclose(clip[:, person, :55], matrices[:, :, :2].reshape(-1, 55, 6), atol=1e-5)
        assert np.allclose(clip[:, person, 55, :3], values[:, 55] - saved[0, 55, :3], atol=1e-5)
        assert np.allclose(clip[:-1, person, 55, 3:], np.diff(values[:, 55], axis=0), atol=1e-5)


def test_unusable_clips_of_interhuman_are_skipped_with_the_reason(interhuman, tmp_path):
    first, second = (interhuman / "motions_processed" / person for person in ("person1", "person2"))

    def change(path, spoil):
        np.save(path, spoil(np.load(path)))

    def with_nan(values):
        values[40, 20] = np.nan
        return values

    (second / "1.npy").unlink()
    change(first / "2.npy", with_nan)
    change(first / "3.npy", lambda values: values[:-1])
    change(second / "4.npy", lambda values: values[:, :262])
    change(first / "5.npy", lambda values: values * [*[1000] * 186, *[1] * 306])
    np.save(first / "6.npy", np.array([{"a": "pickle"}]), allow_pickle=True)
    (interhuman / "annots/7.txt").write_text(" \n")
    (interhuman / "ignore_list.txt").write_text("8\n")
    with pytest.raises(EngineError, match="No clip .* can be used"):
        prepare(interhuman, tmp_path / "cache")
    reasons = check(interhuman).skipped
    expected = {
        "1": "person2 is missing",
        "2": "person1 has NaN or infinite numbers: from frame 40 on",
        "3": "person1 and person2 differ in length: 65 and 66 frames",
        "4": "person2 is not numbers (frames, 492): float32 (90, 262)",
        "5": "person1 is not in metres",
        "6": "person1 is damaged",
        "7": "the text is empty",
        "8": "on the ignore list",
    }
    assert reasons.keys() == expected.keys()
    assert all(words in reasons[name] for name, words in expected.items())


def test_more_unusable_clips_of_interhuman(interhuman):
    first = interhuman / "motions_processed/person1"
    (first / "1.npy").write_bytes((first / "1.npy").read_bytes()[:5000])
    np.save(first / "2.npy", np.zeros((70, 492), np.float32))
    np.save(first / "3.npy", np.load(first / "3.npy")[:14])
    (interhuman / "annots/4.txt").unlink()
    (interhuman / "annots/5.txt").write_bytes(bytes(range(256)))
    reasons = check(interhuman).skipped
    expected = {
        "1": "damaged",
        "2": "person1 has no body",
        "3": "fewer than 15 frames: 14",
        "4": "the text is missing",
        "5": "the text is not readable",
    }
    assert reasons.keys() == expected.keys()
    assert all(words in reasons[name] for name, words in expected.items())


def test_unusable_clips_of_interx_are_skipped_with_the_reason(interx):
    with h5py.File(interx / "processed/motions/train.h5", "r+") as file:
        names = list(file)
        file[names[0]][30, 3, 2] = np.inf
        file[names[1]][:, :, 3:] = 0
        del file[names[2]]
        file[names[3]].attrs["fps"] = 120
        values = file[names[4]][()]
        del file[names[4]]
        file[names[4]] = np.concatenate([values] * 14)
    with h5py.File(interx / "processed/motions/test.h5", "r+") as file:
        others = list(file)
        file.move(others[0], "kept")
        file[others[0]] = file["kept"][:, :55]
        file.move(others[1], "too")
        file[others[1]] = file["too"][:20]
    report = check(interx)
    expected = [
        "person 1 has NaN or infinite numbers: from frame 30",
        "person 2 is missing",
        "the motion is missing",
        "not 30 frames per second: 120",
        "not 24 to 999 frames: 1050",
        "the motion is not numbers (frames, 56, 6): float32 (64, 55, 6)",
        "not 24 to 999 frames: 20",
    ]
    assert list(report.skipped) == [*names, *others] and report.unlisted == 2
    assert all(words in reason for words, reason in zip(expected, report.skipped.values(), strict=True))


def test_texts_in_odd_encodings_are_read(interhuman):
    texts = interhuman / "annots"
    (texts / "1.txt").write_bytes("They meet.\r\nA naïve bow.\r\n".encode("utf-8-sig"))
    (texts / "2.txt").write_bytes("They meet.\nA naïve bow.".encode("utf-16"))
    (texts / "3.txt").write_bytes("They meet.\nA naïve bow.".encode("utf-16-le"))
    (texts / "4.txt").write_bytes("They meet.\n\nA naïve\tbow. \n".encode("cp1252"))
    report = prepare(interhuman, interhuman.parent / "cache")
    notes = open_cache(interhuman.parent / "cache").notes
    assert [note["texts"] for note in notes[:4]] == [["They meet.", "A naïve bow."]] * 4
    assert report.remarks == {"2": ["text in utf-16"], "3": ["text in utf-16-le"], "4": ["text in cp1252"]}


def test_texts_of_interx(interx, tmp_path):
    name = sorted((interx / "processed/texts_processed").iterdir())[0]
    lines = ["Both wave.#both/DET wave/VERB#0.0#0.0", "One bows.#one/NUM bow/VERB#1.5#2.0", "A plain text"]
    name.write_text("\n".join(lines), "utf-8")
    report = prepare(interx, tmp_path / "cache")
    note = open_cache(tmp_path / "cache").notes[0]
    assert note["texts"] == ["Both wave.", "A plain text"] and note["tagged"] == ["both/DET wave/VERB", ""]
    assert report.remarks == {name.stem: ["a text about a part of the clip is left out"]}


def test_the_report_is_a_table_and_a_file(interhuman, tmp_path):
    for number in (1, 2, 3, 4):
        (interhuman / f"motions_processed/person2/{number}.npy").unlink()
    shutil.copy(interhuman / "motions_processed/person1/5.npy", interhuman / "motions_processed/person1/5(1).npy")
    table = prepare(interhuman, tmp_path / "cache").table()
    assert "4 person2 is missing (1, 2, 3, ...)" in table and "1 motions are in no split" in table
    saved = json.loads((tmp_path / "cache/report.json").read_text("utf-8"))
    assert saved["skipped"] == {str(number): "person2 is missing" for number in (1, 2, 3, 4)}


def test_a_wrong_frame_rate_is_noticed(interhuman):
    assert "frames per second?" not in check(interhuman).table()
    for path in (interhuman / "motions_processed").glob("*/*.npy"):
        np.save(path, np.repeat(np.load(path)[:40], 8, axis=0))  # slow motion
    assert "is this data set at 30 frames per second?" in check(interhuman).table()


def test_a_clip_in_two_splits_and_a_jump_are_remarked(interhuman):
    with open(interhuman / "split/test.txt", "a") as file:
        file.write("1\n")
    path = interhuman / "motions_processed/person1/2.npy"
    values = np.load(path)
    values[30:, :186:3] += 3.0
    np.save(path, values)
    report = check(interhuman)
    assert report.remarks == {"1": ["in the splits train and test"], "2": ["a joint jumps: 3.0 m in one frame"]}
    assert report.clips == {"train": 5, "val": 1, "test": 3}


def test_a_cut_off_run_goes_on_where_it_stopped(dataset, tmp_path, monkeypatch):
    _, source = dataset
    prepare(source, tmp_path / "whole")
    progress = pair_cache.tqdm

    def cut_off(names, **options):
        yield from names[:5]
        raise KeyboardInterrupt

    monkeypatch.setattr(pair_cache, "tqdm", cut_off)
    with pytest.raises(KeyboardInterrupt):
        prepare(source, tmp_path / "cache")
    with pytest.raises(EngineError, match="not a prepared data set"):
        open_cache(tmp_path / "cache")
    with (
        open(tmp_path / "cache/clips.partial.jsonl", "a") as journal,
        open(tmp_path / "cache/rows.partial", "ab") as rows,
    ):
        journal.write('{"name": "ha')  # it stopped while it wrote
        rows.write(bytes(10_000_000))
    left = []
    monkeypatch.setattr(pair_cache, "tqdm", lambda names, **options: left.extend(names) or progress(names, **options))
    prepare(source, tmp_path / "cache")
    assert len(left) == 3
    for name in ("rows.bin", "report.json", "clips.json"):
        assert (tmp_path / "cache" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert {path.name for path in (tmp_path / "cache").iterdir()} == {
        path.name for path in (tmp_path / "whole").iterdir()
    }


def test_it_is_made_anew_only_if_the_source_changed(interhuman, tmp_path):
    cache = tmp_path / "cache"
    prepare(interhuman, cache)
    written = (cache / "rows.bin").stat().st_ino
    prepare(interhuman, cache)
    assert (cache / "rows.bin").stat().st_ino == written
    (interhuman / "annots/1.txt").write_text("They dance.\n")
    prepare(interhuman, cache)
    assert open_cache(cache).notes[0]["texts"] == ["They dance."]


def test_published_statistics_are_kept(interhuman, tmp_path):
    prepare(interhuman, tmp_path / "cache")
    measured = np.load(tmp_path / "cache/global_mean.npy")
    published = tmp_path / "published"
    published.mkdir()
    np.save(published / "global_mean.npy", np.arange(262.0))
    np.save(published / "global_std.npy", np.ones(262))
    prepare(interhuman, tmp_path / "cache", published)
    assert np.array_equal(np.load(tmp_path / "cache/global_mean.npy"), np.arange(262.0)) and measured.shape == (262,)
    np.save(published / "global_std.npy", np.zeros(262))
    with pytest.raises(EngineError, match="global_std.npy does not hold"):
        prepare(interhuman, tmp_path / "cache", published)


@pytest.mark.parametrize(
    ("kind", "missing", "words"),
    [
        ("interhuman", "annots", "annots is missing. InterHuman is handed out for non-commercial research"),
        ("interhuman", "motions_processed/person2", "person2 is missing"),
        ("interhuman", "split", "train.txt is missing"),
        ("interx", "processed/texts_processed", "has no texts"),
        ("interhuman", "motions_processed", "neither InterHuman .* nor Inter-X"),
        ("interx", "processed/motions", "neither InterHuman .* nor Inter-X"),
    ],
)
def test_what_is_missing_is_said(kind, missing, words, tmp_path):
    WRITE[kind](tmp_path / "source", {"train": (64,)})
    shutil.rmtree(tmp_path / "source" / missing)
    with pytest.raises(EngineError, match=words):
        prepare(tmp_path / "source", tmp_path / "cache")


def test_interx_takes_no_statistics(interx, tmp_path):
    with pytest.raises(EngineError, match="rows of Inter-X are not scaled"):
        prepare(interx, tmp_path / "cache", tmp_path)


def test_a_list_that_is_no_text(interhuman):
    (interhuman / "split/val.txt").write_bytes(bytes(range(256)))
    with pytest.raises(EngineError, match="val.txt can't be used: the text is not readable"):
        check(interhuman)


def test_the_copy_is_not_made_in_the_data_set(interhuman):
    with pytest.raises(EngineError, match="can't be in the data set's own folder"):
        prepare(interhuman, interhuman)


def test_a_folder_that_can_not_be_written(interhuman, tmp_path):
    (tmp_path / "cache/rows.partial").mkdir(parents=True)
    with pytest.raises(OSError, match="cache could not be written"):
        prepare(interhuman, tmp_path / "cache")


def test_damaged_h5(interx):
    (interx / "processed/motions/val.h5").write_bytes(b"half a download")
    with pytest.raises(EngineError, match="val.h5 is damaged"):
        check(interx)


def test_lists_of_interhuman_in_the_root_and_a_folder_further_up(interhuman):
    for path in list((interhuman / "split").iterdir()):
        path.rename(interhuman / path.name)
    assert check(interhuman.parent).clips == {"train": 5, "val": 1, "test": 2}


def test_interx_without_lists_is_split_by_its_files(interx):
    shutil.rmtree(interx / "splits")
    (interx / "processed/motions").rename(interx / "motions")
    (interx / "processed/texts_processed").rename(interx / "texts_processed")
    assert check(interx).clips == {"train": 5, "val": 1, "test": 2}


def test_a_damaged_cache_is_not_opened_but_made_anew(interhuman, tmp_path):
    prepare(interhuman, tmp_path / "cache")
    with pytest.raises(EngineError, match="holds interhuman, not interx"):
        open_cache(tmp_path / "cache", "interx")
    with pytest.raises(EngineError, match="no clips in the split odd"):
        open_cache(tmp_path / "cache").of_split("odd")
    with open(tmp_path / "cache/rows.bin", "ab") as file:
        file.write(b"more")
    with pytest.raises(EngineError, match="rows.bin has another size"):
        open_cache(tmp_path / "cache")
    prepare(interhuman, tmp_path / "cache")
    assert len(open_cache(tmp_path / "cache").notes) == 8


def test_another_process_gets_the_cache_without_its_rows(interhuman, tmp_path):
    prepare(interhuman, tmp_path / "cache")
    cache = open_cache(tmp_path / "cache")
    sent = pickle.dumps(cache)
    assert len(sent) < cache.rows.nbytes / 10
    assert np.array_equal(pickle.loads(sent).clip(3), cache.clip(3))
