"""Made scenes must be what they say, stand on the floor, and move like bodies."""

import numpy as np
import pytest

from engine.datasets.choreography import FAMILIES, choreograph
from engine.datasets.choreography.observe import lasting
from engine.datasets.choreography.texts import draw
from engine.evaluation.physics import physics
from engine.skeleton import JOINT, PARENTS

SEEDS = range(6)


@pytest.fixture(scope="module")
def scenes() -> dict:
    """Short, middling and long scenes of every family."""
    return {
        name: [choreograph(name, seed, round(seconds * 30)) for seed in SEEDS for seconds in (family.shortest, 4.5, 10)]
        for name, family in FAMILIES.items()
    }


@pytest.fixture(scope="module")
def positions(scenes) -> dict:
    return {family: [scene.motion.joint_positions for scene in made] for family, made in scenes.items()}


@pytest.mark.parametrize("family", FAMILIES)
def test_shows_its_own_family_and_no_other(family, positions):
    for other in FAMILIES:
        share = np.mean([FAMILIES[other].check(clip) for clip in positions[family]])
        if other == family:
            assert share >= 0.95
        elif family not in FAMILIES[other].resembles:
            assert share <= 0.06, other


@pytest.mark.parametrize("family", FAMILIES)
def test_stands_on_the_floor(family, positions):
    results = [physics(clip) for clip in positions[family]]
    assert max(result["foot_slide_planted_mm"] for result in results) < 3.0
    assert min(result["lowest_mm"] for result in results) > -10.0
    assert FAMILIES[family].airborne or all(result["floating_frames"] == 0 for result in results)


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
        assert lasting((clasped > 0.045) & (clasped < 0.11), 0.8).any()


@pytest.mark.parametrize("name", FAMILIES)
def test_sentences_say_what_is_done(name, scenes, positions):
    family = FAMILIES[name]
    assert any(family.plain in scene.texts for scene in scenes[name])
    for scene, clip in zip(scenes[name], positions[name], strict=True):
        assert scene.texts and scene.test_texts
        if family.acting:
            assert family.acting(clip) == "AB".index(scene.parameters["doer"])
        for sentence in scene.texts + scene.test_texts:
            assert sentence[0].isupper() and sentence.endswith(".") and "  " not in sentence and "{" not in sentence
            for side, other in (("left", "right"), ("right", "left")):
                if family.handed and f"{side} hand" in sentence and f"{other} hand" not in sentence:
                    assert family.handed(clip) == side, sentence


@pytest.mark.parametrize("name", [name for name, family in FAMILIES.items() if family.acting])
def test_either_person_does_the_deed(name, scenes):
    assert {scene.parameters["doer"] for scene in scenes[name]} == {"A", "B"}


@pytest.mark.parametrize("family", FAMILIES)
def test_wordings_are_many_and_held_out_ones_are_new(family, scenes):
    wordings = FAMILIES[family].wordings
    assert len(set(wordings.training)) >= 25 and len(set(wordings.test)) >= 6
    for scene in scenes[family]:  # every sentence that can be said of it, not only those that were drawn
        training, test = wordings.sentences(np.random.default_rng(0), scene.parameters, 100_000)
        assert not set(map(bare, training)) & set(map(bare, test))


def bare(text: str) -> str:
    """The letters of a sentence alone."""
    return "".join(filter(str.isalpha, text.casefold()))


def test_no_pattern_comes_again_before_all_others():
    patterns = ("{One} waves{how} at {other}.", "A wave{how}.", "{long}Waving.", "They wave.")
    slots = {"how": ("", " slowly", " quickly"), "long": ()}
    drawn = draw(np.random.default_rng(0), patterns, slots, "A", 5)
    assert drawn[0] == "One person waves at the other." and len(set(drawn)) == 5
    assert "They wave." in drawn and sum(text.startswith("A wave") for text in drawn) in (1, 2)
    everything = draw(np.random.default_rng(0), patterns, slots, "A", 100)
    assert len(everything) == 6 * 3 + 3 + 1 and set(drawn) < set(everything)


def test_same_seed_same_scene_other_seed_other_scene():
    first, again, other = (choreograph("bow", seed) for seed in (3, 3, 4))
    assert first.texts == again.texts
    # A product of matrices may round otherwise the next time.
    assert np.allclose(first.motion.joint_rotations, again.motion.joint_rotations, rtol=0, atol=1e-12)
    assert first.motion.frames != other.motion.frames or not np.allclose(
        first.motion.root_positions, other.motion.root_positions
    )
