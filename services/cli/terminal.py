"""What the person sees: one console, one language, and a sign of life while they wait."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from services.cli.environment import Environment

SIGN_OF_LIFE_SECONDS = 1.0

console = Console(highlight=False)
complaints = Console(stderr=True, highlight=False)


def said(environment: Environment, *, en: str, zh: str) -> str:
    """The sentence in the language of the terminal."""
    return zh if environment.chinese else en


@contextmanager
def waiting_for(what: str) -> Iterator[None]:
    """Show that something goes on, and for how long; on a pipe, a line that gets a dot a second."""
    if not console.is_terminal:
        with _dots(what):
            yield
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        progress.add_task(what)
        yield


@contextmanager
def _dots(what: str) -> Iterator[None]:
    over = threading.Event()

    def tick() -> None:
        while not over.wait(SIGN_OF_LIFE_SECONDS):
            print(".", end="", flush=True)

    began = time.monotonic()
    print(f"{what} ", end="", flush=True)
    ticking = threading.Thread(target=tick, daemon=True)
    ticking.start()
    try:
        yield
    finally:
        over.set()
        ticking.join()
        print(f" {time.monotonic() - began:.0f} s", flush=True)
