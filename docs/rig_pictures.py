"""The pictures of rigs.md: one take on four pairs of rigs. Run it again when the model or the retargeting has changed.

.venv/bin/python -m docs.rig_pictures
"""

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np

from intermask_blender import mannequin, people, target
from intermask_blender.__main__ import FPS, generate
from intermask_blender.armature import rest_joints
from intermask_blender.core import model_folders, rotations, skeleton
from intermask_blender.retarget.body import Body
from intermask_blender.stage import add_stage, empty_scene
from intermask_blender.strip import render_strip
from tests.blender.rig_builder import build_armature
from tests.rig_outlines import bones_of, make_rig

FOLDER = Path(__file__).parent
PROMPT, SECONDS, SEED = "Two people shake hands.", 3.0, 1
SHOWN, MOMENTS, WIDTH = (19, 90), 4, 320  # frames of the take, pixels of each
SPINE = ("spine1", "spine2", "spine3")

Rigs = list[bpy.types.Object]


def main() -> None:
    """Generate the take and write the pictures."""
    clip = generate(argparse.Namespace(prompt=PROMPT, seconds=SECONDS, seed=SEED, model=model_folders.STARTER))
    picture("rigs-own", clip, lambda scene: people.add_people(clip, scene))
    picture("rigs-mixamo", clip, lambda scene: outlined("Mixamo", (1.0, 1.0), 0, scene))
    picture("rigs-unreal", clip, lambda scene: outlined("Unreal Mannequin (UE5)", (0.85, 1.15), 45, scene))
    picture("rigs-rigify", clip, rigify)


def picture(name: str, clip, make_rigs: Callable[[bpy.types.Scene], Rigs]) -> None:
    """Render the take on the rigs that `make_rigs` adds to an empty scene."""
    scene = empty_scene(FPS)
    clip = play(clip, make_rigs(scene), scene)
    scene.frame_start, scene.frame_end = SHOWN
    clip = shown(clip)
    add_stage(clip, scene)
    render_strip(FOLDER / f"{name}.png", clip, scene, MOMENTS, WIDTH)
    print(f"Wrote docs/{name}.png")


def outlined(family: str, sizes: tuple[float, float], arms_down: float, scene: bpy.types.Scene) -> Rigs:
    """Two rigs with a family's names, their arms lowered by so many degrees at rest."""
    bones = bones_of(family)
    return [build_armature(make_rig(bones, size, arms_down), family, scene) for size in sizes]


def rigify(_scene: bpy.types.Scene) -> Rigs:
    """Two of the rig that Rigify generates of its human."""
    bpy.ops.preferences.addon_enable(module="rigify")
    bpy.ops.object.armature_human_metarig_add()
    bpy.ops.pose.rigify_generate()
    first = bpy.context.object
    bpy.ops.object.duplicate()
    return [first, bpy.context.object]


def play(clip, rigs: Rigs, scene: bpy.types.Scene):
    """Let rigs play a motion, dressed so that they can be seen; returns it as fitted to them."""
    bodies = [target.check(rig, scene) for rig in rigs]
    clip = people.fitted(clip, np.stack([body.offsets for body in bodies]))
    for rig, body, name, roots, turns in zip(
        rigs, bodies, people.NAMES, clip.root_positions, clip.joint_rotations, strict=True
    ):
        if not rig.children:
            mannequin.hang(clothes(body), rig, name, scene.collection)
            target.play(rig, target.make_action(rig, body, name, roots, turns, scene, 1))
    return clip


def shown(clip):
    """The part of the take that is in the pictures, for the camera."""
    start, end = SHOWN
    return replace(
        clip,
        root_positions=clip.root_positions[:, start - 1 : end],
        joint_rotations=clip.joint_rotations[:, start - 1 : end],
    )


def clothes(body: Body) -> list[mannequin.Piece]:
    """The mannequin of a body, brought from our T-pose to the rig's rest pose and weighted by its bones."""
    pieces = mannequin.body_pieces(figure(body.offsets))
    joints, inverse = rest_joints(body.offsets), np.linalg.inv(body.to_engine)
    for piece in pieces:
        world, weights = np.zeros_like(piece.vertices), {}
        for name, share in piece.weights.items():
            joint, bone = skeleton.JOINT[name], carrier(body, skeleton.JOINT[name])
            moved = body.places[joint] + rotations.rotate(body.turns[joint], piece.vertices - joints[joint])
            world += share[:, None] * moved
            weights[bone] = weights.get(bone, 0.0) + share
        piece.vertices, piece.weights = world @ inverse[:3, :3].T + inverse[:3, 3], weights
    return pieces


def figure(offsets: np.ndarray) -> np.ndarray:
    """The offsets with the spine's joints where ours are between pelvis and neck: the mannequin's waist and chest."""
    ours, joints = rest_joints(skeleton.REST_OFFSETS), rest_joints(offsets)
    pelvis, *spine, neck = (skeleton.JOINT[name] for name in ("pelvis", *SPINE, "neck"))
    shares = (ours[spine] - ours[pelvis])[:, 1:2] / (ours[neck] - ours[pelvis])[1]
    joints[spine] = joints[pelvis] + shares * (joints[neck] - joints[pelvis])
    return np.vstack([offsets[:1], joints[1:] - joints[list(skeleton.PARENTS[1:])]])


def carrier(body: Body, joint: int) -> str:
    """The bone that moves the skin at one of our joints."""
    while True:
        name = skeleton.JOINT_NAMES[joint]
        shown = body.read_parts.get("spine" if name in SPINE else name)
        if shown:
            place = (SPINE.index(name) + 1) / len(SPINE) if name in SPINE else 1
            bone = body.reads[shown[int(np.ceil(place * len(shown))) - 1]]
            return bone.replace("ORG-", "DEF-")  # Rigify's skin hangs on copies
        joint = skeleton.PARENTS[joint]


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)  # Blender 4.5 hangs at its end once Rigify was enabled
