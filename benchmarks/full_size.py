"""How long networks of the published size take for a motion, and how much memory: prints a table.

.venv/bin/python -m benchmarks.full_size [--device cpu] [--batch 1 16 256]

Their weights, and those of CLIP, are random: the time does not depend on what they are. (Steps of training are in
benchmarks.training.)
"""

import argparse
import os
import platform
import statistics
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import torch
from safetensors.torch import save_file

from engine.batches import is_out_of_memory
from engine.checkpoint import Model, ModelConfig
from engine.device import chosen_device
from engine.features import WIDTH
from engine.memory import peak
from engine.model_folders import CLIP_VARIABLE
from engine.normaliser import Normaliser
from engine.pipeline import InterMask
from engine.published import TRANSFORMER_CONFIG
from engine.sampling import SamplingSettings
from engine.text import CLIP, CLIP_HEADS, CLIP_LAYERS, CLIP_WEIGHTS, CLIP_WIDTH, CLIP_WORDS
from engine.transformer import MaskedTransformer
from engine.vqvae import VQVAE, VQVAEConfig

PROMPT, SECONDS = "Two people shake hands.", 3.0
SETTINGS = SamplingSettings(steps=20, guidance=2.0)
BATCHES, BATCHES_ON_CPU = [1, 16, 256], [1, 16]
REPEATS = 3


def main() -> None:
    """Measure and print; every batch in a process of its own, so that its memory is told apart."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="auto")
    parser.add_argument("--batch", type=int, nargs="+", help="clips made at once")
    arguments = parser.parse_args()
    device = chosen_device(arguments.device)
    batches = arguments.batch or (BATCHES_ON_CPU if device.type == "cpu" else BATCHES)
    what = f"clips of {SECONDS:g} s, {SETTINGS.steps} steps, guidance {SETTINGS.guidance:g}"
    print(f"{described(device)}, torch {torch.__version__}; {what}\n")
    print("| clips at once | s | clips a second | GB of memory |")
    print("| ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        write_clip(Path(folder))
        os.environ[CLIP_VARIABLE] = folder
        with ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
            for batch in batches:
                print(pool.submit(row, batch, str(device)).result(), flush=True)


def described(device: torch.device) -> str:
    """A device in words."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{platform.processor() or platform.machine()}, {device.type.upper()}, {torch.get_num_threads()} threads"


def row(batch: int, device: str) -> str:
    """One line of the table: the median of a few runs after a warm-up."""
    model = full_size(chosen_device(device))

    def run() -> float:
        began = time.perf_counter()  # motions lie in the computer's memory in the end: nothing is left to wait for
        model.generate_many([PROMPT] * batch, SECONDS, range(batch), SETTINGS)
        return time.perf_counter() - began

    try:
        run()
        seconds = statistics.median(run() for _ in range(REPEATS))
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        return f"| {batch} | out of memory | | |"
    return f"| {batch} | {seconds:.3f} | {batch / seconds:.2f} | {peak(model.device) / 1e9:.1f} |"


def full_size(device: torch.device) -> InterMask:
    """InterMask as published for InterHuman, but with random weights."""
    torch.manual_seed(0)
    vqvae, transformer = VQVAE(VQVAEConfig("interhuman")), MaskedTransformer(TRANSFORMER_CONFIG)
    vqvae.quantiser.start(torch.randn_like(vqvae.quantiser.codebook))
    config = ModelConfig("full size", "world", CLIP, 15, 300, vqvae.config, transformer.config)
    scale = Normaliser(torch.zeros(WIDTH).numpy(), torch.ones(WIDTH).numpy())
    networks = [network.to(device).eval().requires_grad_(False) for network in (vqvae, transformer)]
    return InterMask(Model(config, *networks, scale), device)


def write_clip(folder: Path) -> None:
    """CLIP's text tower with random weights, and a list of words without any: it reads letters."""
    from transformers import CLIPTextConfig, CLIPTextModel

    sizes = {"hidden_size": CLIP_WIDTH, "num_hidden_layers": CLIP_LAYERS, "num_attention_heads": CLIP_HEADS}
    network = CLIPTextModel(CLIPTextConfig(intermediate_size=4 * CLIP_WIDTH, **sizes))
    save_file(network.state_dict(), folder / CLIP_WEIGHTS[0])
    (folder / CLIP_WORDS[0]).write_text("#version\n", "utf-8")


if __name__ == "__main__":
    main()
