"""The figures at `/metrics`: refreshed in the background by one leader, served as they stand.

A scrape computes nothing. A refresh reads the month's records in pages and gives way between
them, so no greenlet holds the others up; how old what is shown is, is shown too. A replica without
the lease shows no figures (`Leadership`), so sums over replicas count once.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from services.common.contracts.codec import time_text
from services.common.work.leading import Leadership
from services.common.work.wake import Wake
from services.metrics.books import Books, Standing
from services.metrics.gathering import added_up, figure_families, unit_info
from services.metrics.metrics_definitions import Exposition, family
from services.metrics.months import month_of

REFRESH_SECONDS: Final = 5.0
#: As long as no record changes, only time does: what is due is counted anew so often.
UNCHANGED_SECONDS: Final = 60.0
#: A refresh takes at most a fifth of the time: the others are pause.
PAUSE_FACTOR: Final = 4.0
#: How often it looks whether it is time.
LOOK_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one refresh found."""

    families: tuple[GaugeMetricFamily, ...]
    finished_at: float  #: machine time, monotonic
    took_seconds: float


class FigureCollector(Collector):
    """Shows the last snapshot while this process is the leader."""

    def __init__(
        self, leadership: Leadership, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Start with nothing to show."""
        self._leadership = leadership
        self._monotonic = monotonic
        self._snapshot: Snapshot | None = None

    def show(self, snapshot: Snapshot) -> None:
        """Show `snapshot` from now on."""
        self._snapshot = snapshot

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Name nothing in advance: registering must not read anything."""
        return ()

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Yield what is shown."""
        now = self._monotonic()
        leading = self._leadership.believed()
        yield _single(
            "shaobao_figures_leader", "1 if this process exports the figures.", int(leading)
        )
        if leading and self._snapshot is not None:
            age = now - self._snapshot.finished_at
            yield _single("shaobao_figures_age_seconds", "Since the last refresh.", age)
            took = self._snapshot.took_seconds
            yield _single("shaobao_figures_refresh_seconds", "What the last refresh took.", took)
            yield from self._snapshot.families


def _single(name: str, text: str, value: float) -> GaugeMetricFamily:
    found = family(name, text)
    found.add_metric([], value)
    return found


class FigureExport:
    """The task that keeps the collector's snapshot fresh; for the leader alone (`Leased`)."""

    name: Final = "figures"
    wake: Wake | None = None

    def __init__(
        self,
        books: Books,
        leadership: Leadership,
        collector: FigureCollector,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Wire the task; `leadership` is renewed between pages, a refresh may take long."""
        self._books = replace(books, pause=self._between_pages)
        self._give_way = books.pause
        self._leadership = leadership
        self._collector = collector
        self._monotonic = monotonic
        self._next_at = 0.0
        self._gathered: Mapping[str, int] | None = None  #: what was seen of it
        self._until = 0.0

    def turn(self) -> float:
        """Refresh when it is time.

        Raises:
            Transient: The database is away or the registry still on its way.
        """
        started = self._monotonic()
        if started < self._next_at:
            return min(LOOK_SECONDS, self._next_at - started)
        seen = self._seen()
        if seen == self._gathered and started < self._until:
            self._next_at = started + REFRESH_SECONDS
            return LOOK_SECONDS
        families = gathered(self._books)
        self._gathered, self._until = seen, started + UNCHANGED_SECONDS
        finished = self._monotonic()
        took = finished - started
        self._collector.show(Snapshot(families, finished, took))
        self._next_at = finished + max(REFRESH_SECONDS, PAUSE_FACTOR * took)
        return LOOK_SECONDS

    def _seen(self) -> Mapping[str, int]:
        """Return what the records rest on: how often their cursors have moved."""
        saved = self._books.cursors.load_all()
        return {consumer: cursor.revision for consumer, cursor in saved.items()}

    def _between_pages(self) -> None:
        self._give_way()
        self._leadership.hold()


def gathered(books: Books) -> tuple[GaugeMetricFamily, ...]:
    """Return every family of the present month, in one pass over the records."""
    now = time_text(books.clock.now())
    window = books.window(month_of(now))
    chart = books.chart_of(window)
    standing = books.as_of()
    added = added_up(books.shares(window), chart)
    exposition = Exposition()
    month = family("shaobao_month_info", "The month that shaobao_month_ gauges are of.", "month")
    exposition.add(month, {"month": window.month}, 1)
    families = figure_families(exposition, added, chart, books.pause)
    families += [month, unit_info(exposition, chart), *_followed(exposition, standing)]
    text = "Samples that a code or name of the registry kept from being shown."
    return (*families, _single("shaobao_figures_left_out_samples", text, exposition.left_out))


def _followed(
    exposition: Exposition, standing: Mapping[str, Standing]
) -> tuple[GaugeMetricFamily, ...]:
    text = "Position of a log up to which the figures know everything."
    position = family("shaobao_figures_position", text, "log")
    text = "Commits of a log that the figures don't know yet, at most."
    behind = family("shaobao_figures_behind_commits", text, "log")
    text = "Streams of a log that are parked or tried again: what they hold may be missing."
    troubled = family("shaobao_figures_troubled_streams", text, "log")
    for log, found in standing.items():
        exposition.add(troubled, {"log": log}, found.troubled)
        exposition.add(position, {"log": log}, found.position)
        exposition.add(behind, {"log": log}, found.behind)
    return position, behind, troubled
