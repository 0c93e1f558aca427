"""The texts of clips as their encoder reads them, made once for a run."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..datasets.prepared import Clips
from ..text import encode_all, text_encoder

SENTENCES, HELD_OUT_SENTENCES = "sentences.npz", "sentences_held_out.npz"  # in a run's folder
PLAIN_SHARE = 0.25  # of the draws take a clip's first text, the plainest, which is what most people type


@dataclass(frozen=True)
class Sentences:
    """vectors: (N, D) float16, an encoder's rows of all different sentences, most of a gigabyte in a large run.

    of_clips: for every clip the numbers of its texts, in their order.
    """

    vectors: Tensor
    of_clips: list[np.ndarray]

    def drawn(self, clips: np.ndarray, random: np.random.Generator) -> Tensor:
        """The rows (B, D) of a text of each of these clips."""
        plain, texts = random.random(len(clips)) < PLAIN_SHARE, [self.of_clips[clip] for clip in clips]
        return self.rows([of[0] if p else random.choice(of) for of, p in zip(texts, plain, strict=True)])

    def rows(self, numbers: Sequence[int] | np.ndarray) -> Tensor:
        """Of the sentences of these numbers (B, D)."""
        return self.vectors[numbers].float()


def sentences_of(clips: Clips, encoder: str, cache: Path) -> Sentences:
    """The sentences of a set of clips; vectors are kept in `cache` while sentences and encoder stay the same."""
    different = sorted({text for texts in clips.texts for text in texts})
    number = {text: row for row, text in enumerate(different)}
    of_clips = [np.array([number[text] for text in texts]) for texts in clips.texts]
    key = hashlib.sha256("\n".join([encoder, *different]).encode()).hexdigest()
    if not cache.exists() or str(np.load(cache)["key"]) != key:
        np.savez(cache, vectors=encode_all(text_encoder(encoder), different).half().numpy(), key=key)
    return Sentences(torch.from_numpy(np.load(cache)["vectors"]), of_clips)
