"""Sentences that the starter model does not know get a hint; those it was made for get none."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engine.datasets.prepared import Clips
from engine.errors import EngineError
from engine.evaluation.unknown_sentences import UNKNOWN_SENTENCES
from engine.model_folders import STARTER
from engine.text import text_encoder
from engine.training.package import vocabulary
from engine.vocabulary import KnownScene, Vocabulary, load_vocabulary

ROOT = Path(__file__).parent.parent
STORED = load_vocabulary(STARTER)


def test_a_stranger_among_sentences_gets_a_hint(starter):
    hint = starter.hint("Two people cook a soup.")
    assert hint.startswith("The starter model knows: ") and "your sentence is far from all of them" in hint
    assert any(f'("{scene.plain}")' in hint for scene in STORED.scenes)


def test_what_the_model_knows_gets_none(starter):
    for scene in STORED.scenes:
        for sentence in (scene.plain, scene.label, *scene.examples):
            assert starter.hint(sentence) == ""
    assert starter.hint("Two friends greet each other with a handshake!") == ""
    assert starter.hint("") == ""  # a reaction without words


def test_most_unknown_sentences_are_noticed(starter):
    assert np.mean([starter.hint(sentence) != "" for sentence in UNKNOWN_SENTENCES]) > 0.9


def test_a_long_vocabulary_names_the_nearest_three():
    scenes = tuple(KnownScene(f"scene {n}", f"They do {n}.", (), 1) for n in range(12))
    hint = Vocabulary(scenes, 0.9, np.eye(12)).hint(np.r_[np.zeros(7), 5, 4, 3, 2, 1] * 1.0, "big")
    assert hint.startswith("The big model knows: 12 scenes, the likest of them scene 7, scene 8, scene 9;")
    assert hint.endswith('showing the nearest ("They do 7.").')


def test_a_vocabulary_is_made_of_the_clips_sentences(tmp_path):
    def clips(*texts: list[str]) -> Clips:
        return Clips(None, None, None, ["nod", "nod", "push_back"], list(texts), [], None)

    training = clips(["They nod.", "A nod."], ["They nod.", "They nod twice."], ["She pushes him.", "A shove."])
    held_out = clips(["A deep nod."], ["They give a nod."], ["He is pushed."])
    made = vocabulary(training, held_out, text_encoder("all-minilm-l6-v2"))
    assert [(scene.label, scene.plain, scene.vectors) for scene in made.scenes] == [
        ("nod", "They nod.", 4),
        ("push back", "She pushes him.", 3),
    ]
    assert set(made.scenes[0].examples) == {"A nod.", "They nod twice."}
    assert 0.2 < made.near < 0.95
    made.save(tmp_path)
    again = load_vocabulary(tmp_path)
    assert again.scenes == made.scenes and np.array_equal(again.vectors, made.vectors)


def test_examples_are_readable_without_torch():
    program = (
        "import sys; from engine.vocabulary import load_vocabulary as load; from engine.model_folders import STARTER"
    )
    program += "; print(load(STARTER).scenes[0].examples[0]); assert 'torch' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == STORED.scenes[0].examples[0]


def test_a_model_without_a_vocabulary_has_none_and_a_damaged_one_is_said(tmp_path):
    assert load_vocabulary(tmp_path) is None
    for name in ("vocabulary.json", "vocabulary.npy"):
        shutil.copy(STARTER / name, tmp_path)
    notes = json.loads((tmp_path / "vocabulary.json").read_text("utf-8"))
    for text in ("{", "[]", json.dumps(notes | {"scenes": notes["scenes"][1:]})):
        (tmp_path / "vocabulary.json").write_text(text)
        with pytest.raises(EngineError, match="damaged"):
            load_vocabulary(tmp_path)
