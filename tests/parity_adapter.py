"""The engine as functions on numpy arrays, for comparing it with recordings of the published networks."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from engine import features, normaliser, published
from engine.evaluation import metrics
from engine.evaluation.interclip import Evaluator, EvaluatorConfig
from engine.evaluation.interx_evaluator import InterXEvaluator
from engine.evaluation.published_evaluators import interclip_state, interx_state
from engine.sampling import SamplingSettings, sample
from engine.text import ClipEncoder, clip_ids, clip_tokenizer, read_merges
from engine.training.losses import vqvae_losses as losses
from engine.transformer import MaskedTransformer
from engine.vqvae import VQVAE


def tensors(weights: dict[str, np.ndarray]) -> dict[str, Tensor]:
    return {name: torch.from_numpy(array) for name, array in weights.items()}


def build_vqvae(dataset: str, weights: dict[str, np.ndarray]) -> VQVAE:
    """A VQ-VAE from tensors under their published names."""
    state = tensors(weights)
    config = published.vqvae_config(state)
    assert config.layout == dataset
    model = VQVAE(config).eval()
    model.load_weights(published.vqvae_state(state))
    return model


@torch.inference_mode()
def vqvae_encode(model: VQVAE, motion: np.ndarray) -> np.ndarray:
    return model.encode(torch.from_numpy(motion)).numpy()


@torch.inference_mode()
def vqvae_decode(model: VQVAE, ids: np.ndarray) -> np.ndarray:
    return model.decode(torch.from_numpy(ids)).numpy()


@dataclass(frozen=True)
class TextToTokens:
    """The published pair: CLIP and the masked transformer."""

    transformer: MaskedTransformer
    clip: ClipEncoder


def build_transformer(weights: dict[str, np.ndarray], clip_weights: dict[str, np.ndarray]) -> TextToTokens:
    """The transformer and CLIP from tensors under their published names."""
    transformer = MaskedTransformer(published.TRANSFORMER_CONFIG).eval()
    transformer.load_state_dict(published.transformer_state(tensors(weights)))
    return TextToTokens(transformer, ClipEncoder(tensors(clip_weights), read_merges(clip_merges_file())))


def clip_merges_file() -> Path:
    """CLIP's word list, which comes with a package that is never imported."""
    return Path(find_spec("clip").submodule_search_locations[0]) / "bpe_simple_vocab_16e6.txt.gz"


@torch.inference_mode()
def text_embedding(model: TextToTokens, prompts: list[str]) -> np.ndarray:
    return model.transformer.text_head(model.clip.encode(prompts)).numpy()


@torch.inference_mode()
def logits(
    model: TextToTokens, ids: np.ndarray, prompts: list[str], lengths: np.ndarray, drop_text: bool
) -> np.ndarray:
    text = model.clip.encode(prompts)
    modulation = model.transformer.condition(torch.zeros_like(text) if drop_text else text)
    return model.transformer(torch.from_numpy(ids), modulation, torch.from_numpy(lengths)).numpy()


def generate_greedy(
    model: TextToTokens, prompts: list[str], lengths: np.ndarray, steps: int, guidance: float
) -> np.ndarray:
    return _sample(model, prompts, lengths, steps, guidance, given=None)


def react_greedy(
    model: TextToTokens, prompts: list[str], actor_ids: np.ndarray, lengths: np.ndarray, steps: int, guidance: float
) -> np.ndarray:
    actor = torch.from_numpy(actor_ids)
    hidden = torch.full_like(actor, model.transformer.config.mask_id)
    return _sample(model, prompts, lengths, steps, guidance, given=torch.cat((actor, hidden), dim=1))


def _sample(
    model: TextToTokens, prompts: list[str], lengths: np.ndarray, steps: int, guidance: float, given: Tensor | None
) -> np.ndarray:
    one_code = SamplingSettings(steps=steps, guidance=guidance, top_k=0.0001)
    text, seeds = model.clip.encode(prompts), range(len(prompts))
    return sample(model.transformer, text, torch.from_numpy(lengths), one_code, seeds, given).numpy()


def pair_features(raw1: np.ndarray, raw2: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    people = [features.raw_to_y_up(raw.astype(np.float64)) for raw in (raw1, raw2)]
    return features.pair_rows(*zip(*people, strict=True))


def mirror(raw: np.ndarray) -> np.ndarray:
    return features.mirror(raw)


def normalise(rows: np.ndarray, mean: np.ndarray, std: np.ndarray) -> np.ndarray:
    return normaliser.Normaliser(mean, std).normalise(rows)


def vqvae_losses(prediction: np.ndarray, target: np.ndarray, mean: np.ndarray, std: np.ndarray) -> dict[str, float]:
    arrays = (torch.from_numpy(array).float() for array in (prediction, target, mean, std))
    return {name: float(value) for name, value in losses(*arrays).items()}


def frechet_distance(a: np.ndarray, b: np.ndarray, scale: float) -> float:
    return metrics.frechet_distance(a, b, scale)


def r_precision(text: np.ndarray, motion: np.ndarray) -> np.ndarray:
    return metrics.r_precision(text, motion)


def mm_distance(text: np.ndarray, motion: np.ndarray) -> float:
    return metrics.mm_distance(text, motion)


def build_evaluator(weights: dict[str, np.ndarray]) -> Evaluator:
    """The InterCLIP evaluator from tensors under their published names."""
    model = Evaluator(EvaluatorConfig()).eval()
    model.load_state_dict(interclip_state(tensors(weights)))
    return model


@torch.inference_mode()
def evaluator_motion(model: Evaluator, motions: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    people = torch.from_numpy(motions).unflatten(-1, (2, -1))
    return model.motion(people, torch.from_numpy(lengths)).numpy()


@torch.inference_mode()
def evaluator_text(model: Evaluator, prompts: list[str]) -> np.ndarray:
    return model.text(clip_ids(clip_tokenizer(read_merges(clip_merges_file())), prompts)).numpy()


def build_evaluator_interx(weights: dict[str, np.ndarray]) -> InterXEvaluator:
    """The Inter-X evaluator from tensors under their published names."""
    model = InterXEvaluator().eval()
    model.load_state_dict(interx_state(tensors(weights)))
    return model


@torch.inference_mode()
def evaluator_interx_motion(model: InterXEvaluator, motions: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return model.motion(torch.from_numpy(motions), torch.from_numpy(lengths)).numpy()


@torch.inference_mode()
def evaluator_interx_text(
    model: InterXEvaluator, words: np.ndarray, pos: np.ndarray, word_lengths: np.ndarray
) -> np.ndarray:
    return model.text(torch.from_numpy(words), torch.from_numpy(pos), torch.from_numpy(word_lengths)).numpy()
