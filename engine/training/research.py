"""Training on InterHuman and Inter-X, as prepared by python -m engine data prepare."""

from dataclasses import replace

import torch
from accelerate import Accelerator
from torch import Tensor

from ..checkpoint import Model
from ..datasets.research_samples import InterHumanClips, InterHumanWindows, InterXClips, InterXWindows
from ..features import FRAMES_PER_TOKEN
from ..pipeline import InterMask
from ..representation import representation
from ..smplx_body import neutral_offsets
from ..transformer import PEOPLE, MaskedTransformer
from ..vqvae import SLOTS, VQVAE
from .batches import Part, ResearchBatches
from .checkpoints import trained_vqvae
from .config import Schedule, TrainingConfig
from .early_scores import EarlyScores, Scores
from .package import model_config, scale_of
from .task import Task
from .transformer import TransformerTask
from .vqvae import InterHumanVQVAE, InterXVQVAE

WINDOWS = {"interhuman": InterHumanWindows, "interx": InterXWindows}
CLIPS = {"interhuman": InterHumanClips, "interx": InterXClips}


def vqvae_task(config: TrainingConfig, accelerator: Accelerator) -> Task:
    """The VQ-VAE of a run on windows of a data set. Raises EngineError if its files are not there."""
    data, schedule = config.data, config.vqvae_schedule
    batches, held_out = _batches(WINDOWS[data.kind], data.cache, schedule)
    torch.manual_seed(schedule.seed)
    model = VQVAE(config.vqvae)
    if data.kind == "interx":
        task = InterXVQVAE(model, batches, accelerator, neutral_offsets(data.body), held_out)
    else:
        task = InterHumanVQVAE(model, batches, accelerator, scale_of(config), held_out)
    if accelerator.is_main_process and schedule.score_every:
        scores, rows = EarlyScores.of(data, accelerator.device), representation(data.kind, scale_of(config))
        task.score = lambda vqvae: scores.of_vqvae(vqvae, rows)
    return task


def transformer_task(config: TrainingConfig, accelerator: Accelerator) -> Task:
    """The transformer of a run on whole clips of a data set. Raises EngineError if its VQ-VAE has not been trained."""
    schedule, device = config.transformer_schedule, accelerator.device
    vqvae = trained_vqvae(config).to(device, memory_format=torch.channels_last)
    batches, held_out = _batches(CLIPS[config.data.kind], config.data.cache, schedule)
    torch.manual_seed(schedule.seed)
    transformer = MaskedTransformer(config.transformer).to(device)
    model = InterMask(Model(model_config(config), vqvae, transformer, scale_of(config)), device)
    task = ResearchTransformer(model, batches, held_out, accelerator, config.unroll_every)
    if accelerator.is_main_process and schedule.score_every:
        scores = EarlyScores.of(config.data, device)

        def score(transformer: MaskedTransformer) -> Scores:
            model.model = replace(model.model, transformer=transformer)
            return scores.of_model(model)

        task.score = score
    return task


def _batches(samples: type, cache: str, schedule: Schedule) -> tuple[ResearchBatches, ResearchBatches]:
    """Those to train on, and held-out ones."""
    training, unseen = (samples(cache, split) for split in ("train", "val"))
    held_out = ResearchBatches(unseen, min(schedule.batch, len(unseen)), 0, shuffled=False)
    return ResearchBatches(training, schedule.batch, schedule.seed), held_out


class ResearchTransformer(TransformerTask):
    """On clips whose parts and swaps are drawn anew each time, so that tokens are made in the step."""

    def __init__(
        self,
        model: InterMask,
        batches: ResearchBatches,
        held_out: ResearchBatches,
        accelerator: Accelerator,
        unroll_every: int,
    ):
        super().__init__(model.model.transformer, batches, held_out, accelerator, unroll_every)
        self.intermask = model

    @torch.no_grad()
    def tokens(self, part: Part) -> tuple[Tensor, Tensor, Tensor]:
        rows = part.values["rows"].to(self.accelerator.device)
        ids = self.intermask.model.vqvae.encode(rows.flatten(0, 1))  # of the padded clip, as published
        ids = ids.unflatten(0, (-1, PEOPLE)).flatten(1)
        lengths = torch.tensor(part.values["frames"]) // FRAMES_PER_TOKEN
        padding = (torch.arange(ids.shape[1] // (PEOPLE * SLOTS)) >= lengths[:, None]).repeat(1, PEOPLE * SLOTS)
        ids = ids.masked_fill(padding.to(ids.device), self.model.config.pad_id)
        return ids, self.intermask.encoder.encode(part.values["text"]), lengths
