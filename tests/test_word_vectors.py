"""The words of Inter-X's evaluator: which vector and class a word gets, and files that are not what they should be."""

import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from engine.errors import EngineError
from engine.evaluation.word_vectors import CLASSES, WordVectors
from tests.synthetic_datasets import WORDS, write_word_vectors


@pytest.fixture
def folder(tmp_path) -> Path:
    write_word_vectors(tmp_path)
    return tmp_path


def row(word: str) -> np.ndarray:
    return np.full(300, WORDS.index(word), np.float32)


def test_words_get_their_vectors_and_classes(folder):
    vectors, classes, count = WordVectors.read(folder).encode(["person/NOUN", "waits/VERB", "zebra/NOUN", "left/XYZ"])
    assert count == 6 and vectors.shape == (37, 300) and classes.shape == (37, 15)
    expected = ["sos", "person", "waits", "unk", "left", "eos"] + ["unk"] * 31
    assert (vectors == np.stack([row(word) for word in expected])).all()
    # An unknown word has no class of its own; one in the lists has its list's, whatever its part of speech.
    names = [CLASSES[number] for number in classes.argmax(1)]
    assert names[:6] == ["OTHER", "NOUN", "VERB", "OTHER", "Loc", "OTHER"] and set(names[6:]) == {"OTHER"}
    assert (classes.sum(1) == 1).all()


def test_a_word_in_two_lists_is_of_the_first_lists_class(folder):
    vectors = WordVectors.read(folder)
    _, classes, _ = vectors.encode(["arm/NOUN", "raises/VERB"])
    assert [CLASSES[number] for number in classes.argmax(1)[1:3]] == ["Body", "Act"]


def test_long_sentences_are_cut(folder):
    vectors, _, count = WordVectors.read(folder).encode(["person/NOUN"] * 50)
    assert count == 37 and (vectors[35] == row("person")).all() and (vectors[36] == row("eos")).all()


class Runs:
    """A pickle of this runs a command when it is loaded."""

    def __reduce__(self):
        return os.mkdir, ("was_run",)


def test_a_pickle_with_code_is_refused_and_not_run(folder, monkeypatch):
    monkeypatch.chdir(folder)
    (folder / "our_vab_words.pkl").write_bytes(pickle.dumps(["person", Runs()]))
    with pytest.raises(EngineError, match=r"our_vab_words.pkl can't be read: it would run (posix|nt|os).mkdir"):
        WordVectors.read(folder)
    assert not (folder / "was_run").exists()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("our_vab_words.pkl", pickle.dumps({"person": 1})[:-5], "our_vab_words.pkl can't be read"),
        ("our_vab_words.pkl", pickle.dumps({"person": 1}), "something else than words"),
        ("our_vab_idx.pkl", pickle.dumps({"person": 10**9}), "don't belong together"),
        ("our_vab_data.npy", b"nothing", "word vectors in .* can't be read"),
        ("word_vectorizer.py", b"Loc_list = ('left',)\n", "Body_list, Obj_list, Act_list, Desc_list are missing"),
        ("word_vectorizer.py", b"Loc_list = open('secrets').read()\n", "word lists in .* can't be read"),
        ("word_vectorizer.py", b"this is no Python\n", "word lists in .* can't be read"),
        ("our_vab_words.pkl", None, r"no file \*_vab_words.pkl"),
    ],
)
def test_files_at_fault_are_named(folder, name, content, words):
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_bytes(content)
    with pytest.raises(EngineError, match=words):
        WordVectors.read(folder)
