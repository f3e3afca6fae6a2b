"""Small, valid values for tests that are not about them."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from services.common.contracts.commit import Actor, Cause, Draft, Happened
from services.common.contracts.events.dispatch import ProgressNoted, WorkOrderAcknowledged

DAY_ONE = datetime(2026, 6, 1, 1, 12, tzinfo=UTC)  #: 09:12 in Beijing
VILLAGE = "110112105209"
TOWN = "110112105"
_NUMBERS = count(1)


def at(hours: float = 0) -> datetime:
    """Return a moment `hours` after the first morning."""
    return DAY_ONE + timedelta(hours=hours)


def acknowledged(unit: str = VILLAGE) -> WorkOrderAcknowledged:
    """Return an event of a work order."""
    return WorkOrderAcknowledged(request_id="r-1", unit=unit)


def noted(ref: str = "dispatch/n-1") -> ProgressNoted:
    """Return another one."""
    return ProgressNoted(request_id="r-1", unit=VILLAGE, note_ref=ref)


def draft(
    stream: str = "workOrder-a",
    *events: Any,
    command_id: str | None = None,
    cause: Cause | None = None,
    recorded_at: datetime = DAY_ONE,
) -> Draft:
    """Return a draft of one event unless told otherwise; command ids differ by default."""
    return Draft(
        stream=stream,
        command_id=command_id or f"command-{next(_NUMBERS)}",
        actor=Actor(role="village_officer", person="p-1", unit=VILLAGE),
        correlation="c-1",
        recorded_at=recorded_at,
        events=tuple(Happened(each, recorded_at) for each in events or (acknowledged(),)),
        cause=cause,
    )
