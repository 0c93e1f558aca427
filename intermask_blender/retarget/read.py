"""Read a person's motion from the pose of a rig's bones."""

import numpy as np

from ..core import errors, skeleton
from ..core import rotations as R
from .body import Body
from .chains import JOINTS, gather, mix

JOINT, PARENTS = skeleton.JOINT, skeleton.PARENTS


def read_person(body: Body, matrices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The motion of our joints, at the person's true size (`body.offsets`).

    matrices: (T, len(body.reads), 4, 4) pose matrices of the bones `body.reads`, in the engine's world.
    Returns roots (T, 3) of the pelvis in metres and local rotations (T, 22, 4), as Motion has them.
    Raises EngineError if a value is not a number, or a bone is scaled to nothing.
    """
    matrices = np.asarray(matrices, dtype=float)
    moved = moved_from_rest(body, body.reads, matrices)
    world = np.zeros((len(matrices), 22, 4))
    for part, bones in body.read_parts.items():
        if part not in JOINTS:
            world[:, JOINT[part]] = R.multiply(moved[:, bones[0]], body.turns[JOINT[part]])
    for part, (base, chain) in JOINTS.items():
        if bones := body.read_parts.get(part):
            turned = R.multiply(moved[:, bones], body.turns[base])
            world[:, chain] = mix(world[:, base], turned, gather(len(bones), len(chain)))
    for joint in range(1, 22):  # what the rig hasn't goes with what carries it, as at rest
        if skeleton.JOINT_NAMES[joint] not in body.read_parts and joint not in JOINTS["spine"][1]:
            carried = R.multiply(R.inverse(body.turns[PARENTS[joint]]), body.turns[joint])
            world[:, joint] = R.multiply(world[:, PARENTS[joint]], carried)
    parents = list(PARENTS[1:])
    local = np.concatenate([world[:, :1], R.multiply(R.inverse(world[:, parents]), world[:, 1:])], axis=1)
    pelvis = body.read_parts["pelvis"][0]
    inside = np.linalg.inv(body.rest_matrices(body.reads)[pelvis]) @ [*body.places[0], 1.0]
    return (matrices[:, pelvis] @ inside)[:, :3], R.continuous(R.normalise(local))


def moved_from_rest(body: Body, names: tuple[str, ...], matrices: np.ndarray) -> np.ndarray:
    """How bones are turned in the world against their rest (T, n, 4); matrices: (T, n, 4, 4) as in read_person.

    Raises EngineError if a value is not a number, or a bone is scaled to nothing.
    """
    _check(names, matrices)
    return R.from_matrix(_axes(matrices) @ np.swapaxes(_axes(body.rest_matrices(names)), -1, -2))


def _check(names: tuple[str, ...], matrices: np.ndarray) -> None:
    bad = ~np.isfinite(matrices).all(axis=(0, 2, 3))
    if bad.any():
        raise errors.EngineError(
            f"The pose of “{names[int(np.argmax(bad))]}” holds values that are no numbers. Delete these keys, or "
            "what drives the bone, and try again."
        )
    sizes = np.linalg.norm(matrices[..., :3, :3], axis=-2).min(axis=(0, 2))
    if (sizes < 1e-9).any():
        raise errors.EngineError(
            f"The bone “{names[int(np.argmin(sizes))]}” is scaled to nothing, so that its pose cannot be read. "
            "Delete its scale keys and try again."
        )


def _axes(matrices: np.ndarray) -> np.ndarray:
    """Axes (..., 3, 3) of unit length and at right angles, the bones' own direction Y kept; mirrored ones stay so."""
    x, y = matrices[..., :3, 0], R.normalise(matrices[..., :3, 1])
    x = R.normalise(x - y * np.sum(x * y, axis=-1, keepdims=True))
    z = np.cross(x, y)
    z = z * np.where(np.sum(z * matrices[..., :3, 2], axis=-1, keepdims=True) < 0, -1.0, 1.0)
    return np.stack([x, y, z], axis=-1)
