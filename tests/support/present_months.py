"""The figures of the present month, kept from refresh to refresh, beside the plain way to count."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from services.common.clock import SteppedClock
from services.common.following.memory import MemoryCursors
from services.common.following.processors import Processors, processors_of
from services.metrics.exporter import Families, families_of, gathered
from services.metrics.moves import WatchedCursors
from services.metrics.present_month import PresentMonth
from services.metrics.wiring import consumers
from tests.support.examples import TOWN
from tests.support.examples_metrics import (
    MARKET,
    NEIGHBOUR,
    OTHER_TOWN,
    UNITS,
    MetricsWorld,
    tables,
)
from tests.support.following import settle
from tests.support.metrics_histories import Subjects, happens, subjects_of

Sample = tuple[str, tuple[tuple[str, str], ...]]
#: What time alone moves without anything else having moved.
RUNNING = frozenset({"shaobao_month_held_seconds", "shaobao_month_absent_seconds"})


def samples(families: Families) -> Mapping[Sample, float]:
    """Return every sample by its name and labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


@dataclass(slots=True)
class Life:
    """Metrics' leader through a history: it follows, others do, the registry changes, time goes.

    `lag`: how far its clock is behind that of those who append.
    """

    choose: Random
    world: MetricsWorld = field(default_factory=MetricsWorld)
    lag: timedelta = timedelta(0)
    stored: MemoryCursors = field(default_factory=MemoryCursors)
    month: PresentMonth = field(init=False)
    subjects: Subjects = field(init=False)
    shown: Mapping[Sample, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Let the leader follow and keep figures."""
        world = self.world
        world.cursors = WatchedCursors(self.stored)
        world.processors = self._following(world.moved, world.cursors)
        self.month = PresentMonth(replace(world.books, clock=self._clock), world.followed)
        self.subjects = subjects_of(world, self.choose.randint(1, 5), self.choose.randint(0, 3))

    @property
    def _clock(self) -> SteppedClock:
        return SteppedClock(self._now)

    def _now(self) -> datetime:
        return self.world.time.read() - self.lag

    def _following(self, documents: Any, cursors: Any) -> Processors:
        return processors_of(
            consumers(documents),
            logs=self.world.logs,
            cursors=cursors,
            observers=(self.world.chart.observe,),
        )

    # -- what happens ----------------------------------------------------------------------------

    def go_on(self) -> None:
        """Let one thing happen."""
        often = [self.something, self.something, self.something, self.time_goes, self.follows]
        seldom = [self.another_follows, self.registry_changes, self.clocks_differ, self.a_part]
        self.choose.choice([*often, *often, *seldom])()

    def something(self) -> None:
        """Something happens to a request or a whistle."""
        happens(self.subjects, self.choose)

    def time_goes(self) -> None:
        """Time goes on, by anything from a microsecond to more than a month."""
        longest = self.choose.choice((1, 1_500_000, 3_600_000_000, 86_400_000_000 * 40))
        moved = timedelta(microseconds=self.choose.randint(0, longest))
        self.world.time.move_to(self.world.time.read() + moved)

    def follows(self) -> None:
        """The leader follows to the ends of the logs."""
        self.world.follow()

    def a_part(self) -> None:
        """One of the leader's processors takes a turn."""
        self.choose.choice(list(self.world.processors)).turn()

    def another_follows(self) -> None:
        """Another process follows or replays beside; the leader finds its cursors moved."""
        settle(self.world.logs, self._following(self.world.documents, self.stored))
        for each in self.world.processors:
            found = self.world.cursors.load(each.consumer.name)
            if each.is_overtaken_by(found):
                each.start_again()

    def registry_changes(self) -> None:
        """Villages change towns, a department goes, weights change."""
        now = self.world.time.read()
        if self.choose.random() < 0.3:
            weights = [
                {**row, "value": row["value"] + 1} if row["name"].startswith("composite") else row
                for row in tables()["policies"]
            ]
            self.world.adopt("policies", weights, now)
            return
        town = self.choose.choice((TOWN, OTHER_TOWN))
        rows = [{**row, "parent": town} if row["code"] == NEIGHBOUR else row for row in UNITS]
        gone = self.choose.choice((None, MARKET))
        self.world.adopt("units", [row for row in rows if row["code"] != gone], now)

    def clocks_differ(self) -> None:
        """The leader's clock is put forward or back."""
        self.lag = self.choose.choice((timedelta(0), timedelta(hours=5), timedelta(seconds=1.5)))

    # -- what is shown ---------------------------------------------------------------------------

    def refreshed(self) -> Mapping[Sample, float]:
        """Return what is shown after a refresh."""
        self.shown = samples(families_of(self.month.refresh(), lambda: None))
        return self.shown

    def counted(self) -> Mapping[Sample, float]:
        """Return what the plain way shows now."""
        books = replace(self.world.books, clock=self._clock, cursors=self.stored)
        return samples(gathered(books))


def play_and_compare(life: Life, steps: int) -> None:
    """Go on and compare after each step; now and then without a refresh, if nothing has moved."""
    for _ in range(steps):
        life.go_on()
        if life.choose.random() < 0.3:
            continue
        if life.shown and not life.month.has_moved():
            assert _but_running(life.shown) == _but_running(life.counted())
        assert life.refreshed() == life.counted()


def _but_running(found: Mapping[Sample, float]) -> Mapping[Sample, float]:
    return {sample: value for sample, value in found.items() if sample[0] not in RUNNING}
