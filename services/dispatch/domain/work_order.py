"""A work order: what the rules need to know of it, its state machine, and how events move it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal, assert_never

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
from services.common.contracts.vocabulary import TimeClass

State = Literal[
    "undispatched", "dispatched", "acknowledged", "contacted", "raised", "whistled", "concluded",
    "resolved", "closed",
]  # fmt: skip
Handling = WorkOrderAcknowledged | ReporterContacted | ProgressNoted
PassingOn = (
    WorkOrderRaised
    | WorkOrderAdvisedBack
    | WorkOrderTransferProposed
    | TransferDeclined
    | WorkOrderHandedOver
)
Whistling = WorkOrderWhistled | WorkOrderConcluded
Ending = WorkOrderResolved | WorkOrderReopened | WorkOrderClosed
Event = WorkOrderDispatched | Handling | PassingOn | Whistling | Ending

SAME: Final = "same"
BACK: Final = "back"  #: contacted if contacted in this round, else acknowledged
Next = State | Literal["same", "back"]
_NOTES: Final[Mapping[type, Next]] = {
    WorkOrderAcknowledged: SAME,
    ReporterContacted: SAME,
    ProgressNoted: SAME,
}

#: The state machine: state -> event -> next. What is absent is refused. `ReporterContacted`
#: moves an acknowledged order only if the reporter was spoken to; `WorkOrderConcluded` leaves
#: an order whistled while another whistle names it.
NEXT: Final[Mapping[State, Mapping[type, Next]]] = {
    "undispatched": {WorkOrderDispatched: "dispatched"},
    "dispatched": {
        WorkOrderAcknowledged: "acknowledged",
        WorkOrderHandedOver: BACK,
        WorkOrderClosed: "closed",
    },
    "acknowledged": {
        **_NOTES,
        ReporterContacted: "contacted",
        WorkOrderRaised: "raised",
        WorkOrderTransferProposed: SAME,
        TransferDeclined: SAME,
        WorkOrderHandedOver: BACK,
        WorkOrderWhistled: "whistled",
        WorkOrderClosed: "closed",
    },
    "contacted": {
        **_NOTES,
        WorkOrderRaised: "raised",
        WorkOrderTransferProposed: SAME,
        TransferDeclined: SAME,
        WorkOrderHandedOver: BACK,
        WorkOrderWhistled: "whistled",
        WorkOrderResolved: "resolved",
        WorkOrderClosed: "closed",
    },
    "raised": {
        **_NOTES,
        WorkOrderAdvisedBack: BACK,
        WorkOrderHandedOver: BACK,
        WorkOrderClosed: "closed",
    },
    "whistled": {
        **_NOTES,
        WorkOrderWhistled: SAME,
        WorkOrderConcluded: "concluded",
        WorkOrderClosed: "closed",
    },
    "concluded": {
        **_NOTES,
        WorkOrderWhistled: "whistled",
        WorkOrderResolved: "resolved",
        WorkOrderClosed: "closed",
    },
    "resolved": {WorkOrderReopened: "dispatched", WorkOrderClosed: "closed"},
    "closed": {},
}


@dataclass(frozen=True, slots=True)
class WorkOrder:
    """The duty to handle a request. Everything that no rule asks for is a read model."""

    state: State = "undispatched"
    request_id: str = ""
    category: str = ""
    time_class: TimeClass = "general"
    place_code: str | None = None
    promised_at: datetime | None = None
    dispatched_at: datetime | None = None
    holder: str = ""  #: unit code; the last holder once closed
    holder_since: datetime | None = None  #: dispatch, hand-over or reopening; charged from here
    first_receiver: str = ""
    copied_to: tuple[str, ...] = ()
    round: int = 1
    contacted: bool = False  #: the reporter was spoken to in this round
    resolutions: int = 0
    raises: int = 0  #: so far; the number makes the raise's id
    raise_id: str | None = None  #: open
    raised_to: str | None = None  #: the town asked by the open raise
    transfer_to: str | None = None  #: the unit asked by the open transfer
    whistles: tuple[str, ...] = ()  #: open ones that name this order

    @property
    def dispatched(self) -> bool:
        """Whether there is such an order at all."""
        return self.state != "undispatched"

    @property
    def open(self) -> bool:
        """Whether somebody still has to do something: not closed; resolved counts as open."""
        return self.dispatched and self.state != "closed"


def evolve(order: WorkOrder, event: Event, at: datetime) -> WorkOrder:
    """Return `order` after `event`, recorded `at`."""
    match event:
        case WorkOrderDispatched():
            return _dispatched(event, at)
        case WorkOrderAcknowledged() | ReporterContacted() | ProgressNoted():
            moved = _handled(order, event)
        case (
            WorkOrderRaised()
            | WorkOrderAdvisedBack()
            | WorkOrderTransferProposed()
            | TransferDeclined()
            | WorkOrderHandedOver()
        ):
            moved = _passed_on(order, event, at)
        case WorkOrderWhistled() | WorkOrderConcluded():
            moved = _whistled(order, event)
        case WorkOrderResolved() | WorkOrderReopened() | WorkOrderClosed():
            moved = _ended(order, event, at)
        case _:
            assert_never(event)
    return replace(moved, state=_state_after(order, moved, event))


def _state_after(before: WorkOrder, moved: WorkOrder, event: Event) -> State:
    found = NEXT[before.state].get(type(event), SAME)
    match found:
        case "same":
            return before.state
        case "back":
            return "contacted" if moved.contacted else "acknowledged"
        case "contacted" if not moved.contacted:
            return before.state
        case "concluded" if moved.whistles:
            return before.state
        case _:
            return found


def _dispatched(event: WorkOrderDispatched, at: datetime) -> WorkOrder:
    return WorkOrder(
        state="dispatched",
        request_id=event.request_id,
        category=event.category,
        time_class=event.time_class,
        place_code=event.place_code,
        promised_at=event.promised_at,
        dispatched_at=at,
        holder=event.holder,
        holder_since=at,
        first_receiver=event.first_receiver,
        copied_to=event.copied_to,
    )


def _handled(order: WorkOrder, event: Handling) -> WorkOrder:
    spoken = isinstance(event, ReporterContacted) and event.result == "spoken"
    return replace(order, contacted=order.contacted or spoken)


def _passed_on(order: WorkOrder, event: PassingOn, at: datetime) -> WorkOrder:
    match event:
        case WorkOrderRaised():
            return replace(
                order,
                raises=order.raises + 1,
                raise_id=event.raise_id,
                raised_to=event.to_unit,
            )
        case WorkOrderAdvisedBack():
            return replace(order, raise_id=None, raised_to=None)
        case WorkOrderTransferProposed():
            return replace(order, transfer_to=event.to_unit)
        case TransferDeclined():
            return replace(order, transfer_to=None)
        case WorkOrderHandedOver():
            freed = _without_questions(order)
            return replace(freed, holder=event.to_unit, holder_since=at)
        case _:
            assert_never(event)


def _whistled(order: WorkOrder, event: Whistling) -> WorkOrder:
    others = tuple(each for each in order.whistles if each != event.whistle_id)
    if isinstance(event, WorkOrderWhistled):
        return replace(order, whistles=(*others, event.whistle_id))
    return replace(order, whistles=others)


def _ended(order: WorkOrder, event: Ending, at: datetime) -> WorkOrder:
    match event:
        case WorkOrderResolved():
            return replace(order, resolutions=event.resolution)
        case WorkOrderReopened():
            return replace(order, round=order.round + 1, contacted=False, holder_since=at)
        case WorkOrderClosed():
            return replace(_without_questions(order), whistles=())
        case _:
            assert_never(event)


def _without_questions(order: WorkOrder) -> WorkOrder:
    """Return `order` with no raise and no transfer open: whoever was asked has no say now."""
    return replace(order, raise_id=None, raised_to=None, transfer_to=None)
