"""Files are written whole or not at all."""

import os

import pytest

from engine.files import check_writable, replacing


def test_the_file_is_replaced_at_the_end(tmp_path):
    path = tmp_path / "x.fbx"
    path.write_text("old")
    with replacing(path) as partial:
        assert partial.endswith(".fbx")
        with open(partial, "w") as file:
            file.write("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["x.fbx"]


def test_a_failure_leaves_the_old_file(tmp_path):
    path = tmp_path / "x.fbx"
    path.write_text("old")
    with pytest.raises(OSError, match="x.fbx could not be written .*disk"), replacing(path) as partial:
        with open(partial, "w") as file:
            file.write("ne")
        raise RuntimeError("Error: no disk\n")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["x.fbx"]


def test_a_traceback_becomes_its_sentence(tmp_path):
    said = (
        'Error: Python: Traceback (most recent call last):\n  File "a.py", line 1\nOSError: no disk\nLocation: b.py:2\n'
    )
    with pytest.raises(OSError, match=r"could not be written \(OSError: no disk\)\.$"), replacing(tmp_path / "x"):
        raise RuntimeError(said)


def test_places_that_cannot_be_written_are_told(tmp_path):
    check_writable(tmp_path / "fine.blend")
    assert not list(tmp_path.iterdir())
    with pytest.raises(OSError, match="is a folder"):
        check_writable(tmp_path)
    with pytest.raises(OSError, match="does not exist"):
        check_writable(tmp_path / "missing" / "x.blend")


def test_a_folder_without_permission_is_told(tmp_path, monkeypatch):
    def refuse(*arguments, **options):
        raise PermissionError(13, "Permission denied")

    # whoever runs as root may write everywhere
    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    with pytest.raises(OSError, match="can't be written to .Permission denied."):
        check_writable(tmp_path / "x.blend")
