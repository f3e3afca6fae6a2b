"""What can be read of requests: by a lookup code, by the desk, as the desk's list."""

import json
from collections.abc import Mapping
from typing import Any, Final

from services.common.chart import Chart
from services.common.contracts.codec import Plain, time_text
from services.common.contracts.streams import request_stream, work_order_id, work_order_stream
from services.common.desk import Desk
from services.common.errors import NotFound
from services.common.eventlog.loading import load
from services.common.http.call import Caller
from services.common.http.paging import Page, page_of, sort_key_of
from services.intake import receipts
from services.intake.domain.order_progress import OrderProgress, progress_of
from services.intake.domain.request import Request
from services.intake.domain.request_rules import REQUESTS
from services.intake.domain.roles import OPERATOR
from services.intake.masking import masked
from services.intake.projections import DESK_REQUESTS, known_from

#: What a reporter is told, in the order of a request's life.
STATUS: Final[Mapping[str, tuple[str, str]]] = {
    "received": ("已受理，待分类", "Received, to be classified"),
    "forwarded": ("已转派，待派单", "Forwarded, to be dispatched"),
    "dispatched": ("已派单，待签收", "Dispatched to a unit"),
    "in_progress": ("办理中", "In progress"),
    "joint_action": ("多部门联合办理中", "Several departments act together"),
    "resolved": ("已办结，待回访", "Resolved, to be followed up"),
    "awaiting_follow_up": ("待您评价", "Waiting for your answer"),
    "closed": ("已结案", "Closed"),
}
_LISTED: Final[tuple[str, ...]] = (
    "id", "state", "received_at", "channel", "kind", "category", "time_class", "place_code",
    "promised_at", "confidential", "opposed", "cluster_id", "outcome", "version",
)  # fmt: skip
_SEEN: Final[tuple[str, ...]] = (*_LISTED, "district")


def receipt(desk: Desk, typed: str) -> dict[str, Any]:
    """Return what the holder of a lookup code may know: nothing personal, no place, no text.

    Raises:
        ReceiptCodeMistyped, NotFound, KeyErased.
    """
    request_id = receipts.request_of(desk, typed)
    request = load(desk.log, REQUESTS, request_stream(request_id), desk.known).state
    order = _order(desk, request_id)
    status = _status(request, order)
    zh, en = STATUS[status]
    body = {"status": status, "status_zh": zh, "status_en": en, "follow_up": _open(request)}
    if request.promised_at is not None:
        body["promised_at"] = time_text(request.promised_at)
    if order.holder is not None:
        body["holder"] = unit_named(desk.chart.at(desk.clock.now()), order.holder)
    if request.outcome is not None:
        body["outcome"] = request.outcome
    return body


def _open(request: Request) -> dict[str, Any]:
    if request.state != "awaiting_follow_up":
        return {"open": False}
    return {"open": True, "round": request.round, "resolved": request.judged_resolution > 0}


def _status(request: Request, order: OrderProgress) -> str:
    """Return the word of `STATUS`: the request's own at its ends, else how far its order is.

    A follow-up about nothing (the promised date has passed) does not hide that work goes on.
    """
    match request.state:
        case "received" | "closed":
            return request.state
        case "awaiting_follow_up" if request.judged_resolution > 0:
            return request.state
        case _:
            return order.stage or "forwarded"


def request_seen(desk: Desk, request_id: str, caller: Caller) -> tuple[dict[str, Any], int]:
    """Return a request as the desk sees it, and its version. It is as new as the log.

    Raises:
        NotFound: There is none.
    """
    known = known_from(desk.log.read(request_stream(request_id)))
    if not known:
        raise NotFound(what=request_id)
    body = {name: known[name] for name in _SEEN if name in known}
    body["reporter"] = _reporter(desk, known, caller)
    body["said_withheld"] = withheld = _is_hidden(known, caller)
    body["said"] = None if withheld else desk.vault.open_unless_erased(known["said_ref"])
    rounds = known.get("follow_ups", ())
    body["follow_ups"] = [_round_seen(desk, each, withheld=withheld) for each in rounds]
    body["work_order"] = _order_seen(desk, request_id)
    return body, known["version"]


def _reporter(desk: Desk, known: Mapping[str, Any], caller: Caller) -> dict[str, Any]:
    """Return who reported, masked; a confidential one is there for operators alone."""
    if _is_hidden(known, caller):
        return {"hidden": True}
    text = desk.vault.open_unless_erased(known["reporter_ref"])
    return {"erased": True} if text is None else masked(json.loads(text))


def _is_hidden(known: Mapping[str, Any], caller: Caller) -> bool:
    """Whether the reporter, and words that may name the reporter, are not for this caller."""
    return bool(known["confidential"]) and not caller.has(OPERATOR)


def _round_seen(desk: Desk, follow_up: Mapping[str, Any], *, withheld: bool) -> dict[str, Any]:
    answer = dict(follow_up.get("answer", {}))
    ref = answer.pop("said_ref", None)
    if ref is not None:
        answer["said"] = None if withheld else desk.vault.open_unless_erased(ref)
    return {**follow_up, "answer": answer} if answer else dict(follow_up)


def _order(desk: Desk, request_id: str) -> OrderProgress:
    stream = work_order_stream(work_order_id(request_id))
    commits = desk.logs["dispatch"].read(stream)
    return progress_of(fact.event for commit in commits for fact in commit.facts)


def _order_seen(desk: Desk, request_id: str) -> dict[str, Any] | None:
    order = _order(desk, request_id)
    if order.holder is None:
        return None
    holder = unit_named(desk.chart.at(desk.clock.now()), order.holder)
    return {"id": work_order_id(request_id), "holder": holder, "stage": order.stage}


def unit_named(chart: Chart, code: str) -> dict[str, str]:
    """Return a unit's code and names; the code alone for one that is no more."""
    unit = chart.units.get(code)
    if unit is None:
        return {"code": code}
    return {"code": code, "name_zh": unit.name_zh, "name_en": unit.name_en}


def requests(desk: Desk, query: Mapping[str, Any]) -> dict[str, Any]:
    """Return a page of the desk's list: who has waited longest in the state comes first.

    The list follows the log and may lag behind it by a moment.

    Raises:
        CursorRefused: The cursor was not made by this list.
    """
    where = {"state": query["state"]} if query["state"] else {}
    after = str(sort_key_of(query["cursor"], (str,))[0]) if query["cursor"] else None
    found = desk.documents.find(
        DESK_REQUESTS.name, where, order_by="since", after=after, limit=query["limit"] + 1
    )
    bodies = [document.body for document in found]
    page: Page[Mapping[str, Any]] = page_of(bodies, query["limit"], lambda body: (body["since"],))
    return page.as_body(_listed)


def _listed(body: Mapping[str, Any]) -> dict[str, Plain]:
    """Return one line of the list: no texts, no people; of the follow-ups the newest."""
    line = {name: body[name] for name in _LISTED if name in body}
    line["since"] = body["since"].partition("~")[0]
    if body.get("follow_ups"):
        newest = body["follow_ups"][-1]
        shown = ("round", "reason", "judged_resolution", "holder", "opened_at", "tries")
        line["follow_up"] = {name: newest[name] for name in shown}
    return line
