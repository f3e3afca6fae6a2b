"""What a whistle does beyond its table: who is called, quorum, release, end."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.common.chart import quorum
from services.common.contracts.events.escalation import WhistledOrder
from services.common.contracts.streams import call_id
from services.common.errors import NotAllowedNow
from services.common.eventlog.deciding import carry_out
from services.escalation.calls.rules import CALL
from services.escalation.duties.rules import DUTY
from services.escalation.errors import (
    ActionNotBegun,
    CalledTwice,
    ChangeNeedsReason,
    DutyOutsideTown,
    DutyTooShort,
    HeldByAnotherUnit,
    MeetingInThePast,
    NobodyCalled,
    NotTheWhistlingTown,
    OrderNotOpen,
    UnitNotHere,
)
from services.escalation.raises.rules import RAISE
from services.escalation.whistles.commands import DropOrder, Proposed, ReleaseUnits
from services.escalation.whistles.rules import WHISTLE, open_calls
from tests.support.examples import DAY_ONE, TOWN, VILLAGE
from tests.support.examples_escalation import (
    APPROVE,
    DROP,
    ELSEWHERE,
    EMERGENCY_DEPT,
    ENFORCEMENT,
    HERE,
    MARK,
    MARKET,
    ORDER,
    QUORUM,
    REJECT,
    RELEASE,
    SECOND_ORDER,
    SUPPORT,
    WHISTLE_ID,
    WITHDRAW,
    a_whistle,
    after,
    blow,
    conclude,
    duty,
    errand,
    harmless,
    joins,
    log_after,
    names,
)

STREAM = f"whistle-{WHISTLE_ID}"
PROPOSED = Proposed(VILLAGE, SUPPORT)


def decide(state: Any, command: Any) -> list[Any]:
    return list(WHISTLE.decide(state, command, DAY_ONE))


# -- blowing ---------------------------------------------------------------------------------------


def test_a_whistle_calls_nobody_before_it_is_approved() -> None:
    (event,) = decide(a_whistle("absent"), blow())
    assert (event.call_now, event.work_orders) == ((), (WhistledOrder("w-1", "r-1"),))


def test_an_emergency_calls_at_once_and_says_everything_a_call_needs() -> None:
    (event,) = decide(a_whistle("absent"), blow("emergency"))
    assert [(each.unit, each.lead, each.via) for each in event.call_now] == [
        (VILLAGE, True, "http"), (EMERGENCY_DEPT, False, "amqp"), (ENFORCEMENT, False, "amqp"),
        (MARKET, False, "amqp"),
    ]  # fmt: skip
    assert {each.town for each in event.call_now} == {TOWN}
    assert event.call_now[0].call_id == call_id(WHISTLE_ID, VILLAGE)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"acting_for": ELSEWHERE}, NotTheWhistlingTown),
        ({"orders": (ORDER, replace(SECOND_ORDER, holder=VILLAGE))}, HeldByAnotherUnit),
        ({"orders": (replace(ORDER, state="closed"),)}, OrderNotOpen),
        ({"orders": (replace(ORDER, state="dispatched"),)}, OrderNotOpen),
        ({"support": (MARKET, MARKET)}, CalledTwice),
        ({"support": (MARKET, VILLAGE)}, CalledTwice),
        ({"lead": TOWN, "support": ()}, NobodyCalled),
        ({"meeting_at": DAY_ONE}, MeetingInThePast),
        ({"proposed": PROPOSED, "support": (MARKET,)}, ChangeNeedsReason),
        ({"proposed": PROPOSED, "lead": MARKET, "support": SUPPORT[:2]}, ChangeNeedsReason),
    ],
)
def test_a_whistle_that_may_not_sound_is_refused(changed: dict[str, Any], expected: Any) -> None:
    with pytest.raises(expected):
        decide(a_whistle("absent"), blow(**changed))


def test_a_change_of_the_proposal_with_a_reason_sounds() -> None:
    command = blow(proposed=PROPOSED, support=(MARKET,), change_reason_ref="escalation/why")
    (event,) = decide(a_whistle("absent"), command)
    assert (event.support, event.change_reason_ref) == ((MARKET,), "escalation/why")


def test_the_same_support_in_another_order_is_no_change() -> None:
    command = blow(proposed=PROPOSED, support=tuple(reversed(SUPPORT)))
    assert names(decide(a_whistle("absent"), command)) == ["WhistleBlown"]


# -- approval --------------------------------------------------------------------------------------


def test_an_approval_calls_everybody_named() -> None:
    (event,) = decide(a_whistle("blown"), APPROVE)
    assert [each.unit for each in event.call_now] == [VILLAGE, *SUPPORT]


def test_a_late_approval_of_an_emergency_calls_nobody_twice() -> None:
    (event,) = decide(a_whistle("blown", "emergency"), APPROVE)
    assert event.call_now == ()


def test_an_emergency_is_marked_unapproved_once() -> None:
    (event,) = decide(a_whistle("blown", "emergency"), MARK)
    assert event.late_by_seconds == 60
    assert decide(a_whistle("blown", "emergency", MARK), MARK) == []


@pytest.mark.parametrize(
    "command",
    [
        replace(APPROVE, acting_for=ELSEWHERE),
        replace(REJECT, acting_for=ELSEWHERE),
        replace(WITHDRAW, acting_for=ELSEWHERE),
        replace(RELEASE, acting_for=ELSEWHERE),
        replace(conclude(), acting_for=ELSEWHERE),
    ],
)
def test_another_town_may_do_nothing_to_it(command: Any) -> None:
    with pytest.raises(NotTheWhistlingTown):
        decide(a_whistle("blown"), command)


# -- quorum ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("supporting", "needed"), [(0, 0), (1, 1), (2, 2), (3, 2), (4, 3), (5, 4), (6, 4)]
)
def test_a_quorum_is_two_thirds_of_the_support_rounded_up(supporting: int, needed: int) -> None:
    assert quorum(supporting, 2, 3) == needed


def test_the_joint_action_begins_once_with_lead_and_enough_support() -> None:
    state = a_whistle("approved", "request", joins(EMERGENCY_DEPT), joins(ENFORCEMENT))
    joined, begun = decide(state, joins(VILLAGE))
    assert (joined.unit, begun.present) == (VILLAGE, (VILLAGE, EMERGENCY_DEPT, ENFORCEMENT))
    assert names(decide(a_whistle("acting"), joins(MARKET))) == ["UnitJoined"]


def test_all_of_the_support_without_the_lead_is_no_joint_action() -> None:
    state = a_whistle("approved", "request", *(joins(unit) for unit in SUPPORT))
    assert state.status == "approved"


def test_who_was_let_go_does_not_count_for_the_quorum() -> None:
    gone = ReleaseUnits(HERE, (EMERGENCY_DEPT,))
    state = a_whistle("approved", "request", joins(EMERGENCY_DEPT), gone, joins(ENFORCEMENT))
    assert names(decide(state, joins(VILLAGE))) == ["UnitJoined"]


def test_who_has_joined_does_not_join_again() -> None:
    assert decide(a_whistle("acting"), joins(VILLAGE)) == []


def test_a_unit_that_was_not_called_does_not_join() -> None:
    with pytest.raises(NotAllowedNow):
        decide(a_whistle("approved"), joins("dept-court"))


def test_events_of_others_change_nothing() -> None:
    state = a_whistle("acting")
    assert WHISTLE.evolve(state, object(), DAY_ONE) is state
    assert RAISE.evolve(RAISE.initial, object(), DAY_ONE) is RAISE.initial
    assert CALL.evolve(CALL.initial, object(), DAY_ONE) is CALL.initial
    assert DUTY.evolve(DUTY.initial, object(), DAY_ONE) is DUTY.initial


# -- release and end -------------------------------------------------------------------------------


def test_without_names_everybody_there_is_released() -> None:
    (event,) = decide(a_whistle("acting"), RELEASE)
    assert event.units == (VILLAGE, EMERGENCY_DEPT, ENFORCEMENT)
    assert event.call_ids == tuple(call_id(WHISTLE_ID, unit) for unit in event.units)


@pytest.mark.parametrize("units", [(MARKET,), (VILLAGE, "dept-court"), ()])
def test_only_who_is_there_is_released(units: tuple[str, ...]) -> None:
    state = a_whistle("acting", "request", *([RELEASE] if not units else []))
    with pytest.raises(UnitNotHere):
        decide(state, ReleaseUnits(HERE, units))


def test_a_conclusion_ends_the_rest_and_asks_those_outside_the_town_to_rate() -> None:
    released = ReleaseUnits(HERE, (VILLAGE, EMERGENCY_DEPT))
    (event,) = decide(a_whistle("acting", "request", released), conclude(duties=(duty(),)))
    assert event.open_calls == tuple(call_id(WHISTLE_ID, unit) for unit in (ENFORCEMENT, MARKET))
    assert event.to_rate == tuple(call_id(WHISTLE_ID, unit) for unit in SUPPORT)
    assert (event.duties, event.work_orders) == ((duty(),), (WhistledOrder("w-1", "r-1"),))


def test_who_was_excused_is_neither_ended_again_nor_asked_to_rate() -> None:
    (event,) = decide(a_whistle("acting"), conclude(excused=frozenset({MARKET})))
    market = call_id(WHISTLE_ID, MARKET)
    assert market not in (*event.open_calls, *event.to_rate)


def test_before_the_action_has_begun_it_ends_unsolved_or_not_at_all() -> None:
    with pytest.raises(ActionNotBegun) as refused:
        decide(a_whistle("approved"), conclude("mediation"))
    assert refused.value.allowed == ("unsolved",)
    assert names(decide(a_whistle("approved"), conclude("unsolved"))) == ["WhistleConcluded"]


@pytest.mark.parametrize(
    ("given", "expected"), [(duty("110112119237"), DutyOutsideTown), (duty(days=0), DutyTooShort)]
)
def test_a_duty_that_nobody_could_do_is_refused(given: Any, expected: Any) -> None:
    with pytest.raises(expected):
        decide(a_whistle("acting"), conclude(duties=(given,)))


def test_a_duty_has_at_least_one_whole_slot_before_its_end() -> None:
    begins, one_slot = DAY_ONE + timedelta(hours=1), duty()
    one_slot = replace(one_slot, until_at=begins + timedelta(days=1))
    (event,) = WHISTLE.decide(a_whistle("acting"), conclude(duties=(one_slot,)), begins)
    assert event.duties == (one_slot,)
    shorter = replace(one_slot, until_at=one_slot.until_at - timedelta(microseconds=1))
    with pytest.raises(DutyTooShort):
        WHISTLE.decide(a_whistle("acting"), conclude(duties=(shorter,)), begins)


def test_a_called_department_may_be_given_a_duty() -> None:
    (event,) = decide(a_whistle("acting"), conclude(duties=(duty(MARKET),)))
    assert event.duties[0].unit == MARKET


def test_a_withdrawal_names_the_calls_that_are_open() -> None:
    gone = ReleaseUnits(HERE, (MARKET,))
    (event,) = decide(a_whistle("approved", "request", joins(MARKET), gone), WITHDRAW)
    assert call_id(WHISTLE_ID, MARKET) not in event.open_calls
    assert len(event.open_calls) == 3


def test_a_rejected_emergency_withdraws_its_calls() -> None:
    (event,) = decide(a_whistle("blown", "emergency"), REJECT)
    assert len(event.open_calls) == 4


# -- orders that dispatch refuses ------------------------------------------------------------------


def test_the_last_order_dropped_withdraws_the_whistle() -> None:
    dropped, withdrawn = decide(a_whistle("blown"), DROP)
    assert (dropped.work_order_id, withdrawn.reason) == ("w-1", "no_order_left")
    assert withdrawn.work_orders == ()


def test_one_of_two_orders_dropped_leaves_the_other_going_on() -> None:
    state = after(WHISTLE, blow(orders=(ORDER, SECOND_ORDER)))
    assert names(decide(state, DROP)) == ["WhistleOrderDropped"]
    left = after(WHISTLE, blow(orders=(ORDER, SECOND_ORDER)), DROP)
    assert left.work_orders == (WhistledOrder("w-2", "r-2"),)


def test_an_order_that_it_does_not_name_is_not_dropped() -> None:
    assert decide(a_whistle("blown"), DropOrder("w-9", "not-allowed-now")) == []


def test_who_acts_already_goes_on_without_an_order() -> None:
    assert names(decide(a_whistle("acting"), DROP)) == ["WhistleOrderDropped"]


# -- repeated and conflicted -----------------------------------------------------------------------

TOWNS = [
    ((), blow()),
    ((blow(),), APPROVE),
    ((blow(),), REJECT),
    ((blow(),), WITHDRAW),
    ((blow(), APPROVE, *QUORUM), RELEASE),
    ((blow(), APPROVE, *QUORUM), conclude()),
]


@pytest.mark.parametrize(("given", "command"), TOWNS)
def test_a_command_repeated_under_its_key_adds_nothing(given: Any, command: Any) -> None:
    log = log_after(WHISTLE, STREAM, *given)
    first = carry_out(log, WHISTLE, errand(STREAM, command))
    again = carry_out(log, WHISTLE, errand(STREAM, command))
    assert (again.repeated, again.version, again.commit) == (True, first.version, first.commit)


@pytest.mark.parametrize(("given", "command"), TOWNS[1:])
def test_a_command_is_decided_anew_when_others_were_faster(given: Any, command: Any) -> None:
    log = log_after(WHISTLE, STREAM, *given)
    log.rivals = [harmless(STREAM)]
    outcome = carry_out(log, WHISTLE, errand(STREAM, command))
    assert outcome.version == len(given) + 2


def test_open_calls_are_those_that_nobody_has_ended() -> None:
    assert open_calls(a_whistle("acting", "request", RELEASE)) == (call_id(WHISTLE_ID, MARKET),)
