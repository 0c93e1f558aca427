"""A training run as a TOML file: the data, the two networks, how long and how fast each one learns."""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

from ..datasets.prepared import DataConfig
from ..errors import EngineError
from ..evaluation.interclip import EvaluatorConfig
from ..sampling import SamplingSettings
from ..transformer import TransformerConfig
from ..vqvae import VQVAEConfig


@dataclass(frozen=True)
class Schedule:
    """AdamW with linear warm-up, then the learning rate times `decay` at each of `milestones` (shares of `steps`).

    frames: the most that a batch of whole clips may hold, so that long clips come fewer at a time; none: no limit.
    """

    steps: int
    batch: int
    frames: int | None = None
    learning_rate: float = 2e-4
    warmup: int = 100
    milestones: tuple[float, ...] = (0.7, 0.85)
    decay: float = 0.1
    weight_decay: float = 0.0
    clip: float | None = None
    seed: int = 0
    save_every: int = 500
    log_every: int = 50

    def rate(self, step: int) -> float:
        """Learning rate of step `step`, counted from 0."""
        passed = sum(step >= share * self.steps for share in self.milestones)
        return self.learning_rate * min(1.0, (step + 1) / (self.warmup + 1)) * self.decay**passed


@dataclass(frozen=True)
class TrainingConfig:
    """Everything a run needs; `positions` is "world" (published) or "pelvis" (features.relative_to_pelvis).

    window: frames the VQ-VAE learns from at a time. mocap_share: of the windows that show recorded people alone, if
    the data has a folder of them. unroll_every: every so many-th step of the transformer is unrolled, which takes as
    long again as the step itself; 1 is published.
    """

    name: str
    text_encoder: str
    positions: str
    data: DataConfig
    vqvae: VQVAEConfig
    transformer: TransformerConfig
    vqvae_schedule: Schedule
    transformer_schedule: Schedule
    window: int = 64
    mocap_share: float = 0.25
    unroll_every: int = 1
    sampling: SamplingSettings = SamplingSettings()
    evaluator: EvaluatorConfig = EvaluatorConfig(192, 3, 6, 384, 0.1, latent=64, frames_per_token=4, sentence_width=384)
    evaluator_schedule: Schedule = Schedule(steps=2000, batch=64, learning_rate=5e-4, weight_decay=1e-2, clip=1.0)

    @property
    def folder(self) -> Path:
        """Where checkpoints and curves go."""
        return Path("runs") / self.name


def load_config(path: str | Path) -> TrainingConfig:
    """Read a TOML file. Raises EngineError naming what is missing, unknown or of the wrong kind."""
    try:
        with open(path, "rb") as file:
            return _build(TrainingConfig, tomllib.load(file))
    except OSError as error:
        raise EngineError(f"The training configuration {path} can't be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, TypeError, ValueError) as error:
        raise EngineError(f"The training configuration {path} is not valid: {error}.") from error


def _build(kind: type, table: dict):
    """An instance of a dataclass from a TOML table, nested ones included."""
    known = {field.name: field.type for field in fields(kind)}
    unknown = set(table) - set(known)
    if unknown:
        raise ValueError(f"{', '.join(sorted(unknown))} means nothing to {kind.__name__}")
    values = {}
    for name, value in table.items():
        if isinstance(value, dict):
            value = _build(known[name], value)
        values[name] = tuple(value) if isinstance(value, list) else value
    return kind(**values)
