"""People of different sizes: the rest skeleton with its bone groups scaled."""

from dataclasses import dataclass

import numpy as np

from ...skeleton import JOINT, REST_HEIGHT, REST_OFFSETS

TOE_HEIGHT = 0.02  # of a standing person's toe joints above the floor
SIDES = ("left", "right")
SIGN = (1.0, -1.0)  # of x on the left and on the right


@dataclass(frozen=True)
class Body:
    """One person's measures in metres. offsets: (22, 3) each joint from its parent in the rest pose."""

    offsets: np.ndarray
    height: float

    def length(self, *joints: str) -> float:
        """Summed length of the bones that end in the named joints."""
        return sum(float(np.linalg.norm(self.offsets[JOINT[joint]])) for joint in joints)

    @property
    def scale(self) -> float:
        """Size against the average adult."""
        return self.height / REST_HEIGHT

    @property
    def arm(self) -> float:
        """Shoulder to wrist."""
        return self.length("left_elbow", "left_wrist")

    @property
    def pelvis_height(self) -> float:
        """Of the pelvis in the rest pose, legs straight."""
        return TOE_HEIGHT - sum(self.offsets[JOINT[f"left_{joint}"]][1] for joint in ("hip", "knee", "ankle", "foot"))

    @property
    def eye_height(self) -> float:
        """Of the head joint in the rest pose, which is about where the eyes are."""
        chain = ("spine1", "spine2", "spine3", "neck", "head")
        return self.pelvis_height + sum(self.offsets[JOINT[joint]][1] for joint in chain)


def random_body(rng: np.random.Generator) -> Body:
    """Draw a person of 1.50 to 1.95 m with slightly individual proportions."""
    height = rng.uniform(1.50, 1.95)
    legs, arms, shoulders, trunk = rng.uniform(0.96, 1.04, 4)
    groups = {
        ("knee", "ankle"): legs,
        ("elbow", "wrist"): arms,
        ("collar", "shoulder"): shoulders,
        ("spine1", "spine2", "spine3"): trunk,
    }
    offsets = REST_OFFSETS * (height / REST_HEIGHT)
    for name, joint in JOINT.items():
        for suffixes, factor in groups.items():
            if name.endswith(suffixes):
                offsets[joint] *= factor
    return Body(offsets, height)
