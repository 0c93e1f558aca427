"""In-between: all outside the gap stays as it is, and what fills it goes over softly at both ends."""

from dataclasses import replace

import numpy as np
import pytest

from engine import rotations as R
from engine.datasets.choreography import choreograph
from engine.errors import EngineError
from engine.features import Frame
from engine.in_between import context, filled_in, kept_frames
from engine.sampling import SamplingSettings

QUICK = SamplingSettings(steps=4)


@pytest.mark.parametrize(
    ("start", "stop", "frames"),
    [(40, 70, 100), (0, 20, 90), (70, 90, 90), (300, 340, 900), (101, 102, 103), (5, 62, 90)],
)
def test_as_much_is_seen_as_a_clip_holds(start, stop, frames):
    seen = context(start, stop, frames, 120)
    assert 0 <= seen.start <= start < stop <= seen.stop <= frames
    length = seen.stop - seen.start
    assert length <= 120 and (seen.start == 0 or (start - seen.start) % 4 == 0)
    assert length >= min(frames, 117)


def test_a_gap_longer_than_a_clip_is_seen_with_a_second_to_either_side():
    seen = context(203, 503, 900, 120)
    assert (seen.start, seen.stop) == (175, 533)


@pytest.mark.parametrize(("start", "stop"), [(-1, 20), (20, 20), (30, 20), (80, 91), (0, 90)])
def test_a_gap_that_is_none_gets_a_sentence(start, stop):
    with pytest.raises(EngineError, match="frames"):
        context(start, stop, 90, 120)


def test_who_is_kept_is_kept_everywhere():
    assert kept_frames(6, 2, 4).tolist() == [[True, True, False, False, True, True]] * 2
    assert kept_frames(6, 2, 4, "B")[1].all() and not kept_frames(6, 2, 4, "B")[0].all()
    with pytest.raises(EngineError, match="person C"):
        kept_frames(6, 2, 4, "C")


@pytest.mark.parametrize(("start", "stop"), [(30, 70), (0, 70), (30, 90), (30, 31)])
def test_what_is_off_is_taken_out(start, stop):
    whole = choreograph("bow", 4, 90).motion
    aside = Frame(np.array([0.04, 0.0, -0.03]), R.from_axis_angle(np.array([0, 1.0, 0]), np.array(0.1))).leave(whole)
    made = replace(aside, joint_rotations=-aside.joint_rotations)  # the same turns
    filled = filled_in(whole, made, start, stop)
    kept = kept_frames(90, start, stop)[0]
    assert (filled.root_positions[:, kept] == whole.root_positions[:, kept]).all()
    assert (filled.joint_rotations[:, kept] == whole.joint_rotations[:, kept]).all()
    assert np.abs(filled.joint_positions - whole.joint_positions).max() < 0.08
    begin = max(start, 1)
    turned = np.sum(filled.joint_rotations[:, begin:stop] * filled.joint_rotations[:, begin - 1 : stop - 1], axis=-1)
    assert (turned[:, start == 0 :] > 0).all()


def test_what_differs_at_the_ends_is_passed_over_in_the_gap():
    whole = choreograph("bow", 4, 90).motion
    gone = np.linspace(0, 0.5, 90)[:, None] * [1.0, 0, 0]
    filled = filled_in(whole, replace(whole, root_positions=whole.root_positions + gone), 30, 70)
    steps = np.linalg.norm(np.diff(filled.root_positions - whole.root_positions, axis=1), axis=-1)
    assert steps.max() < 0.008


@pytest.mark.parametrize(("start", "stop"), [(61, 100), (0, 20), (190, 210)])
def test_the_gap_of_a_long_motion_is_made_anew(starter, start, stop):
    whole = choreograph("wave", 4, 210).motion
    filled = starter.in_between(whole, start, stop, "Two people wave at each other.", 3, QUICK)
    kept = kept_frames(210, start, stop)[0]
    assert filled.frames == 210 and (filled.bone_offsets == whole.bone_offsets).all()
    assert (filled.joint_positions[:, kept] == whole.joint_positions[:, kept]).all()
    assert np.abs(filled.joint_positions[:, ~kept] - whole.joint_positions[:, ~kept]).max() > 0.02
    moved = np.linalg.norm(np.diff(filled.joint_positions, axis=1), axis=-1).mean(axis=-1)
    for end, beside in ((start, start - 2), (stop, stop)):
        if 0 < end < 210:
            assert (moved[:, end - 1] < 1.5 * moved[:, beside] + 0.003).all()
