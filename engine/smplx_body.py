"""The user's own SMPL-X body model: where its joints and its skin are at rest, from the .npz that they downloaded.

SMPL-X's files are licensed for non-commercial use alone; nothing of them is part of this program. numpy only.
Of the file just the arrays below are read, and no pickled objects, which could hold code.
"""

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from .errors import EngineError
from .skeleton import FULL_PARENTS

JOINTS = len(FULL_PARENTS)
BETAS = 10  # numbers of the shape that are read
LICENCE = "SMPL-X is for non-commercial use alone: smpl-x.is.tue.mpg.de has the terms and the files."


@dataclass(frozen=True)
class SmplxBody:
    """A body at rest, in SMPL-X's own T-pose and about its own origin: Y up, facing +Z, metres.

    vertices: (V, 3). faces: (F, 3) numbers of vertices. weights: (V, 55) of the joints. joints: (55, 3).
    """

    vertices: np.ndarray
    faces: np.ndarray
    weights: np.ndarray
    joints: np.ndarray

    @property
    def offsets(self) -> np.ndarray:
        """(55, 3) each joint from its parent; the pelvis, which has none, from the body's origin."""
        return self.joints - np.where(np.array(FULL_PARENTS)[:, None] < 0, 0.0, self.joints[list(FULL_PARENTS)])


def read_body(path: str | Path, betas: Sequence[float] = ()) -> SmplxBody:
    """The body of a shape, at most 10 betas, from a SMPL-X model file. Raises EngineError."""
    path = Path(path)
    betas = np.asarray(betas, dtype=float)
    if not path.is_file():
        raise EngineError(f"There is no SMPL-X model {path}. {LICENCE}")
    arrays = _read(path, path.stat().st_mtime_ns)
    if betas.ndim != 1 or len(betas) > arrays["shapedirs"].shape[2] or not np.isfinite(betas).all():
        raise EngineError(f"A shape is at most {arrays['shapedirs'].shape[2]} numbers, the betas of SMPL-X.")
    vertices = arrays["v_template"] + arrays["shapedirs"][..., : len(betas)] @ betas
    return SmplxBody(vertices, arrays["f"], arrays["weights"], arrays["J_regressor"] @ vertices)


def neutral_offsets(path: str | Path) -> np.ndarray:
    """(55, 3) metres of the body whose betas are all 0: each joint from its parent, the pelvis from the body's origin.

    Raises EngineError.
    """
    return read_body(path).offsets


@lru_cache(maxsize=3)
def _read(path: Path, _changed: int) -> dict[str, np.ndarray]:
    """The arrays that are needed, checked against each other."""
    if path.suffix != ".npz":
        raise EngineError(f"{path.name} is not read: choose the .npz of SMPL-X, which holds no code. {LICENCE}")
    names = ("v_template", "f", "weights", "J_regressor", "shapedirs", "kintree_table")
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in names}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, EOFError) as error:
        raise EngineError(f"{path} is not a SMPL-X model that can be read ({error}). {LICENCE}") from error
    for name in names:
        arrays[name] = arrays[name].astype(np.int64 if name in ("f", "kintree_table") else float)
    arrays["shapedirs"] = arrays["shapedirs"][..., :BETAS].copy()
    if fault := _fault(arrays):
        raise EngineError(f"{path} is not a SMPL-X model: {fault}. {LICENCE}")
    return arrays


def _fault(arrays: dict[str, np.ndarray]) -> str:
    """What is wrong with a model's arrays, or ""."""
    tree, count = arrays["kintree_table"], len(arrays["v_template"])
    if tree.ndim != 2 or tree.shape[1] != JOINTS:
        return f"it has {tree.shape[-1] if tree.ndim else 0} joints, and SMPL-X has {JOINTS}"
    if not np.array_equal(tree[0, 1:], FULL_PARENTS[1:]):
        return "its joints hang together in another way"
    shapes = {
        "v_template": (count, 3), "weights": (count, JOINTS), "J_regressor": (JOINTS, count), "f": (len(arrays["f"]), 3)
    }  # fmt: skip
    for name, shape in shapes.items():
        if arrays[name].shape != shape:
            return f"{name} is of shape {arrays[name].shape} instead of {shape}"
    if arrays["shapedirs"].ndim != 3 or arrays["shapedirs"].shape[:2] != (count, 3):
        return f"shapedirs is of shape {arrays['shapedirs'].shape}"
    if not all(np.isfinite(values).all() for values in arrays.values()):
        return "it holds numbers that are none"
    if arrays["f"].min(initial=0) < 0 or arrays["f"].max(initial=0) >= count:
        return "its faces name vertices that are not there"
    return ""
