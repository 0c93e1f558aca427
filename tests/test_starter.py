"""The starter model does what its sentences say: a few seeds here, the committed table for the rest."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.checkpoint import save_model
from engine.datasets.choreography import FAMILIES, choreograph
from engine.errors import EngineError
from engine.evaluation.embedders import InterHumanEmbedder
from engine.evaluation.interclip import Evaluator, EvaluatorConfig, load_evaluator, save_evaluator
from engine.evaluation.starter import evaluate, figures, spread, success, weights_sum
from engine.evaluation.starter_clips import generate, known_families, make_clips, outer_thirds
from engine.evaluation.starter_table import as_markdown
from engine.model_folders import STARTER
from engine.pipeline import InterMask
from engine.sampling import SamplingSettings

TABLE = json.loads((STARTER / "evaluation.json").read_text("utf-8"))
SMALL = EvaluatorConfig(width=16, layers=1, heads=2, feed_forward=16, latent=8, frames_per_token=2, sentence_width=12)


def test_the_table_was_made_with_these_weights():
    assert TABLE["weights"] == weights_sum(STARTER) and TABLE["seeds"] == 20


@pytest.mark.parametrize("family", ["shake_hands", "bow", "hug", "retreat"])
def test_a_few_seeds(starter, family):
    motions = generate(starter, [FAMILIES[family].plain] * 4, [90] * 4)
    assert success(family, motions) >= 0.75
    assert np.ptp([motion.joint_positions for motion in motions], axis=0).max() > 0.05  # not the same again and again


def test_spread_is_of_how_clips_differ_not_of_where_they_are():
    scene = choreograph("bow", 0, 60).motion
    moved = replace(scene, root_positions=scene.root_positions + [3.0, 0.0, 1.0])
    assert spread([scene, moved]) == pytest.approx(0.0, abs=1e-9)
    lifted = replace(scene, root_positions=scene.root_positions + np.array([[[0.0] * 3], [[0.2, 0.0, 0.0]]]))
    assert spread([scene, lifted]) == pytest.approx(0.05)  # one of two people, 10 cm either way


@pytest.fixture(scope="module")
def report(starter, tmp_path_factory):
    """The whole measurement, with few clips, few steps and an evaluator that knows nothing."""
    quick = replace(starter.model.config, sampling=SamplingSettings(steps=2))
    model = InterMask(replace(starter.model, config=quick), starter.device, starter.vocabulary)
    folder = tmp_path_factory.mktemp("evaluator")
    torch.manual_seed(0)
    config = EvaluatorConfig(
        width=16, layers=1, heads=2, feed_forward=16, latent=8, frames_per_token=4, sentence_width=384
    )
    save_evaluator(Evaluator(config), "all-minilm-l6-v2", folder)
    clips = [make_clips(model, family, 2) for family in ("bow", "push")]
    return figures(model, clips, InterHumanEmbedder(folder, starter.device))


def test_the_figures_of_the_data_are_those_of_scenes_that_are_right(report):
    for row in report["families"].values():
        assert row["data"] == 1.0 and row["foot_slide_planted_mm/data"] < 2 and row["off_floor/data"] == 0
        assert row["reconstruction"] >= 0.5
    assert report["families"]["bow"]["hands"] is None  # a bow has no side
    assert 0 <= report["families"]["push"]["roles"] <= 1
    assert report["scores"]["FID"]["reconstruction"] < report["scores"]["FID"]["shuffled"]
    assert report["hints"]["unknown"] > 0.9 > 0.3 > report["hints"]["held_out"]


def test_every_figure_is_in_the_table(report):
    text = as_markdown(report | {"seeds": 2})
    for name in ("bow", "push", "all", "R-precision top 3", "FID", "multimodality", "roles obeyed", "In-betweens"):
        assert name in text
    assert "nan" not in text and "None" not in text


def test_the_models_families_are_those_of_its_vocabulary(starter):
    labels = [family.replace("_", " ") for family in known_families(starter)]
    assert labels == [scene.label for scene in starter.vocabulary.scenes if scene.label != "salsa"]  # it is recorded
    assert len(labels) == 35


def test_a_model_that_knows_no_scenes_is_not_asked_for_them(starter, tmp_path):
    save_model(starter.model, tmp_path)
    with pytest.raises(EngineError, match="with --data"):
        evaluate(tmp_path, 2, None)


def test_the_outer_thirds():
    assert outer_thirds(9).tolist() == [True] * 3 + [False] * 3 + [True] * 3


def test_an_evaluator_comes_back_as_it_was_saved(tmp_path):
    config = EvaluatorConfig(
        width=16, layers=1, heads=2, feed_forward=16, latent=8, frames_per_token=2, sentence_width=12
    )
    model = Evaluator(config).eval()
    save_evaluator(model, "all-minilm-l6-v2", tmp_path)
    again, encoder = load_evaluator(tmp_path)
    rows, lengths = torch.randn(3, 21, 2, 262), torch.tensor([21, 8, 4])
    torch.testing.assert_close(again.motion(rows, lengths), model.motion(rows, lengths), atol=1e-2, rtol=1e-2)
    assert encoder == "all-minilm-l6-v2"
    longer = torch.cat([rows, torch.randn(3, 10, 2, 262)], dim=1)  # what comes after a clip's end is not seen
    torch.testing.assert_close(again.motion(longer, lengths)[1:], again.motion(rows, lengths)[1:])
