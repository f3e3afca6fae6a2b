"""Every cell of the whistle's state machine, for an emergency and for others."""

from typing import Any, get_args

import pytest

from services.common.errors import NotAllowedNow, NotFound, Refused
from services.escalation.whistles.commands import WhistleCommand
from services.escalation.whistles.rules import WHISTLE
from tests.support.examples import DAY_ONE, VILLAGE
from tests.support.examples_escalation import (
    APPROVE,
    DROP,
    MARK,
    QUORUM,
    REJECT,
    RELEASE,
    WHISTLE_WAYS,
    WITHDRAW,
    a_whistle,
    blow,
    conclude,
    joins,
)

COMMANDS: dict[str, Any] = {
    "blow": blow(),
    "approve": APPROVE,
    "reject": REJECT,
    "join": joins("dept-market"),
    "release": RELEASE,
    "conclude": conclude("unsolved"),
    "withdraw": WITHDRAW,
    "drop": DROP,
    "mark": MARK,
}
#: Written by hand, not from the code. `=` stays; nobody has come yet unless the state says so.
NEXT = {
    ("absent", "request", "blow"): "blown",
    ("blown", "request", "approve"): "approved",
    ("blown", "request", "reject"): "rejected",
    ("blown", "request", "withdraw"): "withdrawn",
    ("blown", "request", "drop"): "withdrawn",  # its last order
    ("blown", "emergency", "approve"): "approved",
    ("blown", "emergency", "reject"): "rejected",
    ("blown", "emergency", "join"): "blown",
    ("blown", "emergency", "withdraw"): "withdrawn",
    ("blown", "emergency", "drop"): "withdrawn",
    ("blown", "emergency", "mark"): "blown",
    **{
        ("approved", kind, name): then
        for kind in ("request", "emergency")
        for name, then in (
            ("join", "approved"),
            ("conclude", "concluded"),
            ("withdraw", "withdrawn"),
            ("drop", "withdrawn"),
        )
    },
    ("acting", "request", "join"): "acting",
    ("acting", "request", "release"): "acting",
    ("acting", "request", "conclude"): "concluded",
    ("acting", "request", "drop"): "acting",
    ("acting", "emergency", "approve"): "acting",
    ("acting", "emergency", "join"): "acting",
    ("acting", "emergency", "release"): "acting",
    ("acting", "emergency", "conclude"): "concluded",
    ("acting", "emergency", "drop"): "acting",
    ("acting", "emergency", "mark"): "acting",
}
CELLS = [(status, kind, name) for status, kind in WHISTLE_WAYS for name in COMMANDS]


def test_every_command_is_in_the_table() -> None:
    assert {type(each) for each in COMMANDS.values()} == set(get_args(WhistleCommand))


@pytest.mark.parametrize(("status", "kind", "name"), CELLS)
def test_every_cell_moves_on_or_is_refused(status: str, kind: str, name: str) -> None:
    state = a_whistle(status, kind)
    if (status, kind, name) in NEXT:
        assert a_whistle(status, kind, COMMANDS[name]).status == NEXT[status, kind, name]
        return
    expected: type[Refused] = NotFound if status == "absent" else NotAllowedNow
    if name == "release" and (status, kind) in (
        ("approved", "request"), ("blown", "emergency"), ("approved", "emergency"),
    ):  # fmt: skip
        expected = Refused  # the step exists, but nobody is there
    with pytest.raises(expected):
        WHISTLE.decide(state, COMMANDS[name], DAY_ONE)


def test_an_emergency_acts_before_it_is_approved() -> None:
    assert a_whistle("blown", "emergency", *QUORUM).status == "acting"


def test_an_emergency_approved_before_the_quorum_acts_with_it() -> None:
    state = a_whistle("blown", "emergency", joins(VILLAGE), APPROVE, *QUORUM[1:])
    assert (state.status, state.approved_as) == ("acting", "leader")


def test_an_emergency_that_acts_is_approved_once() -> None:
    with pytest.raises(NotAllowedNow):
        a_whistle("acting", "emergency", APPROVE, APPROVE)


def test_an_emergency_is_not_rejected_any_more_once_somebody_has_come() -> None:
    with pytest.raises(NotAllowedNow) as refused:
        a_whistle("blown", "emergency", joins("dept-market"), REJECT)
    assert "RejectWhistle" not in refused.value.allowed


def test_an_emergency_lets_go_who_has_come_before_it_is_approved() -> None:
    state = a_whistle("blown", "emergency", joins("dept-market"), RELEASE)
    assert (state.status, state.here, state.released) == ("blown", (), ("dept-market",))


@pytest.mark.parametrize("status", ["rejected", "withdrawn", "concluded"])
def test_what_is_over_names_nothing_that_could_be_done(status: str) -> None:
    with pytest.raises(NotAllowedNow) as refused:
        WHISTLE.decide(a_whistle(status), RELEASE, DAY_ONE)
    assert refused.value.allowed == ()
