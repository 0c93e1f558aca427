"""A data set in two files that training reads without opening thousands: rows.bin (memory-mapped) and clips.json.

rows.bin holds the raw rows of all usable clips, one clip after the other, as float32; clips.json says what they are.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from tqdm import tqdm

from ..errors import EngineError
from ..files import reason, replacing
from ..skeleton import JOINT
from . import interhuman, interx
from .clip_checks import SourceClip, UnusableClip
from .clip_report import ClipReport
from .row_statistics import measure, read_statistics, write_statistics

FORMAT = 1
DATASETS = {interhuman.NAME: interhuman, interx.NAME: interx}
HANDS = [JOINT["left_wrist"], JOINT["right_wrist"]]
JUMP = 1.0  # metres that no joint moves in a thirtieth of a second


@dataclass(frozen=True)
class PairCache:
    """A prepared data set. notes: one dict a clip with name, splits, frames, texts, tagged (words as word/POS), remarks
    and floors (the height of each person's lowest joint)."""

    folder: Path
    dataset: str
    notes: list[dict]

    @property
    def fps(self) -> int:
        """Frames per second."""
        return DATASETS[self.dataset].FPS

    @cached_property
    def lengths(self) -> np.ndarray:
        """Frames of each clip."""
        return np.array([note["frames"] for note in self.notes])

    @cached_property
    def ends(self) -> np.ndarray:
        """The row after the last one of each clip."""
        return np.cumsum(self.lengths)

    @cached_property
    def rows(self) -> np.ndarray:
        """Rows (frames of all clips, 2, ...), memory-mapped."""
        shape = (self.lengths.sum(), 2, *DATASETS[self.dataset].ROW_SHAPE)
        return np.memmap(self.folder / "rows.bin", np.float32, "r", shape=shape)

    def of_split(self, split: str) -> np.ndarray:
        """Indices of the clips of a split, "train", "val" or "test". Raises EngineError if there are none."""
        chosen = [index for index, note in enumerate(self.notes) if split in note["splits"]]
        if not chosen:
            raise EngineError(f"The prepared data set has no clips in the split {split}.")
        return np.array(chosen)

    def clip(self, index: int) -> np.ndarray:
        """Raw rows (T, 2, ...) of one clip."""
        start = self.ends[index] - self.lengths[index]
        return self.rows[start : self.ends[index]].view(np.ndarray)  # plain arrays are cut faster than np.memmap

    def __reduce__(self):
        """Another process opens the files itself instead of getting a copy of all that is in them."""
        return open_cache, (Path(self.rows.filename).parent, self.dataset)

    def joint_positions(self, index: int) -> np.ndarray:
        """Joints (2, T, 22, 3), Y up, metres, of one clip."""
        return DATASETS[self.dataset].joint_positions(self.clip(index))


def open_cache(folder: str | Path, dataset: str | None = None) -> PairCache:
    """Open what `prepare` made. Raises EngineError if it is not there, cut off, or of another data set."""
    folder = Path(folder)
    how = "Run: python -m engine data prepare SOURCE FOLDER."
    try:
        notes = json.loads((folder / "clips.json").read_text("utf-8"))
        cache = PairCache(folder, notes["dataset"], notes["clips"])
        if notes["format"] != FORMAT:
            raise EngineError(f"{folder} was prepared by another version. {how}")
        if dataset not in (None, cache.dataset):
            raise EngineError(f"{folder} holds {cache.dataset}, not {dataset}.")
        if cache.rows.nbytes != (folder / "rows.bin").stat().st_size:
            raise ValueError("rows.bin has another size")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EngineError(f"{folder} is not a prepared data set, or not a whole one ({error}). {how}") from error
    return cache


def open_source(source: Path):
    """The files of a data set of either kind. Raises EngineError if `source` is neither."""
    if not source.is_dir():
        raise EngineError(f"{source} is not a folder.")
    for root in (source, *sorted(path for path in source.iterdir() if path.is_dir())):
        if (root / "motions_processed").is_dir():
            return interhuman.InterHumanFiles(root)
        if any(any((root / folder).glob("*.h5")) for folder in interx.MOTION_FOLDERS):
            return interx.InterXFiles(root)
    raise EngineError(
        f"{source} is neither InterHuman (a folder motions_processed) nor Inter-X (h5 files in processed/motions)."
        f" {interhuman.ASK} {interx.ASK}"
    )


def check(source: Path) -> ClipReport:
    """Read every clip of a data set and keep nothing. Raises EngineError if it is not a data set."""
    files = open_source(source)
    return ClipReport.of(files, str(source), [note for note, _ in _read_clips(files, [])])


def prepare(source: Path, folder: Path, published_statistics: Path | None = None) -> ClipReport:
    """Make the prepared data set in `folder`, or go on where it was cut off; nothing to do if it is up to date.

    published_statistics: a folder with global_mean.npy and global_std.npy for InterHuman, measured if not given.
    Raises EngineError if `source` is not a data set or has no usable clips, or if `folder` holds the copy of the other
    data set; OSError if `folder` can't be written.
    """
    files = open_source(source)
    if Path(folder).resolve() == Path(source).resolve():
        raise EngineError("The prepared copy can't be in the data set's own folder, whose files stay as they are.")
    if published_statistics and files.name != interhuman.NAME:
        raise EngineError("Only InterHuman has statistics; the rows of Inter-X are not scaled. Leave them out.")
    published = read_statistics(published_statistics) if published_statistics else None
    settings = {"format": FORMAT, "dataset": files.name, "source": str(source.absolute()), "files": _fingerprint(files)}
    _check_dataset(folder, files.name)
    folder.mkdir(parents=True, exist_ok=True)
    stale = not _up_to_date(folder, settings)
    if stale:
        (folder / "clips.json").unlink(missing_ok=True)
        try:
            _write_clips(files, folder, settings)
        except OSError as error:
            told = f"{folder} could not be written ({reason(error)}). What is done is kept: start it again."
            raise OSError(told) from error
    if files.name == interhuman.NAME and (stale or published or not (folder / "global_std.npy").exists()):
        write_statistics(folder, published or measure(open_cache(folder)))
    return ClipReport(**json.loads((folder / "report.json").read_text("utf-8")))


def _check_dataset(folder: Path, name: str) -> None:
    """Raise EngineError if the copy in `folder`, should there be one, is of another data set."""
    try:
        there = json.loads((folder / "clips.json").read_text("utf-8"))["dataset"]
    except (OSError, ValueError, KeyError, TypeError):
        return
    if there != name:
        raise EngineError(f"{folder} holds {there}, not {name}: name another folder.")


def _up_to_date(folder: Path, settings: dict) -> bool:
    try:
        notes = json.loads((folder / "clips.json").read_text("utf-8"))
        open_cache(folder)  # else what it complains of would stay
        return (folder / "report.json").exists() and all(notes[name] == value for name, value in settings.items())
    except (EngineError, OSError, ValueError, KeyError):
        return False


def _fingerprint(files) -> str:
    """Changes when a file of the data set is added, taken away or written anew."""
    stats = ((path, path.stat()) for path in files.files())
    listing = "\n".join(f"{path} {stat.st_size} {stat.st_mtime_ns}" for path, stat in stats)
    return hashlib.sha256(listing.encode()).hexdigest()


def _write_clips(files, folder: Path, settings: dict) -> None:
    """rows.partial and a journal of the clips in it grow together; at the end they become rows.bin and clips.json."""
    partial, journal = folder / "rows.partial", folder / "clips.partial.jsonl"
    done = _journal(journal, settings)
    frame_bytes = 4 * 2 * int(np.prod(files.row_shape))
    partial.touch()
    expected = sum(note["frames"] for note in done if "skipped" not in note) * frame_bytes
    if partial.stat().st_size < expected:
        done, expected = [], 0
    with open(partial, "r+b") as rows_file, open(journal, "w", encoding="utf-8") as journal_file:
        rows_file.truncate(expected)
        rows_file.seek(expected)
        journal_file.writelines(json.dumps(line) + "\n" for line in [settings, *done])
        for note, rows in _read_clips(files, done):
            if rows is not None:
                rows_file.write(rows.tobytes())
                rows_file.flush()
            journal_file.write(json.dumps(note) + "\n")
            journal_file.flush()
            done.append(note)
    _finish(files, folder, settings, done)


def _journal(path: Path, settings: dict) -> list[dict]:
    """Notes on the clips that a cut-off run has written, if it had the same settings."""
    if not path.exists():
        return []
    lines = []
    for line in path.read_text("utf-8").splitlines():
        try:
            lines.append(json.loads(line))
        except ValueError:
            break  # cut off in this line
    return lines[1:] if lines[:1] == [settings] else []


def _read_clips(files, done: list[dict]) -> Iterator[tuple[dict, np.ndarray | None]]:
    """A note on each clip that the splits name and that is not done yet, and its rows if it is usable."""
    splits: dict[str, list[str]] = {}
    for split, names in files.splits.items():
        for name in names:
            splits.setdefault(name, []).append(split)
    finished = {note["name"] for note in done}
    for name in tqdm([name for name in splits if name not in finished], desc=files.name, unit="clip"):
        note = {"name": name, "splits": splits[name]}
        try:
            clip = files.read(name)
        except UnusableClip as error:
            yield note | {"skipped": str(error)}, None
            continue
        yield note | _notes(files, clip, splits[name]), clip.rows


def _notes(files, clip: SourceClip, splits: list[str]) -> dict:
    """What clips.json says about a usable clip beside its name and splits."""
    joints = DATASETS[files.name].joint_positions(clip.rows)
    steps = np.linalg.norm(np.diff(joints, axis=1), axis=-1)
    remarks = list(clip.remarks)
    if len(splits) > 1:
        remarks.append(f"in the splits {' and '.join(splits)}")
    if steps.max() > JUMP:
        remarks.append(f"a joint jumps: {steps.max():.1f} m in one frame")
    return {
        "frames": len(clip.rows),
        "texts": clip.texts,
        "tagged": clip.tagged,
        "remarks": remarks,
        "floors": joints[..., 1].min(axis=(1, 2)).tolist(),
        "hand_speed": float(steps[..., HANDS].mean() * files.fps),
    }


def _finish(files, folder: Path, settings: dict, notes: list[dict]) -> None:
    """Give the files their names; clips.json comes last and says that all is there."""
    used = [note for note in notes if "skipped" not in note]
    report = ClipReport.of(files, settings["source"], notes)
    if not used:
        raise EngineError(f"No clip of {settings['source']} can be used.\n{report.table()}")
    _write_json(folder / "report.json", report.as_json())
    os.replace(folder / "rows.partial", folder / "rows.bin")
    _write_json(folder / "clips.json", settings | {"clips": used})
    (folder / "clips.partial.jsonl").unlink()


def _write_json(path: Path, value: dict) -> None:
    with replacing(path) as partial:
        Path(partial).write_text(json.dumps(value, indent=1, ensure_ascii=False), "utf-8")
