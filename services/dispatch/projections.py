"""Read models of dispatch, each pure: a document is a fold of its subject's events."""

from typing import Final

from services.common.contracts.codec import plain, structured, time_text
from services.common.contracts.commit import Commit, Fact
from services.common.contracts.event_types import UnknownEvent
from services.common.contracts.events.reactions import ReactionRefused
from services.common.contracts.streams import id_of
from services.common.following.projecting import Body, ReadModel
from services.dispatch.domain.work_order import WorkOrder, evolve


def _subject(commit: Commit) -> str:
    return id_of(commit.stream)


def _apply(body: Body, fact: Fact) -> Body:
    """Return the order after `fact`: the fields of `WorkOrder` and those that lists go by.

    Closed orders stay, marked, so that a repeated old commit can't bring one back to life.
    """
    if isinstance(fact.event, ReactionRefused | UnknownEvent):
        return body
    order = evolve(structured(WorkOrder, body), fact.event, fact.recorded_at)
    return {
        **plain(order),
        "work_order_id": id_of(fact.stream),
        "open": order.open,
        "touched_at": time_text(fact.recorded_at),
        "due_order": f"{time_text(order.promised_at or fact.recorded_at)} {id_of(fact.stream)}",
    }


#: One document an order: who holds it, in which state, whom it is copied to. `due_order` sorts by
#: the promised date and is unique. Its stored name is older than that closed orders stay in it, and
#: names collection and cursor: another would be built anew from the logs.
WORK_ORDER_LIST: Final = ReadModel(
    name="open_work_orders",
    of=frozenset({"workOrder"}),
    subject_of=_subject,
    apply=_apply,
    indexed=(
        ("holder", "open", "due_order"),
        ("transfer_to", "open", "due_order"),
        ("copied_to", "open", "due_order"),
        ("open", "due_order"),
    ),
)
READ_MODELS: Final = (WORK_ORDER_LIST,)
