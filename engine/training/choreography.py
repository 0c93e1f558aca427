"""Training on scenes made by code, and on motion capture: the batches of both networks and how they are scored."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor, nn
from tqdm import tqdm

from ..datasets.prepared import Clips, held_out_clips, mocap_clips, training_clips
from ..datasets.row_statistics import scale_from
from ..features import CONTACTS, FEET, FRAMES_PER_TOKEN, POSITIONS, WIDTH, mirror_rows
from ..normaliser import Normaliser
from ..path import keyframe_count, path_of
from ..transformer import MaskedTransformer
from ..vqvae import VQVAE
from .batches import Part, Share
from .checkpoints import trained_vqvae
from .config import Schedule, TrainingConfig
from .masking import TEXT_DROPOUT
from .planner import plans_of
from .reader import trained_reader
from .sentences import HELD_OUT_SENTENCES, SENTENCES, Sentences, sentences_of
from .task import Task
from .transformer import TransformerTask
from .vqvae import InterHumanVQVAE

STATISTICS_CLIPS = 500
# Every so many-th batch has windows of half the length, which recordings of one second fill as well.
SHORT_EVERY = 4
PLAN_NOISE = 0.03  # metres at most: the planner's plans are not exact either


def vqvae_task(config: TrainingConfig, accelerator: Accelerator) -> Task:
    """The VQ-VAE of a run, its windows and held-out clips. Raises EngineError if its motion capture is not there."""
    folder, schedule = config.folder / "data", config.vqvae_schedule
    pairs, held_out = training_clips(config.data, folder), held_out_clips(config.data, folder)
    sources, unseen = [pairs], {"": (held_out, range(0, len(held_out.lengths), 6))}
    if config.data.mocap:
        sources.append(mocap_clips(config.data, folder))
        people = mocap_clips(config.data, folder, held_out=True)
        unseen["mocap_"] = (people, range(len(people.lengths)))
    scale = normaliser(pairs, config.positions, config.folder / "statistics.npz")
    windows = Windows(sources, scale, config.window, schedule.batch, schedule.seed, config.mocap_share)
    torch.manual_seed(schedule.seed)
    return ChoreographyVQVAE(VQVAE(config.vqvae), windows, accelerator, scale, unseen)


def transformer_task(config: TrainingConfig, accelerator: Accelerator) -> Task:
    """The transformer of a run on the tokens of its VQ-VAE and what its reader makes of the texts.

    Raises EngineError if one of the two has not been trained.
    """
    folder, schedule = config.folder, config.transformer_schedule
    vqvae = trained_vqvae(config).to(accelerator.device)
    clips = training_clips(config.data, folder / "data").with_mirrored()
    scale = normaliser(clips, config.positions, folder / "statistics.npz")
    reader = trained_reader(config, clips)
    held_out = held_out_clips(config.data, folder / "data")
    sets = ((clips, "tokens.npz", SENTENCES), (held_out, "tokens_held_out.npz", HELD_OUT_SENTENCES))
    data, unseen = (
        TokenClips.of(part, sentences_of(part, config.text_encoder, folder / texts), vqvae, scale, folder / tokens)
        for part, tokens, texts in sets
    )
    if config.transformer.plan_width:
        data, unseen = replace(data, plans=plans_of(clips)), replace(unseen, plans=plans_of(held_out))
    torch.manual_seed(schedule.seed)
    model = MaskedTransformer(replace(config.transformer, reads=tuple(reader.groups)))
    model.text_head = reader
    batches = (part.batches(schedule, config.transformer.pad_id) for part in (data, unseen))
    return ChoreographyTransformer(model, *batches, accelerator, config.unroll_every)


def normaliser(clips: Clips, positions: str, path: Path) -> Normaliser:
    """Measure a training set once; later calls read `path`, so that every part of a run agrees."""
    if not path.exists():
        unscaled = Normaliser(np.zeros(WIDTH), np.ones(WIDTH), positions)
        chosen = np.linspace(0, len(clips.lengths) - 1, STATISTICS_CLIPS).astype(int)
        rows = np.concatenate([unscaled.normalise(clips.clip(index)).reshape(-1, WIDTH) for index in chosen])
        scale = scale_from(rows.mean(0, dtype=np.float64), rows.std(0, dtype=np.float64))
        np.savez(path, mean=scale.mean, std=scale.std)
    saved = np.load(path)
    return Normaliser(saved["mean"], saved["std"], positions)


class ChoreographyVQVAE(InterHumanVQVAE):
    """Scored on whole held-out clips: those of each kind and which of them, by the prefix of its figures."""

    held_out: dict[str, tuple[Clips, range]]

    def evaluate(self, model: nn.Module) -> dict[str, float]:
        figures = {}
        for prefix, (clips, indices) in self.held_out.items():
            found = evaluate_vqvae(model, self.scale, clips, indices)
            figures |= {f"{prefix}{name}": value for name, value in found.items()}
        return figures


@dataclass(frozen=True)
class Windows:
    """Random windows of random people, half of them left for right.

    sources: the pairs, and the people alone if there are any. Of each, every possible window is as likely as any other.
    """

    sources: list[Clips]
    scale: Normaliser
    window: int
    batch: int
    seed: int
    mocap_share: float

    def read(self, step: int, share: Share) -> tuple[dict[str, Tensor], int, int]:
        """As Batches has it: {"rows": (B, frames, 262) normalised, "path": (B, frames, 3) if they are along one}."""
        random = np.random.default_rng([self.seed, step])
        frames = self.window if step % SHORT_EVERY else self.window // 2
        counts = [np.maximum(clips.lengths - frames + 1, 0) for clips in self.sources]
        ends = [np.cumsum(count) for count in counts]
        windows = []
        for _ in range(self.batch):
            chosen = int(len(self.sources) > 1 and random.random() < self.mocap_share)
            clips = self.sources[chosen]
            number = random.integers(ends[chosen][-1])
            index = np.searchsorted(ends[chosen], number, side="right")
            start = clips.starts[index] + counts[chosen][index] - (ends[chosen][index] - number)
            windows.append(clips.rows[start : start + frames, random.integers(clips.rows.shape[1])])
        batch = np.stack(windows).astype(np.float32)
        flipped = random.random(len(batch)) < 0.5
        batch[flipped] = mirror_rows(batch[flipped])
        part = share.of(self.batch)
        values = {"rows": torch.from_numpy(self.scale.normalise(batch[part]))}
        if self.scale.positions == "path":
            values["path"] = torch.from_numpy(path_of(batch[part])).float()
        return values, part.start, self.batch


def evaluate_vqvae(model: VQVAE, scale: Normaliser, clips: Clips, indices: range) -> dict[str, float]:
    """Reconstruction of whole held-out clips: joint errors in mm (in the world, and with pelvises laid on each other),
    the sliding of planted feet in mm per frame, and the share of the codebook in use."""
    device = next(model.parameters()).device
    world, aligned, slides, used = [], [], [], set()
    for index in indices:
        rows = clips.clip(index)[:, : clips.lengths[index] // 4 * 4]
        ids = model.encode(torch.from_numpy(scale.normalise(rows)).to(device))
        got = scale.restore(model.decode(ids).cpu().numpy(), path_of(rows))
        used.update(ids.unique().tolist())
        joints = [part[..., POSITIONS].reshape(*part.shape[:2], 22, 3) for part in (got, rows)]
        world.append(np.linalg.norm(joints[0] - joints[1], axis=-1).mean())
        local = [part - part[..., :1, :] for part in joints]
        aligned.append(np.linalg.norm(local[0] - local[1], axis=-1).mean())
        steps = np.linalg.norm(np.diff(joints[0][..., FEET, :], axis=1), axis=-1)
        slides.append(steps[rows[:, :-1, CONTACTS] > 0.5].mean())
    millimetres = {"mpjpe_world": world, "mpjpe_aligned": aligned, "foot_slide": slides}
    figures = {name: 1000 * float(np.mean(values)) for name, values in millimetres.items()}
    return figures | {"codes_used": len(used) / model.config.codes}


class ChoreographyTransformer(TransformerTask):
    """On clips that are tokens already, and have plans if the transformer follows any."""

    def tokens(self, part: Part) -> tuple[Tensor, Tensor, Tensor]:
        device = self.accelerator.device
        return part.values["ids"].to(device), part.values["text"].to(device), part.values["lengths"]

    def plans(self, part: Part, generator: torch.Generator) -> tuple[Tensor, Tensor] | None:
        if "plan" not in part.values:
            return None
        plan, whole = part.values["plan"], part.whole
        noise = PLAN_NOISE * torch.rand(whole, 1, 1, generator=generator)
        noise = noise * torch.randn(whole, *plan.shape[1:], generator=generator)
        kept = torch.rand(whole, 1, 1, generator=generator) >= TEXT_DROPOUT
        return tuple(values.to(self.accelerator.device) for values in (plan + part.own(noise), part.own(kept)))


@dataclass(frozen=True)
class TokenClips:
    """Both people's tokens of every clip (2, 5, T), the sentences that fit each clip, the clips by their length.

    plans: (K, 40) of each, for a transformer that follows them.
    """

    tokens: list[np.ndarray]
    sentences: Sentences
    order: np.ndarray
    plans: list[np.ndarray] | None = None

    @classmethod
    def of(cls, clips: Clips, sentences: Sentences, vqvae: VQVAE, scale: Normaliser, cache: Path) -> "TokenClips":
        """Encode all clips; the tokens are kept in `cache` as long as the VQ-VAE is the same."""
        key = json.dumps([float(p.double().sum()) for p in vqvae.state_dict().values()])
        if cache.exists() and str(np.load(cache)["key"]) == key:
            flat = np.load(cache)["tokens"]
        else:
            flat = np.concatenate([ids.ravel() for ids in _encode_clips(clips, vqvae, scale)])
            np.savez(cache, tokens=flat, key=key)
        sizes = clips.lengths // 4 * 10
        tokens = [part.reshape(2, 5, -1) for part in np.split(flat, np.cumsum(sizes)[:-1])]
        return cls(tokens, sentences, np.argsort(clips.lengths, kind="stable"))

    def batches(self, schedule: Schedule, pad: int) -> "TokenBatches":
        """Batches of these clips; pad: the id that fills what is shorter than its batch."""
        return TokenBatches(self, schedule.batch, schedule.frames, schedule.seed, pad)


@dataclass(frozen=True)
class TokenBatches:
    """Batches of clips of like length; see Schedule for `frames`."""

    clips: TokenClips
    size: int
    frames: int | None
    seed: int
    pad: int

    def read(self, step: int, share: Share) -> tuple[dict[str, Tensor], int, int]:
        """As Batches has it: ids (B, 10T), lengths (B,) in tokens per slot, text (B, D), plan (B, K, 40) if there are
        any, the last keyframe held."""
        clips, random = self.clips, np.random.default_rng([self.seed, step])
        first = random.integers(len(clips.order) - 4 * self.size + 1)
        alike = clips.order[first : first + 4 * self.size]
        longest = clips.tokens[alike[-1]].shape[-1] * FRAMES_PER_TOKEN
        size = min(self.size, max(2, self.frames // longest)) if self.frames else self.size
        chosen = random.permutation(alike)[:size]
        lengths = np.array([clips.tokens[index].shape[-1] for index in chosen])
        ids = np.full((size, 2, 5, lengths.max()), self.pad)
        for row, index in enumerate(chosen):
            ids[row, ..., : lengths[row]] = clips.tokens[index]
        text = clips.sentences.drawn(chosen, random)
        values = {"ids": torch.from_numpy(ids).flatten(1), "lengths": torch.from_numpy(lengths), "text": text}
        if clips.plans:
            held = np.arange(keyframe_count(int(lengths.max())))
            plans = [clips.plans[index][np.minimum(held, len(clips.plans[index]) - 1)] for index in chosen]
            values["plan"] = torch.from_numpy(np.stack(plans)).float()
        part = share.of(size)
        return {name: tensor[part] for name, tensor in values.items()}, part.start, size


def _encode_clips(clips: Clips, vqvae: VQVAE, scale: Normaliser):
    device = next(vqvae.parameters()).device
    for index in tqdm(range(len(clips.lengths)), desc="tokens", unit="clip"):
        rows = clips.clip(index)[:, : clips.lengths[index] // 4 * 4]
        with torch.inference_mode():
            yield vqvae.encode(torch.from_numpy(scale.normalise(rows)).to(device)).cpu().numpy().astype(np.int16)
