"""Motions and sentences as the benchmarks' evaluators see them: arrays (N, D), near where they belong together."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from ..batches import Batches
from ..features import WIDTH
from ..text import clip_folder, clip_ids, encode_all, read_clip_tokenizer, text_encoder
from .interclip import load_evaluator
from .interx_evaluator import FRAMES, NUMBERS, ROWS
from .published_evaluators import load_interclip, load_interx
from .word_vectors import WordVectors

BATCH = 64


@dataclass(frozen=True)
class ScoredClip:
    """Two people's rows, (2, T, 262) in metres or (2, T, 56, 6), and a text.

    words: what the evaluator reads of the text; of Inter-X "word/POS word/POS", else the text itself.
    """

    rows: np.ndarray
    text: str
    words: str


class InterHumanEmbedder:
    """InterCLIP as published (a file; it reads words as CLIP does), or an evaluator trained here (a folder)."""

    def __init__(self, evaluator: Path, device: torch.device):
        """Raises EngineError if there is no evaluator that can be read."""
        self.device, self.batches = device, Batches(BATCH)
        if evaluator.is_dir():
            self.evaluator, name = load_evaluator(evaluator, device)
            encoder = text_encoder(name)
            self.read = lambda texts: encode_all(encoder, texts)
        else:
            self.evaluator = load_interclip(evaluator, device)
            tokenizer = read_clip_tokenizer(clip_folder())
            self.read = lambda texts: clip_ids(tokenizer, texts)

    def motions(self, pairs: Sequence[np.ndarray]) -> np.ndarray:
        """Embeddings (N, D) of rows (2, T, 262) of both people, in metres."""
        return np.concatenate(list(self.batches.run(pairs, self._motions)))

    @torch.inference_mode()
    def _motions(self, pairs: Sequence[np.ndarray]) -> np.ndarray:
        lengths = torch.tensor([pair.shape[1] for pair in pairs])
        rows = torch.zeros(len(pairs), int(lengths.max()), 2, WIDTH)
        for row, pair in zip(rows, pairs, strict=True):
            row[: pair.shape[1]] = torch.from_numpy(np.swapaxes(pair, 0, 1))
        return self.evaluator.motion(rows.to(self.device), lengths.to(self.device)).cpu().numpy()

    @torch.inference_mode()
    def texts(self, texts: Sequence[str]) -> np.ndarray:
        """Embeddings (N, D) of sentences."""
        found = self.read(list(texts)).to(self.device)
        return np.concatenate(list(self.batches.run(found, lambda part: self.evaluator.text(part).cpu().numpy())))


class InterXEmbedder:
    """Inter-X's evaluator as published (a file), and the folder of its words, see word_vectors.py."""

    def __init__(self, evaluator: Path, words: Path, device: torch.device):
        """Raises EngineError if one of the files can't be read."""
        self.evaluator, self.words = load_interx(evaluator, device), WordVectors.read(words)
        self.device, self.batches = device, Batches(BATCH)

    def motions(self, pairs: Sequence[np.ndarray]) -> np.ndarray:
        """Embeddings (N, D) of rows (2, T, 56, 6) of both people, at most 150 frames."""
        return np.concatenate(list(self.batches.run(pairs, self._motions)))

    @torch.inference_mode()
    def _motions(self, pairs: Sequence[np.ndarray]) -> np.ndarray:
        rows = torch.zeros(len(pairs), FRAMES, ROWS, NUMBERS)
        for row, pair in zip(rows, pairs, strict=True):
            row[: pair.shape[1]] = torch.from_numpy(np.concatenate(list(pair), axis=-1))
        lengths = torch.tensor([pair.shape[1] for pair in pairs])
        return self.evaluator.motion(rows.to(self.device), lengths).cpu().numpy()

    @torch.inference_mode()
    def texts(self, texts: Sequence[str]) -> np.ndarray:
        """Embeddings (N, D) of sentences of words with their parts of speech, "word/POS word/POS"."""
        words, classes, counts = zip(*(self.words.encode(text.split()) for text in texts), strict=True)
        arrays = (torch.from_numpy(np.stack(part)).to(self.device) for part in (words, classes))
        return self.evaluator.text(*arrays, torch.tensor(counts)).cpu().numpy()
