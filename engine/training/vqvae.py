"""Training of the VQ-VAE on windows of single people."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..datasets.prepared import Clips, held_out_clips, mocap_clips, training_clips
from ..features import CONTACTS, FEET, POSITIONS, ROTATIONS, VELOCITIES, WIDTH, Normaliser, mirror_rows
from ..vqvae import VQVAE
from .config import TrainingConfig
from .loop import autocast, train
from .losses import WEIGHTS, vqvae_losses

STATISTICS_CLIPS = 500
# Every so many-th batch has windows of half the length, which recordings of one second fill as well.
SHORT_EVERY = 4


def train_vqvae(config: TrainingConfig, device: torch.device) -> None:
    """Train to the end of the schedule, or go on from where the last run stopped."""
    folder = config.folder
    data = folder / "data"
    clips, held_out = training_clips(config.data, data), held_out_clips(config.data, data)
    sources, unseen = [clips], None
    if config.data.mocap:
        sources.append(mocap_clips(config.data, data))
        unseen = mocap_clips(config.data, data, held_out=True)
    scale = normaliser(clips, config.positions, folder / "statistics.npz")
    mean, std = (torch.from_numpy(part).to(device) for part in (scale.mean, scale.std))
    torch.manual_seed(config.vqvae_schedule.seed)
    model = VQVAE(config.vqvae).to(device, memory_format=torch.channels_last)

    def losses_of_step(step: int) -> dict[str, Tensor]:
        batch = torch.from_numpy(scale.normalise(_windows(sources, config, step))).to(device)
        with autocast(device):
            reconstruction, commitment, perplexity = model(batch)
        losses = vqvae_losses(reconstruction.float(), batch, mean, std, relative=config.positions == "pelvis")
        return losses | {"commitment": commitment.float(), "perplexity": perplexity}

    def evaluate() -> dict[str, float]:
        figures = evaluate_vqvae(model, scale, held_out, range(0, len(held_out.lengths), 6))
        if unseen:
            of_people = evaluate_vqvae(model, scale, unseen, range(len(unseen.lengths)))
            figures |= {f"mocap_{name}": value for name, value in of_people.items()}
        return figures

    train(model, config.vqvae_schedule, losses_of_step, WEIGHTS, folder / "vqvae", evaluate=evaluate)


def normaliser(clips: Clips, positions: str, path: Path) -> Normaliser:
    """Measure a training set once; later calls read `path`, so that every part of a run agrees."""
    if not path.exists():
        unscaled = Normaliser(np.zeros(WIDTH), np.ones(WIDTH), positions)
        chosen = np.linspace(0, len(clips.lengths) - 1, STATISTICS_CLIPS).astype(int)
        rows = np.concatenate([unscaled.normalise(clips.clip(index)).reshape(-1, WIDTH) for index in chosen])
        mean, std = rows.mean(0, dtype=np.float64), rows.std(0, dtype=np.float64)
        for part in (POSITIONS, VELOCITIES, ROTATIONS):
            # No feature is blown up more than four times over the average of its kind.
            std[part] = np.maximum(std[part], std[part].mean() / 4)
        mean[CONTACTS], std[CONTACTS] = 0.0, 1.0  # the losses ask them whether a foot is planted
        np.savez(path, mean=mean.astype(np.float32), std=std.astype(np.float32))
    saved = np.load(path)
    return Normaliser(saved["mean"], saved["std"], positions)


def _windows(sources: list[Clips], config: TrainingConfig, step: int) -> np.ndarray:
    """Random windows (batch, frames, 262) of random people, half of them left for right.

    sources: the pairs, and the people alone if there are any. Of each, every possible window is as likely as any other.
    """
    random = np.random.default_rng([config.vqvae_schedule.seed, step])
    frames = config.window if step % SHORT_EVERY else config.window // 2
    counts = [np.maximum(clips.lengths - frames + 1, 0) for clips in sources]
    ends = [np.cumsum(count) for count in counts]
    windows = []
    for _ in range(config.vqvae_schedule.batch):
        chosen = int(len(sources) > 1 and random.random() < config.mocap_share)
        clips = sources[chosen]
        number = random.integers(ends[chosen][-1])
        index = np.searchsorted(ends[chosen], number, side="right")
        start = clips.starts[index] + counts[chosen][index] - (ends[chosen][index] - number)
        windows.append(clips.rows[start : start + frames, random.integers(clips.rows.shape[1])])
    batch = np.stack(windows).astype(np.float32)
    flipped = random.random(len(batch)) < 0.5
    batch[flipped] = mirror_rows(batch[flipped])
    return batch


def evaluate_vqvae(model: VQVAE, scale: Normaliser, clips: Clips, indices) -> dict[str, float]:
    """Reconstruction of whole held-out clips: joint errors in mm (in the world, and with pelvises laid on each other),
    the sliding of planted feet in mm per frame, and the share of the codebook in use."""
    device = next(model.parameters()).device
    world, aligned, slides, used = [], [], [], set()
    for index in indices:
        rows = clips.clip(index)[:, : clips.lengths[index] // 4 * 4]
        ids = model.encode(torch.from_numpy(scale.normalise(rows)).to(device))
        got = scale.restore(model.decode(ids).cpu().numpy())
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
