"""From a folder that looks like the published release to keyframed characters, with files of full size.

The weights are made from a seed, the release lies on a server on this machine whose connections break, and all is done
by the documented commands. They say how much memory they took.
"""

import json
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from engine import published, weights_catalogue
from engine.downloads import sha256_of
from engine.text import CLIP, from_openai, read_merges
from tests import seeded_weights
from tests.file_server import FileServer
from tests.parity_adapter import clip_merges_file, tensors

ROOT = Path(__file__).parent.parent
RELEASE, MODEL = "release", "intermask-interhuman"
# Runs the engine's command line, and says what the process held at most, in bytes.
MEASURED = """
import sys
import torch
from engine import memory
from engine.__main__ import main
status = main()
print(memory.peak(torch.device("cpu")))
sys.exit(status)
"""
LOADED = """
import sys
import torch
from engine import memory
from engine.checkpoint import load_model
load_model(sys.argv[1])
print(memory.peak(torch.device("cpu")))
"""
KEYS = """
import json, sys
import bpy
bpy.ops.wm.open_mainfile(filepath=sys.argv[1])
found = []
for rig in (thing for thing in bpy.data.objects if thing.type == "ARMATURE"):
    animation = rig.animation_data
    bag = animation.action.layers[0].strips[0].channelbag(animation.action_slot)
    found.append([len(bag.fcurves), min(len(curve.keyframe_points) for curve in bag.fcurves)])
print(json.dumps(found))
"""


def write_release(folder: Path) -> list[str]:
    """Checkpoints, options and statistics as they are published, and CLIP. Returns the paths of the files."""
    networks = {"vq_default": ("vq_model", seeded_weights.vqvae_weights("interhuman"))}
    networks["trans_default"] = ("t2m_transformer", seeded_weights.transformer_weights())
    for name, (key, weights) in networks.items():
        place = folder / "checkpoints" / "interhuman" / name
        (place / "model").mkdir(parents=True)
        torch.save({key: tensors(weights), "ep": 3}, place / "model" / "best_fid.tar")
        (place / "opt.txt").write_text(
            f"------ Options ------\ndataset_name: interhuman\nname: {name}\n------ End ------\n"
        )
    (folder / "statistics").mkdir()
    for name, value in (("mean", 0.1), ("std", 0.5)):
        np.save(folder / "statistics" / f"global_{name}.npy", np.full(262, value, dtype=np.float32))
    clip = from_openai(tensors(seeded_weights.seeded(seeded_weights.clip_shapes())))
    torch.save({f"text_model.{name}": tensor.clone() for name, tensor in clip.items()}, folder / "pytorch_model.bin")
    merges = ["#version: 0.2", *read_merges(clip_merges_file()), ""]
    (folder / "merges.txt").write_text("\n".join(merges), "utf-8")
    return sorted(str(path.relative_to(folder).as_posix()) for path in folder.rglob("*") if path.is_file())


def write_catalogue(path: Path, folder: Path, url: str, files: list[str]) -> None:
    """What a studio may write that keeps the files on a server of its own."""
    clip = [name for name in files if "/" not in name]
    for name, held in ((RELEASE, sorted(set(files) - set(clip))), (CLIP, clip)):
        size = sum((folder / file).stat().st_size for file in held)
        entry = f'[{name}]\ntitle = "A"\nuse = "B"\npage = "{url}"\nlicence = "C"\nterms = "D"\nsize = {size}\n'
        for file in held:
            entry += f'[[{name}.files]]\npath = "{file}"\nurl = "{url}/{file}"\n'
            entry += f'size = {(folder / file).stat().st_size}\nsha256 = "{sha256_of(folder / file)}"\n'
        with open(path, "a", encoding="utf-8") as catalogue:
            catalogue.write(entry)


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """The user's folder of models, with the downloaded release and CLIP in it."""
    folder, models = tmp_path_factory.mktemp("served"), tmp_path_factory.mktemp("modèles")
    files = write_release(folder)
    with pytest.MonkeyPatch.context() as patch, FileServer(folder) as server:
        patch.setenv("INTERMASK_MODELS", str(models))
        patch.delenv("INTERMASK_CLIP", raising=False)
        server.cut = 200_000_000
        write_catalogue(folder / "catalogue.toml", folder, server.url, files)
        for name in (RELEASE, CLIP):
            python("-m", "engine", "weights", f"--catalogue={folder / 'catalogue.toml'}", "get", name, "--yes")
        assert max(server.starts) >= server.cut  # what broke off was gone on with
        yield models
    for place in (folder, models):  # gigabytes
        shutil.rmtree(place)


def python(*arguments, timeout: float = 300) -> list[str]:
    """The lines that a Python says; it must succeed."""
    call = [sys.executable, *map(str, arguments)]
    done = subprocess.run(call, cwd=ROOT, capture_output=True, encoding="utf-8", timeout=timeout)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def imported(models) -> tuple[Path, int]:
    """The imported model, and the most memory that took."""
    place = models / RELEASE / "checkpoints" / "interhuman"
    files = [
        f"--{kind}={place / name / 'model' / 'best_fid.tar'}"
        for kind, name in (("vqvae", "vq_default"), ("transformer", "trans_default"))
    ]
    folders = [f"--options={place}", f"--statistics={models / RELEASE / 'statistics'}"]
    folder, memory = python("-c", MEASURED, "import-weights", *files, *folders, f"--name={MODEL}")
    assert folder == str(models / MODEL)
    return models / MODEL, int(memory)


def test_every_number_arrives(imported, models):
    found = load_file(imported[0] / "vqvae.safetensors")
    original = tensors(seeded_weights.vqvae_weights("interhuman"))
    names = {name: published.published_name(name, published.VQVAE_NAMES["interhuman"]) for name in found}
    assert found.pop("mean")[0] == np.float32(0.1) and found.pop("std")[0] == 0.5
    assert found.keys() == set(names) - {"mean", "std"}
    assert all(torch.equal(tensor, original[names[name]]) for name, tensor in found.items())
    catalogue = weights_catalogue.load_catalogue()
    assert weights_catalogue.verify(MODEL, models, catalogue, lambda done, total: None) == 3
    assert "non-commercial" in (imported[0] / "README.md").read_text("utf-8")


def test_memory(imported, models):
    size = sum(path.stat().st_size for path in models.glob(f"{RELEASE}/**/best_fid.tar"))
    assert imported[1] < 1.5 * size
    (loading,) = python("-c", LOADED, imported[0])
    assert int(loading) < 1.5 * size


@pytest.mark.skipif(not find_spec("bpy"), reason="no Blender in this Python")
def test_to_keyframed_characters(imported, tmp_path):
    arguments = ["Two people shake hands.", "--seconds=0.5", f"--model={MODEL}", f"--out={tmp_path / 'rigs.blend'}"]
    python("-m", "intermask_blender", *arguments)
    keys = json.loads(python("-c", KEYS, tmp_path / "rigs.blend")[-1])
    assert len(keys) == 2
    assert all(curves >= 22 * 4 and frames >= 15 for curves, frames in keys)
