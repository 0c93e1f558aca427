"""From a data set to a scored model by the commands of the guide, in one process and in two."""

import os
import pickle
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from engine.checkpoint import load_model
from engine.datasets.research_samples import InterHumanClips
from engine.errors import EngineError
from engine.published import TRANSFORMER_CONFIG
from engine.training.batches import ResearchBatches, Share
from engine.training.config import load_config
from engine.training.runs import train_network
from engine.vqvae import VQVAEConfig
from tests.synthetic_datasets import write_interhuman
from tests.toy_interhuman import write_evaluator

ROOT = Path(__file__).parent.parent
CONFIGS = ROOT / "engine" / "training" / "configs"
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
CLIPS = {"train": (64, 80, 72, 66, 90, 70, 76, 84), "val": (72, 80), "test": (80, 76)}
STEPS = 16
# Curves can be compared: nothing is random but what belongs to samples, nothing is rounded to half precision, and no
# guess gets so sure that rounding decides which of two tokens stays open.
TOY = """
name = "toy"
text_encoder = "all-minilm-l6-v2"
positions = "world"
precision = "fp32"

[data]
kind = "interhuman"
cache = "prepared"
evaluator = "evaluator"

[vqvae]
layout = "interhuman"
graph = "every_frame"
codes = 32
code_width = 8
width = 16
dropout = 0.0

[vqvae_schedule]
steps = 16
batch = 7
warmup = 2
learning_rate = 5e-4
log_every = 1
save_every = 4
clip = 1.0

[transformer]
codes = 32
code_width = 8
width = 24
layers = 1
heads = 2
feed_forward = 32
text_width = 4608
dropout = 0.0

[transformer_schedule]
steps = 16
batch = 5
warmup = 2
learning_rate = 1e-3
log_every = 1
save_every = 4
score_every = 8

[sampling]
steps = 2
"""


def engine(folder: Path, *arguments: str) -> str:
    """Run one command to its end; what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "engine", *arguments], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def launch(folder: Path, network: str) -> subprocess.Popen:
    """Training by two processes."""
    launcher = [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2"]
    settings = ["--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0"]
    command = [*launcher, *settings, "-m", "engine", "train", network, "toy.toml", "--device", "cpu"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen(command, cwd=folder, env=ENVIRONMENT, **pipes)


def kill_all(process: subprocess.Popen) -> None:
    """The launcher and the processes that it started, which have groups of their own."""
    launcher = psutil.Process(process.pid)
    for one in (launcher, *launcher.children(recursive=True)):
        one.kill()
    process.communicate()


def curves(folder: Path, network: str) -> dict[str, list[float]]:
    events = EventAccumulator(str(folder / "runs" / "toy" / network), size_guidance={"images": 0})
    events.Reload()
    return {name: [event.value for event in events.Scalars(name)] for name in events.Tags()["scalars"]}


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """A folder with a data set and all that the commands made of it, in one process."""
    folder = tmp_path_factory.mktemp("research")
    write_interhuman(folder / "InterHuman", CLIPS)
    write_evaluator(folder / "evaluator")
    (folder / "toy.toml").write_text(TOY)
    engine(folder, "data", "prepare", "InterHuman", "prepared")
    assert "Training the vqvae on cpu: 16 steps." in engine(folder, "train", "vqvae", "toy.toml", "--device", "cpu")
    engine(folder, "train", "transformer", "toy.toml", "--device", "cpu")
    return folder


@pytest.fixture
def second_run(trained, tmp_path) -> Path:
    """A folder for another run on the same data, with the same VQ-VAE."""
    for name in ("prepared", "evaluator", "toy.toml"):
        (tmp_path / name).symlink_to(trained / name)
    (tmp_path / "runs" / "toy").mkdir(parents=True)
    return tmp_path


def test_losses_fall_and_scores_come_on_the_way(trained):
    for network, name in (("vqvae", "reconstruction"), ("transformer", "masked")):
        found = curves(trained, network)
        assert len(found[name]) == STEPS and sum(found[name][-4:]) < sum(found[name][:4])
        assert len(found[f"held_out_{name}"]) == STEPS // 4
    assert len(curves(trained, "transformer")["FID"]) == 2
    events = EventAccumulator(str(trained / "runs" / "toy" / "transformer"), size_guidance={"images": 0})
    events.Reload()
    assert len(events.Images("clip_0")) == 2


def test_what_is_only_trained_on_scenes_made_by_code_is_refused(trained):
    for network in ("reader", "evaluator"):
        with pytest.raises(EngineError, match=f"There is no {network} to train on InterHuman"):
            train_network(network, load_config(trained / "toy.toml"), "cpu")


def test_the_run_becomes_a_model_that_is_scored(trained):
    engine(trained, "package", "toy.toml", "model")
    model = load_model(trained / "model")
    assert model.config.name == "toy" and model.config.max_frames == 300
    table = engine(
        trained, "evaluate", "model", "--data", "prepared", "--evaluator", "evaluator", "--replications", "1",
        "--device", "cpu", "--out", "scores",
    )  # fmt: skip
    assert "FID" in table


def test_processes_that_read_ahead_open_the_data_set_themselves(trained):
    batches = ResearchBatches(InterHumanClips(trained / "prepared", "train"), 4, seed=0)
    sent = pickle.dumps(batches)  # as it is on systems that do not fork
    assert len(sent) < (trained / "prepared" / "rows.bin").stat().st_size / 10
    (values, _, _), (again, _, _) = batches.read(3, Share()), pickle.loads(sent).read(3, Share())
    assert torch.equal(values["rows"], again["rows"]) and values["text"] == again["text"]


def test_two_processes_learn_what_one_does(trained, second_run):
    process = launch(second_run, "vqvae")
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output
    assert "2 processes" in output
    expected, found = curves(trained, "vqvae"), curves(second_run, "vqvae")
    assert expected.keys() == found.keys()
    for name, values in expected.items():
        assert found[name] == pytest.approx(values, rel=1e-3, abs=1e-6), name


def test_a_run_of_two_processes_that_was_killed_is_finished_by_one(trained, second_run):
    (second_run / "runs" / "toy" / "vqvae").symlink_to(trained / "runs" / "toy" / "vqvae")
    checkpoint = second_run / "runs" / "toy" / "transformer" / "checkpoint.pt"
    process = launch(second_run, "transformer")
    while not checkpoint.exists():
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.05)
    kill_all(process)
    assert torch.load(checkpoint, weights_only=True)["step"] < STEPS
    engine(second_run, "train", "transformer", "toy.toml", "--device", "cpu")
    expected, found = curves(trained, "transformer"), curves(second_run, "transformer")
    for name in ("masked", "unrolled", "accuracy", "held_out_masked"):
        assert found[name] == pytest.approx(expected[name], rel=1e-3, abs=1e-5), name


@pytest.mark.parametrize(("name", "rows"), [("interhuman", 22), ("interx", 56)])
def test_full_size_is_the_published_size(name, rows):
    config = load_config(CONFIGS / f"{name}.toml")
    assert config.transformer == TRANSFORMER_CONFIG
    assert config.vqvae == VQVAEConfig(name, graph=config.vqvae.graph)
    assert config.vqvae_schedule.counted(100).rate(10**4) == pytest.approx(2e-6)
    assert config.transformer_schedule.counted(100).rate(0) == pytest.approx(2e-4 / 26)


def test_training_inter_x_asks_for_the_body(tmp_path):
    text = (CONFIGS / "interx.toml").read_text("utf-8")
    (tmp_path / "own.toml").write_text("\n".join(line for line in text.splitlines() if not line.startswith("body")))
    with pytest.raises(EngineError, match="SMPL-X"):
        load_config(tmp_path / "own.toml")
