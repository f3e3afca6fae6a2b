"""What may be read of clocks: of one matter from its stream, what rings for a unit from a list."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from services.common.contracts.codec import plain, time_text
from services.common.contracts.streams import (
    LOG_OF_CATEGORY,
    category_of,
    clock_stream,
    id_of,
)
from services.common.desk import Desk
from services.common.errors import NotFound
from services.common.eventlog.known import Known
from services.common.eventlog.loading import load
from services.common.eventlog.ports import LogReader
from services.common.following.ports import Documents
from services.common.http.call import Caller
from services.common.http.paging import page_of, sort_key_of
from services.escalation.clocks.clock import Arming
from services.escalation.clocks.projections import RINGS
from services.escalation.clocks.rules import CLOCKS
from services.escalation.reading import Body, check, listed

#: Their clock stream has their own id.
_ROOTS: Final = frozenset({"request", "whistle", "duty"})
_BELONGS_TO: Final = ("request_id", "whistle_id")


def clocks_of(logs: Mapping[str, LogReader], subject: str, known: Known | None = None) -> Body:
    """Return the clocks of the matter that stream `subject` belongs to, folded just now.

    `subject`: a stream of a request, work order, raise, whistle, call or duty. All armings are
    told, ended ones too; `about` are those whose own subject is `subject`. `known`: as in `load`.

    Raises:
        NotFound: No clock was ever armed for it.
    """
    stream = clock_stream(_clock_id(logs, subject))
    loaded = load(logs["escalation"], CLOCKS, stream, known)
    if not loaded.state.armings:
        raise NotFound(what=subject)
    return {
        "clock": stream,
        "version": loaded.tip.version,
        "stopped": loaded.state.stopped,
        "armings": [_row(each) for each in loaded.state.armings],
        "about": [
            each.terms.arming for each in loaded.state.armings if each.terms.subject == subject
        ],
    }


def _clock_id(logs: Mapping[str, LogReader], subject: str) -> str:
    category = category_of(subject)
    if category in _ROOTS:
        return id_of(subject)
    if category not in LOG_OF_CATEGORY or category in ("registry", "clock"):
        raise NotFound(what=subject)
    first = next(iter(logs[LOG_OF_CATEGORY[category]].read(subject, 0, 1)), None)
    events = [fact.event for fact in first.facts] if first is not None else []
    owners = (getattr(event, name, None) for event in events for name in _BELONGS_TO)
    found = next((each for each in owners if each is not None), None)
    if found is None:
        raise NotFound(what=subject)
    return str(found)


def _row(arming: Arming) -> Body:
    terms = arming.terms
    found: Body = plain(
        {
            "arming": terms.arming,
            "kind": terms.kind,
            "subject": terms.subject,
            "status": arming.status,
            "charged_to": terms.charged_to,
            "starts_at": terms.starts_at,
            "limit_seconds": terms.limit_seconds,
            "due_at": terms.due_at,
            "remind_at": terms.remind_at,
            "reminded": arming.reminded,
            "missed_steps": arming.step,
            "rung": list(_rung(arming)),
            "next_step_due_at": arming.due_at if arming.status == "missed" else None,
        }
    )
    return found


def _rung(arming: Arming) -> tuple[str, ...]:
    """Return who has been rung, lowest first."""
    return arming.terms.ladder[: arming.step]


def rings_for(
    documents: Documents, unit: str, now: datetime, *, after: str | None = None, limit: int = 50
) -> list[Body]:
    """Return what rings for `unit`, or reminds it: one item per matter, the longest first.

    `after`: the `sort` of the last item of the page before. An item may have no entry left where
    its only ring has run out meanwhile.
    """
    found = documents.find(RINGS.name, {"units": unit}, order_by="sort", after=after, limit=limit)
    return [
        {
            "clock": each.body["stream"],
            "sort": each.body["sort"],
            "entries": [
                entry for entry in each.body["entries"] if _for(entry, unit, time_text(now))
            ],
        }
        for each in found
    ]


def _for(entry: Mapping[str, Any], unit: str, now: str) -> bool:
    return bool(entry["unit"] == unit and entry.get("until_at", "~") > now)


def clocks_view(desk: Desk, subject: str, caller: Caller) -> tuple[Body, int]:
    """Return the clocks of a matter, and their version, for who is charged or rung by one."""
    body = clocks_of(desk.logs, subject, desk.known)
    charged = (each.get("charged_to") for each in body["armings"])
    rung = (unit for each in body["armings"] for unit in each["rung"])
    check(desk, caller, {each for each in (*charged, *rung) if each is not None})
    return body, body["version"]


def escalations_of(desk: Desk, caller: Caller, query: Mapping[str, Any]) -> Body:
    """Return a page of what rings for a unit, or reminds it, the longest first."""
    check(desk, caller, (query["unit"],))
    limit, cursor = query["limit"], query.get("cursor")
    after = None if cursor is None else str(sort_key_of(cursor, (str,))[0])
    now = desk.clock.now()
    found = rings_for(desk.documents, query["unit"], now, after=after, limit=limit + 1)
    return page_of(found, limit, lambda item: (item["sort"],)).as_body(listed)
