"""The list of standing duties."""

from typing import Final

from services.common.following.projecting import Body
from services.escalation.duties.rules import DUTY, Duty
from services.escalation.lists import model_of


def duty_row(state: Duty) -> Body:
    """Return a standing duty as a list shows it."""
    return {
        "whistle_id": state.whistle_id,
        "unit": state.unit,
        "status": state.status,
        "open": state.status == "assigned",
        "every_seconds": state.every_seconds,
        "assigned_at": state.assigned_at,
        "until_at": state.until_at,
        "slots": state.slots,
        "kept_slots": len(state.kept),
        "missed_slots": state.missed_slots,
    }


DUTIES: Final = model_of("duties", DUTY, duty_row, lambda state: state.assigned_at, "unit")
