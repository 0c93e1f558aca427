"""What a job costs Blender's window: the interface's share of the time, and how fast Cancel is. Prints a table.

.venv/bin/python -m benchmarks.interface
"""

import statistics
import time
from collections.abc import Callable

import bpy
import numpy as np

import intermask_blender
from engine import protocol, rotations, skeleton
from engine.motion import Motion
from intermask_blender import apply_result, people
from intermask_blender.jobs import POLL_INTERVAL, Job, State, queue

REPEATS = 5
SHARE = 0.100  # seconds: what the interface may spend on a job with a result of 10 s


def main() -> None:
    """Measure and print."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    intermask_blender.register()
    settings = bpy.context.scene.intermask
    settings.own_sampling, settings.steps, settings.seconds = True, 40, 4.0
    print(f"Blender {bpy.app.version_string}\n\n| what | figure |\n| --- | ---: |")
    polls = polling()
    print(f"| all polls of a job of 40 steps | {polls * 1e3:.1f} ms |")
    for name, fresh in (("new", True), ("existing", False)):
        took = statistics.median(applying(fresh) for _ in range(REPEATS))
        print(f"| a result of 10 s to two {name} characters | {took * 1e3:.1f} ms |")
        share = (polls + took) * 1e3
        print(f"| the interface's share, {name} characters (at most {SHARE * 1e3:.0f} ms) | {share:.1f} ms |")
    step, cancel = cancelling()
    print(f"| a sampling step | {step:.3f} s |\n| Cancel to worker ready (at most a step + 0.2 s) | {cancel:.3f} s |")
    intermask_blender.unregister()


def job_in_queue(steps: int) -> Job:
    """A job that was just queued."""
    bpy.context.scene.intermask.steps = steps
    bpy.ops.intermask.generate(wait=False)
    return queue.jobs[-1]


def timed(work: Callable) -> float:
    """Processor seconds of this thread that a call takes."""
    began = time.thread_time()
    work()
    return time.thread_time() - began


def polling() -> float:
    """Seconds spent in the polls of one job, worker warm, without that which applies the result."""
    bpy.ops.intermask.generate(wait=True)
    job, spent = job_in_queue(40), 0.0
    while queue.busy:
        took = timed(queue.poll)
        spent += 0.0 if job.state is State.DONE else took
        time.sleep(POLL_INTERVAL)
    return spent


def applying(fresh: bool) -> float:
    """Seconds that it takes to bring 10 s to two people at 24 frames a second, undo step included."""
    scene = bpy.context.scene
    people_now = scene.intermask.person_a, scene.intermask.person_b
    rigs = [None, None] if fresh else [rig.session_uid for rig in people_now]
    cast = apply_result.Cast(scene.session_uid, rigs, people.at_cursor(scene))
    order = apply_result.Order("Benchmark", 10.0, 0, {}, "starter", "A", scene.frame_current, cast)
    packed = protocol.pack(ten_seconds())
    return timed(lambda: apply_result.apply(order, packed, ""))


def ten_seconds() -> Motion:
    """300 frames of two people who sway."""
    time = np.arange(300)[:, None, None] / 30
    angles = 0.3 * np.sin(time * np.linspace(1, 4, 22)[:, None])[..., 0]
    turns = rotations.from_axis_angle(np.broadcast_to([1.0, 0.0, 0.0], (300, 22, 3)), angles)
    roots = np.stack([np.broadcast_to([x, skeleton.REST_PELVIS_HEIGHT, 0.0], (300, 3)) for x in (0.0, 1.0)])
    return Motion(roots, np.stack([turns, turns]), np.stack([skeleton.REST_OFFSETS] * 2), prompt="Benchmark")


def cancelling() -> tuple[float, float]:
    """Seconds of a sampling step, and the time from Cancel to the worker's word that it is ready again."""
    steps, waits = [], []
    for _ in range(REPEATS):
        job = job_in_queue(1000)
        poll_until(lambda job=job: job.step >= 2)
        first, began = job.step, time.perf_counter()
        poll_until(lambda job=job, last=first + 10: job.step >= last)
        steps.append((time.perf_counter() - began) / 10)
        began = time.perf_counter()
        queue.cancel([job])
        poll_until(lambda: queue.settled)
        waits.append(time.perf_counter() - began)
    return statistics.median(steps), statistics.median(waits)


def poll_until(reached: Callable) -> None:
    """Poll ten times as often as a window does, for the sake of measuring."""
    while not reached():
        queue.poll()
        time.sleep(POLL_INTERVAL / 10)


if __name__ == "__main__":
    main()
