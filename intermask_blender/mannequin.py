"""The bodies of the two people: a plain artist's mannequin, built from the bone offsets and skinned to the rig.

Every piece is a tube: rings of points along an axis, closed by a dome at either end. Pieces are described in Y-up
metres for a person of the reference size who stands in the T-pose, facing +Z, the left side at +X.
"""

from dataclasses import dataclass

import bpy
import numpy as np

from . import space
from .armature import BODY, body_size, rest_joints, rest_tips
from .core import features, rotations, skeleton

COLOURS = {"Person A": (1.00, 0.46, 0.16, 1.0), "Person B": (0.08, 0.50, 0.62, 1.0)}  # linear RGBA
SIDES = 14  # points around a ring
RINGS_BETWEEN = 2  # rings from one control point of a tube to the next
# Of a finger at its three joints and its tip, metres.
FINGER_RADII = {
    "thumb": (0.0185, 0.0130, 0.0110, 0.0088),
    "index": (0.0098, 0.0092, 0.0085, 0.0072),
    "middle": (0.0100, 0.0094, 0.0086, 0.0073),
    "ring": (0.0094, 0.0088, 0.0080, 0.0068),
    "pinky": (0.0084, 0.0077, 0.0070, 0.0060),
}
FORWARD, ACROSS = np.array([0.0, 0, 1]), np.array([1.0, 0, 0])


@dataclass
class Piece:
    """A closed tube. vertices: (n, 3). faces: tuples of vertices' numbers. weights: joint name -> (n,) from 0 to 1."""

    vertices: np.ndarray
    faces: list[tuple[int, ...]]
    weights: dict[str, np.ndarray]


def tube(controls, side: np.ndarray, bone: str, domes: tuple[float, float] | None = None) -> Piece:
    """A smooth closed tube through control points.

    controls: rows (x, y, z, half width along `side`, half width across it), at least two.
    domes: how far the rounded ends stand out; by default as much as the ends are thin, so that they are round.
    """
    controls = np.asarray(controls, dtype=float)
    axis = rotations.normalise(controls[-1, :3] - controls[0, :3])
    side = rotations.normalise(side - axis * (side @ axis))
    across = np.cross(axis, side)
    heights = domes or (controls[0, 3:].min(), controls[-1, 3:].min())
    body = _smooth(controls)
    turns = np.radians([68, 45, 22])[:, None]
    rings = []
    for end, height, direction in ((body[0], heights[0], -1), (body[-1], heights[1], 1)):
        centres = end[:3] + direction * height * np.sin(turns) * axis
        rings.append(np.hstack([centres, end[3:] * np.cos(turns)]))
    rings = np.vstack([rings[0], body, rings[1][::-1]])
    poles = np.stack([body[0, :3] - heights[0] * axis, body[-1, :3] + heights[1] * axis])

    angle = np.linspace(0, 2 * np.pi, SIDES, endpoint=False)
    circle = rings[:, None, 3:] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    around = rings[:, None, :3] + circle[..., :1] * side + circle[..., 1:] * across
    vertices = np.vstack([around.reshape(-1, 3), poles])
    return Piece(vertices, _tube_faces(len(rings)), {bone: np.ones(len(vertices))})


def _smooth(controls: np.ndarray) -> np.ndarray:
    """Catmull-Rom curve through the rows of `controls`."""
    padded = np.vstack([2 * controls[0] - controls[1], controls, 2 * controls[-1] - controls[-2]])
    t = np.linspace(0, 1, RINGS_BETWEEN, endpoint=False)[:, None]
    curve = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False)
    ]
    return np.vstack([*curve, controls[-1:]])


def _tube_faces(rings: int) -> list[tuple[int, ...]]:
    """Faces, looking outwards, of a tube whose two poles come after its rings."""
    first, last = rings * SIDES, rings * SIDES + 1
    faces = []
    for i in range(SIDES):
        j = (i + 1) % SIDES
        faces.append((first, j, i))
        faces += [(r + i, r + j, r + SIDES + j, r + SIDES + i) for r in range(0, (rings - 1) * SIDES, SIDES)]
        faces.append((last, first - SIDES + i, first - SIDES + j))
    return faces


def _blend(piece: Piece, along: np.ndarray, joints: list[str], knots: list[float]) -> Piece:
    """Weigh a piece by hat functions: `joints[k]` alone moves the vertices whose place `along` (n,) is `knots[k]`."""
    rows = np.eye(len(joints))
    piece.weights = {joint: np.interp(along, knots, row) for joint, row in zip(joints, rows, strict=True)}
    return piece


def body_pieces(offsets: np.ndarray) -> list[Piece]:
    """The pieces of the body of a person with these offsets (J, 3), in Y-up metres, the T-pose, soles on the floor."""
    joints = dict(zip(skeleton.FULL_NAMES, rest_joints(offsets), strict=False))
    tips = dict(zip(skeleton.FULL_NAMES, rest_tips(offsets), strict=False))
    size = body_size(offsets)
    pieces = [_torso(joints, size), *_head(joints, size)]
    for side, sign in (("left", 1), ("right", -1)):
        own, ends = (
            {name.removeprefix(f"{side}_"): place for name, place in places.items() if name.startswith(side)}
            for places in (joints, tips)
        )
        hand = _hand(own, ends, side, size) if len(offsets) > BODY else _mitten(own, side, sign, size)
        pieces += _arm(own, side, size) + hand + _leg(own, side, size)
        pieces.append(_foot(own, side, size))
    return pieces


def _faces(pieces: list[Piece]) -> list[tuple[int, ...]]:
    """The faces of all pieces, numbered through."""
    faces, start = [], 0
    for piece in pieces:
        faces += [tuple(start + i for i in face) for face in piece.faces]
        start += len(piece.vertices)
    return faces


def _around(place: np.ndarray, size: float, rows) -> list[list[float]]:
    """Controls of a tube from rows told relative to `place` for the reference size."""
    return [[*(place + size * np.array(row[:3])), size * row[3], size * row[4]] for row in rows]


def _bone_tube(start, end, size: float, radii, bone: str) -> Piece:
    """A round limb from joint to joint; `radii` are spread evenly over its length."""
    shares = np.linspace(0, 1, len(radii))
    return tube([[*(start + (end - start) * t), r * size, r * size] for t, r in zip(shares, radii, strict=True)],
                FORWARD, bone)  # fmt: skip


def _ball(place, size: float, radius: float, bone: str) -> Piece:
    up = np.array([0, radius * size * 0.02, 0])
    return tube([[*(place - up), radius * size, radius * size], [*(place + up), radius * size, radius * size]],
                FORWARD, bone)  # fmt: skip


def _torso(joints, size: float) -> Piece:
    names = ["pelvis", "spine1", "spine2", "spine3", "neck"]
    pelvis, low, middle, chest, neck = (joints[name] for name in names)
    rows = [
        *_around(pelvis, size, [(0, -0.10, 0, 0.075, 0.065), (0, -0.06, -0.005, 0.135, 0.092),
                                (0, 0.0, -0.01, 0.148, 0.100)]),
        *_around(low, size, [(0, 0, 0, 0.122, 0.085)]),
        *_around(middle, size, [(0, -0.02, 0.002, 0.122, 0.085)]),
        *_around(chest, size, [(0, 0.02, 0.005, 0.148, 0.100), (0, 0.10, 0.005, 0.162, 0.105)]),
        *_around(neck, size, [(0, -0.065, 0.01, 0.115, 0.075), (0, -0.02, 0.005, 0.06, 0.05)]),
    ]  # fmt: skip
    torso = tube(rows, ACROSS, "pelvis", domes=(0.03 * size, 0.02 * size))
    # each bone moves the middle of its stretch; spine3 carries everything above
    knots = [pelvis[1], (low[1] + middle[1]) / 2, (middle[1] + chest[1]) / 2, chest[1] + 0.03 * size]
    return _blend(torso, torso.vertices[:, 1], names[:4], knots)


def _head(joints, size: float) -> list[Piece]:
    head, neck = joints["head"], joints["neck"]
    skull = [
        (0, -0.078, 0.050, 0.026, 0.024), (0, -0.050, 0.034, 0.050, 0.056), (0, 0, 0.018, 0.066, 0.082),
        (0, 0.050, 0.008, 0.074, 0.096), (0, 0.090, 0.002, 0.068, 0.089),
    ]  # fmt: skip
    brow = [(-0.046, 0.042, 0.071, 0.012, 0.012), (0, 0.050, 0.097, 0.013, 0.013), (0.046, 0.042, 0.071, 0.012, 0.012)]
    nose = [(0, 0.044, 0.100, 0.009, 0.010), (0, 0.018, 0.110, 0.014, 0.013), (0, 0.004, 0.108, 0.016, 0.013)]
    return [
        tube(_around(head, size, skull), ACROSS, "head", domes=(0.010 * size, 0.060 * size)),
        tube(_around(head, size, brow), FORWARD, "head"),
        tube(_around(head, size, nose), ACROSS, "head"),
        _bone_tube(neck - np.array([0, 0.03, 0]) * size, head, size, (0.052, 0.050, 0.050), "neck"),
    ]


def _arm(own, side: str, size: float) -> list[Piece]:
    return [
        _bone_tube(own["collar"], own["shoulder"], size, (0.050, 0.055, 0.052), f"{side}_collar"),
        _ball(own["shoulder"], size, 0.056, f"{side}_shoulder"),
        _bone_tube(own["shoulder"], own["elbow"], size, (0.050, 0.048, 0.044, 0.036), f"{side}_shoulder"),
        _ball(own["elbow"], size, 0.038, f"{side}_elbow"),
        _bone_tube(own["elbow"], own["wrist"], size, (0.035, 0.041, 0.035, 0.026), f"{side}_elbow"),
        _ball(own["wrist"], size, 0.028, f"{side}_wrist"),
    ]


def _hand(own, ends, side: str, size: float) -> list[Piece]:
    """A palm, palm down, and five fingers of three bones; `ends` is where their bones end."""
    wrist, up = own["wrist"], np.array([0, 1.0, 0])
    knuckles = {finger: own[f"{finger}1"] for finger in FINGER_RADII if finger != "thumb"}
    middle, half = np.mean(list(knuckles.values()), axis=0), np.ptp(np.array(list(knuckles.values()))[:, 2]) / 2
    rows = [(0.10, 0.026, 0.020), (0.45, half * 0.95 / size, 0.019), (0.85, half / size + 0.008, 0.014)]
    controls = [[*(wrist + (middle - wrist) * t), size * wide, size * thick] for t, wide, thick in rows]
    pieces = [tube(controls, FORWARD, f"{side}_wrist")]
    for finger, radii in FINGER_RADII.items():
        for nth, (start, end) in enumerate(zip(radii, radii[1:], strict=False), start=1):
            bone = f"{finger}{nth}"
            # rounded ends reach into the next bone, so that a bent finger has no gaps
            rows = [[*place, size * radius, size * radius] for place, radius in ((own[bone], start), (ends[bone], end))]
            pieces.append(tube(rows, up, f"{side}_{bone}"))
    return pieces


def _mitten(own, side: str, sign: int, size: float) -> list[Piece]:
    """A mitten, palm down, a little cupped, and its thumb in front."""
    mitten = [
        (0.010, 0, 0, 0.026, 0.021), (0.045, -0.001, 0.002, 0.039, 0.019), (0.085, -0.004, 0.002, 0.041, 0.016),
        (0.125, -0.010, 0, 0.036, 0.014), (0.160, -0.020, -0.002, 0.026, 0.012),
    ]  # fmt: skip
    thumb = [
        (0.025, -0.006, 0.022, 0.015, 0.015), (0.060, -0.014, 0.052, 0.013, 0.013),
        (0.090, -0.018, 0.064, 0.011, 0.011),
    ]  # fmt: skip
    return [
        tube(_around(own["wrist"], size, [(sign * x, *rest) for x, *rest in rows]), FORWARD, f"{side}_wrist")
        for rows in (mitten, thumb)
    ]


def _leg(own, side: str, size: float) -> list[Piece]:
    return [
        _ball(own["hip"], size, 0.082, f"{side}_hip"),
        _bone_tube(own["hip"], own["knee"], size, (0.078, 0.078, 0.066, 0.050), f"{side}_hip"),
        _ball(own["knee"], size, 0.053, f"{side}_knee"),
        _bone_tube(own["knee"], own["ankle"], size, (0.049, 0.057, 0.046, 0.034), f"{side}_knee"),
        _ball(own["ankle"], size, 0.037, f"{side}_ankle"),
    ]


def _foot(own, side: str, size: float) -> Piece:
    """A shoe from heel to toes: a tube along Z, cut flat at the floor."""
    ankle, ball = own["ankle"], own["foot"]
    floor = ball[1] - features.SOLE

    def ring(share: float, beyond: float, width: float, height: float) -> list[float]:
        x, _, z = ankle + (ball - ankle) * share
        return [x, floor + height * size * 0.3, z + beyond * size, width * size, height * size * 0.7]

    rows = [ring(0, -0.045, 0.030, 0.055), ring(0, -0.01, 0.036, 0.080), ring(0.4, 0, 0.041, 0.085),
            ring(0.75, 0, 0.046, 0.064), ring(1, 0, 0.047, 0.050), ring(1, 0.05, 0.040, 0.040)]  # fmt: skip
    foot = tube(rows, ACROSS, f"{side}_ankle", domes=(0.018 * size, 0.025 * size))
    foot.vertices[:, 1] = np.maximum(foot.vertices[:, 1], floor)
    knots = [ball[2] - 0.02 * size, ball[2] + 0.02 * size]
    return _blend(foot, foot.vertices[:, 2], [f"{side}_ankle", f"{side}_foot"], knots)


def make_mannequin(
    rig: bpy.types.Object, offsets: np.ndarray, collection: bpy.types.Collection, scene: bpy.types.Scene
) -> bpy.types.Object:
    """Make the body of a person and hang it on their reference rig, named "Person A" or "Person B".

    offsets: (J, 3) metres. Returns the mesh object, a child of the rig.
    """
    pieces = body_pieces(offsets)
    for piece in pieces:
        piece.vertices = space.to_blender_positions(piece.vertices, scene)
    return hang(pieces, rig, rig.name.split(".")[0], collection)


def hang(pieces: list[Piece], rig: bpy.types.Object, person: str, collection: bpy.types.Collection) -> bpy.types.Object:
    """Make a mesh of the pieces of a body and let an armature move it.

    pieces: as `body_pieces` lists them, but told in the armature's space and with weights by its bones' names.
    person: whose material it gets, "Person A" or "Person B". Returns the mesh object, a child of the rig.
    """
    name = f"{rig.name} body"
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(np.vstack([piece.vertices for piece in pieces]).tolist(), [], _faces(pieces))
    mesh.shade_smooth()
    mesh.materials.append(_material(person))

    body = bpy.data.objects.new(name, mesh)
    for bone in rig.data.bones.keys():
        if any(bone in piece.weights for piece in pieces):
            body.vertex_groups.new(name=bone)
    starts = np.cumsum([0] + [len(piece.vertices) for piece in pieces])
    for piece, start in zip(pieces, starts, strict=False):
        for bone, weights in piece.weights.items():
            for weight in np.unique(weights[weights > 0]):
                members = start + np.flatnonzero(weights == weight)
                body.vertex_groups[bone].add(members.tolist(), float(weight), "REPLACE")
    body.parent = rig
    body.modifiers.new("Armature", "ARMATURE").object = rig
    collection.objects.link(body)
    return body


def _material(person: str) -> bpy.types.Material:
    """The person's material, shared by all takes of a file."""
    name = f"InterMask {person}"
    if (material := bpy.data.materials.get(name)) is None:
        material = bpy.data.materials.new(name)
        if material.node_tree is None:  # before Blender 5
            material.use_nodes = True
        material.diffuse_color = COLOURS[person]
        shader = material.node_tree.nodes["Principled BSDF"]
        shader.inputs["Base Color"].default_value = COLOURS[person]
        shader.inputs["Roughness"].default_value = material.roughness = 0.6
    return material
