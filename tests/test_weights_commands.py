"""python -m engine weights: the catalogue, downloads with a licence, checks, removal; the server is on this machine."""

import io
import sys

import pytest

from engine.__main__ import main
from engine.weights_catalogue import load_catalogue
from tests.served_catalogue import served

WORDS = b"#version: 0.2\n"


@pytest.fixture
def weights(tmp_path, monkeypatch, capsys):
    """Run a command on an own catalogue: its exit status, and what it says."""
    monkeypatch.setenv("INTERMASK_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr("sys.stdin", io.StringIO("yes\n"))  # not a terminal
    with served(tmp_path, WORDS) as (catalogue, server):

        def run(*arguments: str) -> tuple[int, str]:
            monkeypatch.setattr(sys, "argv", ["engine", "weights", "--catalogue", str(catalogue), *arguments])
            status = main()
            said = capsys.readouterr()
            return status, said.out + said.err

        run.server = server
        yield run


def test_the_catalogue_that_ships():
    catalogue = load_catalogue()
    assert set(catalogue) == {"intermask-interhuman", "intermask-interx", "clip-vit-l14-336"}
    for entry in catalogue.values():
        assert entry.page.startswith("https://") and entry.size > 1e8 and len(entry.terms) > 100
        assert bool(entry.files) != bool(entry.browser)
        assert all(file.url.startswith("https://") and len(file.sha256) == 64 for file in entry.files)
        assert not entry.files or sum(file.size for file in entry.files) == entry.size
    assert all("non-commercial" in catalogue[f"intermask-{name}"].terms for name in ("interhuman", "interx"))


def test_what_there_is(weights, tmp_path):
    status, said = weights("list")
    assert status == 0 and "reader: A reader" in said and "not here, licence: non-commercial" in said
    assert str(tmp_path / "models") in said and weights.server.starts == []


def test_nothing_comes_without_the_licence(weights, tmp_path):
    status, said = weights("get", "reader")
    assert status == 1 and "For research only." in said and "say --yes if you accept this licence" in said
    assert weights.server.starts == [] and not (tmp_path / "models").exists()


@pytest.mark.parametrize(("answer", "status"), [("y", 0), ("", 1), ("no", 1)])
def test_the_licence_is_asked_for(weights, tmp_path, monkeypatch, answer, status):
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda question: answer)
    assert weights("get", "reader")[0] == status
    assert (tmp_path / "models/reader/deep/words.txt").exists() == (status == 0)


def test_get_verify_remove(weights, tmp_path):
    folder = tmp_path / "models" / "reader"
    assert weights("get", "reader", "--yes")[0] == 0
    assert (folder / "deep/words.txt").read_bytes() == WORDS and "For research" in (folder / "LICENCE.txt").read_text()
    assert "here, licence" in weights("list")[1]
    assert weights("get", "reader")[0] == 0  # the licence is asked for once
    assert "1 files are as they should be" in weights("verify", "reader")[1]
    (folder / "deep/words.txt").write_bytes(WORDS[::-1])
    status, said = weights("verify", "reader")
    assert status == 1 and "words.txt is damaged" in said
    status, said = weights("remove", "reader")
    assert status == 0 and "was removed" in said and list(folder.parent.iterdir()) == []


def test_what_goes_wrong_is_one_sentence(weights, tmp_path):
    for arguments, words in (
        (("get", "nothing"), 'no "nothing" in the catalogue: it has reader, by-hand'),
        (("get", "by-hand"), "open https://example.org/model, download both files; then run python -m engine import"),
        (("verify", "reader"), '"reader" is not in'),
        (("remove", ".."), '".." is not in'),
    ):
        status, said = weights(*arguments)
        assert status == 1 and words in said and len(said.strip().splitlines()) == 1
    (tmp_path / "catalogue.toml").write_text("[reader]\ntitle = 'A reader'\n")
    assert "is not a catalogue of weights" in weights("list")[1]
    (tmp_path / "catalogue.toml").write_text("reader = 3\n")
    assert "is not a catalogue of weights" in weights("list")[1]
