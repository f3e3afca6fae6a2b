"""The platform's metrics: what every process shows, whatever it decides.

Base units (seconds, no milliseconds), names `shaobao_<thing>_<unit>[_total]`, bounded labels. A
label never holds an id: one time series a work order would kill the server that scrapes us.
`Bounded` enforces it when a label is used, so a slip is seen in the first test that runs it.
The registry is passed in: several services may live in one process.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from services.common.contracts.forms import UNIT_CODE

#: Every label there is, and what its values look like. A service's own metrics use these too.
LABELS: Mapping[str, re.Pattern[str]] = {
    "service": re.compile(r"[a-z]{1,20}"),
    "log": re.compile(r"[a-z]{1,20}"),
    "consumer": re.compile(r"[a-z][a-z_.-]{0,39}"),
    "queue": re.compile(r"[a-z][a-z.-]{0,19}\.(replies|dead|calls|outcomes)"),
    "clock_kind": re.compile(r"[a-z][a-z_]{0,29}"),
    "outcome": re.compile(r"[a-z][a-z_]{0,29}"),
    "method": re.compile(r"[A-Z]{3,7}"),
    "route": re.compile(r"unmatched|/|(/[a-z][a-z0-9_.-]{0,23}|/<([a-z]+:)?[a-z_]+>)+"),
    "status": re.compile(r"[1-5]\d\d"),
    "unit": re.compile(UNIT_CODE.pattern),
    "tier": re.compile(r"[a-z_]{1,20}"),
    "task": re.compile(r"[a-z]{2,16}( [a-z]{2,16}){0,2}|following for [a-z][a-z_.-]{0,39}"),
}
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class UnboundedLabel(ValueError):
    """A label that isn't in `LABELS`, or a value that looks like an id. Aggregate instead."""


class Bounded:
    """A metric whose label values are checked the first time each combination is used."""

    def __init__(self, metric: Any, labels: Sequence[str]) -> None:
        unknown = [label for label in labels if label not in LABELS]
        if unknown:
            raise UnboundedLabel(f"not in LABELS: {', '.join(unknown)}")
        self._metric = metric
        self._labels = tuple(labels)
        self._children: dict[tuple[str, ...], Any] = {}

    def at(self, *values: str) -> Any:
        """Return the time series for `values`, in the order of the labels.

        Raises:
            UnboundedLabel: A value doesn't look like its label's.
        """
        child = self._children.get(values)
        if child is None:
            child = self._children[values] = self._checked(values)
        return child

    def _checked(self, values: tuple[str, ...]) -> Any:
        for label, value in zip(self._labels, values, strict=True):
            if not LABELS[label].fullmatch(value):
                raise UnboundedLabel(f"{label}={value}")
        return self._metric.labels(*values)


@dataclass(frozen=True, slots=True)
class MetricFactory:
    """Defines bounded metrics of one service in one registry."""

    registry: CollectorRegistry
    service: str

    def counter(self, name: str, text: str, *labels: str) -> Bounded:
        """Return a counter; `name` ends with `_total`."""
        return Bounded(Counter(name, text, labels, registry=self.registry), labels)

    def gauge(self, name: str, text: str, *labels: str) -> Bounded:
        """Return a gauge."""
        return Bounded(Gauge(name, text, labels, registry=self.registry), labels)

    def seconds(self, name: str, text: str, *labels: str) -> Bounded:
        """Return a histogram of seconds."""
        histogram = Histogram(name, text, labels, registry=self.registry, buckets=_SECONDS)
        return Bounded(histogram, labels)


class WhileLeading(Collector):
    """Shows gauges of which one replica knows the value, in that replica alone.

    A gauge keeps its last value for ever; without this, so would a replica that lost its lease.
    """

    def __init__(self) -> None:
        """Show nothing until somebody says who leads."""
        self.gauges = CollectorRegistry()
        self.leads: Callable[[], bool] = lambda: False

    def describe(self) -> Iterable[Metric]:
        """Name the gauges, so that no other may have their names."""
        return self.gauges.collect()

    def collect(self) -> Iterable[Metric]:
        """Yield the gauges, or nothing at all."""
        return self.gauges.collect() if self.leads() else ()


class PlatformMetrics:
    """The metrics that every service has; gauges are set by the tasks that look."""

    def __init__(self, registry: CollectorRegistry, service: str) -> None:
        self.registry = registry
        self.service = service
        self._while_leading = WhileLeading()
        make = MetricFactory(registry, service)
        self._append = make.seconds(
            "shaobao_append_seconds",
            "Time to append one commit, until it is durable.",
            "service",
            "outcome",
        )
        self._http = make.seconds(
            "shaobao_http_request_seconds",
            "Time from the headers of a request to its answer.",
            "service",
            "method",
            "route",
            "status",
        )
        self._define_following(make)
        self._define_trouble(make)
        self._define_clocks(make, MetricFactory(self._while_leading.gauges, service))
        registry.register(self._while_leading)

    def _define_following(self, make: MetricFactory) -> None:
        self._pending = make.gauge(
            "shaobao_pending_commits", "Commits not yet published.", "service", "log"
        )
        self._relay_lag = make.gauge(
            "shaobao_relay_lag_seconds", "Age of the oldest unpublished commit.", "service", "log"
        )
        self._refused = make.counter(
            "shaobao_refused_messages_total",
            "Messages of events that a full queue of a subscriber has not taken.",
            "service",
            "log",
        )
        self._consumer_lag = make.gauge(
            "shaobao_consumer_lag_commits",
            "Commits of a log that a consumer has not yet applied.",
            "service",
            "consumer",
            "log",
        )
        self._retrying = make.gauge(
            "shaobao_retrying_streams",
            "Streams that a consumer could not handle and tries again.",
            "service",
            "consumer",
        )
        self._connected = make.gauge(
            "shaobao_consumer_connected", "1 if messages of the broker can arrive.", "service"
        )

    def _define_trouble(self, make: MetricFactory) -> None:
        self._parked = make.gauge(
            "shaobao_parked_streams", "Streams that a consumer has parked.", "service", "consumer"
        )
        self._dead = make.counter(
            "shaobao_dead_letters_total",
            "Messages that could not even be read.",
            "service",
            "queue",
        )
        self._faults = make.counter(
            "shaobao_task_faults_total", "Failed turns of background tasks.", "service", "task"
        )

    def _define_clocks(self, make: MetricFactory, led: MetricFactory) -> None:
        self._orphans = led.gauge(
            "shaobao_orphan_work_orders", "Open work orders without an armed clock.", "service"
        )
        self._armed = led.gauge(
            "shaobao_clocks_armed", "Clocks that can still fire.", "service", "clock_kind"
        )
        self._missed = make.counter(
            "shaobao_clocks_missed_total", "Clock steps missed.", "service", "clock_kind"
        )
        self._late = make.seconds(
            "shaobao_clock_firing_lag_seconds",
            "Machine time between a clock's due time and the record of its miss.",
            "service",
            "clock_kind",
        )

    def appended(self, outcome: str, seconds: float) -> None:
        """Note an append: `appended`, `conflict` or `failed`."""
        self._append.at(self.service, outcome).observe(seconds)

    def refused(self, log: str, count: int) -> None:
        """Count messages that met a full queue."""
        self._refused.at(self.service, log).inc(count)

    def http_answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Note an answer. `route` is the template."""
        self._http.at(self.service, method, route, str(status)).observe(seconds)

    def pending(self, log: str, commits: int, oldest_age_seconds: float) -> None:
        """Set how much waits for the relay, and since when (0 if nothing does)."""
        self._pending.at(self.service, log).set(commits)
        self._relay_lag.at(self.service, log).set(oldest_age_seconds)

    def behind(self, consumer: str, log: str, commits: int) -> None:
        """Set how many commits `consumer` has yet to apply."""
        self._consumer_lag.at(self.service, consumer, log).set(commits)

    def parked(self, consumer: str, streams: int) -> None:
        """Set how many streams `consumer` has parked."""
        self._parked.at(self.service, consumer).set(streams)

    def retrying(self, consumer: str, streams: int) -> None:
        """Set how many streams a consumer tries again."""
        self._retrying.at(self.service, consumer).set(streams)

    def connected(self, connected: bool) -> None:
        """Set whether messages of the broker can arrive."""
        self._connected.at(self.service).set(int(connected))

    def task_failed(self, task: str) -> None:
        """Count a failed turn of a background task."""
        self._faults.at(self.service, task).inc()

    def dead_lettered(self, queue: str) -> None:
        """Count a message that went to the dead letters."""
        self._dead.at(self.service, queue).inc()

    def clocks_shown_while(self, leads: Callable[[], bool]) -> None:
        """Show orphans and armed clocks while `leads()`, which asks nobody; else not at all."""
        self._while_leading.leads = leads

    def orphans(self, orders: int) -> None:
        """Set the number of open orders without an armed clock. Must be 0."""
        self._orphans.at(self.service).set(orders)

    def clocks_armed(self, clock_kind: str, clocks: int) -> None:
        """Set how many clocks of a kind can still fire."""
        self._armed.at(self.service, clock_kind).set(clocks)

    def clock_missed(self, clock_kind: str, firing_lag_seconds: float) -> None:
        """Count a missed step, and how long after its due time it was recorded."""
        self._missed.at(self.service, clock_kind).inc()
        self._late.at(self.service, clock_kind).observe(firing_lag_seconds)
