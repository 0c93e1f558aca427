"""Training of the evaluator: motions and sentences that belong together come near each other, all others apart."""

from dataclasses import dataclass, field

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..datasets.prepared import Clips, held_out_clips, training_clips
from ..evaluation.interclip import Evaluator
from ..evaluation.metrics import r_precision
from ..features import CONTACTS
from ..text import TextEncoder, encode_all, text_encoder
from .config import TrainingConfig
from .loop import autocast, train
from .vqvae import normaliser

TEMPERATURE = 0.1
BATCH_OF_R_PRECISION = 32


def train_evaluator(config: TrainingConfig, device: torch.device) -> None:
    """Train to the end of the schedule, or go on from where the last run stopped."""
    folder, schedule = config.folder, config.evaluator_schedule
    encoder = text_encoder(config.text_encoder)
    data = MotionsAndTexts(training_clips(config.data, folder / "data"), encoder)
    unseen = MotionsAndTexts(held_out_clips(config.data, folder / "data"), encoder)
    scale = normaliser(data.clips, "world", folder / "statistics_world.npz")
    torch.manual_seed(schedule.seed)
    model = Evaluator(config.evaluator).to(device)
    for name in ("mean", "std"):
        getattr(model.motion_encoder, name).copy_(torch.from_numpy(np.tile(getattr(scale, name)[: CONTACTS.start], 2)))

    def losses_of_step(step: int) -> dict[str, Tensor]:
        rows, lengths, vectors, same = data.batch(schedule.batch, [schedule.seed, step])
        with autocast(device):
            motion, text = model.motion(rows.to(device), lengths.to(device)), model.text(vectors.to(device))
        return {"contrast": contrast(motion.float(), text.float(), same.to(device))}

    def evaluate() -> dict[str, float]:
        tops = []
        for number in range(8):
            rows, lengths, vectors, _ = unseen.batch(BATCH_OF_R_PRECISION, [number])
            motion, text = model.motion(rows.to(device), lengths.to(device)), model.text(vectors.to(device))
            tops.append(r_precision(text.cpu().numpy(), motion.cpu().numpy(), BATCH_OF_R_PRECISION))
        return {f"held_out_top_{n + 1}": float(value) for n, value in enumerate(np.mean(tops, axis=0))}

    train(model, schedule, losses_of_step, {"contrast": 1.0}, folder / "evaluator", evaluate=evaluate)


def contrast(motion: Tensor, text: Tensor, same: Tensor) -> Tensor:
    """Cross-entropy of the likeness of embeddings (B, D), from motions to texts and back.

    same: (B, B), true where two clips have the very same sentence, which then belongs to both.
    """
    likeness = motion @ text.T / TEMPERATURE
    target = same / same.sum(-1, keepdim=True)
    return (F.cross_entropy(likeness, target) + F.cross_entropy(likeness.T, target)) / 2


@dataclass(frozen=True)
class MotionsAndTexts:
    """Batches of clips; sentence vectors are made once, when they are first drawn."""

    clips: Clips
    encoder: TextEncoder
    vectors: dict[str, Tensor] = field(default_factory=dict)

    def batch(self, size: int, seed: list[int]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Rows (B, T, 2, 262) padded with zeros, lengths (B,), vectors (B, D) of a text each, which are the same."""
        random = np.random.default_rng(seed)
        chosen = random.choice(len(self.clips.lengths), size, replace=False)
        lengths = self.clips.lengths[chosen]
        rows = np.zeros((size, lengths.max(), 2, self.clips.rows.shape[-1]), np.float32)
        for row, index, length in zip(rows, chosen, lengths, strict=True):
            row[:length] = np.swapaxes(self.clips.clip(index), 0, 1)
        texts = [str(random.choice(self.clips.texts[index])) for index in chosen]
        same = np.array(texts)[:, None] == np.array(texts)
        return torch.from_numpy(rows), torch.from_numpy(lengths), self._encode(texts), torch.from_numpy(same)

    def _encode(self, texts: list[str]) -> Tensor:
        new = sorted(set(texts) - self.vectors.keys())
        if new:
            self.vectors.update(zip(new, encode_all(self.encoder, new), strict=True))
        return torch.stack([self.vectors[text] for text in texts])
