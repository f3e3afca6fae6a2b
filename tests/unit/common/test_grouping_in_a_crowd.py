"""Who writes right after a crowd waits a moment for more of it; nobody else waits."""

from collections.abc import Sequence

import pytest

from services.common import grouping
from services.common.grouping import GroupCommit, _Waiting


class Ended(BaseException):
    """Whoever meets it is gone."""


class Machine:
    """Seconds that pass when somebody sleeps, or when a test wants it; others come meanwhile."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []
        self.groups: list[int] = []
        self.together: GroupCommit[int, int] = GroupCommit(
            self._write, lambda item: item, sleep=self._sleep, monotonic=lambda: self.now
        )

    def _write(self, items: Sequence[int]) -> list[int]:
        self.groups.append(len(items))
        self.now += 0.001
        return list(items)

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def test_after_a_crowd_the_next_waits_a_moment_for_more_of_it() -> None:
    machine = Machine()
    machine.together.write_all(range(grouping.CROWD))
    machine.together.write(9)
    assert sum(machine.slept) == pytest.approx(grouping.CROWD_SECONDS)
    assert machine.groups == [grouping.CROWD, 1]
    waited = len(machine.slept)
    machine.now += grouping.SOON_SECONDS
    machine.together.write(10)
    assert len(machine.slept) == waited, "the crowd is gone"


def test_when_as_many_have_come_again_nobody_waits_for_more() -> None:
    machine = Machine()
    machine.together.write_all(range(grouping.CROWD))
    machine.together.write_all(range(grouping.CROWD))
    assert (machine.slept, machine.groups) == ([], [grouping.CROWD] * 2)


def test_who_waits_sees_that_the_others_have_come() -> None:
    machine = Machine()
    machine.together.write_all(range(grouping.CROWD))

    def come(seconds: float) -> None:
        machine.slept.append(seconds)
        machine.together._waiting += [_Waiting(each) for each in range(10, 12)]

    machine.together._sleep = come
    assert machine.together.write(9) == 9
    assert len(machine.slept) == 1
    assert machine.groups[-1] == grouping.CROWD


def test_a_few_who_write_together_are_no_crowd() -> None:
    machine = Machine()
    machine.together.write_all(range(grouping.CROWD - 1))
    machine.together.write(9)
    assert machine.slept == []


def test_whoever_is_ended_while_he_waits_for_a_crowd_hands_the_turn_on() -> None:
    machine = Machine()
    machine.together.write_all(range(grouping.CROWD))

    def ended(_seconds: float) -> None:
        raise Ended

    machine.together._sleep = ended
    with pytest.raises(Ended):
        machine.together.write(1)
    machine.together._sleep = machine._sleep
    assert machine.together.write(2) == 2
