"""Events of clocks (`clock-<id>`): one stream a request, a whistle or a standing duty."""

from dataclasses import dataclass
from datetime import datetime

from services.common.contracts.event_types import event
from services.common.contracts.forms import EventId, StreamName, UnitCode, Word
from services.common.contracts.vocabulary import ClockKind, TimeClass


@event("DeadlineArmed", of="clock")
@dataclass(frozen=True, slots=True)
class DeadlineArmed:
    """A waiting state was entered. `ladder` = who is rung after a miss, one step a time.

    `charged_to` is the unit whose time runs; absent: nobody's. Armings of a stream count 1, 2, ...
    `time_class` is the request's, kept so that later armings of the stream know it. A clock with
    `repeats_until` arms its next slot, `limit_seconds` after this one, unless that lies beyond.
    Read by: `due_times` (the timer), metrics.
    """

    arming: int
    kind: ClockKind
    subject: StreamName  #: the stream that is waited for
    starts_at: datetime
    limit_seconds: int
    due_at: datetime
    ladder: tuple[UnitCode, ...]
    step_seconds: int  #: limit of each step of the ladder
    charged_to: UnitCode | None = None
    remind_at: datetime | None = None
    time_class: TimeClass | None = None
    repeats_until: datetime | None = None


@event("DeadlineReminded", of="clock")
@dataclass(frozen=True, slots=True)
class DeadlineReminded:
    """Half of the limit is gone. Read by: escalation (reminds the called unit), work lists."""

    arming: int
    kind: ClockKind
    subject: StreamName
    charged_to: UnitCode | None = None


@event("DeadlineMet", of="clock")
@dataclass(frozen=True, slots=True)
class DeadlineMet:
    """What was waited for is there. `late_by_seconds` 0 = in time, else rounded up.

    `stops_after` stands in the conclusion of a whistle: the calls whose ratings are still to end
    before its clocks stop. Read by: metrics, timer.
    """

    arming: int
    kind: ClockKind
    subject: StreamName
    met_by: EventId  #: event id
    late_by_seconds: int
    stops_after: tuple[StreamName, ...] | None = None  #: streams


@event("DeadlineMissed", of="clock")
@dataclass(frozen=True, slots=True)
class DeadlineMissed:
    """The limit (step 0) or the limit of a ladder step is gone.

    `due_at` is the limit that is gone, `late_by_seconds` how long after it this was recorded.
    `sources_behind` names streams that could not be read up to their end when it was decided.
    Read by: intake (*promised*, *follow_up*), escalation, the work list of the next, metrics.
    """

    arming: int
    kind: ClockKind
    subject: StreamName
    step: int
    due_at: datetime
    late_by_seconds: int
    sources_behind: tuple[StreamName, ...] = ()
    charged_to: UnitCode | None = None


@event("DeadlineEscalated", of="clock")
@dataclass(frozen=True, slots=True)
class DeadlineEscalated:
    """The miss climbed one step, with a new limit. Read by: the work list of `to`, metrics."""

    arming: int
    kind: ClockKind
    subject: StreamName
    step: int
    to: UnitCode
    due_at: datetime


@event("DeadlineLifted", of="clock")
@dataclass(frozen=True, slots=True)
class DeadlineLifted:
    """The state that was waited in is over. Read by: metrics, timer."""

    arming: int
    kind: ClockKind
    subject: StreamName
    reason: Word


@event("MissWithdrawn", of="clock")
@dataclass(frozen=True, slots=True)
class MissWithdrawn:
    """Found later that it was met in time. `stops_after` as in `DeadlineMet`. Read by: metrics."""

    arming: int
    kind: ClockKind
    subject: StreamName
    met_by: EventId
    stops_after: tuple[StreamName, ...] | None = None


@event("ClocksStopped", of="clock")
@dataclass(frozen=True, slots=True)
class ClocksStopped:
    """Nothing is armed after this. Read by: metrics, timer."""

    lifted: tuple[int, ...]
