"""Decoding: all tokens start hidden; step by step the surest guesses stay and the rest are guessed again."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .transformer import PEOPLE, MaskedTransformer
from .vqvae import SLOTS

PADDING = -1


@dataclass(frozen=True)
class SamplingSettings:
    """steps of the decoding; guidance towards the text; temperature; top_k, the share of the codes kept per token.

    choice_temperature: how much chance there is in which guesses stay, less with every step, as MaskGIT samples. At 0,
    as InterMask is published, the surest do.
    """

    steps: int = 20
    guidance: float = 2.0
    temperature: float = 1.0
    top_k: float = 0.1
    choice_temperature: float = 0.0


def decoding_steps(settings: SamplingSettings, free: int, tokens: int) -> int:
    """Steps for a clip with so many of its tokens free: as published, a reaction (one person given) takes half."""
    return max(1, settings.steps * free // tokens)


@torch.inference_mode()
def sample(
    transformer: MaskedTransformer,
    text: Tensor,
    lengths: Tensor,
    settings: SamplingSettings,
    seeds: Sequence[int],
    given: Tensor | None = None,
    on_step: Callable[[int, int], None] | None = None,
    plan: Tensor | None = None,
) -> Tensor:
    """Token ids (B, 10T) for both people, padded with -1.

    text: (B, ...) of the model's text encoder. lengths: (B,) tokens per slot, the longest is T.
    given: (B, 10T) with ids where they are fixed and the mask id elsewhere. The steps shrink with what is free.
    seeds: one for each clip, which draws alone and on the CPU: a seed means the same in any batch, on any device.
    on_step(step, steps) is called after each step, counted from 1; what it raises ends the sampling.
    plan: (B, K, 40) in metres, of a model that has a planner.
    """
    config, device = transformer.config, text.device
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    lengths = lengths.to(device)
    time = int(lengths.max())
    valid = (torch.arange(time, device=device) < lengths[:, None]).repeat(1, PEOPLE * SLOTS)
    ids = given.to(device) if given is not None else torch.full_like(valid, config.mask_id, dtype=torch.long)
    ids = ids.masked_fill(~valid, config.pad_id)
    free = ids == config.mask_id
    total = free.sum(dim=1, keepdim=True)
    sizes = zip(total.flatten().tolist(), valid.sum(dim=1).tolist(), strict=True)
    steps = max(decoding_steps(settings, *size) for size in sizes)

    # Both passes of the guidance in one batch; the padding of the lengths is the same for both.
    modulation = transformer.condition(torch.cat((text, torch.zeros_like(text))))
    both_lengths = None if bool((lengths == time).all()) else lengths.repeat(2)
    both_followed = None
    if plan is not None:
        followed = transformer.plan_input(plan, time)
        both_followed = torch.cat((followed, torch.zeros_like(followed)))
    kept = max(1, math.ceil(settings.top_k * config.codes))
    # In float32, as published: some shares fall on half a token.
    shares = torch.cos(torch.linspace(0, 1, steps) * math.pi / 2).to(device)
    score = torch.where(free, 0.0, torch.inf)
    for step, share in enumerate(shares):
        hidden_count = torch.round(share * total).clamp(min=1)
        rank = score.argsort(dim=1, stable=True).argsort(dim=1)  # ties are settled the same way in any batch
        hidden = (rank < hidden_count) & free
        ids = ids.masked_fill(hidden, config.mask_id)
        conditional, unconditional = (
            transformer(ids.repeat(2, 1), modulation, both_lengths, both_followed).float().chunk(2)
        )
        unconditional = unconditional[hidden]
        logits = unconditional + settings.guidance * (conditional[hidden] - unconditional)

        best, codes = (logits / settings.temperature).topk(kept)
        counts = hidden.sum(dim=1).tolist()
        guess = codes.gather(1, (best + _gumbel(counts, kept, generators).to(device)).argmax(dim=1, keepdim=True))
        ids[hidden] = guess[:, 0]
        score = torch.full_like(score, torch.inf)  # what was not hidden in this step never is again
        score[hidden] = logits.log_softmax(dim=1).gather(1, guess)[:, 0]
        if settings.choice_temperature:
            heat = settings.choice_temperature * (1 - (step + 1) / steps)
            score[hidden] += heat * _gumbel(counts, 1, generators)[:, 0].to(device)
        if on_step:
            on_step(step + 1, steps)
    return ids.masked_fill(~valid, PADDING)


def _gumbel(counts: Sequence[int], width: int, generators: Sequence[torch.Generator]) -> Tensor:
    """Noise (sum of counts, width) that makes a sample of softmax(x) of the largest of x + noise."""
    draws = [torch.empty(n, width).exponential_(generator=g) for n, g in zip(counts, generators, strict=True)]
    return -torch.cat(draws).log()
