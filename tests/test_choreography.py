"""Made scenes must be what they say, stand on the floor, and move like bodies."""

import numpy as np
import pytest

from engine.datasets.choreography import FAMILIES, choreograph
from engine.evaluation.scene_checks import check, handed, in_a_row, physics
from engine.skeleton import JOINT, PARENTS

CASES = [(seed, frames) for seed in range(7) for frames in (60, 104, 180)]
PLAIN = {
    "shake_hands": "Two people shake hands.",
    "high_five": "Two people give each other a high five.",
    "bow": "Two people bow to each other.",
    "wave": "Two people wave at each other.",
    "walk_past": "Two people walk past each other.",
    "push": "One person pushes the other, who steps back.",
}


@pytest.fixture(scope="module")
def scenes() -> dict:
    return {family: [choreograph(family, *case) for case in CASES] for family in FAMILIES}


@pytest.fixture(scope="module")
def positions(scenes) -> dict:
    return {family: [scene.motion.joint_positions for scene in made] for family, made in scenes.items()}


@pytest.mark.parametrize("family", FAMILIES)
def test_shows_its_own_family_and_no_other(family, positions):
    for other in FAMILIES:
        share = np.mean([check(other, clip) for clip in positions[family]])
        assert share >= 0.95 if other == family else share <= 0.05, other


@pytest.mark.parametrize("family", FAMILIES)
def test_stands_on_the_floor(family, positions):
    results = [physics(clip) for clip in positions[family]]
    assert max(result["foot_slide_planted_mm"] for result in results) < 3.0
    assert min(result["lowest_mm"] for result in results) > -10.0
    assert all(result["floating_frames"] == 0 for result in results)


@pytest.mark.parametrize("family", FAMILIES)
def test_bodies_stay_whole_and_move_smoothly(family, scenes, positions):
    for scene, clip in zip(scenes[family], positions[family], strict=True):
        assert scene.motion.frames == clip.shape[1] and np.isfinite(clip).all()
        lengths = np.linalg.norm(clip[:, :, 1:] - clip[:, :, list(PARENTS[1:])], axis=-1)
        assert np.ptp(lengths, axis=1).max() < 1e-6
        assert np.linalg.norm(np.diff(clip, n=2, axis=1), axis=-1).max() * 30**2 < 150.0
        turns = np.abs(np.sum(scene.motion.joint_rotations[:, 1:] * scene.motion.joint_rotations[:, :-1], axis=-1))
        assert turns.min() > np.cos(np.radians(45) / 2)


@pytest.mark.parametrize("family", FAMILIES)
def test_nobody_freezes(family, positions):
    free = [index for name, index in JOINT.items() if not name.endswith(("foot", "ankle"))]
    for clip in positions[family]:
        for start in range(0, clip.shape[1] - 30, 15):
            window = clip[:, start : start + 30, free]
            assert np.ptp(window, axis=1).max(axis=-1).min() > 5e-4


def test_hands_stay_clasped_through_a_shake(scenes, positions):
    for scene, clip in zip(scenes["shake_hands"], positions["shake_hands"], strict=True):
        wrists = clip[:, :, JOINT[f"{scene.parameters['hand']}_wrist"]]
        clasped = np.linalg.norm(wrists[0] - wrists[1], axis=-1)
        assert in_a_row((clasped > 0.045) & (clasped < 0.11), 24).any()


@pytest.mark.parametrize("family", FAMILIES)
def test_sentences_say_what_is_done(family, scenes, positions):
    for scene, clip in zip(scenes[family], positions[family], strict=True):
        assert PLAIN[family] in scene.texts or scene.parameters.get("hand") == "left"
        assert scene.texts and scene.test_texts
        for sentence in scene.texts + scene.test_texts:
            assert sentence[0].isupper() and sentence.endswith(".") and "  " not in sentence and "{" not in sentence
            for side, other in (("left", "right"), ("right", "left")):
                if f"{side} hand" in sentence and f"{other} hand" not in sentence:
                    assert handed(family, clip) == side, sentence


@pytest.mark.parametrize("family", FAMILIES)
def test_wordings_are_many_and_held_out_ones_are_new(family, scenes):
    wordings = FAMILIES[family].wordings
    assert len(set(wordings.training)) >= 14 and len(set(wordings.test)) >= 5
    training = {text for scene in scenes[family] for text in scene.texts}
    assert not training & {text for scene in scenes[family] for text in scene.test_texts}


def test_same_seed_same_scene_other_seed_other_scene():
    first, again, other = (choreograph("bow", seed) for seed in (3, 3, 4))
    assert np.array_equal(first.motion.joint_rotations, again.motion.joint_rotations) and first.texts == again.texts
    assert first.motion.frames != other.motion.frames or not np.allclose(
        first.motion.root_positions, other.motion.root_positions
    )


def test_a_starts_at_the_origin_with_b_in_front(positions):
    for clips in positions.values():
        for clip in clips:
            across = clip[:, 0, JOINT["pelvis"]]
            assert np.linalg.norm(across[0, ::2]) < 0.15 and across[1, 2] > 0.4
