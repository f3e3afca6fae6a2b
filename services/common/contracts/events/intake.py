"""Events of a request (stream `request-<id>`), written by intake alone."""

from dataclasses import dataclass
from datetime import datetime

from services.common.contracts.event_types import event
from services.common.contracts.forms import CategoryCode, Id, TextRef, UnitCode
from services.common.contracts.vocabulary import (
    AnsweredBy,
    Channel,
    FollowUpReason,
    Reached,
    RequestKind,
    RequestOutcome,
    Satisfied,
    Solved,
    TimeClass,
    TriedBy,
)


@event("RequestReceived", of="request")
@dataclass(frozen=True, slots=True)
class RequestReceived:
    """A resident, a grid steward or a visitor reported something.

    Published by: intake. Read by: escalation (arms *forward*), metrics (request document).
    """

    channel: Channel
    kind: RequestKind
    reporter_ref: TextRef  #: name, phone, address: under the reporter key
    said_ref: TextRef  #: the reporter's words: under the request key
    confidential: bool
    opposed: bool  #: another reporter of the same matter wants the opposite
    place_code: UnitCode | None = None
    cluster_id: Id | None = None


@event("RequestClassified", of="request")
@dataclass(frozen=True, slots=True)
class RequestClassified:
    """The matter has a third-level category. Published by: intake. Read by: metrics."""

    category: CategoryCode
    time_class: TimeClass


@event("RequestForwarded", of="request")
@dataclass(frozen=True, slots=True)
class RequestForwarded:
    """The request left the intake desk; the reporter was told a date.

    Published by: intake. Read by: dispatch (dispatches the order), escalation (meets *forward*,
    arms *dispatch* and *promised*).
    """

    category: CategoryCode
    time_class: TimeClass
    district: UnitCode
    promised_at: datetime
    place_code: UnitCode | None = None


@event("FollowUpOpened", of="request")
@dataclass(frozen=True, slots=True)
class FollowUpOpened:
    """The reporter is asked. `judged_resolution` is the resolution asked about, 0 = none yet.

    Published by: intake. Read by: escalation (arms *follow_up*, meets *promised* if resolved),
    metrics (cohort and unit).
    """

    round: int
    reason: FollowUpReason
    judged_resolution: int
    holder: UnitCode


@event("FollowUpTried", of="request")
@dataclass(frozen=True, slots=True)
class FollowUpTried:
    """Nobody answered this time. Published by: intake. Read by: escalation (arms the next)."""

    round: int
    try_number: int
    by: TriedBy


@event("FollowUpLapsed", of="request")
@dataclass(frozen=True, slots=True)
class FollowUpLapsed:
    """Three tries without an answer on an order nobody resolved: silence can't close it.

    Published by: intake. Read by: escalation (lifts *follow_up*); the order goes on.
    """

    round: int


@event("FollowUpRecorded", of="request")
@dataclass(frozen=True, slots=True)
class FollowUpRecorded:
    """The reporter's own word, through the receipt's secret or an operator's call.

    Published by: intake. Read by: escalation (meets *follow_up*), metrics (the three rates).
    `reached`: did the unit contact you in time?
    """

    round: int
    reached: Reached
    by: AnsweredBy
    solved: Solved | None = None
    satisfied: Satisfied | None = None
    said_ref: TextRef | None = None


@event("RequestReopened", of="request")
@dataclass(frozen=True, slots=True)
class RequestReopened:
    """The reporter said no for the first time.

    Published by: intake. Read by: dispatch (reopens the order if something was resolved), metrics.
    """

    round: int
    judged_resolution: int


@event("RequestClosed", of="request")
@dataclass(frozen=True, slots=True)
class RequestClosed:
    """The request is at its end. Published by: intake. Read by: dispatch, escalation, metrics."""

    round: int
    outcome: RequestOutcome
