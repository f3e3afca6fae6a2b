"""How far the order of a request is, for the reporter's eyes: folded from dispatch's log.

Far coarser than dispatch's own state: who holds it, and one of five words.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from services.common.contracts.events.dispatch import (
    WorkOrderAcknowledged,
    WorkOrderAdvisedBack,
    WorkOrderClosed,
    WorkOrderConcluded,
    WorkOrderDispatched,
    WorkOrderHandedOver,
    WorkOrderReopened,
    WorkOrderResolved,
    WorkOrderWhistled,
)

Stage = Literal["dispatched", "in_progress", "joint_action", "resolved", "closed"]


@dataclass(frozen=True, slots=True)
class OrderProgress:
    """Where an order is; both None until it was dispatched."""

    holder: str | None = None  #: unit code
    stage: Stage | None = None


def progress_of(events: Iterable[Any]) -> OrderProgress:
    """Return where an order is after all its `events`; what doesn't move it is passed over."""
    progress = OrderProgress()
    for event in events:
        progress = moved(progress, event)
    return progress


def moved(progress: OrderProgress, event: Any) -> OrderProgress:
    """Return `progress` after one event of the order, known here or not."""
    match event:
        case WorkOrderDispatched() | WorkOrderReopened():
            return OrderProgress(event.holder, "dispatched")
        case WorkOrderHandedOver():
            return OrderProgress(event.to_unit, "in_progress")
        case WorkOrderAcknowledged() | WorkOrderAdvisedBack() | WorkOrderConcluded():
            return replace(progress, stage="in_progress")
        case WorkOrderWhistled() | WorkOrderResolved() | WorkOrderClosed():
            return replace(progress, stage=_LATER[type(event)])
        case _:
            return progress


_LATER: dict[type, Stage] = {
    WorkOrderWhistled: "joint_action",
    WorkOrderResolved: "resolved",
    WorkOrderClosed: "closed",
}
