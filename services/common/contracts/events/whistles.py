"""Events of a whistle (`whistle-<id>`): a town calls agencies out, until it concludes.

Written by escalation alone.
"""

from dataclasses import dataclass
from datetime import datetime

from services.common.contracts.event_types import event
from services.common.contracts.vocabulary import ApprovedAs, CalledVia, WhistleKind, WhistleOutcome


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
