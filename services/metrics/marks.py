"""How records note that something happened: when it was recorded, and which event says so.

Every part of a record is a fold of one stream alone, so the order in which streams are followed
makes no difference; a record joins them only when a figure is computed.
"""

from typing import Any

from services.common.contracts.codec import time_text
from services.common.contracts.commit import Fact

Part = dict[str, Any]


def mark(fact: Fact, **more: Any) -> Part:
    """Return the mark of `fact`: `at`, `event` (its id) and what else is worth keeping."""
    return {"at": time_text(fact.recorded_at), "event": fact.id, **more}
