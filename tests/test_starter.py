"""The starter model does what its sentences say: a few seeds here, the committed table for the rest."""
import json

import numpy as np
import pytest

from engine.datasets.choreography import FAMILIES
from engine.evaluation import scene_checks
from engine.evaluation.starter import as_markdown, weights_sum
from engine.model_folders import STARTER

TABLE = json.loads((STARTER / "evaluation.json").read_text("utf-8"))


def test_the_table_was_made_with_these_weights():
    assert TABLE["weights"] == weights_sum(STARTER)
    assert as_markdown(TABLE["table"]) in (STARTER / "README.md").read_text("utf-8")


def test_handshakes_in_the_table():
    figures = TABLE["table"]["shake_hands"]
    assert TABLE["seeds"] == 20 and figures["plain"] >= 16 / 20
    assert figures["slide"] < 10 and figures["off_floor"] == 0 and figures["spread"] >= 0.5


def generated(starter, family: str) -> list[np.ndarray]:
    return [starter.generate(FAMILIES[family].plain, 3.0, seed).joint_positions for seed in range(4)]


def successes(family: str, motions: list[np.ndarray]) -> int:
    return sum(scene_checks.check(family, motion) for motion in motions)


def test_a_few_handshakes(starter):
    motions = generated(starter, "shake_hands")
    assert successes("shake_hands", motions) >= 3
    for motion in motions:
        figures = scene_checks.physics(motion)
        assert figures["foot_slide_planted_mm"] < 10
        assert figures["floating_frames"] <= 5 and figures["below_frames"] <= 5
    assert np.ptp(motions, axis=0).max() > 0.05  # not the same clip again and again


@pytest.mark.parametrize("family", ["bow", "walk_past"])
def test_a_few_seeds(starter, family):
    assert successes(family, generated(starter, family)) >= 3
