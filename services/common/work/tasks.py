"""Work that goes on by itself: relay, processors, timers. One runner for all of them.

A task does one turn and says how long to pause. It never dies: `Transient` backs off, anything
else is logged, counted and backs off longer.
"""

import logging
import time
from collections.abc import Callable
from typing import Final, Protocol, runtime_checkable

from services.common.errors import Transient
from services.common.work.lease import Lease
from services.common.work.wake import Wake

FIRST_BACKOFF_SECONDS: Final = 0.1
LONGEST_BACKOFF_SECONDS: Final = 5.0
#: How often a replica without the lease asks for it.
WITHOUT_LEASE_SECONDS: Final = 0.5
#: A task that gathers works for a third of the time at most, unless its turns are very long.
GATHERED_FACTOR: Final = 2.0
LONGEST_GATHERING: Final = 0.05

#: Long pauses end at multiples of this.
TOGETHER_SECONDS: Final = 2.0

_log = logging.getLogger(__name__)


def together(seconds: float, now: float) -> float:
    """Shorten a long pause so that it ends when those of other tasks and processes do.

    An idle machine pays for waking up, whatever is done then: the services, and the database that
    they ask. `now` is the machine's time, which its processes have in common.
    """
    if seconds < TOGETHER_SECONDS:
        return seconds
    return (now + seconds) // TOGETHER_SECONDS * TOGETHER_SECONDS - now


class Task(Protocol):
    """Something to be done again and again."""

    @property
    def name(self) -> str:
        """What logs and metrics call it."""
        ...

    @property
    def wake(self) -> Wake | None:
        """What ends its pause early; None: nothing does."""
        ...

    def turn(self) -> float:
        """Do one turn; return the seconds to pause before the next, 0 for "there is more".

        Raises:
            Transient: Try again later.
        """
        ...


@runtime_checkable
class Ending(Protocol):
    """A task that has something to do at its end."""

    def end(self) -> None:
        """Leave things as the next one should find them. No turn follows.

        Raises:
            Transient: It can't: the next one does it.
        """
        ...


class Leased:
    """A task that only the holder of a lease does."""

    def __init__(
        self, task: Task, lease: Lease, otherwise: Callable[[], None] = lambda: None
    ) -> None:
        """Do `task` while `lease` is ours; `otherwise()` is done instead of a turn."""
        self._task = task
        self._lease = lease
        self._otherwise = otherwise

    @property
    def name(self) -> str:
        """The task's own name."""
        return self._task.name

    @property
    def wake(self) -> Wake | None:
        """What wakes the task."""
        return self._task.wake

    def turn(self) -> float:
        """Do a turn if the lease is ours."""
        if self._lease.hold():
            return self._task.turn()
        self._otherwise()
        return WITHOUT_LEASE_SECONDS

    def end(self) -> None:
        """Let another replica go on at once."""
        self._lease.release()


class Gathering:
    """A task that lets some time go by between two turns, however often it is rung.

    The first ring after a rest is answered at once; under load each turn finds more to do. On a
    machine that is busy a turn takes longer, and so does what is gathered for the next.
    """

    def __init__(
        self,
        task: Task,
        seconds: float,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Let some time go by between the end of a turn of `task` and the next.

        That is `seconds`, or `GATHERED_FACTOR` times what the turn took, to `LONGEST_GATHERING`.
        """
        self.task = task
        self._seconds = seconds
        self._sleep = sleep
        self._monotonic = monotonic
        self._ready_at = 0.0

    @property
    def name(self) -> str:
        """The task's own name."""
        return self.task.name

    @property
    def wake(self) -> Wake | None:
        """What wakes the task."""
        return self.task.wake

    def turn(self) -> float:
        """Take a turn when it is time."""
        early = self._ready_at - self._monotonic()
        if early > 0:
            self._sleep(early)
        began = self._monotonic()
        try:
            return self.task.turn()
        finally:
            ended = self._monotonic()
            took = min((ended - began) * GATHERED_FACTOR, LONGEST_GATHERING)
            self._ready_at = ended + max(self._seconds, took)


class Rounds:
    """Runs one task until told to stop, and knows how it fares."""

    def __init__(self, task: Task, fault: Callable[[str], None] | None = None) -> None:
        """Wire a task; `fault(name)` is told every failed turn (a metric)."""
        self.task = task
        self.failed_in_a_row = 0
        self._fault = fault or (lambda _name: None)

    def run(self, pause: Callable[[float], bool]) -> None:
        """Take turns until `pause(seconds)` says to stop, then end."""
        while not pause(self.turn()):
            pass
        task = self.task.task if isinstance(self.task, Gathering) else self.task
        if isinstance(task, Ending):
            self._end(task)

    def turn(self) -> float:
        """Do one turn that never raises; return the seconds to pause."""
        try:
            wait = self.task.turn()
        except Transient as error:
            return self._backoff(error)
        except Exception as error:  # noqa: BLE001  a task that dies would silence the service
            _log.exception("%s failed", self.task.name)
            self._backoff(error)
            return LONGEST_BACKOFF_SECONDS
        self.failed_in_a_row = 0
        return wait

    def _backoff(self, error: Exception) -> float:
        if self.failed_in_a_row == 0:
            _log.warning("%s is held up: %s", self.task.name, error)
        wait = FIRST_BACKOFF_SECONDS * 2.0 ** min(self.failed_in_a_row, 10)
        self.failed_in_a_row += 1
        self._fault(self.task.name)
        return min(wait, LONGEST_BACKOFF_SECONDS)

    def _end(self, task: Ending) -> None:
        try:
            task.end()
        except Transient as error:
            _log.warning("%s leaves its end to the next: %s", self.task.name, error)
