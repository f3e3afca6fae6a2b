"""Runs several pieces of code in turns that a test chooses, one port call at a time.

Each piece is a greenlet. `Pausing(port)` hands control back before every call of the port, so the
scheduler decides who goes on, and may kill instead (a crash between any two calls).
"""

from collections.abc import Callable
from random import Random
from typing import Any

from greenlet import GreenletExit, getcurrent, greenlet


class Pausing:
    """A port whose every method hands control back before it runs."""

    def __init__(self, port: Any) -> None:
        self._port = port

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if not callable(found):
            return found

        def paused(*args: Any, **kwargs: Any) -> Any:
            hand_back()
            result = found(*args, **kwargs)
            return list(result) if name == "read" else result

        return paused


def hand_back() -> None:
    """Let the scheduler decide who goes on; outside of one nothing happens."""
    scheduler = getcurrent().parent
    if scheduler is not None:
        scheduler.switch()


def run_interleaved(pieces: list[Callable[[], None]], choose: Random, crashes: int = 0) -> None:
    """Run `pieces` to their ends, in turns that `choose` decides; kill up to `crashes` of them."""
    running = [greenlet(piece) for piece in pieces]
    while running:
        chosen = running[choose.randrange(len(running))]
        if crashes and choose.random() < 0.1:
            crashes -= 1
            chosen.throw(GreenletExit)
        else:
            chosen.switch()
        running = [each for each in running if not each.dead]
