"""What escalation's process is built of: adapters from settings."""

from collections.abc import Iterator, Mapping
from typing import Any

from services.common.config import EscalationSettings
from services.common.desk import Desk
from services.common.following.bell import Bell, bell_of
from services.common.messaging.declare import declaring
from services.common.messaging.departments import DepartmentLine
from services.common.messaging.publisher import AmqpPublisher
from services.common.observability.metrics import PlatformMetrics
from services.common.running.desks import command_tasks, desk_of, make_indexes, vitals_of
from services.common.running.stores import Stores, stores_of
from services.common.vault.master_keys import MasterKeys
from services.common.work.leading import Leadership
from services.common.work.tasks import Leased, Task
from services.escalation import wiring
from services.escalation.calls.notifier import Notifier
from services.escalation.clocks.timer import Timer
from services.escalation.tasks import (
    ArmedClocks,
    OrphanWatch,
    RestoreDepartments,
    TimerTask,
    measured,
)


def build(settings: EscalationSettings, metrics: PlatformMetrics) -> Mapping[str, Any]:
    """Return the parts of the process.

    Raises:
        AnotherClock: The installation has another clock than the settings say.
        StoreAway: The database is not there yet: call again.
    """
    stores = stores_of(settings)
    master = MasterKeys.read(settings.master_key_file)
    desk = desk_of(settings, master, "escalation", stores, metrics)
    make_indexes(stores, "escalation", {each.name: each.indexed for each in wiring.READ_MODELS})
    line = _line(settings)
    bell = bell_of(desk.logs, desk.chart, wiring.consumers(desk, line), stores.view("escalation"))
    tasks = command_tasks(desk, settings, stores, bell, metrics)
    return {
        "desk": desk,
        "bell": bell,
        "line": _line(settings),  # replies have a connection of their own: a frozen one stops less
        "vitals": vitals_of(stores, desk.chart, metrics),
        "tasks": (*tasks, *_own_tasks(desk, settings, stores, bell, metrics)),
    }


def _line(settings: EscalationSettings) -> DepartmentLine:
    return DepartmentLine(AmqpPublisher(settings.amqp_uri, declare=declaring("escalation")))


def _own_tasks(
    desk: Desk,
    settings: EscalationSettings,
    stores: Stores,
    bell: Bell,
    metrics: PlatformMetrics,
) -> Iterator[Task]:
    reactions = bell.named("escalation")
    timer = Timer(
        log=desk.log,
        documents=desk.documents,
        clock=desk.clock,
        follower=reactions,
        missed=measured(desk.clock, metrics),
    )
    yield Leased(TimerTask(timer, desk.clock, metrics), stores.lease("escalation", "timer"))
    resender = Notifier(desk, _line(settings))
    restore = RestoreDepartments(desk, settings.amqp_uri, resender)
    yield Leased(restore, stores.lease("escalation", "departments"))
    leadership = Leadership(stores.lease("escalation", "clock gauges"))
    metrics.clocks_shown_while(leadership.believed)
    watch = OrphanWatch(desk.documents, desk.log, reactions.checkpoints, metrics)
    yield Leased(watch, leadership)
    yield Leased(ArmedClocks(desk.documents, metrics), leadership)
