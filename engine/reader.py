"""The sentence reader: from an encoder's row to what a sentence says of a scene, so that wording is out of the way."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

HIDDEN = 256
LEAST_FIT = 1e-9  # a probability


class SentenceReader(nn.Module):
    """How likely each choice of each group is: which scene it is, who does it, with which hand, in what manner.

    What a sentence does not tell is as likely as it is among the scenes that it was trained on. `fits` (scenes, all
    choices) is 1 where a choice is met in a scene; the scenes are the choices of the first group.
    """

    def __init__(self, width: int, groups: tuple[int, ...]):
        """width: of an encoder's rows. groups: how many choices each has."""
        super().__init__()
        self.groups = list(groups)
        self.hidden = nn.Linear(width, HIDDEN)
        self.choices = nn.Linear(HIDDEN, sum(groups))
        self.register_buffer("fits", torch.ones(groups[0], sum(groups)))

    def logits(self, vectors: Tensor, dropout: float = 0.0) -> tuple[Tensor, ...]:
        """Of each group (B, choices), from an encoder's rows (B, width) of sentences.

        dropout: for its own training. Not a module: a transformer in training, which holds a reader, would turn it on.
        """
        return self.choices(F.dropout(F.gelu(self.hidden(vectors)), dropout)).split(self.groups, dim=-1)

    def forward(self, vectors: Tensor, sharpness: float = 1.0) -> Tensor:
        """Probabilities (B, sum(groups)), which add up to 1 in each group; to the power of `sharpness`, before they do.

        Sharp ones are nearer to the likeliest choice alone. Each group is read on its own, but what is not met in the
        scene that is read is ruled out: nobody need be told that somebody beckons, neither far away nor near.
        """
        logits = [sharpness * group for group in self.logits(vectors)]
        fits = (logits[0].softmax(dim=-1) @ self.fits).clamp(min=LEAST_FIT).log().split(self.groups, dim=-1)
        return torch.cat([(group + fit).softmax(dim=-1) for group, fit in zip(logits, fits, strict=True)], dim=-1)
