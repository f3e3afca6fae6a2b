"""What people ask of a work order: done, refused, repeated, conflicted."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from services.common.contracts.events.dispatch import (
    ProgressNoted,
    ReporterContacted,
    TransferDeclined,
    WorkOrderAcknowledged,
    WorkOrderHandedOver,
    WorkOrderRaised,
    WorkOrderResolved,
    WorkOrderTransferProposed,
)
from services.common.contracts.streams import raise_id
from services.common.errors import NotAllowedNow, NotFound, Refused
from services.common.eventlog.deciding import KeyUsedForAnotherRequest, VersionMoved, carry_out
from services.common.eventlog.ports import StreamConflict
from services.dispatch.domain.errors import (
    AlreadyHeld,
    AskedOfAnotherUnit,
    CannotHoldOrders,
    EvidenceMissing,
    HeldByAnotherUnit,
    NotASuperior,
    OnlyVillagesRaise,
    TransferAwaited,
)
from services.dispatch.domain.work_order import WorkOrder
from services.dispatch.domain.work_order_commands import (
    AcknowledgeWorkOrder,
    RecordContact,
    TakeOverWorkOrder,
)
from services.dispatch.domain.work_order_rules import WORK_ORDERS, decide
from services.dispatch.domain.work_order_steps import BY_PEOPLE
from tests.support import examples_dispatch as ex
from tests.support.examples import DAY_ONE, TOWN, VILLAGE, at, draft

ACKNOWLEDGED = (ex.DISPATCH, ex.ACKNOWLEDGE)
CONTACTED = (*ACKNOWLEDGED, ex.CONTACT)
ASKED = (*ACKNOWLEDGED, ex.PROPOSE)

#: command, how the order came there, the event that follows
DONE: dict[str, tuple[Any, tuple[Any, ...], Any]] = {
    "acknowledge": (ex.ACKNOWLEDGE, (ex.DISPATCH,), WorkOrderAcknowledged(ex.REQUEST, VILLAGE)),
    "contact": (ex.CONTACT, ACKNOWLEDGED, ReporterContacted(ex.REQUEST, VILLAGE, "spoken")),
    "progress": (ex.NOTE, ACKNOWLEDGED, ProgressNoted(ex.REQUEST, VILLAGE, "dispatch/note")),
    "raise": (
        ex.RAISE,
        ACKNOWLEDGED,
        WorkOrderRaised(ex.REQUEST, VILLAGE, TOWN, raise_id(ex.ORDER, 1), "dispatch/reason"),
    ),
    "propose": (
        ex.PROPOSE,
        ACKNOWLEDGED,
        WorkOrderTransferProposed(ex.REQUEST, VILLAGE, ex.NEIGHBOUR, "dispatch/reason"),
    ),
    "accept": (
        ex.ACCEPT,
        ASKED,
        WorkOrderHandedOver(ex.REQUEST, VILLAGE, ex.NEIGHBOUR, "transfer", 7200),
    ),
    "decline": (
        ex.DECLINE,
        ASKED,
        TransferDeclined(ex.REQUEST, VILLAGE, ex.NEIGHBOUR, "dispatch/reason"),
    ),
    "take_over": (
        ex.TAKE_OVER,
        (ex.DISPATCH,),
        WorkOrderHandedOver(ex.REQUEST, VILLAGE, TOWN, "take_over", 7200),
    ),
    "resolve": (
        ex.RESOLVE,
        CONTACTED,
        WorkOrderResolved(ex.REQUEST, VILLAGE, 1, "village", "dispatch/result"),
    ),
}
NAMES = tuple(DONE)


def test_every_command_that_people_give_is_tried() -> None:
    assert {type(command) for command, _, _ in DONE.values()} == set(BY_PEOPLE)


@pytest.mark.parametrize("name", NAMES)
def test_a_command_that_is_possible_leaves_its_event(name: str) -> None:
    command, given, expected = DONE[name]
    assert decide(ex.after(*given), command, at(2)) == [expected]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_can_be_asked_of_an_order_that_does_not_exist(name: str) -> None:
    with pytest.raises(NotFound):
        decide(WorkOrder(), DONE[name][0], DAY_ONE)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_can_be_asked_of_a_closed_order(name: str) -> None:
    with pytest.raises(NotAllowedNow) as refused:
        decide(ex.in_state("closed"), DONE[name][0], DAY_ONE)
    assert refused.value.allowed == ()


@pytest.mark.parametrize("name", NAMES)
def test_a_command_repeated_under_its_key_adds_nothing_and_answers_the_same(name: str) -> None:
    command, given, _ = DONE[name]
    log = ex.log_with(*given)
    first = carry_out(log, WORK_ORDERS, ex.errand(command, "key"))
    again = carry_out(log, WORK_ORDERS, ex.errand(command, "key", hours=1))
    assert again.repeated
    assert first.commit is not None
    assert (again.commit, again.version) == (first.commit, len(given) + 1)


@pytest.mark.parametrize("name", NAMES)
def test_a_key_used_for_another_content_is_refused(name: str) -> None:
    command, given, _ = DONE[name]
    log = ex.log_with(*given)
    carry_out(log, WORK_ORDERS, ex.errand(command, "key", fingerprint="a"))
    with pytest.raises(KeyUsedForAnotherRequest):
        carry_out(log, WORK_ORDERS, ex.errand(command, "key", fingerprint="b"))


@pytest.mark.parametrize("name", NAMES)
def test_a_command_that_meets_a_conflict_is_decided_again(name: str) -> None:
    command, given, expected = DONE[name]
    log = ex.log_with(*given, log=ex.RacedLog())
    assert isinstance(log, ex.RacedLog)
    log.rivals = [ex.harmless(), ex.harmless()]
    outcome = carry_out(log, WORK_ORDERS, ex.errand(command, "key", hours=2))
    assert outcome.version == len(given) + 3
    assert outcome.commit is not None
    assert [fact.event for fact in outcome.commit.facts] == [expected]


@pytest.mark.parametrize("name", NAMES)
def test_a_command_that_meets_three_conflicts_is_to_be_tried_later(name: str) -> None:
    command, given, _ = DONE[name]
    log = ex.log_with(*given, log=ex.RacedLog())
    assert isinstance(log, ex.RacedLog)
    log.rivals = [ex.harmless(), ex.harmless(), ex.harmless()]
    with pytest.raises(StreamConflict):
        carry_out(log, WORK_ORDERS, ex.errand(command, "key"))


@pytest.mark.parametrize("name", NAMES)
def test_a_command_on_a_version_that_moved_is_refused(name: str) -> None:
    command, given, _ = DONE[name]
    with pytest.raises(VersionMoved):
        carry_out(ex.log_with(*given), WORK_ORDERS, ex.errand(command, "key", if_match=99))


BY_HOLDER = ("acknowledge", "contact", "progress", "raise", "propose", "resolve")


@pytest.mark.parametrize("name", BY_HOLDER)
def test_another_unit_is_told_who_holds_the_order(name: str) -> None:
    command, given, _ = DONE[name]
    with pytest.raises(HeldByAnotherUnit) as refused:
        decide(ex.after(*given), replace(command, unit=TOWN), DAY_ONE)
    assert refused.value.facts == {"holder": VILLAGE, "unit": TOWN}


@pytest.mark.parametrize("name", ["accept", "decline"])
def test_only_the_unit_asked_answers_a_transfer(name: str) -> None:
    with pytest.raises(AskedOfAnotherUnit):
        decide(ex.after(*ASKED), replace(DONE[name][0], unit=TOWN), DAY_ONE)


def test_a_superior_that_comes_second_is_refused_once_a_higher_one_holds_the_order() -> None:
    by_centre = TakeOverWorkOrder(ex.CENTRE, frozenset({VILLAGE, TOWN}), can_hold=True)
    rival = draft(ex.STREAM, *decide(ex.after(ex.DISPATCH), by_centre, DAY_ONE))
    log = ex.log_with(ex.DISPATCH, log=ex.RacedLog())
    assert isinstance(log, ex.RacedLog)
    log.rivals = [rival]
    with pytest.raises(NotASuperior) as refused:
        carry_out(log, WORK_ORDERS, ex.errand(ex.TAKE_OVER, "key"))
    assert refused.value.facts == {"unit": TOWN, "holder": ex.CENTRE}


def test_a_unit_that_is_no_superior_cannot_take_over() -> None:
    command = TakeOverWorkOrder(ex.NEIGHBOUR, frozenset(), can_hold=True)
    with pytest.raises(NotASuperior):
        decide(ex.after(ex.DISPATCH), command, DAY_ONE)


def test_a_superior_that_is_no_place_of_work_cannot_take_over() -> None:
    with pytest.raises(CannotHoldOrders) as refused:
        decide(ex.after(ex.DISPATCH), replace(ex.TAKE_OVER, can_hold=False), DAY_ONE)
    assert refused.value.facts == {"unit": TOWN}


def test_taking_over_what_one_holds_already_changes_nothing() -> None:
    held = ex.after(ex.DISPATCH, ex.TAKE_OVER)
    assert decide(held, ex.TAKE_OVER, DAY_ONE) == []


def test_taking_over_counts_as_acknowledging() -> None:
    held = ex.after(ex.DISPATCH, ex.TAKE_OVER)
    assert (held.state, held.holder) == ("acknowledged", TOWN)


def test_acknowledging_twice_adds_nothing() -> None:
    assert decide(ex.after(*ACKNOWLEDGED), ex.ACKNOWLEDGE, DAY_ONE) == []


def test_a_reporter_who_was_not_reached_is_not_contacted() -> None:
    tried = ex.after(*ACKNOWLEDGED, RecordContact(VILLAGE, "not_reached"))
    assert (tried.state, tried.contacted) == ("acknowledged", False)


def test_a_failed_call_after_a_contact_takes_nothing_back() -> None:
    tried = ex.after(*CONTACTED, RecordContact(VILLAGE, "not_reached"))
    assert (tried.state, tried.contacted) == ("contacted", True)


def test_speaking_to_the_reporter_while_raised_counts_once_it_comes_back() -> None:
    order = ex.after(*ACKNOWLEDGED, ex.RAISE, ex.CONTACT, ex.advise_back)
    assert order.state == "contacted"


def test_only_a_village_raises() -> None:
    with pytest.raises(OnlyVillagesRaise):
        decide(ex.after(*ACKNOWLEDGED), replace(ex.RAISE, town=None), DAY_ONE)


def test_each_raise_of_an_order_has_an_id_of_its_own() -> None:
    raised = ex.after(*ACKNOWLEDGED, ex.RAISE)
    again = ex.after(ex.advise_back, ex.RAISE, start=raised)
    assert raised.raise_id == raise_id(ex.ORDER, 1)
    assert again.raise_id == raise_id(ex.ORDER, 2)


def test_a_transfer_never_leaves_an_order_without_a_holder() -> None:
    holders = [ex.after(*ASKED).holder, ex.after(*ASKED, ex.DECLINE).holder]
    assert [*holders, ex.after(*ASKED, ex.ACCEPT).holder] == [VILLAGE, VILLAGE, ex.NEIGHBOUR]


def test_the_holder_cannot_propose_itself() -> None:
    with pytest.raises(AlreadyHeld):
        decide(ex.after(*ACKNOWLEDGED), replace(ex.PROPOSE, to_unit=VILLAGE), DAY_ONE)


def test_an_order_is_not_proposed_to_what_cannot_work_on_it() -> None:
    with pytest.raises(CannotHoldOrders):
        decide(ex.after(*ACKNOWLEDGED), replace(ex.PROPOSE, can_hold=False), DAY_ONE)


@pytest.mark.parametrize(
    "command",
    [ex.RAISE, replace(ex.PROPOSE, to_unit=TOWN), ex.RESOLVE, ex.WHISTLED],
    ids=lambda command: type(command).__name__,
)
def test_an_open_transfer_has_to_be_answered_first(command: Any) -> None:
    with pytest.raises(TransferAwaited) as refused:
        decide(ex.after(*CONTACTED, ex.PROPOSE), command, DAY_ONE)
    assert {"AcceptTransfer", "DeclineTransfer", "TakeOverWorkOrder"} <= set(refused.value.allowed)


def test_a_hand_over_ends_an_open_transfer() -> None:
    held = ex.after(*ASKED, ex.TAKE_OVER)
    with pytest.raises(NotAllowedNow):
        decide(held, ex.ACCEPT, DAY_ONE)


def test_taking_over_a_raised_order_names_the_raise_that_is_void_now() -> None:
    raised = ex.after(*ACKNOWLEDGED, ex.RAISE)
    [event] = decide(raised, ex.TAKE_OVER, DAY_ONE)
    assert isinstance(event, WorkOrderHandedOver)
    assert (event.why, event.raise_id) == ("take_over", raise_id(ex.ORDER, 1))


def test_time_is_charged_from_the_last_hand_over() -> None:
    held = ex.after(ex.TAKE_OVER, start=ex.after(ex.DISPATCH), moment=at(3))
    centre = TakeOverWorkOrder(ex.CENTRE, frozenset({TOWN}), can_hold=True)
    [event] = decide(held, centre, at(5))
    assert isinstance(event, WorkOrderHandedOver)
    assert event.held_seconds == 2 * 3600


def test_a_clock_that_ran_backwards_charges_nothing() -> None:
    [event] = decide(ex.after(ex.DISPATCH), ex.TAKE_OVER, at(-1))
    assert isinstance(event, WorkOrderHandedOver)
    assert event.held_seconds == 0


def test_resolving_needs_evidence_where_the_category_asks_for_it() -> None:
    with pytest.raises(EvidenceMissing):
        decide(ex.after(*CONTACTED), replace(ex.RESOLVE, evidence_required=True), DAY_ONE)


def test_evidence_stands_in_the_resolution() -> None:
    command = replace(ex.RESOLVE, evidence_refs=("dispatch/e-1",), evidence_required=True)
    [event] = decide(ex.after(*CONTACTED), command, DAY_ONE)
    assert isinstance(event, WorkOrderResolved)
    assert event.evidence_refs == ("dispatch/e-1",)


@pytest.mark.parametrize("contacted", [True, False])
def test_a_concluded_order_is_resolved_once_the_reporter_was_spoken_to(contacted: bool) -> None:
    order = ex.in_state("concluded", contacted=contacted)
    ways: dict[bool, Callable[[], Any]] = {
        True: lambda: ex.after(ex.RESOLVE, start=order).state,
        False: lambda: ex.after(ex.CONTACT, ex.RESOLVE, start=order).state,
    }
    if not contacted:
        with pytest.raises(NotAllowedNow) as refused:
            decide(order, ex.RESOLVE, DAY_ONE)
        assert "RecordContact" in refused.value.allowed
    assert ways[contacted]() == "resolved"


def test_a_command_of_the_wrong_unit_is_refused_whatever_the_state() -> None:
    with pytest.raises(Refused) as refused:
        decide(ex.in_state("resolved"), AcknowledgeWorkOrder(TOWN), DAY_ONE)
    assert refused.value.slug == "held-by-another-unit"
