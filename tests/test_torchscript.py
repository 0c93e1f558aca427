"""TorchScript archives, as OpenAI publishes CLIP: their tensors are read, their code is not."""

import os
import pickle
import zipfile
from pathlib import Path

import pytest
import torch
from torch import nn

from engine.torchscript import read_tensors


class Tower(nn.Module):
    """Modules inside modules, half precision beside single, and two parameters that share their numbers."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(5, 4)
        self.places = nn.Parameter(torch.randn(3, 4))
        self.layers = nn.Sequential(nn.Linear(4, 4).half(), nn.LayerNorm(4))
        self.visual = nn.Linear(4, 2)
        self.turned = nn.Parameter(self.words.weight.data.T)

    def forward(self, ids):
        return self.visual(self.words(ids) + self.places)


@pytest.fixture
def archive(tmp_path) -> tuple[Path, dict]:
    tower = Tower().eval()
    path = tmp_path / "tower.pt"
    torch.jit.trace(tower, torch.tensor([1, 2, 3])).save(path)
    return path, tower.state_dict()


def test_every_tensor_that_is_wanted(archive):
    path, state = archive
    found = read_tensors(path, lambda name: not name.startswith("visual."))
    assert found.keys() == {name for name in state if not name.startswith("visual.")}
    assert all(torch.equal(tensor, state[name]) and tensor.dtype == state[name].dtype for name, tensor in found.items())


def rewritten(path: Path, change) -> Path:
    """The archive with other content in some of its files."""
    other = path.with_name("other.pt")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(other, "w") as new:
        for name in old.namelist():
            if (content := change(name, old.read(name))) is not None:
                new.writestr(name, content)
    return other


def test_what_asks_for_more_is_refused(archive, tmp_path):
    class Code:
        def __reduce__(self):
            return os.system, (f"touch {tmp_path / 'ran'}",)

    evil = pickle.dumps({"words": Code()}, protocol=2)
    path = rewritten(archive[0], lambda name, content: evil if name.endswith("/data.pkl") else content)
    with pytest.raises(ValueError, match="asks for (posix|nt).system, which is refused"):
        read_tensors(path, lambda name: True)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda name, content: None if name.endswith("/data.pkl") else content,
        lambda name, content: content[:10] if name.endswith("/data.pkl") else content,
        lambda name, content: content[: len(content) // 2] if "/data/" in name else content,
        lambda name, content: None if "/data/" in name else content,
        lambda name, content: pickle.dumps([1, 2], protocol=2) if name.endswith("/data.pkl") else content,
    ],
)
def test_damaged_archives(archive, change):
    with pytest.raises(ValueError):
        read_tensors(rewritten(archive[0], change), lambda name: True)


def test_half_an_archive(archive, tmp_path):
    half = tmp_path / "half.pt"
    half.write_bytes(archive[0].read_bytes()[:1000])
    with pytest.raises(ValueError):
        read_tensors(half, lambda name: True)
