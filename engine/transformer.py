"""The masked transformer: guesses the hidden tokens of two people from the others and a text vector.

Tokens are ordered person, slot, time: (B, 2 * 5 * T). Inside, the separator follows them; attention sees no order
but the position encodings, so its place is free, and both people are one plain slice.
"""

from dataclasses import dataclass
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .path import TOKENS
from .plan import PEOPLE, PER_PERSON, seen_by_each
from .reader import SentenceReader
from .text import TextHead
from .vqvae import SLOTS

# Modulation vectors of one block: (shift, scale, gate) of attention and FFN over everything; then, per person,
# the same for slots and time, (shift, scale) of both sides of the cross-attention, its gate, and the FFN's three.
JOINT, PERSON = 6, 14


@dataclass(frozen=True)
class TransformerConfig:
    """Sizes of the network. text_layers: trained layers on top of an encoder that gives one vector per word.

    reads: of an encoder that gives one vector per sentence, the sizes of the groups of the reader on top of it.
    tells_people_apart: whether tokens say whose they are. Without it, as published, who of the two is person A is left
    to chance, and with it what the sentence says of its first person.
    plan_width: hidden width of what reads the plan (plan.py) that the tokens then follow; 0: they follow none.
    """

    codes: int = 1024
    code_width: int = 512
    width: int = 384
    layers: int = 6
    heads: int = 6
    feed_forward: int = 1024
    dropout: float = 0.2
    text_width: int = 768
    text_layers: int = 0
    reads: tuple[int, ...] = ()
    tells_people_apart: bool = False
    plan_width: int = 0

    @property
    def mask_id(self) -> int:
        """Stands for a hidden token."""
        return self.codes

    @property
    def pad_id(self) -> int:
        """Fills clips that are shorter than their batch."""
        return self.codes + 1

    @property
    def separator_id(self) -> int:
        """Stands between the two people."""
        return self.codes + 2


class MaskedTransformer(nn.Module):
    """Logits of every token. The text acts only by modulation (AdaLN), which is made once per clip: `condition`."""

    def __init__(self, config: TransformerConfig):
        super().__init__()
        self.config, width = config, config.width
        self.token_embedding = nn.Embedding(config.codes + 3, config.code_width)
        self.token_projection = nn.Linear(config.code_width, width)
        self.person_embedding = nn.Embedding(PEOPLE, width) if config.tells_people_apart else None
        self.text_projection = nn.Linear(sum(config.reads) or config.text_width, width)
        self.dropout = nn.Dropout(config.dropout)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.output_projection = nn.Linear(width, width)
        self.output_modulation = nn.Linear(width, 2 * width)
        self.output_logits = nn.Linear(width, config.codes)
        self._initialise()
        # After the initialisation: these layers keep PyTorch's own.
        self.plan_input = PlanInput(config.plan_width, width) if config.plan_width else None
        self.text_head = None
        if config.text_layers:
            self.text_head = TextHead(config.text_width, config.text_layers)
        elif config.reads:
            self.text_head = SentenceReader(config.text_width, config.reads)

    def _initialise(self) -> None:
        for name, module in self.named_modules():
            if isinstance(module, nn.Linear | nn.Embedding):
                nn.init.normal_(module.weight, std=0.02)
            if isinstance(module, nn.Linear):
                nn.init.zeros_(module.bias)
            if name.endswith("modulation"):  # every sublayer starts as the identity
                nn.init.zeros_(module.weight)
            if name.endswith("in_projection"):
                nn.init.xavier_uniform_(module.weight)

    def condition(self, text: Tensor) -> Tensor:
        """All shifts, scales and gates (B, 20 * layers + 2, width) of a text encoder's output (B, ...).

        A row of zeros means that nothing is said: the unconditional pass.
        """
        if self.text_head:
            said = text.flatten(1).any(dim=1, keepdim=True)
            text = self.text_head(text) * said
        condition = F.silu(self.text_projection(text))
        layers = [layer for block in self.blocks for layer in (block.joint_modulation, block.person_modulation)]
        parts = [layer(condition) for layer in (*layers, self.output_modulation)]
        return torch.cat(parts, dim=-1).unflatten(-1, (-1, self.config.width))

    def forward(
        self, ids: Tensor, modulation: Tensor, lengths: Tensor | None = None, plan: Tensor | None = None
    ) -> Tensor:
        """Logits (B, 10T, codes) of ids (B, 10T), modulated by what `condition` gave.

        lengths: (B,) valid tokens per slot; none means T for all. What lies behind a clip's length is ignored.
        plan: (B, 10T, width), what `plan_input` makes of the plans, zeros for a clip that follows none.
        """
        time = ids.shape[1] // (PEOPLE * SLOTS)
        masks = Masks.of(lengths, time, ids.device)
        separator = torch.full_like(ids[:, :1], self.config.separator_id)
        x = self.token_projection(self.token_embedding(torch.cat((ids, separator), dim=1)))
        x = x + position_encoding(time, self.config.width, ids.device)
        if self.person_embedding:
            whose = self.person_embedding.weight.repeat_interleave(SLOTS * time, dim=0)
            x = x + F.pad(whose, (0, 0, 0, 1))  # the separator is nobody's
        if plan is not None:
            x = x + F.pad(plan, (0, 0, 0, 1))
        x = self.dropout(x)
        vectors = modulation[:, :, None].unbind(dim=1)  # each (B, 1, width)
        for number, block in enumerate(self.blocks):
            first = number * (JOINT + PERSON)
            x = block(x, vectors[first : first + JOINT], vectors[first + JOINT : first + JOINT + PERSON], masks)
        x = F.gelu(self.output_projection(x[:, :-1]))
        return self.output_logits(modulate(normalise(x), *vectors[-2:]))


@dataclass(frozen=True)
class Masks:
    """Which keys are no padding, in shapes that attention broadcasts; None where there is no padding."""

    everything: Tensor | None = None  # (B, 1, 1, 10T + 1)
    person: Tensor | None = None  # (2B, 1, 1, 5T)
    slot: Tensor | None = None  # (10B, 1, 1, T)

    @classmethod
    def of(cls, lengths: Tensor | None, time: int, device: torch.device) -> "Masks":
        """Masks for clips of `lengths` (B,) in a batch of length `time`."""
        if lengths is None or bool((lengths == time).all()):
            return cls()
        valid = torch.arange(time, device=device) < lengths.to(device)[:, None, None, None]
        person = valid.repeat(1, 1, 1, SLOTS)
        everything = F.pad(person.repeat(1, 1, 1, PEOPLE), (0, 1), value=True)
        return cls(everything, person.repeat_interleave(PEOPLE, dim=0), valid.repeat_interleave(PEOPLE * SLOTS, dim=0))


class Block(nn.Module):
    """Attention over everything; then per person over slots and over time, across to the other person, and an FFN."""

    def __init__(self, config: TransformerConfig):
        super().__init__()
        width = config.width
        self.joint_modulation = nn.Linear(width, JOINT * width)
        self.joint_attention = Attention(config)
        self.joint_feed_forward = feed_forward(config)
        self.person_modulation = nn.Linear(width, PERSON * width)
        self.slot_attention = Attention(config)
        self.time_attention = Attention(config)
        self.cross_attention = Attention(config)
        self.person_feed_forward = feed_forward(config)

    def forward(self, x: Tensor, joint: tuple[Tensor, ...], person: tuple[Tensor, ...], masks: Masks) -> Tensor:
        """x (B, 10T + 1, width), the separator last."""
        shift, scale, gate, ffn_shift, ffn_scale, ffn_gate = joint
        x = x + gate * self.joint_attention(modulate(normalise(x), shift, scale), mask=masks.everything)
        x = x + ffn_gate * self.joint_feed_forward(modulate(normalise(x), ffn_shift, ffn_scale))

        slot_shift, slot_scale, slot_gate, time_shift, time_scale, time_gate = person[:6]
        shift, scale, other_shift, other_scale, gate, ffn_shift, ffn_scale, ffn_gate = person[6:]
        people, separator = x[:, :-1], x[:, -1:]
        normal = normalise(people)
        over_slots = people + slot_gate * self._over_slots(modulate(normal, slot_shift, slot_scale))
        over_time = people + time_gate * self._over_time(modulate(normal, time_shift, time_scale), masks.slot)
        mixed = over_slots + over_time  # as published: this counts `people` twice
        other = modulate(normal, other_shift, other_scale)
        mixed = mixed + gate * self._across(modulate(normalise(mixed), shift, scale), other, masks.person)
        mixed = mixed + ffn_gate * self.person_feed_forward(modulate(normalise(mixed), ffn_shift, ffn_scale))
        return torch.cat((mixed, separator), dim=1)

    def _over_slots(self, x: Tensor) -> Tensor:
        """Attention among the five slots of one frame of one person."""
        frames = x.unflatten(1, (PEOPLE, SLOTS, -1)).transpose(2, 3)  # (B, 2, T, 5, width)
        mixed = self.slot_attention(frames.flatten(0, 2)).view(frames.shape)
        return mixed.transpose(2, 3).flatten(1, 3)

    def _over_time(self, x: Tensor, mask: Tensor | None) -> Tensor:
        """Attention along time within one slot of one person."""
        rows = x.unflatten(1, (PEOPLE * SLOTS, -1)).flatten(0, 1)
        return self.time_attention(rows, mask=mask).view(x.shape)

    def _across(self, x: Tensor, other: Tensor, mask: Tensor | None) -> Tensor:
        """Each person of x attends to the opposite person of `other`."""
        queries = x.unflatten(1, (PEOPLE, -1)).flatten(0, 1)
        context = other.unflatten(1, (PEOPLE, -1)).flip(1).flatten(0, 1)
        return self.cross_attention(queries, context, mask).view(x.shape)


class PlanInput(nn.Module):
    """What of a plan each token should know: the keyframes around it, of its own person and of the other."""

    def __init__(self, hidden: int, width: int):
        super().__init__()
        # A token's place in its keyframe tells which of the keyframes around are how near.
        self.near = nn.ModuleList(nn.Linear(3 * PEOPLE * PER_PERSON, hidden) for _ in range(TOKENS))
        self.slots = nn.Linear(hidden, SLOTS * width)

    def forward(self, plan: Tensor, time: int) -> Tensor:
        """(B, 10 * time, width) of plans (B, K, 40) in metres for `time` tokens per slot."""
        seen = seen_by_each(plan)
        tokens = torch.stack([F.gelu(layer(seen)) for layer in self.near], dim=3).flatten(2, 3)[:, :, :time]
        return self.slots(tokens).unflatten(-1, (SLOTS, -1)).transpose(2, 3).flatten(1, 3)


class Attention(nn.Module):
    """Multi-head attention with dropout on the weights and on the result."""

    def __init__(self, config: TransformerConfig):
        super().__init__()
        self.heads, self.rate = config.heads, config.dropout
        self.in_projection = nn.Linear(config.width, 3 * config.width)
        self.out_projection = nn.Linear(config.width, config.width)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, context: Tensor | None = None, mask: Tensor | None = None) -> Tensor:
        """x (N, L, width) queries `context` (N, S, width), or itself. mask (N, 1, 1, S) is true where a key counts."""
        width = x.shape[-1]
        if context is None:
            query, key, value = self.in_projection(x).chunk(3, dim=-1)
        else:
            weight, bias = self.in_projection.weight, self.in_projection.bias
            query = F.linear(x, weight[:width], bias[:width])
            key, value = F.linear(context, weight[width:], bias[width:]).chunk(2, dim=-1)
        query, key, value = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in (query, key, value))
        rate = self.rate if self.training else 0.0
        if self.training and x.device.type == "cpu":  # there, the fused kernel's backward pass is the slowest part
            mixed = attention(query, key, value, mask, rate)
        else:
            mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=mask, dropout_p=rate)
        return self.dropout(self.out_projection(mixed.transpose(1, 2).flatten(2)))


def attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, dropout: float) -> Tensor:
    """F.scaled_dot_product_attention in plain steps, on (N, heads, L, width of a head)."""
    scores = (query * query.shape[-1] ** -0.5) @ key.transpose(-1, -2)
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    return F.dropout(scores.softmax(dim=-1).to(value.dtype), dropout) @ value


def feed_forward(config: TransformerConfig) -> nn.Sequential:
    """The two-layer network after an attention."""
    first, second = nn.Linear(config.width, config.feed_forward), nn.Linear(config.feed_forward, config.width)
    return nn.Sequential(first, nn.GELU(), nn.Dropout(config.dropout), second, nn.Dropout(config.dropout))


def normalise(x: Tensor) -> Tensor:
    """LayerNorm without weights: modulation takes their place."""
    return F.layer_norm(x, x.shape[-1:], eps=1e-6)


def modulate(x: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    """x * (1 + scale) + shift in one pass."""
    return torch.addcmul(shift, x, 1 + scale)


@lru_cache(maxsize=16)
def position_encoding(time: int, width: int, device: torch.device) -> Tensor:
    """Sinusoids (10 * time + 1, width): the first half of the channels for the slot, the second for time.

    Both people get the same, the separator zeros.
    """
    with torch.inference_mode(False):  # training may use what sampling made
        frequencies = 10000.0 ** (-torch.arange(0, width // 2, 2) / (width // 2))

        def encode(count: int) -> Tensor:
            angles = torch.arange(count)[:, None] * frequencies
            return torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(1)

        slots = encode(SLOTS)[:, None].expand(-1, time, -1)
        times = encode(time)[None].expand(SLOTS, -1, -1)
        person = torch.cat((slots, times), dim=-1).flatten(0, 1)
        return F.pad(person.repeat(PEOPLE, 1), (0, 0, 0, 1)).to(device)
