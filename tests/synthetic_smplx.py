"""A body model in the layout of SMPL-X's .npz, made up here: a tetrahedron around every joint of our own skeleton."""

from pathlib import Path

import numpy as np

from engine.motion import Motion
from engine.rotations import IDENTITY
from engine.skeleton import FULL_PARENTS, FULL_REST_OFFSETS

ORIGIN = np.array([0.0, 0.35, 0.01])  # from the pelvis: a body's origin lies in its chest
CORNERS = np.array([[1.0, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) * 0.01
FACES = np.array([[0, 1, 2], [0, 3, 1], [0, 2, 3], [1, 3, 2]])


def joints() -> np.ndarray:
    """Where the made-up body's joints are (55, 3)."""
    still = np.broadcast_to(IDENTITY, (2, 1, 55, 4))
    rest = Motion(np.zeros((2, 1, 3)), still, np.stack([FULL_REST_OFFSETS] * 2))
    return rest.joint_positions[0, 0] - ORIGIN


def arrays() -> dict[str, np.ndarray]:
    """The arrays of a model: beta 0 makes the body larger about its origin, beta 1 the legs longer."""
    places, count = joints(), len(FULL_PARENTS)
    vertices = (places[:, None] + CORNERS).reshape(-1, 3)
    shapedirs = np.zeros((len(vertices), 3, 12))
    shapedirs[..., 0] = 0.1 * vertices
    shapedirs[:, 1, 1] = np.where(vertices[:, 1] < places[0, 1] - 0.2, -0.05, 0.0)
    parents = np.array(FULL_PARENTS, dtype=np.int64)
    parents[0] = 2**32 - 1
    return {
        "v_template": vertices,
        "f": (FACES + 4 * np.arange(count)[:, None, None]).reshape(-1, 3).astype(np.uint32),
        "weights": np.repeat(np.eye(count), 4, axis=0),
        "J_regressor": np.repeat(np.eye(count), 4, axis=1) / 4,
        "shapedirs": shapedirs,
        "kintree_table": np.stack([parents, np.arange(count)]),
    }


def unread() -> dict[str, np.ndarray]:
    """What the smplx package wants besides: nothing in it acts."""
    content, count = arrays(), len(arrays()["v_template"])
    return {
        "f": content["f"].astype(np.int64),
        "shapedirs": np.concatenate([content["shapedirs"], np.zeros((count, 3, 388))], axis=-1),
        "posedirs": np.zeros((count, 3, 486)),
        "hands_componentsl": np.eye(45),
        "hands_componentsr": np.eye(45),
        "hands_meanl": np.zeros(45),
        "hands_meanr": np.zeros(45),
        "lmk_faces_idx": np.zeros(51, dtype=int),
        "lmk_bary_coords": np.full((51, 3), 1 / 3),
        "dynamic_lmk_faces_idx": np.zeros((79, 17), dtype=int),
        "dynamic_lmk_bary_coords": np.full((79, 17, 3), 1 / 3),
    }


def write(path: Path, **changed) -> Path:
    """Write a model file with some of its arrays changed; what is None is left out. An object array lies there too."""
    content = {name: values for name, values in (arrays() | changed).items() if values is not None}
    np.savez(path, joint2num=np.array({"pelvis": 0}, dtype=object), **content)
    return path
