"""What the scene shows comes back out of the files: by Blender's importers, and by a reader of another house."""

import bpy
import numpy as np
import pytest
from mathutils import Matrix
from mathutils.kdtree import KDTree

from engine.datasets.bvh import read_bvh
from intermask_blender import export, space
from intermask_blender.core import errors
from intermask_blender.export.check import largest_error
from intermask_blender.export.presets import FBX, PRESETS
from intermask_blender.people import add_people
from tests.blender import assimp_reader
from tests.blender.rig_builder import build_armature
from tests.rig_outlines import bones_of, make_rig

FRAMES = 11, 35
ALL = tuple(PRESETS)
IMPORTERS = {
    "python": lambda path: bpy.ops.import_scene.fbx(filepath=str(path), anim_offset=0.0),
    "native": lambda path: bpy.ops.wm.fbx_import(filepath=str(path), anim_offset=0.0),
    "glTF": lambda path: bpy.ops.import_scene.gltf(filepath=str(path)),
    "BVH": lambda path: bpy.ops.import_anim.bvh(filepath=str(path), global_scale=0.01, frame_start=1),
}


@pytest.fixture
def rigs(scene, make_clip):
    """Two people in a scene at 24 fps; B's object is turned, scaled and moves."""
    scene.render.fps = 24
    a, b = add_people(make_clip(40), scene, FRAMES[0])
    b.rotation_euler, b.scale = (0.2, 0.1, 2.0), (1.1, 1.1, 1.1)
    for frame, x in zip(FRAMES, (0.3, 0.9), strict=True):
        b.location.x = x
        b.keyframe_insert("location", index=0, frame=frame)
    scene.frame_set(20)
    return {"A": a, "B": b}


def joints(rig, frames, scene):
    """Where all bones start: name -> (T, 3), in the world."""
    heads = {bone: [] for bone in rig.pose.bones.keys()}
    for frame in frames:
        scene.frame_set(frame)
        posed = rig.evaluated_get(bpy.context.evaluated_depsgraph_get())
        for bone in posed.pose.bones:
            heads[bone.name].append(posed.matrix_world @ bone.head)
    return {bone: np.array(own) for bone, own in heads.items()}


def expected(rigs, scene):
    return {label: joints(rig, range(FRAMES[0], FRAMES[1] + 1), scene) for label, rig in rigs.items()}


def _places(rig, scene):
    """Where an object is (T, 3), Y-up metres."""
    found = []
    for frame in range(FRAMES[0], FRAMES[1] + 1):
        scene.frame_set(frame)
        found.append(rig.matrix_world.translation.copy())
    return space.to_engine_positions(np.array(found), scene)


def opened(path, importer):
    """An empty file at 24 fps into which another was imported: its armatures, by their names."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.context.scene.render.fps = 24
    IMPORTERS[importer](path)
    return {thing.name: thing for thing in bpy.data.objects if thing.type == "ARMATURE"}


def largest(found, wanted):
    return max(np.linalg.norm(found[bone] - places, axis=-1).max() for bone, places in wanted.items())


@pytest.mark.parametrize(
    "preset, importer", [*((preset, importer) for preset in FBX for importer in ("python", "native")), ("GLTF", "glTF")]
)
def test_people_come_back_in_one_file_each_and_in_one_for_all(rigs, scene, tmp_path, preset, importer):
    wanted = expected(rigs, scene)
    suffix = PRESETS[preset].suffix
    files = export.write(tmp_path / "Händedruck 🤝", rigs, scene, preset, FRAMES)
    assert [file.name for file in files] == [f"Händedruck 🤝_{label}{suffix}" for label in "AB"]
    together = preset != "UNREAL"
    if together:
        files += export.write(tmp_path / f"all{suffix}", rigs, scene, preset, FRAMES, together=True)
    assert sorted(tmp_path.iterdir()) == sorted(files)
    for file, labels in zip(files, ("A", "B", "AB"), strict=False):
        found = opened(file, importer)
        assert len(found) == len([t for t in bpy.data.objects if t.type == "MESH" and t.parent]) == len(labels)
        scene = bpy.context.scene
        for label in labels:
            spelt = f"Person{'_' if preset == 'MAYA' else ' '}{label}"
            rig = found["Armature" if preset == "UNREAL" else spelt]
            action = rig.animation_data.action
            assert tuple(action.frame_range) == (0, FRAMES[1] - FRAMES[0])
            back = joints(rig, range(FRAMES[1] - FRAMES[0] + 1), scene)
            assert largest(back, wanted[label]) < 1e-3
            assert set(back) - set(wanted[label]) == ({"root"} if preset == "UNREAL" else set())


@pytest.mark.parametrize("preset", ALL)
def test_the_length_in_seconds_is_right_at_any_frame_rate(rigs, scene, tmp_path, preset):
    scene.render.fps, scene.render.fps_base = 30, 1.001
    (file,) = export.write(tmp_path / "a", {"A": rigs["A"]}, scene, preset, FRAMES, meshes=False)
    seconds = (FRAMES[1] - FRAMES[0]) * 1.001 / 30
    clip = assimp_reader.read(file, tmp_path)
    assert len(clip.times) == FRAMES[1] - FRAMES[0] + 1
    assert clip.times[0] == pytest.approx(0, abs=1e-5)
    assert clip.times[-1] == pytest.approx(seconds, abs=1e-4)


@pytest.mark.parametrize("preset", ALL)
def test_another_reader_finds_the_axes_the_scale_and_the_joints(rigs, scene, tmp_path, preset):
    """Y up, what faced -Y then faces +Z; nobody is turned or scaled but by bones. The root goes with the object."""
    wanted = expected(rigs, scene)
    objects = {label: _places(rig, scene) for label, rig in rigs.items()}
    files = export.write(tmp_path / "two", rigs, scene, preset, FRAMES)
    chosen = PRESETS[preset]
    units = 100 if chosen.centimetres else 1
    for label, file in zip("AB", files, strict=True):
        clip = assimp_reader.read(file, tmp_path)
        for bone, places in wanted[label].items():
            found = clip.world(bone)[:, :3, 3] / units
            assert np.linalg.norm(found - space.to_engine_positions(places, scene), axis=-1).max() < 2e-3
        top = clip.parents.get("root" if preset == "UNREAL" else "pelvis")
        if chosen.y_up and top:
            assert np.allclose(clip.local[top], np.eye(4), atol=1e-5)
        if preset == "UNREAL":
            found = clip.world("root")
            assert np.allclose(found[:, :3, 3] / 100, objects[label], atol=1e-4)
            assert np.allclose(np.linalg.norm(found[:, :3, :3], axis=1), 1, atol=1e-4)


def test_bvh_comes_back_and_is_read_by_the_engine(rigs, scene, tmp_path):
    wanted = expected(rigs, scene)
    engine = {
        label: {bone: space.to_engine_positions(places, scene) for bone, places in own.items()}
        for label, own in wanted.items()
    }
    files = export.write(tmp_path / "two.bvh", rigs, scene, "BVH", FRAMES, together=True)
    assert [file.name for file in files] == ["two_A.bvh", "two_B.bvh"]
    for label, file in zip("AB", files, strict=True):
        clip = read_bvh(file)
        assert clip.frame_time == pytest.approx(1 / 24, abs=1e-5)
        assert all(
            len(own) == (6 if parent < 0 else 3) for own, parent in zip(clip.channels, clip.parents, strict=True) if own
        )
        places, _ = clip.pose()
        found = dict(zip(clip.names, places.swapaxes(0, 1) / 100, strict=True))
        assert largest(found, engine[label]) < 2e-3
        (rig,) = opened(file, "BVH").values()
        back = joints(rig, range(1, FRAMES[1] - FRAMES[0] + 2), bpy.context.scene)
        assert largest(back, wanted[label]) < 2e-3


@pytest.mark.parametrize("preset", ["BLENDER", "GLTF"])
def test_bodies_move_as_they_did(rigs, scene, tmp_path, preset):
    """Skinned, with a modifier, with a shape key, and hung on a bone."""
    a = rigs["A"]
    body = a.children[0]
    body.modifiers.new("Mirrored", "MIRROR")
    body.modifiers.move(1, 0)
    hat = bpy.data.objects.new("hat", bpy.data.meshes.new("hat"))
    hat.data.from_pydata([(0, 0, 0), (0.1, 0, 0), (0, 0.1, 0.2)], [], [(0, 1, 2)])
    scene.collection.objects.link(hat)
    hat.parent, hat.parent_type, hat.parent_bone = a, "BONE", "head"
    hat.location, hat.scale = (0.1, 0.2, 0.0), (1, 2, 1)
    skirt = bpy.data.objects.new("skirt", hat.data.copy())
    skirt.shape_key_add(name="Basis")
    skirt.shape_key_add(name="wide").data[1].co.x = 0.7
    skirt.data.shape_keys.key_blocks["wide"].value = 0.5
    scene.collection.objects.link(skirt)
    skirt.vertex_groups.new(name="left_knee").add([0, 1, 2], 1.0, "REPLACE")
    skirt.modifiers.new("Armature", "ARMATURE").object = a
    names = body.name, "hat", "skirt"
    wanted = {name: _vertices(name, FRAMES[1], scene) for name in names}
    (file,) = export.write(tmp_path / "a", {"A": a}, scene, preset, FRAMES)
    opened(file, "native" if preset == "BLENDER" else "glTF")
    scene = bpy.context.scene
    for name in names:
        found = _vertices(name, FRAMES[1] - FRAMES[0], scene)
        assert max(_farthest(wanted[name], found), _farthest(found, wanted[name])) < 1e-3  # in whatever order


def _farthest(some, others):
    """How far any point is from the nearest of others."""
    tree = KDTree(len(others))
    for index, place in enumerate(others):
        tree.insert(place, index)
    tree.balance()
    return max(tree.find(place)[2] for place in some)


def _vertices(name, frame, scene):
    """Where a mesh's vertices are, in the world (n, 3)."""
    scene.frame_set(frame)
    graph = bpy.context.evaluated_depsgraph_get()
    posed = bpy.data.objects[name].evaluated_get(graph)
    return np.array([posed.matrix_world @ vertex.co for vertex in posed.to_mesh().vertices])


def test_fewer_keys_stay_within_a_millimetre(rigs, scene, tmp_path):
    sizes = []
    for preset in ("BLENDER", "GLTF"):
        for reduce_keys in (False, True):
            what = tmp_path / "keys", rigs, scene, preset, FRAMES
            files = export.write(*what, meshes=False, reduce_keys=reduce_keys)
            sizes.append(sum(file.stat().st_size for file in files))
            assert largest_error(*what) < 1e-3
        assert sizes[-1] < sizes[-2]


def _state():
    blocks = {
        (kind.identifier, block.name_full, block.session_uid)
        for kind in bpy.data.bl_rna.properties
        if kind.type == "COLLECTION"
        for block in getattr(bpy.data, kind.identifier)
        if hasattr(block, "session_uid")
    }
    context, scene = bpy.context, bpy.context.scene
    things = [
        (thing.name, thing.mode, thing.select_get(), tuple(map(tuple, thing.matrix_world))) for thing in scene.objects
    ]
    shown = context.window.scene.name, context.view_layer.name, context.active_object.name
    return blocks, things, shown, scene.frame_current_final, scene.render.fps, scene.frame_start, scene.frame_end


@pytest.mark.parametrize("preset", ALL)
def test_nothing_of_the_users_changes(rigs, scene, tmp_path, preset):
    """In the middle of posing, between two frames, with the names that a file needs taken already."""
    taken = bpy.data.objects.new("Armature", bpy.data.armatures.new("Armature"))
    scene.collection.objects.link(taken)
    bpy.data.scenes.new("take")
    scene.view_layers.new("Other")
    bpy.context.view_layer.objects.active = rigs["B"]
    rigs["B"].select_set(True)
    bpy.ops.object.mode_set(mode="POSE")
    scene.frame_set(17, subframe=0.25)
    before = _state()
    what = tmp_path / "take", rigs, scene, preset, FRAMES
    export.write(*what)
    assert _state() == before
    assert largest_error(*what) < 1e-3
    assert _state() == before
    if preset == "UNREAL":
        assert "Armature" in opened(tmp_path / "take_A.fbx", "native")


@pytest.mark.parametrize("preset", [*FBX, "BVH", "GLTF"])
def test_a_mirrored_object_comes_back(rigs, scene, tmp_path, preset):
    rigs["A"].scale.x = -1.0
    what = tmp_path / "mirrored", rigs, scene, preset, FRAMES
    export.write(*what)
    assert largest_error(*what) < 1e-3


def test_the_check_finds_what_is_wrong(rigs, scene, tmp_path):
    what = tmp_path / "wrong", rigs, scene, "UNITY", FRAMES
    export.write(*what)
    rigs["A"].location.z += 0.5
    assert largest_error(*what) == pytest.approx(0.5, abs=1e-3)
    with pytest.raises(errors.EngineError, match="Person B"):
        export.write(tmp_path / "half.fbx", {"A": rigs["A"]}, scene, "UNITY", FRAMES)
        largest_error(tmp_path / "half.fbx", rigs, scene, "UNITY", FRAMES, together=True)


def test_the_check_minds_no_bone_that_the_importer_ties_to_the_one_above(scene, tmp_path):
    """As it does with the only one below the root bone, if that points there, as in Mixamo's Y-up armatures."""
    rig = build_armature(make_rig(bones_of("Mixamo")), "Hero", scene)
    rig.data.transform(Matrix.Rotation(-np.pi / 2, 4, "X"))
    rig.rotation_euler.x = np.pi / 2
    hips = rig.pose.bones["mixamorig:Hips"]
    for frame, place in ((1, 0.0), (20, 0.5)):
        hips.location.z = place
        hips.keyframe_insert("location", frame=frame)
    what = tmp_path / "walk.fbx", {"A": rig}, scene, "UNREAL", (1, 20)
    export.write(*what)
    assert largest_error(*what) < 1e-3


@pytest.mark.parametrize("preset", ["UNITY", "BVH", "GLTF"])
def test_the_check_tells_of_a_damaged_file(rigs, scene, tmp_path, preset):
    (tmp_path / f"own{PRESETS[preset].suffix}").write_text("nothing of the kind")
    bpy.context.view_layer.objects.active = rigs["A"]
    before = _state()
    with pytest.raises(errors.EngineError, match=r"own\.\w+ can't be read \([^\n]+\): export it again"):
        largest_error(tmp_path / "own", {"A": rigs["A"]}, scene, preset, FRAMES)
    assert _state() == before


def test_a_file_that_can_not_be_finished_is_told(rigs, scene, tmp_path):
    resource = pytest.importorskip("resource")
    allowed = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, allowed[1]))
    try:
        with pytest.raises(errors.EngineError, match=r"^set_A\.fbx could not be written \(OSError[^\n]*: free some"):
            export.write(tmp_path / "set", rigs, scene, "UNITY", FRAMES)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, allowed)
    assert not list(tmp_path.iterdir()) and len(bpy.data.scenes) == 1


def test_all_files_are_written_or_none(rigs, scene, tmp_path):
    (tmp_path / "b").write_text("old")
    (tmp_path / "set_B.fbx").mkdir()
    with pytest.raises(OSError, match="set_B.fbx is a folder"):
        export.write(tmp_path / "set", rigs, scene, "UNREAL", FRAMES)
    rigs["B"].data.pose_position = "REST"
    with pytest.raises(errors.EngineError, match='"Person B" is shown in its rest position'):
        export.write(tmp_path / "rest", rigs, scene, "UNREAL", FRAMES)
    assert {path.name for path in tmp_path.iterdir()} == {"b", "set_B.fbx"}


def test_skeletons_keep_their_own_root_and_names_become_plain(scene, tmp_path):
    unreal = build_armature(make_rig(bones_of("Unreal Mannequin (UE4)")), "Hero №1", scene)
    (file,) = export.write(tmp_path / "own", {"A": unreal}, scene, "UNREAL", (1, 3))
    (rig,) = opened(file, "native").values()
    assert [bone.name for bone in rig.data.bones if not bone.parent] == ["root"]

    scene = bpy.context.scene
    mixamo = build_armature(make_rig(bones_of("Mixamo")), "Hero №1", scene)
    mixamo.data.bones[5].name, mixamo.data.bones[6].name = "a.b", "a b"
    for root_bone, top in ((True, "root"), (False, "mixamorig:Hips")):
        (file,) = export.write(tmp_path / "none", {"A": mixamo}, scene, "UNREAL", (1, 3), root_bone=root_bone)
        clip = assimp_reader.read(file, tmp_path)
        assert [name for name, parent in clip.parents.items() if parent == "Armature"] == [top]
    other = mixamo.copy()
    scene.collection.objects.link(other)
    files = export.write(tmp_path / "same", {"a.b": mixamo, "a b": other}, scene, "BVH", (1, 3))
    assert [file.name for file in files] == ["same_a_b.bvh", "same_a_b_.bvh"]
    (file,) = export.write(tmp_path / "plain", {"A": mixamo}, scene, "MAYA", (1, 3))
    clip = assimp_reader.read(file, tmp_path)
    assert {"Hero__1", "a_b", "a_b_", "mixamorig:Hips"} <= set(clip.local)
