"""Training of the evaluator: motions and sentences that belong together come near each other, all others apart."""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from accelerate import Accelerator
from torch import Tensor, nn

from ..datasets.prepared import Clips, held_out_clips, training_clips
from ..errors import EngineError
from ..evaluation.interclip import Evaluator
from ..evaluation.metrics import r_precision
from ..features import CONTACTS
from .batches import Part, Share
from .choreography import normaliser
from .config import TrainingConfig
from .sentences import HELD_OUT_SENTENCES, SENTENCES, Sentences, sentences_of
from .task import Task

TEMPERATURE = 0.1
BATCH_OF_R_PRECISION = 32


def evaluator_task(config: TrainingConfig, accelerator: Accelerator) -> Task:
    """The evaluator of a run on scenes made by code, its clips and their sentences."""
    folder, schedule = config.folder, config.evaluator_schedule
    clips, held_out = training_clips(config.data, folder / "data"), held_out_clips(config.data, folder / "data")
    sets = ((clips.with_mirrored(), SENTENCES), (held_out, HELD_OUT_SENTENCES))
    data, unseen = (
        MotionsAndTexts(part, sentences_of(part, config.text_encoder, folder / texts), schedule.batch, schedule.seed)
        for part, texts in sets
    )
    scale = normaliser(data.clips, "world", folder / "statistics_world.npz")
    torch.manual_seed(schedule.seed)
    model = Evaluator(config.evaluator)
    for name in ("mean", "std"):
        getattr(model.motion_encoder, name).copy_(torch.from_numpy(np.tile(getattr(scale, name)[: CONTACTS.start], 2)))
    return EvaluatorTask(model, data, unseen, accelerator)


class EvaluatorTask(Task):
    """Motions are told from all others of their batch, which therefore stays in one piece."""

    weights = {"contrast": 1.0}
    divisible = False

    def __init__(
        self, model: Evaluator, batches: "MotionsAndTexts", held_out: "MotionsAndTexts", accelerator: Accelerator
    ):
        if accelerator.num_processes > 1:
            raise EngineError("The evaluator learns in one process: start it without accelerate launch.")
        self.model, self.batches, self.held_out = model.to(accelerator.device), batches, held_out
        self.accelerator = accelerator

    def prepare(self, part: Part) -> tuple[dict[str, Tensor], dict[str, int]]:
        values = {name: tensor.to(self.accelerator.device) for name, tensor in part.values.items()}
        return values, {"contrast": part.size}

    def losses(self, prepared: dict[str, Tensor]) -> tuple[dict[str, Tensor], None]:
        with self.accelerator.autocast():
            motion = self.model.motion(prepared["rows"], prepared["lengths"])
            text = self.model.text(prepared["text"])
        return {"contrast": contrast(motion.float(), text.float(), prepared["same"])}, None

    def evaluate(self, model: nn.Module) -> dict[str, float]:
        tops = []
        for number in range(8):
            values = self.held_out.draw(BATCH_OF_R_PRECISION, [number])
            values = {name: tensor.to(self.accelerator.device) for name, tensor in values.items()}
            motion, text = model.motion(values["rows"], values["lengths"]), model.text(values["text"])
            tops.append(r_precision(text.cpu().numpy(), motion.cpu().numpy(), BATCH_OF_R_PRECISION))
        return {f"held_out_top_{n + 1}": float(value) for n, value in enumerate(np.mean(tops, axis=0))}


def contrast(motion: Tensor, text: Tensor, same: Tensor) -> Tensor:
    """Cross-entropy of the likeness of embeddings (B, D), from motions to texts and back.

    same: (B, B), true where two clips have the very same sentence, which then belongs to both.
    """
    likeness = motion @ text.T / TEMPERATURE
    target = same / same.sum(-1, keepdim=True)
    return (F.cross_entropy(likeness, target) + F.cross_entropy(likeness.T, target)) / 2


@dataclass(frozen=True)
class MotionsAndTexts:
    """Batches of clips with a sentence each."""

    clips: Clips
    sentences: Sentences
    size: int
    seed: int

    def read(self, step: int, share: Share) -> tuple[dict[str, Tensor], int, int]:
        """As Batches has it: what `draw` gives."""
        return self.draw(self.size, [self.seed, step]), 0, self.size

    def draw(self, size: int, seed: list[int]) -> dict[str, Tensor]:
        """rows (B, T, 2, 262) padded with zeros, lengths (B,), text (B, D), rows of a text each, and same (B, B):
        which texts are."""
        random = np.random.default_rng(seed)
        chosen = random.choice(len(self.clips.lengths), size, replace=False)
        lengths = self.clips.lengths[chosen]
        rows = np.zeros((size, lengths.max(), 2, self.clips.rows.shape[-1]), np.float32)
        for row, index, length in zip(rows, chosen, lengths, strict=True):
            row[:length] = np.swapaxes(self.clips.clip(index), 0, 1)
        texts = np.array([random.choice(self.sentences.of_clips[index]) for index in chosen])
        same = torch.from_numpy(texts[:, None] == texts)
        tensors = {name: torch.from_numpy(array) for name, array in (("rows", rows), ("lengths", lengths))}
        return tensors | {"text": self.sentences.rows(texts), "same": same}
