"""What the person sees: one console, one language, and a sign of life while they wait.

Much of what is shown was written by strangers: everything printed on a console of this module has
its control characters shown instead of sent.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

import typer
from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook, RenderResult
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.segment import Segment

from services.common.observability.visible import visible
from services.terminal.environment import Environment

SIGN_OF_LIFE_SECONDS = 1.0
DOTS_BETWEEN_WORDS = 40
PATIENCE_SECONDS = 1.0  #: a look a second later: nothing is silent for more than two


@dataclass(frozen=True, slots=True)
class _Visible:
    """What a renderable becomes on paper, with nothing in it that acts on a terminal."""

    renderable: ConsoleRenderable

    def __rich_console__(self, on: Console, options: ConsoleOptions) -> RenderResult:
        for text, style, control in on.render(self.renderable, options):
            yield Segment(text if control else visible(text), style, control)


class _MadeVisible(RenderHook):
    """Looks at everything that a console prints."""

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        return [_Visible(each) for each in renderables]


def console_of(**settings: Any) -> Console:
    """Return a console that shows control characters instead of sending them."""
    made = Console(highlight=False, **settings)
    made.push_render_hook(_MadeVisible())
    return made


console = console_of()
complaints = console_of(stderr=True)


def said(environment: Environment, *, en: str, zh: str) -> str:
    """The sentence in the language of the terminal."""
    return zh if environment.chinese else en


def confirm(question: str) -> None:
    """Ask; go on after y, yes or 是.

    Raises:
        typer.Abort: Anything else was answered, or nobody is there to answer.
    """
    answer = typer.prompt(f"{question} [y/N]", default="", show_default=False, prompt_suffix=" ")
    if answer.strip().lower() not in ("y", "yes", "是"):
        raise typer.Abort


@contextmanager
def waiting_for(what: str, *, on: Console | None = None) -> Iterator[None]:
    """Show that something goes on, and for how long; on a pipe, a line that gets a dot a second.

    `on`: `complaints`, where what is printed is a result that somebody may want in a file.
    """
    paper = on or console
    if not paper.is_terminal:
        with _dots(what, paper.file):
            yield
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=paper, transient=True) as progress:
        progress.add_task(what)
        yield


class SignOfLife:
    """Shows between lines that something goes on, as soon as a silence has become long.

    On a terminal a line of words that is overwritten; on a pipe a dot a beat, and now and then the
    words. Whoever prints a line calls `line_comes` before it.
    """

    def __init__(self) -> None:
        """Begin with a silence."""
        self._quiet_since = time.monotonic()
        self._status = console.status("") if console.is_terminal else None
        self._shown = False
        self._dots = 0

    def beat(self, words: str) -> None:
        """Show `words`, or a dot, if the silence is long."""
        if time.monotonic() - self._quiet_since < PATIENCE_SECONDS:
            return
        if self._status is None:
            self._dots += 1
            told = f" {words} " if self._dots % DOTS_BETWEEN_WORDS == 0 else ""
            print(f".{told}", end="", flush=True)
        else:
            self._status.update(words)
            self._status.start()
        self._shown = True

    def line_comes(self) -> None:
        """End the silence: what was shown is taken away, or its line is ended."""
        self._quiet_since = time.monotonic()
        if not self._shown:
            return
        self._shown = False
        self._dots = 0
        if self._status is None:
            print(flush=True)
        else:
            self._status.stop()


@contextmanager
def sign_of_life() -> Iterator[SignOfLife]:
    """Yield a sign of life that is taken away at the end, however that comes."""
    shown = SignOfLife()
    try:
        yield shown
    finally:
        shown.line_comes()


@contextmanager
def _dots(what: str, file: IO[str]) -> Iterator[None]:
    over, dotted = threading.Event(), threading.Event()

    def tick() -> None:
        while not over.wait(SIGN_OF_LIFE_SECONDS):
            dotted.set()
            print(".", end="", flush=True, file=file)

    began = time.monotonic()
    print(f"{what} ", end="", flush=True, file=file)
    ticking = threading.Thread(target=tick, daemon=True)
    ticking.start()
    try:
        yield
    finally:
        over.set()
        ticking.join()
        gap = " " if dotted.is_set() else ""
        print(f"{gap}{time.monotonic() - began:.0f} s", flush=True, file=file)
