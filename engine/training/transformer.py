"""Training of the masked transformer on the tokens of a trained VQ-VAE."""

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from accelerate import Accelerator
from torch import Tensor, nn

from ..plan import PEOPLE
from ..transformer import MaskedTransformer
from ..vqvae import SLOTS
from .batches import Batches, Part, Share
from .masking import Chances, hide, unroll, unrolled_targets
from .task import Task

HELD_OUT_BATCHES = 12
IGNORED = -100  # to cross_entropy


@dataclass(frozen=True)
class Sentences:
    """What `losses` takes for a part: true and shown ids and targets (B, 10T), lengths (B,) in tokens per slot, on the
    CPU, the text encoder's output (B, ...), which texts are kept (B, passes), whether there is a second pass, and what
    `plans` gave."""

    ids: Tensor
    shown: Tensor
    targets: Tensor
    lengths: Tensor
    text: Tensor
    kept_texts: Tensor
    unrolled: bool
    plans: tuple[Tensor, Tensor] | None


class TransformerTask(Task):
    """A masked transformer: cross-entropy of the hidden tokens, then of those still open after the step unroll.

    unroll_every: every so many-th step is unrolled.
    """

    weights = {"masked": 1.0, "unrolled": 1.0}

    def __init__(
        self,
        model: MaskedTransformer,
        batches: Batches,
        held_out: Batches,
        accelerator: Accelerator,
        unroll_every: int = 1,
    ):
        self.model = model.to(accelerator.device)
        self.batches, self.held_out = batches, held_out
        self.accelerator, self.unroll_every = accelerator, unroll_every
        self.codes = model.config.codes

    @abstractmethod
    def tokens(self, part: Part) -> tuple[Tensor, Tensor, Tensor]:
        """Ids (B, 10T) with padding and the encoded texts (B, ...) on the device, lengths (B,) on the CPU."""

    def plans(self, part: Part, generator: torch.Generator) -> tuple[Tensor, Tensor] | None:
        """Plans (B, K, 40) in metres and who follows theirs (B, 1, 1), on the device, if the clips have any."""
        return None

    def prepare(self, part: Part) -> tuple[Sentences, dict[str, Tensor | int]]:
        ids, text, lengths = self.tokens(part)
        generator = part.generator()
        chances = Chances.of(part.whole, ids.shape[1], self.codes, generator)
        drawn = (chances.hidden, chances.draw, chances.random_codes, chances.kept_texts)
        *drawn, kept_texts = (part.own(values).to(ids.device) for values in drawn)
        shown, targets = hide(ids, ids < self.codes, self.codes, *drawn)
        counts = {"masked": targets.sum(), "accuracy": targets.sum()}
        unrolled = part.step % self.unroll_every == 0
        if unrolled:
            counts["unrolled"] = unrolled_targets(shown, targets, self.codes)
        plans = self.plans(part, generator)
        return Sentences(ids, shown, targets, lengths, text, kept_texts, unrolled, plans), counts

    def losses(self, prepared: Sentences) -> tuple[dict[str, Tensor], None]:
        return self._losses(self.model, prepared), None

    def evaluate(self, model: nn.Module) -> dict[str, float]:
        found = []
        for number in range(HELD_OUT_BATCHES):
            prepared, _ = self.prepare(Part(*self.held_out.read(number, Share()), step=number * self.unroll_every))
            found.append(self._losses(model, prepared))
        return {f"held_out_{name}": float(np.mean([float(losses[name]) for losses in found])) for name in found[0]}

    def _losses(self, model: nn.Module, part: Sentences) -> dict[str, Tensor]:
        ids, shown, targets = part.ids, part.shown, part.targets
        logits = self._logits(model, part, shown, 0)
        right = (logits.argmax(-1) == ids) & targets
        losses = {"masked": _cross_entropy(logits, ids, targets), "accuracy": right.sum() / _count(targets)}
        if part.unrolled:
            shown, targets = unroll(logits.detach(), shown, targets, self.codes)
            losses["unrolled"] = _cross_entropy(self._logits(model, part, shown, 1), ids, targets)
        return losses

    def _logits(self, model: nn.Module, part: Sentences, shown: Tensor, number: int) -> Tensor:
        kept = part.kept_texts[:, number].view(-1, *[1] * (part.text.ndim - 1))
        with self.accelerator.autocast():
            followed = None
            if part.plans:
                plans, followers = part.plans
                followed = model.plan_input(plans, shown.shape[1] // (PEOPLE * SLOTS)) * followers
            return model(shown, model.condition(part.text * kept), part.lengths, followed).float()


def _cross_entropy(logits: Tensor, ids: Tensor, targets: Tensor) -> Tensor:
    """The mean over all targets, 0 if there are none."""
    wanted = ids.masked_fill(~targets, IGNORED).flatten()
    total = F.cross_entropy(logits.flatten(0, 1), wanted, ignore_index=IGNORED, reduction="sum")
    return total / _count(targets)


def _count(targets: Tensor) -> Tensor:
    return targets.sum().clamp(min=1)
