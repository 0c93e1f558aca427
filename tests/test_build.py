"""build.py sets up, resumes, and explains itself when it cannot; what the repository says about itself is true.

The environments here are real ones, made by the real venv and pip, filled with wheels of a few bytes.
"""

import ast
import dataclasses
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
VERSION = "{}.{}".format(*sys.version_info)
POSIX_ONLY = pytest.mark.skipif(os.name == "nt", reason="process groups and shell scripts of POSIX")
PROJECT = """
[project]
dependencies = []
optional-dependencies = { blender = ["bpy"], test = ["tiny"] }
"""
# build.py run as a program on a small environment, so that it can be interrupted from outside.
PROGRAM = """
import dataclasses, signal, sys, build
signal.signal(signal.SIGINT, signal.default_int_handler)  # a test run in the background passes on that it is ignored
build.DEMO = dataclasses.replace(build.BLENDER_5_2, python="%s", gigabytes=0)
sys.argv = ["build.py", "demo", "Two people bow."]
sys.exit(build.main())
"""


def write_wheel(folder: Path, name: str, code: str = "") -> None:
    """A package of one module, as pip installs it."""
    folder.mkdir(exist_ok=True)
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}.py", code)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")


def load_build(folder: Path):
    """build.py as the module of a checkout in this folder."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "build.py", folder)
    (folder / "pyproject.toml").write_text(PROJECT)
    spec = importlib.util.spec_from_file_location("build_of_a_test", folder / "build.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def build(tmp_path, monkeypatch):
    """A small checkout whose path is not plain ASCII, and a pip that knows nothing but the wheels beside it."""
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    write_wheel(tmp_path / "wheels", "bpy")
    write_wheel(tmp_path / "wheels", "tiny")
    yield load_build(tmp_path / "a chéckout")
    del sys.modules["build_of_a_test"]


def small(build):
    """An environment of this Python for two packages that are quick to install."""
    return dataclasses.replace(build.BLENDER_5_2, python=VERSION, gigabytes=0)


def has_tiny(build) -> bool:
    """Whether both packages of the small environment can be imported."""
    return subprocess.run([small(build).interpreter, "-c", "import tiny, bpy"], capture_output=True).returncode == 0


def refusal(build, capsys, environment=None) -> str:
    """The one line on stderr of a `build.py demo` that fails; in the small environment unless told."""
    build.DEMO = environment or small(build)
    capsys.readouterr()
    sys.argv, kept = ["build.py", "demo", "Two people bow."], sys.argv
    try:
        assert build.main() == 1
    finally:
        sys.argv = kept
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and said.endswith(".\n") and build.AGAIN in said
    return said


def test_sets_up_once(build, capfd):
    assert build.ensure(small(build)) == small(build).interpreter
    assert has_tiny(build) and "Installing collected packages" in capfd.readouterr().out
    began = time.monotonic()
    build.ensure(small(build))
    assert time.monotonic() - began < 2
    assert capfd.readouterr() == ("", "")


def test_changed_requirements_are_installed(build, tmp_path):
    build.ensure(small(build))
    write_wheel(tmp_path / "wheels", "further")
    (build.ROOT / "pyproject.toml").write_text(PROJECT.replace('"tiny"', '"tiny", "further"'))
    python = build.ensure(small(build))
    subprocess.run([python, "-c", "import further"], check=True)


def test_no_python(build, capsys):
    assert "No Python 3.99" in refusal(build, capsys, dataclasses.replace(build.DEMO, python="3.99"))
    assert not build.DEMO.folder.exists()


def test_too_little_disk(build, capsys):
    assert "free some space" in refusal(build, capsys, dataclasses.replace(small(build), gigabytes=10**9))
    assert not build.DEMO.folder.exists()


def test_full_disk(build, tmp_path, capsys):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=5m", "tmpfs", disk]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no right to mount a small disk")
    try:
        full = load_build(disk / "checkout")
        assert "disk is full" in refusal(full, capsys)
        assert not small(full).folder.exists()
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def test_failed_install_is_tried_again(build, tmp_path, capsys):
    (tmp_path / "wheels").rename(tmp_path / "elsewhere")
    assert "No matching distribution" in refusal(build, capsys)
    assert not small(build).stamp.exists()
    (tmp_path / "elsewhere").rename(tmp_path / "wheels")
    build.ensure(small(build))
    assert has_tiny(build)


def test_no_network(build, monkeypatch, capsys):
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    assert "cannot be reached" in refusal(build, capsys)


def test_blender_without_its_system_libraries(build, tmp_path, capsys):
    write_wheel(tmp_path / "wheels", "bpy", "raise ImportError('libX11.so.6: cannot open shared object file')")
    said = refusal(build, capsys)
    assert "libX11.so.6" in said and "apt install libx11-6" in said
    assert not small(build).stamp.exists()


def test_package_cut_off_half_way_is_installed_again(build):
    environment = small(build)
    build.ensure(environment)
    environment.stamp.unlink()
    info = next(environment.folder.rglob("tiny-1.0.dist-info"))
    (info / "RECORD").unlink()
    (info.parent / "tiny.py").unlink()
    build.ensure(environment)
    assert has_tiny(build)


@POSIX_ONLY
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_set_up_goes_on(build, how):
    environment = small(build)
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM % VERSION],
        cwd=build.ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while not environment.interpreter.exists():
        time.sleep(0.02)
    time.sleep(0.1)
    os.killpg(program.pid, how)
    _, said = program.communicate(timeout=60)
    if how == signal.SIGINT:
        assert program.returncode == 1 and said.startswith("Stopped: ") and said.count("\n") == 1
    assert not environment.stamp.exists()
    build.ensure(environment)
    assert has_tiny(build)


@POSIX_ONLY
def test_only_a_python_that_runs_is_found(build, tmp_path, monkeypatch):
    shims, real = tmp_path / "shims", tmp_path / "real"
    shims.mkdir()
    real.mkdir()
    shim = shims / f"python{VERSION}"
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)
    (real / f"python{VERSION}").symlink_to(sys.executable)
    monkeypatch.setattr(sys, "executable", str(shim))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setenv("PATH", f"{shims}{os.pathsep}{shims}")
    assert build.find_python(VERSION) is None
    monkeypatch.setenv("PATH", f"{shims}{os.pathsep}{real}")
    assert build.find_python(VERSION) == str(real / f"python{VERSION}")


def test_second_blender_runs_only_tests_of_the_addon(build):
    for name in ("blender/test_a.py", "test_b.py"):
        path = build.ROOT / "tests" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    addon, other = "tests/blender/test_a.py", "tests/test_b.py"
    assert build.blender_tests(["-k", "rig"]) == ["tests/blender", "-k", "rig"]
    assert build.blender_tests([f"{addon}::test", other, "-x"]) == [f"{addon}::test", "-x"]
    assert build.blender_tests([other, "-x"]) == []


def tracked(pattern: str = ".") -> list[Path]:
    """The text files of the repository."""
    listed = subprocess.run(["git", "ls-files", "-z", pattern], cwd=ROOT, capture_output=True, check=True)
    paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()]


def imported(path: Path) -> set[str]:
    """The first names of every module that a file imports, wherever in the file it does."""
    names = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize(
    ("package", "foreign"),
    [("engine", {"bpy", "mathutils", "intermask_blender"}), ("intermask_blender", {"torch", "transformers", "engine"})],
)
def test_packages_keep_apart(package, foreign):
    files = tracked(f"{package}/*.py")
    assert files and {path.name: imported(path) & foreign for path in files if imported(path) & foreign} == {}


def test_manifest_and_project_agree():
    manifest = tomllib.loads((ROOT / "blender_manifest.toml").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert (manifest["id"], manifest["version"]) == (project["name"], project["version"])
    assert manifest["license"] == [f"SPDX:{project['license']}"]


def test_the_engine_is_the_one_that_is_tested():
    plan = ast.parse((ROOT / "intermask_blender" / "engine_plan.py").read_text(encoding="utf-8"))
    values = {}
    for node in plan.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            values[node.targets[0].id] = node.value.value
    spec = importlib.util.spec_from_file_location("build_as_it_is", ROOT / "build.py")
    sys.modules[spec.name] = build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    assert values["TORCH"] in build.CONSTRAINTS
    assert values["SENTENCE_MODEL"] == build.SENTENCE_MODEL


def test_one_file_knows_where_pytorch_comes_from():
    index = "download." + "pytorch.org"
    assert [path.name for path in tracked() if index in path.read_text(encoding="utf-8")] == ["engine_plan.py"]


def test_files_are_short_and_name_no_hosts():
    hosts = ["pypi" + ".org", "python" + "hosted", "deb." + "debian", "registry." + "npm", "/wo" + "rk/", "/ro" + "ot/"]
    for path in tracked():
        text = path.read_text(encoding="utf-8")
        assert not [host for host in hosts if host in text], path
        assert path.suffix != ".py" or text.count("\n") <= 400, path
