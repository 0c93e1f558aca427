"""Training of the planner, on plans of choreographed scenes and what its reader makes of their sentences."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.nn.functional import one_hot
from tqdm import tqdm

from ..datasets.prepared import SIDE, Clips, held_out_clips, mirrored_text, training_clips
from ..features import FRAMES_PER_TOKEN
from ..path import FLOOR
from ..plan import PEOPLE, PER_PERSON, PLAN, STATE, plan_of_rows, points, state_known, state_of
from ..plan_view import View
from ..planner import Planner
from .batches import Part, Share
from .checkpoints import fill, trained_weights
from .config import TrainingConfig
from .masking import TEXT_DROPOUT
from .reader import DOER, HAND, choices, said, trained_reader
from .sentences import HELD_OUT_SENTENCES, SENTENCES, Sentences, sentences_of
from .task import Task

HELD_OUT_BATCHES = 12
NOISE_MEAN, NOISE_SPREAD = 0.5, 1.2  # of the logit of the noise
NOISE_FLOOR = 0.02  # so that the least noisy plans don't outweigh all others
ERROR_UNIT = 6.0  # what the weights of the noise are on average, nearly
# What is within reach of the other person: how far they are apart must be right there.
REACH, APART_UNIT = 0.35, 0.1  # metres
HEAVIEST = 20.0
# Which scenes have something given: all of one person, that and the beginning of the other (a long reaction goes on),
# all but a stretch, the beginning, A's first pose.
ONE_PERSON, GOES_ON, STRETCH, BEGINNING, POSE = 0.15, 0.07, 0.1, 0.1, 0.05
SILENT = 0.5  # of those with all of one person
# In so many scenes the planner is told how they are, instead of how they read: so many of all choices.
TRUE_SCENES, TRUE_CHOICES = 0.5, 0.7


def planner_task(config: TrainingConfig, accelerator: Accelerator) -> Task:
    """The planner of a run. Raises EngineError if its reader has not been trained."""
    folder, schedule = config.folder, config.planner_schedule
    clips, held_out = training_clips(config.data, folder / "data"), held_out_clips(config.data, folder / "data")
    clips = clips.with_mirrored()
    reader, groups = trained_reader(config, clips), choices(clips)
    data, unseen = (
        PlanBatches(
            plans_of(part),
            sentences_of(part, config.text_encoder, folder / texts),
            said(part, groups),
            schedule.batch,
            schedule.seed,
        )
        for part, texts in ((clips, SENTENCES), (held_out, HELD_OUT_SENTENCES))
    )
    torch.manual_seed(schedule.seed)
    model = Planner(replace(config.planner, reads=tuple(reader.groups)))
    model.text_head = reader
    for buffer, values in zip((model.mean, model.std), state_scale(data.plans), strict=True):
        buffer.copy_(values)
    set_view(model, groups)
    return PlannerTask(model, data, unseen, accelerator)


def trained_planner(config: TrainingConfig, reads: tuple[int, ...]) -> Planner:
    """The planner of a run, whose reader has groups of these sizes. Raises EngineError if it has not been trained."""
    model, folder = Planner(replace(config.planner, reads=reads)), config.folder / "planner"
    fill(model, trained_weights(folder, "planner"), folder)
    return model.eval().requires_grad_(False)


def plans_of(clips: Clips) -> list[np.ndarray]:
    """The plan (K, 40) of each clip, in metres."""
    numbers = tqdm(range(len(clips.lengths)), desc="plans", unit="clip")
    frames = clips.lengths // FRAMES_PER_TOKEN * FRAMES_PER_TOKEN
    return [plan_of_rows(clips.clip(index)[:, : frames[index]]).astype(np.float32) for index in numbers]


def state_scale(plans: list[np.ndarray]) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation (42,) of the states of plans, those of both people the same."""
    states = torch.cat([state_of(torch.from_numpy(plan)[None])[0] for plan in plans])
    people = states[:, :PLAN].unflatten(-1, (PEOPLE, PER_PERSON)).flatten(0, 1)
    own, between = ([part.mean(0), part.std(0)] for part in (people, states[:, PLAN:]))
    own[1][1] *= 2  # people kneel and fall seldom, but far
    return tuple(torch.cat((each.repeat(PEOPLE), other)) for each, other in zip(own, between, strict=True))


def set_view(model: Planner, groups: dict[str, list[str]]) -> None:
    """Tell a planner of which choices its view depends, and what they are in another one.

    The hand counts for more than other things that are on the left: in the view, it is the right one.
    """
    names = [(group, value) for group, values in groups.items() for value in values]
    numbers = {name: number for number, name in enumerate(names)}
    for number, (group, value) in enumerate(names):
        if group == DOER and value:
            model.second[number] = 1.0 if value == "B" else -1.0
            model.without_second[number] = numbers[group, "A" if value == "B" else "B"]
        side = SIDE.search(value)
        if side:
            model.left[number] = (2.0 if group == HAND else 1.0) * (1.0 if side[0] == "left" else -1.0)
            model.without_left[number] = numbers[group, mirrored_text(value)]


class Puzzle(NamedTuple):
    """What the planner is shown of a part, and the truth: state, noisy and given (B, K, 42), scaled; noise (B,);
    known (B, K, 2); counts (B,); said (B, reads), zeros where nothing is; free (B, K, 42), 1 where it must guess;
    near (B, K, 6, 6), how much it counts how far the points of two people are apart."""

    state: Tensor
    noisy: Tensor
    noise: Tensor
    given: Tensor
    known: Tensor
    counts: Tensor
    said: Tensor
    free: Tensor
    near: Tensor


class PlannerTask(Task):
    """Squared error of the state, and of how far the two people's ends are apart, more so the less noise there was."""

    weights = {"error": 1.0, "apart": 0.05}

    def __init__(self, model: Planner, batches: "PlanBatches", held_out: "PlanBatches", accelerator: Accelerator):
        self.model, self.batches, self.held_out = model.to(accelerator.device), batches, held_out
        self.accelerator = accelerator

    def prepare(self, part: Part) -> tuple[Puzzle, dict[str, Tensor]]:
        device = self.accelerator.device
        plan, counts = (part.values[name].to(device) for name in ("plan", "counts"))
        drawn = Draws.of(part.whole, plan.shape[1], len(self.model.config.reads), part.generator())
        drawn = (values.to(device) for values in drawn)
        chances = Draws(*(part.own(values) for values in drawn))
        noise, valid = chances.noise, torch.arange(plan.shape[1], device=device) < counts[:, None]
        known = given_keyframes(chances, counts, plan.shape[1]) * valid[..., None]
        told = self._told(part.values["text"].to(device), part.values["true"].to(device), chances)
        told, exchanged, mirrored = self.model.seen(told, known)
        view = View.from_person(plan, 1, exchanged, exchanged, mirrored)
        plan, known = view.enter(plan), view.ordered(known)
        near = torch.exp(-((_between(points(plan)).norm(dim=-1) / REACH) ** 2)) * valid[..., None, None]
        state = (state_of(plan) - self.model.mean) / self.model.std * valid[..., None]
        fixed = state_known(known) * valid[..., None]
        noisy = torch.where(fixed > 0, state, state.lerp(chances.normal, noise[:, None, None])) * valid[..., None]
        free = valid[..., None] * (1 - fixed)
        near = near * _weight(noise).clamp(max=HEAVIEST)[:, None, None, None]
        puzzle = Puzzle(state, noisy, noise, state * fixed, known, counts, told, free, near)
        return puzzle, {"error": free.sum(), "apart": near.sum()}

    def losses(self, prepared: Puzzle) -> tuple[dict[str, Tensor], None]:
        return self._losses(self.model, prepared), None

    def evaluate(self, model: nn.Module) -> dict[str, float]:
        found = []
        for number in range(HELD_OUT_BATCHES):
            prepared, _ = self.prepare(Part(*self.held_out.read(number, Share()), step=number))
            found.append(self._losses(model, prepared))
        return {f"held_out_{name}": float(np.mean([float(losses[name]) for losses in found])) for name in found[0]}

    def _told(self, text: Tensor, true: Tensor, draws: "Draws") -> Tensor:
        """What is said of scenes (B, reads): how rows (B, D) read, and here and there what is true (B, G)."""
        sizes = self.model.config.reads
        truth = torch.cat([one_hot(of, size) for of, size in zip(true.unbind(1), sizes, strict=True)], dim=1)
        chosen = (draws.is_true < TRUE_SCENES)[:, None] & (draws.choices < TRUE_CHOICES)
        chosen = chosen.repeat_interleave(torch.tensor(sizes, device=true.device), dim=1)
        told = torch.where(chosen, truth.float(), self.model.text_head(text))
        dropped = torch.where(draws.kind < ONE_PERSON + GOES_ON, SILENT, TEXT_DROPOUT)
        return told * (draws.kept_text >= dropped)[:, None]

    def _losses(self, model: nn.Module, part: Puzzle) -> dict[str, Tensor]:
        condition = model.condition(part.said, part.counts)
        with self.accelerator.autocast():
            guess = model(part.noisy, part.noise, condition, part.counts, part.given, part.known).float()
        wrong = (guess - part.state) * part.free
        error = (_weight(part.noise)[:, None, None] * wrong**2).sum() / part.free.sum().clamp(min=1) / ERROR_UNIT
        off = self._apart(wrong) / APART_UNIT
        apart = (part.near[..., None] * off**2).sum() / (3 * part.near.sum() + 1)
        return {"error": error, "apart": apart}

    def _apart(self, wrong: Tensor) -> Tensor:
        """How wrong it is from each point of B to each of A, in metres (B, K, 6, 6, 3), by the error of a scaled state.

        All of it is linear but for the facing, which no point depends on.
        """
        wrong = wrong * self.model.std
        people = wrong[..., :PLAN].unflatten(-1, (PEOPLE, PER_PERSON)).clone()
        people[..., FLOOR] = torch.stack((torch.zeros_like(wrong[..., PLAN:]), wrong[..., PLAN:]), dim=-2)
        return _between(points(people.flatten(-2)))


class Draws(NamedTuple):
    """What is drawn for a batch: noise (B,) from 0 to 1, normal noise (B, K, 42), and uniform numbers (B,), those of
    the groups of choices (B, G)."""

    noise: Tensor
    normal: Tensor
    choices: Tensor
    kind: Tensor
    person: Tensor
    first: Tensor
    second: Tensor
    kept_text: Tensor
    is_true: Tensor

    @classmethod
    def of(cls, batch: int, keyframes: int, groups: int, generator: torch.Generator) -> "Draws":
        """Draw for so many plans of so many keyframes at most."""
        noise = torch.sigmoid(NOISE_MEAN + NOISE_SPREAD * torch.randn(batch, generator=generator))
        normal = torch.randn(batch, keyframes, STATE, generator=generator)
        uniform = torch.rand(batch, groups, generator=generator), *torch.rand(6, batch, generator=generator)
        return cls(noise, normal, *uniform)


def given_keyframes(draws: Draws, counts: Tensor, keyframes: int) -> Tensor:
    """(B, K, 2), 1 for the people who are given in a keyframe; in most plans nobody is."""
    numbers, whose = torch.arange(keyframes, device=counts.device), torch.arange(PEOPLE, device=counts.device)
    start, stop = (
        (part * counts).long()[:, None]
        for part in (draws.first.minimum(draws.second), draws.first.maximum(draws.second))
    )
    outside = (numbers < start) | (numbers > stop)
    early = numbers <= (draws.first * counts / 2).long()[:, None]
    one = (whose == (2 * draws.person).long()[:, None])[:, None].expand(-1, keyframes, -1)
    kinds = (
        (ONE_PERSON, one),
        (GOES_ON, one | early[..., None]),
        (STRETCH, outside[..., None].expand(-1, -1, PEOPLE)),
        (BEGINNING, early[..., None].expand(-1, -1, PEOPLE)),
        (POSE, ((numbers == 0)[:, None] & (whose == 0)).expand(len(counts), -1, -1)),
    )
    known, least = torch.zeros(len(counts), keyframes, PEOPLE, device=counts.device), 0.0
    for share, given in kinds:
        chosen = (draws.kind >= least) & (draws.kind < least + share)
        known, least = torch.where(chosen[:, None, None], given.float(), known), least + share
    return known


@dataclass(frozen=True)
class PlanBatches:
    """Batches of plans of like length, with a sentence each; true: (N, G), what is true of each."""

    plans: list[np.ndarray]
    sentences: Sentences
    true: Tensor
    size: int
    seed: int

    @cached_property
    def counts(self) -> np.ndarray:
        """(N,) keyframes of each plan."""
        return np.array([len(plan) for plan in self.plans])

    @cached_property
    def order(self) -> np.ndarray:
        """(N,) the plans by their length."""
        return np.argsort(self.counts, kind="stable")

    def read(self, step: int, share: Share) -> tuple[dict[str, Tensor], int, int]:
        """As Batches has it: plan (B, K, 40) in metres, counts (B,) of keyframes, text (B, D), true (B, G)."""
        random, counts, order = np.random.default_rng([self.seed, step]), self.counts, self.order
        size = min(self.size, len(order) // 4)
        first = random.integers(len(order) - 4 * size + 1)
        chosen = random.permutation(order[first : first + 4 * size])[:size]
        plans = np.zeros((size, counts[chosen].max(), PLAN), np.float32)
        for row, index in zip(plans, chosen, strict=True):
            row[: counts[index]] = self.plans[index]
        text = self.sentences.drawn(chosen, random)
        values = {"plan": torch.from_numpy(plans), "counts": torch.from_numpy(counts[chosen])}
        values |= {"text": text, "true": self.true[chosen]}
        part = share.of(size)
        return {name: tensor[part] for name, tensor in values.items()}, part.start, size


def _between(places: Tensor) -> Tensor:
    """From each point of B to each of A (..., 6, 6, 3), of both people's points (..., 2, 6, 3)."""
    return places[..., 0, :, None, :] - places[..., 1, None, :, :]


def _weight(noise: Tensor) -> Tensor:
    return 1 / (noise**2 + NOISE_FLOOR)
