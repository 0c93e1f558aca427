"""Joining: windows cover a motion, pieces fade into each other without a pop, a given start is kept exactly."""

from dataclasses import replace

import numpy as np
import pytest

from engine import rotations as R
from engine.completion import filled
from engine.datasets.choreography import choreograph
from engine.features import Frame
from engine.joining import SETTLING, join, starting_as, windows
from engine.motion import Motion


def part(motion: Motion, frames: slice) -> Motion:
    roots, turns = motion.root_positions[:, frames], motion.joint_rotations[:, frames]
    return replace(motion, root_positions=roots, joint_rotations=turns)


def steps(motion: Motion) -> np.ndarray:
    """Mean way of the joints per frame (2, T - 1), metres."""
    return np.linalg.norm(np.diff(motion.joint_positions, axis=1), axis=-1).mean(-1)


def aside(motion: Motion) -> Motion:
    """The motion 4 cm and 4 degrees from where it was."""
    return Frame(np.array([0.03, 0.0, -0.027]), R.from_axis_angle(np.array([0, 1.0, 0]), np.array(0.07))).leave(motion)


@pytest.mark.parametrize("frames", [30, 119, 120, 121, 150, 208, 209, 1000, 9001])
def test_windows_cover_every_frame_and_overlap(frames):
    cut = windows(frames, 120, 32)
    lengths = {window.stop - window.start for window in cut}
    assert (cut[0].start, cut[-1].stop) == (0, frames)
    assert len(lengths) == 1 and lengths.pop() <= 120
    assert all(before.stop - after.start >= 32 for before, after in zip(cut, cut[1:], strict=False))
    assert len(cut) == 1 or min(window.stop - window.start for window in cut) > 64


def test_pieces_fade_into_each_other():
    whole = choreograph("walk_past", 4, 200).motion
    pieces = [part(whole, slice(0, 100)), aside(part(whole, slice(68, 168))), part(whole, slice(136, 200))]
    joined = join(pieces, [0, 68, 136])
    assert joined.frames == 200 and np.isfinite(joined.joint_rotations).all()
    off = np.linalg.norm(joined.joint_positions - whole.joint_positions, axis=-1)
    assert off[:, :68].max() < 0.02 and off[:, 168:].max() < 0.02
    moved = steps(joined)
    for seam in (68, 100, 136, 168):
        around = np.median(moved[:, seam - 15 : seam + 15], axis=1)
        assert (moved[:, seam - 2 : seam + 1].max(axis=1) < 2 * around).all()
    assert moved.max() < 1.3 * steps(whole).max()


def test_a_piece_alone_is_itself():
    motion = choreograph("bow", 4, 60).motion
    assert join([motion], [0]) is motion


@pytest.mark.parametrize("count", [1, 7, 90])
def test_a_given_start_is_kept_exactly_and_left_softly(count):
    whole = choreograph("shake_hands", 4, 90).motion
    taller = {"root_positions": whole.root_positions * [1, 1.02, 1], "bone_offsets": whole.bone_offsets * 1.02}
    other = replace(whole, **taller, joint_rotations=whole.joint_rotations.copy())
    bent = R.from_axis_angle(np.array([1.0, 0, 0]), np.array(0.2))
    other.joint_rotations[0, :, 3:6] = R.multiply(np.broadcast_to(bent, (90, 3, 4)), other.joint_rotations[0, :, 3:6])
    made = starting_as(aside(other), part(whole, slice(0, count)))
    assert np.abs(made.joint_positions[0, :count] - whole.joint_positions[0, :count]).max() < 1e-9
    # Where B is as seen from A, at the last of the given frames, is as it was made.
    gap, wanted = (np.linalg.norm(m.root_positions[1] - m.root_positions[0], axis=-1)[count - 1] for m in (made, other))
    assert abs(gap - wanted) < 0.02
    assert steps(made)[0].max() < steps(other)[0].max() + 0.02
    later = slice(count + SETTLING, None)
    assert np.allclose(np.abs((made.joint_rotations[0, later, 1:] * other.joint_rotations[0, later, 1:]).sum(-1)), 1)


def test_what_is_not_known_is_drawn_straight():
    values = np.array([[0.0, 9], [9, 9], [4, 0], [9, 9], [8, 4], [9, 9]])
    known = np.array([True, False, True, False, True, False])
    assert filled(values, known).tolist() == [[0, 9], [2, 4.5], [4, 0], [6, 2], [8, 4], [8, 4]]
    assert filled(values, ~known & False) is values
