"""A work order as far as a whistle needs it, folded from dispatch's log.

Dispatch alone writes it and has the last word: an order that it refuses is dropped.
"""

from dataclasses import dataclass, replace
from typing import Any, Literal

from services.common.contracts.events.dispatch import (
    WorkOrderAcknowledged,
    WorkOrderAdvisedBack,
    WorkOrderClosed,
    WorkOrderDispatched,
    WorkOrderHandedOver,
    WorkOrderRaised,
    WorkOrderReopened,
    WorkOrderResolved,
)
from services.common.contracts.streams import work_order_stream
from services.common.errors import NotFound
from services.common.eventlog.ports import LogReader

OrderState = Literal["absent", "dispatched", "open", "raised", "resolved", "closed"]


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What a whistle asks of an order. `open`: acknowledged, and its holder may work on it."""

    work_order_id: str
    state: OrderState = "absent"
    request_id: str = ""
    holder: str = ""
    category: str = ""
    place_code: str | None = None


def order_facts(dispatch_log: LogReader, work_order_id: str) -> OrderFacts:
    """Return the order as it is in dispatch's log now.

    Raises:
        NotFound: There is no such order.
    """
    found = OrderFacts(work_order_id)
    for commit in dispatch_log.read(work_order_stream(work_order_id)):
        for fact in commit.facts:
            found = _after(found, fact.event)
    if found.state == "absent":
        raise NotFound(what="work_order")
    return found


def _after(order: OrderFacts, event: Any) -> OrderFacts:
    match event:
        case WorkOrderDispatched():
            return replace(
                order,
                state="dispatched",
                request_id=event.request_id,
                holder=event.holder,
                category=event.category,
                place_code=event.place_code,
            )
        case WorkOrderHandedOver():
            return replace(order, state="open", holder=event.to_unit)
        case _:
            return replace(order, state=_state_after(order.state, event))


def _state_after(state: OrderState, event: Any) -> OrderState:
    states: dict[type, OrderState] = {
        WorkOrderAcknowledged: "open",
        WorkOrderAdvisedBack: "open",
        WorkOrderRaised: "raised",
        WorkOrderResolved: "resolved",
        WorkOrderReopened: "dispatched",
        WorkOrderClosed: "closed",
    }
    return states.get(type(event), state)
