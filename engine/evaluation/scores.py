"""One replication of a benchmark's scores: test clips are drawn, the model makes its own, both are scored."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from .benchmarks import Benchmark
from .embedders import ScoredClip
from .made_clips import ClipMaker
from .metrics import diversity, frechet_distance, mm_distance, mpjpe, multimodality, r_precision
from .physics import physics

TEXTS, SAMPLES = 100, 30  # of multimodality
PHYSICAL = 100  # clips of a replication of which physical figures are taken
PHYSICS = ("foot_slide_mm", "skating_ratio", "penetration_mm", "joints_penetration_mm", "contact_share", "jerk")
REFERENCE, ASKED = 0, 1  # draws of the test clips
REAL, MODEL = "real", "model"

Figures = dict[str, float]


@dataclass(frozen=True)
class Replication:
    """figures: {"real" or "model": {name: figure}}. made: clips that the model made and had scored, in `seconds`."""

    figures: dict[str, Figures]
    made: int
    seconds: float


def replicate(benchmark: Benchmark, maker: ClipMaker, seed: Sequence[int]) -> Replication:
    """Draw, make and score; every random choice comes from `seed`.

    The test clips are drawn twice, each time in another order with other parts and texts of them: one draw is the
    reference of FID, the other is what the model is asked for. As published, what a draw has beyond whole batches of
    R-precision is not scored. Multimodality is that of 30 clips for each of 100 texts; a reconstruction has none, and
    MPJPE instead: the mean distance of joints from the true ones over all clips, in metres, with nothing aligned.
    """
    reference, asked = (_draw(benchmark, [*seed, draw]) for draw in (REFERENCE, ASKED))
    again = maker.mode == "reconstruct"
    texts = 0 if again else min(TEXTS, len(asked))
    jobs = [*asked, *(clip for clip in asked[:texts] for _ in range(SAMPLES - 1))]
    start = time.monotonic()
    embeddings, joints = _make(benchmark, maker, jobs, seed, len(asked) if again else PHYSICAL)
    seconds = time.monotonic() - start
    model, further = np.split(embeddings, [len(asked)])
    true = benchmark.embedder.motions([clip.rows for clip in asked])
    reference = benchmark.embedder.motions([clip.rows for clip in reference])
    text = benchmark.embedder.texts([clip.words for clip in asked])
    true_joints = [benchmark.joints(clip.rows) for clip in asked[: len(joints)]]
    figures = {
        REAL: _scores(benchmark, text, true, reference, seed) | _physical(true_joints[:PHYSICAL]),
        MODEL: _scores(benchmark, text, model, reference, seed) | _physical(joints[:PHYSICAL]),
    }
    if again:
        errors = [mpjpe(found, real[:, : found.shape[1]]) for found, real in zip(joints, true_joints, strict=True)]
        figures[MODEL]["MPJPE_m"] = float(np.average(errors, weights=[found.shape[1] for found in joints]))
    else:
        samples = np.concatenate([model[:texts, None], further.reshape(texts, SAMPLES - 1, -1)], axis=1)
        figures[MODEL]["multimodality"] = multimodality(samples, seed=seed, scale=benchmark.distance_scale)
    return Replication(figures, len(jobs), seconds)


def _draw(benchmark: Benchmark, seed: Sequence[int]) -> list[ScoredClip]:
    """The test clips in a random order, as many as there are in whole batches; all if they are no batch."""
    order = np.random.default_rng(seed).permutation(len(benchmark.clips))
    whole = len(order) // benchmark.batch * benchmark.batch or len(order)
    return [benchmark.clip(int(index), [*seed, int(index)]) for index in order[:whole]]


def _make(
    benchmark: Benchmark, maker: ClipMaker, jobs: Sequence[ScoredClip], seed: Sequence[int], looked_at: int
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Embeddings (N, D) of what the model makes, and the joints (2, T, J, 3) of the first `looked_at` clips."""
    seeds = (np.random.SeedSequence(seed).generate_state(len(jobs), np.uint64) >> np.uint64(1)).tolist()
    embeddings: dict[int, np.ndarray] = {}
    joints: dict[int, np.ndarray] = {}
    with tqdm(total=len(jobs), desc="clips", leave=False) as progress:
        for numbers, pairs in maker.make(jobs, seeds):
            embeddings.update(zip(numbers, benchmark.embedder.motions(pairs), strict=True))
            joints |= {n: benchmark.joints(pair) for n, pair in zip(numbers, pairs, strict=True) if n < looked_at}
            progress.update(len(numbers))
    return np.stack([embeddings[n] for n in sorted(embeddings)]), [joints[n] for n in sorted(joints)]


def _scores(
    benchmark: Benchmark, text: np.ndarray, motion: np.ndarray, reference: np.ndarray, seed: Sequence[int]
) -> Figures:
    """The published scores of motions (N, D) and their texts against a reference (N, D)."""
    batch = min(benchmark.batch, len(text))
    tops = {f"R_top_{n}": float(top) for n, top in enumerate(r_precision(text, motion, batch), 1)}
    return tops | {
        "FID": frechet_distance(motion, reference, benchmark.scale),
        "MM_distance": mm_distance(text, motion, batch),
        "diversity": diversity(motion, seed=seed, scale=benchmark.distance_scale),
    }


def _physical(clips: Sequence[np.ndarray]) -> Figures:
    found = [physics(positions) for positions in clips]
    return {name: float(np.mean([figures[name] for figures in found])) for name in PHYSICS}
