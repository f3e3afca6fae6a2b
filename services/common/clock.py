"""Business time: one for all services, so that their logs tell one order.

Domain, handlers and the calendar see it; leases, retries and time-outs do not.

Three modes: `RealClock`; `ScaledClock` (a demo: business time runs `rate` times as fast from a
start that is stored once, so a restarted service doesn't jump); `SteppedClock` (simulation and
tests: now is a value that somebody moves). All return aware UTC datetimes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final, Protocol

#: Days and months begin by it. No summer time since 1991, so no time zone files are needed:
#: small images have none.
BEIJING: Final = timezone(timedelta(hours=8), "Asia/Shanghai")


class Clock(Protocol):
    """Tells the business time."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...


@dataclass(frozen=True, slots=True)
class ClockMode:
    """How business time goes in an installation, for good (`common.running.business_time`)."""

    name: str = "real"  #: real, scaled or stepped
    rate: int = 1  #: business seconds a machine second; 1 unless scaled

    def __str__(self) -> str:
        """Return it in one word: `scaled-1800`."""
        return f"{self.name}-{self.rate}" if self.name == "scaled" else self.name


@dataclass(frozen=True, slots=True)
class RealClock:
    """Business time is the machine's time."""

    def now(self) -> datetime:
        """Return the machine's time."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class ScaledClock:
    """`business_start` at machine time `wall_start`, then `rate` business seconds a second."""

    wall_start: datetime
    business_start: datetime
    rate: int
    machine: Clock = RealClock()

    def now(self) -> datetime:
        """Return the scaled time."""
        return self.business_start + (self.machine.now() - self.wall_start) * self.rate


@dataclass(frozen=True, slots=True)
class SteppedClock:
    """Now is whatever `read` returns: a document in MongoDB, or a variable of a test."""

    read: Callable[[], datetime]

    def now(self) -> datetime:
        """Return the moment that somebody last moved the clock to."""
        return self.read()


def machine_seconds(span: timedelta, clock: Clock) -> float:
    """Return how many seconds the machine takes for `span` of the business time of `clock`.

    So a lag says how quick we are, however fast business time runs. On a stepped clock no time
    passes but the steps, and they count as they are.
    """
    return span.total_seconds() / (clock.rate if isinstance(clock, ScaledClock) else 1)


class ManualTime:
    """A moment that a test or a simulation moves by hand; never backwards."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def read(self) -> datetime:
        """Return the moment."""
        return self._now

    def move_to(self, moment: datetime) -> None:
        """Move forward to `moment`; a moment in the past changes nothing."""
        self._now = max(self._now, moment)
