"""The list of whistles."""

from typing import Final

from services.common.following.projecting import Body
from services.escalation.lists import model_of
from services.escalation.whistles.rules import WHISTLE
from services.escalation.whistles.whistle import Whistle


def whistle_row(state: Whistle) -> Body:
    """Return a whistle as a list shows it."""
    return {
        "town": state.town,
        "kind": state.kind,
        "status": state.status,
        "open": state.status in ("blown", "approved", "acting"),
        "work_orders": [each.work_order_id for each in state.work_orders],
        "place_code": state.place_code,
        "category": state.category,
        "lead": state.lead,
        "support": list(state.support),
        "joined": list(state.joined),
        "here": list(state.here),
        "approved_as": state.approved_as,
        "unapproved": state.unapproved,
        "outcome": state.outcome,
        "meeting_at": state.meeting_at,
        "blown_at": state.blown_at,
        "begun_at": state.begun_at,
    }


WHISTLES: Final = model_of("whistles", WHISTLE, whistle_row, lambda state: state.blown_at, "town")
