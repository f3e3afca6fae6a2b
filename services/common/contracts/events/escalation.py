"""Events of raises, whistles, calls and standing duties, written by escalation alone.

Clocks have a file of their own.
"""

from dataclasses import dataclass
from datetime import datetime

from services.common.contracts.event_types import event
from services.common.contracts.vocabulary import (
    ApprovedAs,
    CalledVia,
    ReportInMode,
    SecondPath,
    WhistleKind,
    WhistleOutcome,
)


@event("RaiseReceived", of="raise")
@dataclass(frozen=True, slots=True)
class RaiseReceived:
    """A village asks its town. Published by: escalation. Read by: the town's work list."""

    work_order_id: str
    request_id: str
    from_unit: str
    to_unit: str


@event("RaiseAccepted", of="raise")
@dataclass(frozen=True, slots=True)
class RaiseAccepted:
    """The town takes over. Read by: escalation (meets *raise_answer*), dispatch (hands over)."""

    work_order_id: str
    request_id: str
    unit: str


@event("RaiseAdvisedBack", of="raise")
@dataclass(frozen=True, slots=True)
class RaiseAdvisedBack:
    """The town advises the village. Read by: escalation (meets *raise_answer*), dispatch."""

    work_order_id: str
    request_id: str
    unit: str
    advice_ref: str


@event("RaiseVoided", of="raise")
@dataclass(frozen=True, slots=True)
class RaiseVoided:
    """The order went another way first. Read by: escalation (lifts *raise_answer*)."""

    work_order_id: str
    request_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class WhistledOrder:
    """An order that a whistle is about."""

    work_order_id: str
    request_id: str


@dataclass(frozen=True, slots=True)
class CallToMake:
    """A unit to be called, with everything that its `DepartmentCalled` will say."""

    call_id: str
    town: str
    unit: str
    lead: bool
    via: CalledVia
    kind: WhistleKind
    place_code: str
    category: str
    contact_office: str
    summary_ref: str
    meeting_at: datetime | None = None


@event("WhistleBlown", of="whistle")
@dataclass(frozen=True, slots=True)
class WhistleBlown:
    """A town calls agencies out. An emergency calls at once (`call_now`), approval follows.

    Read by: escalation (arms *approval*; emergency: calls, arms *conclusion*), dispatch, metrics.
    """

    work_orders: tuple[WhistledOrder, ...]
    town: str
    kind: WhistleKind
    place_code: str
    category: str
    contact_office: str
    lead: str
    support: tuple[str, ...]
    summary_ref: str
    meeting_at: datetime | None = None
    change_reason_ref: str | None = None  #: why lead or support differ from the catalogue
    call_now: tuple[CallToMake, ...] = ()


@event("WhistleApproved", of="whistle")
@dataclass(frozen=True, slots=True)
class WhistleApproved:
    """The town's leader or deputy agreed. Read by: escalation (meets *approval*, calls)."""

    approved_as: ApprovedAs
    call_now: tuple[CallToMake, ...]


@event("WhistleRejected", of="whistle")
@dataclass(frozen=True, slots=True)
class WhistleRejected:
    """The town's leader said no. Read by: escalation (stops its clocks), dispatch."""

    reason_ref: str
    open_calls: tuple[str, ...]
    work_orders: tuple[WhistledOrder, ...]


@event("WhistleWithdrawn", of="whistle")
@dataclass(frozen=True, slots=True)
class WhistleWithdrawn:
    """The town called it off, or no order is left. Read by: escalation, dispatch."""

    open_calls: tuple[str, ...]
    work_orders: tuple[WhistledOrder, ...]
    reason: str | None = None  #: a fixed word when the system withdrew it
    reason_ref: str | None = None  #: the officer's words


@event("WhistleOrderDropped", of="whistle")
@dataclass(frozen=True, slots=True)
class WhistleOrderDropped:
    """Dispatch refused this order; the others go on. Read by: metrics."""

    work_order_id: str
    reason: str


@event("WhistleMarkedUnapproved", of="whistle")
@dataclass(frozen=True, slots=True)
class WhistleMarkedUnapproved:
    """An emergency was not approved in time; the ladder rings on. Read by: metrics."""

    late_by_seconds: int


@event("UnitJoined", of="whistle")
@dataclass(frozen=True, slots=True)
class UnitJoined:
    """A called unit reported in for the first time. Read by: joint case view, metrics."""

    unit: str
    lead: bool


@event("JointActionBegun", of="whistle")
@dataclass(frozen=True, slots=True)
class JointActionBegun:
    """The lead and enough of the support are there. Read by: joint case view, metrics."""

    present: tuple[str, ...]


@event("UnitsReleased", of="whistle")
@dataclass(frozen=True, slots=True)
class UnitsReleased:
    """The town lets units go (离场). Read by: each call."""

    units: tuple[str, ...]
    call_ids: tuple[str, ...]
    by: str


@dataclass(frozen=True, slots=True)
class DutyToAssign:
    """A standing duty that a conclusion leaves behind, e.g. a village's daily patrol."""

    duty_id: str
    unit: str
    what_ref: str
    every_seconds: int
    until_at: datetime


@event("WhistleConcluded", of="whistle")
@dataclass(frozen=True, slots=True)
class WhistleConcluded:
    """The joint action is over. `to_rate`: the calls of units outside the town.

    Read by: escalation (meets *conclusion*, ends calls, opens ratings, assigns duties), dispatch.
    """

    outcome: WhistleOutcome
    duties: tuple[DutyToAssign, ...]
    open_calls: tuple[str, ...]
    to_rate: tuple[str, ...]
    work_orders: tuple[WhistledOrder, ...]


@event("DepartmentCalled", of="call")
@dataclass(frozen=True, slots=True)
class DepartmentCalled:
    """A unit is called to report in. Read by: escalation (arms *report_in*), caller: `called`."""

    whistle_id: str
    town: str
    unit: str
    lead: bool
    via: CalledVia
    kind: WhistleKind
    place_code: str
    category: str
    contact_office: str
    summary_ref: str
    meeting_at: datetime | None = None


@event("CallReceived", of="call")
@dataclass(frozen=True, slots=True)
class CallReceived:
    """The unit has read the call. No clock: only reporting in meets *report_in*."""

    whistle_id: str
    unit: str
    external_ref: str | None = None


@event("CallAccepted", of="call")
@dataclass(frozen=True, slots=True)
class CallAccepted:
    """The unit will come."""

    whistle_id: str
    unit: str
    by_office: str | None = None


@event("CallRefused", of="call")
@dataclass(frozen=True, slots=True)
class CallRefused:
    """The unit says it is not theirs. Read by: escalation (lifts *report_in*, arms the answer)."""

    whistle_id: str
    town: str  #: has to answer: insist or excuse
    unit: str
    reason_ref: str


@event("CallInsisted", of="call")
@dataclass(frozen=True, slots=True)
class CallInsisted:
    """The town insists: the call stands. Read by: escalation (new *report_in*), caller."""

    whistle_id: str
    unit: str
    kind: WhistleKind  #: of the whistle: it sets the limit to report in
    by: str


@event("CallExcused", of="call")
@dataclass(frozen=True, slots=True)
class CallExcused:
    """The town lets the unit off. Read by: escalation (meets *refusal_answer*), caller."""

    whistle_id: str
    unit: str
    by: str


@event("DepartmentReminded", of="call")
@dataclass(frozen=True, slots=True)
class DepartmentReminded:
    """Half of the time to report in is gone. Read by: caller: `reminded`."""

    whistle_id: str
    unit: str
    arming: int


@event("SecondPathTaken", of="call")
@dataclass(frozen=True, slots=True)
class SecondPathTaken:
    """Nobody read the call in half the time: a person phones. Read by: the duty desk's list."""

    whistle_id: str
    unit: str
    path: SecondPath


@event("DepartmentOverdue", of="call")
@dataclass(frozen=True, slots=True)
class DepartmentOverdue:
    """The unit is not there and the ladder rings. Read by: caller: `overdue`, metrics."""

    whistle_id: str
    unit: str
    arming: int
    step: int
    late_by_seconds: int


@event("DepartmentReportedIn", of="call")
@dataclass(frozen=True, slots=True)
class DepartmentReportedIn:
    """The unit is there: on site, online or at the meeting.

    Read by: escalation (the first meets *report_in* and joins the whistle), metrics.
    """

    whistle_id: str
    unit: str
    mode: ReportInMode
    first: bool
    lead: bool
    persons: int
    office: str
    at: datetime  #: when the unit says it arrived; shown, never used for a deadline


@event("DepartmentProgressed", of="call")
@dataclass(frozen=True, slots=True)
class DepartmentProgressed:
    """What the unit did so far."""

    whistle_id: str
    unit: str
    note_ref: str


@event("DepartmentDone", of="call")
@dataclass(frozen=True, slots=True)
class DepartmentDone:
    """The unit has done its part; it stays until it is released."""

    whistle_id: str
    unit: str
    note_ref: str


@event("DepartmentReleased", of="call")
@dataclass(frozen=True, slots=True)
class DepartmentReleased:
    """The unit may leave. Read by: escalation (lifts clocks of the call), caller."""

    whistle_id: str
    unit: str


@event("CallWithdrawn", of="call")
@dataclass(frozen=True, slots=True)
class CallWithdrawn:
    """The unit need not come any more. Read by: escalation (lifts clocks of the call), caller."""

    whistle_id: str
    unit: str


@event("RatingOpened", of="call")
@dataclass(frozen=True, slots=True)
class RatingOpened:
    """Both sides are asked to rate. Read by: escalation (arms both), caller: `concluded`."""

    whistle_id: str
    unit: str
    town: str
    outcome: WhistleOutcome


@event("DepartmentRated", of="call")
@dataclass(frozen=True, slots=True)
class DepartmentRated:
    """The town's marks for the unit, 1-5. Read by: escalation, caller: `rated`, metrics."""

    whistle_id: str
    unit: str
    speed: int
    cooperation: int
    result: int


@event("WhistleRated", of="call")
@dataclass(frozen=True, slots=True)
class WhistleRated:
    """The unit's marks for the whistle, 1-5. Read by: escalation, metrics."""

    whistle_id: str
    unit: str
    needed: int
    described: int


@event("StandingDutyAssigned", of="duty")
@dataclass(frozen=True, slots=True)
class StandingDutyAssigned:
    """A unit keeps at it: slots at assigned + n x `every_seconds`. Read by: escalation."""

    whistle_id: str
    unit: str
    what_ref: str
    every_seconds: int
    until_at: datetime


@event("DutyCheckedIn", of="duty")
@dataclass(frozen=True, slots=True)
class DutyCheckedIn:
    """The duty was done for this slot. Read by: escalation (meets it, arms the next), metrics."""

    whistle_id: str
    unit: str
    slot: int
    note_ref: str | None = None


@event("StandingDutyEnded", of="duty")
@dataclass(frozen=True, slots=True)
class StandingDutyEnded:
    """The last slot is over. Read by: escalation (stops its clock), metrics."""

    whistle_id: str
    unit: str
    kept_slots: int
    missed_slots: int
