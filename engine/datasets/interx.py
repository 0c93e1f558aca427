"""The Inter-X data set as it is handed out, its motions processed for generation: h5 files, texts, splits.

The files have axis-angle rotations of 55 SMPL-X joints and a translation; what is read of them are the networks' rows,
see features_interx.py, with the velocities of the whole clip.
"""

from pathlib import Path

import numpy as np

from .. import rotations as R
from ..errors import EngineError
from ..features_interx import motion_from_rows
from ..features_interx import rows as network_rows
from .clip_checks import SPLITS, SourceClip, UnusableClip, read_splits, read_text

NAME = "interx"
FPS = 30
SHORTEST, LONGEST = 24, 999  # frames
ROW_SHAPE = (56, 6)
ASK = (
    "Inter-X is handed out for non-commercial research by its authors, on request by a form: "
    "https://github.com/liangxuy/Inter-X. The h5 files are what its scripts for text to motion make of it."
)
MOTION_FOLDERS = ("processed/motions", "motions", "processed", ".")
TEXT_FOLDERS = ("processed/texts_processed", "texts_processed", "processed/texts", "texts", "annots")


class InterXFiles:
    """The files of an Inter-X folder: what the splits name."""

    name, fps, row_shape = NAME, FPS, ROW_SHAPE

    def __init__(self, root: Path) -> None:
        """Raises EngineError, with a sentence on what is missing, if `root` does not look like Inter-X."""
        import h5py

        paths = next((found for f in MOTION_FOLDERS if (found := sorted((root / f).glob("*.h5")))), [])
        if not paths:
            raise EngineError(f"{root} is not the Inter-X data set: {root / MOTION_FOLDERS[0]} has no .h5 file. {ASK}")
        self.texts = next((root / f for f in TEXT_FOLDERS if any((root / f).glob("*.txt"))), None)
        if self.texts is None:
            raise EngineError(f"{root} has no texts: {root / TEXT_FOLDERS[0]} is missing. {ASK}")
        self.paths = paths
        self._where = {}
        self.splits, self.lists = read_splits(root)
        listed = bool(self.splits)
        for path in paths:
            try:
                file = h5py.File(path, "r")
            except OSError as error:
                raise EngineError(f"{path} is damaged ({error}). Copy it again from the data set.") from error
            self._where |= {name: file for name in file if name not in self._where}
            if not listed and path.stem in SPLITS:  # each split has a file of its own
                self.splits[path.stem] = list(file)
        if "train" not in self.splits:
            raise EngineError(f"{root} has no lists of the splits: {root / 'splits/train.txt'} is missing. {ASK}")

    def files(self) -> list[Path]:
        """All files that a prepared copy depends on."""
        return sorted([*self.lists, *self.paths, *self.texts.glob("*.txt")])

    def motion_names(self) -> set[str]:
        """Names of all motions, those that no split has included."""
        return set(self._where)

    def read(self, name: str) -> SourceClip:
        """One clip, checked: rows (T, 2, 56, 6), Y up, metres. Raises UnusableClip."""
        if name not in self._where:
            raise UnusableClip("the motion is missing")
        try:
            values = self._where[name][name][()]
        except (OSError, TypeError) as error:
            raise UnusableClip(f"the motion is damaged: {error}") from error
        fps = self._where[name][name].attrs.get("fps", FPS)
        if fps != FPS:
            raise UnusableClip(f"not {FPS} frames per second: {fps}")
        people = self._checked(np.asarray(values))
        texts, tagged, remarks = self._texts(name)
        turns, places = R.from_rotation_vector(people[:, :, :55]), people[:, :, 55]
        rows = network_rows(turns, places - places[0, 0]).astype(np.float32)
        return SourceClip(np.swapaxes(rows, 0, 1), texts, tagged, remarks)

    @staticmethod
    def _checked(values: np.ndarray) -> np.ndarray:
        """Both people (2, T, 56, 3) of what the file has (T, 56, 6)."""
        if values.ndim != 3 or values.shape[1:] != (56, 6) or values.dtype.kind != "f":
            raise UnusableClip(f"the motion is not numbers (frames, 56, 6): {values.dtype} {values.shape}")
        if not SHORTEST <= len(values) <= LONGEST:
            raise UnusableClip(f"not {SHORTEST} to {LONGEST} frames: {len(values)}")
        people = np.stack(np.split(values.astype(np.float64), 2, axis=-1))
        for number, person in enumerate(people, 1):
            finite = np.isfinite(person).all(axis=(1, 2))
            if not finite.all():
                raise UnusableClip(f"person {number} has NaN or infinite numbers: from frame {finite.argmin()} on")
            if not person[:, :22].any():
                raise UnusableClip(f"person {number} is missing: all rotations are zero")
        return people

    def _texts(self, name: str) -> tuple[list[str], list[str], list[str]]:
        """Texts, their words as word/POS, and remarks; lines are `text#word/POS ...#from#to`, or the text alone."""
        path = self.texts / f"{name}.txt"
        if not path.exists():
            raise UnusableClip("the text is missing")
        content, remark = read_text(path)
        texts, tagged, remarks = [], [], [remark] if remark else []
        for line in filter(str.strip, content.splitlines()):
            text, words, *span = [*line.split("#"), ""][:4] if "#" in line else (line, "")
            if any(part.strip() not in ("", "0.0", "0", "nan") for part in span):
                remarks.append("a text about a part of the clip is left out")
            elif text.strip():
                texts.append(" ".join(text.split()))
                tagged.append(words.strip())
        if not texts:
            raise UnusableClip("the text is empty")
        return texts, tagged, remarks


def joint_positions(rows: np.ndarray) -> np.ndarray:
    """Joints (2, T, 55, 3), Y up, metres, of rows (T, 2, 56, 6), on an average body: the rows tell no shape."""
    return motion_from_rows(np.swapaxes(rows, 0, 1).astype(np.float64)).joint_positions
