"""The zip as a user gets it: installed into an empty Blender, enabled, used, disabled without a trace."""

import functools
import http.server
import importlib.util
import os
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENGINE_PYTHON = os.environ.get("INTERMASK_ENGINE_PYTHON") or (importlib.util.find_spec("torch") and sys.executable)

START = """
import sys
import bpy

def traces():
    handlers = {name: list(found) for name in dir(bpy.app.handlers)
                if isinstance(found := getattr(bpy.app.handlers, name), list)}
    properties = [kind.bl_rna.properties.keys() for kind in (bpy.types.Scene, bpy.types.WindowManager, bpy.types.Action,
                                                             bpy.types.Object)]
    ours = [name for name in dir(bpy.types) if "intermask" in name.lower()]
    return handlers, properties, ours, dir(bpy.ops.intermask)
"""
INSTALL_FILE = """
before = traces()
bpy.ops.extensions.package_install_files(
    filepath=sys.argv[1], repo="user_default", enable_on_install=True, overwrite=True)
name = "bl_ext.user_default.intermask"
assert bpy.ops.intermask.generate.poll() and name in bpy.context.preferences.addons
assert bpy.context.preferences.addons[name].preferences.idle_minutes == 10
assert "generate" in dir(bpy.ops.intermask)
"""
COME_AND_GO = """
during = traces()
bpy.ops.preferences.addon_disable(module=name)
assert traces() == before, (before, traces())
bpy.ops.preferences.addon_enable(module=name)
assert traces()[1:] == during[1:]
assert not {"engine", "intermask_blender", "torch"} & sys.modules.keys()
bpy.ops.preferences.addon_disable(module=name)
assert traces() == before
"""
# An engine that holds nothing but pip is quick to make.
SET_UP = """
import importlib, json
from pathlib import Path
package = f"{name}.intermask_blender"
plan, setup, status, process = [importlib.import_module(f"{package}.engine_{part}")
                                for part in ("plan", "setup", "status", "process")]
try:
    bpy.ops.intermask.set_up_engine()
except RuntimeError as error:
    print(error)
bpy.context.preferences.system.use_online_access = True
plan.plan = lambda machine: plan.Plan("CPU", None, "pip", ("pip",), ("pip",), download=0.001, disk=0.01)
setup.CHECK = "print('{\\"python\\": \\"3\\", \\"torch\\": \\"2\\", \\"gpu\\": \\"\\"}')"
bpy.ops.intermask.set_up_engine()
own = Path(bpy.utils.extension_path_user(name))
assert status.usable() and own in process.find_python().parents and "2 for CPU" in status.details()
bpy.ops.intermask.remove_engine()
assert status.state() is setup.State.ABSENT and not list(own.iterdir())
bpy.ops.preferences.addon_disable(module=name)
assert traces() == before
"""
MAKE_MOTION = """
bpy.context.preferences.addons[name].preferences.python = sys.argv[2]
bpy.ops.intermask.check_python()
bpy.ops.intermask.test_engine()
"""
DRIVE = """
import importlib, time
from pathlib import Path

def fresh_queue():
    return importlib.import_module(f"{name}.intermask_blender.jobs").queue

def seeds():
    return [take.seed for take in bpy.context.scene.intermask.takes]

def played():
    settings = bpy.context.scene.intermask
    return [rig.animation_data.action.name for rig in (settings.person_a, settings.person_b)]

def until(done):
    end = time.monotonic() + 60
    while not done():
        assert time.monotonic() < end, queue.jobs
        queue.poll()
        time.sleep(0.01)

queue = fresh_queue()
bpy.context.preferences.addons[name].preferences.python = sys.argv[2]
settings = bpy.context.scene.intermask
settings.own_sampling, settings.steps, settings.seconds = True, 4, 2.0
bpy.ops.ed.undo_push(message="Start")
assert bpy.ops.intermask.generate(seed=1) == {"FINISHED"}
worker, first = queue.worker.pid, played()

bpy.context.scene.intermask.steps = 500
bpy.ops.intermask.generate(wait=False)
until(lambda: queue.jobs[0].step > 2)
bpy.ops.intermask.cancel()
until(lambda: queue.settled)
assert queue.worker.pid == worker and seeds() == [1] and played() == first

bpy.context.scene.intermask.steps = 3
for seed in (2, 3, 4):
    bpy.ops.intermask.generate(seed=seed, wait=False)
assert len(queue.jobs) == 3
until(lambda: not queue.busy)
assert queue.worker.pid == worker and seeds() == [1, 2, 3, 4]
bpy.ops.ed.undo()
assert seeds() == [1, 2, 3]
bpy.ops.ed.redo()
assert seeds() == [1, 2, 3, 4]

last = played()
bpy.ops.intermask.switch_take(index=0)
assert played() == first != last
bpy.ops.wm.save_as_mainfile(filepath=sys.argv[3])
bpy.ops.intermask.switch_take(index=3)
bpy.ops.wm.open_mainfile(filepath=sys.argv[3])
assert seeds() == [1, 2, 3, 4] and played() == first

bpy.ops.preferences.addon_disable(module=name)
assert traces() == before
bpy.ops.preferences.addon_enable(module=name)
queue = fresh_queue()
bpy.context.preferences.addons[name].preferences.python = sys.argv[2]
assert seeds() == [1, 2, 3, 4] and queue.worker is None
assert bpy.ops.intermask.generate(seed=5) == {"FINISHED"}
assert seeds() == [1, 2, 3, 4, 5] and queue.worker.pid != worker

rig = bpy.context.scene.intermask.person_a
assert bpy.ops.intermask.redo_person(person="B") == {"FINISHED"}
assert bpy.ops.intermask.react(actor=rig.name, seed=6) == {"FINISHED"}
assert len(seeds()) == 7 and seeds()[-1] == 6
assert rig.intermask_bones.left_knee == "left_knee"
assert bpy.ops.intermask.save_rig_preset(name="Ours") == {"FINISHED"}
assert bpy.ops.intermask.clear_rig() == {"FINISHED"} and rig.intermask_bones.left_knee == ""
assert bpy.ops.intermask.load_rig_preset(name="Ours") == {"FINISHED"}
assert rig.intermask_bones.left_knee == "left_knee"

chain = bpy.ops.intermask.generate_chain(prompt="Two people bow.\\nTwo people wave.", seconds=2.0, seed=7)
assert chain == {"FINISHED"} and seeds()[-1] == 7
assert bpy.ops.intermask.in_between(start=40, end=60) == {"FINISHED"} and len(seeds()) == 9
written = Path(sys.argv[3]).with_name("chain.fbx")
assert bpy.ops.intermask.export_fbx(filepath=str(written), check=True) == {"FINISHED"}
assert sorted(file.name for file in written.parent.glob("*.fbx")) == ["chain_A.fbx", "chain_B.fbx"]
assert bpy.ops.intermask.bake(mode="NLA", reduce=True) == {"FINISHED"}
settings = bpy.context.scene.intermask
assert all(rig.animation_data.nla_tracks[-1].strips for rig in (settings.person_a, settings.person_b))
bpy.ops.preferences.addon_disable(module=name)
assert traces() == before
"""
SUBSCRIBE = """
bpy.context.preferences.system.use_online_access = True
repos = bpy.context.preferences.extensions.repos
repo = repos.new(name="Ours", module="ours", remote_url=sys.argv[1])
index = repos.find(repo.name)
bpy.ops.extensions.repo_sync(repo_index=index)
bpy.ops.extensions.package_install(repo_index=index, pkg_id="intermask")
assert "bl_ext.ours.intermask" in bpy.context.preferences.addons
assert "generate" in dir(bpy.ops.intermask)
bpy.ops.preferences.addon_disable(module="bl_ext.ours.intermask")
"""


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """The folder of a self-hosted repository with the zip in it."""
    spec = importlib.util.spec_from_file_location("build_of_the_zip", ROOT / "build.py")
    build = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = build  # its dataclasses look there
    spec.loader.exec_module(build)
    build.DIST = tmp_path_factory.mktemp("dist")
    folder = tmp_path_factory.mktemp("a répository")
    assert build.make_zip(folder) == 0
    return folder


@pytest.fixture(scope="module")
def package(repository) -> Path:
    """The zip."""
    (found,) = repository.glob("intermask-*.zip")
    return found


def blender(folder: Path, script: str, *arguments, **variables: str) -> str:
    """What a script prints in a fresh Blender whose user folder is this one."""
    environment = os.environ | {"BLENDER_USER_RESOURCES": str(folder)} | variables
    call = [sys.executable, "-c", START + script, *map(str, arguments)]
    # not in the checkout, where the packages would be found without being installed
    done = subprocess.run(call, cwd=folder, env=environment, capture_output=True, encoding="utf-8", errors="replace")
    said = done.stdout[-2000:] + done.stderr[-4000:]
    assert done.returncode == 0 and "Traceback" not in said, said  # at Blender's end too
    return done.stdout


def test_holds_what_a_user_needs_and_no_more(package):
    with zipfile.ZipFile(package) as archive:
        names = set(archive.namelist())
    assert {name.split("/")[0] for name in names} == {
        *("__init__.py", "blender_manifest.toml", "LICENSE", "README.md", "engine", "intermask_blender", "weights")
    }
    assert {
        "weights/starter/transformer.safetensors",
        "weights/starter/planner.safetensors",
        "weights/starter/config.json",
        "engine/worker.py",
    } <= names
    unwanted = ("choreography", "training", "evaluation/", "datasets", "tests", "benchmarks", "__pycache__")
    assert not [name for name in names if any(word in name for word in unwanted)]


def test_comes_and_goes_without_a_trace(package, tmp_path):
    blender(tmp_path, INSTALL_FILE + COME_AND_GO, package)


def test_sets_the_engine_up_and_removes_it(package, tmp_path, monkeypatch):
    monkeypatch.delenv("INTERMASK_ENGINE_PYTHON", raising=False)
    said = blender(tmp_path, INSTALL_FILE + SET_UP, package, PIP_NO_INDEX="1", PIP_CONFIG_FILE=os.devnull)
    assert "switch on Allow Online Access" in said
    assert "The engine is ready on the CPU: PyTorch 2, 0.0 GB." in said
    assert "The engine was removed: 0.0 GB freed." in said


@pytest.mark.skipif(not ENGINE_PYTHON, reason="no Python with torch to run the engine: set INTERMASK_ENGINE_PYTHON")
def test_an_installed_zip_makes_motion(package, tmp_path, monkeypatch):
    monkeypatch.delenv("INTERMASK_ENGINE_PYTHON", raising=False)
    said = blender(tmp_path, INSTALL_FILE + MAKE_MOTION, package, ENGINE_PYTHON)
    assert "can run the engine on" in said and "The engine works: " in said


@pytest.mark.skipif(not ENGINE_PYTHON, reason="no Python with torch to run the engine: set INTERMASK_ENGINE_PYTHON")
def test_an_installed_zip_does_all_that_the_panel_offers(package, tmp_path, monkeypatch):
    monkeypatch.delenv("INTERMASK_ENGINE_PYTHON", raising=False)
    blender(tmp_path, INSTALL_FILE + DRIVE, package, ENGINE_PYTHON, tmp_path / "scene.blend")


def test_installs_from_a_repository(repository, tmp_path):
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=repository)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        blender(tmp_path, SUBSCRIBE, f"http://127.0.0.1:{server.server_port}/index.json")
        server.shutdown()
