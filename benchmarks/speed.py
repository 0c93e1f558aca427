"""How fast and how big: prints a table. Run with the environment that build.py makes, on an otherwise idle machine.

.venv/bin/python -m benchmarks.speed
"""

import os
import platform
import statistics
import tempfile
import time
from pathlib import Path

import torch

from engine import protocol
from engine.checkpoint import Model, ModelConfig
from engine.model_folders import STARTER
from engine.normaliser import Normaliser
from engine.pipeline import InterMask
from engine.text import MINILM, MINILM_READ_WIDTH
from engine.transformer import MaskedTransformer, TransformerConfig
from engine.vqvae import VQVAE, VQVAEConfig
from intermask_blender.__main__ import write
from intermask_blender.engine_process import EngineProcess, find_python

PROMPT = "Two people shake hands."
REPEATS = 5
PUBLISHED_3_S = 5.3  # seconds: the published code for the same clip, measured on two cores of an AMD EPYC


def main() -> None:
    """Measure and print."""
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__}\n")
    print("| what | figure |\n| --- | ---: |")
    for name, figure in (*worker_figures(), *full_size_figures()):
        print(f"| {name} | {figure} |", flush=True)


def worker_figures():
    """The starter model behind its pipes, as the add-on uses it."""
    began = time.perf_counter()
    with EngineProcess(find_python(), STARTER) as engine:
        generate(engine, 0, 2.0, {"steps": 1})
        yield "worker start to first answer (1 step, 2 s)", f"{time.perf_counter() - began:.2f} s"
        for seconds in (3.0, 4.0):
            times = [timed(lambda n=n, s=seconds: generate(engine, n, s)) for n in range(1, REPEATS + 1)]
            yield f"starter, {seconds:g} s of motion, worker warm", f"{statistics.median(times):.2f} s"
        with tempfile.TemporaryDirectory() as folder:
            times = [timed(lambda n=n: prompt_to_blend(engine, n, Path(folder))) for n in range(10, 10 + REPEATS)]
        yield "prompt to keyed .blend, 3 s of motion, worker warm", f"{statistics.median(times):.2f} s"
        yield "worker memory at its highest", f"{peak_memory(engine.ready.pid):.2f} GB"


def generate(engine: EngineProcess, number: int, seconds: float, settings: dict | None = None):
    """One clip through the worker, at the model's own settings if none are given."""
    engine.submit(protocol.Generate(number, PROMPT, seconds, number, settings or {}))
    return protocol.unpack(engine.wait(number, lambda progress: None).motion)


def prompt_to_blend(engine: EngineProcess, number: int, folder: Path) -> None:
    """All that the command line does for a .blend once the worker is warm."""
    from argparse import Namespace

    write(generate(engine, number, 3.0), Namespace(out=folder / "a.blend", fbx=None, strip=None))


def peak_memory(pid: int) -> float:
    """Highest resident memory of a process in gigabytes (Linux)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) / 1e6


def full_size_figures():
    """The published sizes with random weights: the time does not depend on what the weights are."""
    torch.manual_seed(0)
    vqvae = VQVAE(VQVAEConfig("interhuman"))
    vqvae.quantiser.codebook.normal_()
    sizes = TransformerConfig(text_width=MINILM_READ_WIDTH)
    config = ModelConfig("full size", "world", MINILM, 15, 300, vqvae.config, sizes)
    unscaled = Normaliser(torch.zeros(262).numpy(), torch.ones(262).numpy())
    model = InterMask(Model(config, vqvae.eval(), MaskedTransformer(sizes).eval(), unscaled), torch.device("cpu"))
    model.generate(PROMPT, 3.0)
    took = statistics.median(timed(lambda: model.generate(PROMPT, 3.0)) for _ in range(REPEATS))
    yield "full-size networks, 3 s of motion, 20 steps, guidance 2", f"{took:.2f} s"
    yield "share of the published code's time", f"{took / PUBLISHED_3_S:.0%}"


def timed(work) -> float:
    """Seconds that a call takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
