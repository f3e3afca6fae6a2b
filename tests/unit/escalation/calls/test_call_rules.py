"""What a call does beyond its table: repetitions, late words, who may speak."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.common.eventlog.deciding import carry_out
from services.escalation.calls.commands import AcceptCall, ReceiveCall
from services.escalation.calls.rules import CALL
from services.escalation.errors import (
    AlreadyRated,
    ArrivalOutOfTime,
    NotTheCalledUnit,
    NotTheWhistlingTown,
)
from tests.support.examples import DAY_ONE, TOWN, at
from tests.support.examples_escalation import (
    ACCEPT,
    ARRIVE,
    BY_MARKET,
    CALL_ID,
    CALL_MARKET,
    CALL_WAYS,
    DONE,
    ELSEWHERE,
    END,
    EXCUSE,
    INSIST,
    MARKET,
    OPEN_RATING,
    PROGRESS,
    RATE_UNIT,
    RATE_WHISTLE,
    RECEIVE,
    REFUSE,
    REMIND,
    a_call,
    errand,
    harmless,
    log_after,
    names,
)

STREAM = f"call-{CALL_ID}"
UNITS = [RECEIVE, ACCEPT, REFUSE, ARRIVE, PROGRESS, DONE, RATE_WHISTLE]
TOWNS = [INSIST, EXCUSE, RATE_UNIT]


def decide(state: Any, command: Any) -> list[Any]:
    return list(CALL.decide(state, command, DAY_ONE))


@pytest.mark.parametrize("command", UNITS)
def test_another_department_says_nothing_about_it(command: Any) -> None:
    with pytest.raises(NotTheCalledUnit):
        decide(a_call("called"), replace(command, acting_for=("dept-court", TOWN)))


@pytest.mark.parametrize("command", TOWNS)
def test_only_the_whistling_town_answers_and_rates(command: Any) -> None:
    with pytest.raises(NotTheWhistlingTown):
        decide(a_call("refused"), replace(command, acting_for=(*ELSEWHERE, MARKET)))


@pytest.mark.parametrize(
    ("state", "command"),
    [
        (a_call("received"), RECEIVE),
        (a_call("received"), ReceiveCall(BY_MARKET)),
        (a_call("accepted"), ACCEPT),
        (a_call("accepted"), AcceptCall(BY_MARKET)),
        (a_call("refused"), REFUSE),
    ],
)
def test_saying_again_what_is_on_record_yields_no_event(state: Any, command: Any) -> None:
    assert decide(state, command) == []


def test_a_receipt_with_a_new_number_is_recorded() -> None:
    state = a_call("received", ReceiveCall(BY_MARKET, "SC-8"))
    assert (state.status, state.external_ref) == ("received", "SC-8")


def test_a_receipt_that_comes_after_the_arrival_is_recorded_and_moves_nothing() -> None:
    state = a_call("present", RECEIVE, ACCEPT)
    assert (state.status, state.read, state.accepted) == ("present", True, True)


def test_the_first_report_in_is_marked_and_the_second_is_not() -> None:
    (first,) = decide(a_call("accepted"), ARRIVE)
    (second,) = decide(a_call("present"), ARRIVE)
    assert (first.first, second.first) == (True, False)
    assert (first.lead, first.mode, first.persons) == (False, "on_site", 3)


def test_when_it_was_there_first_is_our_time() -> None:
    early = replace(ARRIVE, at=at(1))
    state = a_call("called")
    for event in CALL.decide(state, early, at(2)):
        state = CALL.evolve(state, event, at(2))
    assert state.reported_in_at == at(2)


@pytest.mark.parametrize("minutes", [-5, 0, 60, 125])
def test_it_came_between_the_call_and_now_give_or_take_what_clocks_differ_by(
    minutes: int,
) -> None:
    came = replace(ARRIVE, at=DAY_ONE + timedelta(minutes=minutes))
    (event,) = CALL.decide(a_call("called"), came, at(2))
    assert event.at == came.at


@pytest.mark.parametrize(
    "came_at",
    [at(-0.1), at(2.1), datetime(2000, 1, 1, tzinfo=UTC), datetime(2199, 1, 1, tzinfo=UTC)],
)
@pytest.mark.parametrize("status", ["called", "present"])
def test_nobody_came_before_the_call_or_will_have_come(status: str, came_at: datetime) -> None:
    with pytest.raises(ArrivalOutOfTime) as refused:
        CALL.decide(a_call(status), replace(ARRIVE, at=came_at), at(2))
    assert refused.value.slug == "values-refused"
    assert refused.value.facts["not_before"] == "2026-06-01T01:07:00.000000Z"
    assert "2026-06-01T03:17:00.000000Z" in refused.value.detail_zh


def test_how_it_came_last_is_shown() -> None:
    met = replace(ARRIVE, mode="meeting")
    state = a_call("accepted", met)
    assert state.present_as == "meeting"
    for event in CALL.decide(state, ARRIVE, at(3)):
        state = CALL.evolve(state, event, at(3))
    assert (state.present_as, state.status) == ("on_site", "present")


def test_whoever_refused_and_came_after_all_is_there() -> None:
    assert a_call("refused", ARRIVE).status == "present"


def test_an_insistence_starts_the_waiting_anew() -> None:
    state = a_call("refused")
    for event in CALL.decide(state, INSIST, at(3)):
        state = CALL.evolve(state, event, at(3))
    assert (state.status, state.called_at, state.awaited_from) == ("received", DAY_ONE, at(3))


def test_after_an_insistence_it_may_be_refused_again() -> None:
    assert a_call("refused", INSIST, REFUSE).status == "refused"


def test_a_call_that_nobody_has_read_takes_the_second_path_once() -> None:
    assert names(decide(a_call("called"), REMIND)) == ["DepartmentReminded", "SecondPathTaken"]
    assert names(decide(a_call("called", REMIND), REMIND)) == ["DepartmentReminded"]
    assert names(decide(a_call("accepted"), REMIND)) == ["DepartmentReminded"]


@pytest.mark.parametrize(
    ("status", "event"),
    [
        ("called", "CallWithdrawn"),
        ("accepted", "CallWithdrawn"),
        ("refused", "CallWithdrawn"),
        ("present", "DepartmentReleased"),
        ("done", "DepartmentReleased"),
    ],
)
def test_the_end_releases_who_is_there_and_withdraws_the_rest(status: str, event: str) -> None:
    assert names(decide(a_call(status), END)) == [event]


def test_each_side_rates_once() -> None:
    both = a_call("rating", RATE_UNIT, RATE_WHISTLE)
    assert (both.rated_by_town, both.rated_by_unit) == (True, True)
    for command in (RATE_UNIT, RATE_WHISTLE):
        with pytest.raises(AlreadyRated):
            decide(both, command)


def test_an_excused_unit_is_marked() -> None:
    assert a_call("refused", EXCUSE).excused


COMMANDS = [
    ("called", RECEIVE),
    ("called", ACCEPT),
    ("called", REFUSE),
    ("called", ARRIVE),
    ("refused", INSIST),
    ("refused", EXCUSE),
    ("present", PROGRESS),
    ("present", DONE),
    ("rating", RATE_UNIT),
    ("rating", RATE_WHISTLE),
    ("ended", OPEN_RATING),
]


@pytest.mark.parametrize(("status", "command"), COMMANDS)
def test_a_command_repeated_under_its_key_adds_nothing(status: str, command: Any) -> None:
    log = log_after(CALL, STREAM, *CALL_WAYS[status])
    first = carry_out(log, CALL, errand(STREAM, command))
    again = carry_out(log, CALL, errand(STREAM, command))
    assert (again.repeated, again.version, again.commit) == (True, first.version, first.commit)


@pytest.mark.parametrize(("status", "command"), COMMANDS)
def test_a_command_is_decided_anew_when_others_were_faster(status: str, command: Any) -> None:
    log = log_after(CALL, STREAM, *CALL_WAYS[status])
    log.rivals = [harmless(STREAM)]
    assert carry_out(log, CALL, errand(STREAM, command)).version == len(CALL_WAYS[status]) + 2


def test_a_call_carries_everything_that_was_said_when_it_was_made() -> None:
    state = a_call("called")
    assert (state.whistle_id, state.unit, state.town, state.via, state.lead) == (
        CALL_MARKET.whistle_id, MARKET, TOWN, "amqp", False,
    )  # fmt: skip
