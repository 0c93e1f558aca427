"""BVH files are read as they are meant."""

import numpy as np
import pytest

from engine.datasets.bvh import read_bvh
from engine.errors import EngineError

ARM = """HIERARCHY
ROOT base
{
  OFFSET 1 0 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Yrotation Xrotation
  JOINT elbow
  {
    OFFSET 0 2 0
    CHANNELS 3 Xrotation Zrotation Yrotation
    End Site
    {
      OFFSET 0 0 3
    }
  }
}
MOTION
Frames:\t2
Frame Time: .5
0 0 0 0 0 0 0 0 0
10 20 30 90 0 0 90 90 0
"""


@pytest.fixture
def arm(tmp_path):
    path = tmp_path / "arm.bvh"
    path.write_text(ARM)
    return path


def test_joints_and_channels_in_the_order_of_the_file(arm):
    clip = read_bvh(arm)
    assert clip.names == ["base", "elbow", "elbow.end"] and clip.parents == [-1, 0, 1]
    assert clip.channels[1] == ["Xrotation", "Zrotation", "Yrotation"] and clip.frame_time == 0.5
    positions, _ = clip.pose()
    assert np.allclose(positions[0], [[1, 0, 0], [1, 2, 0], [1, 2, 3]])
    # The base turns +Y to -X. The tip, along Z, is turned by Z (no change), then by X (to -Y), then with the base (+X).
    assert np.allclose(positions[1], [[11, 20, 30], [9, 20, 30], [12, 20, 30]])


@pytest.mark.parametrize("text", ["", "no motion here", ARM[: ARM.rindex("90 90")], ARM.replace("}", "", 1)])
def test_what_is_no_bvh_is_refused_with_a_sentence(tmp_path, text):
    path = tmp_path / "broken.bvh"
    path.write_text(text)
    with pytest.raises(EngineError, match="BVH"):
        read_bvh(path)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(EngineError, match="can't be read"):
        read_bvh(tmp_path / "none.bvh")
