"""What escalation's process is built of: adapters from settings."""

from collections.abc import Iterator, Mapping
from time import sleep
from typing import Any, Final

from services.common.config import EscalationSettings
from services.common.desk import Desk
from services.common.following.reached import Reached
from services.common.messaging.declare import declaring
from services.common.messaging.departments import DepartmentLine
from services.common.messaging.publisher import AmqpPublisher
from services.common.observability.metrics import PlatformMetrics
from services.common.running.desks import desk_of, make_indexes, vitals_of
from services.common.running.stores import stores_of
from services.common.running.tasks import Upkeep, command_tasks, upkeep_of
from services.common.vault.master_keys import MasterKeys
from services.common.work.tasks import Leased, Task
from services.escalation import wiring
from services.escalation.calls.notifier import Notifier
from services.escalation.clocks.timer import Timer
from services.escalation.tasks import (
    REACTIONS_CONSUMER,
    ArmedClocks,
    OrphanWatch,
    RestoreDepartments,
    TimerTask,
    measured,
)

#: How long the timer waits between two looks at how far the reactions are.
WAIT_SECONDS: Final = 0.01


def build(settings: EscalationSettings, metrics: PlatformMetrics) -> Mapping[str, Any]:
    """Return the parts of the process.

    Raises:
        AnotherClock: The installation has another clock than the settings say.
        StoreAway: The database is not there yet: call again.
    """
    stores = stores_of(settings)
    master = MasterKeys.read(settings.master_key_file)
    desk, log = desk_of(settings, master, "escalation", stores, metrics, wiring.AGGREGATES)
    make_indexes(stores, "escalation", {each.name: each.indexed for each in wiring.READ_MODELS})
    line = _line(settings)
    upkeep = upkeep_of("escalation", stores, wiring.consumers(desk, line), desk.chart)
    tasks, ear = command_tasks(desk, log, settings, stores, upkeep, metrics)
    return {
        "desk": desk,
        "ear": ear,
        "line": _line(settings),  # replies have a connection of their own: a frozen one stops less
        "vitals": vitals_of(stores, desk.chart, metrics),
        "tasks": (*tasks, *_own_tasks(desk, settings, upkeep, metrics)),
    }


def _line(settings: EscalationSettings) -> DepartmentLine:
    return DepartmentLine(AmqpPublisher(settings.amqp_uri, declare=declaring("escalation")))


def _own_tasks(
    desk: Desk,
    settings: EscalationSettings,
    upkeep: Upkeep,
    metrics: PlatformMetrics,
) -> Iterator[Task]:
    cursors, leadership = upkeep.processors.cursors, upkeep.leadership
    reacting = upkeep.processors.named(REACTIONS_CONSUMER)
    reactions = Reached(reacting.cursor, logs=desk.logs, wait=lambda: sleep(WAIT_SECONDS))
    timer = Timer(
        log=desk.log,
        documents=desk.documents,
        clock=desk.clock,
        reactions=reactions,
        missed=measured(desk.clock, metrics),
        known=desk.known,
    )
    armed = upkeep.bell.wake_for([desk.service])
    yield Leased(TimerTask(timer, desk.clock, metrics, armed), leadership)
    resender = Notifier(desk, _line(settings))
    restore = RestoreDepartments(desk, settings.amqp_uri, resender)
    yield Leased(restore, leadership)
    metrics.clocks_shown_while(leadership.believed)
    watch = OrphanWatch(desk.documents, desk.logs, cursors, metrics)
    yield Leased(watch, leadership)
    yield Leased(ArmedClocks(desk.documents, metrics), leadership)
