"""The nameko extension that runs tasks beside a service's entry points."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final

import eventlet
from eventlet.event import Event
from nameko.extensions import DependencyProvider

from services.common.work.tasks import Rounds, Task

#: Key in nameko's configuration: called with a task's name for every failed turn (a metric).
ON_TASK_FAULT: Final = "SHAOBAO_ON_TASK_FAULT"


class Background(DependencyProvider):  # type: ignore[misc]
    """Runs tasks on greenlets of their own, from start to a stop between two turns.

    `build(container)` is called once, when every dependency is set up; it may raise to refuse
    the start. Failed turns are told to `ON_TASK_FAULT`.
    """

    def __init__(self, build: Callable[[Any], Iterable[Task]]) -> None:
        self._build = build
        self._threads: list[Any] = []
        self._stopping = Event()

    def start(self) -> None:
        """Start every task."""
        fault = self.container.config.get(ON_TASK_FAULT, lambda _task: None)
        self._threads = [
            self.container.spawn_managed_thread(
                partial(Rounds(task, fault).run, self._pause), identifier=task.name
            )
            for task in self._build(self.container)
        ]

    def stop(self) -> None:
        """Let every task end its turn, then wait for it."""
        self._end()
        for thread in self._threads:
            thread.wait()

    def kill(self) -> None:
        """Ask every task to end; don't wait."""
        self._end()

    def _end(self) -> None:
        if not self._stopping.ready():
            self._stopping.send(True)

    def _pause(self, seconds: float) -> bool:
        """Pause, also for nothing so that others get their turn; say whether to stop."""
        eventlet.sleep(0)
        return bool(self._stopping.wait(timeout=seconds)) if seconds else self._stopping.ready()
