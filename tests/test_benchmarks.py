"""The published evaluation on tiny copies of the data sets, with toy networks: what is drawn, made and scored."""

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.__main__ import main
from engine.datasets.pair_cache import prepare
from engine.datasets.row_statistics import read_statistics
from engine.errors import EngineError
from engine.evaluation.benchmark_report import evaluate_on_benchmark
from engine.evaluation.benchmarks import Benchmark, open_benchmark
from engine.evaluation.interx_evaluator import InterXEvaluator
from engine.evaluation.made_clips import ClipMaker
from engine.evaluation.metrics import frechet_distance, mm_distance, r_precision
from engine.evaluation.published_evaluators import INTERX_NAMES
from engine.evaluation.scores import replicate
from engine.features import POSITIONS
from engine.pipeline import InterMask
from engine.published import published_name
from tests import toy_interhuman, toy_interx
from tests.synthetic_datasets import write_interhuman, write_interx, write_word_vectors

CPU = torch.device("cpu")
CLIPS = {"train": (40, 60), "test": (45, 66, 30, 45, 30)}


@pytest.fixture(scope="module")
def interhuman(tmp_path_factory) -> Path:
    """A folder with a prepared data set, a model and an evaluator."""
    folder = tmp_path_factory.mktemp("interhuman")
    write_interhuman(folder / "source", CLIPS)
    prepare(folder / "source", folder / "data")
    toy_interhuman.write_model(folder / "model", read_statistics(folder / "data"))
    toy_interhuman.write_evaluator(folder / "evaluator")
    return folder


@pytest.fixture(scope="module")
def interx(tmp_path_factory) -> Path:
    """The same of Inter-X; the evaluator is one of full size, in the published layout."""
    folder = tmp_path_factory.mktemp("interx")
    write_interx(folder / "source", CLIPS)
    prepare(folder / "source", folder / "data")
    toy_interx.write(folder / "model")
    torch.manual_seed(0)
    parts: dict[str, dict] = {}
    for name, tensor in InterXEvaluator().state_dict().items():
        part, _, rest = published_name(name, INTERX_NAMES).partition(".")
        parts.setdefault(part, {})[rest] = tensor
    torch.save(parts, folder / "finest.tar")
    (folder / "words").mkdir()
    write_word_vectors(folder / "words")
    return folder


def benchmark_of(folder: Path) -> Benchmark:
    if (folder / "words").exists():
        return open_benchmark(folder / "data", folder / "finest.tar", folder / "words", CPU)
    return open_benchmark(folder / "data", folder / "evaluator", None, CPU)


@pytest.fixture(params=["interhuman", "interx"])
def folder(request) -> Path:
    return request.getfixturevalue(request.param)


def made(folder: Path, mode: str, batch: int) -> tuple[list, dict[int, np.ndarray]]:
    """The test clips and what the model makes of them."""
    benchmark = benchmark_of(folder)
    clips = [benchmark.clip(index, [0, index]) for index in range(len(benchmark.clips))]
    maker = ClipMaker(InterMask.load(folder / "model", "cpu"), mode, batch)
    return clips, {n: rows for part in maker.make(clips, range(len(clips))) for n, rows in zip(*part, strict=True)}


@pytest.mark.parametrize("mode", ["generate", "react", "reconstruct"])
def test_clips_are_as_long_as_asked_and_the_same_in_any_batch(folder, mode):
    clips, together = made(folder, mode, 8)
    _, alone = made(folder, mode, 1)
    assert sorted(together) == list(range(len(clips)))
    for number, clip in enumerate(clips):
        assert together[number].shape == (2, clip.rows.shape[1] // 4 * 4, *clip.rows.shape[2:])
        np.testing.assert_allclose(together[number], alone[number], atol=1e-4)


def test_a_reaction_is_scored_with_the_true_actor(interhuman):
    clips, reactions = made(interhuman, "react", 8)
    _, generated = made(interhuman, "generate", 8)
    for number, clip in enumerate(clips):
        actor, reactor = reactions[number]
        assert (actor == clip.rows[0, : len(actor)]).all()
        assert not np.allclose(reactor, generated[number][1], atol=1e-3)


def test_of_inter_x_the_actor_is_the_one_that_the_vqvae_gives_again(interx):
    _, reactions = made(interx, "react", 8)
    _, again = made(interx, "reconstruct", 8)
    for number, pair in reactions.items():
        np.testing.assert_allclose(pair[0], again[number][0], atol=1e-4)


def test_what_is_drawn_is_what_is_scored(interhuman):
    benchmark = benchmark_of(interhuman)
    maker = ClipMaker(InterMask.load(interhuman / "model", "cpu"), "reconstruct", 8)
    done = replicate(benchmark, maker, [0, 0])
    draws = []
    for draw in (0, 1):  # the reference of FID, and what the model was asked for
        order = np.random.default_rng([0, 0, draw]).permutation(5)
        draws.append([benchmark.clip(int(index), [0, 0, draw, int(index)]) for index in order])
    reference, asked = (benchmark.embedder.motions([clip.rows for clip in clips]) for clips in draws)
    text = benchmark.embedder.texts([clip.words for clip in draws[1]])
    assert done.figures["real"]["FID"] == pytest.approx(frechet_distance(asked, reference), rel=1e-6)
    assert done.figures["real"]["R_top_2"] == r_precision(text, asked, 5)[1]
    assert done.figures["real"]["MM_distance"] == pytest.approx(mm_distance(text, asked, 5), rel=1e-6)

    pairs = {n: rows for part in maker.make(draws[1], [0] * 5) for n, rows in zip(*part, strict=True)}
    again = benchmark.embedder.motions([pairs[number] for number in range(5)])
    assert done.figures["model"]["FID"] == pytest.approx(frechet_distance(again, reference), rel=1e-4)
    errors = [
        np.linalg.norm((pairs[n] - clip.rows[:, : pairs[n].shape[1]])[..., POSITIONS].reshape(-1, 3), axis=-1)
        for n, clip in enumerate(draws[1])
    ]
    assert done.figures["model"]["MPJPE_m"] == pytest.approx(np.concatenate(errors).mean(), rel=1e-5)
    assert "multimodality" not in done.figures["model"] and done.made == 5


def test_what_is_left_over_from_whole_batches_is_not_scored(interhuman):
    full = benchmark_of(interhuman)
    maker = ClipMaker(InterMask.load(interhuman / "model", "cpu"), "reconstruct", 8)
    parts = {name: getattr(full, name) for name in ("layout", "clips", "embedder", "scale", "distance_scale", "joints")}
    assert replicate(Benchmark(batch=2, **parts), maker, [0]).made == 4


def parts(folder: Path) -> dict:
    """What is evaluated, and by what, as evaluate_on_benchmark calls it."""
    found = {"folder": folder / "model", "data": folder / "data", "evaluator": folder / "evaluator", "device": "cpu"}
    if (folder / "words").exists():
        found |= {"evaluator": folder / "finest.tar", "words": folder / "words"}
    return found


def run_command(folder: Path, out: Path) -> subprocess.CompletedProcess:
    options = {f"--{name}": str(value) for name, value in parts(folder).items() if name != "folder"}
    options |= {"--out": str(out), "--replications": "1"}
    command = [sys.executable, "-m", "engine", "evaluate", str(folder / "model"), *itertools.chain(*options.items())]
    # Networks this small are fastest on one thread.
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.run(command, cwd=Path(__file__).parent.parent, env=environment, capture_output=True, text=True)


def test_replications_that_are_there_are_not_made_again(folder, tmp_path, capsys):
    done = run_command(folder, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "5 test clips, on cpu" in done.stderr and "Replication 1 of 1: 150 clips" in done.stderr
    assert (tmp_path / "scores.md").read_text("utf-8").strip() == done.stdout.strip()
    made = json.loads((tmp_path / "scores.json").read_text("utf-8"))["replications"]

    report = evaluate_on_benchmark(**parts(folder), out=tmp_path, replications=2)
    assert "Replication 1" not in (told := capsys.readouterr()).err and "Replication 2 of 2" in told.err
    assert report["replications"][:1] == made and "| multimodality | – |" in told.out
    first, second = (part["figures"]["model"] for part in report["replications"])
    names = {"R_top_1", "R_top_2", "R_top_3", "FID", "MM_distance", "diversity", "multimodality"}
    assert names < first.keys() and np.isfinite(list(first.values())).all()
    fid = report["scores"]["model"]["FID"]
    assert fid["mean"] == pytest.approx((first["FID"] + second["FID"]) / 2)
    assert fid["confidence"] == pytest.approx(1.96 * abs(first["FID"] - second["FID"]) / 2 / np.sqrt(2))

    with pytest.raises(EngineError, match="holds scores of another mode and seed"):
        evaluate_on_benchmark(**parts(folder), out=tmp_path, mode="react", seed=1)


def test_what_does_not_fit_together_is_told(interhuman, interx, tmp_path):
    for change, words in [
        ({"folder": interx / "model"}, "not a model of the data set"),
        ({"evaluator": interx / "finest.tar"}, "finest.tar holds no InterCLIP evaluator"),
        ({"evaluator": interhuman / "nowhere"}, "nowhere can't be read"),
        ({"data": interhuman / "source"}, "not a prepared data set"),
    ]:
        with pytest.raises(EngineError, match=words):
            evaluate_on_benchmark(**parts(interhuman) | change, out=tmp_path)
    with pytest.raises(EngineError, match="say with --words"):
        evaluate_on_benchmark(**parts(interx) | {"words": None}, out=tmp_path)
    with pytest.raises(EngineError, match="not a model of the data set"):  # not for its words
        evaluate_on_benchmark(**parts(interx) | {"words": None, "folder": interhuman / "model"}, out=tmp_path)
    (tmp_path / "scores.json").write_text("[]", "utf-8")
    with pytest.raises(EngineError, match="is no report of scores"):
        evaluate_on_benchmark(**parts(interhuman), out=tmp_path)


def test_a_benchmark_without_an_evaluator_is_told(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["engine", "evaluate", "starter", "--data", "anywhere"])
    assert main() == 1 and "say with --evaluator where it is" in capsys.readouterr().err
