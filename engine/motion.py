"""Motion: two people moving, the one currency between the engine, the files and Blender.

Metres and seconds; +Y up, the floor at y = 0. Person A is index 0, person B index 1.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from .skeleton import forward_kinematics

FORMAT = 1


@dataclass(frozen=True)
class Motion:
    """Two people over T frames.

    root_positions: (2, T, 3) of the pelvises.
    joint_rotations: (2, T, 22, 4) local unit quaternions wxyz relative to the rest pose, the root's included.
    bone_offsets: (2, 22, 3) each joint from its parent in the rest pose, per person.
    """

    root_positions: np.ndarray
    joint_rotations: np.ndarray
    bone_offsets: np.ndarray
    fps: float = 30.0
    prompt: str = ""
    seed: int | None = None
    model: str = ""
    settings: dict = field(default_factory=dict)

    @property
    def frames(self) -> int:
        """Number of frames T."""
        return self.root_positions.shape[1]

    @property
    def joint_positions(self) -> np.ndarray:
        """Joint positions (2, T, 22, 3): forward kinematics, the one truth."""
        return forward_kinematics(self.joint_rotations, self.root_positions, self.bone_offsets[:, None])[0]

    def save(self, file) -> None:
        """Write an .npz to a path or an open binary file."""
        notes = {"format": FORMAT, "fps": self.fps, "prompt": self.prompt, "seed": self.seed, "model": self.model}
        np.savez_compressed(
            file,
            root_positions=self.root_positions.astype(np.float32),
            joint_rotations=self.joint_rotations.astype(np.float32),
            bone_offsets=self.bone_offsets.astype(np.float32),
            notes=json.dumps(notes | {"settings": self.settings}),
        )

    @classmethod
    def load(cls, file: str | Path) -> "Motion":
        """Read what `save` wrote. Raises ValueError for a file that is not a Motion of this format."""
        try:
            with np.load(file, allow_pickle=False) as arrays:
                notes = json.loads(str(arrays["notes"]))
                if notes.pop("format") != FORMAT:
                    raise ValueError("another format version")
                names = ("root_positions", "joint_rotations", "bone_offsets")
                return cls(*(arrays[name].astype(np.float64) for name in names), **notes)
        except Exception as error:
            raise ValueError(f"This is not a motion file that this version can read ({error}).") from error
