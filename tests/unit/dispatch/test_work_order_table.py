"""Every cell of the state table of a work order, as the design draws it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

import pytest

from services.common.errors import NotAllowedNow, Refused
from services.dispatch.domain.work_order import WorkOrder, evolve
from services.dispatch.domain.work_order_commands import Command, DispatchWorkOrder, HandOver
from services.dispatch.domain.work_order_rules import decide
from services.dispatch.domain.work_order_steps import possible
from tests.support import examples_dispatch as ex
from tests.support.examples import DAY_ONE

#: `=` stays, `.` refused, `back` = contacted if contacted, else acknowledged.
TABLE = """
state        | Acknowledged | Contacted | Progress | Raised | AdvisedBack | Proposed | Declined | TakenOver | Accepted | Whistled  | Concluded | Resolved | Reopened   | Closed
dispatched   | acknowledged | .         | .        | .      | .           | .        | .        | back      | .        | .         | .         | .        | .          | closed
acknowledged | =            | contacted | =        | raised | .           | =        | =        | back      | back     | whistled  | .         | .        | .          | closed
contacted    | =            | =         | =        | raised | .           | =        | =        | back      | back     | whistled  | .         | resolved | .          | closed
raised       | =            | =         | =        | .      | back        | .        | .        | back      | .        | .         | .         | .        | .          | closed
whistled     | =            | =         | =        | .      | .           | .        | .        | .         | .        | =         | concluded | .        | .          | closed
concluded    | =            | =         | =        | .      | .           | .        | .        | .         | .        | whistled  | .         | resolved | .          | closed
resolved     | .            | .         | .        | .      | .           | .        | .        | .         | .        | .         | .         | .        | dispatched | closed
closed       | .            | .         | .        | .      | .           | .        | .        | .         | .        | .         | .         | .        | .          | .
"""  # noqa: E501  a table

COMMAND: dict[str, Callable[[WorkOrder], Any]] = {
    "Acknowledged": lambda _: ex.ACKNOWLEDGE,
    "Contacted": lambda _: ex.CONTACT,
    "Progress": lambda _: ex.NOTE,
    "Raised": lambda _: ex.RAISE,
    "AdvisedBack": ex.advise_back,
    "Proposed": lambda _: ex.PROPOSE,
    "Declined": lambda _: ex.DECLINE,
    "TakenOver": lambda _: ex.TAKE_OVER,
    "Accepted": lambda _: ex.ACCEPT,
    "Whistled": lambda _: replace(ex.WHISTLED, whistle_id="another"),
    "Concluded": lambda _: ex.CONCLUDE,
    "Resolved": lambda _: ex.RESOLVE,
    "Reopened": lambda _: ex.REOPEN,
    "Closed": lambda _: ex.CLOSE,
}
#: Answering a transfer needs one: proposed first, wherever that is possible.
ANSWERS = ("Declined", "Accepted")


def cells() -> list[tuple[str, bool, str, str]]:
    head, *rows = (
        [cell.strip() for cell in line.split("|")] for line in TABLE.strip().splitlines()
    )
    expected = {row[0]: dict(zip(head[1:], row[1:], strict=True)) for row in rows}
    return [
        (state, contacted, column, cell)
        for state, contacted in ex.WAY_TO
        for column, cell in expected[state].items()
    ]


def given(state: str, contacted: bool, column: str) -> WorkOrder:
    order = ex.in_state(state, contacted=contacted)
    if column in ANSWERS and "ProposeTransfer" in possible(order):
        return ex.after(ex.PROPOSE, start=order)
    return order


def meant(cell: str, order: WorkOrder, column: str) -> str:
    """The state that a cell names. Resolving a concluded order needs a contact."""
    back = "contacted" if order.contacted else "acknowledged"
    if (order.state, column) == ("concluded", "Resolved") and not order.contacted:
        return "."
    return {"=": order.state, "back": back}.get(cell, cell)


def test_every_command_has_a_column() -> None:
    """But the first of all, and the hand-over after a raise (test_work_order_reactions)."""
    asked = {type(make(ex.in_state("raised"))) for make in COMMAND.values()}
    assert set(get_args(Command)) - asked == {DispatchWorkOrder, HandOver}


@pytest.mark.parametrize(("state", "contacted", "column", "cell"), cells())
def test_a_cell_of_the_state_table_is_what_happens(
    state: str, contacted: bool, column: str, cell: str
) -> None:
    order = given(state, contacted, column)
    command, expected = COMMAND[column](order), meant(cell, order, column)
    if expected == ".":
        with pytest.raises(Refused):
            decide(order, command, DAY_ONE)
    else:
        assert ex.after(command, start=order).state == expected


@pytest.mark.parametrize(("state", "contacted", "column", "cell"), cells())
def test_a_refused_step_never_names_itself_as_allowed(
    state: str, contacted: bool, column: str, cell: str
) -> None:
    order = given(state, contacted, column)
    command = COMMAND[column](order)
    if meant(cell, order, column) != ".":
        assert all(evolve(order, event, DAY_ONE) for event in decide(order, command, DAY_ONE))
        return
    with pytest.raises(Refused) as refused:
        decide(order, command, DAY_ONE)
    assert type(command).__name__ not in refused.value.allowed


@pytest.mark.parametrize(("state", "contacted"), ex.WAY_TO)
def test_every_command_named_as_possible_is_possible(state: str, contacted: bool) -> None:
    order = ex.in_state(state, contacted=contacted)
    given_names = {type(make(order)).__name__: make(order) for make in COMMAND.values()}
    for name in possible(order):
        assert decide(order, given_names[name], DAY_ONE)


def test_a_refusal_says_what_would_be_allowed() -> None:
    with pytest.raises(NotAllowedNow) as refused:
        decide(ex.in_state("dispatched"), ex.RESOLVE, DAY_ONE)
    assert refused.value.facts == {"state": "dispatched", "command": "ResolveWorkOrder"}
    assert refused.value.allowed == ("AcknowledgeWorkOrder", "TakeOverWorkOrder")
