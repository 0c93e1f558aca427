"""Training of the VQ-VAE on windows of single people."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor, nn

from ..features import FRAMES_PER_TOKEN, POSITIONS, relative_to_world
from ..normaliser import Normaliser
from ..vqvae import SLOTS, VQVAE, Choice, gumbel_noise
from .batches import Batches, Part, Share
from .losses import WEIGHTS, interx_joints, interx_losses, interx_planted_feet, planted_feet, vqvae_losses
from .task import Task

HELD_OUT_BATCHES = 12


@dataclass(frozen=True)
class Window:
    """What `losses` takes for a part: rows on the device, the part, and at the very start its first vectors."""

    rows: Tensor
    part: Part
    first_vectors: Tensor | None


class VQVAETask(Task):
    """A VQ-VAE that learns from {"rows": (B, T, 262) or (B, T, 56, 6)}; a subclass says what is to be got right.

    held_out: Batches, where `evaluate` is that of this class.
    """

    weights = WEIGHTS

    def __init__(self, model: VQVAE, batches: Batches, accelerator: Accelerator, held_out: Any):
        self.accelerator, self.batches, self.held_out = accelerator, batches, held_out
        self.started = False  # what the codebook knows of itself, without asking the device in each step
        self.model = model.to(accelerator.device, memory_format=torch.channels_last)

    @abstractmethod
    def measure(self, reconstruction: Tensor, rows: Tensor, path: Tensor | None) -> dict[str, Tensor]:
        """The losses of losses.py. path: (B, T, 3), of rows that are along one."""

    @abstractmethod
    def contacts(self, rows: Tensor) -> Tensor:
        """The feet that the loss of contacts looks at, as losses.py has them."""

    @abstractmethod
    def joints(self, rows: Tensor) -> Tensor:
        """Joints (B, T, J, 3) in metres."""

    def prepare(self, part: Part) -> tuple[Window, dict[str, Tensor | int]]:
        rows = part.values["rows"].to(self.accelerator.device)
        counts = dict.fromkeys(WEIGHTS, part.size) | {"foot_contact": self.contacts(rows).sum()}
        first_vectors = None
        if not self.started and not self.model.quantiser.initialised:
            with torch.no_grad(), self.accelerator.autocast():
                features = self.model.features(rows)
            first_vectors = self._candidates(features.float().permute(0, 2, 3, 1).flatten(0, 2), part)
        return Window(rows, part, first_vectors), counts

    def begin(self, prepared: Sequence[Window]) -> None:
        if prepared[0].first_vectors is not None and not self.started:
            first = self.accelerator.reduce(sum(window.first_vectors for window in prepared), "sum")
            self.model.quantiser.start(first)
        self.started = True

    def losses(self, prepared: Window) -> tuple[dict[str, Tensor], Tensor]:
        rows, part, quantiser = prepared.rows, prepared.part, self.model.quantiser
        shape = (part.whole, self._vectors(rows), len(quantiser.codebook))
        noise = part.own(gumbel_noise(shape, part.generator(self.accelerator.device))).flatten(0, 1)
        with self.accelerator.autocast():
            reconstruction, commitment, choice = self.model(rows, noise)
        path = part.values["path"].to(rows.device) if "path" in part.values else None
        losses = self.measure(reconstruction.float(), rows, path) | {"commitment": commitment.float()}
        return losses, self._statistics(choice, part)

    def finish(self, total: Tensor) -> dict[str, Tensor]:
        return {"perplexity": self.model.quantiser.move(total)}

    def evaluate(self, model: nn.Module) -> dict[str, float]:
        """Of held-out windows, reconstructed with the nearest codes: the losses, and how far joints are off in mm."""
        found = []
        for number in range(HELD_OUT_BATCHES):
            rows = self.held_out.read(number, Share())[0]["rows"].to(self.accelerator.device)
            with self.accelerator.autocast():
                reconstruction = model(rows)[0].float()
            off = torch.linalg.vector_norm(self.joints(reconstruction) - self.joints(rows), dim=-1)
            found.append(self.measure(reconstruction, rows, None) | {"mpjpe_world": 1000 * off.mean()})
        return {f"held_out_{name}": float(np.mean([float(losses[name]) for losses in found])) for name in found[0]}

    def _statistics(self, choice: Choice, part: Part) -> Tensor:
        return self.model.quantiser.statistics(choice, self._candidates(choice.vectors, part))

    def _candidates(self, vectors: Tensor, part: Part) -> Tensor:
        each, generator = len(vectors) // part.size, part.generator(vectors.device)
        return self.model.quantiser.candidates(vectors, part.first * each, part.whole * each, generator)

    @staticmethod
    def _vectors(rows: Tensor) -> int:
        """How many vectors stand for a sample."""
        return SLOTS * rows.shape[1] // FRAMES_PER_TOKEN


class InterHumanVQVAE(VQVAETask):
    """On rows (B, T, 262) normalised by `scale`."""

    def __init__(
        self,
        model: VQVAE,
        batches: Batches,
        accelerator: Accelerator,
        scale: Normaliser,
        held_out: Any,
    ):
        super().__init__(model, batches, accelerator, held_out)
        self.scale, self.relative = scale, scale.positions != "world"
        self.mean, self.std = (torch.from_numpy(part).to(accelerator.device) for part in (scale.mean, scale.std))

    def measure(self, reconstruction: Tensor, rows: Tensor, path: Tensor | None) -> dict[str, Tensor]:
        return vqvae_losses(reconstruction, rows, self.mean, self.std, self.relative, path)

    def contacts(self, rows: Tensor) -> Tensor:
        return planted_feet(rows * self.std + self.mean)

    def joints(self, rows: Tensor) -> Tensor:
        rows = rows * self.std + self.mean
        rows = relative_to_world(rows) if self.relative else rows
        return rows[..., POSITIONS].unflatten(-1, (22, 3))


class InterXVQVAE(VQVAETask):
    """On Inter-X rows (B, T, 56, 6); offsets (55, 3): the bones of the neutral SMPL-X body, in metres."""

    def __init__(
        self,
        model: VQVAE,
        batches: Batches,
        accelerator: Accelerator,
        offsets: np.ndarray,
        held_out: Any,
    ):
        super().__init__(model, batches, accelerator, held_out)
        self.offsets = torch.from_numpy(offsets).float().to(accelerator.device)

    def measure(self, reconstruction: Tensor, rows: Tensor, path: Tensor | None) -> dict[str, Tensor]:
        return interx_losses(reconstruction, rows, self.offsets)

    def contacts(self, rows: Tensor) -> Tensor:
        return interx_planted_feet(self.joints(rows))

    def joints(self, rows: Tensor) -> Tensor:
        return interx_joints(rows, self.offsets)
