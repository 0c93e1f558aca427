"""Which tokens are hidden during training, and the second look of the step unroll (InterMask, section 3.2)."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

INTERACTION_SHARE = 0.2  # batches that hide one whole person
RANDOM_SHARE = 0.10  # hidden tokens that show a random code
MASK_SHARE = 0.88  # of the rest: those that show the mask id
UNROLL_STEP = 1 / 21  # how far the unroll goes on along the sampling schedule
TEXT_DROPOUT = 0.1


@dataclass(frozen=True)
class Chances:
    """What is drawn for a batch: hidden (B, 10T); draw (B, 10T), what a hidden token shows; random codes (B, 10T);
    the texts (B, passes) that are kept. All on the CPU, so that a seed means the same everywhere."""

    hidden: Tensor
    draw: Tensor
    random_codes: Tensor
    kept_texts: Tensor

    @classmethod
    def of(cls, batch: int, length: int, codes: int, generator: torch.Generator) -> "Chances":
        """Draw for so many samples of 2 * 5 * T tokens."""

        def rand(*shape: int) -> Tensor:
            return torch.rand(shape, generator=generator)

        if rand() < INTERACTION_SHARE:
            hidden = torch.zeros(batch, length, dtype=torch.bool)
            half = length // 2
            hidden[: batch // 2, :half] = True
            hidden[batch // 2 :, half:] = True
        else:
            count = masked_count(rand(batch), length)
            hidden = rand(batch, length).argsort(-1).argsort(-1) < count[:, None]
        draw, random_codes = rand(batch, length), torch.randint(codes, (batch, length), generator=generator)
        kept = torch.cat((rand(batch, 1), rand(batch, 1)), dim=1) >= TEXT_DROPOUT  # anew for the unroll
        return cls(hidden, draw, random_codes, kept)


def hide(
    ids: Tensor, valid: Tensor, codes: int, hidden: Tensor, draw: Tensor, random_codes: Tensor
) -> tuple[Tensor, Tensor]:
    """Hide tokens of ids (B, 2 * 5 * T), of which `valid` says which are no padding; the rest is as in Chances.

    Returns what the network sees (mask id = codes) and which positions it must predict, both (B, 10T).
    """
    targets = hidden & valid
    masked = (draw >= RANDOM_SHARE) & (draw < RANDOM_SHARE + (1 - RANDOM_SHARE) * MASK_SHARE)
    shown = torch.where(targets & (draw < RANDOM_SHARE), random_codes, ids)
    return torch.where(targets & masked, codes, shown), targets


def masked_count(progress: Tensor, length: int) -> Tensor:
    """Tokens still hidden after a share `progress` of the sampling, by the cosine schedule, at least one."""
    return torch.round(torch.cos(math.pi / 2 * progress) * length).clamp(min=1)


def left_hidden(masked: Tensor) -> Tensor:
    """How many tokens (B, 1) of each sample stay hidden after a step of sampling; masked (B, 10T): which are now."""
    share = masked.float().mean(-1, keepdim=True)
    progress = (torch.acos(share) / (math.pi / 2) + UNROLL_STEP).clamp(max=1.0)
    return masked_count(progress, masked.shape[1])


def unroll(logits: Tensor, shown: Tensor, targets: Tensor, codes: int) -> tuple[Tensor, Tensor]:
    """Take the network's own guesses for a step, as sampling will: all but the least confident leave the targets.

    logits (B, 10T, codes) of the first pass over `shown`. Returns the next `shown` and `targets`.
    """
    masked = shown == codes
    confidence, guess = logits.softmax(-1).max(-1)
    rank = confidence.masked_fill(~masked, 2.0).argsort(-1).argsort(-1)
    settled = masked & (rank >= left_hidden(masked))
    return torch.where(settled, guess, shown), targets & ~settled


def unrolled_targets(shown: Tensor, targets: Tensor, codes: int) -> Tensor:
    """How many targets `unroll` will leave, over all samples, which does not depend on the guesses."""
    masked = shown == codes
    settled = (masked.sum(-1, keepdim=True) - left_hidden(masked)).clamp(min=0)
    return targets.sum() - settled.sum()
