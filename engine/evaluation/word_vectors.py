"""The words of Inter-X's evaluator: GloVe vectors and word classes, read from the user's copy of the benchmark's files.

A folder holds our_vab_data.npy (vectors), our_vab_words.pkl (their words), our_vab_idx.pkl (the row of each word) and
the benchmark's Python file with its word lists (word_vectorizer.py). Nothing of them is run: the pickles may hold plain
values only, and of the Python file the lists are read, as text.
"""

import ast
import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import EngineError
from .interx_evaluator import WORD_WIDTH

OTHER = "OTHER"
CLASSES = (
    "VERB", "NOUN", "DET", "ADP", "NUM", "AUX", "PRON", "ADJ", "ADV", "Loc", "Body", "Obj", "Act", "Desc", OTHER,
)  # fmt: skip
LISTS = ("Loc", "Body", "Obj", "Act", "Desc")  # a word in two lists is of the first one's class
FIRST, LAST, UNKNOWN = "sos", "eos", "unk"  # words of the vocabulary
MOST_WORDS = 35
PICKLES = {"words": list, "idx": dict}


class _PlainUnpickler(pickle.Unpickler):
    """Reads what is made of lists, dictionaries, words and numbers, and refuses everything that has to be called."""

    def find_class(self, module: str, name: str):
        raise pickle.UnpicklingError(f"it would run {module}.{name}, which a list of words does not need")


@dataclass(frozen=True)
class WordVectors:
    """vectors (N, 300), the row of each word, and the class of the words that are in the benchmark's lists."""

    vectors: np.ndarray
    rows: dict[str, int]
    classes: dict[str, str]

    @classmethod
    def read(cls, folder: Path) -> "WordVectors":
        """The files of a folder. EngineError if one is missing, damaged, or holds code."""
        try:
            vectors = np.load(_only(folder, "*_vab_data.npy"), allow_pickle=False)
        except ValueError as error:
            raise EngineError(f"The word vectors in {folder} can't be read ({error}). Copy the file again.") from error
        words, index = (_plain(_only(folder, f"*_vab_{name}.pkl"), kind) for name, kind in PICKLES.items())
        if vectors.ndim != 2 or vectors.shape[1] != WORD_WIDTH:
            raise EngineError(
                f"The word vectors in {folder} have the shape {vectors.shape}, not (words, {WORD_WIDTH})."
            )
        rows = {word: index.get(word, -1) for word in [*words, FIRST, LAST, UNKNOWN]}
        if not all(isinstance(row, int) and 0 <= row < len(vectors) for row in rows.values()):
            raise EngineError(f"The word files in {folder} don't belong together. Copy all three from one place.")
        return cls(vectors.astype(np.float32), rows, _word_classes(folder))

    def encode(self, words: Sequence[str]) -> tuple[np.ndarray, np.ndarray, int]:
        """Vectors (37, 300) and one-hot classes (37, 15) of words "word/part of speech", and how many of them count.

        The sentence gets a first and a last word, which count; words are cut at 35.
        """
        pairs = [word.rpartition("/")[::2] for word in words[:MOST_WORDS]]
        pairs = [(FIRST, OTHER), *pairs, (LAST, OTHER)]
        count = len(pairs)
        pairs += [(UNKNOWN, OTHER)] * (MOST_WORDS + 2 - count)
        known = [(word, part) if word in self.rows else (UNKNOWN, OTHER) for word, part in pairs]
        vectors = self.vectors[[self.rows[word] for word, _ in known]]
        parts = [self.classes.get(word, part) for word, part in known]
        classes = [CLASSES.index(part if part in CLASSES else OTHER) for part in parts]
        return vectors, np.eye(len(CLASSES), dtype=np.float32)[classes], count


def _only(folder: Path, pattern: str) -> Path:
    """The one file of a folder with such a name."""
    found = sorted(folder.glob(pattern))
    if len(found) == 1:
        return found[0]
    wanted = "our_vab_data.npy, our_vab_words.pkl, our_vab_idx.pkl and word_vectorizer.py of the Inter-X benchmark"
    many = "more than one file" if found else "no file"
    raise EngineError(f"There is {many} {pattern} in {folder}. Put {wanted} there.")


def _plain(path: Path, kind: type):
    """What a pickle of words holds."""
    try:
        with open(path, "rb") as file:
            value = _PlainUnpickler(file).load()
        if not isinstance(value, kind) or not all(isinstance(word, str) for word in value):
            raise pickle.UnpicklingError("it holds something else than words")
    except Exception as error:  # a damaged pickle fails in many ways
        raise EngineError(f"{path} can't be read: {error}. Copy the file again from where you trust it.") from error
    return value


def _word_classes(folder: Path) -> dict[str, str]:
    """Which class each listed word has, from the lists "Loc_list = (...)" and so on of the benchmark's Python file."""
    lists: dict[str, Sequence[str]] = {}
    for path in sorted(folder.glob("*.py")):
        try:
            statements = ast.parse(path.read_text("utf-8")).body
            assigned = [
                part for part in statements if isinstance(part, ast.Assign) and isinstance(part.targets[0], ast.Name)
            ]
            named = {part.targets[0].id.lower().removesuffix("_list"): part.value for part in assigned}
            lists |= {name: ast.literal_eval(named[name.lower()]) for name in LISTS if name.lower() in named}
        except (SyntaxError, ValueError) as error:
            raise EngineError(f"The word lists in {path} can't be read ({error}). Copy the file again.") from error
    missing = [name for name in LISTS if name not in lists]
    if missing:
        names = ", ".join(f"{name}_list" for name in missing)
        raise EngineError(f"The word lists {names} are missing: put the benchmark's word_vectorizer.py into {folder}.")
    return {word: name for name in reversed(LISTS) for word in lists[name]}
