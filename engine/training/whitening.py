"""Sentence vectors as the starter's transformer learns from them: small distinctions as large as big ones.

A sentence model puts what a sentence is about into directions that vary a thousand times more than those that tell
left from right or who does what to whom. Training reads vectors times a matrix that evens this out; packaging folds
the matrix into the layer that reads them, so that the finished model takes the sentence model's vectors as they are.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

FLOOR = 1.0  # variance under which directions stay small: there the vectors tell little more


def whitening(vectors: Tensor, path: Path) -> Tensor:
    """The matrix (D, D) for sentence vectors (N, D), made once and kept at `path`: a run's parts must agree.

    Symmetric, U (E + FLOOR)^(-1/2) U^T of the second moments U E U^T: zeros, which mean that nothing is said, stay.
    """
    if not path.exists():
        moments = (vectors.double().T @ vectors.double()) / len(vectors)
        values, directions = torch.linalg.eigh(moments)
        matrix = (directions / (values.clamp(min=0) + FLOOR).sqrt()) @ directions.T
        np.savez(path, matrix=matrix.float().numpy())
    return torch.from_numpy(np.load(path)["matrix"])


@torch.no_grad()
def fold(projection: nn.Linear, path: Path) -> None:
    """Let a layer that learned from vectors times the matrix at `path` read the vectors themselves."""
    projection.weight.copy_(projection.weight @ torch.from_numpy(np.load(path)["matrix"]))
