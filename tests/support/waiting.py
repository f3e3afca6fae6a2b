"""Waiting without sleeping longer than needed, and saying what was awaited."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(
    check: Callable[[], T], *, awaited: str, within_seconds: float = 20.0, every: float = 0.05
) -> T:
    """Return the first true value of `check()`; fail after `within_seconds`."""
    deadline = time.monotonic() + within_seconds
    while not (found := check()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {within_seconds} s for {awaited}; last seen: {found!r}")
        time.sleep(every)
    return found
