"""The bodies fit their people."""

import bpy
import numpy as np
import pytest

from intermask_blender import armature, space
from intermask_blender.core import skeleton
from intermask_blender.mannequin import make_mannequin
from intermask_blender.people import add_people


@pytest.fixture
def body(scene):
    """The body of the reference person."""
    rig = armature.make_rig("Person A", skeleton.REST_OFFSETS, scene.collection, scene)
    return make_mannequin(rig, skeleton.REST_OFFSETS, scene.collection, scene)


def vertices(mesh: bpy.types.Mesh) -> np.ndarray:
    places = np.empty(len(mesh.vertices) * 3, dtype=np.float32)
    mesh.vertices.foreach_get("co", places)
    return places.reshape(-1, 3)


def moved_by(body, bone: str) -> np.ndarray:
    group = body.vertex_groups[bone].index
    return np.array([v.co for v in body.data.vertices if any(g.group == group and g.weight > 0.5 for g in v.groups)])


def test_every_vertex_is_fully_weighted(body):
    assert [sum(group.weight for group in vertex.groups) for vertex in body.data.vertices] == pytest.approx(
        [1] * len(body.data.vertices)
    )
    assert set(body.vertex_groups.keys()) == set(skeleton.JOINT_NAMES)


def test_soles_stand_flat_on_the_floor(body):
    for side in ("left", "right"):
        shoe = np.vstack([moved_by(body, f"{side}_ankle"), moved_by(body, f"{side}_foot")])
        assert shoe[:, 2].min() == pytest.approx(0, abs=1e-6)
        assert (np.abs(shoe[:, 2]) < 1e-6).sum() > 20
    assert vertices(body.data)[:, 2].min() == pytest.approx(0, abs=1e-6)
    assert vertices(body.data)[:, 2].max() == pytest.approx(skeleton.REST_HEIGHT, abs=0.01)


def test_left_front_and_palms_are_where_they_belong(body):
    assert moved_by(body, "left_wrist")[:, 0].min() > 0 > moved_by(body, "right_wrist")[:, 0].max()
    toes, head = moved_by(body, "left_foot"), moved_by(body, "head")
    assert toes[:, 1].min() < armature.rest_joints(skeleton.REST_OFFSETS)[10, 2] * -1
    nose = head[head[:, 1].argmin()]
    assert abs(nose[0]) < 0.03 and nose[1] < -0.1
    hand = moved_by(body, "left_wrist") - body.parent.data.bones["left_wrist"].head_local
    assert -hand[:, 1].min() > hand[:, 1].max() + 0.02, "the thumb is in front"
    assert -hand[:, 2].min() > hand[:, 2].max(), "the hand is cupped downwards"


def test_faces_look_outwards_and_the_mesh_is_closed(body):
    assert not body.data.validate()
    corners = [tuple(sorted(edge)) for face in body.data.polygons for edge in face.edge_keys]
    assert all(count == 2 for count in np.unique(corners, axis=0, return_counts=True)[1])
    mesh = body.data
    mesh.calc_loop_triangles()
    places = vertices(mesh)
    a, b, c = (places[[triangle.vertices[i] for triangle in mesh.loop_triangles]] for i in range(3))
    assert np.sum(a * np.cross(b, c)) / 6 == pytest.approx(0.07, abs=0.02), "the volume of a person in cubic metres"


def test_bodies_follow_their_people(scene, make_clip):
    clip = make_clip(20)
    add_people(clip, scene)
    for frame in (1, 11, 20):
        scene.frame_set(frame)
        for person, name in enumerate("AB"):
            body = bpy.data.objects[f"Person {name} body"]
            posed = body.evaluated_get(bpy.context.evaluated_depsgraph_get()).to_mesh()
            places = space.to_engine_positions(vertices(posed).astype(float), scene)
            joints = clip.joint_positions[person, frame - 1]
            away = np.linalg.norm(places[:, None] - joints, axis=-1)
            assert away.min(axis=1).max() < 0.25
            assert away.min(axis=0).max() < 0.12


def test_two_takes_share_the_two_materials(scene, make_clip):
    for seed in range(2):
        add_people(make_clip(3, seed), scene)
    assert {m.name for m in bpy.data.materials} == {"InterMask Person A", "InterMask Person B"}
    warm, cool = (bpy.data.materials[f"InterMask Person {p}"].diffuse_color for p in "AB")
    assert warm[0] > warm[2] and cool[2] > cool[0]
