"""Events of a standing duty (`duty-<id>`): what a conclusion leaves a unit to keep doing.

Written by escalation alone.
"""

from dataclasses import dataclass
from datetime import datetime

from services.common.contracts.event_types import event
from services.common.contracts.forms import Id, TextRef, UnitCode


@event("StandingDutyAssigned", of="duty")
@dataclass(frozen=True, slots=True)
class StandingDutyAssigned:
    """A unit keeps at it: slots at assigned + n x `every_seconds`. Read by: escalation."""

    whistle_id: Id
    unit: UnitCode
    what_ref: TextRef
    every_seconds: int
    until_at: datetime


@event("DutyCheckedIn", of="duty")
@dataclass(frozen=True, slots=True)
class DutyCheckedIn:
    """The duty was done for this slot. Read by: escalation (meets it, arms the next), metrics."""

    whistle_id: Id
    unit: UnitCode
    slot: int
    note_ref: TextRef | None = None


@event("StandingDutyEnded", of="duty")
@dataclass(frozen=True, slots=True)
class StandingDutyEnded:
    """The last slot is over. Read by: escalation (stops its clock), metrics."""

    whistle_id: Id
    unit: UnitCode
    kept_slots: int
    missed_slots: int
