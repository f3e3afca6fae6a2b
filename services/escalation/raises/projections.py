"""The list of raises."""

from typing import Final

from services.common.following.projecting import Body
from services.escalation.lists import model_of
from services.escalation.raises.rules import RAISE, Raise


def raise_row(state: Raise) -> Body:
    """Return a raise as a list shows it; `units`: those in whose list it is."""
    return {
        "work_order_id": state.work_order_id,
        "request_id": state.request_id,
        "from_unit": state.from_unit,
        "to_unit": state.to_unit,
        "status": state.status,
        "open": state.status == "received",
        "received_at": state.received_at,
        "units": [state.from_unit, state.to_unit],
    }


RAISES: Final = model_of("raises", RAISE, raise_row, lambda state: state.received_at, "units")
