"""Training of the VQ-VAE on windows of single people."""
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..datasets.prepared import Clips, held_out_clips, training_clips
from ..features import CONTACTS, FEET, POSITIONS, ROTATIONS, VELOCITIES, WIDTH, Normaliser
from ..vqvae import VQVAE
from .config import TrainingConfig
from .loop import autocast, train
from .losses import WEIGHTS, vqvae_losses

STATISTICS_CLIPS = 500


def train_vqvae(config: TrainingConfig, device: torch.device) -> None:
    """Train to the end of the schedule, or go on from where the last run stopped."""
    folder = config.folder
    clips, held_out = training_clips(config.data, folder / "data"), held_out_clips(config.data, folder / "data")
    scale = normaliser(clips, config.positions, folder / "statistics.npz")
    mean, std = (torch.from_numpy(part).to(device) for part in (scale.mean, scale.std))
    torch.manual_seed(config.vqvae_schedule.seed)
    model = VQVAE(config.vqvae).to(device, memory_format=torch.channels_last)

    def losses_of_step(step: int) -> dict[str, Tensor]:
        batch = torch.from_numpy(scale.normalise(_windows(clips, config, step))).to(device)
        with autocast(device):
            reconstruction, commitment, perplexity = model(batch)
        losses = vqvae_losses(reconstruction.float(), batch, mean, std, relative=config.positions == "pelvis")
        return losses | {"commitment": commitment.float(), "perplexity": perplexity}

    train(
        model,
        config.vqvae_schedule,
        losses_of_step,
        WEIGHTS,
        folder / "vqvae",
        evaluate=lambda: evaluate_vqvae(model, scale, held_out, range(0, len(held_out.lengths), 6)),
    )


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


def _windows(clips: Clips, config: TrainingConfig, step: int) -> np.ndarray:
    """Random windows (batch, window, 262) of random people."""
    random = np.random.default_rng([config.vqvae_schedule.seed, step])
    windows = []
    for index in random.integers(len(clips.lengths), size=config.vqvae_schedule.batch):
        first = random.integers(clips.lengths[index] - config.window + 1)
        start = clips.starts[index] + first
        windows.append(clips.rows[start : start + config.window, random.integers(2)])
    return np.stack(windows)


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
