"""The nameko extension that runs tasks beside a service's entry points."""

import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final

import eventlet
from eventlet.event import Event
from nameko.extensions import DependencyProvider

from services.common.work.tasks import Rounds, Task, together
from services.common.work.wake import Wake

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
        self._wakes: list[Wake] = []
        self._stopping = Event()

    def start(self) -> None:
        """Start every task."""
        fault = self.container.config.get(ON_TASK_FAULT, lambda _task: None)
        tasks = list(self._build(self.container))
        self._wakes = [task.wake for task in tasks if task.wake is not None]
        self._threads = [
            self.container.spawn_managed_thread(
                partial(Rounds(task, fault).run, partial(self._pause, task.wake)),
                identifier=task.name,
            )
            for task in tasks
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
        for wake in self._wakes:
            wake.ring()

    def _pause(self, wake: Wake | None, seconds: float) -> bool:
        """Pause, also for nothing so that others get their turn; say whether to stop."""
        eventlet.sleep(0)
        if seconds and not self._stopping.ready():
            pause = together(seconds, time.time())
            if wake is None:
                self._stopping.wait(timeout=pause)
            else:
                wake.pause(pause)
        return bool(self._stopping.ready())
