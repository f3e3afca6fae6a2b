"""A bar for what may take more than two seconds; on a pipe nothing is drawn."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from services.terminal.console import console

#: `move(done, of)`
Move = Callable[[int, int], None]
EVERY: Final = 100


@contextmanager
def bar(what: str, unit: str) -> Iterator[Move]:
    """Draw how far `what` is while the block runs; redrawn at every hundredth and at the end."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeRemainingColumn(),
    )
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as drawn:
        task = drawn.add_task(what, total=None)

        def move(done: int, of: int) -> None:
            if done % EVERY == 0 or done == of:
                drawn.update(task, completed=done, total=of)

        yield move
