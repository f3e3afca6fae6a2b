"""What may be read of calls: one from its stream, with its texts; lists; whom to phone."""

from collections.abc import Mapping
from typing import Any

from services.common.contracts.streams import call_stream
from services.common.desk import Desk
from services.common.errors import NotFound
from services.common.eventlog.loading import load
from services.common.http.call import Caller
from services.common.steps import names
from services.escalation.calls.call import Call
from services.escalation.calls.commands import ASKABLE
from services.escalation.calls.projections import CALLS, call_row
from services.escalation.calls.rules import CALL, possible
from services.escalation.reading import (
    Body,
    check,
    contact_office_of,
    page_for,
    page_where,
    shown,
    with_contact_offices,
)


def call_view(desk: Desk, call_id: str, caller: Caller) -> tuple[Body, int]:
    """Return a call with its summary and the reason of a refusal, and its version."""
    loaded = load(desk.log, CALL, call_stream(call_id), desk.known)
    state = loaded.state
    if state.status == "absent":
        raise NotFound(what="call")
    check(desk, caller, (state.town, state.unit))
    return call_body(desk, call_id, state, loaded.tip.version), loaded.tip.version


def call_body(desk: Desk, call_id: str, state: Call, version: int) -> Body:
    """Return a call as its unit and its town see it."""
    body = shown(call_id, call_row(state), version)
    body["contact_office"] = contact_office_of(desk, state.whistle_id)
    body["summary"] = desk.vault.open_unless_erased(state.summary_ref)
    if state.reason_ref is not None:
        body["reason"] = desk.vault.open_unless_erased(state.reason_ref)
    body["possible"] = list(names(possible(state), ASKABLE))
    return body


def calls_of(desk: Desk, caller: Caller, query: Mapping[str, Any]) -> Body:
    """Return a page of a unit's calls, oldest first."""
    return with_contact_offices(desk, page_for(desk, caller, CALLS, "unit", query["unit"], query))


def phone_list(desk: Desk, query: Mapping[str, Any]) -> Body:
    """Return a page of the calls that nobody has read in half their time, oldest first.

    For the duty desk, which phones the units called: the second path.
    """
    return with_contact_offices(desk, page_where(desk, CALLS, {"phone": True}, query))
