"""Both networks learn, stop at any moment and go on as if nothing had happened."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.checkpoint import load_model
from engine.datasets.prepared import Clips
from engine.errors import EngineError
from engine.evaluation.interclip import load_evaluator
from engine.training import checkpoints
from engine.training.batches import Share
from engine.training.config import Schedule, load_config
from engine.training.evaluator import contrast
from engine.training.masking import Chances, hide, unroll, unrolled_targets
from engine.training.reader import SentencesAndScenes, choices, said
from engine.training.sentences import Sentences
from engine.vocabulary import load_vocabulary

ROOT = Path(__file__).parent.parent
NETWORKS = ("vqvae", "reader", "planner", "transformer", "evaluator")
NEEDED = {"planner": ("reader",), "transformer": ("vqvae", "reader")}
# Networks this small are fastest on one thread.
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
TOY = """
name = "toy"
text_encoder = "all-minilm-l6-v2"
positions = "path"
window = 32

[data]
scenes_per_family = 20
held_out_per_family = 20
families = ["bow", "push"]
max_frames = 80

[vqvae]
layout = "interhuman"
graph = "every_frame"
codes = 32
code_width = 8
width = 16

[vqvae_schedule]
steps = 60
batch = 4
warmup = 2
save_every = 20
log_every = 5
learning_rate = 2e-3

[transformer]
codes = 32
code_width = 8
width = 24
layers = 1
heads = 2
feed_forward = 32
text_width = 4608
plan_width = 16

[transformer_schedule]
steps = 60
batch = 4
warmup = 2
save_every = 20
log_every = 5
learning_rate = 2e-3

[planner]
width = 24
layers = 1
heads = 2
feed_forward = 32

[planner_schedule]
steps = 60
batch = 16
optimizer = "muon"
warmup = 2
save_every = 20
log_every = 5
learning_rate = 5e-3

[reader_schedule]
steps = 60
batch = 32
warmup = 2
save_every = 20
log_every = 5
learning_rate = 2e-3

[evaluator]
width = 16
layers = 1
heads = 2
feed_forward = 16
latent = 8
frames_per_token = 4
sentence_width = 384

[evaluator_schedule]
steps = 60
batch = 16
warmup = 2
save_every = 20
log_every = 5
learning_rate = 5e-3
"""


def train(folder: Path, network: str) -> subprocess.Popen:
    command = [sys.executable, "-m", "engine", "train", network, "toy.toml", "--device", "cpu"]
    return subprocess.Popen(command, cwd=folder, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True)


def finished(process: subprocess.Popen) -> None:
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors


def state(folder: Path, network: str) -> dict:
    return torch.load(folder / "runs" / "toy" / network / "checkpoint.pt", weights_only=True)


def run_folder(folder: Path) -> Path:
    folder.mkdir()
    (folder / "toy.toml").write_text(TOY)
    return folder


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """A run that was never interrupted."""
    folder = run_folder(tmp_path_factory.mktemp("training") / "whole")
    for network in NETWORKS:
        finished(train(folder, network))
    return folder


@pytest.mark.parametrize("network", NETWORKS)
def test_killed_and_resumed_equals_uninterrupted(trained, tmp_path, network):
    folder = run_folder(tmp_path / "cut")
    (folder / "runs" / "toy").mkdir(parents=True)
    whole = trained / "runs" / "toy"
    for name in ("data", "statistics.npz", *NEEDED.get(network, ())):
        (folder / "runs" / "toy" / name).symlink_to(whole / name)
    process = train(folder, network)
    while not (folder / "runs" / "toy" / network / "checkpoint.pt").exists():
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    finished(train(folder, network))
    resumed, uninterrupted = state(folder, network), state(trained, network)
    assert resumed["step"] == uninterrupted["step"] == 60
    for name, tensor in uninterrupted["model"].items():
        assert torch.allclose(resumed["model"][name].float(), tensor.float(), rtol=1e-3, atol=1e-4), name


def test_losses_fall_and_curves_are_written(trained):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    figures = {"vqvae": ("reconstruction", "mpjpe_world"), "transformer": ("masked", "held_out_masked")}
    figures |= {"reader": ("surprise", "held_out_scene"), "evaluator": ("contrast", "held_out_top_3")}
    figures |= {"planner": ("error", "held_out_error")}
    for network, (name, held_out) in figures.items():
        events = EventAccumulator(str(trained / "runs" / "toy" / network))
        events.Reload()
        values = [event.value for event in events.Scalars(name)]
        assert len(values) == 12 and sum(values[-3:]) < sum(values[:3])
        assert len(events.Scalars(held_out)) == 3


def test_a_trained_run_becomes_a_model(trained):
    command = [sys.executable, "-m", "engine", "package", "toy.toml", "model"]
    subprocess.run(command, cwd=trained, env=ENVIRONMENT, check=True)
    model = load_model(trained / "model")
    assert model.config.name == "toy"
    stored = state(trained, "transformer")["model"]
    reader = state(trained, "reader")["model"]
    assert all(torch.equal(stored[f"text_head.{name}"], tensor) for name, tensor in reader.items())
    scenes = len(reader["fits"])
    assert torch.equal(reader["fits"][:, :scenes], torch.eye(scenes)) and 0 < reader["fits"][:, scenes:].mean() < 1
    for network in ("transformer", "planner"):
        stored = state(trained, network)["model"]
        for name, tensor in getattr(model, network).state_dict().items():
            assert torch.allclose(tensor.float(), stored[name].float(), rtol=1e-3, atol=1e-4)
    assert load_evaluator(trained / "model" / "evaluator")[1] == "all-minilm-l6-v2"
    assert load_vocabulary(trained / "model").scenes


def test_clips_of_one_sentence_are_not_told_apart():
    motion, same = torch.eye(3), torch.tensor([[1, 1, 0], [1, 1, 0], [0, 0, 1]], dtype=torch.bool)
    together = torch.tensor([[1.0, 1, 0], [1, 1, 0], [0, 0, 1]])
    fits, twisted = contrast(motion, together, same), contrast(motion, together.roll(1, 0), same)
    assert fits < twisted
    assert contrast(100 * motion, motion, torch.eye(3, dtype=torch.bool)) == pytest.approx(0, abs=1e-6)


def test_the_transformer_needs_a_trained_vqvae(tmp_path):
    folder = run_folder(tmp_path / "early")
    process = train(folder, "transformer")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1 and "train the VQ-VAE first" in errors and "Traceback" not in errors


def test_a_cpu_that_only_emulates_bf16_trains_in_fp32():
    code = "from engine.training.loop import processes; print(processes('cpu', 'bf16').mixed_precision)"
    narrow = ENVIRONMENT | {"ATEN_CPU_CAPABILITY": "avx2"}
    done = subprocess.run([sys.executable, "-c", code], env=narrow, capture_output=True, text=True)
    assert done.stdout.split() == ["no"], done.stderr


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("steps = 60", "no number"),
        ("[data]", "[dta]"),
        ("window = 32", "window = 32\nwidnow = 3"),
        ("window = 32", 'window = 32\nprecision = "fp8"'),
        ("[data]", '[data]\nkind = "interhumans"'),
        ('name = "toy"', 'name = "../toy"'),
        ("steps = 60", "epochs = 60"),
        ("steps = 60", "steps = 60\naverage = 2"),
        ("codes = 32", "codes = 64"),
        ('layout = "interhuman"', 'layout = "interx"'),
        ('layout = "interhuman"', 'layout = "interhuman"\ngraph = "all"'),
        ("codes = 32", 'codes = "32"'),
        ("heads = 2", "heads = 5"),
        ("text_width = 4608", "text_width = 768"),
        ("text_width = 4608", "text_width = 3072\ntext_layers = 2"),
        ("steps = 60", "steps = 60\nmilestones = 0.5"),
        ("steps = 60", "steps = 60\nlearning_rate = -1"),
    ],
)
def test_a_wrong_configuration_is_refused_with_a_sentence(tmp_path, change, words):
    path = tmp_path / "toy.toml"
    path.write_text(TOY.replace(change, words, 1))
    with pytest.raises(EngineError, match="not valid"):
        load_config(path)


def test_texts_are_moved_by_what_others_of_their_clip_differ_in():
    vectors = torch.tensor([[0.0, 0.0, 1.0], [0.0, 1.0, 1.0], [5.0, 5.0, 5.0]])
    texts = Sentences(vectors, [np.array([0, 1])] * 4 + [np.array([2])] * 4)
    batches = SentencesAndScenes(texts, torch.arange(8)[:, None], 200, 0)
    drawn, _, _ = batches.read(0, Share())
    alone = drawn["said"][:, 0] >= 4
    assert alone.any() and (drawn["text"][alone] == 5).all()  # a text alone stays as it is
    rest = drawn["text"][~alone]
    assert (rest[:, 0] == 0).all() and (rest[:, 2] == 1).all()
    assert rest[:, 1].min() < -0.5 and rest[:, 1].max() > 1.5 and 0.2 < (rest[:, 1] == 0).float().mean() < 0.7


def test_what_sentences_can_tell_of_clips():
    parameters = [{"hand": "left", "parried": ""}, {"hand": "both", "parried": "A"}, {}]
    clips = Clips(None, None, None, ["wave", "wave", "salsa"], None, parameters, None)
    groups = choices(clips)
    assert groups == {"scene": ["salsa", "wave"], "hand": ["", "both", "left"], "parried": ["", "A"]}
    other = replace(clips, parameters=[{"hand": "right"}, {"knee": "left"}, {"hand": "both"}])
    assert said(clips, groups).tolist() == [[1, 2, 0], [1, 1, 1], [0, 0, 0]]
    assert said(other, groups).tolist() == [[1, 0, 0], [1, 0, 0], [0, 1, 0]]


def test_weights_of_another_configuration_or_damaged_ones_are_refused(tmp_path):
    small, large = torch.nn.Linear(2, 2), torch.nn.Linear(3, 2)
    checkpoints.save(tmp_path, small, torch.optim.AdamW(small.parameters()), None, 5)
    with pytest.raises(EngineError, match="holds a network of other sizes"):
        checkpoints.resume(tmp_path, large, torch.optim.AdamW(large.parameters()), None)
    assert checkpoints.resume(tmp_path, small, torch.optim.AdamW(small.parameters()), None) == 5
    whole = (tmp_path / checkpoints.NAME).read_bytes()
    for damaged in (b"", b"damaged", whole[:-100]):
        (tmp_path / checkpoints.NAME).write_bytes(damaged)
        with pytest.raises(EngineError, match="checkpoint.pt is damaged"):
            checkpoints.resume(tmp_path, small, torch.optim.AdamW(small.parameters()), None)


def test_schedule_warms_up_and_steps_down():
    schedule = Schedule(steps=1000, batch=1, learning_rate=1.0, warmup=9, milestones=(0.5, 0.8), decay=0.1)
    assert [schedule.rate(step) for step in (0, 4, 9, 499)] == pytest.approx([0.1, 0.5, 1.0, 1.0])
    assert [schedule.rate(step) for step in (500, 800)] == pytest.approx([0.1, 0.01])


def test_hiding_tokens():
    torch.manual_seed(0)
    ids = torch.randint(32, (8, 200))
    valid = torch.ones_like(ids, dtype=torch.bool)
    valid[:, 90:100] = valid[:, 190:] = False
    whole_person, generator = 0, torch.Generator().manual_seed(0)
    for _ in range(100):
        chances = Chances.of(8, 200, 32, generator)
        shown, targets = hide(ids, valid, 32, chances.hidden, chances.draw, chances.random_codes)
        assert not (targets & ~valid).any() and (shown[~targets] == ids[~targets]).all()
        first, second = targets[:, :100].sum(1), targets[:, 100:].sum(1)
        whole_person += bool((first[:4] == 90).all() and (second[:4] == 0).all())
        # the mask id on 0.9 * 0.88 of the targets
        assert abs((shown[targets] == 32).float().mean() - 0.792) < 0.12
    assert 8 < whole_person < 36  # a fifth of the batches


def test_unrolling_keeps_the_least_confident_hidden():
    torch.manual_seed(0)
    shown = torch.full((2, 100), 32)
    shown[:, :50] = 1
    targets = shown == 32
    targets[:, 0] = True  # a target that shows a random code stays a target
    logits = torch.randn(2, 100, 32) * 4
    again, left = unroll(logits, shown, targets, 32)
    # half hidden is two thirds of the way; 1/21 further, round(100 cos(pi/2 * (2/3 + 1/21))) = 43 stay hidden
    assert ((again == 32).sum(1) == 43).all() and left[:, 0].all() and (left.sum(1) == 44).all()
    assert unrolled_targets(shown, targets, 32) == left.sum()
    confidence, guess = logits.softmax(-1).max(-1)
    settled = (shown == 32) & (again != 32)
    assert (again[settled] == guess[settled]).all()
    for sample in range(2):
        assert confidence[sample][settled[sample]].min() >= confidence[sample][again[sample] == 32].max()
