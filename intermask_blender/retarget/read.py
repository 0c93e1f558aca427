"""Read a person's motion from the pose of a rig's bones."""

import numpy as np

from .body import Body


def read_person(body: Body, matrices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The motion of our joints, at the person's true size (`body.offsets`).

    matrices: (T, len(body.reads), 4, 4) pose matrices of the bones `body.reads`, in the engine's world.
    Returns roots (T, 3) of the pelvis in metres and local rotations (T, 22, 4), as Motion has them.
    Raises EngineError if a value is not a number.
    """
    raise NotImplementedError
