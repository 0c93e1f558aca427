"""Whether the partner comes to the actor: choreographed handshakes on Mixamo-named rigs at random places, facings and
scales, reacted to by the starter model. Prints a table.

.venv/bin/python -m benchmarks.reaction
"""

from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Matrix

import intermask_blender
from engine.datasets.choreography import choreograph
from intermask_blender import actor, people, target
from intermask_blender.core import features, rotations, skeleton
from tests.blender.rig_builder import build_armature
from tests.rig_outlines import bones_of, make_rig

SCENES, FRAMES = 20, 90
FACING, REACH = 60.0, 0.15  # degrees and metres on a body of the reference's size that count as met
THIGH_AND_SHIN = [skeleton.JOINT["left_knee"], skeleton.JOINT["left_ankle"]]
LEG = np.linalg.norm(skeleton.REST_OFFSETS[THIGH_AND_SHIN], axis=-1).sum()


@dataclass(frozen=True)
class Outcome:
    """What came of a scene: degrees by which the partner looks past the actor, metres between their hands (scaled)."""

    scale: float
    degrees: float
    gap: float
    keys_kept: bool

    @property
    def met(self) -> bool:
        """Whether the two met."""
        return self.degrees < FACING and self.gap < REACH and self.keys_kept


def main() -> None:
    """Measure and print."""
    intermask_blender.register()
    print("| scene | scale | looks past by | hands apart | keys kept |\n| ---: | ---: | ---: | ---: | --- |")
    outcomes = []
    for seed in range(SCENES):
        outcomes.append(found := meet(seed))
        print(
            f"| {seed} | {found.scale:.2f} | {found.degrees:.0f}° | {100 * found.gap:.1f} cm |"
            f" {'yes' if found.keys_kept else 'no'} |",
            flush=True,
        )
    print(f"\nMet within {FACING:g}° and {100 * REACH:g} cm: {sum(found.met for found in outcomes)} of {SCENES}")
    intermask_blender.unregister()


def meet(seed: int) -> Outcome:
    """Let a partner react to one actor in an empty scene."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    scene = bpy.context.scene
    scene.render.fps = 30
    handshake = choreograph("shake_hands", seed, FRAMES)
    rig, scale = put_actor(handshake.motion, np.random.default_rng(seed), scene)
    before = keys(rig)
    bpy.ops.intermask.react(prompt="Two people shake hands.", seed=seed)
    kept = keys(rig)
    a, b = (joints(rig, scene) for rig in (rig, scene.intermask.person_b))
    hand = skeleton.JOINT[f"{handshake.parameters['hand']}_wrist"]
    gaps = np.linalg.norm(a[:, hand] - b[:, hand], axis=-1)
    nearest = int(np.argmin(gaps))
    size = actor.body(rig, scene).leg_length / LEG
    return Outcome(scale, looks_past(b[nearest], a[nearest, 0]), gaps[nearest] / size, before == kept)


def put_actor(clip, rng: np.random.Generator, scene: bpy.types.Scene) -> tuple[bpy.types.Object, float]:
    """A character of random size somewhere who plays person A of a motion by keys of its own."""
    scale, yaw, place = rng.uniform(0.6, 1.6), rng.uniform(-np.pi, np.pi), rng.uniform(-10, 10, 3) * [1, 1, 0.2]
    rig = build_armature(make_rig(bones_of("Mixamo"), sizes=rng.uniform(0.85, 1.1), arms_down=45), "Actor", scene)
    rig.matrix_world = Matrix.Translation(place) @ Matrix.Rotation(yaw, 4, "Z") @ Matrix.Scale(scale, 4)
    bpy.context.view_layer.update()
    body = actor.body(rig, scene)
    size = body.leg_length / np.linalg.norm(clip.bone_offsets[0][THIGH_AND_SHIN], axis=-1).sum()
    clip = people.fitted(clip, np.stack([body.offsets, clip.bone_offsets[1] * size]))
    spin = rotations.from_axis_angle(np.array([0.0, 1.0, 0.0]), np.array(yaw))
    roots = rotations.rotate(spin, clip.root_positions[0]) + [place[0], place[2], -place[1]]
    turns = clip.joint_rotations[0].copy()
    turns[:, 0] = rotations.multiply(spin, turns[:, 0])
    target.play(rig, target.make_action(rig, body, "Own", roots, turns, scene, 1))
    return rig, scale


def keys(rig: bpy.types.Object) -> list:
    """All keys of a character's action."""
    animation = rig.animation_data
    bag = animation.action.layers[0].strips[0].channelbag(animation.action_slot)
    return [
        (curve.data_path, curve.array_index, [tuple(key.co) for key in curve.keyframe_points]) for curve in bag.fcurves
    ]


def joints(rig: bpy.types.Object, scene: bpy.types.Scene) -> np.ndarray:
    """Where a character's joints are (T, 22, 3) in the world."""
    read = actor.read_actor(rig, scene, 1, FRAMES)
    return skeleton.forward_kinematics(read.rotations, read.roots, read.body.offsets)[0]


def looks_past(person: np.ndarray, other: np.ndarray) -> float:
    """Degrees between where a person (22, 3) looks and where another's pelvis is, seen from above."""
    turn = features.canonical_frame(person[None]).turn
    forward = rotations.rotate(rotations.inverse(turn), np.array([0.0, 0.0, 1.0]))
    towards = (other - person[0]) * [1.0, 0.0, 1.0]
    return float(np.degrees(np.arccos(np.clip(forward @ towards / np.linalg.norm(towards), -1, 1))))


if __name__ == "__main__":
    main()
