"""Published models in the add-on: got with a licence and only online, imported, checked, removed; from this machine."""

import shutil
from types import SimpleNamespace

import bpy
import pytest

from engine.model_folders import STARTER
from intermask_blender import engine_status, models, preferred, published_models
from intermask_blender.core import weights_catalogue
from tests.served_catalogue import served

WORDS = bytes(range(256)) * 100_000


@pytest.fixture
def folder(addon, tmp_path, monkeypatch):
    """The user's folder of models, with a catalogue whose files lie on this machine."""
    monkeypatch.setenv("INTERMASK_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr(bpy.context.preferences.system, "use_online_access", True)
    with served(tmp_path, WORDS) as (path, _):
        catalogue = weights_catalogue.load_catalogue(path)
        monkeypatch.setattr(published_models, "catalogue", lambda: catalogue)
        yield tmp_path / "models"
    engine_status.close()


def refused(operator, words: str, **properties) -> None:
    with pytest.raises(RuntimeError, match=words):
        operator(**properties)


def test_get_verify_remove(folder):
    assert bpy.ops.intermask.get_model(name="reader", accept=True) == {"FINISHED"}
    assert (folder / "reader/deep/words.txt").read_bytes() == WORDS and published_models.is_here("reader")
    assert engine_status.message == "A reader was downloaded." and engine_status.subject == "MODELS"
    assert bpy.ops.intermask.verify_model(name="reader") == {"FINISHED"}
    assert "1 files have the right checksum" in engine_status.message
    (folder / "reader/deep/words.txt").write_bytes(WORDS[::-1])
    refused(bpy.ops.intermask.verify_model, "words.txt is damaged", name="reader")
    assert engine_status.failed
    assert bpy.ops.intermask.remove_model(name="reader") == {"FINISHED"}
    assert not published_models.is_here("reader") and list(folder.iterdir()) == []
    refused(bpy.ops.intermask.remove_model, '"reader" is not in', name="reader")


def test_nothing_comes_without_the_licence_or_the_network(folder):
    refused(bpy.ops.intermask.get_model, "the licence was not accepted", name="reader")
    bpy.context.preferences.system.use_online_access = False
    refused(bpy.ops.intermask.get_model, "switch on Allow Online Access", name="reader", accept=True)
    assert not folder.exists()


def test_what_needs_a_browser_says_so(folder):
    refused(bpy.ops.intermask.get_model, "open https://example.org/model", name="by-hand", accept=True)
    refused(bpy.ops.intermask.get_model, 'no "nothing"', name="nothing", accept=True)


def test_cancel_keeps_what_has_arrived(folder):
    published_models.get("reader")
    engine_status.task.cancel()
    with pytest.raises(Exception, match="Cancelled"):
        engine_status.wait()
    assert not published_models.is_here("reader")
    assert bpy.ops.intermask.get_model(name="reader") == {"FINISHED"}  # the licence was accepted before
    assert published_models.is_here("reader")


def test_a_folder_without_checkpoints(folder, tmp_path):
    words = "no best_fid.tar of the VQ-VAE and transformer in"
    refused(bpy.ops.intermask.import_model, words, directory=str(tmp_path / "served"))
    assert not engine_status.message.startswith("Traceback") and not folder.exists()


def test_an_imported_folder_can_be_chosen(folder, tmp_path):
    pytest.importorskip("torch", reason="only PyTorch can write checkpoints to import")
    from tests.seeded_weights import write_hollow_release

    write_hollow_release(tmp_path / "release")
    assert bpy.ops.intermask.import_model(directory=str(tmp_path / "release" / "interx")) == {"FINISHED"}
    assert "non-commercial use only" in engine_status.message and "intermask-interx" in models.names()
    assert models.has_hands("intermask-interx") and models.limits("intermask-interx") == (0.8, 5.0)
    assert bpy.ops.intermask.verify_model(name="intermask-interx") == {"FINISHED"}
    assert bpy.ops.intermask.remove_model(name="intermask-interx") == {"FINISHED"}
    assert models.names() == ["starter"]


def test_models_that_are_there_can_be_chosen(folder):
    folder.mkdir()
    shutil.copytree(STARTER, folder / "mine")
    shutil.copytree(STARTER, folder / ".other.partial")
    (folder / "clip-vit-l14-336").mkdir()
    (folder / "clip-vit-l14-336" / "config.json").write_text("{}")
    assert models.names() == ["starter", "mine"]
    assert published_models.others() == ["clip-vit-l14-336", "mine"]


def test_the_worker_is_told_where_models_are(folder, tmp_path, monkeypatch):
    assert preferred.worker_variables() == {"INTERMASK_MODELS": str(folder)}
    chosen = SimpleNamespace(models=str(tmp_path / "own"), clip=str(tmp_path / "clip"))
    monkeypatch.setattr(preferred, "_preferences", lambda: chosen)
    told = {"INTERMASK_MODELS": str(tmp_path / "own"), "INTERMASK_CLIP": str(tmp_path / "clip")}
    assert preferred.worker_variables() == told
