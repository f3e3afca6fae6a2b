"""The desk of a command service on real stores, and the tasks that run beside its entry points."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.common.config import ServedSettings
from services.common.contracts.commit import Commit, Draft, Tip
from services.common.desk import Desk
from services.common.eventlog.charts import LiveChart
from services.common.eventlog.mongo import durable
from services.common.eventlog.mongo_log import COMMITS, MongoLog, create_indexes
from services.common.eventlog.mongo_outbox import MongoOutbox
from services.common.eventlog.ports import Stamp, StreamConflict, Unreadable
from services.common.following.bell import Bell
from services.common.following.mongo_documents import MongoDocuments
from services.common.following.sweeper import sweeping
from services.common.http.health import Vitals
from services.common.messaging.declare import declaring
from services.common.messaging.publisher import AmqpPublisher
from services.common.messaging.relay import Relay
from services.common.observability.metrics import PlatformMetrics
from services.common.running.business_time import skew_of
from services.common.running.composing import composed_desk
from services.common.running.stores import Stores
from services.common.vault.master_keys import MasterKeys
from services.common.vault.mongo import MongoTextRows
from services.common.vault.vault import Vault
from services.common.work.tasks import Leased, Task

GAUGES_SECONDS: Final = 5.0
CHART_SECONDS: Final = 10.0
TEXT_SWEEP_SECONDS: Final = 3600.0


class MeasuredLog:
    """A log whose appends are measured."""

    def __init__(self, log: MongoLog, metrics: PlatformMetrics) -> None:
        """Measure `log`."""
        self.name = log.name
        self._log = log
        self._metrics = metrics

    def read(self, stream: str, after: int = 0, upto: int | None = None) -> Iterator[Commit]:
        """Read; see `LogReader`."""
        return self._log.read(stream, after, upto)

    def read_many(self, streams: Iterable[str]) -> Iterator[Commit]:
        """Read several streams; see `LogReader`."""
        return self._log.read_many(streams)

    def stamps(self, after: int, limit: int) -> Sequence[Stamp]:
        """Read the order; see `LogReader`."""
        return self._log.stamps(after, limit)

    def head(self) -> int:
        """Return the end of the order."""
        return self._log.head()

    def commits(self, after: int, limit: int) -> Sequence[Commit | Unreadable]:
        """Read in the order; see `LogReader`."""
        return self._log.commits(after, limit)

    def positions(self, commits: Iterable[tuple[str, int]]) -> Mapping[tuple[str, int], int]:
        """Return where commits stand; see `LogReader`."""
        return self._log.positions(commits)

    def append(self, draft: Draft, after: Tip) -> Commit:
        """Append and note how long it took."""
        started = time.monotonic()
        outcome = "failed"
        try:
            commit = self._log.append(draft, after)
            outcome = "appended"
        except StreamConflict:
            outcome = "conflict"
            raise
        finally:
            self._metrics.appended(outcome, time.monotonic() - started)
        return commit

    def append_many(self, commits: Sequence[Commit]) -> Sequence[bool]:
        """Append a group and note of each how long the group took."""
        started = time.monotonic()
        outcomes = ["failed"] * len(commits)
        try:
            done = self._log.append_many(commits)
            outcomes = ["appended" if each else "conflict" for each in done]
        finally:
            for outcome in outcomes:
                self._metrics.appended(outcome, time.monotonic() - started)
        return done


def desk_of(
    settings: ServedSettings, master: MasterKeys, service: str, stores: Stores,
    metrics: PlatformMetrics,
) -> Desk:  # fmt: skip
    """Return the desk of `service` for its process; indexes are made, appends are measured.

    The chart may still be empty.

    Raises:
        AnotherClock: The installation has another clock than `settings` say.
        StoreAway: The database is not there yet.
    """
    log = MeasuredLog(MongoLog(service, stores.log(service), skew_of(settings)), metrics)
    documents = MongoDocuments(stores.view(service))
    desk = composed_desk(
        settings, master, stores, log, documents
    )  # writes nothing: see AnotherClock
    create_indexes(stores.log(service))
    MongoTextRows(stores.client, service, stores.prefix).prepare()
    return desk


def make_indexes(
    stores: Stores, service: str, indexes: Mapping[str, Iterable[Sequence[str]]]
) -> None:
    """Make the indexes of a service's read models (model -> the sequences of fields)."""
    documents = MongoDocuments(stores.view(service))
    for model, indexed in indexes.items():
        documents.create_indexes(model, indexed)


def vitals_of(stores: Stores, chart: LiveChart, metrics: PlatformMetrics) -> Vitals:
    """Return what a process shows of itself."""
    checks = {
        "database": stores.answers,
        "registry": lambda: None if chart.ready else "no registry has been adopted yet",
    }
    return Vitals(metrics.registry, checks)


def command_tasks(
    desk: Desk, settings: ServedSettings, stores: Stores, bell: Bell, metrics: PlatformMetrics
) -> Iterator[Task]:
    """Yield relay, sweeps and housekeeping of a command service, leased where one is enough."""
    service = desk.service
    outbox = MongoOutbox(service, stores.log(service), desk.clock)
    publisher = AmqpPublisher(settings.amqp_uri, declare=declaring(service))
    yield Leased(Relay(outbox, publisher), stores.lease(service, "relay"))
    yield OutboxGauges(outbox, desk, metrics)
    yield Leased(TextSweep(desk.vault, stores), stores.lease(service, "texts"))
    yield from following_tasks(service, stores, bell, desk.chart, metrics)


def following_tasks(
    service: str, stores: Stores, bell: Bell, chart: LiveChart, metrics: PlatformMetrics
) -> Iterator[Task]:
    """Yield what keeps every follower of `bell` from missing anything."""
    for follower in bell:
        name = follower.consumer.name
        for task in sweeping(follower):
            yield Leased(task, stores.lease(service, f"{task.name} for {name}"))
    yield FollowingGauges(bell, metrics)
    yield ChartRefresh(chart)


@dataclass(frozen=True, slots=True)
class ChartRefresh:
    """Reads new adoptions of the registry, also if no doorbell told of them."""

    chart: LiveChart
    name: str = "chart"

    def turn(self) -> float:
        """Read what is new."""
        self.chart.refresh()
        return CHART_SECONDS if self.chart.ready else 1.0


@dataclass(frozen=True, slots=True)
class OutboxGauges:
    """Shows what waits for the relay, and for how much business time."""

    outbox: MongoOutbox
    desk: Desk
    metrics: PlatformMetrics
    name: str = "outbox gauges"

    def turn(self) -> float:
        """Look once."""
        oldest = self.outbox.oldest_pending()
        age = (self.desk.clock.now() - oldest).total_seconds() if oldest is not None else 0.0
        self.metrics.pending(self.outbox.name, self.outbox.pending(), max(0.0, age))
        return GAUGES_SECONDS


@dataclass(frozen=True, slots=True)
class FollowingGauges:
    """Shows how far behind each consumer is, what it has parked and what it tries again."""

    bell: Bell
    metrics: PlatformMetrics
    name: str = "following gauges"

    def turn(self) -> float:
        """Look once."""
        for follower in self.bell:
            consumer = follower.consumer.name
            self.metrics.parked(consumer, len(follower.checkpoints.parked()))
            self.metrics.retrying(consumer, follower.checkpoints.retrying())
            for name in follower.logs:
                self.metrics.behind(consumer, name, follower.behind(name))
        return GAUGES_SECONDS


@dataclass(frozen=True, slots=True)
class TextSweep:
    """Removes sealed texts whose command never committed, after a day."""

    vault: Vault
    stores: Stores
    name: str = "text sweep"

    def turn(self) -> float:
        """Sweep once."""
        commits = durable(self.stores.log(self.vault.service), COMMITS)
        self.vault.sweep(lambda command: commits.find_one({"command_id": command}) is not None)
        return TEXT_SWEEP_SECONDS
