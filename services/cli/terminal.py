"""What the person sees: one console, one language, and a sign of life while they wait."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from services.cli.environment import Environment

console = Console(highlight=False)
complaints = Console(stderr=True, highlight=False)


def said(environment: Environment, *, en: str, zh: str) -> str:
    """The sentence in the language of the terminal."""
    return zh if environment.chinese else en


@contextmanager
def waiting_for(what: str) -> Iterator[None]:
    """Show that something goes on, and for how long; on a pipe, one line."""
    if not console.is_terminal:
        console.print(f"{what} ...")
        yield
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        progress.add_task(what)
        yield
