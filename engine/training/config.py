"""A training run as a TOML file: the data, the two networks, how long and how fast each one learns."""

import tomllib
from dataclasses import dataclass, fields, replace
from pathlib import Path
from types import UnionType
from typing import Literal, get_args, get_origin

from ..datasets.prepared import DataConfig
from ..errors import EngineError
from ..evaluation.interclip import EvaluatorConfig
from ..job_table import parse_name
from ..planner import PlannerConfig
from ..sampling import SamplingSettings
from ..text import CLIP, CLIP_WIDTH, MINILM, MINILM_READ_WIDTH
from ..transformer import TransformerConfig
from ..vqvae import VQVAEConfig

CHOREOGRAPHY, RESEARCH = "choreography", ("interhuman", "interx")
PRECISIONS = ("bf16", "fp32")


@dataclass(frozen=True)
class ResearchData:
    """A prepared copy of InterHuman or Inter-X (python -m engine data prepare).

    cache: its folder. body: the .npz of the user's neutral SMPL-X body, which Inter-X's losses need.
    evaluator, words: the benchmark's evaluator, and the folder of the words that Inter-X's reads (see evaluate), for
    scores while training; without them there are pictures alone. min_frames, max_frames: what the model can make.
    """

    kind: str
    cache: str
    body: str = ""
    evaluator: str = ""
    words: str = ""
    min_frames: int = 16
    max_frames: int = 300

    def __post_init__(self):
        if self.kind == "interx" and not self.body:
            raise ValueError("Inter-X needs body, the .npz of your neutral SMPL-X body")


@dataclass(frozen=True)
class Schedule:
    """Linear warm-up, then the learning rate times `decay` at each of `milestones` (shares of the whole).

    steps, or epochs where the data have any: how long. batch: samples of a step, over all processes.
    frames: the most that a batch of whole clips may hold, so that long clips come fewer at a time; none: no limit.
    warmup, score_every: in steps, or in epochs where those are counted; score_every 0: no scores while training.
    optimizer: "adamw", as published, or "muon" for the matrices of the blocks and AdamW for the rest.
    accumulation: in how many parts each process works on its share of a batch.
    average: decay of a running average of the weights, which is then evaluated and packaged; 0: none is kept.
    readers: processes that read samples ahead, for each GPU. save_every, log_every: in steps.
    """

    batch: int
    steps: int = 0
    epochs: int = 0
    frames: int | None = None
    optimizer: Literal["adamw", "muon"] = "adamw"
    learning_rate: float = 2e-4
    warmup: float = 100
    milestones: tuple[float, ...] = (0.7, 0.85)
    decay: float = 0.1
    weight_decay: float = 0.0
    clip: float | None = None
    accumulation: int = 1
    average: float = 0.0
    seed: int = 0
    readers: int = 0
    save_every: int = 500
    log_every: int = 50
    score_every: int = 0

    def __post_init__(self):
        if (self.steps > 0) == (self.epochs > 0):
            raise ValueError("a schedule has either steps or epochs")
        if self.batch < 1 or self.accumulation < 1 or not 0 <= self.average < 1:
            raise ValueError("batch and accumulation are 1 or more, and average is less than 1")
        if self.learning_rate <= 0:
            raise ValueError("learning_rate is more than 0")

    def rate(self, step: int) -> float:
        """Learning rate of step `step`, counted from 0."""
        passed = sum(step >= share * self.steps for share in self.milestones)
        return self.learning_rate * min(1.0, (step + 1) / (self.warmup + 1)) * self.decay**passed

    def counted(self, per_epoch: int) -> "Schedule":
        """The same in steps, of which an epoch has so many. Raises EngineError if it has none."""
        if per_epoch == 0:
            raise EngineError(
                f"The training set has fewer samples than one batch of {self.batch}: choose a smaller one."
            )
        if self.steps:
            return self
        warmup, score_every = round(self.warmup * per_epoch), self.score_every * per_epoch
        return replace(self, steps=self.epochs * per_epoch, epochs=0, warmup=warmup, score_every=score_every)


@dataclass(frozen=True)
class TrainingConfig:
    """Everything a run needs; `positions` are as normaliser.py has them; "world" is published.

    window: frames the VQ-VAE learns from at a time. mocap_share: of the windows that show recorded people alone, if
    the data has a folder of them. unroll_every: every so many-th step of the transformer is unrolled, which takes as
    long again as the step itself; 1 is published. planner: sizes of the one that a transformer needs whose plan_width
    is not 0. precision: "bf16" or "fp32", the published one.
    """

    name: str
    text_encoder: Literal[MINILM, CLIP]
    positions: Literal["world", "pelvis", "path"]
    data: DataConfig | ResearchData
    vqvae: VQVAEConfig
    transformer: TransformerConfig
    vqvae_schedule: Schedule
    transformer_schedule: Schedule
    window: int = 64
    mocap_share: float = 0.25
    unroll_every: int = 1
    planner: PlannerConfig = PlannerConfig()
    precision: str = "bf16"
    sampling: SamplingSettings = SamplingSettings()
    evaluator: EvaluatorConfig = EvaluatorConfig(192, 3, 6, 384, 0.1, latent=64, frames_per_token=4, sentence_width=384)
    planner_schedule: Schedule = Schedule(steps=5000, batch=96, learning_rate=1.5e-3, clip=1.0, optimizer="muon")
    reader_schedule: Schedule = Schedule(steps=4000, batch=384, learning_rate=2e-3, weight_decay=1e-2, decay=0.2)
    evaluator_schedule: Schedule = Schedule(steps=2000, batch=64, learning_rate=5e-4, weight_decay=1e-2, clip=1.0)

    def __post_init__(self):
        try:
            parse_name(self.name)  # of a folder
        except EngineError as error:
            raise ValueError(f"name: {error}") from error
        if self.precision not in PRECISIONS:
            raise ValueError(f"precision is one of {', '.join(PRECISIONS)}")
        if self.transformer.codes != self.vqvae.codes or self.transformer.code_width != self.vqvae.code_width:
            raise ValueError("the transformer and the VQ-VAE differ in codes or code_width")
        self._check_transformer()
        layout = "interhuman" if isinstance(self.data, DataConfig) else self.data.kind
        if self.vqvae.layout != layout:
            raise ValueError(f"with these data the VQ-VAE's layout is {layout!r}")
        if isinstance(self.data, ResearchData) and self.positions != "world":
            raise ValueError("InterHuman and Inter-X are trained with positions = 'world'")
        names = ("vqvae", "reader", "planner", "transformer", "evaluator")
        schedules = [getattr(self, f"{name}_schedule") for name in names]
        if isinstance(self.data, DataConfig) and any(schedule.epochs for schedule in schedules):
            raise ValueError("scenes made by code have no epochs: say steps")

    def _check_transformer(self) -> None:
        sizes, clip = self.transformer, self.text_encoder == CLIP
        if not (0 <= sizes.dropout < 1 and 0 <= self.vqvae.dropout < 1):
            raise ValueError("dropout is 0 or more and less than 1")
        if sizes.width % sizes.heads:
            raise ValueError(f"the transformer's width, {sizes.width}, can't be divided among {sizes.heads} heads")
        width = CLIP_WIDTH if clip else MINILM_READ_WIDTH
        if sizes.text_width != width or (sizes.text_layers > 0) != clip:
            layers = "1 or more" if clip else "0"
            raise ValueError(f"with {self.text_encoder} text_width is {width}, and text_layers {layers}")
        if (sizes.plan_width > 0) != (self.positions == "path"):
            raise ValueError("a transformer follows plans (plan_width) if positions are along a path, else it does not")
        if self.planner.text_width != width and sizes.plan_width:
            raise ValueError(f"with {self.text_encoder} the planner's text_width is {width}")

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
        if name == "data":
            value = _data(value)
        elif isinstance(value, dict):
            value = _build(known[name], value)
        elif not _fits(value, known[name]):
            choices = get_args(known[name]) if get_origin(known[name]) is Literal else ()
            among = f": there are {', '.join(choices)}" if choices else ""
            raise ValueError(f"{name} can't be {value!r}{among}")
        values[name] = tuple(value) if isinstance(value, list) else value
    return kind(**values)


def _fits(value: object, kind: type) -> bool:
    """Whether a TOML value that is no table is what the field of a dataclass takes."""
    if get_origin(kind) is Literal:
        return value in get_args(kind)
    if get_origin(kind) is UnionType:
        return any(_fits(value, one) for one in get_args(kind))
    if get_origin(kind) is tuple:
        return isinstance(value, list) and all(_fits(one, get_args(kind)[0]) for one in value)
    return type(value) is kind or (kind is float and type(value) is int)


def _data(table: dict) -> DataConfig | ResearchData:
    """Scenes made by code are the kind "choreography", which need not be said."""
    kind = table.get("kind", CHOREOGRAPHY)
    if kind in RESEARCH:
        return _build(ResearchData, table)
    if kind == CHOREOGRAPHY:
        return _build(DataConfig, {name: value for name, value in table.items() if name != "kind"})
    raise ValueError(f"the kind of data {kind!r} is unknown: there are {', '.join((CHOREOGRAPHY, *RESEARCH))}")
