"""What the .blend shows comes back out of the .fbx."""

import bpy
import numpy as np
import pytest

from intermask_blender.core import skeleton
from intermask_blender.fbx import export_fbx
from intermask_blender.people import add_people, fitted
from tests.blender.evaluated import read_joints

WATCHED = [skeleton.JOINT[name] for name in ("head", "left_wrist", "right_wrist")]
IMPORTERS = {
    "python": lambda path: bpy.ops.import_scene.fbx(filepath=path, anim_offset=0.0),
    "native": lambda path: bpy.ops.wm.fbx_import(filepath=path, anim_offset=0.0),
}


@pytest.mark.parametrize("importer", IMPORTERS)
def test_two_people_come_back(scene, make_clip, tmp_path, importer):
    clip = make_clip(75)
    rigs = add_people(clip, scene)
    scene.frame_start, scene.frame_end = 1, clip.frames
    path = tmp_path / "Zwei Leute 🤝.fbx"
    export_fbx(path, rigs[0].users_collection[0])
    assert [file.name for file in tmp_path.iterdir()] == [path.name]

    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    scene = bpy.context.scene
    scene.render.fps = 30
    IMPORTERS[importer](str(path))
    people = [bpy.data.objects[name] for name in ("Person A", "Person B")]
    assert sorted(o.type for o in bpy.data.objects) == ["ARMATURE", "ARMATURE", "MESH", "MESH"]
    assert set(people[0].data.bones.keys()) == set(skeleton.JOINT_NAMES)
    frames = [1, 30, clip.frames]
    joints = read_joints(people, frames, scene)
    expected = fitted(clip, clip.bone_offsets).joint_positions[:, [frame - 1 for frame in frames]]
    assert np.abs(joints - expected)[:, :, WATCHED].max() < 1e-3
