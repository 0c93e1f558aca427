"""Training on InterHuman and Inter-X, as prepared by python -m engine data prepare."""

import torch
from accelerate import Accelerator
from torch import Tensor

from ..datasets.research_samples import InterHumanClips, InterHumanWindows, InterXClips, InterXWindows
from ..features import FRAMES_PER_TOKEN
from ..smplx_body import neutral_offsets
from ..text import TextEncoder, text_encoder
from ..transformer import MaskedTransformer
from ..vqvae import SLOTS, VQVAE
from .batches import Part, ResearchBatches
from .checkpoints import trained_vqvae
from .config import Schedule, TrainingConfig
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
        return InterXVQVAE(model, batches, accelerator, neutral_offsets(data.body), held_out)
    return InterHumanVQVAE(model, batches, accelerator, batches.samples.normaliser, held_out)


def transformer_task(config: TrainingConfig, accelerator: Accelerator) -> Task:
    """The transformer of a run on whole clips of a data set. Raises EngineError if its VQ-VAE has not been trained."""
    schedule, vqvae = config.transformer_schedule, trained_vqvae(config)
    batches, held_out = _batches(CLIPS[config.data.kind], config.data.cache, schedule)
    torch.manual_seed(schedule.seed)
    model = MaskedTransformer(config.transformer)
    encoder = text_encoder(config.text_encoder)
    return ResearchTransformer(model, batches, held_out, accelerator, config.unroll_every, vqvae, encoder)


def _batches(samples: type, cache: str, schedule: Schedule) -> tuple[ResearchBatches, ResearchBatches]:
    """Those to train on, and held-out ones."""
    training, unseen = (samples(cache, split) for split in ("train", "val"))
    held_out = ResearchBatches(unseen, min(schedule.batch, len(unseen)), 0, shuffled=False)
    return ResearchBatches(training, schedule.batch, schedule.seed), held_out


class ResearchTransformer(TransformerTask):
    """On clips whose crops and swaps are drawn anew each time, so that tokens are made in the step."""

    def __init__(
        self,
        model: MaskedTransformer,
        batches: ResearchBatches,
        held_out: ResearchBatches,
        accelerator: Accelerator,
        unroll_every: int,
        vqvae: VQVAE,
        encoder: TextEncoder,
    ):
        super().__init__(model, batches, held_out, accelerator, unroll_every)
        self.vqvae = vqvae.to(accelerator.device, memory_format=torch.channels_last)
        self.encoder = encoder
        encoder.model.to(accelerator.device)

    @torch.no_grad()
    def tokens(self, part: Part) -> tuple[Tensor, Tensor, Tensor]:
        rows = part.values["rows"].to(self.accelerator.device)
        ids = self.vqvae.encode(rows.flatten(0, 1)).unflatten(0, (-1, 2)).flatten(1)  # of the padded clip, as published
        lengths = torch.tensor(part.values["frames"]) // FRAMES_PER_TOKEN
        time = ids.shape[1] // (2 * SLOTS)
        padding = (torch.arange(time) >= lengths[:, None]).repeat(1, 2 * SLOTS).to(ids.device)
        return ids.masked_fill(padding, self.model.config.pad_id), self.encoder.encode(part.values["text"]), lengths
