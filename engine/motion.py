"""Motion: two people moving, the one currency between the engine, the files and Blender.

Metres and seconds; +Y up, the floor at y = 0. Person A is index 0, person B index 1.
"""

import json
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from . import rotations as R
from .skeleton import FULL_REST_OFFSETS, JOINT_NAMES, REST_OFFSETS, forward_kinematics

FORMAT = 1
BODY = len(JOINT_NAMES)


@dataclass(frozen=True)
class Motion:
    """Two people over T frames. They have J joints: 22, or SMPL-X's 55 with hands, see skeleton.py.

    root_positions: (2, T, 3) of the pelvises.
    joint_rotations: (2, T, J, 4) local unit quaternions wxyz relative to the rest pose, the root's included.
    bone_offsets: (2, J, 3) each joint from its parent in the rest pose, per person.
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
    def has_hands(self) -> bool:
        """Whether the people have fingers, jaw and eyes."""
        return self.joint_rotations.shape[2] > BODY

    @property
    def body(self) -> "Motion":
        """The same without hands: 22 joints."""
        if not self.has_hands:
            return self
        rotations, offsets = self.joint_rotations[:, :, :BODY], self.bone_offsets[:, :BODY]
        return replace(self, joint_rotations=rotations, bone_offsets=offsets)

    def with_hands(self, hands: "Motion | None" = None) -> "Motion":
        """The same with 55 joints: its own hands, else those of `hands` in as many frames, else hands at rest."""
        if self.has_hands:
            return self
        if hands is not None and hands.has_hands:
            rotations, offsets = hands.joint_rotations[:, :, BODY:], hands.bone_offsets[:, BODY:]
        else:
            size = np.linalg.norm(self.bone_offsets, axis=-1).sum(-1) / np.linalg.norm(REST_OFFSETS, axis=-1).sum()
            offsets = FULL_REST_OFFSETS[BODY:] * size[:, None, None]
            rotations = np.broadcast_to(R.IDENTITY, (2, self.frames, len(FULL_REST_OFFSETS) - BODY, 4))
        return replace(
            self,
            joint_rotations=np.concatenate([self.joint_rotations, rotations], axis=2),
            bone_offsets=np.concatenate([self.bone_offsets, offsets], axis=1),
        )

    @property
    def joint_positions(self) -> np.ndarray:
        """Joint positions (2, T, J, 3): forward kinematics, the one truth."""
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
                motion = cls(*(arrays[name].astype(np.float64) for name in names), **notes)
                motion._check_shapes()
                return motion
        except Exception as error:
            raise ValueError(f"This is not a motion file that this version can read ({error}).") from error

    def _check_shapes(self) -> None:
        """Raise ValueError unless these are two people with as many frames and joints everywhere."""
        frames, joints = self.joint_rotations.shape[1:3]
        expected = (2, frames, 3), (2, frames, joints, 4), (2, joints, 3)
        found = self.root_positions.shape, self.joint_rotations.shape, self.bone_offsets.shape
        if found != expected or joints not in (BODY, len(FULL_REST_OFFSETS)):
            raise ValueError(f"arrays of shapes {found}")
