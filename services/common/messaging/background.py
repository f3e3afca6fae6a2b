"""The nameko extension that runs tasks beside a service's entry points."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import eventlet
from eventlet.event import Event
from nameko.extensions import DependencyProvider

from services.common.messaging.tasks import Rounds, Task


class Background(DependencyProvider):  # type: ignore[misc]
    """Runs tasks on greenlets of their own, from start to a stop between two turns.

    `build(container)` is called once, when every dependency is set up; it may raise to refuse
    the start. As a dependency a worker gets the list of `Rounds`, to report how they fare.
    """

    def __init__(self, build: Callable[[Any], Iterable[Task]]) -> None:
        self._build = build
        self._rounds: list[Rounds] = []
        self._threads: list[Any] = []
        self._stopping = Event()

    def start(self) -> None:
        """Start every task."""
        self._rounds = [Rounds(task) for task in self._build(self.container)]
        self._threads = [
            self.container.spawn_managed_thread(
                partial(rounds.run, self._pause), identifier=rounds.task.name
            )
            for rounds in self._rounds
        ]

    def stop(self) -> None:
        """Let every task end its turn, then wait for it."""
        self._end()
        for thread in self._threads:
            thread.wait()

    def kill(self) -> None:
        """Ask every task to end; don't wait."""
        self._end()

    def get_dependency(self, worker_ctx: Any) -> list[Rounds]:  # noqa: ARG002  nameko's signature
        """Return how the tasks fare."""
        return self._rounds

    def _end(self) -> None:
        if not self._stopping.ready():
            self._stopping.send(True)

    def _pause(self, seconds: float) -> bool:
        """Pause, also for nothing so that others get their turn; say whether to stop."""
        eventlet.sleep(0)
        return bool(self._stopping.wait(timeout=seconds)) if seconds else self._stopping.ready()
