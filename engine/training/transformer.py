"""Training of the masked transformer on the tokens of a trained VQ-VAE."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from tqdm import tqdm

from ..datasets.prepared import Clips, held_out_clips, training_clips
from ..errors import EngineError
from ..features import FRAMES_PER_TOKEN, Normaliser
from ..text import encode_all, text_encoder
from ..transformer import MaskedTransformer
from ..vqvae import VQVAE
from .config import TrainingConfig
from .loop import autocast, train
from .masking import hide, unroll
from .vqvae import normaliser

TEXT_DROPOUT = 0.1
PLAIN_SHARE = 0.25  # of the draws take a clip's first text, the plainest, which is what most people type
BETAS = (0.9, 0.99)


def train_transformer(config: TrainingConfig, device: torch.device) -> None:
    """Train to the end of the schedule, or go on from where the last run stopped."""
    folder = config.folder
    vqvae = trained_vqvae(config)
    clips = training_clips(config.data, folder / "data").with_mirrored()
    scale = normaliser(clips, config.positions, folder / "statistics.npz")
    data = TokenClips.of(clips, vqvae.to(device), scale, config, folder / "tokens.npz")
    held_out = held_out_clips(config.data, folder / "data")
    unseen = TokenClips.of(held_out, vqvae, scale, config, folder / "tokens_held_out.npz")
    torch.manual_seed(config.transformer_schedule.seed)
    model = MaskedTransformer(config.transformer).to(device)

    def losses_of_step(step: int) -> dict[str, Tensor]:
        return _losses(model, data.batch(step, config), device, unrolled=step % config.unroll_every == 0)

    def evaluate() -> dict[str, float]:
        torch.manual_seed(0)  # the same masks every time
        batches = [_losses(model, unseen.batch(n, config), device) for n in range(12)]
        return {f"held_out_{name}": float(np.mean([float(b[name]) for b in batches])) for name in batches[0]}

    weights = {"masked": 1.0, "unrolled": 1.0}
    train(model, config.transformer_schedule, losses_of_step, weights, folder / "transformer", BETAS, evaluate)


def trained_vqvae(config: TrainingConfig) -> VQVAE:
    """The VQ-VAE of a run, in evaluation mode. Raises EngineError if it has not been trained."""
    path = config.folder / "vqvae" / "checkpoint.pt"
    if not path.exists():
        raise EngineError(f"{path} is missing: train the VQ-VAE first (python -m engine train vqvae CONFIG).")
    model = VQVAE(config.vqvae)
    model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True)["model"])
    return model.eval()


@dataclass(frozen=True)
class Batch:
    """ids (B, 10 T) with padding, which of them are `valid`, lengths (B,) in tokens per slot, text vectors (B, D)."""

    ids: Tensor
    valid: Tensor
    lengths: Tensor
    text: Tensor


@dataclass(frozen=True)
class TokenClips:
    """Both people's tokens of every clip (2, 5, T), the text vectors that fit each clip, the clips by their length."""

    tokens: list[np.ndarray]
    texts: list[np.ndarray]
    vectors: Tensor
    order: np.ndarray

    @classmethod
    def of(cls, clips: Clips, vqvae: VQVAE, scale: Normaliser, config: TrainingConfig, cache: Path) -> "TokenClips":
        """Encode all clips and sentences; the tokens are kept in `cache` as long as the VQ-VAE is the same."""
        sentences = sorted({text for texts in clips.texts for text in texts})
        number = {text: index for index, text in enumerate(sentences)}
        vectors = _encode_sentences(sentences, config.text_encoder, cache.with_name(f"{cache.stem}_sentences.npz"))
        key = json.dumps([float(p.double().sum()) for p in vqvae.state_dict().values()])
        if cache.exists() and str(np.load(cache)["key"]) == key:
            flat = np.load(cache)["tokens"]
        else:
            flat = np.concatenate([ids.ravel() for ids in _encode_clips(clips, vqvae, scale)])
            np.savez(cache, tokens=flat, key=key)
        sizes = clips.lengths // 4 * 10
        tokens = [part.reshape(2, 5, -1) for part in np.split(flat, np.cumsum(sizes)[:-1])]
        texts = [np.array([number[text] for text in texts]) for texts in clips.texts]
        return cls(tokens, texts, vectors, np.argsort(clips.lengths, kind="stable"))

    def batch(self, step: int, config: TrainingConfig) -> Batch:
        """A batch of clips of like length, chosen by the seed and the step alone."""
        schedule = config.transformer_schedule
        random = np.random.default_rng([schedule.seed, step])
        first = random.integers(len(self.order) - 4 * schedule.batch + 1)
        alike = self.order[first : first + 4 * schedule.batch]
        longest = self.tokens[alike[-1]].shape[-1] * FRAMES_PER_TOKEN
        size = min(schedule.batch, max(2, schedule.frames // longest)) if schedule.frames else schedule.batch
        chosen = random.permutation(alike)[:size]
        lengths = np.array([self.tokens[index].shape[-1] for index in chosen])
        pad = config.transformer.codes + 1
        ids = np.full((len(chosen), 2, 5, lengths.max()), pad)
        for row, index in enumerate(chosen):
            ids[row, ..., : lengths[row]] = self.tokens[index]
        ids = torch.from_numpy(ids).flatten(1)
        plain = random.random(len(chosen)) < PLAIN_SHARE
        texts = [self.texts[index] for index in chosen]
        text = self.vectors[[t[0] if p else random.choice(t) for t, p in zip(texts, plain, strict=True)]]
        return Batch(ids, ids != pad, torch.from_numpy(lengths), text)


def _encode_sentences(sentences: list[str], name: str, cache: Path) -> Tensor:
    """Vectors of sentences, kept in `cache` as long as the sentences and the encoder are the same."""
    key = hashlib.sha256("\n".join([name, *sentences]).encode()).hexdigest()
    if cache.exists() and str(np.load(cache)["key"]) == key:
        return torch.from_numpy(np.load(cache)["vectors"])
    vectors = encode_all(text_encoder(name), sentences)
    np.savez(cache, vectors=vectors.numpy(), key=key)
    return vectors


def _encode_clips(clips: Clips, vqvae: VQVAE, scale: Normaliser):
    device = next(vqvae.parameters()).device
    for index in tqdm(range(len(clips.lengths)), desc="tokens", unit="clip"):
        rows = clips.clip(index)[:, : clips.lengths[index] // 4 * 4]
        with torch.inference_mode():
            yield vqvae.encode(torch.from_numpy(scale.normalise(rows)).to(device)).cpu().numpy().astype(np.int16)


def _losses(model: MaskedTransformer, batch: Batch, device: torch.device, unrolled: bool = True) -> dict[str, Tensor]:
    """Cross-entropy of the hidden tokens, then, if wanted, of those still open after the step unroll."""
    codes = model.config.codes
    ids, valid, lengths = batch.ids.to(device), batch.valid.to(device), batch.lengths.to(device)
    shown, targets = hide(ids, valid, codes)
    losses = {}
    for name in ("masked", "unrolled") if unrolled else ("masked",):
        kept = (torch.rand(len(ids), 1) >= TEXT_DROPOUT).to(device)
        with autocast(device):
            logits = model(shown, model.condition(batch.text.to(device) * kept), lengths)
        logits = logits.float()
        losses[name] = F.cross_entropy(logits[targets], ids[targets])
        if name == "masked":
            losses["accuracy"] = (logits[targets].argmax(-1) == ids[targets]).float().mean()
            shown, targets = unroll(logits.detach(), shown, targets, codes)
    return losses
