"""Body: our skeleton laid into a rig's rest pose, so that motions can be read from the rig and put onto it."""

from dataclasses import dataclass

import numpy as np

from .bone_map import BoneMap
from .rig import Rig


@dataclass(frozen=True)
class Body:
    """A person's measures and where our joints sit in the rig.

    rig, bone_map: what it was made of.
    offsets: (22, 3) metres, each joint from its parent in our T-pose; the rest pose of the rig is taken out.
    leg_length: metres, thigh and shin together.
    reads: the bones whose pose matrices `read_person` wants, in this order.
    """

    rig: Rig
    bone_map: BoneMap
    offsets: np.ndarray
    leg_length: float
    reads: tuple[str, ...]


def body_of(rig: Rig, bone_map: BoneMap, to_engine: np.ndarray) -> Body:
    """Find a rig's body.

    to_engine: (4, 4) from the armature's own space to the engine's world (Y up, metres): the object's matrix, the
    scene's unit and the axes in one.
    Raises EngineError for a map that doesn't fit, bones without length and matrices that cannot be inverted.
    """
    raise NotImplementedError
