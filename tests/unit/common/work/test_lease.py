"""A process asks for a lease once for all of its tasks, and believes the answer for a while."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest
from pymongo.errors import AutoReconnect

from services.common.eventlog.ports import StoreAway
from services.common.work.leading import KeepLeading, Leadership
from services.common.work.lease import LEASE_SECONDS, REFUSED_SECONDS, RENEWED_AFTER, MongoLease
from tests.support.waiting import PATIENCE_SECONDS, eventually


class Asking(MongoLease):
    """A lease whose database answers what is written here, and counts the questions."""

    def __init__(self, *answers: bool | Exception) -> None:
        rows: Any = SimpleNamespace(delete_one=lambda _row: None)
        super().__init__(rows, "leader")
        self.answers = list(answers)
        self.asked = 0

    def _taken(self) -> bool:
        self.asked += 1
        found = self.answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    def _created(self) -> bool:
        return False


class Machine:
    """Machine time that a test moves."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    found = Machine()
    monkeypatch.setattr("services.common.work.lease.time", found)
    return found


def test_what_is_held_is_asked_for_again_when_it_is_to_be_renewed(machine: Machine) -> None:
    lease = Asking(True, True, False)
    assert lease.hold()
    machine.now += LEASE_SECONDS * RENEWED_AFTER - 0.01
    assert lease.hold()
    assert lease.asked == 1
    machine.now += 0.01
    assert (lease.hold(), lease.asked) == (True, 2)
    machine.now += LEASE_SECONDS
    assert (lease.hold(), lease.asked) == (False, 3)


def test_it_says_how_long_it_is_ours_counted_from_before_the_question(machine: Machine) -> None:
    lease = Asking(True, True, False)
    assert lease.left() == 0.0
    lease.hold()
    machine.now += 1.0
    assert lease.left() == pytest.approx(LEASE_SECONDS - 1.0)
    machine.now += LEASE_SECONDS
    assert lease.left() == 0.0
    lease.hold()
    assert lease.left() == LEASE_SECONDS
    lease.release()
    assert lease.left() == 0.0


def test_who_keeps_it_asks_when_it_may_be_renewed_and_not_in_between(machine: Machine) -> None:
    lease = Asking(*[True] * 5)
    keeping = KeepLeading(Leadership(lease, machine.monotonic))
    for asked in range(1, 6):
        pause = keeping.turn()
        assert lease.asked == asked
        assert LEASE_SECONDS * RENEWED_AFTER < pause < LEASE_SECONDS
        machine.now += pause


def test_a_no_is_believed_for_a_moment(machine: Machine) -> None:
    lease = Asking(False, True)
    assert [lease.hold() for _ in range(5)] == [False] * 5
    machine.now += REFUSED_SECONDS - 0.01
    assert (lease.hold(), lease.asked) == (False, 1)
    machine.now += 0.01
    assert (lease.hold(), lease.asked) == (True, 2)


@pytest.mark.usefixtures("machine")
def test_when_nobody_knows_nothing_is_believed() -> None:
    lease = Asking(AutoReconnect("away"), AutoReconnect("away"), True)
    for _ in range(2):
        with pytest.raises(StoreAway):
            lease.hold()
    assert (lease.hold(), lease.asked) == (True, 3)


def test_a_renewal_that_nobody_has_answered_is_no_yes(machine: Machine) -> None:
    lease = Asking(True, AutoReconnect("away"), False)
    lease.hold()
    machine.now += LEASE_SECONDS
    with pytest.raises(StoreAway):
        lease.hold()
    assert not lease.hold()


@pytest.mark.usefixtures("machine")
def test_what_was_given_back_is_asked_for_again() -> None:
    lease = Asking(True, False)
    assert lease.hold()
    lease.release()
    assert (lease.hold(), lease.asked) == (False, 2)


@pytest.mark.parametrize("answer", [True, False])
def test_the_tasks_of_a_process_share_one_question(*, answer: bool) -> None:
    asking, answered = Event(), Event()

    class Slow(Asking):
        def _taken(self) -> bool:
            asking.set()
            assert answered.wait(PATIENCE_SECONDS)
            return super()._taken()

    lease = Slow(answer)
    with ThreadPoolExecutor(4) as tasks:
        held = [tasks.submit(lease.hold) for _ in range(4)]
        assert asking.wait(PATIENCE_SECONDS)
        eventually(lambda: all(each.running() for each in held), awaited="all four to ask")
        answered.set()
        assert [each.result(PATIENCE_SECONDS) for each in held] == [answer] * 4
    assert lease.asked == 1
