"""Commands of a clock stream: reactions arm, meet, lift and stop; the timer reminds and misses."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.common.contracts.command_names import command
from services.common.contracts.vocabulary import ClockKind, TimeClass


@dataclass(frozen=True, slots=True)
class Within:
    """A limit of so many seconds."""

    seconds: int


@dataclass(frozen=True, slots=True)
class ByTimeClass:
    """A limit in seconds that depends on the request's time class."""

    seconds: Mapping[TimeClass, int]


@dataclass(frozen=True, slots=True)
class Until:
    """A limit that was told as a moment."""

    at: datetime


Limit = Within | ByTimeClass | Until


@command("ArmDeadline")
@dataclass(frozen=True, slots=True)
class ArmDeadline:
    """A waiting state was entered at `starts_at` (recorded_at of what entered it).

    While the same kind already runs for the same subject this does nothing: no edit or repetition
    restarts a clock. `contact` is not armed while the reporter has been spoken to in this round.
    `time_class`: the request's, where the event says it; else the one that the stream remembers.
    """

    kind: ClockKind
    subject: str
    starts_at: datetime
    limit: Limit
    ladder: tuple[str, ...]
    step_seconds: int
    charged_to: str | None = None
    time_class: TimeClass | None = None
    repeats_until: datetime | None = None


@command("MeetDeadline")
@dataclass(frozen=True, slots=True)
class MeetDeadline:
    """What was waited for is there since `met_at`: recorded_at of the event `met_by`.

    `slot`: the number of a check-in, since it may come after slots that nobody kept.
    `stops_after`: the calls still to be rated before the clocks of a concluded whistle stop.
    """

    kind: ClockKind
    subject: str
    met_by: str
    met_at: datetime
    slot: int | None = None
    stops_after: tuple[str, ...] | None = None


@command("LiftDeadlines")
@dataclass(frozen=True, slots=True)
class LiftDeadlines:
    """The state of these `kinds` is over, for `subject` or, without one, for all."""

    kinds: tuple[ClockKind, ...]
    reason: str
    subject: str | None = None


@command("RemindDeadline")
@dataclass(frozen=True, slots=True)
class RemindDeadline:
    """Half of the limit is gone."""

    arming: int


@command("MissDeadline")
@dataclass(frozen=True, slots=True)
class MissDeadline:
    """The limit of `step` is gone. `sources_behind`: streams not read up to their end."""

    arming: int
    step: int
    sources_behind: tuple[str, ...] = ()


@command("StopClocks")
@dataclass(frozen=True, slots=True)
class StopClocks:
    """The matter is over."""


ClockCommand = (
    ArmDeadline | MeetDeadline | LiftDeadlines | RemindDeadline | MissDeadline | StopClocks
)
