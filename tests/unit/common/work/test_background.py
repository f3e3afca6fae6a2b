"""Tasks beside the entry points: every failed turn is told, under the task's name."""

from collections.abc import Callable
from typing import Any

import eventlet
from eventlet.event import Event

from services.common.errors import Transient
from services.common.work.background import ON_TASK_FAULT, Background
from tests.support.waiting import PATIENCE_SECONDS


class Container:
    """As much of nameko's container as an extension needs."""

    def __init__(self, fault: Callable[[str], None]) -> None:
        self.config = {ON_TASK_FAULT: fault}

    def spawn_managed_thread(self, run: Callable[[], None], identifier: str) -> Any:
        assert identifier == "sweep intake"
        return eventlet.spawn(run)


class Failing:
    """A task whose database is away for two turns."""

    name = "sweep intake"

    def __init__(self) -> None:
        self.turns = 0
        self.recovered = Event()

    def turn(self) -> float:
        self.turns += 1
        if self.turns <= 2:
            raise Transient(what="database")
        self.recovered.send(True)
        return 60.0


def test_every_failed_turn_of_a_task_is_told_and_no_other() -> None:
    faults: list[str] = []
    task = Failing()
    container = Container(faults.append)  # an extension keeps no more than a weak reference
    background = Background(lambda _container: [task]).bind(container, "tasks")
    background.start()
    assert task.recovered.wait(timeout=PATIENCE_SECONDS)
    background.stop()
    assert faults == ["sweep intake", "sweep intake"]
