"""Waiting without sleeping longer than needed, and saying what was awaited."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

#: How long a test waits for what shall happen, on a machine that has much else to do. No test
#: passes by it: what never happens fails then.
PATIENCE_SECONDS = 60.0


def eventually(
    check: Callable[[], T],
    *,
    awaited: str,
    within_seconds: float = PATIENCE_SECONDS,
    every: float = 0.05,
) -> T:
    """Return the first true value of `check()`; an AssertionError of it means "not yet" as well.

    Raises:
        AssertionError: The time is over. It names what was awaited and what was seen last; the
            check's own last assertion, if any, is its cause.
    """
    deadline = time.monotonic() + within_seconds
    while True:
        found, fault = _try(check)
        if fault is None and found:
            return found
        if time.monotonic() > deadline:
            seen = fault if fault is not None else repr(found)
            raise AssertionError(
                f"waited {within_seconds} s for {awaited}; last seen: {seen}"
            ) from fault
        time.sleep(every)


def _try(check: Callable[[], T]) -> tuple[T | None, AssertionError | None]:
    try:
        return check(), None
    except AssertionError as fault:
        return None, fault
