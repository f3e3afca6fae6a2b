"""The figures at `/metrics`: refreshed in the background by one leader, served as they stand.

A scrape computes nothing. A refresh reads the records that have moved, in pages, and gives way
between them, so no greenlet holds the others up; how old what is shown is, is shown too. A replica
without the lease shows no figures (`Leadership`), so sums over replicas count once.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from services.common.work.leading import Leadership
from services.common.work.wake import Wake
from services.metrics.books import Books, Standing
from services.metrics.comparing import Comparison
from services.metrics.gathering import added_up, figure_families, unit_info
from services.metrics.metrics_definitions import Exposition, family
from services.metrics.months import present
from services.metrics.present_month import Followed, MonthSeen, PresentMonth

REFRESH_SECONDS: Final = 5.0
#: As long as no record changes, only time does: what runs is counted anew so often.
UNCHANGED_SECONDS: Final = 60.0
#: A refresh takes at most a fifth of the time: the others are pause.
PAUSE_FACTOR: Final = 4.0
Families = tuple[GaugeMetricFamily, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one refresh found."""

    families: Families
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
        self._compared = self._different = 0

    def show(self, snapshot: Snapshot) -> None:
        """Show `snapshot` from now on."""
        self._snapshot = snapshot

    def compared(self, comparison: Comparison) -> None:
        """Show what was compared until now."""
        self._compared, self._different = comparison.records, comparison.differences

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Name nothing in advance: registering must not read anything."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Yield what is shown."""
        now = self._monotonic()
        leading = self._leadership.believed()
        yield _single(
            "shaobao_figures_leader", "1 if this process exports the figures.", int(leading)
        )
        text = "Records read once more and compared with what the figures keep of them."
        yield CounterMetricFamily("shaobao_figures_compared_records", text, self._compared)
        text = "Of those, records of which something else was kept: each a fault of ours."
        yield CounterMetricFamily("shaobao_figures_differences", text, self._different)
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
        followed: Followed,
        leadership: Leadership,
        collector: FigureCollector,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Wire the task; `leadership` is renewed between pages, a refresh may take long."""
        self._give_way = books.pause
        self._leadership = leadership
        self._collector = collector
        self._monotonic = monotonic
        self._month = PresentMonth(replace(books, pause=self._between_pages), followed)
        self._comparison = Comparison(self._month, monotonic)
        self._next_at = 0.0
        self._until = 0.0

    def turn(self) -> float:
        """Refresh when it is time and something has moved; compare a little.

        Raises:
            Transient: The database is away or the registry still on its way.
        """
        started = self._monotonic()
        if started >= self._next_at:
            if started >= self._until or self._month.has_moved():
                self._refresh(started)
            else:
                self._next_at = started + REFRESH_SECONDS
            self._comparison.turn()
            self._collector.compared(self._comparison)
        return min(REFRESH_SECONDS, max(0.0, self._next_at - self._monotonic()))

    def forget(self) -> None:
        """Keep nothing: this process doesn't lead, and hears of nothing that moves."""
        self._month.forget()
        self._comparison.stop()
        self._next_at = self._until = 0.0

    def _refresh(self, started: float) -> None:
        families = families_of(self._month.refresh(), self._between_pages)
        finished = self._monotonic()
        took = finished - started
        self._collector.show(Snapshot(families, finished, took))
        self._until = started + UNCHANGED_SECONDS
        self._next_at = finished + max(REFRESH_SECONDS, PAUSE_FACTOR * took)

    def _between_pages(self) -> None:
        self._give_way()
        self._leadership.hold()


def gathered(books: Books) -> Families:
    """Return every family of the present month, in one pass over all records: the plain way.

    What is shown is kept from refresh to refresh, and the same.
    """
    window = present(books.clock.now())
    chart = books.chart_of(window)
    standing = books.as_of()
    seen = MonthSeen(window, chart, added_up(books.shares(window), chart), standing)
    return families_of(seen, books.pause)


def families_of(seen: MonthSeen, pause: Callable[[], None]) -> Families:
    """Return every family of a month as it was seen; gives way between them."""
    exposition = Exposition()
    month = family("shaobao_month_info", "The month that shaobao_month_ gauges are of.", "month")
    exposition.add(month, {"month": seen.window.month}, 1)
    families = figure_families(exposition, seen.added, seen.chart, pause)
    families += [month, unit_info(exposition, seen.chart), *_followed(exposition, seen.standing)]
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
