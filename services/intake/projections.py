"""Intake's read models: the desk's list of requests, and where a lookup code leads."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from services.common.contracts.codec import plain, time_text
from services.common.contracts.commit import Commit, Fact
from services.common.contracts.events.intake import (
    FollowUpLapsed,
    FollowUpOpened,
    FollowUpRecorded,
    FollowUpTried,
    RequestClassified,
    RequestClosed,
    RequestForwarded,
    RequestReceived,
    RequestReopened,
)
from services.common.contracts.streams import id_of
from services.common.following.projecting import Body, ReadModel

OF_REQUESTS: Final = frozenset({"request"})
#: The state that each event leads to; the others leave it as it is.
_LEADS_TO: Final[Mapping[type, str]] = {
    RequestReceived: "received",
    RequestForwarded: "forwarded",
    FollowUpOpened: "awaiting_follow_up",
    FollowUpLapsed: "forwarded",
    RequestReopened: "reopened",
    RequestClosed: "closed",
}
#: Events whose fields stand in the document under their own names.
_COPIED: Final = frozenset({RequestReceived, RequestClassified, RequestForwarded, RequestClosed})


def _subject(commit: Commit) -> str:
    return id_of(commit.stream)


def told(body: Body, fact: Fact) -> Body:
    """Return what the desk knows of a request after `fact`.

    `state`, `since` (when it was entered, made unique by the id: the list's order), the fields of
    RequestReceived, RequestForwarded and RequestClosed, and `follow_ups`, one a round. Texts and
    people are refs here too.
    """
    event = fact.event
    if (state := _LEADS_TO.get(type(event))) is not None:
        body |= {"state": state, "since": f"{time_text(fact.recorded_at)}~{id_of(fact.stream)}"}
    if type(event) in _COPIED:
        body |= plain(event)
    if isinstance(event, RequestReceived):
        body |= {"id": id_of(fact.stream), "received_at": time_text(fact.recorded_at)}
    if isinstance(event, FollowUpOpened | FollowUpTried | FollowUpRecorded):
        body["follow_ups"] = list(_rounds(body.get("follow_ups", []), event, fact))
    body["version"] = fact.version
    return body


def _rounds(
    rounds: Sequence[Body], event: FollowUpOpened | FollowUpTried | FollowUpRecorded, fact: Fact
) -> Iterable[Body]:
    """Yield the rounds with what `event` adds to its own."""
    at = time_text(fact.recorded_at)
    match event:
        case FollowUpOpened():
            yield from rounds
            yield {**plain(event), "opened_at": at, "tries": 0}
        case FollowUpTried():
            yield from rounds[:-1]
            yield {**rounds[-1], "tries": event.try_number}
        case FollowUpRecorded():
            yield from rounds[:-1]
            yield {**rounds[-1], "answered_at": at, "answer": plain(event)}


DESK_REQUESTS: Final = ReadModel(
    name="desk_requests",
    of=OF_REQUESTS,
    subject_of=_subject,
    apply=told,
    indexed=(("since",), ("state", "since")),
)
RECEIPT_CODES: Final = "receipt_codes"


def consumer_of(model: str) -> str:
    """Return the name of the consumer that keeps a read model."""
    return f"intake.{model}"


def receipt_codes(code_for: Callable[[str], str | None]) -> ReadModel:
    """Return the read model that leads from a lookup code to its request.

    `code_for(request_id)` makes the code, or None once the reporter's key is erased. The log
    holds no code, and nobody without the reporter's key can make one; yet with the log and the
    keys this read model can be rebuilt, and an erased request drops out of it.
    """

    def subject(commit: Commit) -> str | None:
        return code_for(id_of(commit.stream)) if commit.version == 1 else None

    return ReadModel(RECEIPT_CODES, OF_REQUESTS, subject, _leads_to)


def _leads_to(body: Body, fact: Fact) -> Body:
    return {"request_id": id_of(fact.stream), **body}


def known_from(commits: Iterable[Commit]) -> Body:
    """Return what the desk knows of one request from its own stream: as new as the log."""
    body: dict[str, Any] = {}
    for commit in commits:
        for fact in commit.facts:
            body = told(body, fact)
    return body
