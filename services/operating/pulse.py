"""How an installation fares, read from its databases: what waits, what lags, what is parked."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from services.common.clock import Clock, RealClock, ScaledClock, SteppedClock
from services.common.contracts.codec import to_time
from services.common.contracts.streams import LOGS, SERVICES
from services.common.eventlog.mongo import answering, durable
from services.common.eventlog.mongo_outbox import MongoOutbox
from services.common.eventlog.ports import LogReader
from services.common.following.holding import parked_in
from services.common.following.mongo_cursors import MongoCursors
from services.common.following.mongo_documents import MongoDocuments
from services.common.running.business_time import (
    COLLECTION,
    SteppedTime,
    mode_of,
    recorded_mode,
)
from services.escalation.clocks.orphans import orphans
from services.operating.reach import Reach

HELD_UP_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class LogPulse:
    """A log: its last position, and how many commits its relay has not published yet.

    `waited_seconds`: how long the oldest of these has waited, in seconds of the machine.
    """

    name: str
    head: int
    pending: int
    waited_seconds: float = 0.0

    @property
    def held_up(self) -> bool:
        """Whether the broker takes nothing, or nobody publishes: a relay needs a moment."""
        return self.waited_seconds > HELD_UP_SECONDS


@dataclass(frozen=True, slots=True)
class ConsumerPulse:
    """A consumer: commits with a position that it has not come to yet, and parked streams."""

    name: str
    behind: int
    parked: int


@dataclass(frozen=True, slots=True)
class ClockPulse:
    """The clock's mode, and the business time; None: nobody has started it yet.

    `rate`: business seconds a second.
    """

    mode: str
    now: datetime | None
    rate: int = 1


@dataclass(frozen=True, slots=True)
class Pulse:
    """An installation at one moment. `orphans` are open requests that no clock watches."""

    logs: tuple[LogPulse, ...]
    consumers: tuple[ConsumerPulse, ...]
    orphans: int
    clock: ClockPulse

    @property
    def well(self) -> bool:
        """Whether services were ever here, and nothing waits for a person.

        What is behind catches up by itself: no trouble. What can't be published for long is one.
        """
        parked = any(each.parked for each in self.consumers)
        held_up = any(each.held_up for each in self.logs)
        return bool(self.consumers) and not parked and not held_up and self.orphans == 0


def pulse(reach: Reach) -> Pulse:
    """Look once; nothing is changed, and no service is asked.

    Raises:
        StoreAway: The database doesn't answer.
    """
    clock = _clock(reach)
    return Pulse(
        logs=tuple(_log(reach, name, clock) for name in LOGS),
        consumers=tuple(_consumers(reach)),
        orphans=_orphans(reach),
        clock=clock,
    )


def _log(reach: Reach, name: str, clock: ClockPulse) -> LogPulse:
    outbox = MongoOutbox(name, reach.stores.log(name), RealClock())
    oldest = outbox.oldest_pending()
    waited = 0.0
    if oldest is not None and clock.now is not None:
        waited = max(0.0, (clock.now - oldest).total_seconds() / clock.rate)
    return LogPulse(name, reach.stores.readers()[name].head(), outbox.pending(), waited)


def _consumers(reach: Reach) -> Iterator[ConsumerPulse]:
    heads = {name: log.head() for name, log in reach.stores.readers().items()}
    for service in SERVICES:
        cursors = MongoCursors(reach.stores.view(service)).load_all()
        for consumer, cursor in sorted(cursors.items()):
            behind = (
                max(0, heads[log] - position)
                for log, position in cursor.positions.items()
                if log in heads  # not one of a newer release
            )
            yield ConsumerPulse(consumer, sum(behind), len(parked_in(cursor.held)))


def _orphans(reach: Reach) -> int:
    view = reach.stores.view("escalation")
    logs: dict[str, LogReader] = dict(reach.stores.readers())
    return len(orphans(MongoDocuments(view), logs, MongoCursors(view).load("escalation")))


def _clock(reach: Reach) -> ClockPulse:
    recorded = recorded_mode(reach.stores) or mode_of(reach.settings)
    mode, rate = recorded.name, recorded.rate
    with answering():
        row = durable(reach.stores.clock(), COLLECTION).find_one({"_id": mode})
    clock: Clock | None = RealClock() if mode == "real" else None
    if row is not None and mode == "scaled":
        clock = ScaledClock(to_time(row["wall_start"]), to_time(row["business_start"]), row["rate"])
    elif row is not None and mode == "stepped":
        clock = SteppedClock(SteppedTime(reach.stores.clock()).read)
    return ClockPulse(mode, clock.now().astimezone(UTC) if clock is not None else None, rate)
