"""Events of a whistle (`whistle-<id>`): a town calls agencies out, until it concludes.

Written by escalation alone.
"""

from dataclasses import dataclass
from datetime import datetime

from services.common.contracts.event_types import event
from services.common.contracts.forms import CategoryCode, Id, InClear, TextRef, UnitCode, Word
from services.common.contracts.vocabulary import ApprovedAs, CalledVia, WhistleKind, WhistleOutcome


@dataclass(frozen=True, slots=True)
class WhistledOrder:
    """An order that a whistle is about."""

    work_order_id: Id
    request_id: Id


@dataclass(frozen=True, slots=True)
class CallToMake:
    """A unit to be called, with everything that its `DepartmentCalled` will say."""

    call_id: Id
    town: UnitCode
    unit: UnitCode
    lead: bool
    via: CalledVia
    kind: WhistleKind
    place_code: UnitCode
    category: CategoryCode
    summary_ref: TextRef
    meeting_at: datetime | None = None


@event("WhistleBlown", of="whistle", version=2)
@dataclass(frozen=True, slots=True)
class WhistleBlown:
    """A town calls agencies out. An emergency calls at once (`call_now`), approval follows.

    Read by: escalation (arms *approval*; emergency: calls, arms *conclusion*), dispatch, metrics.
    """

    work_orders: tuple[WhistledOrder, ...]
    town: UnitCode
    kind: WhistleKind
    place_code: UnitCode
    category: CategoryCode
    lead: UnitCode
    support: tuple[UnitCode, ...]
    summary_ref: TextRef
    meeting_at: datetime | None = None
    change_reason_ref: TextRef | None = None  #: why lead or support differ from the catalogue
    call_now: tuple[CallToMake, ...] = ()
    contact_office_ref: TextRef | None = None
    contact_office_in_clear: InClear | None = None


@event("WhistleApproved", of="whistle", version=2)
@dataclass(frozen=True, slots=True)
class WhistleApproved:
    """The town's leader or deputy agreed. Read by: escalation (meets *approval*, calls)."""

    approved_as: ApprovedAs
    call_now: tuple[CallToMake, ...]


@event("WhistleRejected", of="whistle")
@dataclass(frozen=True, slots=True)
class WhistleRejected:
    """The town's leader said no. Read by: escalation (stops its clocks), dispatch."""

    reason_ref: TextRef
    open_calls: tuple[Id, ...]
    work_orders: tuple[WhistledOrder, ...]


@event("WhistleWithdrawn", of="whistle")
@dataclass(frozen=True, slots=True)
class WhistleWithdrawn:
    """The town called it off, or no order is left. Read by: escalation, dispatch."""

    open_calls: tuple[Id, ...]
    work_orders: tuple[WhistledOrder, ...]
    reason: Word | None = None  #: a fixed word when the system withdrew it
    reason_ref: TextRef | None = None  #: the officer's words


@event("WhistleOrderDropped", of="whistle")
@dataclass(frozen=True, slots=True)
class WhistleOrderDropped:
    """Dispatch refused this order; the others go on. Read by: metrics."""

    work_order_id: Id
    reason: Word


@event("WhistleMarkedUnapproved", of="whistle")
@dataclass(frozen=True, slots=True)
class WhistleMarkedUnapproved:
    """An emergency was not approved in time; the ladder rings on. Read by: metrics."""

    late_by_seconds: int


@event("UnitJoined", of="whistle")
@dataclass(frozen=True, slots=True)
class UnitJoined:
    """A called unit reported in for the first time. Read by: joint case view, metrics."""

    unit: UnitCode
    lead: bool


@event("JointActionBegun", of="whistle")
@dataclass(frozen=True, slots=True)
class JointActionBegun:
    """The lead and enough of the support are there. Read by: joint case view, metrics."""

    present: tuple[UnitCode, ...]


@event("UnitsReleased", of="whistle")
@dataclass(frozen=True, slots=True)
class UnitsReleased:
    """The town lets units go (离场). Read by: each call."""

    units: tuple[UnitCode, ...]
    call_ids: tuple[Id, ...]
    by: UnitCode


@dataclass(frozen=True, slots=True)
class DutyToAssign:
    """A standing duty that a conclusion leaves behind, e.g. a village's daily patrol."""

    duty_id: Id
    unit: UnitCode
    what_ref: TextRef
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
    open_calls: tuple[Id, ...]
    to_rate: tuple[Id, ...]
    work_orders: tuple[WhistledOrder, ...]
