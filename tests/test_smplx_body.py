"""The user's SMPL-X file: its joints and skin, and files that are something else."""

import numpy as np
import pytest

from engine.errors import EngineError
from engine.rotations import from_rotation_vector
from engine.skeleton import FULL_REST_OFFSETS, forward_kinematics
from engine.smplx_body import neutral_offsets, read_body
from tests import synthetic_smplx


@pytest.fixture
def file(tmp_path):
    return synthetic_smplx.write(tmp_path / "SMPLX_NEUTRAL.npz")


def test_offsets_lead_from_joint_to_joint(file):
    offsets = neutral_offsets(file)
    np.testing.assert_allclose(offsets[1:], FULL_REST_OFFSETS[1:], atol=1e-12)
    np.testing.assert_allclose(offsets[0], -synthetic_smplx.ORIGIN, atol=1e-12)


def test_betas_change_skin_and_joints_alike(file):
    plain, large = read_body(file), read_body(file, [2.0])
    np.testing.assert_allclose(large.vertices, 1.2 * plain.vertices, atol=1e-12)
    np.testing.assert_allclose(large.joints, 1.2 * plain.joints, atol=1e-12)
    longer = read_body(file, [0.0, 1.0]).joints - plain.joints
    assert longer[7, 1] == pytest.approx(-0.05) and np.abs(longer[12:]).max() == 0
    assert plain.weights.shape == (220, 55) and plain.faces.max() == 219


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"v_template": None}, "v_template"),
        ({"kintree_table": np.zeros((2, 24), dtype=int)}, "24 joints, and SMPL-X has 55"),
        ({"kintree_table": np.zeros((2, 55), dtype=int)}, "hang together"),
        ({"weights": np.zeros((220, 24))}, r"weights is of shape \(220, 24\)"),
        ({"f": np.array([[0, 1, 220]])}, "faces"),
        ({"v_template": np.full((220, 3), np.nan)}, "numbers that are none"),
        ({"weights": np.array({"code": 1}, dtype=object)}, "can be read"),
    ],
)
def test_what_is_no_such_model_is_said(tmp_path, changed, words):
    with pytest.raises(EngineError, match=words):
        read_body(synthetic_smplx.write(tmp_path / "model.npz", **changed))


def test_other_files_are_refused(tmp_path):
    for name, content in (("a.npz", b"PK\x03\x04 cut"), ("b.npz", b""), ("c.pkl", b"\x80\x04.")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(EngineError, match="non-commercial"):
            read_body(tmp_path / name)
    with pytest.raises(EngineError, match="There is no SMPL-X model"):
        read_body(tmp_path / "none.npz")
    with pytest.raises(EngineError, match="at most 10 numbers"):
        read_body(synthetic_smplx.write(tmp_path / "d.npz"), [0.0] * 11)


def test_joints_are_where_the_smplx_package_has_them(tmp_path, monkeypatch):
    """Any shape and pose: the order of the joints and what a translation means, against the package itself."""
    smplx = pytest.importorskip("smplx")
    torch = pytest.importorskip("torch")
    for ids in smplx.vertex_ids.vertex_ids.values():  # of landmarks on the real skin
        for name in ids:
            monkeypatch.setitem(ids, name, 0)
    (tmp_path / "smplx").mkdir()
    file = synthetic_smplx.write(tmp_path / "smplx" / "SMPLX_NEUTRAL.npz", **synthetic_smplx.unread())
    options = {"model_type": "smplx", "ext": "npz", "use_pca": False, "flat_hand_mean": True}
    model = smplx.create(str(tmp_path), **options)
    rng = np.random.default_rng(0)
    pose, place, betas = 0.5 * rng.normal(size=(55, 3)), rng.normal(size=3), np.r_[1.0, 0.5, np.zeros(8)]
    parts = {
        "global_orient": pose[0], "body_pose": pose[1:22], "jaw_pose": pose[22], "leye_pose": pose[23],
        "reye_pose": pose[24], "left_hand_pose": pose[25:40], "right_hand_pose": pose[40:], "transl": place,
        "betas": betas,
    }  # fmt: skip
    parts = {name: torch.tensor(values.ravel()[None], dtype=torch.float32) for name, values in parts.items()}
    expected = model(**parts).joints[0, :55].detach().numpy()
    offsets = read_body(file, betas).offsets
    joints, _ = forward_kinematics(from_rotation_vector(pose), place + offsets[0], offsets)
    np.testing.assert_allclose(joints, expected, atol=1e-5)
