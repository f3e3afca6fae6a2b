"""What a work order answers to each command: events, or why not and what would be possible."""

from datetime import datetime
from typing import Final, assert_never

from services.common.contracts.events.dispatch import (
    ProgressNoted,
    ReporterContacted,
    TransferDeclined,
    WorkOrderAcknowledged,
    WorkOrderAdvisedBack,
    WorkOrderClosed,
    WorkOrderConcluded,
    WorkOrderDispatched,
    WorkOrderHandedOver,
    WorkOrderRaised,
    WorkOrderReopened,
    WorkOrderResolved,
    WorkOrderTransferProposed,
    WorkOrderWhistled,
)
from services.common.contracts.streams import raise_id, work_order_id
from services.common.contracts.vocabulary import HandOverWhy
from services.common.errors import NotFound
from services.common.eventlog.folding import Aggregate
from services.dispatch.domain.errors import (
    AlreadyHeld,
    AnotherResolutionJudged,
    AskedOfAnotherUnit,
    CannotHoldOrders,
    EvidenceMissing,
    HeldByAnotherUnit,
    NotASuperior,
    OnlyVillagesRaise,
    RaiseNotOpen,
    WhistleNotOpen,
)
from services.dispatch.domain.work_order import Event, WorkOrder, evolve
from services.dispatch.domain.work_order_commands import (
    AcceptTransfer,
    AcknowledgeWorkOrder,
    AdviseBack,
    CloseWorkOrder,
    Command,
    ConcludeWhistle,
    DeclineTransfer,
    DispatchWorkOrder,
    HandOver,
    HolderCommand,
    NoteProgress,
    OtherUnitCommand,
    ProposeTransfer,
    RaiseWorkOrder,
    ReactionCommand,
    RecordContact,
    ReopenWorkOrder,
    ResolveWorkOrder,
    TakeOverWorkOrder,
    WhistleOrder,
)
from services.dispatch.domain.work_order_steps import require_possible


def decide(order: WorkOrder, command: Command, at: datetime) -> list[Event]:
    """Return the events that `command` causes in `order`, recorded `at`; none if it is so already.

    Raises:
        NotFound: There is no such order.
        NotAllowedNow: The state machine has no such step; names those it has.
        Refused: Another rule of domain/errors.py.
    """
    if isinstance(command, DispatchWorkOrder):
        return _dispatch(order, command)
    if not order.dispatched:
        raise NotFound(what="work order")
    if isinstance(command, HolderCommand):
        _require_holder(order, command.unit)
        require_possible(order, type(command))
        return _by_holder(order, command)
    if isinstance(command, OtherUnitCommand):
        return _by_other_unit(order, command, at)
    return _by_reaction(order, command, at)


def _require_holder(order: WorkOrder, unit: str) -> None:
    if unit != order.holder:
        raise HeldByAnotherUnit(holder=order.holder, unit=unit)


def _dispatch(order: WorkOrder, command: DispatchWorkOrder) -> list[Event]:
    require_possible(order, DispatchWorkOrder)
    return [
        WorkOrderDispatched(
            request_id=command.request_id,
            category=command.category,
            time_class=command.time_class,
            holder=command.holder,
            first_receiver=command.holder,
            copied_to=command.copied_to,
            rule=command.rule,
            rule_inputs=command.rule_inputs,
            fallback=command.fallback,
            promised_at=command.promised_at,
            place_code=command.place_code,
            runner_up=command.runner_up,
        )
    ]


def _by_holder(order: WorkOrder, command: HolderCommand) -> list[Event]:
    match command:
        case AcknowledgeWorkOrder(unit):
            fresh = order.state == "dispatched"
            return [WorkOrderAcknowledged(order.request_id, unit)] if fresh else []
        case RecordContact(unit, result, note_ref):
            return [ReporterContacted(order.request_id, unit, result, note_ref)]
        case NoteProgress(unit, note_ref):
            return [ProgressNoted(order.request_id, unit, note_ref)]
        case RaiseWorkOrder():
            return _raise(order, command)
        case ProposeTransfer():
            return _propose(order, command)
        case ResolveWorkOrder():
            return _resolve(order, command)
        case _:
            assert_never(command)


def _raise(order: WorkOrder, command: RaiseWorkOrder) -> list[Event]:
    if command.town is None:
        raise OnlyVillagesRaise(unit=command.unit)
    number = order.raises + 1
    return [
        WorkOrderRaised(
            request_id=order.request_id,
            from_unit=command.unit,
            to_unit=command.town,
            raise_id=raise_id(work_order_id(order.request_id), number),
            reason_ref=command.reason_ref,
        )
    ]


def _propose(order: WorkOrder, command: ProposeTransfer) -> list[Event]:
    if command.to_unit == order.holder:
        raise AlreadyHeld(unit=command.to_unit)
    if not command.can_hold:
        raise CannotHoldOrders(unit=command.to_unit)
    return [
        WorkOrderTransferProposed(
            order.request_id, command.unit, command.to_unit, command.reason_ref
        )
    ]


def _resolve(order: WorkOrder, command: ResolveWorkOrder) -> list[Event]:
    if command.evidence_required and not command.evidence_refs:
        raise EvidenceMissing(category=order.category)
    return [
        WorkOrderResolved(
            request_id=order.request_id,
            holder=command.unit,
            resolution=order.resolutions + 1,
            path=command.path,
            result_ref=command.result_ref,
            evidence_refs=command.evidence_refs,
        )
    ]


def _by_other_unit(order: WorkOrder, command: OtherUnitCommand, at: datetime) -> list[Event]:
    match command:
        case AcceptTransfer(unit):
            _require_asked(order, command)
            return [_handed_over(order, unit, "transfer", at)]
        case DeclineTransfer(unit, reason_ref):
            _require_asked(order, command)
            return [TransferDeclined(order.request_id, order.holder, unit, reason_ref)]
        case TakeOverWorkOrder():
            return _take_over(order, command, at)
        case _:
            assert_never(command)


def _take_over(order: WorkOrder, command: TakeOverWorkOrder, at: datetime) -> list[Event]:
    if command.unit == order.holder:
        return []
    if order.holder not in command.below:
        raise NotASuperior(unit=command.unit, holder=order.holder)
    if not command.can_hold:
        raise CannotHoldOrders(unit=command.unit)
    require_possible(order, TakeOverWorkOrder)
    return [_handed_over(order, command.unit, "take_over", at)]


def _require_asked(order: WorkOrder, command: AcceptTransfer | DeclineTransfer) -> None:
    require_possible(order, type(command))
    unit = command.unit
    if unit != order.transfer_to:
        raise AskedOfAnotherUnit(asked=order.transfer_to, unit=unit)


def _handed_over(
    order: WorkOrder, to_unit: str, why: HandOverWhy, at: datetime
) -> WorkOrderHandedOver:
    held = at - (order.holder_since or at)
    return WorkOrderHandedOver(
        request_id=order.request_id,
        from_unit=order.holder,
        to_unit=to_unit,
        why=why,
        held_seconds=max(0, int(held.total_seconds())),
        raise_id=order.raise_id,
    )


def _by_reaction(order: WorkOrder, command: ReactionCommand, at: datetime) -> list[Event]:
    match command:
        case AdviseBack(raised, by_unit):
            _require_open_raise(order, raised)
            return [WorkOrderAdvisedBack(order.request_id, by_unit, raised)]
        case HandOver(raised, to_unit):
            _require_open_raise(order, raised)
            return [_handed_over(order, to_unit, "raise", at)]
        case WhistleOrder():
            return _whistle(order, command)
        case ConcludeWhistle(whistle_id, outcome):
            _require_open_whistle(order, whistle_id)
            return [WorkOrderConcluded(order.request_id, whistle_id, outcome)]
        case ReopenWorkOrder(judged):
            return _reopen(order, judged)
        case CloseWorkOrder(outcome):
            require_possible(order, CloseWorkOrder)
            return [WorkOrderClosed(order.request_id, outcome, order.raise_id)]
        case _:
            assert_never(command)


def _require_open_raise(order: WorkOrder, raised: str) -> None:
    if raised != order.raise_id:
        raise RaiseNotOpen(raise_id=raised)


def _whistle(order: WorkOrder, command: WhistleOrder) -> list[Event]:
    if command.whistle_id in order.whistles:
        return []
    require_possible(order, WhistleOrder)
    _require_holder(order, command.town)
    return [WorkOrderWhistled(order.request_id, command.whistle_id, command.kind)]


def _require_open_whistle(order: WorkOrder, whistle_id: str) -> None:
    if whistle_id not in order.whistles:
        raise WhistleNotOpen(whistle_id=whistle_id)


def _reopen(order: WorkOrder, judged: int) -> list[Event]:
    require_possible(order, ReopenWorkOrder)
    if judged != order.resolutions:
        raise AnotherResolutionJudged(judged=judged, resolution=order.resolutions)
    return [WorkOrderReopened(order.request_id, order.holder, judged)]


WORK_ORDERS: Final = Aggregate(
    category="workOrder", initial=WorkOrder(), decide=decide, evolve=evolve
)
