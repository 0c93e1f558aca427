"""However a batch is divided, in parts or because memory ran out, the networks learn the same."""

import itertools
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from engine.errors import EngineError
from engine.features import WIDTH
from engine.normaliser import Normaliser
from engine.skeleton import FULL_REST_OFFSETS
from engine.training.batches import Part, ResearchBatches, Share
from engine.training.checkpoints import BEST, NAME, keep_if_best, trained_weights
from engine.training.config import Schedule
from engine.training.loop import Trainer, processes, train
from engine.training.transformer import TransformerTask
from engine.training.vqvae import InterHumanVQVAE, InterXVQVAE
from engine.transformer import MaskedTransformer, TransformerConfig
from engine.vqvae import VQVAE, VQVAEConfig

SAMPLES, FRAMES, TIME = 7, 16, 4
CODES = 16


@dataclass(frozen=True)
class RandomRows:
    """Windows of noise, those of one step unlike those of the next."""

    shape: tuple[int, ...]

    def read(self, step, share):
        part = share.of(SAMPLES)
        rows = np.random.default_rng(step).normal(size=(SAMPLES, FRAMES, *self.shape)).astype(np.float32)
        return {"rows": torch.from_numpy(rows)[part]}, part.start, SAMPLES


@dataclass(frozen=True)
class RandomTokens:
    """Token clips of unlike lengths."""

    def read(self, step, share):
        random, part = np.random.default_rng(step), share.of(SAMPLES)
        lengths = torch.from_numpy(random.integers(1, TIME + 1, SAMPLES))
        ids = torch.from_numpy(random.integers(0, CODES, (SAMPLES, 10 * TIME)))
        padding = (torch.arange(TIME) >= lengths[:, None]).repeat(1, 10)
        text = torch.from_numpy(random.normal(size=(SAMPLES, 6)).astype(np.float32))
        values = {"ids": ids.masked_fill(padding, CODES + 1), "lengths": lengths, "text": text}
        return {name: tensor[part] for name, tensor in values.items()}, part.start, SAMPLES


class ReadyTokens(TransformerTask):
    def tokens(self, part):
        return part.values["ids"], part.values["text"], part.values["lengths"]


@pytest.fixture(scope="module")
def accelerator():
    return processes("cpu", "fp32")


def make_task(kind: str, accelerator):
    torch.manual_seed(0)
    if kind == "transformer":
        sizes = TransformerConfig(CODES, 8, 24, 1, 2, 32, dropout=0.0, text_width=6)
        model = MaskedTransformer(sizes)
        for weights in model.parameters():  # gates that start at zero would let hardly any gradient through
            torch.nn.init.normal_(weights, std=0.1)
        return ReadyTokens(model, RandomTokens(), RandomTokens(), accelerator)
    sizes = VQVAEConfig(kind, codes=CODES, code_width=8, width=16, dropout=0.0, graph="every_frame")
    if kind == "interx":
        batches = RandomRows((56, 6))
        return InterXVQVAE(VQVAE(sizes), batches, accelerator, FULL_REST_OFFSETS, held_out=batches)
    scale = Normaliser(np.zeros(WIDTH, np.float32), np.ones(WIDTH, np.float32))
    batches = RandomRows((WIDTH,))
    return InterHumanVQVAE(VQVAE(sizes), batches, accelerator, scale, held_out=batches)


def learn(task, accelerator, **changes) -> tuple[dict[str, float], Trainer]:
    """The last of three steps' figures."""
    trainer = Trainer(task, Schedule(batch=SAMPLES, steps=3, warmup=0, learning_rate=1e-6, **changes), accelerator)
    for step in range(3):
        figures = trainer.step(Part(*task.batches.read(step, Share()), step=step))
    return {name: float(value) for name, value in figures.items()}, trainer


def assert_learned_the_same(one, other):
    """The last gradients and the codebook. AdamW makes full steps of gradients that are but rounding: short steps."""
    for (name, weights), others in zip(one.named_parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(others.grad, weights.grad, rtol=1e-3, atol=1e-5, msg=name)
    for (name, buffer), others in zip(one.named_buffers(), other.buffers(), strict=True):
        torch.testing.assert_close(others, buffer, rtol=1e-3, atol=1e-5, msg=name)


KINDS = ("interhuman", "interx", "transformer")


@pytest.mark.parametrize("kind", KINDS)
def test_parts_of_a_batch_teach_what_the_batch_does(kind, accelerator):
    whole, divided = make_task(kind, accelerator), make_task(kind, accelerator)
    expected, _ = learn(whole, accelerator)
    found, _ = learn(divided, accelerator, accumulation=3)  # 2, 2 and 3 samples
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-6)
    assert_learned_the_same(whole.model, divided.model)


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_that_does_not_fit_is_halved(kind, accelerator, capsys):
    plenty, little = make_task(kind, accelerator), make_task(kind, accelerator)
    learn(plenty, accelerator)

    def device_with_room_for_three(module, inputs):
        if len(inputs[0]) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate more than there is.")

    little.model.register_forward_pre_hook(device_with_room_for_three)
    _, trainer = learn(little, accelerator)
    assert trainer.pieces == 4
    assert_learned_the_same(plenty.model, little.model)
    said = capsys.readouterr().out
    assert "Out of memory with 7 samples" in said and "going on with 2" in said


def test_a_sample_that_does_not_fit_is_told_in_a_sentence(accelerator):
    task = make_task("transformer", accelerator)

    def device_without_room(module, inputs):
        raise torch.OutOfMemoryError("CUDA out of memory.")

    task.model.register_forward_pre_hook(device_without_room)
    with pytest.raises(EngineError, match="memory is too small"):
        learn(task, accelerator)


def test_other_failures_are_not_taken_for_a_lack_of_memory(accelerator):
    task = make_task("transformer", accelerator)

    def broken(module, inputs):
        raise RuntimeError("The shapes do not fit.")

    task.model.register_forward_pre_hook(broken)
    with pytest.raises(RuntimeError, match="shapes"):
        learn(task, accelerator)


def test_the_codebook_starts_at_the_first_vectors(accelerator):
    task = make_task("interhuman", accelerator)
    parts = Part(*task.batches.read(0, Share())).split(3)
    with torch.no_grad():
        features = task.model.features(task.batches.read(0, Share())[0]["rows"])
    task.begin([task.prepare(part)[0] for part in parts])
    first = features.permute(0, 2, 3, 1).reshape(-1, 8)[:CODES]
    torch.testing.assert_close(task.model.quantiser.codebook, first)
    assert (task.model.quantiser.counts == 1).all() and task.model.quantiser.initialised


@pytest.mark.parametrize("average", [0.0, 0.5])
def test_a_resumed_run_goes_on_exactly_and_ends_with_its_average(average, accelerator, tmp_path):
    whole, killed, resumed = (make_task("interx", accelerator) for _ in range(3))
    schedule = Schedule(batch=SAMPLES, steps=4, warmup=0, learning_rate=1e-3, average=average, save_every=2)
    train(whole, schedule, tmp_path / "whole", accelerator)

    class Killed(Exception):
        pass

    def in_the_fourth_step(module, inputs):
        if (tmp_path / "killed" / NAME).exists() and next(steps) == 1:
            raise Killed

    steps = itertools.count()
    killed.model.decoder.register_forward_pre_hook(in_the_fourth_step)
    with pytest.raises(Killed):
        train(killed, schedule, tmp_path / "killed", accelerator)
    train(resumed, schedule, tmp_path / "killed", accelerator)
    assert all(torch.equal(resumed.model.state_dict()[n], t) for n, t in whole.model.state_dict().items())
    ended, again = (trained_weights(tmp_path / name, "VQ-VAE") for name in ("whole", "killed"))
    assert all(torch.equal(again[name], tensor) for name, tensor in ended.items())
    last = torch.load(tmp_path / "whole" / NAME, weights_only=True)["model"]
    moving = "encoder.head.weight"
    assert torch.equal(ended[moving], last[moving]) == (average == 0)
    assert torch.equal(ended["quantiser.codebook"], last["quantiser.codebook"])  # it is an average already


def test_losses_that_are_no_numbers_end_the_run_and_are_not_saved(accelerator, tmp_path):
    task = make_task("transformer", accelerator)
    with torch.no_grad():
        task.model.output_logits.bias[0] = torch.nan
    with pytest.raises(EngineError, match="learning_rate"):
        train(task, Schedule(batch=SAMPLES, steps=2), tmp_path, accelerator)
    assert not (tmp_path / NAME).exists()


def test_the_best_scored_weights_are_those_that_are_used(tmp_path):
    model = torch.nn.Linear(2, 2)
    torch.save({"model": model.state_dict(), "step": 9}, tmp_path / NAME)
    for step, fid in enumerate((5.0, 3.0, 4.0)):
        torch.nn.init.constant_(model.weight, step)
        keep_if_best(tmp_path, model, step, fid)
    assert (tmp_path / BEST).exists()
    assert (trained_weights(tmp_path, "toy")["weight"] == 1).all()


def test_an_epoch_has_every_sample_once():
    class Numbers:
        def __len__(self):
            return 11

        def sample(self, index, seed):
            return {"number": index, "row": np.array([index, seed[1]])}

    batches = ResearchBatches(Numbers(), 3, seed=1)
    assert batches.per_epoch == 3
    epochs = [[batches.read(step, Share())[0] for step in range(3 * n, 3 * n + 3)] for n in range(2)]
    orders = [[number for part in epoch for number in part["number"]] for epoch in epochs]
    assert all(len(set(order)) == 9 for order in orders) and orders[0] != orders[1]
    assert (epochs[1][0]["row"][:, 1] == 1).all()  # a sample is drawn anew in each epoch
    whole = batches.read(4, Share())[0]["number"]
    shares = [batches.read(4, Share(n, 2)) for n in range(2)]
    assert [number for values, _, _ in shares for number in values["number"]] == whole
    assert [(first, of) for _, first, of in shares] == [(0, 3), (1, 3)]


def test_more_processes_than_samples_are_refused():
    with pytest.raises(EngineError, match="use fewer"):
        Share(0, 8).of(7)


def test_epochs_become_steps():
    schedule = Schedule(batch=4, epochs=10, warmup=0.25, score_every=2).counted(40)
    assert (schedule.steps, schedule.warmup, schedule.score_every) == (400, 10, 80)
    assert schedule.rate(0) == pytest.approx(2e-4 / 11) and schedule.rate(10) == pytest.approx(2e-4)
    with pytest.raises(EngineError, match="smaller"):
        Schedule(batch=4, epochs=10).counted(0)
