"""Tells called units, over their own queues, what happens to their calls.

A consumer of escalation's own call streams: every event that concerns a unit becomes one message
that carries the whole present call. The message id is the event's id, so a unit that gets it
twice can tell. A full or missing queue holds up its own call alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Protocol

from services.common.contracts.codec import plain
from services.common.contracts.commit import Commit, Fact
from services.common.contracts.events.escalation import (
    CallExcused,
    CallInsisted,
    CallWithdrawn,
    DepartmentCalled,
    DepartmentOverdue,
    DepartmentRated,
    DepartmentReleased,
    DepartmentReminded,
    RatingOpened,
)
from services.common.contracts.streams import call_stream, id_of
from services.common.desk import Desk
from services.common.eventlog.folding import folded
from services.common.following.cursors import StreamsHeldUp
from services.escalation.calls.call import Call, report_in_seconds
from services.escalation.calls.projections import CALLS
from services.escalation.calls.rules import CALL
from services.escalation.reading import contact_office_of

Message = dict[str, Any]
PAGE: Final = 500
TYPES: Final[Mapping[type, str]] = {
    DepartmentCalled: "called",
    DepartmentReminded: "reminded",
    DepartmentOverdue: "overdue",
    CallInsisted: "insisted",
    CallExcused: "withdrawn",
    CallWithdrawn: "withdrawn",
    DepartmentReleased: "released",
    RatingOpened: "concluded",
    DepartmentRated: "rated",
}


class QueueLine(Protocol):
    """The way to departments (`messaging.departments.DepartmentLine`)."""

    def send(self, code: str, message: Mapping[str, Any]) -> None:
        """Put a message into the department's queue; on disk on return.

        Raises:
            Transient: The queue is missing or full, or the broker is away.
        """
        ...

    def send_many(self, messages: Sequence[tuple[str, Mapping[str, Any]]]) -> Sequence[str | None]:
        """Put messages into the queues of departments, by code; say of each why it was not.

        None: it is in the queue, on disk.

        Raises:
            Transient: The broker is away; nobody knows what was sent.
        """
        ...


class Notifier:
    """Sends what a called unit has to know. Units that are called by http have their list."""

    name = "escalation.notifier"
    follows = frozenset({"call"})
    in_causal_order = False  #: a full queue must not hold up calls of other units
    patience_seconds = 0.0

    def __init__(self, desk: Desk, line: QueueLine) -> None:
        """Wire the desk, from which calls and texts are read, and the way out."""
        self._desk = desk
        self._line = line

    def batch(self) -> "NotificationBatch":
        """Begin a batch; see `Consumer`."""
        return NotificationBatch(self, self._line)

    def messages_of(self, commit: Commit) -> Iterator[tuple[str, Message]]:
        """Yield a message for every event of `commit` that concerns a unit called by amqp.

        The unit's code comes with it. Made again, it has the same id.
        """
        told = [fact for fact in commit.facts if type(fact.event) in TYPES]
        if not told:
            return
        call = self._call(commit.stream, commit.version)
        if call.via == "amqp":
            for fact in told:
                yield call.unit, self._message(fact, call, again=False)

    def resend_open_calls(self, code: str) -> int:
        """Send every call that `code` has not read yet once more; return how many.

        For a queue that had to be created: what was in it is lost. `again` is true in them.
        """
        sent = 0
        for call_id in self._unread(code):
            stream = call_stream(call_id)
            call = self._call(stream)
            if call.status == "called" and call.via == "amqp":
                first = next(iter(self._desk.log.read(stream, 0, 1))).facts[0]
                self._line.send(code, self._message(first, call, again=True))
                sent += 1
        return sent

    def _unread(self, code: str) -> Iterator[str]:
        after: str | None = None
        while True:
            found = self._desk.documents.find(
                CALLS.name,
                {"unit": code, "status": "called"},
                order_by="sort",
                after=after,
                limit=PAGE,
            )
            yield from (each.id for each in found)
            if len(found) < PAGE:
                return
            after = str(found[-1].body["sort"])

    def _call(self, stream: str, upto: int | None = None) -> Call:
        call = Call()
        for commit in self._desk.log.read(stream, 0, upto):
            call = folded(CALL, call, commit)
        return call

    def _message(self, fact: Fact, call: Call, *, again: bool) -> Message:
        """Return the CloudEvent for one event."""
        message: Message = plain(
            {
                "specversion": "1.0",
                "id": fact.id,
                "source": "/shaobao/escalation",
                "type": TYPES[type(fact.event)],
                "subject": fact.stream,
                "time": fact.recorded_at,
                "datacontenttype": "application/json",
                "data": {
                    "whistle": call.whistle_id,
                    "call": id_of(fact.stream),
                    "external_ref": call.external_ref,
                    "sent_at": self._desk.clock.now(),
                    "again": again,
                    **self._present(call, id_of(fact.stream)),
                    **_beside(fact.event),
                },
            }
        )
        return message

    def _present(self, call: Call, call_id: str) -> dict[str, Any]:
        """Return the whole call as it is at that event."""
        awaited_from = call.awaited_from or self._desk.clock.now()
        chart = self._desk.chart.at(awaited_from)
        limit = report_in_seconds(chart, call.kind)
        place = chart.units.get(call.place_code)
        return {
            "kind": call.kind,
            "lead": call.lead,
            "category": call.category,
            "place_code": call.place_code,
            "place_name": call.place_code if place is None else place.name_zh,
            "town": call.town,
            "meeting_at": call.meeting_at,
            "report_in_due_at": awaited_from + timedelta(seconds=limit),
            "contact_office": contact_office_of(self._desk, call.whistle_id),
            "summary": self._desk.vault.open_unless_erased(call.summary_ref),
            "texts_url": f"/v1/calls/{call_id}",
        }


class NotificationBatch:
    """Messages to departments, sent in groups; of each call one at a time, in order."""

    def __init__(self, notifier: Notifier, line: QueueLine) -> None:
        """Begin with nothing."""
        self._notifier = notifier
        self._line = line
        self._waiting: dict[str, list[_Parcel]] = {}

    def expect(self, commit: Commit) -> None:
        """Need nothing."""

    def handle(self, commit: Commit) -> None:
        """Write the messages of `commit`."""
        for unit, message in self._notifier.messages_of(commit):
            parcel = _Parcel(commit.version, unit, message)
            self._waiting.setdefault(commit.stream, []).append(parcel)

    def flush(self) -> None:
        """Send everything; where a queue takes nothing, what follows in that call waits, too.

        Raises:
            StreamsHeldUp: Names the calls that wait, and from where.
            Transient: The broker is away; sending again repeats ids, never makes new ones.
        """
        held_up: dict[str, int] = {}
        why = ""
        while self._waiting:
            group = {stream: waiting.pop(0) for stream, waiting in self._waiting.items()}
            sent = self._line.send_many([(each.unit, each.message) for each in group.values()])
            for (stream, parcel), fault in zip(group.items(), sent, strict=True):
                if fault is not None:
                    held_up[stream], why = parcel.version, fault
                if fault is not None or not self._waiting[stream]:
                    del self._waiting[stream]
        if held_up:
            raise StreamsHeldUp(held_up, why)


@dataclass(frozen=True, slots=True)
class _Parcel:
    version: int
    unit: str
    message: Message


def _beside(event: Any) -> dict[str, int]:
    """Return what a message says beside the present call."""
    match event:
        case DepartmentOverdue():
            return {"step": event.step, "late_by_seconds": event.late_by_seconds}
        case DepartmentRated():
            return {
                "speed": event.speed,
                "cooperation": event.cooperation,
                "result": event.result,
            }
        case _:
            return {}
