"""The motion capture as training clips: cut, put in the networks' frame, and given sentences."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from .. import rotations as R
from ..features import canonical_frame, motion_rows, rows
from ..motion import Motion
from .mocap import FPS, pairs, singles

# Never trained on: every so many-th of the people alone, and one of the dances.
HELD_OUT_EVERY = 8
HELD_OUT_PAIR = "CMU_60_61_12"
# Pairs are cut into clips of these lengths, in turns, that start every so often.
PAIR_SECONDS = (2.0, 6.0, 3.5, 10.0, 5.0)
PAIR_START_EVERY = 1.0
LONGEST_PERSON = 10.0  # seconds

TEXTS = {
    "salsa": (
        "Two people dance salsa.",
        "Two people dance salsa together.",
        "Two people dance a salsa, holding hands and turning.",
        "A couple dances salsa.",
        "One person leads the other in a salsa.",
        "Two dancers step and turn to salsa music.",
        "Two people dance a lively Latin dance in hold.",
        "Partners hold hands and dance with quick steps.",
        "A pair dances close together with small, quick steps and turns.",
        "Two people are dancing as a couple.",
        "Two people dance together, hand in hand.",
        "They do salsa steps with each other.",
    ),
    "shake_hands": (
        "Two people shake hands.",
        "Two people walk up to each other and shake hands.",
        "Two people meet and shake each other's hand.",
        "They walk towards each other and greet with a handshake.",
        "One person and another step closer and shake right hands.",
        "Two people greet each other with a handshake.",
    ),
}
TEST_TEXTS = {
    "salsa": (
        "A salsa couple is practising.",
        "A man and a woman do a partner dance with spins.",
        "Both of them move to a Latin beat while holding each other's hands.",
    )
}


@dataclass(frozen=True)
class Sample:
    """A clip: rows (T, people, 262), its family (what the database calls it, for people alone), its sentences, and what
    is known of it that these may tell."""

    rows: np.ndarray
    family: str
    texts: list[str]
    parameters: dict[str, str] = field(default_factory=dict)


def recorded_pairs(folder: Path, held_out: bool) -> list[Sample]:
    """Overlapping clips of the pairs in a folder of motion capture (see mocap), each with either person as person A.

    Raises EngineError if the folder does not hold what it should.
    """
    clips = []
    for trial in pairs(folder):
        if (trial.name == HELD_OUT_PAIR) == held_out:
            family = "shake_hands" if "shake hands" in trial.words else "salsa"
            texts = list((TEST_TEXTS if held_out else TEXTS)[family])
            for first, end in _cuts(trial.motion.frames):
                for order in ([0, 1], [1, 0]):
                    cut = _cut(trial.motion, first, end, order)
                    clips.append(Sample(np.stack(motion_rows(cut), axis=1), family, texts))
    return clips


def recorded_people(folder: Path, held_out: bool) -> list[Sample]:
    """The people alone in a folder of motion capture (see mocap), in pieces of like length; they have no sentences.

    Raises EngineError if the folder does not hold what it should.
    """
    clips = []
    for number, trial in enumerate(singles(folder)):
        if (number % HELD_OUT_EVERY == HELD_OUT_EVERY - 1) == held_out:
            frames = trial.motion.frames
            edges = np.linspace(0, frames, int(np.ceil(frames / (LONGEST_PERSON * FPS))) + 1).astype(int)
            for first, end in zip(edges[:-1], edges[1:], strict=True):
                clips.append(Sample(person_rows(_cut(trial.motion, first, end, [0]))[:, None], trial.words, []))
    return clips


def person_rows(motion: Motion) -> np.ndarray:
    """Rows (T-1, 262) of the first person of a Motion, who starts over the origin facing +Z."""
    positions = motion.joint_positions[0]
    rotations = R.to_6d(motion.joint_rotations[0, :, 1:]).reshape(motion.frames, 126)
    return rows(canonical_frame(positions).enter(positions), rotations)


def _cuts(frames: int) -> Iterator[tuple[int, int]]:
    """First frames and ends of clips; what is left at the end, and a recording shorter than a clip, is one as well."""
    for number, first in enumerate(range(0, frames, round(PAIR_START_EVERY * FPS))):
        end = min(first + round(PAIR_SECONDS[number % len(PAIR_SECONDS)] * FPS), frames)
        if end - first >= round(min(PAIR_SECONDS) * FPS) or first == 0:
            yield first, end


def _cut(motion: Motion, first: int, end: int, people: list[int]) -> Motion:
    frames = (people, slice(first, end))
    return Motion(
        motion.root_positions[frames], motion.joint_rotations[frames], motion.bone_offsets[people], motion.fps
    )
