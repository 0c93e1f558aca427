"""Downloads from a server on this machine: whole, broken off and taken up again, replaced, or without room."""

import hashlib
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from engine.downloads import download
from engine.errors import EngineError
from tests.file_server import FileServer

CONTENT = random.Random(0).randbytes(3_000_000)
SUM = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def server(tmp_path):
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "weights.bin").write_bytes(CONTENT)
    with FileServer(folder) as server:
        yield server


@pytest.fixture
def target(tmp_path) -> Path:
    return tmp_path / "mödels ユーザー" / "weights.bin"


def fetch(server: FileServer, target: Path, on_progress=lambda done: None) -> None:
    download(f"{server.url}/weights.bin", target, len(CONTENT), SUM, on_progress)


def part_of(target: Path) -> Path:
    return target.with_name("weights.bin.part")


def test_a_whole_file(server, target):
    seen = []
    fetch(server, target, seen.append)
    assert target.read_bytes() == CONTENT and not part_of(target).exists()
    assert seen == sorted(seen) and seen[-1] == len(CONTENT)


def test_what_is_there_is_not_fetched_again(server, target):
    fetch(server, target)
    fetch(server, target)
    assert server.starts == [0]


def test_a_broken_connection_is_taken_up_again(server, target):
    server.cut = 1_300_000
    fetch(server, target)
    assert target.read_bytes() == CONTENT and server.starts == [0, 1_300_000, 2_600_000]


def test_a_connection_that_brings_nothing(server, target):
    server.cut = 0
    with pytest.raises(EngineError, match="broke off after 0 MB: try again, and it goes on"):
        fetch(server, target)


def test_goes_on_the_next_time(server, target):
    class Stopped(Exception):
        pass

    def stop(done: int) -> None:
        if done > 1_500_000:
            raise Stopped

    with pytest.raises(Stopped):
        fetch(server, target, stop)
    arrived = part_of(target).stat().st_size
    assert 0 < arrived < len(CONTENT) and not target.exists()
    fetch(server, target)
    assert target.read_bytes() == CONTENT and server.starts == [0, arrived]


def test_a_server_that_can_not_go_on(server, target):
    target.parent.mkdir()
    part_of(target).write_bytes(CONTENT[:500_000])
    server.knows_ranges = False
    fetch(server, target)
    assert target.read_bytes() == CONTENT


def test_another_content_is_refused(server, target):
    (server.folder / "weights.bin").write_bytes(CONTENT[:-1] + b"?")
    with pytest.raises(EngineError, match="is not weights.bin as it was published"):
        fetch(server, target)
    assert list(target.parent.iterdir()) == []


def test_a_damaged_part_is_thrown_away(server, target):
    target.parent.mkdir()
    part_of(target).write_bytes(b"?" * 500_000)
    with pytest.raises(EngineError, match="its checksum differs"):
        fetch(server, target)
    fetch(server, target)
    assert target.read_bytes() == CONTENT


def test_a_server_without_the_file(server, target):
    with pytest.raises(EngineError, match="can't be had: the server answers 404"):
        download(f"{server.url}/other.bin", target, 5, SUM, lambda done: None)


def test_no_network(target):
    with pytest.raises(EngineError, match="can't be reached .*: check the network"):
        download("http://127.0.0.1:9/weights.bin", target, 5, SUM, lambda done: None)


def test_too_little_disk(server, target):
    with pytest.raises(EngineError, match="needs 1000000.0 GB more, .*: free some space"):
        download(f"{server.url}/weights.bin", target, 10**15, SUM, lambda done: None)


def test_a_disk_that_fills_up(server, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no right to mount a small disk")

    def fill(done: int) -> None:
        if not (disk / "other").exists():
            (disk / "other").write_bytes(bytes(2_000_000))

    try:
        with pytest.raises(EngineError, match="disk of .* is full: free some space"):
            fetch(server, disk / "weights.bin", fill)
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)
