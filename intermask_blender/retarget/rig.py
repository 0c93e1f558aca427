"""A rig as plain data, so that it can be recognised, read and solved without Blender."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Rig:
    """The rest pose of N bones, parents before children, in the armature's own space and units.

    parents: (N,) index of each bone's parent, -1 for none.
    matrices: (N, 4, 4) rest matrices; a bone points along its Y axis and starts at the translation.
    tails: (N, 3) where the bones end.
    deform: (N,) whether a bone moves the mesh.
    humanoid: what the file itself says about its bones, by part of the body (see `bone_map.PARTS`); often nothing.
    unturned: bones that don't inherit their parent's rotation.
    unlocal: bones whose location is told in the parent's axes instead of their own.
    connected: bones whose location Blender ignores since they start where their parent ends.
    """

    names: tuple[str, ...]
    parents: np.ndarray
    matrices: np.ndarray
    tails: np.ndarray
    deform: np.ndarray
    humanoid: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unturned: frozenset[str] = frozenset()
    unlocal: frozenset[str] = frozenset()
    connected: frozenset[str] = frozenset()

    @property
    def heads(self) -> np.ndarray:
        """(N, 3) where the bones start."""
        return self.matrices[:, :3, 3]

    @cached_property
    def index(self) -> dict[str, int]:
        """Position of each bone by its name."""
        return {name: index for index, name in enumerate(self.names)}

    @cached_property
    def children(self) -> tuple[tuple[int, ...], ...]:
        """Indices of each bone's children."""
        lists: list[list[int]] = [[] for _ in self.names]
        for bone, parent in enumerate(self.parents):
            if parent >= 0:
                lists[parent].append(bone)
        return tuple(map(tuple, lists))

    def ancestors(self, bone: int) -> list[int]:
        """The bones above `bone`, its parent first."""
        above = []
        while (bone := int(self.parents[bone])) >= 0:
            above.append(bone)
        return above
