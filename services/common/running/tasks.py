"""What goes on in every service's process beside its entry points, and what rings it.

Of the replicas of a service one leads: it gives positions, publishes and follows. All serve HTTP.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from services.common.clock import machine_seconds
from services.common.config import ServedSettings
from services.common.contracts.commit import Commit
from services.common.contracts.doorbell import Doorbell
from services.common.desk import Desk
from services.common.eventlog.charts import LiveChart
from services.common.eventlog.mongo import durable
from services.common.eventlog.mongo_log import COMMITS
from services.common.eventlog.mongo_outbox import MongoOutbox
from services.common.following.batches import Consumer
from services.common.following.bell import Bell, HeadWatch
from services.common.following.cursors import Cursor, Cursors
from services.common.following.followed_log import FollowedLog
from services.common.following.holding import parked_in
from services.common.following.mongo_cursors import MongoCursors
from services.common.following.processor import Processor
from services.common.following.processors import Processors, following, processors_of
from services.common.following.sequencer import Sequencer
from services.common.following.upgrading import begin
from services.common.messaging.declare import declaring
from services.common.messaging.doorbells import RingLeader
from services.common.messaging.publisher import AmqpPublisher
from services.common.messaging.relay import Relay
from services.common.observability.metrics import PlatformMetrics
from services.common.running.appended_log import AppendedLog
from services.common.running.stores import Stores
from services.common.vault.vault import Vault
from services.common.work.leading import KeepLeading, Leadership
from services.common.work.tasks import Gathering, Leased, Task
from services.common.work.wake import Wake

GAUGES_SECONDS: Final = 10.0
#: Adoptions are seen where dispatch's log is followed; this is for who follows nothing of it.
CHART_SECONDS: Final = 60.0
TEXT_SWEEP_SECONDS: Final = 3600.0
LEADER: Final = "leader"
#: When busy, how long commits gather between two turns of the sequencer, and of the relay.
PLACED_SECONDS: Final = 0.005
PUBLISHED_SECONDS: Final = 0.01


@dataclass(frozen=True, slots=True)
class Upkeep:
    """How a process follows: its processors, what rings them, and whether it is the one to do so.

    It is the ear to which doorbells are handed.
    """

    processors: Processors
    bell: Bell
    leadership: Leadership

    def tasks(self, chart: LiveChart, metrics: PlatformMetrics) -> Iterator[Task]:
        """Yield what keeps every consumer at the end of its logs."""
        yield Leased(KeepLeading(self.leadership), self.leadership)
        yield HeadWatch(self.bell)
        yield from following(self.processors, self.bell, self.leadership)
        yield FollowingGauges(self, metrics)
        yield ChartRefresh(chart)

    def rung(self, doorbell: Doorbell) -> None:
        """Hear that a log has advanced."""
        self.bell.ring(doorbell.log, doorbell.position)

    def hears(self, *, hears: bool) -> None:
        """Look where the logs end, now and more often while no doorbell comes."""
        self.bell.hears(hears=hears)


def upkeep_of(
    service: str,
    stores: Stores,
    consumers: Iterable[Consumer],
    chart: LiveChart,
    cursors: Cursors | None = None,
) -> Upkeep:
    """Return how the process of `service` follows; each consumer has a cursor then.

    `cursors`: by which it reaches those of the service, if it wants to know of each move.

    Raises:
        StoreAway: The database is not there yet.
    """
    consumers = tuple(consumers)
    logs = {name: FollowedLog(log) for name, log in stores.readers().items()}
    cursors = cursors or MongoCursors(stores.view(service))
    begin(consumers, cursors, stores.view(service), logs)
    processors = processors_of(
        consumers, logs=logs, cursors=cursors, observers=(chart.observe,), patient=True
    )
    return Upkeep(processors, Bell(logs), Leadership(stores.lease(service, LEADER)))


@dataclass(frozen=True, slots=True)
class Ringing:
    """What a command service's process does when somebody appends or rings."""

    upkeep: Upkeep
    sequencer: Sequencer
    relay: Relay
    ring_leader: RingLeader

    def appended(self, commits: Sequence[Commit], epoch: int) -> None:
        """Hear that this process has appended: it goes on here, or where the leader is."""
        self.sequencer.appended(commits, epoch)
        self.ring_leader.appended()

    def rung(self, doorbell: Doorbell) -> None:
        """Hear a doorbell."""
        if doorbell.type == "log.appended":
            self.sequencer.look()
        else:
            self.upkeep.rung(doorbell)

    def hears(self, *, hears: bool) -> None:
        """Look for what other replicas have appended meanwhile, and where the logs end."""
        self.sequencer.look()
        self.upkeep.hears(hears=hears)


def command_tasks(
    desk: Desk, log: AppendedLog, settings: ServedSettings, stores: Stores,
    upkeep: Upkeep, metrics: PlatformMetrics,
) -> tuple[tuple[Task, ...], Ringing]:  # fmt: skip
    """Return the tasks of a command service, and what hears its doorbells."""
    service, leadership = desk.service, upkeep.leadership
    outbox = MongoOutbox(service, stores.log(service), desk.clock)
    publisher = AmqpPublisher(settings.amqp_uri, declare=declaring(service))
    own = upkeep.bell.logs[service]
    relay = Relay(outbox, own, publisher, lambda count: metrics.refused(service, count))

    def grown(head: int, commits: Sequence[Commit]) -> None:
        """Let this process follow, and the relay publish, up to `head`."""
        own.give(commits)
        upkeep.bell.ring(service, head)
        relay.ring()

    sequencer = Sequencer(outbox, grown)
    bells = AmqpPublisher(settings.amqp_uri, declare=declaring(service))
    ringing = Ringing(upkeep, sequencer, relay, RingLeader(service, bells, leadership.believed))
    log.epoch, log.appended = lambda: sequencer.epoch, ringing.appended
    tasks: tuple[Task, ...] = (
        Gathering(Leased(sequencer, leadership, outbox.forget), PLACED_SECONDS),
        Gathering(Leased(relay, leadership), PUBLISHED_SECONDS),
        ringing.ring_leader,
        OutboxGauges(outbox, desk, metrics),
        Leased(TextSweep(desk.vault, stores), leadership),
        *upkeep.tasks(desk.chart, metrics),
    )
    return tasks, ringing


@dataclass(frozen=True, slots=True)
class ChartRefresh:
    """Reads new adoptions of the registry, also if no doorbell told of them."""

    chart: LiveChart
    name: str = "chart"
    wake: Wake | None = None

    def turn(self) -> float:
        """Read what is new."""
        self.chart.refresh()
        return CHART_SECONDS if self.chart.ready else 1.0


@dataclass(frozen=True, slots=True)
class OutboxGauges:
    """Shows what waits for the relay, and for how long, in seconds of the machine."""

    outbox: MongoOutbox
    desk: Desk
    metrics: PlatformMetrics
    name: str = "outbox gauges"
    wake: Wake | None = None

    def turn(self) -> float:
        """Look once."""
        waiting = self.outbox.pending()
        oldest = self.outbox.oldest_pending() if waiting else None
        clock = self.desk.clock
        age = machine_seconds(clock.now() - oldest, clock) if oldest is not None else 0.0
        self.metrics.pending(self.outbox.name, waiting, max(0.0, age))
        return GAUGES_SECONDS


@dataclass(frozen=True, slots=True)
class FollowingGauges:
    """Shows how far behind each consumer is, what it has parked and what it tries again."""

    upkeep: Upkeep
    metrics: PlatformMetrics
    name: str = "following gauges"
    wake: Wake | None = None

    def turn(self) -> float:
        """Look once."""
        leads = self.upkeep.leadership.believed()
        saved = {} if leads else self.upkeep.processors.cursors.load_all()
        for each in self.upkeep.processors:
            # who follows knows; who doesn't must ask
            self._show(each, each.cursor() if leads else saved.get(each.consumer.name, Cursor()))
        return GAUGES_SECONDS

    def _show(self, processor: Processor, cursor: Cursor) -> None:
        consumer = processor.consumer.name
        parked = parked_in(cursor.held)
        self.metrics.parked(consumer, len(parked))
        self.metrics.retrying(consumer, len(cursor.held) - len(parked))
        for name in processor.logs:
            head = self.upkeep.bell.logs[name].known_head
            self.metrics.behind(consumer, name, max(0, head - cursor.positions.get(name, 0)))


@dataclass(frozen=True, slots=True)
class TextSweep:
    """Removes sealed texts whose command never committed, after a day."""

    vault: Vault
    stores: Stores
    name: str = "text sweep"
    wake: Wake | None = None

    def turn(self) -> float:
        """Sweep once."""
        commits = durable(self.stores.log(self.vault.service), COMMITS)
        self.vault.sweep(lambda command: commits.find_one({"command_id": command}) is not None)
        return TEXT_SWEEP_SECONDS
