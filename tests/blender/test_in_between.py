"""In-between in Blender: keys outside the gap compare equal, inside all is new and nothing pops."""

import json

import bpy
import numpy as np
import pytest

from intermask_blender import takes
from intermask_blender.jobs import queue
from tests.blender.evaluated import read_joints

SHAKE, BOW = "Two people shake hands.", "Two people bow to each other."


@pytest.fixture(autouse=True)
def clean(settings):
    """An empty queue; the worker stays warm from test to test."""
    queue.cancel(list(queue.jobs))
    queue.dismiss()


def action_of(take, person: str) -> bpy.types.Action:
    return next(a for a in bpy.data.actions if a.get(takes.TAKE) == take.id and a[takes.PERSON] == person)


def keys(action: bpy.types.Action) -> dict:
    """The keys of each curve, by frame. Blender finds their handles by itself, as their types say."""
    bag = action.layers[0].strips[0].channelbag(action.slots[0])
    return {
        (curve.data_path, curve.array_index): {
            key.co.x: (key.co.y, key.interpolation, key.handle_left_type, key.handle_right_type)
            for key in curve.keyframe_points
        }
        for curve in bag.fcurves
    }


def check_kept(before: dict, after: dict, first: int, last: int) -> None:
    """Keys outside the gap are the same, and those inside lie on its frames and are others."""
    assert before.keys() == after.keys()
    changed = 0
    for channel, old in before.items():
        new = after[channel]
        assert old.keys() == new.keys()
        outside = [frame for frame in old if not first <= frame <= last]
        assert all(old[frame] == new[frame] for frame in outside)
        changed += any(old[frame][0] != new[frame][0] for frame in old)
    assert changed > 30


def steps(scene, first: int, last: int) -> np.ndarray:
    """Mean way of the joints of both people per frame, metres."""
    cast = [scene.intermask.person_a, scene.intermask.person_b]
    joints = read_joints(cast, list(range(first, last + 1)), scene)
    return np.linalg.norm(np.diff(joints, axis=1), axis=-1).mean(axis=-1)


def test_a_gap_is_made_anew_and_all_else_stays(settings, scene):
    settings.steps = 10
    bpy.ops.intermask.generate(prompt=SHAKE, seconds=4.0, seed=3)
    bpy.ops.intermask.generate(prompt=SHAKE, seconds=4.0, seed=4)
    assert bpy.ops.intermask.in_between(index=0, start=45, end=75, seed=9) == {"FINISHED"}
    old, _, new = settings.takes
    assert settings.active_take == 2 and new.name == f"45–75: {SHAKE}" and (new.start, new.end) == (1, 120)
    for person in "AB":
        check_kept(keys(action_of(old, person)), keys(action_of(new, person)), 45, 75)
        assert action_of(new, person).name == f"{person}: {new.name}"
    known = takes.facts(scene, 2)
    assert known.gap == {"start": 45, "end": 75, "prompt": SHAKE} and known.seed == 9
    moved = steps(scene, 30, 90)
    for seam in (14, 45):  # no faster there than just before and after
        around = np.median(moved[:, seam - 5 : seam + 7], axis=1)
        assert (moved[:, seam : seam + 2].max(axis=1) < 2 * around + 0.002).all()
    assert bpy.ops.intermask.regenerate_take() == {"FINISHED"}
    again = settings.takes[3]
    assert again.name == new.name and again.seed != 9 and takes.facts(scene, 3).gap == known.gap
    check_kept(keys(action_of(new, "A")), keys(action_of(again, "A")), 45, 75)


def test_the_preview_range_says_which_frames_and_may_reach_over_the_end(settings, scene):
    bpy.ops.intermask.generate(prompt=SHAKE, seconds=3.0, seed=3)
    with pytest.raises(RuntimeError, match="preview range"):
        bpy.ops.intermask.in_between()
    scene.use_preview_range, scene.frame_preview_start, scene.frame_preview_end = True, 70, 200
    assert bpy.ops.intermask.in_between(prompt=BOW) == {"FINISHED"}
    assert takes.facts(scene, 1).gap == {"start": 70, "end": 90, "prompt": BOW}
    check_kept(*(keys(action_of(take, "B")) for take in settings.takes), 70, 90)


@pytest.mark.parametrize("fps", [24, 60])
def test_other_frame_rates_keep_their_keys(settings, scene, fps):
    scene.render.fps, settings.steps = fps, 10
    bpy.ops.intermask.generate(prompt=SHAKE, seconds=3.0, seed=3)
    first, last = fps, fps + fps // 2
    assert bpy.ops.intermask.in_between(start=first, end=last) == {"FINISHED"}
    for person in "AB":
        check_kept(*(keys(action_of(take, person)) for take in settings.takes), first, last)
    moved = steps(scene, 1, 3 * fps - 2)
    assert moved.max() < 2.0 / fps


def test_a_gap_in_a_chain_says_what_its_beat_says(settings, scene):
    bpy.ops.intermask.generate_chain(prompt=f"{BOW}\n{SHAKE}\n{BOW}", seconds=2.0)
    assert bpy.ops.intermask.in_between(start=80, end=100) == {"FINISHED"}
    known = takes.facts(scene, 1)
    assert known.gap["prompt"] == SHAKE and len(known.beats) == 3 and (known.start, known.end) == (1, 180)
    check_kept(*(keys(action_of(take, "A")) for take in settings.takes), 80, 100)


def test_of_a_reaction_the_partner_alone_is_made_anew(settings, scene):
    bpy.ops.intermask.generate(prompt=SHAKE, seconds=3.0, seed=3)
    hero = settings.person_a
    own = hero.animation_data.action
    for key in list(own.keys()):
        del own[key]  # the user's own from now on
    del hero[takes.TAKES]
    settings.person_b = None
    bpy.ops.intermask.react(actor=hero.name, prompt=SHAKE)
    before = keys(own)
    count = len(settings.takes)
    assert bpy.ops.intermask.in_between(start=30, end=50) == {"FINISHED"}
    assert keys(own) == before and hero.animation_data.action == own
    old, new = settings.takes[count - 1], settings.takes[count]
    check_kept(keys(action_of(old, "B")), keys(action_of(new, "B")), 30, 50)


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [(1, 90, "keep some frames"), (200, 220, "no frames from 200 to 220"), (50, 40, "no frames")],
)
def test_a_gap_that_is_none_gets_a_sentence(settings, scene, start, end, words):
    bpy.ops.intermask.generate(prompt=SHAKE, seconds=3.0, seed=3)
    with pytest.raises(RuntimeError, match=words):
        bpy.ops.intermask.in_between(start=start, end=end)
    assert len(settings.takes) == 1


def test_facts_of_earlier_versions_are_read(settings, scene):
    bpy.ops.intermask.generate(prompt=SHAKE, seed=3)
    for action in bpy.data.actions:
        known = json.loads(action[takes.FACTS])
        action[takes.FACTS] = json.dumps({key: known[key] for key in known if key not in {"beats", "gap", "fps"}})
    assert takes.facts(scene, 0).beats == [] and takes.facts(scene, 0).gap == {}
    assert bpy.ops.intermask.in_between(start=40, end=50) == {"FINISHED"}
