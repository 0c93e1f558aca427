"""How long a step of training takes at full size, and how much memory: prints a table.

.venv/bin/python -m benchmarks.training [--batch 52] [--precision bf16] [--device cpu]

Samples are noise, so that no data set is needed; reading them and CLIP, which is frozen, are not measured. On a GPU the
batches are the published ones unless --batch says otherwise; on the CPU they are small.
"""

import argparse
import platform
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

import torch
from torch import Tensor

from engine.datasets.research_samples import INTERX_LONGEST, LONGEST, WINDOW
from engine.features import FRAMES_PER_TOKEN, WIDTH
from engine.memory import peak
from engine.normaliser import Normaliser
from engine.skeleton import FULL_REST_OFFSETS
from engine.text import CLIP_TOKENS
from engine.training.batches import Part, Share
from engine.training.config import TrainingConfig, load_config
from engine.training.loop import Trainer, processes
from engine.training.task import Task
from engine.training.transformer import TransformerTask
from engine.training.vqvae import InterHumanVQVAE, InterXVQVAE
from engine.transformer import PEOPLE, MaskedTransformer
from engine.vqvae import SLOTS, VQVAE

CONFIGS = Path("engine/training/configs")
WARM_UP, STEPS = 2, 5
BATCH_ON_CPU = 2


def main() -> None:
    """Measure and print; every network in a process of its own, so that its memory is told apart."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, help="samples of a step")
    parser.add_argument("--precision", choices=["fp32", "bf16"], help="both if not given")
    parser.add_argument("--device", choices=["auto", "cpu"], default="auto")
    arguments = parser.parse_args()
    gpu = torch.cuda.is_available() and arguments.device == "auto"
    threads = f"the CPU ({platform.processor() or platform.machine()}), {torch.get_num_threads()} threads"
    print(f"On {torch.cuda.get_device_name() if gpu else threads}, torch {torch.__version__}.")
    print("" if gpu else "Batches this small say little of what a GPU would do.\n")
    print("| network | precision | batch | s a step | samples a second | GB of memory |")
    print("| --- | --- | ---: | ---: | ---: | ---: |")
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        for data in ("interhuman", "interx"):
            for network in ("vqvae", "transformer"):
                for precision in [arguments.precision] if arguments.precision else ["fp32", "bf16"]:
                    job = (data, network, precision, arguments.batch, arguments.device)
                    print(pool.submit(row, *job).result(), flush=True)


def row(data: str, network: str, precision: str, batch: int | None, device: str) -> str:
    """One line of the table."""
    config = load_config(CONFIGS / f"{data}.toml")
    accelerator = processes(device, precision)
    schedule = getattr(config, f"{network}_schedule")
    batch = batch or (schedule.batch if accelerator.device.type != "cpu" else BATCH_ON_CPU)
    task = {"vqvae": vqvae, "transformer": Noise}[network](config, batch, accelerator)
    trainer = Trainer(task, replace(schedule, batch=batch).counted(1000), accelerator)
    times = []
    for step in range(WARM_UP + STEPS):
        part = Part(*task.batches.read(step, Share()), step=step)
        began = time.perf_counter()
        trainer.step(part)
        if accelerator.device.type == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - began)
    seconds = statistics.median(times[WARM_UP:])
    gigabytes = peak(accelerator.device) / 1e9
    halved = f" in {trainer.pieces} parts" if trainer.pieces > 1 else ""
    figures = f"{seconds:.3f} | {batch / seconds:.1f} | {gigabytes:.1f}"
    return f"| {data} {network} | {precision} | {batch}{halved} | {figures} |"


@dataclass(frozen=True)
class RandomRows:
    """The same noise in every step; clips come with their lengths."""

    shape: tuple[int, ...]
    batch: int

    def read(self, step: int, share: Share) -> tuple[dict[str, Tensor], int, int]:
        """As engine.training.batches has it."""
        rows = torch.randn(self.batch, *self.shape, generator=torch.Generator().manual_seed(0))
        return {"rows": rows}, 0, self.batch


def vqvae(config: TrainingConfig, batch: int, accelerator) -> Task:
    """The VQ-VAE of a configuration, on noise."""
    model = VQVAE(config.vqvae)
    if config.data.kind == "interx":
        return InterXVQVAE(model, RandomRows((WINDOW, 56, 6), batch), accelerator, FULL_REST_OFFSETS, None)
    scale = Normaliser(torch.zeros(WIDTH).numpy(), torch.ones(WIDTH).numpy())
    return InterHumanVQVAE(model, RandomRows((WINDOW, WIDTH), batch), accelerator, scale, None)


class Noise(TransformerTask):
    """The transformer of a configuration, on noise that its VQ-VAE makes tokens of in the step."""

    def __init__(self, config: TrainingConfig, batch: int, accelerator):
        interx = config.data.kind == "interx"
        shape = (PEOPLE, INTERX_LONGEST, 56, 6) if interx else (PEOPLE, LONGEST, WIDTH)
        super().__init__(MaskedTransformer(config.transformer), RandomRows(shape, batch), None, accelerator)
        vqvae = VQVAE(config.vqvae).eval().requires_grad_(False)
        vqvae.quantiser.start(torch.randn_like(vqvae.quantiser.codebook))
        self.vqvae = vqvae.to(accelerator.device, memory_format=torch.channels_last)
        self.words = torch.randn(1, CLIP_TOKENS, config.transformer.text_width, device=accelerator.device)

    @torch.no_grad()
    def tokens(self, part: Part) -> tuple[Tensor, Tensor, Tensor]:
        """As TransformerTask has it."""
        rows = part.values["rows"].to(self.accelerator.device)
        ids = self.vqvae.encode(rows.flatten(0, 1)).unflatten(0, (-1, PEOPLE)).flatten(1)
        lengths = torch.full((part.size,), rows.shape[2] // FRAMES_PER_TOKEN)
        assert ids.shape[1] == PEOPLE * SLOTS * lengths[0]
        return ids, self.words.expand(part.size, -1, -1), lengths


if __name__ == "__main__":
    main()
