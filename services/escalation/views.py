"""What may be read: one thing from its stream, with its texts; lists from the read models.

Whoever is named in a thing reads it, and whoever answers for one of those; auditors read all.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from services.common.chart import Chart
from services.common.contracts.codec import plain, structured
from services.common.contracts.streams import (
    call_stream,
    duty_stream,
    raise_stream,
    whistle_stream,
)
from services.common.desk import Desk
from services.common.errors import Forbidden, NotFound
from services.common.eventlog.deciding import load
from services.common.eventlog.projecting import ReadModel
from services.common.http.call import Caller
from services.common.http.paging import page_of, sort_key_of
from services.common.vault.errors import TextErased
from services.escalation.clock_views import clocks_of, rings_for
from services.escalation.domain.call import Call
from services.escalation.domain.call_commands import ASKABLE as CALL_ASKABLE
from services.escalation.domain.call_rules import CALL
from services.escalation.domain.call_rules import possible as possible_on_call
from services.escalation.domain.duty import DUTY
from services.escalation.domain.raising import ASKABLE as RAISE_ASKABLE
from services.escalation.domain.raising import RAISE
from services.escalation.domain.raising import STEPS as RAISE_STEPS
from services.escalation.domain.steps import names
from services.escalation.domain.whistle import Whistle
from services.escalation.domain.whistle_commands import ASKABLE as WHISTLE_ASKABLE
from services.escalation.domain.whistle_rules import WHISTLE
from services.escalation.domain.whistle_rules import possible as possible_on_whistle
from services.escalation.officers import units_of
from services.escalation.projections import (
    CALLS,
    DUTIES,
    INTERNAL,
    RAISES,
    WHISTLES,
    call_row,
    duty_row,
    raise_row,
    whistle_row,
)

READERS_OF_ALL: Final = ("auditor", "admin")
Body = dict[str, Any]


class NotYoursToRead(Forbidden):
    """It concerns neither the caller's unit nor one that the caller's unit answers for."""

    slug = "not-yours-to-read"
    zh = "与你单位无关，不能查看。"
    en = "It concerns neither your unit nor one that yours answers for."


def check_reader(chart: Chart, caller: Caller, concerned: Iterable[str]) -> None:
    """Check that `caller` may read what concerns the units `concerned`.

    Raises:
        NotYoursToRead: It doesn't.
    """
    units = set(concerned)
    if caller.has(*READERS_OF_ALL) or units.intersection(units_of(caller)):
        return
    own = caller.unit
    if own is None or own not in chart.units or not units & chart.subtree(own):
        raise NotYoursToRead(command="read")


# -- one thing -------------------------------------------------------------------------------------


def raise_view(desk: Desk, raise_id: str, caller: Caller) -> tuple[Body, int]:
    """Return a raise, with the advice, and its version."""
    loaded = load(desk.log, RAISE, raise_stream(raise_id))
    state = loaded.state
    if state.status == "absent":
        raise NotFound(what="raise")
    _check(desk, caller, (state.from_unit, state.to_unit))
    body = _shown(raise_id, raise_row(state), loaded.tip.version)
    possible = names(RAISE_STEPS[state.status], RAISE_ASKABLE)
    texts = {"advice": text_of(desk, state.advice_ref), "void_reason": state.void_reason}
    return {**body, **plain(texts), "possible": list(possible)}, loaded.tip.version


def whistle_view(desk: Desk, whistle_id: str, caller: Caller) -> tuple[Body, int]:
    """Return a whistle with its summary and all its calls (the joint case), and its version."""
    loaded = load(desk.log, WHISTLE, whistle_stream(whistle_id))
    state = loaded.state
    if state.status == "absent":
        raise NotFound(what="whistle")
    _check(desk, caller, (state.town, *state.named))
    body = _shown(whistle_id, whistle_row(state), loaded.tip.version)
    body["contact_office"] = contact_office_of(desk, state)
    body["summary"] = text_of(desk, state.summary_ref)
    body["calls"] = [
        {**each, "contact_office": body["contact_office"]} for each in _calls(desk, state)
    ]
    body["possible"] = list(names(possible_on_whistle(state), WHISTLE_ASKABLE))
    return body, loaded.tip.version


def _calls(desk: Desk, whistle: Whistle) -> list[Body]:
    found = []
    for each in whistle.called:
        loaded = load(desk.log, CALL, call_stream(each.call_id))
        if loaded.state.status != "absent":
            found.append(_shown(each.call_id, call_row(loaded.state), loaded.tip.version))
    return found


def call_view(desk: Desk, call_id: str, caller: Caller) -> tuple[Body, int]:
    """Return a call with its summary and the reason of a refusal, and its version."""
    loaded = load(desk.log, CALL, call_stream(call_id))
    state = loaded.state
    if state.status == "absent":
        raise NotFound(what="call")
    _check(desk, caller, (state.town, state.unit))
    return call_body(desk, call_id, state, loaded.tip.version), loaded.tip.version


def call_body(desk: Desk, call_id: str, state: Call, version: int) -> Body:
    """Return a call as its unit and its town see it."""
    body = _shown(call_id, call_row(state), version)
    body["contact_office"] = contact_office_of(desk, whistle_of(desk, state))
    body["summary"] = text_of(desk, state.summary_ref)
    if state.reason_ref is not None:
        body["reason"] = text_of(desk, state.reason_ref)
    body["possible"] = list(names(possible_on_call(state), CALL_ASKABLE))
    return body


def duty_view(desk: Desk, duty_id: str, caller: Caller) -> tuple[Body, int]:
    """Return a standing duty with what is to be done, and its version."""
    loaded = load(desk.log, DUTY, duty_stream(duty_id))
    state = loaded.state
    if state.status == "absent":
        raise NotFound(what="duty")
    town = load(desk.log, WHISTLE, whistle_stream(state.whistle_id)).state.town
    _check(desk, caller, (state.unit, town))
    body = _shown(duty_id, duty_row(state), loaded.tip.version)
    body["what"] = text_of(desk, state.what_ref)
    slot = state.slot_at(desk.clock.now())
    body["slot"] = {"number": slot, "over": slot > state.slots, "kept": slot in state.kept}
    return body, loaded.tip.version


def _check(desk: Desk, caller: Caller, units: Iterable[str]) -> None:
    check_reader(desk.chart.at(desk.clock.now()), caller, units)


def _shown(subject: str, row: Body, version: int) -> Body:
    kept = {name: value for name, value in row.items() if name not in INTERNAL}
    body: Body = plain(kept)
    return {"id": subject, **body, "version": version}


def text_of(desk: Desk, ref: str | None) -> str | None:
    """Return a text; None if there is none or its key was destroyed."""
    try:
        return desk.vault.open(ref) if ref else None
    except TextErased:
        return None


def whistle_of(desk: Desk, call: Call) -> Whistle:
    """Return the whistle of `call`: where to report to stands there alone."""
    return load(desk.log, WHISTLE, whistle_stream(call.whistle_id)).state


def contact_office_of(desk: Desk, whistle: Whistle) -> str | None:
    """Return the office to report to; None if its key was destroyed."""
    return whistle.contact_office_in_clear or text_of(desk, whistle.contact_office_ref)


# -- lists -----------------------------------------------------------------------------------------


def raises_of(desk: Desk, caller: Caller, query: Mapping[str, Any]) -> Body:
    """Return a page of the raises that a unit asks or is asked, oldest first."""
    return _page(desk, caller, RAISES, "units", query["unit"], query)


def whistles_of(desk: Desk, caller: Caller, query: Mapping[str, Any]) -> Body:
    """Return a page of a town's whistles, oldest first."""
    page = _page(desk, caller, WHISTLES, "town", query["town"], query)
    return _with_contact_offices(desk, page)


def calls_of(desk: Desk, caller: Caller, query: Mapping[str, Any]) -> Body:
    """Return a page of a unit's calls, oldest first."""
    return _with_contact_offices(desk, _page(desk, caller, CALLS, "unit", query["unit"], query))


def phone_list(desk: Desk, query: Mapping[str, Any]) -> Body:
    """Return a page of the calls that nobody has read in half their time, oldest first.

    For the duty desk, which phones the units called: the second path.
    """
    return _with_contact_offices(desk, _found(desk, CALLS, {"phone": True}, query))


def duties_of(desk: Desk, caller: Caller, query: Mapping[str, Any]) -> Body:
    """Return a page of a unit's standing duties, oldest first."""
    return _page(desk, caller, DUTIES, "unit", query["unit"], query)


def _page(
    desk: Desk, caller: Caller, model: ReadModel, by: str, unit: str, query: Mapping[str, Any]
) -> Body:
    _check(desk, caller, (unit,))
    where: dict[str, Any] = {by: unit}
    if "open" in query:
        where["open"] = query["open"]
    return _found(desk, model, where, query)


def _found(
    desk: Desk, model: ReadModel, where: Mapping[str, Any], query: Mapping[str, Any]
) -> Body:
    cursor = query.get("cursor")
    found = desk.documents.find(
        model.name,
        where,
        order_by="sort",
        after=None if cursor is None else str(sort_key_of(cursor, (str,))[0]),
        limit=query["limit"] + 1,
    )
    bodies = [dict(each.body) for each in found]
    page = page_of(bodies, query["limit"], lambda body: (body["sort"],))
    return page.as_body(_listed)


def _with_contact_offices(desk: Desk, page: Body) -> Body:
    """Return a page of whistles or calls with the office to report to, as the whistle's row has it.

    The rows hold references: a list opens the texts, so an erasure is seen in it at once.
    """
    for item in page["items"]:
        whistle_id = item.get("whistle_id", item["id"])
        kept = desk.documents.get(WHISTLES.name, whistle_id).body.get("state", {})
        item["contact_office"] = contact_office_of(desk, structured(Whistle, kept))
    return page


def _listed(body: Body) -> Body:
    return {name: value for name, value in body.items() if name not in INTERNAL}


# -- clocks ----------------------------------------------------------------------------------------


def clocks_view(desk: Desk, subject: str, caller: Caller) -> tuple[Body, int]:
    """Return the clocks of a matter, and their version, for who is charged or rung by one."""
    body = clocks_of(desk.logs, subject)
    charged = (each.get("charged_to") for each in body["armings"])
    rung = (unit for each in body["armings"] for unit in each["rung"])
    _check(desk, caller, {each for each in (*charged, *rung) if each is not None})
    return body, body["version"]


def escalations_of(desk: Desk, caller: Caller, query: Mapping[str, Any]) -> Body:
    """Return a page of what rings for a unit, or reminds it, the longest first."""
    _check(desk, caller, (query["unit"],))
    limit, cursor = query["limit"], query.get("cursor")
    after = None if cursor is None else str(sort_key_of(cursor, (str,))[0])
    now = desk.clock.now()
    found = rings_for(desk.documents, query["unit"], now, after=after, limit=limit + 1)
    return page_of(found, limit, lambda item: (item["sort"],)).as_body(_listed)
