"""Read models of the clocks, one document per clock stream: what is due, and for whom it rings.

Documents are never deleted: a late repetition of a commit must find what was seen already.
"""

from typing import Any, Final

from services.common.contracts.codec import time_text
from services.common.contracts.commit import Commit, Fact
from services.common.contracts.events.clocks import (
    ClocksStopped,
    DeadlineArmed,
    DeadlineEscalated,
    DeadlineLifted,
    DeadlineMet,
    DeadlineMissed,
    DeadlineReminded,
    MissWithdrawn,
)
from services.common.contracts.streams import id_of
from services.common.following.projecting import Body, ReadModel
from services.escalation.clocks.clock import RING_ONCE, rings_on

OF_CLOCKS: Final = frozenset({"clock"})
REMINDER: Final = "reminder"
RING: Final = "ring"


def clock_id(commit: Commit) -> str:
    """Return the document of a commit: that of its clock stream."""
    return id_of(commit.stream)


# -- due_times -------------------------------------------------------------------------------------


def still_open(before: Body, event: Any) -> Body:
    """Return the armings that can still fire after `event`, by number: `kind`, `due_at`,
    `remind_at`?, and `rings_on`: whether a miss leaves it open. Other events change nothing.
    """
    match event:
        case DeadlineArmed():
            return {**before, str(event.arming): _armed(event)}
        case DeadlineMet() | DeadlineLifted() | MissWithdrawn():
            return _without(before, event.arming)
        case DeadlineReminded() | DeadlineMissed() | DeadlineEscalated():
            found = before.get(str(event.arming))
            return before if found is None else _fired(before, found, event)
        case ClocksStopped():
            return {}
        case _:
            return before


def _armed(event: DeadlineArmed) -> Body:
    found: Body = {
        "kind": event.kind,
        "due_at": time_text(event.due_at),
        "rings_on": rings_on(event),
    }
    return found if event.remind_at is None else {**found, "remind_at": time_text(event.remind_at)}


def _fired(
    before: Body, found: Body, event: DeadlineReminded | DeadlineMissed | DeadlineEscalated
) -> Body:
    if isinstance(event, DeadlineMissed) and not found["rings_on"]:
        return _without(before, event.arming)
    left = {name: value for name, value in found.items() if name != "remind_at"}
    if isinstance(event, DeadlineEscalated):
        left["due_at"] = time_text(event.due_at)
    return {**before, str(event.arming): left}


def _without(before: Body, arming: int) -> Body:
    return {number: each for number, each in before.items() if number != str(arming)}


def due_times(body: Body, fact: Fact) -> Body:
    """Keep the open armings and `next_at`: when the timer has to look at the stream next."""
    found: Body = {"open": still_open(body.get("open", {}), fact.event)}
    moments = [each.get("remind_at", each["due_at"]) for each in found["open"].values()]
    return {**found, "next_at": min(moments)} if moments else found


# -- rings -----------------------------------------------------------------------------------------


def rings(body: Body, fact: Fact) -> Body:
    """Keep who is reminded or rung, until the arming ends.

    A ring that comes once ends its arming at once; it stays in the list for its step's limit.
    """
    entries = [each for each in body.get("entries", ()) if _still(each, fact)]
    match fact.event:
        case DeadlineReminded() if fact.event.charged_to is not None:
            entries.append(_reminder(fact, fact.event))
        case DeadlineEscalated():
            same = (fact.event.arming, fact.event.to, RING)
            entries = [each for each in entries if _key(each) != same]
            entries.append(_ring(fact, fact.event))
        case _:
            pass
    return _document(fact, entries)


def _still(entry: Body, fact: Fact) -> bool:
    if entry.get("until_at", "~") <= time_text(fact.recorded_at):
        return False
    match fact.event:
        case DeadlineMet() | DeadlineLifted() | MissWithdrawn():
            return bool(entry["arming"] != fact.event.arming)
        case ClocksStopped():
            return "until_at" in entry
        case _:
            return True


def _key(entry: Body) -> tuple[int, str, str]:
    return entry["arming"], entry["unit"], entry["what"]


def _reminder(fact: Fact, event: DeadlineReminded) -> Body:
    return {
        "what": REMINDER,
        "unit": event.charged_to,
        "arming": event.arming,
        "kind": event.kind,
        "subject": event.subject,
        "since": time_text(fact.recorded_at),
    }


def _ring(fact: Fact, event: DeadlineEscalated) -> Body:
    due_at = time_text(event.due_at)
    found: dict[str, Any] = {
        "what": RING,
        "unit": event.to,
        "arming": event.arming,
        "kind": event.kind,
        "subject": event.subject,
        "since": time_text(fact.recorded_at),
        "step": event.step,
        "due_at": due_at,
    }
    return {**found, "until_at": due_at} if event.kind in RING_ONCE else found


def _document(fact: Fact, entries: list[Body]) -> Body:
    found: Body = {
        "stream": fact.stream,
        "entries": entries,
        "units": sorted({each["unit"] for each in entries}),
    }
    if not entries:
        return found
    return {**found, "sort": f"{min(each['since'] for each in entries)}/{id_of(fact.stream)}"}


DUE_TIMES: Final = ReadModel("due_times", OF_CLOCKS, clock_id, due_times, (("next_at",),))
RINGS: Final = ReadModel("rings", OF_CLOCKS, clock_id, rings, (("units", "sort"),))
