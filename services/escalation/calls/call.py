"""A call: one unit, called out by one whistle, until it is released, excused or not needed.

called -> received -> accepted -> present -> done -> ended. `rules` decides.
"""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Final, Literal

from services.common.chart import Chart
from services.common.contracts.events.escalation import (
    CallAccepted,
    CallExcused,
    CallInsisted,
    CallReceived,
    CallRefused,
    CallToMake,
    CallWithdrawn,
    DepartmentCalled,
    DepartmentDone,
    DepartmentOverdue,
    DepartmentRated,
    DepartmentReleased,
    DepartmentReportedIn,
    RatingOpened,
    SecondPathTaken,
    WhistleRated,
)
from services.common.contracts.vocabulary import CalledVia, ReportInMode, WhistleKind

CallStatus = Literal[
    "absent", "called", "received", "accepted", "refused", "present", "done", "ended"
]  # fmt: skip
_TERMS: Final = tuple(each.name for each in fields(CallToMake) if each.name != "call_id")


@dataclass(frozen=True, slots=True)
class Call:
    """What the rules, and the messages to the unit, need to know of a call."""

    status: CallStatus = "absent"
    whistle_id: str = ""
    town: str = ""
    unit: str = ""
    lead: bool = False
    via: CalledVia = "http"
    kind: WhistleKind = "request"
    place_code: str = ""
    category: str = ""
    summary_ref: str = ""
    meeting_at: datetime | None = None
    called_at: datetime | None = None
    awaited_from: datetime | None = None  #: when the time to report in began: called or insisted
    read: bool = False  #: a receipt is on record
    external_ref: str | None = None
    accepted: bool = False
    office_ref: str | None = None  #: who in the unit has taken it on
    reason_ref: str | None = None  #: why it was refused
    reported_in_at: datetime | None = None  #: the first time
    present_as: ReportInMode | None = None  #: how it came last: to the meeting, then on site
    second_path: bool = False
    overdue_step: int | None = None
    excused: bool = False
    rating_opened: bool = False
    rated_by_town: bool = False
    rated_by_unit: bool = False


def report_in_seconds(chart: Chart, kind: WhistleKind) -> int:
    """Return how long a called unit has, from `Call.awaited_from` on; `chart`: of that moment."""
    return chart.limit_seconds("report_in", whistle_kind=kind)


def evolve(state: Call, event: Any, at: datetime) -> Call:
    """Return `state` after `event`; an event of another kind changes nothing."""
    match event:
        case DepartmentCalled():
            return _called(event, at)
        case CallReceived() | CallAccepted() | CallRefused():
            return _answered(state, event)
        case SecondPathTaken() | DepartmentOverdue():
            return _missed(state, event)
        case RatingOpened() | DepartmentRated() | WhistleRated():
            return _rated(state, event)
        case _:
            return _moved(state, event, at)


def terms_of(call: CallToMake | DepartmentCalled) -> dict[str, Any]:
    """Return what a whistle says of a call, by field: the same in the event and in the state."""
    return {name: getattr(call, name) for name in _TERMS}


def _called(event: DepartmentCalled, at: datetime) -> Call:
    return Call(
        status="called",
        whistle_id=event.whistle_id,
        called_at=at,
        awaited_from=at,
        **terms_of(event),
    )


def _answered(state: Call, event: CallReceived | CallAccepted | CallRefused) -> Call:
    """A receipt or an acceptance that comes late doesn't move a call back."""
    waiting = state.status in ("called", "received")
    match event:
        case CallReceived():
            return replace(
                state,
                status="received" if waiting else state.status,
                read=True,
                external_ref=event.external_ref or state.external_ref,
            )
        case CallAccepted():
            return replace(
                state,
                status="accepted" if waiting else state.status,
                accepted=True,
                office_ref=event.office_ref or state.office_ref,
            )
        case CallRefused():
            return replace(state, status="refused", reason_ref=event.reason_ref)


def _missed(state: Call, event: SecondPathTaken | DepartmentOverdue) -> Call:
    match event:
        case SecondPathTaken():
            return replace(state, second_path=True)
        case DepartmentOverdue():
            return replace(state, overdue_step=event.step)


def _rated(state: Call, event: RatingOpened | DepartmentRated | WhistleRated) -> Call:
    match event:
        case RatingOpened():
            return replace(state, rating_opened=True)
        case DepartmentRated():
            return replace(state, rated_by_town=True)
        case WhistleRated():
            return replace(state, rated_by_unit=True)


def _moved(state: Call, event: Any, at: datetime) -> Call:
    match event:
        case DepartmentReportedIn():
            came = replace(state, present_as=event.mode)
            return replace(came, status="present", reported_in_at=at) if event.first else came
        case DepartmentDone():
            return replace(state, status="done")
        case CallInsisted():
            return replace(state, status="received", awaited_from=at)
        case CallExcused():
            return replace(state, status="ended", excused=True)
        case DepartmentReleased() | CallWithdrawn():
            return replace(state, status="ended")
        case _:
            return state
