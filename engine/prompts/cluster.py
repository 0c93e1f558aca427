"""Makes clips on a Ray cluster: every worker holds the model, motions come back here as they are made."""

import os
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..errors import EngineError
from .local import Maker, Outcome
from .prompt_file import Clip

LOCAL = "local"  # the address of a cluster that is started here, for as long as it is needed


def make_on_cluster(
    batches: Sequence[Sequence[Clip]], folder: Path, device: str, batch: int, address: str, workers: int | None
) -> Iterator[Outcome]:
    """Make batches on the workers of a Ray cluster, in any order.

    workers: how many; None: one for each GPU, or where there is none, for each machine.
    A batch that fails, or whose worker dies, is tried once more, each of its clips for itself. A worker that dies is
    replaced, unless it could not even start. Raises EngineError if the cluster can't be reached.
    """
    ray = _connected(address)
    try:
        start = _worker(ray, folder.absolute(), device, batch, workers)
        yield from _work(ray, batches, *start)
    finally:
        ray.shutdown()


def _connected(address: str):
    """The module ray, once it is connected."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # Ray would tell its authors otherwise
    try:
        import ray
    except ModuleNotFoundError as error:
        raise EngineError("--ray needs Ray: python -m pip install -e '.[cluster]'.") from error
    try:
        ray.init(address, logging_level="WARNING", **({"include_dashboard": False} if address == LOCAL else {}))
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise EngineError(f"The Ray cluster at {address} can't be reached ({error}).") from error
    return ray


def _worker(ray, folder: Path, device: str, batch: int, workers: int | None):
    """A function that starts a worker, and how many to start."""
    resources = ray.cluster_resources()
    gpus = 0 if device == "cpu" else int(resources.get("GPU", 0))
    workers = workers or gpus or len(ray.nodes())
    share = {"num_gpus": 1} if gpus else {"num_cpus": max(1, int(resources["CPU"]) // workers)}
    actor = ray.remote(**share, scheduling_strategy="SPREAD")(Maker)
    return lambda: actor.remote(folder, device, batch), workers


def _work(ray, batches: Sequence[Sequence[Clip]], start, workers: int) -> Iterator[Outcome]:
    """Hand out batches to those who are idle. A worker begins with an empty batch, for which it loads the model."""
    waiting = deque((clips, False) for clips in batches)
    outcome: list | str = ""
    at_work, idle = {}, []  # at_work: the answer to come -> worker, clips, whether this is their last attempt

    def hand(worker, clips: Sequence[Clip], last: bool) -> None:
        at_work[worker.make.remote(clips)] = worker, clips, last

    for _ in range(workers):
        hand(start(), [], False)
    while waiting or any(clips for _, clips, _ in at_work.values()):
        while waiting and idle:
            hand(idle.pop(), *waiting.popleft())
        if not at_work:
            raise EngineError(f"No worker of the Ray cluster is left: {outcome}")
        [answer], _ = ray.wait(list(at_work))
        worker, clips, last = at_work.pop(answer)
        outcome, alive = _answer(ray, answer)
        failed = isinstance(outcome, str)
        if alive and (clips or not failed):
            idle.append(worker)
        elif clips:
            hand(start(), [], False)
        if failed and not last:
            waiting.extend(([clip], True) for clip in clips)
        elif clips:
            yield clips, outcome


def _answer(ray, answer) -> tuple[list | str, bool]:
    """Motions or why there are none, and whether the worker is still alive."""
    try:
        return ray.get(answer), True
    except ray.exceptions.RayTaskError as error:
        return str(error.cause), True
    except ray.exceptions.RayError as error:
        return str(error).strip().splitlines()[-1], False
