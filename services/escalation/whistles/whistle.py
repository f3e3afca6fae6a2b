"""A whistle (哨): a town calls agencies out, under one lead, until it releases them.

blown -> approved -> acting -> concluded; or rejected, or withdrawn. An emergency calls at once
and may act before it is approved. `rules` decides.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from services.common.contracts.events.escalation import (
    CallToMake,
    JointActionBegun,
    UnitJoined,
    UnitsReleased,
    WhistleApproved,
    WhistleBlown,
    WhistleConcluded,
    WhistledOrder,
    WhistleMarkedUnapproved,
    WhistleOrderDropped,
    WhistleRejected,
    WhistleWithdrawn,
)
from services.common.contracts.vocabulary import ApprovedAs, WhistleKind, WhistleOutcome

WhistleStatus = Literal[
    "absent", "blown", "approved", "acting", "rejected", "withdrawn", "concluded"
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class CalledUnit:
    """A unit that the whistle has called, and the call's id."""

    unit: str
    call_id: str


@dataclass(frozen=True, slots=True)
class Whistle:
    """What the rules need to know of a whistle."""

    status: WhistleStatus = "absent"
    town: str = ""
    kind: WhistleKind = "request"
    work_orders: tuple[WhistledOrder, ...] = ()  #: without the dropped ones
    place_code: str = ""
    category: str = ""
    lead: str = ""
    support: tuple[str, ...] = ()
    summary_ref: str = ""
    contact_office_ref: str | None = None
    contact_office_in_clear: str | None = None  #: of a whistle blown before offices were sealed
    meeting_at: datetime | None = None
    called: tuple[CalledUnit, ...] = ()
    joined: tuple[str, ...] = ()  #: units, in the order in which they came
    released: tuple[str, ...] = ()
    approved_as: ApprovedAs | None = None
    unapproved: bool = False  #: marked: approval came late or not at all
    outcome: WhistleOutcome | None = None
    blown_at: datetime | None = None
    begun_at: datetime | None = None

    @property
    def emergency(self) -> bool:
        """Whether it went out before it was approved."""
        return self.kind == "emergency"

    @property
    def here(self) -> tuple[str, ...]:
        """Units that came and were not released."""
        return tuple(unit for unit in self.joined if unit not in self.released)

    @property
    def named(self) -> tuple[str, ...]:
        """The lead and the support."""
        return (self.lead, *self.support)


def evolve(state: Whistle, event: Any, at: datetime) -> Whistle:
    """Return `state` after `event`; an event of another kind changes nothing."""
    match event:
        case WhistleBlown():
            return _blown(event, at)
        case WhistleApproved():
            return replace(
                state,
                status="acting" if state.status == "acting" else "approved",
                approved_as=event.approved_as,
                called=(*state.called, *_called(event.call_now)),
            )
        case UnitJoined():
            return replace(state, joined=(*state.joined, event.unit))
        case JointActionBegun():
            return replace(state, status="acting", begun_at=at)
        case UnitsReleased():
            return replace(state, released=(*state.released, *event.units))
        case _:
            return _ended_or_marked(state, event)


def _ended_or_marked(state: Whistle, event: Any) -> Whistle:
    match event:
        case WhistleRejected():
            return replace(state, status="rejected")
        case WhistleWithdrawn():
            return replace(state, status="withdrawn")
        case WhistleConcluded():
            return replace(state, status="concluded", outcome=event.outcome)
        case WhistleMarkedUnapproved():
            return replace(state, unapproved=True)
        case WhistleOrderDropped():
            left = tuple(
                each for each in state.work_orders if each.work_order_id != event.work_order_id
            )
            return replace(state, work_orders=left)
        case _:
            return state


def _blown(event: WhistleBlown, at: datetime) -> Whistle:
    return Whistle(
        status="blown",
        town=event.town,
        kind=event.kind,
        work_orders=event.work_orders,
        place_code=event.place_code,
        category=event.category,
        lead=event.lead,
        support=event.support,
        summary_ref=event.summary_ref,
        contact_office_ref=event.contact_office_ref,
        contact_office_in_clear=event.contact_office_in_clear,
        meeting_at=event.meeting_at,
        called=_called(event.call_now),
        blown_at=at,
    )


def _called(calls: tuple[CallToMake, ...]) -> tuple[CalledUnit, ...]:
    return tuple(CalledUnit(each.unit, each.call_id) for each in calls)
