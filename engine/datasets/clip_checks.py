"""What the readers of data sets share: lists of names, texts in any encoding, and why a clip is not used."""

import codecs
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..errors import EngineError

SPLITS = ("train", "val", "test")


class UnusableClip(Exception):
    """A clip that can't be used; the message says why, what is particular to this clip after a colon."""


@dataclass(frozen=True)
class SourceClip:
    """A clip that passed its checks: both people's raw rows (T, 2, ...) float32, its texts, and remarks about it.

    tagged: for each text its words as word/POS, where the data set has them.
    """

    rows: np.ndarray
    texts: list[str]
    tagged: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def read_names(path: Path) -> list[str]:
    """The clip names of a split or ignore list, one a line; folders and file endings are taken off.

    Raises EngineError if it can't be read.
    """
    try:
        text, _ = read_text(path)
    except UnusableClip as error:
        raise EngineError(f"{path} can't be used: {error}. Copy it again from the data set.") from error
    return list(dict.fromkeys(Path(line.strip()).stem for line in text.splitlines() if line.strip()))


def read_splits(root: Path) -> tuple[dict[str, list[str]], list[Path]]:
    """The clip names of each split of a data set, and the files they stand in: in split, splits, or the root.

    Nothing if there is no train.txt.
    """
    for folder in (root / "split", root / "splits", root):
        paths = {split: folder / f"{split}.txt" for split in SPLITS if (folder / f"{split}.txt").exists()}
        if "train" in paths:
            return {split: read_names(path) for split, path in paths.items()}, list(paths.values())
    return {}, []


def read_text(path: Path) -> tuple[str, str]:
    """A text file in UTF-8, UTF-16 or, if it is neither, Windows' Latin letters; and a remark if it is not UTF-8.

    Raises UnusableClip if it is not text or can't be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnusableClip(f"the text can't be read: {error.strerror}") from error
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif b"\0" in data:  # every other byte of English in UTF-16
        encoding = "utf-16-le" if data[1:2] == b"\0" else "utf-16-be"
    else:
        encoding = "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        encoding, text = "cp1252", data.decode("cp1252", errors="replace")
    if any(not (letter.isprintable() or letter.isspace()) or letter == "\N{REPLACEMENT CHARACTER}" for letter in text):
        raise UnusableClip("the text is not readable")
    return text, "" if encoding == "utf-8-sig" else f"text in {encoding}"
