"""Work orders in any state, and the commands that fit them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from services.common.clock import SteppedClock
from services.common.contracts.commit import Actor, Commit, Draft, Tip
from services.common.contracts.events.reactions import ReactionRefused
from services.common.contracts.streams import work_order_id, work_order_stream
from services.common.desk import Desk
from services.common.eventlog.charts import LiveChart
from services.common.eventlog.deciding import Errand
from services.dispatch.domain.work_order import WorkOrder, evolve
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
from services.dispatch.domain.work_order_rules import decide
from services.testing.memory_log import MemoryLog
from tests.support.examples import DAY_ONE, TOWN, VILLAGE, at, draft

CENTRE = "cc-110112"
NEIGHBOUR = "110112105210"  #: another village of the same town
REQUEST = "r-1"
ORDER = work_order_id(REQUEST)
STREAM = work_order_stream(ORDER)
WHISTLE = "h-1"

DISPATCH = DispatchWorkOrder(
    request_id=REQUEST,
    category="city.trade.night-market",
    time_class="complex",
    holder=VILLAGE,
    copied_to=(CENTRE,),
    rule="village-by-place",
    rule_inputs={"category": "city.trade.night-market", "place_code": VILLAGE},
    fallback=False,
    promised_at=DAY_ONE + timedelta(days=15),
    place_code=VILLAGE,
    runner_up=TOWN,
)
ACKNOWLEDGE = AcknowledgeWorkOrder(VILLAGE)
CONTACT = RecordContact(VILLAGE, "spoken")
NOTE = NoteProgress(VILLAGE, "dispatch/note")
RAISE = RaiseWorkOrder(VILLAGE, TOWN, "dispatch/reason")
PROPOSE = ProposeTransfer(VILLAGE, NEIGHBOUR, can_hold=True, reason_ref="dispatch/reason")
ACCEPT = AcceptTransfer(NEIGHBOUR)
DECLINE = DeclineTransfer(NEIGHBOUR, "dispatch/reason")
TAKE_OVER = TakeOverWorkOrder(TOWN, frozenset({VILLAGE, NEIGHBOUR}), can_hold=True)
RESOLVE = ResolveWorkOrder(VILLAGE, "village", "dispatch/result", (), evidence_required=False)
WHISTLED = WhistleOrder(WHISTLE, "request", VILLAGE)  #: the rules ask only that `town` holds it
CONCLUDE = ConcludeWhistle(WHISTLE, "solved")
REOPEN = ReopenWorkOrder(1)
CLOSE = CloseWorkOrder("solved")

#: How to come to each state, with the reporter spoken to or not.
WAY_TO: dict[tuple[str, bool], tuple[Any, ...]] = {
    ("dispatched", False): (DISPATCH,),
    ("acknowledged", False): (DISPATCH, ACKNOWLEDGE),
    ("contacted", True): (DISPATCH, ACKNOWLEDGE, CONTACT),
    ("raised", False): (DISPATCH, ACKNOWLEDGE, RAISE),
    ("raised", True): (DISPATCH, ACKNOWLEDGE, CONTACT, RAISE),
    ("whistled", False): (DISPATCH, ACKNOWLEDGE, WHISTLED),
    ("whistled", True): (DISPATCH, ACKNOWLEDGE, CONTACT, WHISTLED),
    ("concluded", False): (DISPATCH, ACKNOWLEDGE, WHISTLED, CONCLUDE),
    ("concluded", True): (DISPATCH, ACKNOWLEDGE, CONTACT, WHISTLED, CONCLUDE),
    ("resolved", True): (DISPATCH, ACKNOWLEDGE, CONTACT, RESOLVE),
    ("closed", True): (DISPATCH, ACKNOWLEDGE, CONTACT, RESOLVE, CLOSE),
}


def advise_back(order: WorkOrder) -> AdviseBack:
    """Return the town's advice on the open raise of `order`, or on one that never was."""
    return AdviseBack(order.raise_id or "no-raise", TOWN)


def hand_over(order: WorkOrder) -> HandOver:
    """Return the town's acceptance of the open raise of `order`, or of one that never was."""
    return HandOver(order.raise_id or "no-raise", TOWN)


def after(*commands: Any, start: WorkOrder | None = None, moment: datetime = DAY_ONE) -> WorkOrder:
    """Return the order after `commands`, each decided at `moment`; a callable is given the order.

    Raises:
        Refused: One of them is not possible.
    """
    order = start or WorkOrder()
    for command in commands:
        asked = command(order) if callable(command) else command
        for event in decide(order, asked, moment):
            order = evolve(order, event, moment)
    return order


def in_state(state: str, *, contacted: bool | None = None) -> WorkOrder:
    """Return an order in `state`; `contacted` where the state leaves it open."""
    ways = [
        way
        for (name, spoken), way in WAY_TO.items()
        if name == state and contacted in (None, spoken)
    ]
    return after(*ways[0])


def errand(command: Any, command_id: str, hours: float = 0, **more: Any) -> Errand:
    """Return an errand to the order's stream."""
    return Errand(
        stream=STREAM,
        command=command,
        command_id=command_id,
        actor=Actor(role="village_officer", person="p-1", unit=VILLAGE),
        correlation="c-1",
        at=at(hours),
        **more,
    )


class RacedLog(MemoryLog):
    """A log where others are faster: each of `rivals` comes just before the next append."""

    def __init__(self, *rivals: Draft) -> None:
        """Start empty, with the rivals waiting."""
        super().__init__("dispatch", SteppedClock(lambda: DAY_ONE))
        self.rivals = list(rivals)

    def append(self, draft: Draft, after: Tip) -> Commit:
        """Let one rival append first."""
        if self.rivals:
            super().append(self.rivals.pop(0), after)
        return super().append(draft, after)


def log_with(*commands: Any, log: MemoryLog | None = None) -> MemoryLog:
    """Return a log whose order went through `commands`, one commit each."""
    log = log or RacedLog()
    order, tip = WorkOrder(), Tip()
    for number, command in enumerate(commands, 1):
        events = decide(order, command, DAY_ONE)
        tip = log.append(draft(STREAM, *events, command_id=f"given-{number}"), tip).tip
        order = after(command, start=order)
    return log


def harmless(stream: str = STREAM) -> Draft:
    """Return a commit that changes no state."""
    return draft(stream, ReactionRefused("SomeCommand", "nothing_to_do", None))


def written(commits: Iterable[Any]) -> list[str]:
    """Return the names of all events in `commits`."""
    return [type(fact.event).__name__ for commit in commits for fact in commit.facts]


def with_log(desk: Desk, log: MemoryLog, *, chart: LiveChart | None = None) -> Desk:
    """Return `desk` over another log of dispatch."""
    return replace(desk, log=log, logs={**desk.logs, "dispatch": log}, chart=chart or desk.chart)
