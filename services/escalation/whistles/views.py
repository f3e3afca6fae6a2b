"""What may be read of whistles: one with all its calls, which is the joint case; a list."""

from collections.abc import Mapping
from typing import Any

from services.common.contracts.streams import call_stream, whistle_stream
from services.common.desk import Desk
from services.common.errors import NotFound
from services.common.eventlog.loading import load
from services.common.http.call import Caller
from services.common.steps import names
from services.escalation.calls.projections import call_row
from services.escalation.calls.rules import CALL
from services.escalation.reading import (
    Body,
    check,
    contact_office_of,
    page_for,
    shown,
    with_contact_offices,
)
from services.escalation.whistles.commands import ASKABLE
from services.escalation.whistles.projections import WHISTLES, whistle_row
from services.escalation.whistles.rules import WHISTLE, possible
from services.escalation.whistles.whistle import Whistle


def whistle_view(desk: Desk, whistle_id: str, caller: Caller) -> tuple[Body, int]:
    """Return a whistle with its summary and all its calls (the joint case), and its version."""
    loaded = load(desk.log, WHISTLE, whistle_stream(whistle_id), desk.known)
    state = loaded.state
    if state.status == "absent":
        raise NotFound(what="whistle")
    check(desk, caller, (state.town, *state.named))
    body = shown(whistle_id, whistle_row(state), loaded.tip.version)
    body["contact_office"] = contact_office_of(desk, whistle_id)
    body["summary"] = desk.vault.open_unless_erased(state.summary_ref)
    body["calls"] = [
        {**each, "contact_office": body["contact_office"]} for each in _calls(desk, state)
    ]
    body["possible"] = list(names(possible(state), ASKABLE))
    return body, loaded.tip.version


def _calls(desk: Desk, whistle: Whistle) -> list[Body]:
    found = []
    for each in whistle.called:
        loaded = load(desk.log, CALL, call_stream(each.call_id), desk.known)
        if loaded.state.status != "absent":
            found.append(shown(each.call_id, call_row(loaded.state), loaded.tip.version))
    return found


def whistles_of(desk: Desk, caller: Caller, query: Mapping[str, Any]) -> Body:
    """Return a page of a town's whistles, oldest first."""
    page = page_for(desk, caller, WHISTLES, "town", query["town"], query)
    return with_contact_offices(desk, page)
