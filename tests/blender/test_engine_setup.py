"""Set-up makes an environment of whatever was there, goes on where it broke off, and says in a sentence why it can't.

The environments are real ones, made by the real venv and pip, filled with wheels of a few bytes.
"""

import dataclasses
import hashlib
import http.server
import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import pytest

from intermask_blender import engine_process, engine_setup, preferred
from intermask_blender.background_task import Cancelled, Task
from intermask_blender.core import errors
from intermask_blender.engine_plan import Machine, NvidiaGpu, Plan, plan, read_gpu
from intermask_blender.engine_setup import Home, State

PYTHONS = [Path(sys.executable)]
CHECK = """
import json, big, small, alone
print(json.dumps({"python": "3", "torch": "2", "gpu": ""}))
"""


def write_wheel(folder: Path, name: str, payload: bytes = b"") -> Path:
    """A package of one module, as pip installs it."""
    info, path = f"{name}-1.0.dist-info", folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{name}.py", "here = True\n")
        wheel.writestr(f"{name}.bin", payload)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        record = [f"{name}.py", f"{name}.bin", f"{info}/METADATA", f"{info}/WHEEL", f"{info}/RECORD"]
        wheel.writestr(f"{info}/RECORD", "".join(f"{file},,\n" for file in record))
    return path


@pytest.fixture(scope="module")
def wheels(tmp_path_factory) -> Path:
    """A folder of three wheels, one of them of 2 MB."""
    folder = tmp_path_factory.mktemp("wheels")
    write_wheel(folder, "big", random.Random(0).randbytes(2_000_000))
    write_wheel(folder, "small", random.Random(1).randbytes(2_000_000))
    write_wheel(folder, "alone")
    return folder


@pytest.fixture(autouse=True)
def own_index(wheels, monkeypatch):
    """A pip that knows nothing but the wheels, and a check that asks for them."""
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    monkeypatch.setattr(engine_setup, "CHECK", CHECK)


@pytest.fixture(scope="module")
def tiny(wheels) -> Plan:
    """A plan for the three wheels."""
    digest = hashlib.sha256((wheels / "alone-1.0-py3-none-any.whl").read_bytes()).hexdigest()
    alone = f"alone==1.0 --hash=sha256:{digest}"
    return Plan("CPU", None, "big==1.0", ("small==1.0",), (alone,), download=0.004, disk=0.03)


@pytest.fixture
def home(tmp_path) -> Home:
    """An empty folder for an engine, whose path is not plain ASCII."""
    return Home(tmp_path / "mötion ユーザー")


@pytest.fixture(scope="module")
def finished(tiny, wheels, tmp_path_factory):
    """An environment in order, to be copied."""
    place = Home(tmp_path_factory.mktemp("finished"))
    with pytest.MonkeyPatch.context() as patch:
        own_index.__wrapped__(wheels, patch)
        run(place, tiny)
    return place


@pytest.fixture
def ready(finished, home) -> Home:
    """A copy of an environment in order."""
    shutil.copytree(finished.folder, home.folder, symlinks=True)
    return home


def run(home: Home, plan: Plan, pythons: list[Path] = PYTHONS) -> dict:
    """Set up, and wait for it."""
    task = Task(lambda task: engine_setup.set_up(task, home, pythons, plan))
    task.wait()
    if task.error:
        raise task.error
    return task.result


def refusal(home: Home, plan: Plan, pythons: list[Path] = PYTHONS) -> str:
    """The sentence of a set-up that fails."""
    with pytest.raises(errors.EngineError) as raised:
        run(home, plan, pythons)
    sentence = str(raised.value)
    assert "\n" not in sentence and sentence.endswith(".") and home.state() is not State.READY
    return sentence


def site_packages(home: Home) -> Path:
    """Where the packages of an environment lie."""
    return next(home.environment.rglob("big.py")).parent


def test_what_set_up_makes(finished):
    assert finished.state() is State.READY
    facts = finished.facts()
    assert facts["device"] == "CPU" and 10**6 < facts["bytes"] < 10**8
    assert not finished.downloads.exists()
    assert "Successfully installed big-1.0" in finished.log.read_text(encoding="utf-8")
    command = [finished.python, "-c", "import big, small, alone, sys; print(sys.prefix)"]
    assert subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip() == str(
        finished.environment
    )


def test_again_changes_nothing(ready, tiny, monkeypatch):
    monkeypatch.setenv("PIP_FIND_LINKS", "")  # nothing to be had, nothing needed
    before = (site_packages(ready) / "big.py").stat().st_mtime_ns
    run(ready, tiny)
    assert (site_packages(ready) / "big.py").stat().st_mtime_ns == before


def test_update(ready, tiny):
    facts = ready.facts() | {"wanted": ["torch==1.0"]}
    ready.stamp.write_text(json.dumps(facts))
    assert ready.state() is State.OUTDATED
    run(ready, tiny)
    assert ready.state() is State.READY


@pytest.mark.skipif(os.name == "nt", reason="environments on Windows hold a copy of the interpreter")
def test_repair_after_blender_was_moved(ready, tiny):
    for link in ready.python.parent.glob("python*"):
        link.unlink()
        link.symlink_to("/gone/python")
    before = (site_packages(ready) / "big.py").stat().st_ino
    assert ready.state() is State.BROKEN
    run(ready, tiny)
    assert ready.state() is State.READY
    assert (site_packages(ready) / "big.py").stat().st_ino == before  # the packages were kept


def test_repair_of_a_damaged_file(ready, tiny):
    (site_packages(ready) / "big.py").write_text("raise ImportError('damaged')")
    run(ready, tiny)
    assert ready.state() is State.READY and "damaged" not in (site_packages(ready) / "big.py").read_text()


def test_repair_of_a_half_installed_package(ready, tiny):
    place = site_packages(ready)
    (place / "small-1.0.dist-info" / "RECORD").unlink()
    (place / "small.py").unlink()
    run(ready, tiny)
    assert (place / "small.py").exists() and ready.state() is State.READY


def test_removal_says_what_it_freed(ready):
    held = engine_setup.size(ready.folder)
    task = Task(lambda task: engine_setup.remove(task, ready))
    task.wait()
    assert task.result == held > 10**6
    assert ready.state() is State.ABSENT and list(ready.folder.iterdir()) == []


def test_too_little_disk(home, tiny):
    assert "free some space" in refusal(home, dataclasses.replace(tiny, disk=10.0**6))
    assert not home.environment.exists()


def test_full_disk(tmp_path, tiny):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=5m", "tmpfs", disk]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no right to mount a small disk")
    try:
        assert "disk is full" in refusal(Home(disk / "engine"), dataclasses.replace(tiny, download=0.0, disk=0.0))
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def test_offline(ready, tiny, monkeypatch):
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_RETRIES", "1")
    changed = dataclasses.replace(tiny, index="http://127.0.0.1:9/simple", torch="big==2.0")
    assert "cannot be reached" in refusal(ready, changed)


def test_no_python_that_can_make_environments(home, tiny):
    assert "choose a Python with PyTorch under Advanced" in refusal(home, tiny, [])


class Index(http.server.ThreadingHTTPServer):
    """A package index with the wheels. `cut`: files that break off half-way; `stall`: files that never end."""

    def __init__(self, folder: Path):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder, self.cut, self.stall, self.asked = folder, set(), set(), []
        self.stalled = threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/simple"


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        name = self.path.strip("/").split("/")[-1]
        file = self.server.folder / name
        if not file.is_file():
            links = [
                f'<a href="/{path.name}#sha256={hashlib.sha256(path.read_bytes()).hexdigest()}">{path.name}</a>'
                for path in self.server.folder.glob(f"{name}-*.whl")
            ]
            return self.answer("".join(links).encode(), "text/html")
        self.server.asked.append(name.split("-")[0])
        self.answer(file.read_bytes(), "application/octet-stream", name.split("-")[0])

    def answer(self, body: bytes, kind: str, name: str = "") -> None:
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=600" if name else "no-cache")
        self.end_headers()
        if name not in self.server.cut | self.server.stall:
            self.wfile.write(body)
            return
        self.wfile.write(body[: len(body) // 2])
        self.wfile.flush()
        if name in self.server.stall:
            self.server.stalled.set()
            time.sleep(30)

    def log_message(self, *_):
        pass


@pytest.fixture
def index(wheels, monkeypatch):
    """A package index on this machine, in place of the folder."""
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    with Index(wheels) as server:
        monkeypatch.setenv("PIP_INDEX_URL", server.url)
        yield server
        server.shutdown()


def test_goes_on_where_the_download_broke_off(home, tiny, index):
    index.cut.add("small")
    assert "broke off" in refusal(home, tiny)
    assert home.state() is State.UNFINISHED
    index.cut.clear()
    run(home, tiny)
    assert home.state() is State.READY
    assert index.asked.count("big") == 1


def test_cancel_in_mid_download(home, tiny, index):
    index.stall.add("small")
    task = Task(lambda task: engine_setup.set_up(task, home, PYTHONS, tiny))
    assert index.stalled.wait(60) and not task.finished
    while not task.step.startswith("Downloading small-1.0 (2.0 MB)"):
        assert not task.finished
        time.sleep(0.05)
    task.cancel()
    task.wait()
    assert isinstance(task.error, Cancelled) and home.state() is State.UNFINISHED
    index.stall.clear()
    run(home, tiny)
    assert home.state() is State.READY


LINUX, WINDOWS, MAC = ("linux", "x86_64"), ("win32", "amd64"), ("darwin", "arm64")


@pytest.mark.parametrize(
    ("machine", "device", "build"),
    [
        (Machine(*LINUX), "CPU", "cpu"),
        (Machine(*WINDOWS), "CPU", "cpu"),
        (Machine(*MAC), "Apple GPU (Metal)", None),
        (Machine(*LINUX, (NvidiaGpu("H200", 580, 9.0),)), "H200 (CUDA 13.0)", "cu130"),
        (Machine(*WINDOWS, (NvidiaGpu("GeForce RTX 5090", 591, 12.0),)), "GeForce RTX 5090 (CUDA 13.0)", "cu130"),
        (Machine(*WINDOWS, (NvidiaGpu("GeForce RTX 4090", 566, 8.9),)), "GeForce RTX 4090 (CUDA 12.6)", "cu126"),
        (Machine(*LINUX, (NvidiaGpu("GeForce GTX 1080", 580, 6.1),)), "GeForce GTX 1080 (CUDA 12.6)", "cu126"),
        (Machine(*LINUX, (NvidiaGpu("K40", 470, 3.5), NvidiaGpu("A100", 535, 8.0))), "A100 (CUDA 12.6)", "cu126"),
        (Machine(*LINUX, amd=True), "AMD GPU (ROCm 7.2)", "rocm7.2"),
    ],
)
def test_the_build_for_a_machine(machine, device, build):
    chosen = plan(machine)
    assert chosen.device == device and chosen.note == ""
    assert (chosen.index or "").endswith(build or "") and (chosen.index is None) == (build is None)
    assert chosen.torch == "torch==2.13.0" + (f"+{build}" if build else "")
    assert 0 < chosen.download < chosen.disk < 25


@pytest.mark.parametrize(
    ("gpu", "note"),
    [
        (NvidiaGpu("GeForce RTX 5070", 570, 12.0), "driver 580 or newer (570 is installed)"),
        (NvidiaGpu("GeForce RTX 3060", 470, 8.6), "driver 525 or newer (470 is installed)"),
        (NvidiaGpu("GeForce GT 710", 470, 3.5), "no longer supports the GeForce GT 710"),
    ],
)
def test_a_gpu_that_can_not_be_used_is_told(gpu, note):
    chosen = plan(Machine(*WINDOWS, (gpu,)))
    assert chosen.device == "CPU" and note in chosen.note


def test_a_mac_without_a_build_is_told():
    with pytest.raises(errors.EngineError, match="Intel"):
        plan(Machine("darwin", "x86_64"))


def test_what_the_driver_lists():
    assert read_gpu("NVIDIA GeForce RTX 4090, 581.29, 8.9") == NvidiaGpu("GeForce RTX 4090", 581, 8.9)
    assert read_gpu("NVIDIA H200, 580.95.05, 9.0") == NvidiaGpu("H200", 580, 9.0)
    assert read_gpu("Quadro P2000, 470.10, [N/A]") is None
    assert read_gpu("No devices were found") is None


def test_a_python_without_the_packages_is_told(tmp_path):
    task = Task(lambda task: engine_setup.check_python(task, Path(sys.executable)))
    task.wait()
    assert "lacks the package big: install it there" in str(task.error)
    task = Task(lambda task: engine_setup.check_python(task, tmp_path))
    task.wait()
    assert "There is no Python at" in str(task.error)


def test_the_order_of_pythons(ready, tmp_path, monkeypatch):
    chosen, named = tmp_path / "chosen", tmp_path / "named"
    chosen.touch()
    named.touch()
    monkeypatch.delenv("INTERMASK_ENGINE_PYTHON", raising=False)
    monkeypatch.setattr(preferred, "engine_home", lambda: ready)
    assert engine_process.find_python() == ready.python
    monkeypatch.setattr(preferred, "python", lambda: chosen)
    assert engine_process.find_python() == chosen
    monkeypatch.setenv("INTERMASK_ENGINE_PYTHON", str(named))
    assert engine_process.find_python() == named
    monkeypatch.delenv("INTERMASK_ENGINE_PYTHON")
    monkeypatch.setattr(preferred, "python", lambda: tmp_path / "gone")
    with pytest.raises(errors.EngineError, match="Preferences points at .*gone, which is not there"):
        engine_process.find_python()
    monkeypatch.setattr(preferred, "python", lambda: None)
    ready.python.unlink()
    with pytest.raises(errors.EngineError, match="press Repair"):
        engine_process.find_python()
    shutil.rmtree(ready.folder)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(errors.EngineError, match="press Set Up Engine"):
        engine_process.find_python()
