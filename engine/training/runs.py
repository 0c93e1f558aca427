"""Trains one network of a run, on whatever data its configuration names."""

from ..errors import EngineError
from . import choreography, research
from .config import DataConfig, TrainingConfig
from .evaluator import evaluator_task
from .loop import processes, train
from .planner import planner_task
from .reader import reader_task

CHOREOGRAPHY = {"vqvae": choreography.vqvae_task, "transformer": choreography.transformer_task}
CHOREOGRAPHY |= {"reader": reader_task, "planner": planner_task, "evaluator": evaluator_task}
RESEARCH = {"vqvae": research.vqvae_task, "transformer": research.transformer_task}


def train_network(network: str, config: TrainingConfig, device: str) -> None:
    """Train a network, one of CHOREOGRAPHY's, to the end of its schedule, or go on from where the last run stopped.

    device: "cpu", or "auto" for the best. Raises EngineError.
    """
    tasks = CHOREOGRAPHY if isinstance(config.data, DataConfig) else RESEARCH
    if network not in tasks:
        raise EngineError(
            f"There is no {network} to train on InterHuman and Inter-X: their evaluators are published, and their texts"
            " are read by the transformer."
        )
    accelerator = processes(device, config.precision)
    with accelerator.main_process_first():  # it prepares what the others then find
        task = tasks[network](config, accelerator)
    schedule = getattr(config, f"{network}_schedule")
    if schedule.epochs:
        schedule = schedule.counted(task.batches.per_epoch)
    count = f", {accelerator.num_processes} processes" if accelerator.num_processes > 1 else ""
    accelerator.print(f"Training the {network} on {accelerator.device}{count}: {schedule.steps} steps.", flush=True)
    train(task, schedule, config.folder / network, accelerator)
