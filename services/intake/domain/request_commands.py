"""What can be asked of a request."""

from dataclasses import dataclass
from datetime import datetime

from services.common.contracts.command_names import command
from services.common.contracts.vocabulary import (
    Channel,
    FollowUpReason,
    Reached,
    RequestKind,
    Satisfied,
    Solved,
    TimeClass,
    TriedBy,
)


@dataclass(frozen=True, slots=True)
class Filing:
    """A category with what the chart says of it at the moment of deciding."""

    category: str
    time_class: TimeClass
    district: str
    promise_seconds: int  #: dispatch limit + class limit, from recorded_at


@command("ReceiveRequest")
@dataclass(frozen=True, slots=True)
class ReceiveRequest:
    """Take a report in. With a `filing` it is classified and forwarded in the same commit."""

    channel: Channel
    kind: RequestKind
    reporter_ref: str
    said_ref: str
    confidential: bool = False
    opposed: bool = False
    place_code: str | None = None
    cluster_id: str | None = None
    filing: Filing | None = None


@command("ClassifyRequest")
@dataclass(frozen=True, slots=True)
class ClassifyRequest:
    """Give a received request its category, which forwards it. `place_code` corrects the place."""

    filing: Filing
    place_code: str | None = None


@command("OpenFollowUp")
@dataclass(frozen=True, slots=True)
class OpenFollowUp:
    """Ask the reporter. By a reaction alone. `judged_resolution` 0: nothing resolved yet."""

    reason: FollowUpReason
    judged_resolution: int
    holder: str


@command("RecordFollowUp")
@dataclass(frozen=True, slots=True)
class RecordFollowUp:
    """Record the reporter's word. `role` is who brings it: `reporter` or `operator`.

    `round` is the one that was answered; absent: the open one.
    """

    role: str
    reached: Reached
    solved: Solved | None = None
    satisfied: Satisfied | None = None
    said_ref: str | None = None
    round: int | None = None


@command("RecordFollowUpTry")
@dataclass(frozen=True, slots=True)
class RecordFollowUpTry:
    """Nobody answered: an operator's call (`round` as above), or a day of silence.

    `tries` is how many the policy allows. By silence, `due_at` is when the missed clock was due.
    """

    by: TriedBy
    tries: int
    round: int | None = None
    due_at: datetime | None = None


RequestCommand = (
    ReceiveRequest | ClassifyRequest | OpenFollowUp | RecordFollowUp | RecordFollowUpTry
)
