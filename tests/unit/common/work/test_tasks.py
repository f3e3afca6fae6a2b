"""The runner never dies, backs off, and lets one replica work at a time."""

from typing import Any

import pytest

from services.common.errors import Transient
from services.common.work.lease import Leases
from services.common.work.tasks import (
    LONGEST_BACKOFF_SECONDS,
    LONGEST_GATHERING,
    TOGETHER_SECONDS,
    WITHOUT_LEASE_SECONDS,
    Gathering,
    Leased,
    Rounds,
    together,
)
from services.common.work.wake import Wake


class Scripted:
    """A task whose turns are written beforehand: seconds to pause, or what it raises."""

    name = "scripted"
    wake = None

    def __init__(self, *turns: float | Exception) -> None:
        self.turns = list(turns)

    def turn(self) -> float:
        found = self.turns.pop(0)
        if isinstance(found, Exception):
            raise found
        return found


def test_trouble_backs_off_longer_each_time_and_success_forgets_it() -> None:
    away = Transient(what="broker")
    rounds = Rounds(Scripted(*[away] * 9, 0.02, away))

    waits = [rounds.turn() for _ in range(11)]

    assert waits[:3] == [0.1, 0.2, 0.4]
    assert waits[8] == LONGEST_BACKOFF_SECONDS
    assert waits[9:] == [0.02, 0.1]


def test_a_bug_in_a_task_is_counted_and_the_task_goes_on() -> None:
    faults: list[str] = []
    rounds = Rounds(Scripted(ValueError("a bug"), 1.0), faults.append)

    assert rounds.turn() == LONGEST_BACKOFF_SECONDS
    assert rounds.failed_in_a_row == 1
    assert rounds.turn() == 1.0
    assert faults == ["scripted"]


def test_run_stops_between_two_turns_and_gives_the_lease_back() -> None:
    leases = Leases()
    task = Leased(Scripted(0.1, 0.2), leases.lease("x"))
    pauses: list[float] = []

    def pause(seconds: float) -> bool:
        pauses.append(seconds)
        return len(pauses) == 2

    Rounds(task).run(pause)

    assert pauses == [0.1, 0.2]
    assert leases.lease("x").hold()


def test_without_the_lease_a_task_waits() -> None:
    leases = Leases()
    first = Leased(Scripted(0.1, 0.1), leases.lease("x"))
    second = Leased(Scripted(0.1), leases.lease("x"))

    assert (first.turn(), second.turn()) == (0.1, WITHOUT_LEASE_SECONDS)
    first.end()
    assert second.turn() == 0.1


def test_without_the_lease_something_else_is_done_instead_of_each_turn() -> None:
    leases = Leases()
    other, done = leases.lease("x"), []
    task = Leased(Scripted(0.1), leases.lease("x"), lambda: done.append("forgotten"))
    other.hold()
    assert [task.turn() for _ in range(2)] == [WITHOUT_LEASE_SECONDS] * 2
    assert done == ["forgotten"] * 2
    other.release()
    assert task.turn() == 0.1
    assert len(done) == 2, "who leads remembers"


class Machine:
    """Seconds that pass while somebody sleeps, or when a test wants it."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def gathering(self, task: Any) -> Gathering:
        return Gathering(task, 4.0, self.sleep, lambda: self.now)


class Slow:
    """A task whose turns take their time."""

    name = "slow"
    wake = None

    def __init__(self, machine: Machine, seconds: float) -> None:
        self._machine = machine
        self._seconds = seconds

    def turn(self) -> float:
        self._machine.now += self._seconds
        return 0.0


def test_a_gathering_task_answers_the_first_ring_after_a_rest_at_once() -> None:
    machine = Machine()
    task = machine.gathering(Scripted(0.1, 0.2))
    assert task.turn() == 0.1
    machine.now += 4.0
    assert task.turn() == 0.2
    assert machine.slept == []


def test_a_gathering_task_lets_time_go_by_between_two_turns_and_no_more() -> None:
    machine = Machine()
    task = machine.gathering(Scripted(0.0, 0.0, 0.0))
    task.turn()
    task.turn()
    machine.now += 3.0
    task.turn()
    assert machine.slept == [4.0, 1.0]


@pytest.mark.parametrize(("took", "gap"), [(0.001, 0.004), (0.01, 0.02), (9.0, LONGEST_GATHERING)])
def test_a_gathering_task_whose_turns_are_long_lets_more_time_go_by(
    took: float, gap: float
) -> None:
    machine = Machine()
    task = Gathering(Slow(machine, took), 0.004, machine.sleep, lambda: machine.now)
    task.turn()
    task.turn()
    assert machine.slept == [pytest.approx(gap)]


def test_a_gathering_task_lets_time_go_by_after_a_failed_turn_too() -> None:
    machine = Machine()
    rounds = Rounds(machine.gathering(Scripted(Transient(what="database"), 1.0)))
    assert [rounds.turn(), rounds.turn()] == [0.1, 1.0]
    assert machine.slept == [4.0]


def test_a_gathering_task_is_its_task_to_everybody_else() -> None:
    leases = Leases()
    inner = Leased(Scripted(0.1), leases.lease("x"))
    inner._task.wake = wake = Wake()  # type: ignore[misc]
    task = Machine().gathering(inner)
    assert (task.name, task.wake) == ("scripted", wake)
    Rounds(task).run(lambda _seconds: True)
    assert leases.lease("x").hold(), "it is given back at the end"


@pytest.mark.parametrize("asked", [2.0, 2.05, 5.0, 6.0, 10.0, 3600.0])
@pytest.mark.parametrize("now", [1_000_000.0, 1_000_000.01, 1_000_001.0, 1_000_001.99])
def test_long_pauses_end_together_a_little_early_and_never_late(asked: float, now: float) -> None:
    pause = together(asked, now)
    assert (now + pause) % TOGETHER_SECONDS == pytest.approx(0.0, abs=1e-6)
    assert asked - TOGETHER_SECONDS < pause <= asked


@pytest.mark.parametrize("asked", [0.0, 0.005, 1.0, 1.99])
def test_a_short_pause_is_as_long_as_was_asked_for(asked: float) -> None:
    assert together(asked, 1_000_001.5) == asked


def test_what_is_looked_for_every_few_seconds_is_not_looked_for_more_often_for_being_together() -> (
    None
):
    now, ends = 1_000_000.3, []
    for _ in range(5):
        now += together(6.0, now) + 0.01
        ends.append(round(now))
    assert ends == [1_000_006, 1_000_012, 1_000_018, 1_000_024, 1_000_030]
