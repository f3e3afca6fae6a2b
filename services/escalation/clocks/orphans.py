"""Orphans: open requests whose clocks can't fire any more. There must be none.

A request is open until it is closed: its order follows by reaction, nobody is waited for then.

Judged where escalation's reactions have got to: what they have not handled yet is lag, another
metric. A stream that is parked has an alarm of its own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from services.common.contracts.codec import time_text
from services.common.contracts.commit import Commit, Fact
from services.common.contracts.event_types import UnknownEvent
from services.common.contracts.events.dispatch import WorkOrderClosed, WorkOrderDispatched
from services.common.contracts.events.intake import RequestClosed, RequestReceived
from services.common.contracts.events.reactions import ReactionRefused
from services.common.contracts.streams import category_of, clock_stream, id_of, log_of
from services.common.eventlog.loading import load
from services.common.eventlog.ports import LogReader
from services.common.following.cursors import Cursor
from services.common.following.ports import Document, Documents
from services.common.following.projecting import Body, ReadModel
from services.escalation.clocks.projections import still_open
from services.escalation.clocks.rules import CLOCKS

PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Orphan:
    """An open request that no clock watches."""

    request_id: str
    work_order: str | None  #: its stream; None before it was dispatched
    since: str  #: canonical time of the last event seen


# -- the read model: one document per request, over its R, W and C streams -----------------------


def _request_of(commit: Commit) -> str | None:
    match category_of(commit.stream):
        case "request":
            return id_of(commit.stream)
        case "workOrder":
            return _first(getattr(fact.event, "request_id", None) for fact in commit.facts)
        case "clock":
            subjects = (getattr(fact.event, "subject", "") for fact in commit.facts)
            of_request = any(
                category_of(each) in ("request", "workOrder", "raise") for each in subjects
            )
            return id_of(commit.stream) if of_request else None
        case _:
            return None


def _first(found: Iterator[str | None]) -> str | None:
    return next((each for each in found if each is not None), None)


def _watched(body: Body, fact: Fact) -> Body:
    """Keep `open`, the armings that can still fire, and `unwatched`: open and none of them.

    Its streams may be followed in any order, so the newest time is kept, not the last one told.
    """
    if isinstance(fact.event, ReactionRefused | UnknownEvent):
        return body
    found = _moved(body, fact)
    at = time_text(fact.recorded_at)
    return {
        **found,
        "unwatched": bool(found.get("open")) and not found.get("armings"),
        "since": max(body.get("since", ""), at),
        "sort": max(body.get("sort", ""), f"{at}/{fact.stream}"),
    }


def _moved(body: Body, fact: Fact) -> Body:
    match fact.event:
        case RequestReceived():
            return {**body, "open": not body.get("closed", False)}
        case WorkOrderDispatched():
            return {**body, "work_order": fact.stream}
        case RequestClosed() | WorkOrderClosed():
            return {**body, "open": False, "closed": True}
        case _:
            return {**body, "armings": still_open(body.get("armings", {}), fact.event)}


WATCHED_REQUESTS: Final = ReadModel(
    "watched_requests",
    frozenset({"request", "workOrder", "clock"}),
    _request_of,
    _watched,
    (("unwatched", "sort"),),
)


# -- the query -----------------------------------------------------------------------------------


def orphans(
    documents: Documents, logs: Mapping[str, LogReader], reactions: Cursor
) -> tuple[Orphan, ...]:
    """Return the orphans, the oldest first. `reactions`: how far escalation's own reactions are.

    A document that lags behind the clock's stream accuses nobody: the stream decides.
    """
    return tuple(
        Orphan(each.id, each.body.get("work_order"), each.body["since"])
        for each in _unwatched(documents)
        if _handled(each.body, logs, reactions) and not _can_still_fire(logs["escalation"], each.id)
    )


def _unwatched(documents: Documents) -> Iterator[Document]:
    after = ""
    while True:
        found = documents.find(
            WATCHED_REQUESTS.name, {"unwatched": True}, order_by="sort", after=after, limit=PAGE
        )
        yield from found
        if len(found) < PAGE:
            return
        after = found[-1].body["sort"]


def _handled(body: Any, logs: Mapping[str, LogReader], reactions: Cursor) -> bool:
    """Whether the reactions have handled everything of R and W that the document has seen."""
    return all(
        _has_handled(stream, version, logs[log_of(stream)], reactions)
        for stream, version in body["seen"].items()
        if category_of(stream) != "clock"
    )


def _has_handled(stream: str, version: int, log: LogReader, reactions: Cursor) -> bool:
    held = reactions.held.get(stream)
    if held is not None and held.version <= version:
        return False
    place = log.positions([(stream, version)]).get((stream, version))
    return place is not None and reactions.positions.get(log.name, 0) >= place


def _can_still_fire(log: LogReader, request_id: str) -> bool:
    return bool(load(log, CLOCKS, clock_stream(request_id)).state.open)
