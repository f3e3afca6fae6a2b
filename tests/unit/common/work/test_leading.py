"""Who holds a lease is believed for a while without being asked, and not a moment longer."""

import pytest

from services.common.errors import Transient
from services.common.work.leading import KeepLeading, Leadership
from services.common.work.lease import (
    LEASE_SECONDS,
    LEFT_SECONDS,
    RENEWED_AFTER,
    Leases,
    MemoryLease,
)
from services.common.work.tasks import Leased, Rounds


class Machine:
    """Machine time that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_lease_that_is_held_is_believed_until_nobody_has_asked_for_too_long() -> None:
    machine = Machine()
    leadership = Leadership(Leases().lease("x"), machine)
    assert not leadership.believed()
    assert leadership.hold()
    machine.now = LEFT_SECONDS - 0.1
    assert leadership.believed()
    machine.now = LEFT_SECONDS
    assert not leadership.believed()
    assert LEFT_SECONDS < LEASE_SECONDS


def test_a_lease_that_was_given_back_or_is_held_by_another_is_not_believed() -> None:
    leases = Leases()
    first, second = Leadership(leases.lease("x")), Leadership(leases.lease("x"))
    first.hold()
    assert not second.hold()
    assert not second.believed()
    first.release()
    assert not first.believed()
    assert second.hold()
    assert second.believed()


def test_a_lease_of_which_nobody_knows_is_not_believed() -> None:
    class Away(MemoryLease):
        away = False

        def hold(self) -> bool:
            if self.away:
                raise Transient(what="lease")
            return super().hold()

    lease = Away({}, "x")
    leadership = Leadership(lease)
    leadership.hold()
    lease.away = True
    with pytest.raises(Transient):
        leadership.hold()
    assert not leadership.believed()


def test_the_lease_is_kept_while_the_leaders_other_tasks_wait_for_somebody() -> None:
    machine = Machine()
    leadership = Leadership(Leases().lease("x"), machine)
    keeping = KeepLeading(leadership)
    for _ in range(10):
        pause = keeping.turn()
        machine.now += pause
        assert leadership.believed()
    assert pause < LEASE_SECONDS * (1 - RENEWED_AFTER), "it would run out between two turns"


def test_who_stops_leading_gives_the_lease_back_at_the_end() -> None:
    leases = Leases()
    leadership = Leadership(leases.lease("x"))
    led: list[bool] = []

    def stop(_pause: float) -> bool:
        led.append(leadership.believed())
        return True

    Rounds(Leased(KeepLeading(leadership), leadership)).run(stop)
    assert (led, leadership.believed()) == ([True], False)
    assert leases.lease("x").hold()
