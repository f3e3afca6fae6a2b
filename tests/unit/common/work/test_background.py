"""Tasks beside the entry points: every failed turn is told, no ring is lost, a stop is at once."""

from collections.abc import Callable, Iterator
from typing import Any

import eventlet
import pytest
from eventlet.event import Event

from services.common.errors import Transient
from services.common.work.background import ON_TASK_FAULT, Background
from services.common.work.wake import Wake
from tests.support.waiting import PATIENCE_SECONDS

FOR_EVER = 1_000_000.0


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """End a test whose task pauses on."""
    with eventlet.Timeout(PATIENCE_SECONDS):
        yield


class Container:
    """As much of nameko's container as an extension needs."""

    def __init__(self, fault: Callable[[str], None] = lambda _task: None) -> None:
        self.config = {ON_TASK_FAULT: fault}

    def spawn_managed_thread(self, run: Callable[[], None], identifier: str) -> Any:
        assert identifier == "sequencer"
        return eventlet.spawn(run)


class Failing:
    """A task whose database is away for two turns."""

    name = "sequencer"
    wake = None

    def __init__(self) -> None:
        self.turns = 0
        self.recovered = Event()

    def turn(self) -> float:
        self.turns += 1
        if self.turns <= 2:
            raise Transient(what="database")
        self.recovered.send(True)
        return 60.0


class Patient:
    """A task that says what it is at and then pauses for ever; one turn may be disturbed."""

    name = "sequencer"

    def __init__(self, wake: Wake | None, disturbed: Callable[[], None] = lambda: None) -> None:
        self.wake = wake
        self.turned = [Event(), Event()]
        self._turns = iter(self.turned)
        self._disturbed = disturbed

    def turn(self) -> float:
        turned = next(self._turns)
        self._disturbed()
        turned.send(True)
        return FOR_EVER


def running(container: Container, task: Any) -> Background:
    """Return a started extension; whoever calls keeps the container."""
    found: Background = Background(lambda _container: [task]).bind(container, "tasks")
    found.start()
    return found


def test_every_failed_turn_of_a_task_is_told_and_no_other() -> None:
    faults: list[str] = []
    task = Failing()
    container = Container(faults.append)  # an extension keeps no more than a weak reference
    background = running(container, task)
    assert task.recovered.wait(timeout=PATIENCE_SECONDS)
    background.stop()
    assert faults == ["sequencer", "sequencer"]


def test_a_ring_ends_a_long_pause() -> None:
    wake, container = Wake(), Container()
    task = Patient(wake)
    background = running(container, task)
    task.turned[0].wait()
    assert not task.turned[1].ready()
    wake.ring()
    assert task.turned[1].wait(timeout=PATIENCE_SECONDS)
    background.stop()


def test_a_ring_during_a_turn_is_not_lost() -> None:
    wake, container = Wake(), Container()
    task = Patient(wake, disturbed=wake.ring)
    background = running(container, task)
    assert task.turned[1].wait(timeout=PATIENCE_SECONDS)
    background.stop()


@pytest.mark.parametrize("wake", [Wake(), None])
def test_a_stop_ends_a_long_pause_at_once_and_no_turn_follows(wake: Wake | None) -> None:
    container = Container()
    task = Patient(wake)
    background = running(container, task)
    task.turned[0].wait()
    background.stop()
    assert not task.turned[1].ready()


def test_a_kill_ends_a_long_pause_too_and_waits_for_nobody() -> None:
    container = Container()
    task = Patient(Wake())
    background = running(container, task)
    task.turned[0].wait()
    background.kill()
    background.kill()
    background._threads[0].wait()
    assert not task.turned[1].ready()
