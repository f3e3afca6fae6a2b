"""What goes on in escalation by itself: the timer, the departments' queues, the orphan watch."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, get_args

from services.common.clock import Clock, RealClock, machine_seconds
from services.common.contracts.vocabulary import ClockKind
from services.common.desk import Desk
from services.common.eventlog.ports import LogReader
from services.common.following.cursors import Cursors
from services.common.following.ports import Documents
from services.common.messaging.declare import restore_departments
from services.common.observability.metrics import PlatformMetrics
from services.common.work.tasks import together
from services.common.work.wake import Wake
from services.escalation.calls.notifier import Notifier
from services.escalation.clocks.orphans import orphans
from services.escalation.clocks.projections import DUE_TIMES
from services.escalation.clocks.timer import Missed, Timer

#: How often due times are looked at while clocks are armed: those are in the list a moment later.
TIMER_SECONDS: Final = 1.0
#: How long the timer sleeps at most: the machine's clock may be set.
LONGEST_SLEEP_SECONDS: Final = 10.0
#: The same where business time runs faster than the machine's, or is moved by hand.
QUICK_TIMER_SECONDS: Final = 0.2
RESTORE_SECONDS: Final = 16.0
ORPHANS_SECONDS: Final = 16.0
ARMED_SECONDS: Final = 16.0
PAGE: Final = 500
#: How much too early a pause may end by itself.
UNPUNCTUAL_SECONDS: Final = 0.05
#: The consumer that runs escalation's reactions.
REACTIONS_CONSUMER: Final = "escalation"


@dataclass(slots=True)
class TimerTask:
    """Fires what is due, and sleeps until something is, or until clocks may have been armed.

    A turn in which a clock could not be fired counts as failed.
    """

    timer: Timer
    clock: Clock
    metrics: PlatformMetrics
    wake: Wake | None = None  #: is rung when escalation's log grows
    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    name: str = "timer"
    _look_at: float = 0.0  #: not before, however often it is rung
    _asleep_until: float = 0.0
    _rung: bool = False

    def turn(self) -> float:
        """Fire once; rung too soon after that, wait a little first."""
        now = self.monotonic()
        if now < self._asleep_until:
            self._rung = True
        if now < self._look_at:
            return self._look_at - now
        stuck = self.timer.turn(self.clock.now()).stuck
        if stuck:
            self.metrics.task_failed(self.name)
        if not isinstance(self.clock, RealClock):
            return QUICK_TIMER_SECONDS
        # what rang is in the list a moment later than this
        pause = TIMER_SECONDS if self._rung or stuck else self._until_due()
        pause = together(pause, self.wall())  # that it ends so early must not look like a ring
        now, self._rung = self.monotonic(), False
        self._look_at, self._asleep_until = now + TIMER_SECONDS, now + pause - UNPUNCTUAL_SECONDS
        return pause

    def _until_due(self) -> float:
        due = self.timer.next_due()
        wait = LONGEST_SLEEP_SECONDS if due is None else (due - self.clock.now()).total_seconds()
        return min(max(wait, TIMER_SECONDS), LONGEST_SLEEP_SECONDS)


def measured(clock: Clock, metrics: PlatformMetrics) -> Missed:
    """Return what counts misses, and their firing lag in seconds of the machine."""

    def missed(kind: ClockKind, late: timedelta) -> None:
        metrics.clock_missed(kind, machine_seconds(late, clock))

    return missed


@dataclass(frozen=True, slots=True)
class RestoreDepartments:
    """Makes department queues that are not there, and sends open, unread calls into them again."""

    desk: Desk
    amqp_uri: str
    notifier: Notifier
    name: str = "departments"
    wake: Wake | None = None

    def turn(self) -> float:
        """Look at every queue once."""
        chart = self.desk.chart.at(self.desk.clock.now())
        codes = sorted(code for code, unit in chart.units.items() if unit.answers_by == "amqp")
        restore_departments(self.amqp_uri, codes, self._resend)
        return RESTORE_SECONDS

    def _resend(self, code: str) -> None:
        self.notifier.resend_open_calls(code)


@dataclass(frozen=True, slots=True)
class OrphanWatch:
    """Counts open orders that no clock watches: there must be none."""

    documents: Documents
    logs: Mapping[str, LogReader]
    cursors: Cursors
    metrics: PlatformMetrics
    name: str = "orphans"
    wake: Wake | None = None

    def turn(self) -> float:
        """Look once."""
        found = orphans(self.documents, self.logs, self.cursors.load(REACTIONS_CONSUMER))
        self.metrics.orphans(len(found))
        return ORPHANS_SECONDS


@dataclass(frozen=True, slots=True)
class ArmedClocks:
    """Counts the clocks that can still fire, as far as the timer's read model knows."""

    documents: Documents
    metrics: PlatformMetrics
    name: str = "armed clocks"
    wake: Wake | None = None

    def turn(self) -> float:
        """Count once."""
        counted = Counter(self._kinds())
        for kind in get_args(ClockKind):
            self.metrics.clocks_armed(kind, counted[kind])
        return ARMED_SECONDS

    def _kinds(self) -> Iterator[Any]:
        """Yield the kind of each; one written by an earlier release has none before a rebuild.

        By due time: documents without one are of matters that are over. Of equals at a page's end
        some are not counted.
        """
        after = ""
        while True:
            found = self.documents.find(
                DUE_TIMES.name, {}, order_by="next_at", after=after, limit=PAGE
            )
            for each in found:
                yield from (arming.get("kind") for arming in each.body["open"].values())
            if len(found) < PAGE:
                return
            after = found[-1].body["next_at"]
