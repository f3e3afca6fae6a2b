"""Waiting for something outside this process."""

import time
from collections.abc import Callable


def until(
    check: Callable[[], bool], *, deadline_seconds: float, every_seconds: float = 0.05
) -> bool:
    """Ask again and again until `check` says yes; return False when the deadline has passed."""
    end = time.monotonic() + deadline_seconds
    while not check():
        if time.monotonic() > end:
            return False
        time.sleep(every_seconds)
    return True
