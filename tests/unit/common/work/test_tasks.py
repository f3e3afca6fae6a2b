"""The runner never dies, backs off, and lets one replica work at a time."""

from services.common.errors import Transient
from services.common.work.lease import Leases
from services.common.work.tasks import (
    LONGEST_BACKOFF_SECONDS,
    WITHOUT_LEASE_SECONDS,
    Leased,
    Rounds,
)


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
    first.release()
    assert second.turn() == 0.1
