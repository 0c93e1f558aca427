"""Reads FBX, BVH and glTF files by assimp, which shares nothing with Blender's exporters and importers."""

import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from mathutils import Matrix, Quaternion, Vector

COMMAND = Path(sys.executable).parent / "assimp"


@dataclass
class Clip:
    """What a file says, in its own axes and units.

    local: node -> its matrices on each frame, (T, 4, 4). parents: node -> the node above. times: (T,) seconds.
    """

    local: dict[str, np.ndarray]
    parents: dict[str, str]
    times: np.ndarray

    def world(self, node: str) -> np.ndarray:
        """A node's matrices (T, 4, 4) in the world."""
        own = self.local[node]
        return self.world(self.parents[node]) @ own if node in self.parents else own


def read(path: Path, folder: Path) -> Clip:
    """Read a file with one animation, which has a key on every frame; `folder` is for a file in between."""
    if sys.platform != "linux":
        pytest.skip("assimp's package is asked for on Linux alone")
    dump = folder / "dump.xml"
    subprocess.run([COMMAND, "dump", str(path), str(dump)], check=True, capture_output=True)
    root = ElementTree.parse(dump).getroot()
    (animation,) = root.iter("Animation")
    ticks = float(animation.get("tick_cnt"))
    curves = {node.get("node"): _matrices(node) for node in animation.iter("NodeAnim")}
    keys = next(animation.iter("RotationKeyList"))
    times = np.array([float(key.get("time")) for key in keys]) / ticks
    local, parents = {}, {}

    def visit(node, above: str | None) -> None:
        name = node.get("name")
        still = np.array(node.find("Matrix4").text.split(), dtype=float).reshape(4, 4)
        local[name] = curves.get(name, np.tile(still, (len(times), 1, 1)))
        if above is not None:
            parents[name] = above
        for below in node.findall("NodeList/Node"):
            visit(below, name)

    visit(root.find("Scene/Node"), None)
    return Clip(local, parents, times)


def _matrices(node) -> np.ndarray:
    """The matrices (T, 4, 4) of a node's keys; what has one key is still."""
    places, turns, scales = (
        [np.array(key.text.split(), dtype=float) for key in node.iter(f"{kind}Key")]
        for kind in ("Position", "Rotation", "Scaling")
    )
    count = max(map(len, (places, turns, scales)))
    places, turns, scales = (keys if len(keys) == count else keys[:1] * count for keys in (places, turns, scales))
    together = zip(places, turns, scales, strict=True)
    return np.array(
        [Matrix.LocRotScale(Vector(p), Quaternion((w, x, y, z)), Vector(s)) for p, (x, y, z, w), s in together]
    )
