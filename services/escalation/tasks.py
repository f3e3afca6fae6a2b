"""What goes on in escalation by itself: the timer, the departments' queues, the orphan watch."""

from dataclasses import dataclass
from typing import Final

from services.common.clock import Clock
from services.common.desk import Desk
from services.common.eventlog.ports import Checkpoints
from services.common.messaging.declare import restore_departments
from services.common.observability.metrics import PlatformMetrics
from services.escalation.caller import Caller
from services.escalation.orphans import orphans
from services.escalation.timer import Timer

#: How often due times are looked at; the due time itself is exact in the record.
TIMER_SECONDS: Final = 0.2
RESTORE_SECONDS: Final = 15.0
GAUGES_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class TimerTask:
    """Fires what is due."""

    timer: Timer
    clock: Clock
    name: str = "timer"

    def turn(self) -> float:
        """Fire once."""
        self.timer.turn(self.clock.now())
        return TIMER_SECONDS


@dataclass(frozen=True, slots=True)
class RestoreDepartments:
    """Makes department queues that are not there, and sends open, unread calls into them again."""

    desk: Desk
    amqp_uri: str
    caller: Caller
    name: str = "departments"

    def turn(self) -> float:
        """Look at every queue once."""
        chart = self.desk.chart.at(self.desk.clock.now())
        codes = sorted(code for code, unit in chart.units.items() if unit.answers_by == "amqp")
        restore_departments(self.amqp_uri, codes, self._resend)
        return RESTORE_SECONDS

    def _resend(self, code: str) -> None:
        self.caller.resend_open_calls(code)


@dataclass(frozen=True, slots=True)
class ClockGauges:
    """Counts armed clocks, and open orders that no clock watches: there must be none."""

    desk: Desk
    policies: Checkpoints
    metrics: PlatformMetrics
    name: str = "orphans"

    def turn(self) -> float:
        """Look once."""
        found = orphans(self.desk.documents, self.desk.log, self.policies)
        self.metrics.orphans(len(found))
        return GAUGES_SECONDS
