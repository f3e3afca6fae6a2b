"""Which commands a work order takes now: the state machine, asked by command."""

from collections.abc import Callable, Mapping
from typing import Final

from services.common.contracts.command_names import command_name
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
from services.common.steps import check_step
from services.dispatch.domain.errors import TransferAwaited
from services.dispatch.domain.work_order import NEXT, WorkOrder
from services.dispatch.domain.work_order_commands import (
    AcceptTransfer,
    AcknowledgeWorkOrder,
    AdviseBack,
    CloseWorkOrder,
    ConcludeWhistle,
    DeclineTransfer,
    DispatchWorkOrder,
    HandOver,
    NoteProgress,
    ProposeTransfer,
    RaiseWorkOrder,
    RecordContact,
    ReopenWorkOrder,
    ResolveWorkOrder,
    TakeOverWorkOrder,
    WhistleOrder,
)

#: The event that a command leads to: it is possible where the state machine has that step.
STEP_OF: Final[Mapping[type, type]] = {
    AcknowledgeWorkOrder: WorkOrderAcknowledged,
    RecordContact: ReporterContacted,
    NoteProgress: ProgressNoted,
    RaiseWorkOrder: WorkOrderRaised,
    ProposeTransfer: WorkOrderTransferProposed,
    ResolveWorkOrder: WorkOrderResolved,
    AcceptTransfer: WorkOrderHandedOver,
    DeclineTransfer: TransferDeclined,
    TakeOverWorkOrder: WorkOrderHandedOver,
    DispatchWorkOrder: WorkOrderDispatched,
    AdviseBack: WorkOrderAdvisedBack,
    HandOver: WorkOrderHandedOver,
    WhistleOrder: WorkOrderWhistled,
    ConcludeWhistle: WorkOrderConcluded,
    ReopenWorkOrder: WorkOrderReopened,
    CloseWorkOrder: WorkOrderClosed,
}
BY_PEOPLE: Final = (
    AcknowledgeWorkOrder, RecordContact, NoteProgress, RaiseWorkOrder, ProposeTransfer,
    AcceptTransfer, DeclineTransfer, TakeOverWorkOrder, ResolveWorkOrder,
)  # fmt: skip
#: Each would leave the clock of an open transfer with nobody who could still answer.
WAITING_FOR_TRANSFER: Final = (RaiseWorkOrder, ProposeTransfer, ResolveWorkOrder, WhistleOrder)
#: What a command needs beside the step.
_ALSO: Final[Mapping[type, Callable[[WorkOrder], bool]]] = {
    AcceptTransfer: lambda order: order.transfer_to is not None,
    DeclineTransfer: lambda order: order.transfer_to is not None,
    ResolveWorkOrder: lambda order: order.contacted,
}


def possible(order: WorkOrder) -> tuple[str, ...]:
    """Return the names of the commands that people could give now."""
    return tuple(command_name(each) for each in _askable(order))


def _askable(order: WorkOrder) -> tuple[type, ...]:
    """Return the commands that people could give now, but for one that would change nothing."""
    found = (each for each in BY_PEOPLE if _is_possible(order, each))
    pointless = AcknowledgeWorkOrder if order.state != "dispatched" else None
    return tuple(each for each in found if each is not pointless)


def _is_possible(order: WorkOrder, command: type) -> bool:
    waits = order.transfer_to is not None and command in WAITING_FOR_TRANSFER
    also = _ALSO.get(command)
    return STEP_OF[command] in NEXT[order.state] and not waits and (also is None or also(order))


def require_possible(order: WorkOrder, command: type) -> None:
    """Check that `order` takes `command` now.

    Raises:
        TransferAwaited: It would, were it not for an open transfer.
        NotAllowedNow: It doesn't.
    """
    if _is_possible(order, command):
        return
    if order.transfer_to is not None and STEP_OF[command] in NEXT[order.state]:
        raise TransferAwaited(
            asked=order.transfer_to, command=command_name(command), allowed=possible(order)
        )
    others = _askable(order)
    check_step(order.state, command, others, others)
