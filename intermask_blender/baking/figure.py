"""A character as `key_reduction` wants it: which of its bones carry which, and the joints on them."""

import bpy
import numpy as np

from .. import space
from ..core import rotations as R
from ..curves import bone_path
from ..retarget.body import Body
from ..retarget.bone_map import FINGERS
from ..retarget.solve import turned_by
from .channels import Channel, mode_of
from .key_reduction import Figure, Track


def figure_of(rig: bpy.types.Object, body: Body, channels: list[Channel]) -> tuple[Figure, list[Track], list[str]]:
    """The figure that channels move: its tracks are the bones that they place, and the object where that moves.

    Returns the paths of the tracks' owners, too.
    """
    placed = {}
    for channel in channels:
        if channel.turns or (channel.name == "location" and len(channel.indices) == 3):
            placed.setdefault(channel.owner, {})["location" if channel.name == "location" else "rotation"] = channel
    names = [name for name in body.rig.names if bone_path(name) in placed]
    above = _carriers(body, names)
    names = sorted(names, key=lambda name: _depth(name, above))
    carried_by_object = [""] if any(channel.moves for channel in placed.get("", {}).values()) else []
    owners = carried_by_object + [bone_path(name) for name in names]
    tracks = [_track(rig, placed[owner]) for owner in owners]
    return _figure(rig, body, names, above, bool(carried_by_object)), tracks, owners


def _figure(rig: bpy.types.Object, body: Body, names: list[str], above: dict[str, str], on_object: bool) -> Figure:
    shape, metres = body.rig, space.scale_of(body.to_engine)
    size = space.scale_of(np.array(rig.matrix_basis))
    bones = np.array([shape.index[name] for name in names])
    rests = R.from_matrix(shape.matrices[:, :3, :3])
    axes = rests[bones]
    for number, name in enumerate(names):
        if name in shape.unlocal:
            parent = shape.parents[shape.index[name]]
            axes[number] = rests[parent] if parent >= 0 else R.IDENTITY
    first = int(on_object)
    order = {name: number + first for number, name in enumerate(names)}
    still = np.tile(R.IDENTITY, (first, 1))
    points, holders = _joints(body, order)
    loose = np.array([name not in shape.connected for name in names])
    return Figure(
        carriers=np.array([-1] * first + [order[above[name]] if above[name] else first - 1 for name in names]),
        turned=np.array([True] * first + [name not in shape.unturned for name in names]),
        heads=np.concatenate([np.zeros((first, 3)), shape.heads[bones] * metres]),
        rests=np.concatenate([still, rests[bones]]),
        axes=np.concatenate([still, axes]),
        units=np.concatenate([[metres / size] * first, metres * loose]),
        points=points * metres,
        holders=holders,
    )


def _track(rig: bpy.types.Object, channels: dict[str, Channel]) -> Track:
    rotation, location = channels.get("rotation"), channels.get("location")
    return Track(rotation and rotation.values, mode_of(rig, rotation) if rotation else "", location and location.values)


def _carriers(body: Body, names: list[str]) -> dict[str, str]:
    """The nearest of these bones above each, or ""."""
    if not body.bone_map.reads:
        return {name: _nearest(body, body.rig.index[name], names) for name in names}
    known, bones = turned_by(body, names), body.bone_map.bones  # the controls of a control rig hang by constraints
    for part in FINGERS:
        known |= dict.fromkeys(bones.get(part, ()), bones[f"{part.split('_')[0]}_wrist"][-1])
    return {name: known[name] if known.get(name) in names else "" for name in names}


def _nearest(body: Body, bone: int, names: list[str]) -> str:
    return next((body.rig.names[at] for at in body.rig.ancestors(bone) if body.rig.names[at] in names), "")


def _depth(name: str, above: dict[str, str]) -> int:
    depth = 0
    while name := above[name]:
        depth += 1
    return depth


def _joints(body: Body, order: dict[str, int]) -> tuple[np.ndarray, np.ndarray]:
    """The ends of all bones (P, 3) in the armature's units, and who holds them (P,).

    Of a control rig, the ends of what deforms: it goes with the control that is nearest at rest.
    """
    shape, points, holders = body.rig, [], []
    for bone, name in enumerate(shape.names):
        if body.bone_map.reads:
            holder = _closest(body, bone, list(order)) if shape.deform[bone] else ""
        else:
            holder = name if name in order else _nearest(body, bone, list(order))
        if holder:
            points += [shape.heads[bone], shape.tails[bone]]
            holders += [order[holder]] * 2
    return np.array(points), np.array(holders)


def _closest(body: Body, bone: int, names: list[str]) -> str:
    """The one of these bones that lies nearest to the start of another."""
    at = [body.rig.index[name] for name in names]
    starts, ways = body.rig.heads[at], body.rig.tails[at] - body.rig.heads[at]
    there = body.rig.heads[bone] - starts
    share = np.clip(np.sum(there * ways, axis=1) / np.sum(ways * ways, axis=1), 0.0, 1.0)
    return names[int(np.argmin(np.linalg.norm(there - ways * share[:, None], axis=1)))]
