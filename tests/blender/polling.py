"""The queue polled as the timer does, which never fires in background mode."""

import time

from intermask_blender.jobs import queue


def until(reached, seconds: float = 60.0) -> None:
    """Poll until something is so."""
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end, f"not reached: {queue.jobs}"
        queue.poll()
        time.sleep(0.01)
