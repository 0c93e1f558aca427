"""Scores on embeddings with known answers."""

import numpy as np
import pytest

from engine.evaluation.metrics import (
    diversity,
    frechet_distance,
    mm_distance,
    mpjpe,
    multimodality,
    r_precision,
    with_confidence,
)


def gaussian(mean: np.ndarray, deviation: np.ndarray, count: int = 4000) -> np.ndarray:
    """Rows whose mean and covariance are exactly those asked for."""
    rows = np.random.default_rng(0).standard_normal((count, len(mean)))
    rows -= rows.mean(0)
    rows = rows @ np.linalg.inv(np.linalg.cholesky(np.cov(rows, rowvar=False))).T
    return rows * deviation + mean


def test_frechet_distance_of_two_gaussians():
    a = gaussian(np.array([0.0, 0.0, 0.0]), np.array([1.0, 2.0, 3.0]))
    b = gaussian(np.array([1.0, 0.0, 2.0]), np.array([2.0, 2.0, 1.0]))
    # |means|^2 + sum (deviations' differences)^2
    assert frechet_distance(a, b, scale=1.0) == pytest.approx(5.0 + 1.0 + 4.0)
    assert frechet_distance(a, b, scale=6.0) == pytest.approx(36 * 10.0)
    assert frechet_distance(a, a) == pytest.approx(0.0, abs=1e-6)


def test_frechet_distance_with_fewer_rows_than_columns():
    rows = np.random.default_rng(1).standard_normal((8, 20))
    assert frechet_distance(rows, rows + np.eye(20)[0] * 3, scale=1.0) == pytest.approx(9.0, abs=1e-4)


def test_r_precision_and_mm_distance_of_a_hand_made_batch():
    text = np.array([[0.0], [10.0], [20.0], [30.0]])
    # own distances 1, 8, 3, 40; nearer motions of others: none, one, none, three
    motion = np.array([[1.0], [2.0], [17.0], [-10.0]])
    assert r_precision(text, motion, batch=4) == pytest.approx([0.5, 0.75, 0.75])
    assert mm_distance(text, motion, batch=4) == pytest.approx((1 + 8 + 3 + 40) / 4)


def test_an_incomplete_last_batch_is_dropped():
    text = np.arange(5.0)[:, None]
    motion = np.concatenate([text[:4], [[-100.0]]])
    assert r_precision(text, motion, batch=2) == pytest.approx([1.0, 1.0, 1.0])
    assert mm_distance(text, motion, batch=2) == 0.0


def test_diversity_and_multimodality():
    two_places = np.repeat([[0.0, 0.0], [1.0, 0.0]], 400, axis=0)
    # half of the pairs are 1 apart, the rest 0; times 6, halved
    assert diversity(two_places, pairs=400) == pytest.approx(1.5, abs=0.2)
    assert diversity(two_places, pairs=400, scale=1.0) == pytest.approx(0.5, abs=0.07)
    assert diversity(two_places[:400]) == 0.0
    same_for_a_text = np.repeat(two_places[::40, None], 10, axis=1)
    assert multimodality(same_for_a_text) == 0.0
    assert multimodality(np.stack([two_places[::40]] * 50)) == pytest.approx(1.5, abs=0.3)


def test_joint_errors_and_confidence():
    truth = np.zeros((2, 5, 22, 3))
    assert mpjpe(truth + [0.03, 0.0, 0.04], truth) == pytest.approx(0.05)
    assert mpjpe(np.concatenate([truth[:1], truth[:1] + [1.0, 0, 0]]), truth) == pytest.approx(0.5)
    # mean 2, standard deviation 1 (of all, not of a sample), four replications
    assert with_confidence([1.0, 3.0, 1.0, 3.0]) == pytest.approx((2.0, 0.98))
