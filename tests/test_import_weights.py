"""Importing published checkpoints: whatever is wrong with the files is refused with a sentence, and leaves nothing.

Whole imports are in test_published_release.py, and in blender/test_published_models.py.
"""

import os
import pickle
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.errors import EngineError
from engine.import_weights import import_release, import_weights
from engine.published_files import read_checkpoint
from tests.seeded_weights import write_hollow_release


class Code:
    """A pickle that runs a program when it is loaded."""

    trace = Path("ran")

    def __reduce__(self):
        return os.system, (f"touch {Code.trace}",)


@pytest.fixture
def release(tmp_path) -> Path:
    """Files in the published layout, as small as files of the right shapes can be."""
    write_hollow_release(tmp_path / "release")
    return tmp_path / "release"


def refused(folder: Path, *words: str, layout="interhuman", **changed) -> None:
    """The import fails with these words, in one sentence."""
    usual = {"vqvae": folder / layout / "vq/best_fid.tar", "transformer": folder / layout / "trans/best_fid.tar"}
    usual |= {"options": folder / layout, "statistics": folder if layout == "interhuman" else None}
    with pytest.raises(EngineError) as caught:
        import_weights(**usual | changed, folder=folder.parent / "models" / "mine")
    assert all(word in str(caught.value) for word in words), caught.value
    assert "\n" not in str(caught.value)
    assert not (folder.parent / "models").exists() or not list((folder.parent / "models").iterdir())


def test_scores_that_training_noted_do_no_harm(release):
    assert read_checkpoint(release / "interx/vq/best_fid.tar")["fid"] == 5.15


def test_code_is_refused_and_not_run(release, tmp_path):
    Code.trace = tmp_path / "ran"
    torch.save({"vq_model": {}, "extra": Code()}, release / "evil.tar")
    (release / "evil.pkl").write_bytes(pickle.dumps({"vq_model": Code()}, protocol=2))
    for name in ("evil.tar", "evil.pkl"):
        refused(release, name, "may hold code", "nothing in it was run", vqvae=release / name)
        refused(release, name, "may hold code", "nothing in it was run", transformer=release / name)
    assert not Code.trace.exists()


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_half_a_download(release, share):
    whole = (release / "interhuman/vq/best_fid.tar").read_bytes()
    (release / "half.tar").write_bytes(whole[: int(len(whole) * share)])
    refused(release, "half.tar is damaged or only half downloaded", vqvae=release / "half.tar")


def test_files_of_another_kind(release):
    (release / "page.tar").write_text("\n<!DOCTYPE html><title>Google Drive: virus scan warning</title>")
    refused(release, "page.tar is a web page", vqvae=release / "page.tar")
    with tarfile.open(release / "packed.tar", "w") as archive:
        archive.add(release / "interhuman/vq/best_fid.tar")
    refused(release, "packed.tar is not a checkpoint", vqvae=release / "packed.tar")
    (release / "empty.tar").touch()
    refused(release, "empty.tar is not a checkpoint", vqvae=release / "empty.tar")
    refused(release, "nothing.tar can't be read", vqvae=release / "nothing.tar")
    refused(release, "can't be read", vqvae=release)


def test_files_that_are_swapped(release):
    refused(release, "holds no VQ-VAE (but t2m_transformer, ep", vqvae=release / "interhuman/trans/best_fid.tar")
    refused(release, "holds no transformer", transformer=release / "interhuman/vq/best_fid.tar")


def test_a_network_that_is_not_the_published_one(release):
    content = torch.load(release / "interhuman/vq/best_fid.tar", weights_only=False)
    del content["vq_model"]["encoder.gcn_layer2.lin.bias"]
    content["vq_model"]["decoder.model.0.weight"] = torch.zeros(3)
    torch.save(content, release / "other.tar")
    words = ("missing: encoder.gcn_layer2.lin.bias", "wrong shape: decoder.model.0.weight")
    refused(release, "not a published InterMask VQ-VAE", *words, vqvae=release / "other.tar")


def test_numbers_that_are_not_finite(release):
    content = torch.load(release / "interx/vq/best_fid.tar", weights_only=False)
    content["vq_model"]["encoder.model.0.bias"] = torch.full((512,), torch.nan)
    torch.save(content, release / "nan.tar")
    refused(release, "nan.tar is damaged", "not finite", layout="interx", vqvae=release / "nan.tar")


def test_checkpoints_of_two_data_sets(release):
    refused(release, "dataset_name: interx", "needs interhuman", options=release / "interx")
    refused(release, "InterHuman", "name the folder of its statistics", statistics=None)
    refused(release, "Inter-X", "leave the statistics out", layout="interx", statistics=release)


def test_names_of_other_weights(release, tmp_path):
    for name in ("intermask-interhuman", "clip-vit-l14-336"):
        files = [release / "interx" / part / "best_fid.tar" for part in ("vq", "trans")]
        with pytest.raises(EngineError, match="files of intermask-interx. Choose another name"):
            import_weights(*files, release / "interx", None, tmp_path / "models" / name)
    assert not list((tmp_path / "models").iterdir())


def test_options_of_another_network(release):
    (release / "interhuman/trans/opt.txt").write_text("dataset_name: interhuman\nn_heads: 8\n")
    refused(release, "n_heads: 8", "needs 6")
    refused(release, "There is no opt.txt in", options=release / "interhuman/vq/nowhere")


def test_statistics_of_another_shape(release):
    np.save(release / "global_std.npy", np.zeros(262))
    refused(release, "global_std.npy does not hold the std of 262 numbers")
    np.save(release / "global_std.npy", np.ones(263))
    refused(release, "global_std.npy does not hold")
    np.save(release / "global_std.npy", np.array([Code()]), allow_pickle=True)
    refused(release, "global_std.npy can't be read")


def test_a_folder_that_does_not_hold_one_model(release, tmp_path):
    with pytest.raises(EngineError, match="two checkpoints of a transformer: choose the folder of one model"):
        import_release(release, tmp_path / "models")
    (release / "interx/trans/best_fid.tar").unlink()
    with pytest.raises(EngineError, match="no best_fid.tar of the transformer in"):
        import_release(release / "interx", tmp_path / "others")


def test_a_model_that_is_there_is_kept(release, tmp_path):
    own = tmp_path / "mine"
    own.mkdir()
    with pytest.raises(EngineError, match="mine is there already: choose another name"):
        import_weights(release, release, release, release, own)
