"""Every cell of the call's state machine."""

from typing import Any, get_args

import pytest

from services.common.errors import NotAllowedNow, NotFound
from services.escalation.calls.commands import CallCommand, CallDepartment
from services.escalation.calls.rules import CALL
from tests.support.examples import DAY_ONE
from tests.support.examples_escalation import (
    ACCEPT,
    ARRIVE,
    CALL_WAYS,
    DONE,
    END,
    EXCUSE,
    INSIST,
    OPEN_RATING,
    OVERDUE,
    PROGRESS,
    RATE_UNIT,
    RATE_WHISTLE,
    RECEIVE,
    REFUSE,
    RELEASED,
    REMIND,
    a_call,
)

COMMANDS: dict[str, Any] = {
    "received": RECEIVE,
    "accepted": ACCEPT,
    "refused": REFUSE,
    "insisted": INSIST,
    "excused": EXCUSE,
    "reminded": REMIND,
    "overdue": OVERDUE,
    "arrived": ARRIVE,
    "progress": PROGRESS,
    "done": DONE,
    "released": RELEASED,
    "ended": END,
    "rate_unit": RATE_UNIT,
    "rate_whistle": RATE_WHISTLE,
    "open_rating": OPEN_RATING,
}
_WAITING = {
    "received": "received", "accepted": "accepted", "refused": "refused", "reminded": "=",
    "overdue": "=", "arrived": "present", "ended": "ended",
}  # fmt: skip
#: Written by hand, not from the code. `=` stays.
TABLE: dict[str, dict[str, str]] = {
    "absent": {},
    "called": _WAITING,
    "received": _WAITING,
    "accepted": {
        "received": "=", "accepted": "=", "reminded": "=", "overdue": "=", "arrived": "present",
        "ended": "ended",
    },
    "refused": {
        "received": "=", "refused": "=", "insisted": "received", "excused": "ended",
        "reminded": "=", "overdue": "=", "arrived": "present", "ended": "ended",
    },
    "present": {
        "received": "=", "accepted": "=", "arrived": "=", "progress": "=", "done": "done",
        "released": "ended", "ended": "ended",
    },
    "done": {
        "received": "=", "accepted": "=", "arrived": "=", "progress": "=", "done": "=",
        "released": "ended", "ended": "ended",
    },
    "ended": {"open_rating": "="},
    "rating": {"rate_unit": "=", "rate_whistle": "="},
}  # fmt: skip
CELLS = [(status, name) for status in CALL_WAYS for name in COMMANDS]


def test_every_command_is_in_the_table() -> None:
    """The first of all is how a call begins."""
    assert {type(each) for each in COMMANDS.values()} == set(get_args(CallCommand)) - {
        CallDepartment
    }


@pytest.mark.parametrize(("status", "name"), CELLS)
def test_every_cell_moves_on_or_is_refused(status: str, name: str) -> None:
    before, command = a_call(status), COMMANDS[name]
    then = TABLE[status].get(name)
    if then is None:
        with pytest.raises(NotFound if status == "absent" else NotAllowedNow):
            CALL.decide(before, command, DAY_ONE)
        return
    after = a_call(status, command)
    assert after.status == (before.status if then == "=" else then)


def test_a_refusal_names_what_is_possible_and_nothing_that_only_follows() -> None:
    with pytest.raises(NotAllowedNow) as refused:
        CALL.decide(a_call("called"), DONE, DAY_ONE)
    assert refused.value.allowed == ("AcceptCall", "ReceiveCall", "RefuseCall", "ReportIn")


def test_calling_twice_is_refused() -> None:
    with pytest.raises(NotAllowedNow):
        a_call("called", CALL_WAYS["called"][0])
