"""Events of a call (`call-<id>`): one called unit in one whistle, from the call to the ratings.

Written by escalation alone.
"""

from dataclasses import dataclass
from datetime import datetime

from services.common.contracts.event_types import event
from services.common.contracts.forms import CategoryCode, Code, Id, InClear, TextRef, UnitCode
from services.common.contracts.vocabulary import (
    CalledVia,
    ReportInMode,
    SecondPath,
    WhistleKind,
    WhistleOutcome,
)


@event("DepartmentCalled", of="call", version=2)
@dataclass(frozen=True, slots=True)
class DepartmentCalled:
    """A unit is called to report in. Where to, the whistle says.

    Version 1 repeated the whistle's contact office. Read by: escalation (arms *report_in*),
    notifier: `called`.
    """

    whistle_id: Id
    town: UnitCode
    unit: UnitCode
    lead: bool
    via: CalledVia
    kind: WhistleKind
    place_code: UnitCode
    category: CategoryCode
    summary_ref: TextRef
    meeting_at: datetime | None = None


@event("CallReceived", of="call")
@dataclass(frozen=True, slots=True)
class CallReceived:
    """The unit has read the call. No clock: only reporting in meets *report_in*."""

    whistle_id: Id
    unit: UnitCode
    external_ref: Code | None = None


@event("CallAccepted", of="call", version=2)
@dataclass(frozen=True, slots=True)
class CallAccepted:
    """The unit will come."""

    whistle_id: Id
    unit: UnitCode
    office_ref: TextRef | None = None
    office_in_clear: InClear | None = None


@event("CallRefused", of="call")
@dataclass(frozen=True, slots=True)
class CallRefused:
    """The unit says it is not theirs. Read by: escalation (lifts *report_in*, arms the answer)."""

    whistle_id: Id
    town: UnitCode  #: has to answer: insist or excuse
    unit: UnitCode
    reason_ref: TextRef


@event("CallInsisted", of="call")
@dataclass(frozen=True, slots=True)
class CallInsisted:
    """The town insists: the call stands. Read by: escalation (new *report_in*), notifier."""

    whistle_id: Id
    unit: UnitCode
    kind: WhistleKind  #: of the whistle: it sets the limit to report in
    by: UnitCode


@event("CallExcused", of="call")
@dataclass(frozen=True, slots=True)
class CallExcused:
    """The town lets the unit off. Read by: escalation (meets *refusal_answer*), notifier."""

    whistle_id: Id
    unit: UnitCode
    by: UnitCode


@event("DepartmentReminded", of="call")
@dataclass(frozen=True, slots=True)
class DepartmentReminded:
    """Half of the time to report in is gone. Read by: notifier: `reminded`."""

    whistle_id: Id
    unit: UnitCode
    arming: int


@event("SecondPathTaken", of="call")
@dataclass(frozen=True, slots=True)
class SecondPathTaken:
    """Nobody read the call in half the time: a person phones. Read by: the phone list."""

    whistle_id: Id
    unit: UnitCode
    path: SecondPath


@event("DepartmentOverdue", of="call")
@dataclass(frozen=True, slots=True)
class DepartmentOverdue:
    """The unit is not there and the ladder rings. Read by: notifier: `overdue`, metrics."""

    whistle_id: Id
    unit: UnitCode
    arming: int
    step: int
    late_by_seconds: int


@event("DepartmentReportedIn", of="call", version=2)
@dataclass(frozen=True, slots=True)
class DepartmentReportedIn:
    """The unit is there: on site, online or at the meeting.

    Read by: escalation (the first meets *report_in* and joins the whistle), metrics.
    """

    whistle_id: Id
    unit: UnitCode
    mode: ReportInMode
    first: bool
    lead: bool
    persons: int
    at: datetime  #: when the unit says it arrived; shown, never used for a deadline
    office_ref: TextRef | None = None
    office_in_clear: InClear | None = None


@event("DepartmentProgressed", of="call")
@dataclass(frozen=True, slots=True)
class DepartmentProgressed:
    """What the unit did so far."""

    whistle_id: Id
    unit: UnitCode
    note_ref: TextRef


@event("DepartmentDone", of="call")
@dataclass(frozen=True, slots=True)
class DepartmentDone:
    """The unit has done its part; it stays until it is released."""

    whistle_id: Id
    unit: UnitCode
    note_ref: TextRef


@event("DepartmentReleased", of="call")
@dataclass(frozen=True, slots=True)
class DepartmentReleased:
    """The unit may leave. Read by: escalation (lifts clocks of the call), notifier."""

    whistle_id: Id
    unit: UnitCode


@event("CallWithdrawn", of="call")
@dataclass(frozen=True, slots=True)
class CallWithdrawn:
    """The unit need not come any more. Read by: escalation (lifts clocks of the call), notifier."""

    whistle_id: Id
    unit: UnitCode


@event("RatingOpened", of="call")
@dataclass(frozen=True, slots=True)
class RatingOpened:
    """Both sides are asked to rate. Read by: escalation (arms both), notifier: `concluded`."""

    whistle_id: Id
    unit: UnitCode
    town: UnitCode
    outcome: WhistleOutcome


@event("DepartmentRated", of="call")
@dataclass(frozen=True, slots=True)
class DepartmentRated:
    """The town rates the unit, 1-5. Read by: escalation, notifier: `rated`, metrics."""

    whistle_id: Id
    unit: UnitCode
    speed: int
    cooperation: int
    result: int


@event("WhistleRated", of="call")
@dataclass(frozen=True, slots=True)
class WhistleRated:
    """The unit rates the whistle, 1-5. Read by: escalation, metrics."""

    whistle_id: Id
    unit: UnitCode
    needed: int
    described: int
