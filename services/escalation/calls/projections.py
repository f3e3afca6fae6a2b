"""The list of calls."""

from typing import Final

from services.common.following.projecting import Body
from services.escalation.calls.call import Call
from services.escalation.calls.rules import CALL
from services.escalation.lists import model_of


def call_row(state: Call) -> Body:
    """Return a call as a list shows it. `phone`: nobody has read it, a person shall phone."""
    return {
        "whistle_id": state.whistle_id,
        "town": state.town,
        "unit": state.unit,
        "lead": state.lead,
        "via": state.via,
        "kind": state.kind,
        "status": state.status,
        "open": state.status != "ended",
        "read": state.read,
        "external_ref": state.external_ref,
        "place_code": state.place_code,
        "category": state.category,
        "meeting_at": state.meeting_at,
        "called_at": state.called_at,
        "reported_in_at": state.reported_in_at,
        "present_as": state.present_as,
        "overdue_step": state.overdue_step,
        "phone": state.second_path and state.status == "called",
        "excused": state.excused,
        "to_rate": state.rating_opened,
        "rated_by_town": state.rated_by_town,
        "rated_by_unit": state.rated_by_unit,
    }


CALLS: Final = model_of("calls", CALL, call_row, lambda state: state.called_at, "unit", "phone")
