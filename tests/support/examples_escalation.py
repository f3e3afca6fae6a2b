"""Raises, whistles, calls and standing duties in any state, and the commands that fit them."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

from services.common.clock import SteppedClock
from services.common.contracts.commit import Actor, Commit, Draft, Tip
from services.common.contracts.events.dispatch import RegistryAdopted
from services.common.contracts.events.escalation import CallToMake, DutyToAssign
from services.common.contracts.events.reactions import ReactionRefused
from services.common.contracts.streams import REGISTRY_KINDS, call_id, duty_id
from services.common.contracts.vocabulary import RegistryKind
from services.common.eventlog.deciding import Errand
from services.common.eventlog.folding import Aggregate
from services.common.registry_files import load
from services.escalation.calls.call import Call
from services.escalation.calls.commands import (
    AcceptCall,
    CallDepartment,
    CompleteCall,
    EndCall,
    ExcuseDepartment,
    InsistOnCall,
    MarkOverdue,
    NoteCallProgress,
    OpenRating,
    RateDepartment,
    RateWhistle,
    ReceiveCall,
    RefuseCall,
    ReleaseDepartment,
    RemindDepartment,
    ReportIn,
)
from services.escalation.calls.rules import CALL
from services.escalation.duties.rules import AssignDuty
from services.escalation.raises.rules import RAISE, AcceptRaise, AdviseBack, OpenRaise, Raise
from services.escalation.raises.rules import VoidRaise as Void
from services.escalation.whistles.commands import (
    ApproveWhistle,
    BlowWhistle,
    ConcludeWhistle,
    DropOrder,
    JoinUnit,
    MarkUnapproved,
    OrderSeen,
    RejectWhistle,
    ReleaseUnits,
    WithdrawWhistle,
)
from services.escalation.whistles.rules import WHISTLE
from services.escalation.whistles.whistle import Whistle
from services.testing.memory_log import MemoryLog
from tests.support.examples import DAY_ONE, TOWN, VILLAGE, at, draft

S = TypeVar("S")
#: Units of two towns and of their district: enough for every story, and quickly folded.
_KEPT: Final = re.compile(
    r"110112|110112105(209|-\w+)?|110112119(237|-\w+)?|(cc|deputy|leader)-110112|dept-\w+(-\w+)?"
)
_REGISTRY: Final = Path(__file__).parents[2] / "deploy" / "registry"
EMERGENCY_DEPT = "dept-emergency"
ENFORCEMENT = "dept-enforcement"
MARKET = "dept-market"
SUPPORT = (EMERGENCY_DEPT, ENFORCEMENT, MARKET)
HERE = (TOWN,)  #: acting for the town
ELSEWHERE = ("110112119",)  #: acting for another

# -- raises ----------------------------------------------------------------------------------------

OPEN_RAISE = OpenRaise("w-1", "r-1", VILLAGE, TOWN)
ACCEPT_RAISE = AcceptRaise(HERE)
ADVISE_BACK = AdviseBack(HERE, "escalation/advice")
VOID = Void("handed_over")
RAISE_WAYS: dict[str, tuple[Any, ...]] = {
    "absent": (),
    "received": (OPEN_RAISE,),
    "accepted": (OPEN_RAISE, ACCEPT_RAISE),
    "advised_back": (OPEN_RAISE, ADVISE_BACK),
    "voided": (OPEN_RAISE, VOID),
}

# -- whistles --------------------------------------------------------------------------------------

WHISTLE_ID = "h-1"
ORDER = OrderSeen("w-1", "r-1", TOWN, "open")
SECOND_ORDER = OrderSeen("w-2", "r-2", TOWN, "open")
VIA = ((VILLAGE, "http"), *((unit, "amqp") for unit in SUPPORT))


def blow(kind: str = "request", **changed: Any) -> BlowWhistle:
    """Return the whistle for the night market, or one changed from it."""
    found: dict[str, Any] = {
        "whistle_id": WHISTLE_ID,
        "acting_for": HERE,
        "orders": (ORDER,),
        "town": TOWN,
        "kind": kind,
        "place_code": VILLAGE,
        "category": "city.trade.night-market",
        "contact_office_ref": "escalation/contact-office",
        "lead": VILLAGE,
        "support": SUPPORT,
        "summary_ref": "escalation/summary",
        "via": VIA,
    }
    return BlowWhistle(**{**found, **changed})


def joins(unit: str) -> JoinUnit:
    """Return that `unit` comes; two thirds of the support are enough."""
    return JoinUnit(unit, unit == VILLAGE, 2, 3)


def duty(unit: str = VILLAGE, number: int = 1, days: int = 30) -> DutyToAssign:
    """Return a daily patrol."""
    until = DAY_ONE + timedelta(days=days)
    return DutyToAssign(duty_id(WHISTLE_ID, number), unit, "escalation/what", 86_400, until)


def conclude(outcome: Any = "solved", **changed: Any) -> ConcludeWhistle:
    """Return a conclusion without duties; the village belongs to the town."""
    found: dict[str, Any] = {
        "acting_for": HERE,
        "outcome": outcome,
        "duties": (),
        "in_town": frozenset({VILLAGE}),
    }
    return ConcludeWhistle(**{**found, **changed})


APPROVE = ApproveWhistle(WHISTLE_ID, HERE, "leader", VIA)  # type: ignore[arg-type]
REJECT = RejectWhistle(HERE, "escalation/reason")
WITHDRAW = WithdrawWhistle(HERE, "escalation/reason")
RELEASE = ReleaseUnits(HERE)
MARK = MarkUnapproved(60)
DROP = DropOrder("w-1", "not-allowed-now")
QUORUM = (joins(VILLAGE), joins(EMERGENCY_DEPT), joins(ENFORCEMENT))
#: (state, kind) -> the way there.
WHISTLE_WAYS: dict[tuple[str, str], tuple[Any, ...]] = {
    ("absent", "request"): (),
    ("blown", "request"): (blow(),),
    ("blown", "emergency"): (blow("emergency"),),
    ("approved", "request"): (blow(), APPROVE),
    ("approved", "emergency"): (blow("emergency"), APPROVE),
    ("acting", "request"): (blow(), APPROVE, *QUORUM),
    ("acting", "emergency"): (blow("emergency"), *QUORUM),
    ("rejected", "request"): (blow(), REJECT),
    ("withdrawn", "request"): (blow(), WITHDRAW),
    ("concluded", "request"): (blow(), APPROVE, *QUORUM, conclude()),
}

# -- calls -----------------------------------------------------------------------------------------

CALL_ID = call_id(WHISTLE_ID, MARKET)
BY_MARKET = (MARKET,)
CALL_MARKET = CallDepartment(
    WHISTLE_ID,
    CallToMake(
        call_id=CALL_ID,
        town=TOWN,
        unit=MARKET,
        lead=False,
        via="amqp",
        kind="request",
        place_code=VILLAGE,
        category="city.trade.night-market",
        summary_ref="escalation/summary",
    ),
)
RECEIVE = ReceiveCall(BY_MARKET, "SC-7")
ACCEPT = AcceptCall(BY_MARKET, "escalation/office")
REFUSE = RefuseCall(BY_MARKET, "escalation/reason")
ARRIVE = ReportIn(BY_MARKET, "on_site", 3, "escalation/office", DAY_ONE)
PROGRESS = NoteCallProgress(BY_MARKET, "escalation/note")
DONE = CompleteCall(BY_MARKET, "escalation/note")
INSIST = InsistOnCall(HERE)
EXCUSE = ExcuseDepartment(HERE)
REMIND = RemindDepartment(6)
OVERDUE = MarkOverdue(6, 0, 60)
RELEASED = ReleaseDepartment()
END = EndCall()
OPEN_RATING = OpenRating("solved")
RATE_UNIT = RateDepartment(HERE, 4, 5, 3)
RATE_WHISTLE = RateWhistle(BY_MARKET, 5, 4)
CALL_WAYS: dict[str, tuple[Any, ...]] = {
    "absent": (),
    "called": (CALL_MARKET,),
    "received": (CALL_MARKET, RECEIVE),
    "accepted": (CALL_MARKET, ACCEPT),
    "refused": (CALL_MARKET, REFUSE),
    "present": (CALL_MARKET, ARRIVE),
    "done": (CALL_MARKET, ARRIVE, DONE),
    "ended": (CALL_MARKET, ARRIVE, RELEASED),
    "rating": (CALL_MARKET, ARRIVE, RELEASED, OPEN_RATING),
}

# -- standing duties -------------------------------------------------------------------------------

ASSIGN = AssignDuty(WHISTLE_ID, VILLAGE, "escalation/what", 86_400, DAY_ONE + timedelta(days=3))

# -- the registry --------------------------------------------------------------------------------


@cache
def _tables() -> Mapping[RegistryKind, tuple[Mapping[str, Any], ...]]:
    found = {kind: table.entries for kind, table in load(_REGISTRY).items()}
    units = tuple(each for each in found["units"] if _KEPT.fullmatch(each["code"]))
    return {**found, "units": units}


def adoptions() -> Iterator[RegistryAdopted]:
    """Yield the adoption of every table of the product's registry, the units cut down."""
    start = datetime(2020, 1, 1, tzinfo=UTC)
    for kind in REGISTRY_KINDS:
        yield RegistryAdopted(kind, start, "-", _tables()[kind])


# -- what they have in common ----------------------------------------------------------------------


def after(aggregate: Aggregate[S], *commands: Any, moment: datetime = DAY_ONE) -> S:
    """Return the state after `commands`, each decided at `moment`.

    Raises:
        Refused: One of them is not possible.
    """
    state = aggregate.initial
    for command in commands:
        for event in aggregate.decide(state, command, moment):
            state = aggregate.evolve(state, event, moment)
    return state


def a_raise(status: str) -> Raise:
    """Return a raise in a state."""
    return after(RAISE, *RAISE_WAYS[status])


def a_whistle(status: str, kind: str = "request", *more: Any) -> Whistle:
    """Return a whistle in a state, after `more` commands."""
    return after(WHISTLE, *WHISTLE_WAYS[status, kind], *more)


def a_call(status: str, *more: Any) -> Call:
    """Return a call in a state, after `more` commands."""
    return after(CALL, *CALL_WAYS[status], *more)


def errand(stream: str, command: Any, command_id: str = "k-1", **more: Any) -> Errand:
    """Return an errand to `stream`."""
    return Errand(
        stream=stream,
        command=command,
        command_id=command_id,
        actor=Actor(role="town_officer", person="p-1", unit=TOWN),
        correlation="c-1",
        at=at(1),
        **more,
    )


class RacedLog(MemoryLog):
    """A log where others are faster: each of `rivals` comes just before the next append."""

    def __init__(self, *rivals: Draft) -> None:
        """Start empty, with the rivals waiting."""
        super().__init__("escalation", SteppedClock(lambda: DAY_ONE))
        self.rivals = list(rivals)

    def append(self, draft: Draft, after: Tip) -> Commit:
        """Let one rival append first."""
        if self.rivals:
            super().append(self.rivals.pop(0), after)
        return super().append(draft, after)


def log_after(aggregate: Aggregate[Any], stream: str, *commands: Any) -> RacedLog:
    """Return a log whose `stream` went through `commands`, one commit each."""
    log, state, tip = RacedLog(), aggregate.initial, Tip()
    for number, command in enumerate(commands, 1):
        events = aggregate.decide(state, command, DAY_ONE)
        tip = log.append(draft(stream, *events, command_id=f"given-{number}"), tip).tip
        for event in events:
            state = aggregate.evolve(state, event, DAY_ONE)
    return log


def harmless(stream: str) -> Draft:
    """Return a commit that changes no state."""
    return draft(stream, ReactionRefused("SomeCommand", "nothing_to_do", None))


def names(events: Any) -> list[str]:
    """Return the names of events."""
    return [type(each).__name__ for each in events]
