"""What happens to raises because of what dispatch recorded.

Pure: the target follows from the event alone.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from services.common.chart import Chart
from services.common.contracts.commit import Fact
from services.common.contracts.events.dispatch import (
    WorkOrderClosed,
    WorkOrderHandedOver,
    WorkOrderRaised,
)
from services.common.contracts.events.reactions import ReactionRefused
from services.common.contracts.streams import category_of, id_of, raise_stream
from services.common.following.reacting import NOTHING_TO_DO, Ask, Reaction
from services.escalation.raises.rules import OpenRaise, VoidRaise

#: Dispatch's command (by name, as `ReactionRefused` says it) whose refusal ends a raise.
HAND_OVER: Final = "HandOver"


def when_work_order_raised(fact: Fact, chart: Chart) -> Iterable[Ask]:  # noqa: ARG001
    """Ask the town."""
    event: WorkOrderRaised = fact.event
    command = OpenRaise(id_of(fact.stream), event.request_id, event.from_unit, event.to_unit)
    yield Ask(raise_stream(event.raise_id), command)


def when_work_order_closed(fact: Fact, chart: Chart) -> Iterable[Ask]:  # noqa: ARG001
    """Nobody needs an answer any more."""
    event: WorkOrderClosed = fact.event
    if event.raise_id is not None:
        yield Ask(raise_stream(event.raise_id), VoidRaise("order_closed"))


def when_work_order_handed_over(fact: Fact, chart: Chart) -> Iterable[Ask]:  # noqa: ARG001
    """The order went another way than by the raise."""
    event: WorkOrderHandedOver = fact.event
    if event.raise_id is not None and event.why != "raise":
        yield Ask(raise_stream(event.raise_id), VoidRaise("handed_over"))


def when_reaction_refused(fact: Fact, chart: Chart) -> Iterable[Ask]:  # noqa: ARG001
    """Dispatch would not hand the order over."""
    event: ReactionRefused = fact.event
    if category_of(fact.stream) != "workOrder" or event.subject_id is None:
        return
    if event.command == HAND_OVER and event.reason != NOTHING_TO_DO:
        yield Ask(raise_stream(event.subject_id), VoidRaise(event.reason))


REACTIONS: Final[Mapping[type, tuple[Reaction, ...]]] = {
    WorkOrderRaised: (when_work_order_raised,),
    WorkOrderClosed: (when_work_order_closed,),
    WorkOrderHandedOver: (when_work_order_handed_over,),
    ReactionRefused: (when_reaction_refused,),
}
