"""The networks compute what the published ones compute: outputs recorded from those, with weights made from a seed.

The whole comparison needs the recordings of every quantity; the fixture keeps a cut of each.
"""

import contextlib
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import torch

from engine import published
from engine.errors import EngineError
from engine.evaluation.interclip import Evaluator, EvaluatorConfig
from engine.evaluation.interx_evaluator import InterXEvaluator
from engine.evaluation.published_evaluators import INTERCLIP_NAMES, INTERX_NAMES, load_interclip, load_interx
from tests import parity_adapter as adapter
from tests import seeded_weights
from tests.seeded_weights import clip_shapes, published_shapes, seeded


def relative_error(got: np.ndarray, want: np.ndarray) -> float:
    return float(np.linalg.norm(got - want) / np.linalg.norm(want))


@pytest.fixture(scope="module")
def recorded():
    with np.load(Path(__file__).parent / "fixtures" / "parity_small.npz") as arrays:
        return {n: a.astype(np.int64) if a.dtype == np.int16 else a for n, a in arrays.items()}


@pytest.fixture(scope="module")
def transformer_weights(recorded):
    weights = seeded_weights.transformer_weights()
    for name in ("input_process.poseEmbedding.bias", "output_process.poseFinal.bias"):
        weights[name] = recorded[f"transformer/override/{name}"]
    return weights


@pytest.fixture(scope="module")
def text_to_tokens(transformer_weights):
    return adapter.build_transformer(transformer_weights, seeded(clip_shapes()))


@pytest.mark.parametrize("layout", ["interhuman", "interx"])
def test_vqvae(recorded, layout):
    model = adapter.build_vqvae(layout, seeded_weights.vqvae_weights(layout))
    ids = recorded[f"vq_{layout}/token_ids"]
    assert (adapter.vqvae_encode(model, recorded[f"vq_{layout}/motion"]) == ids).mean() >= 0.99
    decoded = adapter.vqvae_decode(model, ids)[:, ::4]
    assert relative_error(decoded, recorded[f"vq_{layout}/decoded_every4th"]) < 1e-4


def test_text(recorded, text_to_tokens):
    embedding = adapter.text_embedding(text_to_tokens, prompts(recorded))
    assert relative_error(embedding, recorded["text/embedding"]) < 1e-4


@pytest.mark.parametrize(("name", "drop_text"), [("cond", False), ("uncond", True)])
def test_logits(recorded, text_to_tokens, name, drop_text):
    ids, lengths = recorded["transformer/ids"], recorded["transformer/lengths"]
    logits = adapter.logits(text_to_tokens, ids, prompts(recorded), lengths, drop_text)[:, ::20]
    valid = np.arange(220)[::20] % 22 < lengths[:, None]
    assert relative_error(logits[valid], recorded[f"transformer/logits_{name}_every20th"][valid]) < 1e-4


def test_sampling(recorded, text_to_tokens):
    ids = adapter.generate_greedy(text_to_tokens, prompts(recorded)[:1], np.array([22]), steps=20, guidance=2.0)
    assert (ids == recorded["generate/single/ids"]).mean() >= 0.9


def test_reaction(recorded, text_to_tokens):
    actor, lengths = recorded["react/actor_ids"], recorded["transformer/lengths"]
    ids = adapter.react_greedy(text_to_tokens, prompts(recorded), actor, lengths, steps=20, guidance=2.0)
    assert (ids == recorded["react/ids"]).mean() >= 0.9


def prompts(recorded) -> list[str]:
    return [str(prompt) for prompt in recorded["text/prompts"]]


def test_a_stored_position_table_is_ignored(transformer_weights):
    weights = adapter.tensors(transformer_weights)
    extra = {"position_enc.positional_encoding.inv_freq": torch.zeros(96)}
    assert published.transformer_state(weights | extra).keys() == published.transformer_state(weights).keys()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda w: w.pop("cond_emb.bias"), "missing: cond_emb.bias"),
        (lambda w: w.update(another=torch.zeros(1)), "unexpected: another"),
        (lambda w: w.update({"cond_emb.bias": torch.zeros(3)}), r"wrong shape: cond_emb.bias \(3,\) instead of"),
    ],
)
def test_what_does_not_fit_is_named(transformer_weights, change, words):
    weights = adapter.tensors(transformer_weights)
    change(weights)
    with pytest.raises(EngineError, match=words):
        published.transformer_state(weights)


@contextlib.contextmanager
def lightning_callback():
    """A class under the name by which Lightning's checkpoints refer to what they have noted."""
    names = ["pytorch_lightning", "pytorch_lightning.callbacks", "pytorch_lightning.callbacks.model_checkpoint"]
    sys.modules.update({name: types.ModuleType(name) for name in names})
    callback = sys.modules[names[-1]].ModelCheckpoint = type("ModelCheckpoint", (), {"__module__": names[-1]})
    try:
        yield callback
    finally:
        for name in names:
            del sys.modules[name]


def test_evaluator(recorded, tmp_path):
    with torch.device("meta"):
        state = Evaluator(EvaluatorConfig()).state_dict()
    shapes = published_shapes(state, INTERCLIP_NAMES)
    weights = seeded(
        (name, shape) for name, shape in shapes if name not in ("motion_encoder.mean", "motion_encoder.std")
    )
    weights |= {
        "latent_scale": np.ones(1, dtype=np.float32),
        "motion_encoder.sequence_pos_encoder.pe": np.zeros((9, 4)),
    }
    stored = {f"model.{name}": tensor for name, tensor in adapter.tensors(weights).items()}
    with lightning_callback() as callback:
        torch.save({"epoch": 1, "callbacks": {callback: {}}, "state_dict": stored}, tmp_path / "interclip.ckpt")
    model = load_interclip(tmp_path / "interclip.ckpt")
    embedding = adapter.evaluator_motion(model, recorded["evaluator/motions"], recorded["evaluator/lengths"])
    assert relative_error(embedding, recorded["evaluator/motion_embedding"]) < 1e-4
    assert relative_error(adapter.evaluator_text(model, prompts(recorded)), recorded["evaluator/text_embedding"]) < 1e-4


def test_evaluator_of_inter_x(recorded, tmp_path):
    with torch.device("meta"):
        state = InterXEvaluator().state_dict()
    parts: dict[str, dict] = {"epoch": 1}
    for name, tensor in adapter.tensors(seeded(published_shapes(state, INTERX_NAMES))).items():
        part, _, rest = name.partition(".")
        parts.setdefault(part, {})[rest] = tensor
    torch.save(parts, tmp_path / "finest.tar")
    model = load_interx(tmp_path / "finest.tar")
    motions, lengths, words, classes, counts = (
        recorded[f"evaluator_interx/{name}"] for name in ("motions", "lengths", "words", "pos", "word_lengths")
    )
    embedding = adapter.evaluator_interx_motion(model, motions, lengths)
    assert relative_error(embedding, recorded["evaluator_interx/motion_embedding"]) < 1e-4
    embedding = adapter.evaluator_interx_text(model, words, classes, counts)
    assert relative_error(embedding, recorded["evaluator_interx/text_embedding"]) < 1e-4
