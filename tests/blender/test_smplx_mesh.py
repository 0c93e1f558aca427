"""The user's SMPL-X body on new characters: its measures, its skin, and what happens without it."""

from dataclasses import replace

import bpy
import numpy as np
import pytest

from intermask_blender import apply_result, people, smplx_mesh, space
from intermask_blender.core import protocol, rotations, skeleton
from intermask_blender.shape_panel import INTERMASK_PT_shapes
from tests import synthetic_smplx

CORNERS = 4  # of the tetrahedron around each joint
LOW = 1e-4  # metres


@pytest.fixture
def folder(settings, tmp_path, monkeypatch):
    """A folder with a made-up model, which Preferences name."""
    synthetic_smplx.write(tmp_path / smplx_mesh.FILE)
    monkeypatch.setattr(smplx_mesh.preferred, "smplx_folder", lambda: tmp_path)
    return tmp_path


@pytest.fixture
def clip(make_clip):
    """Two people of different size who tumble and move their fingers."""
    clip = make_clip(12).with_hands()
    turns = clip.joint_rotations.copy()
    turns[:, :, 25:] = rotations.from_rotation_vector(np.full((2, 12, 30, 3), 0.3))
    return replace(clip, joint_rotations=turns)


def shown(mesh, scene) -> np.ndarray:
    """The vertices (n, 3) as the armature moves them, Y-up metres."""
    posed = mesh.evaluated_get(bpy.context.evaluated_depsgraph_get())
    places = [posed.matrix_world @ vertex.co for vertex in posed.to_mesh().vertices]
    return space.to_engine_positions(np.array(places), scene)


def bones_shown(rig, scene) -> np.ndarray:
    posed = rig.evaluated_get(bpy.context.evaluated_depsgraph_get())
    heads = [posed.matrix_world @ posed.pose.bones[name].head for name in skeleton.FULL_NAMES]
    return space.to_engine_positions(np.array(heads), scene)


def test_the_skin_goes_with_the_bones_of_its_own_measures(folder, settings, scene, clip):
    settings.shape_a[0], settings.shape_b[0] = 1.0, -1.0
    rigs = people.add_people(clip, scene)
    for rig, size in zip(rigs, (1.1, 0.9), strict=True):
        (mesh,) = rig.children
        assert mesh.name.endswith("body") and set(mesh.vertex_groups.keys()) == set(skeleton.FULL_NAMES)
        lengths = np.array([rig.data.bones[name].head_local.length for name in skeleton.FULL_NAMES])
        assert np.isfinite(lengths).all()
        thigh = rig.data.bones["left_hip"].length
        assert thigh == pytest.approx(size * np.linalg.norm(skeleton.REST_OFFSETS[4]), rel=1e-4)
        for frame in (1, 7, 12):
            scene.frame_set(frame)
            middles = shown(mesh, scene).reshape(-1, CORNERS, 3).mean(axis=1)
            assert np.abs(middles - bones_shown(rig, scene)).max() < LOW


def test_a_result_comes_to_such_bodies_and_stands_on_the_floor(folder, settings, scene, clip):
    settings.shape_a[1] = 1.0  # longer legs
    still = np.broadcast_to(rotations.IDENTITY, clip.joint_rotations.shape)
    roots = np.broadcast_to([[[-0.5, 0.945, 0]], [[0.5, 0.945, 0]]], (2, 12, 3))
    clip = replace(
        clip, root_positions=roots, joint_rotations=still, bone_offsets=np.stack([skeleton.FULL_REST_OFFSETS] * 2)
    )
    cast = apply_result.Cast(scene.session_uid, [None, None], people.at_cursor(scene))
    order = apply_result.Order("Stand.", 1.0, 1, {}, "toy", "A", 1, cast)
    assert apply_result.apply(order, protocol.pack(clip), "") == ""
    for rig, longer in ((settings.person_a, 0.05), (settings.person_b, 0.0)):
        assert len(rig.data.bones) == 55
        joints = bones_shown(rig, scene)
        assert joints[10, 1] == pytest.approx(0.02, abs=0.005)  # toes a sole over the floor
        assert joints[0, 1] == pytest.approx(0.945 + longer, abs=0.006)


def test_without_a_model_that_can_be_read_there_are_mannequins(folder, scene, clip):
    (folder / smplx_mesh.FILE).write_bytes(b"no model")
    assert "non-commercial" in smplx_mesh.fault()
    rig = people.add_people(clip, scene)[0]
    assert len(rig.children[0].data.vertices) > 5000
    (folder / smplx_mesh.FILE).unlink()
    assert "There is no SMPL-X model" in smplx_mesh.fault()
    synthetic_smplx.write((folder / "smplx").mkdir() or folder / "smplx" / smplx_mesh.FILE)
    assert smplx_mesh.fault() == "" and smplx_mesh.chosen(0, scene)


def test_motions_without_hands_get_mannequins(folder, scene, make_clip):
    rig = people.add_people(make_clip(5), scene)[0]
    assert len(rig.data.bones) == 22 and len(rig.children[0].data.vertices) > 3000


def test_the_panel_is_there_with_the_files(folder, monkeypatch):
    assert INTERMASK_PT_shapes.poll(bpy.context)
    monkeypatch.setattr(smplx_mesh.preferred, "smplx_folder", lambda: None)
    assert not INTERMASK_PT_shapes.poll(bpy.context) and smplx_mesh.fault() == ""
