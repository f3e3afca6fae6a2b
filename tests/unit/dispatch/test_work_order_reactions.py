"""What reactions ask of a work order: done, refused, repeated, conflicted."""

from dataclasses import replace
from typing import Any

import pytest

from services.common.contracts.events.dispatch import (
    WorkOrderAdvisedBack,
    WorkOrderClosed,
    WorkOrderConcluded,
    WorkOrderDispatched,
    WorkOrderHandedOver,
    WorkOrderReopened,
    WorkOrderWhistled,
)
from services.common.contracts.streams import raise_id
from services.common.errors import NotAllowedNow, NotFound
from services.dispatch.domain.errors import (
    AnotherResolutionJudged,
    HeldByAnotherUnit,
    RaiseNotOpen,
    WhistleNotOpen,
)
from services.dispatch.domain.work_order import WorkOrder
from services.dispatch.domain.work_order_commands import AdviseBack, HandOver, ReopenWorkOrder
from services.dispatch.domain.work_order_rules import decide
from tests.support import examples_dispatch as ex
from tests.support.examples import DAY_ONE, TOWN, VILLAGE, at

RAISED = ex.WAY_TO["raised", False]
RAISE_ID = raise_id(ex.ORDER, 1)


def test_dispatching_makes_the_first_receiver_the_holder_and_keeps_the_explanation() -> None:
    [event] = decide(WorkOrder(), ex.DISPATCH, DAY_ONE)
    assert isinstance(event, WorkOrderDispatched)
    assert (event.holder, event.first_receiver) == (VILLAGE, VILLAGE)
    assert (event.rule, event.runner_up, event.copied_to) == (
        "village-by-place", TOWN, (ex.CENTRE,),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("state", "command", "expected"),
    [
        ("raised", HandOver(RAISE_ID, TOWN), WorkOrderHandedOver(
            ex.REQUEST, VILLAGE, TOWN, "raise", 3600, RAISE_ID)),
        ("raised", AdviseBack(RAISE_ID, TOWN), WorkOrderAdvisedBack(ex.REQUEST, TOWN, RAISE_ID)),
        ("raised", ex.CLOSE, WorkOrderClosed(ex.REQUEST, "solved", RAISE_ID)),
        ("acknowledged", ex.WHISTLED, WorkOrderWhistled(ex.REQUEST, ex.WHISTLE, "request")),
        ("whistled", ex.CONCLUDE, WorkOrderConcluded(ex.REQUEST, ex.WHISTLE, "solved")),
        ("resolved", ex.REOPEN, WorkOrderReopened(ex.REQUEST, VILLAGE, 1)),
        ("resolved", ex.CLOSE, WorkOrderClosed(ex.REQUEST, "solved")),
    ],
)  # fmt: skip
def test_a_reaction_that_is_possible_leaves_its_event(
    state: str, command: Any, expected: Any
) -> None:
    assert decide(ex.in_state(state), command, at(1)) == [expected]


@pytest.mark.parametrize(
    "command",
    [HandOver(RAISE_ID, TOWN), AdviseBack(RAISE_ID, TOWN), ex.WHISTLED, ex.CONCLUDE, ex.REOPEN,
     ex.CLOSE],
    ids=lambda command: type(command).__name__,
)  # fmt: skip
def test_a_reaction_to_an_order_that_does_not_exist_is_refused(command: Any) -> None:
    with pytest.raises(NotFound):
        decide(WorkOrder(), command, DAY_ONE)


@pytest.mark.parametrize(
    ("state", "command", "refusal"),
    [
        ("acknowledged", ex.DISPATCH, NotAllowedNow),
        ("acknowledged", HandOver(RAISE_ID, TOWN), RaiseNotOpen),
        ("raised", HandOver("another", TOWN), RaiseNotOpen),
        ("raised", AdviseBack("another", TOWN), RaiseNotOpen),
        ("dispatched", ex.WHISTLED, NotAllowedNow),
        ("acknowledged", replace(ex.WHISTLED, town=TOWN), HeldByAnotherUnit),
        ("acknowledged", ex.CONCLUDE, WhistleNotOpen),
        ("whistled", replace(ex.CONCLUDE, whistle_id="another"), WhistleNotOpen),
        ("contacted", ex.REOPEN, NotAllowedNow),
        ("resolved", ReopenWorkOrder(2), AnotherResolutionJudged),
        ("closed", ex.CLOSE, NotAllowedNow),
    ],
)
def test_a_reaction_that_comes_too_late_or_amiss_is_refused(
    state: str, command: Any, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        decide(ex.in_state(state), command, DAY_ONE)


def test_an_accepted_raise_counts_as_the_towns_acknowledgement() -> None:
    order = ex.after(ex.hand_over, start=ex.in_state("raised", contacted=False))
    assert (order.state, order.holder, order.raise_id) == ("acknowledged", TOWN, None)


def test_a_contact_stays_one_when_the_holder_changes() -> None:
    order = ex.after(ex.hand_over, start=ex.in_state("raised", contacted=True))
    assert order.state == "contacted"


def test_an_order_stays_whistled_until_its_last_whistle_is_over() -> None:
    another = replace(ex.WHISTLED, whistle_id="h-2")
    both = ex.after(another, start=ex.in_state("whistled"))
    one = ex.after(ex.CONCLUDE, start=both)
    none = ex.after(replace(ex.CONCLUDE, whistle_id="h-2"), start=one)
    assert [both.state, one.state, none.state] == ["whistled", "whistled", "concluded"]
    assert (both.whistles, one.whistles, none.whistles) == (("h-1", "h-2"), ("h-2",), ())


def test_a_whistle_that_is_open_already_changes_nothing() -> None:
    assert decide(ex.in_state("whistled"), ex.WHISTLED, DAY_ONE) == []


def test_reopening_is_a_new_round_at_the_same_holder_with_nobody_contacted_yet() -> None:
    order = ex.after(ex.REOPEN, start=ex.in_state("resolved"), moment=at(9))
    assert (order.state, order.round, order.contacted) == ("dispatched", 2, False)
    assert (order.holder, order.holder_since) == (VILLAGE, at(9))


def test_a_second_resolution_is_number_two() -> None:
    order = ex.after(
        ex.REOPEN, ex.ACKNOWLEDGE, ex.CONTACT, ex.RESOLVE, start=ex.in_state("resolved")
    )
    assert (order.resolutions, order.round) == (2, 2)


def test_closing_ends_every_open_question() -> None:
    order = ex.after(ex.CLOSE, start=ex.in_state("raised"))
    assert (order.state, order.raise_id, order.whistles) == ("closed", None, ())
    assert (order.open, order.holder) == (False, VILLAGE)
