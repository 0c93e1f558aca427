"""The scores of text-to-motion, on embeddings of an evaluator: arrays (N, D), float64 inside.

As the InterHuman benchmark computes them (Liang et al., "InterGen", 2024), whose evaluator gives vectors of length 1:
distributions of motions are therefore measured at SCALE times their size, distances between them at half that. The
Inter-X benchmark measures both as they are.
"""

import numpy as np

SCALE, DISTANCE_SCALE = 6.0, 3.0
BATCH = 96


def frechet_distance(a: np.ndarray, b: np.ndarray, scale: float = SCALE) -> float:
    """FID: |mean_a - mean_b|^2 + tr(A + B - 2 (A B)^(1/2)) with covariances A, B, of embeddings times `scale`.

    Heusel et al., "GANs trained by a two time-scale update rule converge to a local Nash equilibrium", 2017.
    """
    a, b = (np.asarray(part, dtype=np.float64) * scale for part in (a, b))
    first, second = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    values, vectors = np.linalg.eigh(first)
    root = (vectors * np.sqrt(values.clip(min=0))) @ vectors.T
    # tr (A B)^(1/2) by the symmetric A^(1/2) B A^(1/2), which has the same eigenvalues
    shared = np.sqrt(np.linalg.eigvalsh(root @ second @ root).clip(min=0)).sum()
    gap = a.mean(0) - b.mean(0)
    return float(gap @ gap + np.trace(first) + np.trace(second) - 2 * shared)


def r_precision(text: np.ndarray, motion: np.ndarray, batch: int = BATCH) -> np.ndarray:
    """Shares of texts whose own motion is the nearest, among the nearest two, and three, of its batch: (3,).

    Row i of one belongs to row i of the other; an incomplete last batch is dropped.
    Guo et al., "Generating diverse and natural 3D human motions from text", 2022.
    """
    rank = ranks(text, motion, batch)
    return np.array([(rank < top).mean() for top in (1, 2, 3)])


def ranks(text: np.ndarray, motion: np.ndarray, batch: int = BATCH) -> np.ndarray:
    """How many motions of its batch are nearer to a text than its own: one number a row, of whole batches."""
    parts = _distances(text, motion, batch)
    return np.concatenate([(part < np.diagonal(part)[:, None]).sum(-1) for part in parts])


def mm_distance(text: np.ndarray, motion: np.ndarray, batch: int = BATCH) -> float:
    """Mean distance of a text and its motion, over whole batches as in `r_precision`."""
    return float(np.mean([np.diagonal(part) for part in _distances(text, motion, batch)]))


def diversity(motion: np.ndarray, pairs: int = 300, seed: int = 0, scale: float = DISTANCE_SCALE) -> float:
    """Mean distance of `pairs` random pairs of motions, times `scale`.

    Where there are fewer motions than pairs, as many pairs as motions are drawn.
    """
    random, count = np.random.default_rng(seed), min(pairs, len(motion))
    first, second = (random.choice(len(motion), count, replace=False) for _ in range(2))
    gaps = np.asarray(motion, dtype=np.float64)[first] - np.asarray(motion, dtype=np.float64)[second]
    return float(np.linalg.norm(gaps, axis=-1).mean() * scale)


def multimodality(motion: np.ndarray, pairs: int = 10, seed: int = 0, scale: float = DISTANCE_SCALE) -> float:
    """The same between motions of one text: (texts, samples, D), at most `pairs` pairs for each text."""
    motion, random = np.asarray(motion, dtype=np.float64), np.random.default_rng(seed)
    first, second = (random.choice(motion.shape[1], min(pairs, motion.shape[1]), replace=False) for _ in range(2))
    return float(np.linalg.norm(motion[:, first] - motion[:, second], axis=-1).mean() * scale)


def mpjpe(positions: np.ndarray, truth: np.ndarray) -> float:
    """Mean distance, in metres, of joints (..., J, 3) from where they should be; nothing is aligned.

    Ionescu et al., "Human3.6M", 2014 (mean per-joint position error).
    """
    return float(np.linalg.norm(np.asarray(positions, np.float64) - np.asarray(truth, np.float64), axis=-1).mean())


def with_confidence(replications: np.ndarray) -> tuple[float, float]:
    """Mean of a score over replications and the half width of its 95 % interval, 1.96 times the standard error."""
    values = np.asarray(replications, dtype=np.float64)
    return float(values.mean()), float(1.96 * values.std() / np.sqrt(len(values)))


def _distances(text: np.ndarray, motion: np.ndarray, batch: int) -> list[np.ndarray]:
    """Distances (batch, batch) from every text to every motion, batch by batch."""
    text, motion = (np.asarray(part, dtype=np.float64) for part in (text, motion))
    starts = range(0, len(text) - batch + 1, batch)
    return [np.linalg.norm(text[n : n + batch, None] - motion[None, n : n + batch], axis=-1) for n in starts]
