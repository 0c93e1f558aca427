"""The planner: from a sentence to a plan of the scene, which the tokens then follow.

How two people come together is settled here, by a small diffusion network and before any token is chosen: guessed side
by side, tokens of two people miss each other easily.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from .path import keyframe_count
from .plan import PEOPLE, PER_PERSON, PLAN, STATE, plan_of_state, state_known, state_of
from .plan_view import View
from .reader import SentenceReader
from .text import MINILM_READ_WIDTH
from .transformer import Attention, feed_forward, modulate, normalise

STEPS, SHIFT = 24, 6.0  # of the sampling: how many, and how much closer they are where there is much noise
SHARPNESS = 4.0  # of what is read: half told to use the right hand, people would use both
DETAIL = 512  # width of what makes something of all that is said together
MODULATION = 6  # vectors of a block: (shift, scale, gate) of attention and FFN
LONGEST = 200.0  # keyframes, of the waves that tell time


@dataclass(frozen=True)
class PlannerConfig:
    """Sizes of the network. reads: the groups of the reader of its sentences, as in TransformerConfig."""

    width: int = 192
    layers: int = 5
    heads: int = 6
    feed_forward: int = 768
    dropout: float = 0.0
    text_width: int = MINILM_READ_WIDTH
    reads: tuple[int, ...] = ()


class Planner(nn.Module):
    """Tells the state of a plan (plan.state_of) behind a noisy one, both scaled by `mean` and `std`."""

    def __init__(self, config: PlannerConfig):
        super().__init__()
        self.config, width = config, config.width
        self.text_head = SentenceReader(config.text_width, config.reads)
        self.input_projection = nn.Linear(2 * STATE + PEOPLE, width)
        reads = sum(config.reads)
        self.text_projection = nn.Linear(reads, width)
        self.text_detail = nn.Sequential(nn.Linear(reads, DETAIL), nn.GELU(), nn.Linear(DETAIL, width))
        self.noise_projection = nn.Linear(width, width)
        self.length_projection = nn.Linear(width, width)
        self.condition_projection = nn.Linear(width, width)
        self.blocks = nn.ModuleList(PlannerBlock(config) for _ in range(config.layers))
        self.output_modulation = nn.Linear(width, 2 * width)
        self.output = nn.Linear(width, STATE)
        for layer in (
            self.text_detail[-1],
            self.output_modulation,
            self.output,
            *(block.modulation for block in self.blocks),
        ):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)
        self.register_buffer("mean", torch.zeros(STATE))
        self.register_buffer("std", torch.ones(STATE))
        # Of what is read: how much it says that B does the deed, or the left hand, and what it is seen otherwise.
        for name in ("second", "left"):
            self.register_buffer(name, torch.zeros(reads))
            self.register_buffer(f"without_{name}", torch.arange(reads))

    def read(self, text: Tensor, exchanged: Tensor) -> Tensor:
        """What sentences' rows (B, D), zeros if nothing is said, say (B, reads).

        exchanged: rows (B, D) of the same with the two people exchanged, zeros where nobody is named. Of these the
        other person must be the doer: between both readings, what the wording alone suggests cancels out.
        """
        said, doer = self.text_head(text, SHARPNESS), self.second != 0
        both = (said * self.text_head(exchanged, SHARPNESS)[:, self.without_second]).sqrt() * doer
        both = both * (said * doer).sum(dim=1, keepdim=True) / both.sum(dim=1, keepdim=True).clamp(min=1e-6)
        said = torch.where(doer & exchanged.any(dim=1, keepdim=True), both, said)
        return said * text.any(dim=1, keepdim=True)

    def seen(self, said: Tensor, known: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What is said (B, reads) in the view of the planner, and of that view (plan_view.py) whether B comes first
        (B,) and whether left is right (B,).

        known: (B, K, 2). Who is known alone keeps the place that they have.
        """
        alike = known[:, 0].all(dim=1) | ~known.flatten(1).any(dim=1)
        exchanged, mirrored = (said @ self.second > 0) & alike, said @ self.left > 0
        said = torch.where(exchanged[:, None], said[:, self.without_second], said)
        return torch.where(mirrored[:, None], said[:, self.without_left], said), exchanged, mirrored

    def condition(self, said: Tensor, counts: Tensor) -> Tensor:
        """What is known of each clip (B, width): what is said (B, reads), and its length in keyframes (B,)."""
        text = self.text_projection(said) + self.text_detail(said)
        return text + self.length_projection(waves(counts, self.config.width))

    def forward(
        self, noisy: Tensor, noise: Tensor, condition: Tensor, counts: Tensor, given: Tensor, known: Tensor
    ) -> Tensor:
        """The state (B, K, 42) that is likely behind `noisy`, (1 - noise) * state + noise * (normal noise).

        noise: (B,) from 0 to 1. condition: of `condition`. counts: (B,) keyframes of each clip. given: (B, K, 42) what
        follows of the state from who is known, (B, K, 2), and zeros elsewhere.
        """
        width, numbers = self.config.width, torch.arange(noisy.shape[1], device=noisy.device)
        left = (counts[:, None] - numbers).clamp(min=0)
        x = self.input_projection(torch.cat((noisy, given, known), dim=-1)) + waves(numbers, width) + waves(left, width)
        noise = F.silu(self.noise_projection(waves(100 * noise, width, 1000.0)))
        condition = F.silu(self.condition_projection(F.silu(condition + noise)))
        mask = (numbers < counts[:, None])[:, None, None]
        for block in self.blocks:
            x = block(x, condition, mask)
        return self.output(modulate(normalise(x), *self.output_modulation(condition)[:, None].chunk(2, dim=-1)))


class PlannerBlock(nn.Module):
    """Attention among the keyframes of a clip, and an FFN that sees the keyframes before and after, too."""

    def __init__(self, config: PlannerConfig):
        super().__init__()
        self.modulation = nn.Linear(config.width, MODULATION * config.width)
        self.attention = Attention(config)
        self.feed_forward = feed_forward(config)
        self.neighbours = nn.Linear(2 * config.width, config.width, bias=False)
        nn.init.zeros_(self.neighbours.weight)

    def forward(self, x: Tensor, condition: Tensor, mask: Tensor) -> Tensor:
        """x (B, K, width), condition (B, width); mask (B, 1, 1, K) is true where a keyframe is."""
        shift, scale, gate, ffn_shift, ffn_scale, ffn_gate = self.modulation(condition)[:, None].chunk(MODULATION, -1)
        x = x + gate * self.attention(modulate(normalise(x), shift, scale), mask=mask)
        own = modulate(normalise(x), ffn_shift, ffn_scale) * mask[:, 0, 0, :, None]
        around = F.pad(own, (0, 0, 1, 1))
        others = self.neighbours(torch.cat((around[:, :-2], around[:, 2:]), dim=-1))
        return x + ffn_gate * (self.feed_forward(own) + others)


def waves(numbers: Tensor, width: int, longest: float = LONGEST) -> Tensor:
    """Numbers (...) as sines and cosines (..., width) of wavelengths from 2 pi to 2 pi `longest`."""
    frequencies = torch.exp(-math.log(longest) * torch.arange(width // 2, device=numbers.device) / (width // 2))
    angles = numbers[..., None] * frequencies
    return torch.cat((angles.sin(), angles.cos()), dim=-1)


@torch.inference_mode()
def make_plan(
    planner: Planner,
    said: Tensor,
    lengths: Tensor,
    guidance: float,
    seeds: Sequence[int],
    given: Tensor | None = None,
    known: Tensor | None = None,
) -> Tensor:
    """Plans (B, K, 40) in metres of what is said (B, reads), zeros for nothing, for clips of `lengths` (B,) tokens per
    slot; the last keyframe of a shorter clip is held.

    given: plans (B, K, 40) in metres, followed where known (B, K, 2) is true. seeds: one for each clip, as in `sample`.
    Each step takes the plan that the network tells, with less noise than before, drawn anew (Song et al., 2023): what
    one step got wrong, the next may mend.
    """
    device, counts = said.device, keyframe_count(lengths).to(said.device)
    shape = len(said), int(counts.max())
    draws = [torch.Generator().manual_seed(seed) for seed in seeds]
    x = _normal_noise(draws, counts).to(device)
    known = torch.zeros(*shape, PEOPLE, device=device) if known is None else known.to(x)
    given = torch.zeros(*shape, PLAN, device=device) if given is None else given.to(x)
    said, exchanged, mirrored = planner.seen(said, known)
    alone = exchanged & ~known.flatten(1).any(dim=1)
    view = View.from_person(given, 1, exchanged & ~alone, exchanged, mirrored)
    seen, who = view.enter(given), view.ordered(known)
    fixed = state_known(who)
    told = fixed * (state_of(seen) - planner.mean) / planner.std
    condition = planner.condition(torch.cat((said, torch.zeros_like(said))), counts.repeat(2))
    twice = counts.repeat(2), told.repeat(2, 1, 1), who.repeat(2, 1, 1)
    # A reaction that goes on is guided by what was: towards the text as well, it would begin anew with a jerk.
    goes_on = known[:, 0].all(dim=1) & (known.sum(dim=1) == counts[:, None]).any(dim=1)
    strength = torch.where(goes_on, 1.0, guidance)[:, None, None]
    even = torch.linspace(1, 0, STEPS + 1, device=device)
    noises = SHIFT * even / (1 + (SHIFT - 1) * even)  # as Esser et al. (2024) shift them
    for noise, less in zip(noises, noises[1:], strict=False):
        x = torch.where(fixed > 0, told, x)
        state, silent = planner(x.repeat(2, 1, 1), noise.expand(2 * len(x)), condition, *twice).chunk(2)
        state = silent + strength * (state - silent)
        x = state.lerp(_normal_noise(draws, counts).to(device), less)
    state = torch.where(fixed > 0, told, x) * planner.std + planner.mean
    numbers = torch.arange(shape[1], device=device)
    held = (numbers < counts[:, None])[..., None]
    plan = view.leave(plan_of_state(state * held, counts, seen, who))
    # where nobody is known, in the frame of A, who may not have come first
    plan = View.from_person(plan, 0, alone, *torch.zeros(2, len(plan), dtype=torch.bool, device=device)).enter(plan)
    plan = torch.where(known.repeat_interleave(PER_PERSON, dim=-1) > 0, given, plan)
    last = torch.minimum(numbers, counts[:, None] - 1)[..., None]
    return plan.gather(1, last.expand_as(plan))


def _normal_noise(draws: Sequence[torch.Generator], counts: Tensor) -> Tensor:
    """(B, K, 42) of one generator each, zeros beyond the keyframes (B,) of a clip."""
    rows = [torch.randn(count, STATE, generator=draw) for draw, count in zip(draws, counts.tolist(), strict=True)]
    return pad_sequence(rows, batch_first=True)
