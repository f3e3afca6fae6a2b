"""What doorbells missed, and what has to be tried again.

A lost tail, a wiped broker, a dead letter and a new consumer are one case: the log is read up to
the head of one turn ago, and whoever is behind is caught up.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from services.common.work.tasks import Task

SWEEP_SECONDS: Final = 10.0
RETRY_SECONDS: Final = 1.0


class Sweepable(Protocol):
    """What the sweeper needs of a `Follower`."""

    @property
    def logs(self) -> Mapping[str, Any]:
        """The followed logs, by service."""
        ...

    def sweep(self, log: str) -> int:
        """Catch up what doorbells missed in `log`; return how many streams were behind."""
        ...

    def retry_due(self, now: datetime, limit: int = 100) -> int:
        """Try again what is due at machine time `now`; return how many streams."""
        ...


class Sweep:
    """Sweeps one log for one follower every ten seconds."""

    def __init__(self, follower: Sweepable, log: str, every_seconds: float = SWEEP_SECONDS) -> None:
        self._follower = follower
        self._log = log
        self._every = every_seconds

    @property
    def name(self) -> str:
        """Which log is swept."""
        return f"sweep {self._log}"

    def turn(self) -> float:
        """Sweep once."""
        self._follower.sweep(self._log)
        return self._every


class Retries:
    """Tries due retry rows of one follower every second."""

    name: Final = "retries"

    def __init__(self, follower: Sweepable, every_seconds: float = RETRY_SECONDS) -> None:
        self._follower = follower
        self._every = every_seconds

    def turn(self) -> float:
        """Try once; go on at once while something was due."""
        return 0.0 if self._follower.retry_due(datetime.now(UTC)) else self._every


def sweeping(
    follower: Sweepable,
    *,
    sweep_seconds: float = SWEEP_SECONDS,
    retry_seconds: float = RETRY_SECONDS,
) -> Iterator[Task]:
    """Yield the tasks that keep `follower` from missing anything; lease them as one."""
    for log in follower.logs:
        yield Sweep(follower, log, sweep_seconds)
    yield Retries(follower, retry_seconds)
