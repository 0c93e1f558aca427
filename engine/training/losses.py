"""What the VQ-VAE is trained to get right (InterMask, section 3.1; the weights are the published ones)."""

from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

from ..features import CONTACT_HEIGHTS, CONTACT_SPEED, CONTACTS, FEET, POSITIONS, ROTATIONS, relative_to_world
from ..path import off
from ..skeleton import FULL_PARENTS, PARENTS

WEIGHTS = {
    "reconstruction": 1.0, "joint_position": 1.0, "velocity": 100.0, "bone_length": 5.0, "geodesic": 0.01,
    "foot_contact": 500.0, "commitment": 0.02,
}  # fmt: skip
# Rows relative to the pelvis have no common scale for places in the world: this one, in metres, stands for it.
PLACE_UNIT = 0.1
# There, hands count four times: they are what two people touch each other with.
HANDS, HANDS_WEIGHT = (20, 21), 4.0
# Of Inter-X: jaw and eyes, which its losses leave at rest, and the row of translation and velocity.
FACE, PLACE = slice(22, 25), 55


def vqvae_losses(
    prediction: Tensor, target: Tensor, mean: Tensor, std: Tensor, relative: bool = False, path: Tensor | None = None
) -> dict[str, Tensor]:
    """The six losses on normalised rows (B, T, 262), unweighted.

    `relative` says that the rows are relative to the pelvis (features.relative_to_pelvis), or to a path (B, T, 3):
    places, steps and bone lengths are then compared in the world, else on the normalised values as the published code
    does.
    """
    metric = [rows * std + mean for rows in (prediction, target)]
    if relative:
        metric = [relative_to_world(rows) if path is None else off(rows, path) for rows in metric]
        placed = [rows[..., POSITIONS] / PLACE_UNIT for rows in metric]
    else:
        placed = [prediction[..., POSITIONS], target[..., POSITIONS]]
    joints = [places.unflatten(-1, (22, 3)) for places in placed]
    weights = torch.ones(22, 1, device=mean.device)
    if relative:
        weights[HANDS, :] = HANDS_WEIGHT
    feet = metric[0][..., POSITIONS].unflatten(-1, (22, 3))[..., FEET, :]
    return {
        "reconstruction": F.smooth_l1_loss(prediction[..., : CONTACTS.start], target[..., : CONTACTS.start]),
        "joint_position": F.smooth_l1_loss(*(weights * places for places in joints)),
        "velocity": F.smooth_l1_loss(*(places.diff(dim=1) for places in placed)),
        "bone_length": F.smooth_l1_loss(*map(_bone_lengths, joints)),
        "geodesic": _angles(*(rows[..., ROTATIONS].unflatten(-1, (21, 6)) for rows in (prediction, target))),
        "foot_contact": _sliding(feet, planted_feet(metric[1])),
    }


def planted_feet(rows: Tensor) -> Tensor:
    """Which feet of rows (B, T, 262), not normalised, are in contact until the next frame: (B, T - 1, 4)."""
    return rows[:, :-1, CONTACTS] > 0.5


def interx_losses(prediction: Tensor, target: Tensor, offsets: Tensor) -> dict[str, Tensor]:
    """The six losses on Inter-X rows (B, T, 56, 6), unweighted. offsets (55, 3): the neutral SMPL-X body's, metres.

    Bone lengths are those of one body and never differ; they are there as they were in the published training.
    """
    joints = [interx_joints(rows, offsets) for rows in (prediction, target)]
    return {
        "reconstruction": F.smooth_l1_loss(prediction, target),
        "joint_position": F.smooth_l1_loss(*joints),
        "velocity": F.smooth_l1_loss(*(places.diff(dim=1) for places in joints)),
        "bone_length": F.smooth_l1_loss(*map(_bone_lengths, joints)),
        "geodesic": _angles(prediction[..., :PLACE, :], target[..., :PLACE, :]),
        "foot_contact": _sliding(joints[0][..., FEET, :], interx_planted_feet(joints[1])),
    }


def interx_planted_feet(joints: Tensor) -> Tensor:
    """Which feet of joints (B, T, 55, 3) are slow and low until the next frame: (B, T - 1, 4).

    As published: low is measured from where the first person's body starts, so that all feet are.
    """
    feet = joints[..., FEET, :]
    slow = feet.diff(dim=1).square().sum(-1) < CONTACT_SPEED
    return slow & (feet[:, :-1, :, 1] < torch.from_numpy(CONTACT_HEIGHTS).to(feet))


def interx_joints(rows: Tensor, offsets: Tensor) -> Tensor:
    """Joints (B, T, 55, 3) of Inter-X rows (B, T, 56, 6), jaw and eyes at rest, by forward kinematics."""
    turns = _orthonormal(rows[..., :PLACE, :])
    rest = torch.eye(3, device=rows.device, dtype=rows.dtype).expand(*turns.shape[:-3], 3, 3, 3)
    turns = torch.cat((turns[..., : FACE.start, :, :], rest, turns[..., FACE.stop :, :, :]), dim=-3)
    roots = rows[..., PLACE, :3] + offsets[0]
    joints, world = {0: roots}, {0: turns[..., 0, :, :]}
    for parents, children in _generations():
        over = torch.stack([world[parent] for parent in parents], dim=-3)
        steps = (over @ offsets[list(children)][..., None])[..., 0]
        bent = over @ turns[..., list(children), :, :]
        for number, (parent, child) in enumerate(zip(parents, children, strict=True)):
            joints[child] = joints[parent] + steps[..., number, :]
            world[child] = bent[..., number, :, :]
    return torch.stack([joints[joint] for joint in range(len(FULL_PARENTS))], dim=-2)


@lru_cache
def _generations() -> tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]:
    """Parents and children, all children of one depth together: a dozen products instead of 54."""
    depth = [0]
    for parent in FULL_PARENTS[1:]:
        depth.append(depth[parent] + 1)
    levels = [tuple(j for j, d in enumerate(depth) if d == level) for level in range(1, max(depth) + 1)]
    return tuple((tuple(FULL_PARENTS[joint] for joint in level), level) for level in levels)


def _bone_lengths(joints: Tensor) -> Tensor:
    """Of the 22 joints of the body (..., J, 3): (..., 21)."""
    return torch.linalg.vector_norm(joints[..., 1:22, :] - joints[..., PARENTS[1:], :], dim=-1)


def _sliding(feet: Tensor, planted: Tensor) -> Tensor:
    """How far planted feet go: feet (B, T, 4, 3) in metres; the mean over those that are planted, 0 if none is."""
    moved = feet.diff(dim=1)
    slides = F.smooth_l1_loss(moved, torch.zeros_like(moved), reduction="none").mean(-1)
    return (slides * planted).sum() / planted.sum().clamp(min=1)


def _angles(a: Tensor, b: Tensor) -> Tensor:
    """Mean angle between 6D rotations (..., 6), of which entries 0:3 and 3:6 are read as two axes, as published."""
    trace = (_orthonormal(a) * _orthonormal(b)).sum((-1, -2))
    return torch.acos(((trace - 1) / 2).clamp(-1 + 1e-7, 1 - 1e-7)).mean()


def _orthonormal(rotations: Tensor) -> Tensor:
    """Matrices (..., 3, 3), whose first two rows are the two axes of 6D rotations (..., 6), made orthonormal."""
    first, second = rotations.unflatten(-1, (2, 3)).unbind(-2)
    x = F.normalize(first, dim=-1)
    y = F.normalize(second - (x * second).sum(-1, keepdim=True) * x, dim=-1)
    return torch.stack([x, y, torch.linalg.cross(x, y)], dim=-2)
