"""Scores and pictures while a network trains, on held-out clips: does what it makes look right, and does it get better?

They are those of the benchmark, but on the validation clips and once, so that they say which checkpoint is better and
not how good it is: for that there is the command evaluate.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from ..datasets.preview import draw_strip
from ..datasets.research_samples import InterHumanClips, InterXClips
from ..evaluation.benchmarks import IN_METRES, Benchmark, open_benchmark
from ..evaluation.embedders import ScoredClip
from ..evaluation.made_clips import ClipMaker
from ..evaluation.metrics import frechet_distance, mm_distance, r_precision
from ..features import FRAMES_PER_TOKEN
from ..pipeline import InterMask
from ..representation import InterHuman, InterX
from ..vqvae import VQVAE
from .config import ResearchData

MOST, STRIPS = 960, 3  # clips that are scored, and those of which there is a picture
BATCH = 64
SPLIT = "val"

Scores = tuple[dict[str, float], dict[str, np.ndarray]]


@dataclass(frozen=True)
class EarlyScores:
    """The clips of the validation split, always the same; benchmark: none, without its evaluator: pictures alone."""

    clips: list[ScoredClip]
    benchmark: Benchmark | None

    @classmethod
    def of(cls, data: ResearchData, device: torch.device) -> "EarlyScores":
        """Raises EngineError if the data set or an evaluator that is named can't be read."""
        clips = (
            InterXClips(data.cache, "val") if data.kind == "interx" else InterHumanClips(data.cache, "val", IN_METRES)
        )
        words = Path(data.words) if data.words else None
        benchmark = open_benchmark(Path(data.cache), Path(data.evaluator), words, device) if data.evaluator else None
        chosen = []
        for index in range(min(MOST if benchmark else STRIPS, len(clips))):
            sample = clips.sample(index, (0, index))
            rows = sample["rows"][:, : sample["frames"] // FRAMES_PER_TOKEN * FRAMES_PER_TOKEN]
            chosen.append(ScoredClip(rows, sample["text"], sample.get("tagged", sample["text"])))
        return cls(chosen, benchmark)

    def of_vqvae(self, vqvae: VQVAE, rows: InterHuman | InterX) -> Scores:
        """Of clips that go through the VQ-VAE. rows: what its numbers mean."""
        device = next(vqvae.parameters()).device
        made = []
        for clip in self.clips:
            people = torch.from_numpy(rows.to_networks(clip.rows)).to(device)
            made.append(rows.from_networks(vqvae.decode(vqvae.encode(people)).float().cpu().numpy()))
        return self._scores(made, rows)

    def of_model(self, model: InterMask) -> Scores:
        """Of clips made from the sentences, with a seed each."""
        made: list[np.ndarray] = [None] * len(self.clips)
        for numbers, pairs in ClipMaker(model, "generate", BATCH).make(self.clips, range(len(self.clips))):
            for number, pair in zip(numbers, pairs, strict=True):
                made[number] = pair
        return self._scores(made, model.rows)

    def _scores(self, made: Sequence[np.ndarray], rows: InterHuman | InterX) -> Scores:
        pictures = {
            f"clip_{number}": _strip(rows, pair, clip.text)
            for number, (pair, clip) in enumerate(zip(made[:STRIPS], self.clips, strict=False))
        }
        if not self.benchmark:
            return {}, pictures
        embedder, batch = self.benchmark.embedder, min(self.benchmark.batch, len(made))
        motion, text = embedder.motions(made), embedder.texts([clip.words for clip in self.clips])
        true = embedder.motions([clip.rows for clip in self.clips])
        tops = {f"R_top_{n}": float(top) for n, top in enumerate(r_precision(text, motion, batch), 1)}
        fid = frechet_distance(motion, true, self.benchmark.scale)
        return tops | {"FID": fid, "MM_distance": mm_distance(text, motion, batch)}, pictures


def _strip(rows: InterHuman | InterX, pair: np.ndarray, text: str) -> np.ndarray:
    """A picture (height, width, 3) in bytes of eight moments."""
    from matplotlib.image import imread

    positions = rows.motion(rows.to_networks(pair), (None, None)).joint_positions
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "strip.png"
        draw_strip(positions, path, text)
        return (imread(path)[..., :3] * 255).astype(np.uint8)
