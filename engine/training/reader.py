"""Training of the sentence reader, on sentences of choreographed scenes whose parameters are known."""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from accelerate import Accelerator
from torch import Tensor, nn
from torch.nn.functional import one_hot

from ..datasets.prepared import Clips, held_out_clips, training_clips
from ..reader import SentenceReader
from .batches import Part, Share
from .checkpoints import fill, trained_weights
from .config import TrainingConfig
from .sentences import HELD_OUT_SENTENCES, SENTENCES, Sentences, sentences_of
from .task import Task

DROPOUT = 0.2  # without it 94 % of unseen sentences' scenes are read right, with it 95 %
MOST_MOVED = 2.0  # differences of two texts that a third is moved by
SCENE, DOER, HAND, UNSAID = "scene", "doer", "hand", ""
SHOWN = (SCENE, DOER, HAND)  # of these groups it is shown how often they are read right


def reader_task(config: TrainingConfig, accelerator: Accelerator) -> Task:
    """The sentence reader of a run, its sentences and the held-out ones."""
    data, schedule = config.folder / "data", config.reader_schedule
    clips, held_out = training_clips(config.data, data).with_mirrored(), held_out_clips(config.data, data)
    groups = choices(clips)
    batches = [
        SentencesAndScenes(
            sentences_of(part, config.text_encoder, config.folder / name),
            said(part, groups),
            schedule.batch,
            schedule.seed,
        )
        for part, name in ((clips, SENTENCES), (held_out, HELD_OUT_SENTENCES))
    ]
    torch.manual_seed(schedule.seed)
    return ReaderTask(_reader(config, clips), *batches, accelerator, list(groups))


def trained_reader(config: TrainingConfig, clips: Clips) -> SentenceReader:
    """The reader of a run whose training clips these are. Raises EngineError if it has not been trained."""
    model, folder = _reader(config, clips), config.folder / "reader"
    fill(model, trained_weights(folder, "reader"), folder)
    return model.eval().requires_grad_(False)


def choices(clips: Clips) -> dict[str, list[str]]:
    """What there is to tell of a set of clips: which scene, and all values of every parameter; UNSAID for none."""
    groups: dict[str, set[str]] = {}
    for parameters in clips.parameters:
        for name, value in parameters.items():
            groups.setdefault(name, set()).add(value)
    return {SCENE: sorted(set(clips.families))} | {n: sorted({UNSAID, *values}) for n, values in sorted(groups.items())}


def said(clips: Clips, groups: dict[str, list[str]]) -> Tensor:
    """(clips, groups): the number of the choice that is true of each clip, UNSAID's if training never met it."""
    numbers = [{value: number for number, value in enumerate(values)} for values in groups.values()]
    rows = [
        [of.get({SCENE: family, **parameters}.get(name, UNSAID), 0) for name, of in zip(groups, numbers, strict=True)]
        for family, parameters in zip(clips.families, clips.parameters, strict=True)
    ]
    return torch.tensor(rows)


class ReaderTask(Task):
    """Cross-entropy of the true choices, summed over the groups."""

    weights = {"surprise": 1.0}

    def __init__(
        self,
        model: SentenceReader,
        batches: "SentencesAndScenes",
        held_out: "SentencesAndScenes",
        accelerator: Accelerator,
        names: list[str],
    ):
        self.model, self.batches, self.held_out = model.to(accelerator.device), batches, held_out
        self.accelerator, self.names = accelerator, names

    def prepare(self, part: Part) -> tuple[dict[str, Tensor], dict[str, int]]:
        values = {name: tensor.to(self.accelerator.device) for name, tensor in part.values.items()}
        return values, {"surprise": part.size}

    def losses(self, prepared: dict[str, Tensor]) -> tuple[dict[str, Tensor], None]:
        true = prepared["said"].unbind(dim=1)
        logits = self.model.logits(prepared["text"], DROPOUT)
        return {"surprise": sum(F.cross_entropy(*group) for group in zip(logits, true, strict=True))}, None

    def evaluate(self, model: nn.Module) -> dict[str, float]:
        """How often each of SHOWN is read right, of the held-out sentences of clips of which it can be told."""
        texts = self.held_out.texts
        clips = torch.arange(len(texts.of_clips)).repeat_interleave(torch.tensor([len(of) for of in texts.of_clips]))
        logits = model.logits(texts.rows(np.concatenate(texts.of_clips)).to(self.accelerator.device))
        figures = {}
        for name in SHOWN:
            if name in self.names:
                number = self.names.index(name)
                true = self.held_out.said[clips, number]
                told = true > 0 if name != SCENE else true >= 0
                right = logits[number].argmax(dim=-1).cpu() == true
                figures[f"held_out_{name}"] = float(right[told].float().mean())
        return figures


@dataclass(frozen=True)
class SentencesAndScenes:
    """Batches of sentences of random clips and what is true of these."""

    texts: Sentences
    said: Tensor
    size: int
    seed: int

    def read(self, step: int, share: Share) -> tuple[dict[str, Tensor], int, int]:
        """As Batches has it: text (B, D), said (B, groups).

        A row is that of a text of a clip, moved as two others of its texts differ. All of them are true of the clip,
        so what they differ in is wording alone.
        """
        random = np.random.default_rng([self.seed, step])
        chosen = random.integers(len(self.texts.of_clips), size=self.size)
        drawn = [[random.choice(self.texts.of_clips[clip]) for clip in chosen] for _ in range(3)]
        text, one, other = (self.texts.rows(numbers) for numbers in drawn)
        text = text + torch.from_numpy(random.uniform(0, MOST_MOVED, (self.size, 1))).float() * (one - other)
        part = share.of(self.size)
        return {"text": text[part], "said": self.said[chosen[part]]}, part.start, self.size


def _reader(config: TrainingConfig, clips: Clips) -> SentenceReader:
    groups = choices(clips)
    model = SentenceReader(config.transformer.text_width, tuple(len(values) for values in groups.values()))
    true = torch.cat([one_hot(of, size) for of, size in zip(said(clips, groups).T, model.groups, strict=True)], dim=1)
    scenes = true[:, : model.groups[0]].float()
    model.fits.copy_((scenes.T @ true.float() > 0).float())
    return model
