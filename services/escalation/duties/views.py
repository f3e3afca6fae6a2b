"""What may be read of standing duties: one with what is to be done and its slot; a list."""

from collections.abc import Mapping
from typing import Any

from services.common.contracts.streams import duty_stream, whistle_stream
from services.common.desk import Desk
from services.common.errors import NotFound
from services.common.eventlog.loading import load
from services.common.http.call import Caller
from services.escalation.duties.projections import DUTIES, duty_row
from services.escalation.duties.rules import DUTY
from services.escalation.reading import Body, check, page_for, shown
from services.escalation.whistles.rules import WHISTLE


def duty_view(desk: Desk, duty_id: str, caller: Caller) -> tuple[Body, int]:
    """Return a standing duty with what is to be done, and its version."""
    loaded = load(desk.log, DUTY, duty_stream(duty_id), desk.known)
    state = loaded.state
    if state.status == "absent":
        raise NotFound(what="duty")
    town = load(desk.log, WHISTLE, whistle_stream(state.whistle_id), desk.known).state.town
    check(desk, caller, (state.unit, town))
    body = shown(duty_id, duty_row(state), loaded.tip.version)
    body["what"] = desk.vault.open_unless_erased(state.what_ref)
    slot = state.slot_at(desk.clock.now())
    body["slot"] = {"number": slot, "over": slot > state.slots, "kept": slot in state.kept}
    return body, loaded.tip.version


def duties_of(desk: Desk, caller: Caller, query: Mapping[str, Any]) -> Body:
    """Return a page of a unit's standing duties, oldest first."""
    return page_for(desk, caller, DUTIES, "unit", query["unit"], query)
