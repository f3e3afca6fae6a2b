"""What records keep of a whistle, its calls, and of a standing duty."""

from services.common.contracts.commit import Fact
from services.common.contracts.events.escalation import (
    CallAccepted,
    CallExcused,
    CallInsisted,
    CallReceived,
    CallRefused,
    CallWithdrawn,
    DepartmentCalled,
    DepartmentDone,
    DepartmentRated,
    DepartmentReleased,
    DepartmentReportedIn,
    DutyCheckedIn,
    JointActionBegun,
    StandingDutyAssigned,
    StandingDutyEnded,
    WhistleApproved,
    WhistleBlown,
    WhistleConcluded,
    WhistleMarkedUnapproved,
    WhistleOrderDropped,
    WhistleRated,
    WhistleRejected,
    WhistleWithdrawn,
)
from services.metrics.marks import Part, mark

#: Under which name the first of these is noted on a whistle, and on a call.
_ON_WHISTLE = {
    WhistleRejected: "rejected",
    WhistleWithdrawn: "withdrawn",
    JointActionBegun: "begun",
}
_ON_CALL = {
    CallReceived: "received",
    CallAccepted: "accepted",
    CallRefused: "refused",
    CallInsisted: "insisted",
    CallExcused: "excused",
    DepartmentDone: "done",
    DepartmentReleased: "released",
    CallWithdrawn: "withdrawn",
}


def whistle_told(whistle: Part, fact: Fact) -> Part:
    """Return what is known from the whistle's own stream after `fact`.

    `blown` (with town, kind, category, work_orders), `approved, rejected, withdrawn, begun,
    concluded, unapproved` and `dropped` (work orders).
    """
    event = fact.event
    match event:
        case WhistleBlown():
            orders = [each.work_order_id for each in event.work_orders]
            told = {"town": event.town, "kind": event.kind, "category": event.category}
            whistle["blown"] = mark(fact, **told, work_orders=orders)
        case WhistleApproved():
            whistle["approved"] = mark(fact, approved_as=event.approved_as)
        case WhistleConcluded():
            whistle["concluded"] = mark(fact, outcome=event.outcome)
        case WhistleMarkedUnapproved():
            whistle["unapproved"] = mark(fact, late_by_seconds=event.late_by_seconds)
        case WhistleOrderDropped():
            told = mark(fact, work_order_id=event.work_order_id)
            whistle.setdefault("dropped", []).append(told)
        case _ if (name := _ON_WHISTLE.get(type(event))) is not None:
            whistle.setdefault(name, mark(fact))
    return whistle


def call_told(call: Part, fact: Fact) -> Part:
    """Return what is known of one call after `fact`.

    `called` (with unit, town, lead, kind), the first `reported_in`, both ratings, and the first
    of everything in `_ON_CALL`.
    """
    event = fact.event
    match event:
        case DepartmentCalled():
            told = {"unit": event.unit, "town": event.town, "lead": event.lead, "kind": event.kind}
            call |= {"stream": fact.stream, "called": mark(fact, **told)}
        case DepartmentReportedIn() if event.first:
            call["reported_in"] = mark(fact, mode=event.mode)
        case DepartmentRated():
            marks = {"speed": event.speed, "cooperation": event.cooperation}
            call["department_rated"] = mark(fact, marks={**marks, "result": event.result})
        case WhistleRated():
            marks = {"needed": event.needed, "described": event.described}
            call["whistle_rated"] = mark(fact, marks=marks)
        case _ if (name := _ON_CALL.get(type(event))) is not None:
            call.setdefault(name, mark(fact))
    return call


def duty_told(duty: Part, fact: Fact) -> Part:
    """Return what is known of a standing duty after `fact`: `assigned, kept` (slots), `ended`."""
    event = fact.event
    match event:
        case StandingDutyAssigned():
            duty["assigned"] = mark(fact, unit=event.unit, whistle_id=event.whistle_id)
        case DutyCheckedIn():
            duty.setdefault("kept", []).append(mark(fact, slot=event.slot))
        case StandingDutyEnded():
            slots = {"kept_slots": event.kept_slots, "missed_slots": event.missed_slots}
            duty["ended"] = mark(fact, **slots)
    return duty
