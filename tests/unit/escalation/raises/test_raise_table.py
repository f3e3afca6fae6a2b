"""Every cell of the raise's state machine, and who may answer."""

from typing import Any, get_args

import pytest

from services.common.errors import NotAllowedNow, NotFound
from services.common.eventlog.deciding import carry_out
from services.escalation.errors import NotTheUnitAsked
from services.escalation.raises.rules import RAISE, AcceptRaise, AdviseBack, RaiseCommand
from tests.support.examples import DAY_ONE, TOWN
from tests.support.examples_escalation import (
    ACCEPT_RAISE,
    ADVISE_BACK,
    ELSEWHERE,
    OPEN_RAISE,
    RAISE_WAYS,
    VOID,
    RacedLog,
    a_raise,
    after,
    errand,
    harmless,
    log_after,
    names,
)

STREAM = "raise-a"
COMMANDS = {"open": OPEN_RAISE, "accept": ACCEPT_RAISE, "advise": ADVISE_BACK, "void": VOID}
NEXT = {
    ("absent", "open"): "received",
    ("received", "accept"): "accepted",
    ("received", "advise"): "advised_back",
    ("received", "void"): "voided",
    ("accepted", "void"): "voided",
}
CELLS = [(status, name) for status in RAISE_WAYS for name in COMMANDS]


def test_every_command_is_in_the_table() -> None:
    assert {type(each) for each in COMMANDS.values()} == set(get_args(RaiseCommand))


@pytest.mark.parametrize(("status", "name"), CELLS)
def test_every_cell_moves_on_or_is_refused(status: str, name: str) -> None:
    state = a_raise(status)
    if (status, name) in NEXT:
        assert after(RAISE, *RAISE_WAYS[status], COMMANDS[name]).status == NEXT[status, name]
        return
    expected = NotFound if status == "absent" else NotAllowedNow
    with pytest.raises(expected):
        RAISE.decide(state, COMMANDS[name], DAY_ONE)


def test_accepting_names_the_order_the_request_and_the_town() -> None:
    (event,) = RAISE.decide(a_raise("received"), ACCEPT_RAISE, DAY_ONE)
    assert (event.work_order_id, event.request_id, event.unit) == ("w-1", "r-1", TOWN)


@pytest.mark.parametrize("command", [AcceptRaise(ELSEWHERE), AdviseBack(ELSEWHERE, "ref")])
def test_another_unit_does_not_answer(command: Any) -> None:
    with pytest.raises(NotTheUnitAsked) as refused:
        RAISE.decide(a_raise("received"), command, DAY_ONE)
    assert refused.value.facts["unit"] == TOWN


def test_a_refusal_names_what_people_could_do_instead() -> None:
    with pytest.raises(NotAllowedNow) as refused:
        RAISE.decide(a_raise("received"), OPEN_RAISE, DAY_ONE)
    assert refused.value.allowed == ("AcceptRaise", "AdviseBack")


@pytest.mark.parametrize("command", [ACCEPT_RAISE, ADVISE_BACK])
def test_an_answer_repeated_under_its_key_adds_nothing(command: Any) -> None:
    log = log_after(RAISE, STREAM, OPEN_RAISE)
    first = carry_out(log, RAISE, errand(STREAM, command))
    again = carry_out(log, RAISE, errand(STREAM, command))
    assert (first.repeated, again.repeated, again.version) == (False, True, 2)
    assert again.commit == first.commit


@pytest.mark.parametrize("command", [ACCEPT_RAISE, ADVISE_BACK])
def test_an_answer_is_decided_anew_when_others_were_faster(command: Any) -> None:
    log = log_after(RAISE, STREAM, OPEN_RAISE)
    log.rivals = [harmless(STREAM), harmless(STREAM)]
    assert carry_out(log, RAISE, errand(STREAM, command)).version == 4


def test_who_answers_after_it_was_voided_is_refused() -> None:
    log: RacedLog = log_after(RAISE, STREAM, OPEN_RAISE, VOID)
    with pytest.raises(NotAllowedNow):
        carry_out(log, RAISE, errand(STREAM, ACCEPT_RAISE))
    assert names(each.event for commit in log.read(STREAM) for each in commit.facts) == [
        "RaiseReceived", "RaiseVoided",
    ]  # fmt: skip
