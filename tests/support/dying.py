"""A process that dies at one exact point: before or after one call of a port, and nowhere else.

`Killed` is no `Exception`, so nothing that catches faults can soften it; what was in memory of the
call is gone, what the port has stored stays. The world around it then goes on as a restarted
process would.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from services.common.eventlog.ports import StoreAway

When = Callable[..., bool]


class Killed(BaseException):
    """SIGKILL."""


@contextmanager
def dying_before(port: Any, method: str, when: When = lambda *_: True) -> Iterator[None]:
    """Die when `port.method` is about to be called with arguments for which `when` holds.

    Fails if the point is never reached.
    """
    with pytest.raises(Killed), _replaced(port, method, when, done=False, error=Killed):
        yield


@contextmanager
def dying_after(port: Any, method: str, when: When = lambda *_: True) -> Iterator[None]:
    """Die when the call is done and its caller doesn't know yet; else as `dying_before`."""
    with pytest.raises(Killed), _replaced(port, method, when, done=True, error=Killed):
        yield


@contextmanager
def losing_the_database(
    port: Any, method: str, *, done: bool, when: When = lambda *_: True
) -> Iterator[None]:
    """Let the database die in the first such call: nobody knows whether it was `done`."""
    with _replaced(port, method, when, done=done, error=StoreAway) as reached:
        yield
    assert reached, f"{method} was never called so"


@contextmanager
def _replaced(
    port: Any, method: str, when: When, *, done: bool, error: type[BaseException]
) -> Iterator[list[Any]]:
    found = getattr(port, method)
    reached: list[Any] = []

    def once(*arguments: Any) -> Any:
        if reached or not when(*arguments):
            return found(*arguments)
        reached.append(arguments)
        if done:
            found(*arguments)
        raise error

    setattr(port, method, once)
    try:
        yield reached
    finally:
        delattr(port, method)
