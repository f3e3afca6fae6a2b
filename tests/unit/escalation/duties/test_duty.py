"""A standing duty: fixed slots, no drift, one check-in a slot, an end."""

from datetime import timedelta
from typing import Any

import pytest

from services.common.errors import NotAllowedNow, NotFound
from services.common.eventlog.deciding import carry_out
from services.escalation.duties.rules import DUTY, CheckInDuty, Duty, MissSlot
from services.escalation.errors import DutyOver, NotTheDutysUnit
from tests.support.examples import DAY_ONE, VILLAGE, at
from tests.support.examples_escalation import ASSIGN, after, errand, harmless, log_after, names

STREAM = "duty-d"
CHECK_IN = CheckInDuty((VILLAGE,), "escalation/note")


def plays(*steps: tuple[Any, float]) -> Duty:
    """Return a duty of three daily slots after commands, each so many hours after it began."""
    state = after(DUTY, ASSIGN)
    for command, hours in steps:
        for event in DUTY.decide(state, command, at(hours)):
            state = DUTY.evolve(state, event, at(hours))
    return state


def missed(slot: int) -> MissSlot:
    return MissSlot(DAY_ONE + timedelta(days=slot))


@pytest.mark.parametrize(
    ("hours", "slot"), [(0, 1), (0.1, 1), (23, 1), (24, 1), (24.1, 2), (48, 2), (72, 3)]
)
def test_a_check_in_counts_for_the_slot_it_lies_in(hours: float, slot: int) -> None:
    (event, *_) = DUTY.decide(after(DUTY, ASSIGN), CHECK_IN, at(hours))
    assert event.slot == slot


def test_checking_in_twice_for_a_slot_yields_no_event() -> None:
    assert list(DUTY.decide(plays((CHECK_IN, 2)), CHECK_IN, at(5))) == []


def test_the_last_slot_ends_the_duty_and_counts_kept_and_missed() -> None:
    state = plays((CHECK_IN, 2), (missed(2), 48.1))
    checked_in, ended = DUTY.decide(state, CHECK_IN, at(60))
    assert (checked_in.slot, ended.kept_slots, ended.missed_slots) == (3, 2, 1)


def test_a_missed_slot_before_the_last_is_only_the_clocks_affair() -> None:
    assert list(DUTY.decide(plays(), missed(1), at(24.1))) == []


def test_a_missed_last_slot_ends_the_duty() -> None:
    (ended,) = DUTY.decide(plays((CHECK_IN, 2), (CHECK_IN, 30)), missed(3), at(72.1))
    assert (ended.kept_slots, ended.missed_slots) == (2, 1)


def test_what_has_ended_stays_ended() -> None:
    state = plays((missed(3), 73))
    for command in (CHECK_IN, missed(3)):
        with pytest.raises(NotAllowedNow):
            DUTY.decide(state, command, at(74))


def test_after_the_last_slot_nobody_checks_in_any_more() -> None:
    with pytest.raises(DutyOver):
        DUTY.decide(plays(), CHECK_IN, at(72.1))


def test_another_unit_does_not_check_in() -> None:
    with pytest.raises(NotTheDutysUnit):
        DUTY.decide(plays(), CheckInDuty(("110112105210",)), at(2))


@pytest.mark.parametrize("command", [CHECK_IN, missed(1)])
def test_there_is_no_such_duty(command: Any) -> None:
    with pytest.raises(NotFound):
        DUTY.decide(Duty(), command, at(2))


def test_a_duty_that_was_never_assigned_has_no_slots() -> None:
    assert (Duty().slots, Duty().slot_at(at(2))) == (0, 0)


def test_a_duty_is_assigned_once() -> None:
    with pytest.raises(NotAllowedNow):
        DUTY.decide(plays(), ASSIGN, at(2))


def test_a_check_in_repeated_under_its_key_adds_nothing() -> None:
    log = log_after(DUTY, STREAM, ASSIGN)
    first = carry_out(log, DUTY, errand(STREAM, CHECK_IN))
    again = carry_out(log, DUTY, errand(STREAM, CHECK_IN))
    assert (again.repeated, again.commit) == (True, first.commit)


def test_a_check_in_is_decided_anew_when_others_were_faster() -> None:
    log = log_after(DUTY, STREAM, ASSIGN)
    log.rivals = [harmless(STREAM)]
    outcome = carry_out(log, DUTY, errand(STREAM, CHECK_IN))
    assert outcome.version == 3
    assert outcome.commit is not None
    assert names(each.event for each in outcome.commit.facts) == ["DutyCheckedIn"]
