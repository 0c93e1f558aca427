"""What is chosen for the characters: whether contacts are kept on their bodies, and the pose of their fingers."""

import json

import bpy
import numpy as np
import pytest

from engine.datasets.choreography import choreograph
from intermask_blender import actor, apply_result, people, takes
from intermask_blender.core import protocol, skeleton
from intermask_blender.jobs import queue
from intermask_blender.retarget.bone_map import FINGERS
from intermask_blender.rig_map import bone_map
from tests.blender.rig_builder import build_armature
from tests.rig_outlines import bones_of, make_rig

WRISTS = [skeleton.JOINT["left_wrist"], skeleton.JOINT["right_wrist"]]


@pytest.fixture(autouse=True)
def pair(settings, scene) -> list[bpy.types.Object]:
    """A small and a large Mixamo character with fingers, chosen as A and B."""
    queue.cancel(list(queue.jobs))
    queue.dismiss()
    rigs = [build_armature(make_rig(bones_of("Mixamo"), size), f"{size}", scene) for size in (0.8, 1.2)]
    settings.person_a, settings.person_b = rigs
    return rigs


def fingers(rig) -> np.ndarray:
    """The first values of the finger channels in the action that a character plays."""
    names = {name for part in FINGERS for name in bone_map(rig).bones[part]}
    curves = rig.animation_data.action.layers[0].strips[0].channelbags[0].fcurves
    keys = [curve.keyframe_points[0].co.y for curve in curves if curve.data_path.split('"')[1] in names]
    assert len(keys) == 4 * len(names) >= 4 * 30
    return np.array(keys)


def gap(rigs, scene) -> float:
    """How near, in metres, a wrist of one comes to a wrist of the other."""
    wrists = [actor.read_actor(rig, scene).motion().joint_positions[0, :, WRISTS] for rig in rigs]
    return np.linalg.norm(wrists[0][:, None] - wrists[1], axis=-1).min()


def test_hands_of_unlike_people_meet_only_if_contacts_are_kept(pair, settings, scene):
    clip = choreograph("shake_hands", 0, 60).motion
    gaps = {}
    for kept in (True, False):
        cast = apply_result.Cast(scene.session_uid, [rig.session_uid for rig in pair], people.at_cursor(scene))
        order = apply_result.Order("Hands", 2.0, 0, {}, "starter", "A", 1, cast, keep_contacts=kept)
        assert apply_result.apply(order, protocol.pack(clip), "") == ""
        gaps[kept] = gap(pair, scene)
    assert gaps[True] < 0.12 and gaps[False] > 0.3


def test_settings_are_those_of_the_take_and_of_all_that_is_made_of_it(pair, settings, scene):
    found = {}
    for hands in ("RELAXED", "OPEN", "FIST"):
        settings.hands, settings.keep_contacts = hands, hands != "FIST"
        bpy.ops.intermask.generate(seed=1)
        found[hands] = [fingers(rig) for rig in pair]
    for one, other in (("RELAXED", "OPEN"), ("OPEN", "FIST"), ("FIST", "RELAXED")):
        assert all(np.abs(a - b).max() > 0.1 for a, b in zip(found[one], found[other], strict=True))

    settings.hands, settings.keep_contacts = "RELAXED", True
    assert bpy.ops.intermask.regenerate_take() == {"FINISHED"}
    assert bpy.ops.intermask.redo_person(person="B") == {"FINISHED"}
    for index in (2, 3, 4):
        facts = takes.facts(scene, index)
        assert (facts.hands, facts.keep_contacts) == ("fist", False)
    for rig, fist in zip(pair, found["FIST"], strict=True):
        np.testing.assert_allclose(fingers(rig), fist, atol=1e-6)


def test_a_reaction_has_the_chosen_hands(pair, settings, scene):
    hero, partner = pair
    bpy.ops.intermask.generate(seed=1)
    relaxed = fingers(hero)
    settings.hands = "FIST"
    assert bpy.ops.intermask.react(actor=hero.name) == {"FINISHED"}
    assert np.array_equal(fingers(hero), relaxed) and np.abs(fingers(partner) - relaxed).max() > 0.1


def test_takes_of_older_files_have_relaxed_hands_and_contacts(settings, scene):
    bpy.ops.intermask.generate(seed=1)
    for action in bpy.data.actions:
        known = json.loads(action[takes.FACTS])
        del known["hands"], known["keep_contacts"]
        action[takes.FACTS] = json.dumps(known)
    facts = takes.facts(scene, 0)
    assert (facts.hands, facts.keep_contacts) == ("relaxed", True)
    assert bpy.ops.intermask.regenerate_take() == {"FINISHED"}


def test_generate_says_that_it_does_not_keep_a_motion(pair, settings, capfd):
    settings.keep = "MOTION"
    assert bpy.ops.intermask.generate() == {"FINISHED"}
    assert "use React" in "".join(capfd.readouterr())
