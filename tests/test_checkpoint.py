"""Model directories: what was saved comes back, and whatever is wrong is refused with a sentence naming the file."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.checkpoint import load_model, save_model
from engine.errors import EngineError
from engine.model_folders import STARTER


@pytest.fixture
def folder(tmp_path) -> Path:
    """A copy of the starter model to damage."""
    return Path(shutil.copytree(STARTER, tmp_path / "modèle 模型"))


def change(path: Path, edit) -> None:
    tensors = load_file(path)
    edit(tensors)
    save_file(tensors, path)


def refused(folder: Path, *words: str) -> None:
    with pytest.raises(EngineError) as caught:
        load_model(folder)
    assert all(word in str(caught.value) for word in words), caught.value
    assert "\n" not in str(caught.value)


def test_saved_and_loaded_is_the_same(folder, tmp_path):
    model = load_model(folder)
    save_model(model, tmp_path / "again")
    again = load_model(tmp_path / "again")
    assert again.config == model.config
    for network in ("vqvae", "transformer"):
        for one, other in zip(*(getattr(m, network).state_dict().values() for m in (model, again)), strict=True):
            assert torch.equal(one, other)
    assert (again.normaliser.mean == model.normaliser.mean).all()


def test_the_starter_model_is_small():
    assert sum(path.stat().st_size for path in STARTER.iterdir()) < 30e6


@pytest.mark.parametrize("name", ["config.json", "vqvae.safetensors", "transformer.safetensors", "planner.safetensors"])
def test_a_missing_file(folder, name):
    (folder / name).unlink()
    refused(folder, name, "missing")


@pytest.mark.parametrize("name", ["config.json", "vqvae.safetensors", "transformer.safetensors", "planner.safetensors"])
@pytest.mark.parametrize("share", [0.0, 0.4, 0.98])
def test_a_truncated_file(folder, name, share):
    path = folder / name
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    refused(folder, name)


def test_a_missing_tensor(folder):
    change(folder / "transformer.safetensors", lambda tensors: tensors.pop(sorted(tensors)[3]))
    refused(folder, "transformer.safetensors", "missing")


def test_an_unknown_tensor(folder):
    change(folder / "vqvae.safetensors", lambda tensors: tensors.update(surprise=torch.zeros(3)))
    refused(folder, "vqvae.safetensors", "surprise")


def test_a_wrong_shape(folder):
    def cut(tensors):
        tensors["quantiser.codebook"] = tensors["quantiser.codebook"][:, :-1].clone()

    change(folder / "vqvae.safetensors", cut)
    refused(folder, "vqvae.safetensors", "quantiser.codebook", "shape")


def test_numbers_that_are_not_finite(folder):
    def spoil(tensors):
        tensors["quantiser.codebook"][3, 3] = float("nan")

    change(folder / "vqvae.safetensors", spoil)
    refused(folder, "vqvae.safetensors", "not finite")


def test_missing_statistics(folder):
    change(folder / "vqvae.safetensors", lambda tensors: tensors.pop("mean"))
    refused(folder, "vqvae.safetensors", "mean")


@pytest.mark.parametrize("version", [2, None, "1"])
def test_another_format(folder, version):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"format": version}), "utf-8")
    refused(folder, "config.json", "format")


def test_an_unknown_entry(folder):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"colour": 1}), "utf-8")
    refused(folder, "config.json", "colour")
