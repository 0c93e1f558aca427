"""The InterHuman and the Inter-X benchmark: test clips, evaluator, and how each scales its scores."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from .. import features_interx
from ..datasets import interhuman
from ..datasets.pair_cache import open_cache
from ..datasets.research_samples import InterHumanClips, InterXClips
from ..errors import EngineError
from ..features import POSITIONS, SOLE, WIDTH
from ..normaliser import Normaliser
from .embedders import InterHumanEmbedder, InterXEmbedder, ScoredClip
from .metrics import BATCH, DISTANCE_SCALE, SCALE

SPLIT = "test"
IN_METRES = Normaliser(np.zeros(WIDTH), np.ones(WIDTH))
INTERX_BATCH = 32


@dataclass(frozen=True)
class Benchmark:
    """layout: "interhuman" or "interx". clips, embedder: of it, see research_samples.py and embedders.py.

    batch: of R-precision; scale: of embeddings for FID, distance_scale: for diversity and multimodality.
    joints: rows of both people to joint positions (2, T, J, 3), Y up, metres, the floor at 0.
    """

    layout: str
    clips: InterHumanClips | InterXClips
    embedder: InterHumanEmbedder | InterXEmbedder
    batch: int
    scale: float
    distance_scale: float
    joints: Callable[[np.ndarray], np.ndarray]

    def clip(self, index: int, seed: list[int]) -> ScoredClip:
        """A test clip as the benchmark draws it: a part of it, one of its texts, InterHuman's people in any order."""
        sample = self.clips.sample(index, seed)
        words = sample.get("tagged", sample["text"])
        return ScoredClip(sample["rows"][:, : sample["frames"]], sample["text"], words)


def open_benchmark(data: Path, evaluator: Path, words: Path | None, device: torch.device) -> Benchmark:
    """The benchmark of a prepared data set. words: the folder of the Inter-X evaluator's words. Raises EngineError."""
    if open_cache(data).dataset == interhuman.NAME:
        clips, embedder = InterHumanClips(data, SPLIT, IN_METRES), InterHumanEmbedder(evaluator, device)
        return Benchmark("interhuman", clips, embedder, BATCH, SCALE, DISTANCE_SCALE, _joints)
    if not words:
        raise EngineError("Inter-X's evaluator reads word vectors: say with --words in which folder they are.")
    embedder = InterXEmbedder(evaluator, words, device)
    return Benchmark("interx", InterXClips(data, SPLIT), embedder, INTERX_BATCH, 1.0, 1.0, _interx_joints)


def _joints(pair: np.ndarray) -> np.ndarray:
    """Rows have the lowest joint of each at 0, which is a sole over the floor."""
    return pair[..., POSITIONS].reshape(2, -1, 22, 3) + [0.0, SOLE, 0.0]


def _interx_joints(pair: np.ndarray) -> np.ndarray:
    """The joints of our reference body, the lowest of both people a sole over the floor."""
    positions = features_interx.motion_from_rows(pair.astype(np.float64)).joint_positions
    return positions - [0.0, positions[..., 1].min() - SOLE, 0.0]
