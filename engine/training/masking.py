"""Which tokens are hidden during training, and the second look of the step unroll (InterMask, section 3.2)."""

import math

import torch
from torch import Tensor

INTERACTION_SHARE = 0.2  # batches that hide one whole person
RANDOM_SHARE = 0.10  # hidden tokens that show a random code
MASK_SHARE = 0.88  # of the rest: those that show the mask id
UNROLL_STEP = 1 / 21  # how far the unroll goes on along the sampling schedule


def hide(ids: Tensor, valid: Tensor, codes: int) -> tuple[Tensor, Tensor]:
    """Hide tokens of ids (B, 2 * 5 * T), of which `valid` says which are no padding.

    Returns what the network sees (mask id = codes) and which positions it must predict, both (B, 10T).
    """
    batch, length = ids.shape
    if torch.rand(()) < INTERACTION_SHARE:
        hidden = torch.zeros_like(valid)
        half = length // 2
        hidden[: batch // 2, :half] = True
        hidden[batch // 2 :, half:] = True
    else:
        count = masked_count(torch.rand(batch), length)
        order = torch.rand(batch, length).argsort(-1).argsort(-1)
        hidden = (order < count[:, None]).to(ids.device)
    targets = hidden & valid
    draw = torch.rand(batch, length).to(ids.device)
    random_codes = torch.randint(codes, (batch, length)).to(ids.device)
    masked = (draw >= RANDOM_SHARE) & (draw < RANDOM_SHARE + (1 - RANDOM_SHARE) * MASK_SHARE)
    shown = torch.where(targets & (draw < RANDOM_SHARE), random_codes, ids)
    return torch.where(targets & masked, codes, shown), targets


def masked_count(progress: Tensor, length: int) -> Tensor:
    """Tokens still hidden after a share `progress` of the sampling, by the cosine schedule, at least one."""
    return torch.round(torch.cos(math.pi / 2 * progress) * length).clamp(min=1)


def unroll(logits: Tensor, shown: Tensor, targets: Tensor, codes: int) -> tuple[Tensor, Tensor]:
    """Take the network's own guesses for a step, as sampling will: all but the least confident leave the targets.

    logits (B, 10T, codes) of the first pass over `shown`. Returns the next `shown` and `targets`.
    """
    length = shown.shape[1]
    masked = shown == codes
    share = masked.float().mean(-1)
    progress = (torch.acos(share) / (math.pi / 2) + UNROLL_STEP).clamp(max=1.0)
    count = masked_count(progress, length)
    confidence, guess = logits.softmax(-1).max(-1)
    rank = confidence.masked_fill(~masked, 2.0).argsort(-1).argsort(-1)
    settled = masked & (rank >= count[:, None])
    return torch.where(settled, guess, shown), targets & ~settled
