"""The user's own SMPL-X bodies, which new characters with hands get in place of mannequins: their measures and skin.

The files are licensed for non-commercial use alone, and so is what is made with them. Skin goes with the bones by
SMPL-X's weights; its corrections of the shape by the pose are left out.
"""

import bpy
import numpy as np

from . import preferred, space
from .armature import rest_joints
from .core import errors, skeleton, smplx_body
from .mannequin import Piece

FEWEST = 1e-3  # lesser weights do not show
FILE = "SMPLX_NEUTRAL.npz"


def chosen(person: int, scene: bpy.types.Scene) -> "smplx_body.SmplxBody | None":
    """The body of the shape that the scene has for person 0 or 1.

    None where Preferences name no folder of SMPL-X; and if it can't be read, for the reason that `fault` tells.
    """
    folder = preferred.smplx_folder()
    if folder is None:
        return None
    shape = (scene.intermask.shape_a, scene.intermask.shape_b)[person]
    try:
        return smplx_body.read_body(_file(folder), tuple(shape))
    except errors.EngineError:
        return None


def fault() -> str:
    """Why the chosen folder gives no bodies, as a sentence, or "" if it does."""
    folder = preferred.smplx_folder()
    try:
        if folder is not None:
            smplx_body.read_body(_file(folder))
    except errors.EngineError as error:
        return str(error)
    return ""


def _file(folder):
    """The model in a folder, which may be the one above, as the smplx package wants it."""
    below = folder / "smplx" / FILE
    return below if below.is_file() else folder / FILE


def offsets(body: "smplx_body.SmplxBody") -> np.ndarray:
    """(55, 3) metres as Motion has them: each joint from its parent, the pelvis from nothing."""
    return np.concatenate([np.zeros((1, 3)), body.offsets[1:]])


def skin(body: "smplx_body.SmplxBody", scene: bpy.types.Scene) -> Piece:
    """The skin in the space of the reference rig of the same body."""
    places = body.vertices - body.joints[0] + rest_joints(offsets(body))[0]
    weights = np.where(body.weights < FEWEST, 0.0, body.weights)
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-12)
    by_bone = dict(zip(skeleton.FULL_NAMES, weights.T, strict=True))
    return Piece(space.to_blender_positions(places, scene), list(map(tuple, body.faces.tolist())), by_bone)
