"""What the VQ-VAE is trained to get right (InterMask, section 3.1; the weights are the published ones)."""

import torch
import torch.nn.functional as F
from torch import Tensor

from ..features import CONTACTS, FEET, POSITIONS, ROTATIONS, relative_to_world
from ..skeleton import PARENTS

WEIGHTS = {
    "reconstruction": 1.0, "joint_position": 1.0, "velocity": 100.0, "bone_length": 5.0, "geodesic": 0.01,
    "foot_contact": 500.0, "commitment": 0.02,
}  # fmt: skip
# Rows relative to the pelvis have no common scale for places in the world: this one, in metres, stands for it.
PLACE_UNIT = 0.1
# There, hands count double: they are what two people touch each other with.
HANDS, HANDS_WEIGHT = (20, 21), 2.0


def vqvae_losses(
    prediction: Tensor, target: Tensor, mean: Tensor, std: Tensor, relative: bool = False
) -> dict[str, Tensor]:
    """The six losses on normalised rows (B, T, 262), unweighted.

    `relative` says that the rows are relative to the pelvis (features.relative_to_pelvis): places, steps and bone
    lengths are then compared in the world, else on the normalised values as the published code does.
    """
    metric = [rows * std + mean for rows in (prediction, target)]
    if relative:
        metric = [relative_to_world(rows) for rows in metric]
        placed = [rows[..., POSITIONS] / PLACE_UNIT for rows in metric]
    else:
        placed = [prediction[..., POSITIONS], target[..., POSITIONS]]
    joints = [places.unflatten(-1, (22, 3)) for places in placed]
    weights = torch.ones(22, 1, device=mean.device)
    if relative:
        weights[HANDS, :] = HANDS_WEIGHT
    lengths = [torch.linalg.vector_norm(j[..., 1:, :] - j[..., PARENTS[1:], :], dim=-1) for j in joints]
    feet = metric[0][..., POSITIONS].unflatten(-1, (22, 3))[..., FEET, :]
    planted = metric[1][:, :-1, CONTACTS] > 0.5
    slides = feet.diff(dim=1)[planted]
    return {
        "reconstruction": F.smooth_l1_loss(prediction[..., : CONTACTS.start], target[..., : CONTACTS.start]),
        "joint_position": F.smooth_l1_loss(*(weights * places for places in joints)),
        "velocity": F.smooth_l1_loss(*(places.diff(dim=1) for places in placed)),
        "bone_length": F.smooth_l1_loss(*lengths),
        "geodesic": _angles(prediction[..., ROTATIONS], target[..., ROTATIONS]).mean(),
        "foot_contact": F.smooth_l1_loss(slides, torch.zeros_like(slides)) if len(slides) else feet.sum() * 0,
    }


def _angles(a: Tensor, b: Tensor) -> Tensor:
    """Angles between 6D rotations (..., 126); entries 0:3 and 3:6 are read as two axes, as the published code does."""
    trace = (_orthonormal(a) * _orthonormal(b)).sum((-1, -2))
    return torch.acos(((trace - 1) / 2).clamp(-1 + 1e-7, 1 - 1e-7))


def _orthonormal(rotations: Tensor) -> Tensor:
    first, second = rotations.unflatten(-1, (21, 2, 3)).unbind(-2)
    x = F.normalize(first, dim=-1)
    y = F.normalize(second - (x * second).sum(-1, keepdim=True) * x, dim=-1)
    return torch.stack([x, y, torch.linalg.cross(x, y)], dim=-2)
