"""What a model makes of a benchmark's clips, in batches: from their sentences, from one person of them, or again.

Clips of alike length are worked on together, the longest first. A seed gives what it gives alone, up to rounding. Rows
are (2, T, 262) in metres or (2, T, 56, 6), of whole tokens.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from ..batches import Batches
from ..features import FRAMES_PER_TOKEN
from ..pipeline import InterMask
from ..sampling import sample
from ..transformer import PEOPLE
from ..vqvae import SLOTS
from .embedders import ScoredClip


class ClipMaker:
    """A model that works on many clips. `mode` says on what: "generate", "react" (to person A) or "reconstruct"."""

    def __init__(self, model: InterMask, mode: str, batch: int):
        self.model, self.networks = model, model.model
        self.mode, self.batches = mode, Batches(batch)
        self.mask_id = self.networks.transformer.config.mask_id

    def make(self, clips: Sequence[ScoredClip], seeds: Sequence[int]) -> Iterator[tuple[list[int], list[np.ndarray]]]:
        """Rows for each clip, as long as the clip in whole tokens: (numbers of the clips, their rows), batch by batch.

        A reaction comes with the true actor; of Inter-X, as published, with the actor that the VQ-VAE gives again.
        Raises EngineError if a single clip does not fit into memory.
        """
        longest_first = sorted(range(len(clips)), key=lambda number: -clips[number].rows.shape[1])
        work = {"generate": self._generate, "react": self._react, "reconstruct": self._reconstruct}[self.mode]

        @torch.inference_mode()
        def one_batch(numbers: list[int]) -> tuple[list[int], list[np.ndarray]]:
            return numbers, work([clips[n] for n in numbers], [seeds[n] for n in numbers])

        yield from self.batches.run(longest_first, one_batch)

    def _generate(self, clips: Sequence[ScoredClip], seeds: Sequence[int]) -> list[np.ndarray]:
        lengths = _tokens(clips)
        return self._decode(self._sample(clips, lengths, seeds), lengths)

    def _react(self, clips: Sequence[ScoredClip], seeds: Sequence[int]) -> list[np.ndarray]:
        lengths = _tokens(clips)
        ids = self._encode(clips, lengths)
        ids[:, 1] = self.mask_id
        made = self._decode(self._sample(clips, lengths, seeds, ids.flatten(1)), lengths)
        if self.networks.config.vqvae.layout == "interhuman":
            made = [np.stack([clip.rows[0, : pair.shape[1]], pair[1]]) for clip, pair in zip(clips, made, strict=True)]
        return made

    def _reconstruct(self, clips: Sequence[ScoredClip], _seeds: Sequence[int]) -> list[np.ndarray]:
        lengths = _tokens(clips)
        return self._decode(self._encode(clips, lengths).flatten(1), lengths)

    def _sample(
        self, clips: Sequence[ScoredClip], lengths: Tensor, seeds: Sequence[int], given: Tensor | None = None
    ) -> Tensor:
        settings = self.networks.config.sampling
        return sample(self.networks.transformer, self._text(clips), lengths, settings, seeds, given)

    def _text(self, clips: Sequence[ScoredClip]) -> Tensor:
        """What the transformer is told (B, ...); sentences that come again are read once."""
        unique = list(dict.fromkeys(clip.text for clip in clips))
        numbers = torch.tensor([unique.index(clip.text) for clip in clips])
        return self.model.encoder.encode(unique)[numbers.to(self.model.device)]

    def _encode(self, clips: Sequence[ScoredClip], lengths: Tensor) -> Tensor:
        """Token ids (B, 2, 5, T); those after a clip's end are the mask's.

        Clips of one length go through the VQ-VAE together: to it, padding would be motion.
        """
        ids = torch.full((len(clips), PEOPLE, SLOTS, int(lengths.max())), self.mask_id, device=self.model.device)
        for length in lengths.unique().tolist():
            same = (lengths == length).nonzero()[:, 0]
            rows = np.stack([clips[n].rows[:, : length * FRAMES_PER_TOKEN] for n in same.tolist()])
            people = torch.from_numpy(self.model.rows.to_networks(rows)).to(self.model.device).flatten(0, 1)
            found = self.networks.vqvae.encode(people)
            ids[same, ..., :length] = found.unflatten(1, (SLOTS, -1)).unflatten(0, (-1, PEOPLE))
        return ids

    def _decode(self, ids: Tensor, lengths: Tensor) -> list[np.ndarray]:
        """Rows of token ids (B, 10 T)."""
        return [self.model.rows.from_networks(pair) for pair in self.model.decode(ids, lengths)]


def _tokens(clips: Sequence[ScoredClip]) -> Tensor:
    return torch.tensor([clip.rows.shape[1] // FRAMES_PER_TOKEN for clip in clips])
