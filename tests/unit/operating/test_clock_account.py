"""What `explain late` says, read from facts alone."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest

from services.common.contracts.commit import Fact
from services.common.contracts.event_types import REGISTER
from services.common.contracts.events.clocks import (
    ClocksStopped,
    DeadlineArmed,
    DeadlineEscalated,
    DeadlineLifted,
    DeadlineMet,
    DeadlineMissed,
    DeadlineReminded,
    MissWithdrawn,
)
from services.common.contracts.events.dispatch import WorkOrderHandedOver
from services.common.contracts.vocabulary import ClockKind
from services.operating.clock_account import STEPS, Accountant
from services.terminal.vocabulary_words import DETAILS

NINE = datetime(2026, 6, 1, 1, 0, tzinfo=UTC)  #: 09:00 in Beijing
ORDER = "workOrder-1"
ENGLISH = Accountant(chinese=False, unit=lambda code: f"unit {code}")
CHINESE = Accountant(chinese=True, unit=lambda code: f"单位{code}")


def fact(event: Any, hours: float = 0, stream: str = "clock-1", version: int = 1) -> Fact:
    at = NINE + timedelta(hours=hours)
    return Fact(event, f"{stream}@{version}.0", stream, version, at, at, {})


def armed(arming: int = 1, kind: ClockKind = "acknowledge", to: str | None = "v") -> Fact:
    event = DeadlineArmed(
        arming=arming,
        kind=kind,
        subject=ORDER,
        starts_at=NINE,
        limit_seconds=7200,
        due_at=NINE + timedelta(hours=2),
        ladder=("t",),
        step_seconds=3600,
        charged_to=to,
    )
    return fact(event, version=arming)


def missed(arming: int = 1, **more: Any) -> DeadlineMissed:
    due = NINE + timedelta(hours=2)
    return DeadlineMissed(arming, "acknowledge", ORDER, 0, due, 60, charged_to="v", **more)


def test_a_missed_deadline_names_whom_it_is_charged_to_and_who_was_rung() -> None:
    climbed = DeadlineEscalated(1, "acknowledge", ORDER, 1, "t", NINE + timedelta(hours=3))
    facts = [armed(), fact(missed(), 2, version=2), fact(climbed, 2, version=2)]
    account = ENGLISH.account(facts, [])
    arming = account.armings[0]
    assert account.late == 1
    assert arming.terms.text == (
        "#1 acknowledge: unit v has 2 h from 2026-06-01 09:00:00, due 2026-06-01 11:00:00 "
        f"({ORDER})"
    )
    assert [each.text for each in arming.steps] == [
        "missed: due 2026-06-01 11:00:00, recorded 1 min after, charged to unit v",
        "climbs to step 1: unit t is rung, until 2026-06-01 12:00:00",
    ]
    assert [each.event for each in arming.steps] == ["clock-1@2.0", "clock-1@2.0"]
    assert all(each.bad for each in arming.steps)


def test_the_same_in_chinese() -> None:
    account = CHINESE.account([armed(), fact(missed(), 2, version=2)], [])
    assert account.armings[0].terms.text.startswith("#1 签收：单位v，自 2026-06-01 09:00:00 起限")
    assert "晚 1 分钟记录，责任 单位v" in account.armings[0].steps[0].text


@pytest.mark.parametrize(
    ("events", "late"),
    [
        ((DeadlineMet(1, "acknowledge", ORDER, "workOrder-1@2.0", 0),), 0),
        ((DeadlineMet(1, "acknowledge", ORDER, "workOrder-1@2.0", 30),), 1),
        ((missed(), MissWithdrawn(1, "acknowledge", ORDER, "workOrder-1@2.0")), 0),
        ((missed(), DeadlineMet(1, "acknowledge", ORDER, "workOrder-1@2.0", 30)), 1),
        ((DeadlineLifted(1, "acknowledge", ORDER, "handed_over"),), 0),
        ((ClocksStopped((1,)),), 0),
        ((DeadlineReminded(1, "acknowledge", ORDER, "v"),), 0),
    ],
)
def test_late_is_what_was_missed_or_met_late_and_not_withdrawn(
    events: tuple[Any, ...], late: int
) -> None:
    facts = [armed(), *(fact(event, 2, version=2) for event in events)]
    account = ENGLISH.account(facts, [])
    assert account.late == late
    assert len(account.armings[0].steps) == len(events)


def test_steps_stand_with_their_own_arming() -> None:
    facts = [
        armed(1),
        armed(2, "contact", None),
        fact(missed(1), 2, version=3),
        fact(ClocksStopped((2,)), 3, version=4),
    ]
    first, second = ENGLISH.account(facts, []).armings
    assert [each.event for each in first.steps] == ["clock-1@3.0"]
    assert [each.event for each in second.steps] == ["clock-1@4.0"]
    assert second.terms.text.startswith("#2 contact: 2 h from 2026-06-01 09:00:00, due ")


def test_sources_that_were_behind_are_named() -> None:
    account = ENGLISH.account([armed(), fact(missed(sources_behind=(ORDER,)), 2)], [])
    assert f"not read to its end: {ORDER}" in account.armings[0].steps[0].text


def test_who_held_the_order_is_told_from_its_own_stream() -> None:
    moved = WorkOrderHandedOver("1", "v", "t", "raise", 5400)
    line = ENGLISH.account([], [fact(moved, 1.5, ORDER, 3)]).holding[0]
    assert line.text == "from unit v to unit t (raise; the former held it 1 h 30 min)"
    assert line.event == f"{ORDER}@3.0"


def test_every_kind_of_clock_has_a_chinese_name() -> None:
    assert set(get_args(ClockKind)) <= set(DETAILS["kind"])


def test_every_event_of_a_clock_has_a_sentence() -> None:
    shapes = {each.shape for each in REGISTER.values() if each.category == "clock"}
    assert shapes == {DeadlineArmed, *STEPS}
