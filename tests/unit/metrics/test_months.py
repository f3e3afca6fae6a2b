"""Where a month begins and ends: as the figures have it and, written apart, as a recount has it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from services.audit.month import month_seen
from services.common.contracts.codec import time_text
from services.common.contracts.events.dispatch import WorkOrderHandedOver
from services.metrics.errors import MonthMalformed
from services.metrics.months import window_of
from tests.support.examples import DAY_ONE, TOWN, VILLAGE
from tests.support.examples_metrics import JUNE, MetricsWorld

START = datetime(2026, 5, 31, 16, tzinfo=UTC)  #: midnight in Beijing
END = datetime(2026, 6, 30, 16, tzinfo=UTC)
TINY = timedelta(microseconds=1)
SEEN = END + timedelta(days=3)


def figures_hold(moment: datetime) -> bool:
    return window_of(JUNE, SEEN).holds(time_text(moment))


def figures_came_due(moment: datetime, seen_at: datetime) -> bool:
    return window_of(JUNE, seen_at).came_due(time_text(moment))


def recount_holds(moment: datetime) -> bool:
    return month_seen(JUNE, SEEN).holds(moment)


def recount_came_due(moment: datetime, seen_at: datetime) -> bool:
    return month_seen(JUNE, seen_at).came_due(moment)


@pytest.mark.parametrize("holds", [figures_hold, recount_holds])
def test_a_month_begins_with_its_first_moment_and_is_over_with_the_first_of_the_next(
    holds: Callable[[datetime], bool],
) -> None:
    moments = (START - TINY, START, END - TINY, END)
    assert [holds(each) for each in moments] == [False, True, True, False]


@pytest.mark.parametrize("came_due", [figures_came_due, recount_came_due])
def test_what_is_due_at_the_moment_of_looking_has_come_due(
    came_due: Callable[[datetime, datetime], bool],
) -> None:
    due = START + timedelta(days=1)
    assert [came_due(due, due + each) for each in (-TINY, 0 * TINY)] == [False, True]
    assert not came_due(END, SEEN), "that is another month's"


@pytest.mark.parametrize("month", ["2026-01", "2026-02", "2026-12", "2028-02"])
def test_both_have_the_same_first_and_last_moments(month: str) -> None:
    told, again = window_of(month, SEEN), month_seen(month, SEEN)
    assert (told.start, told.end) == (time_text(again.start), time_text(again.end))


@pytest.mark.parametrize(
    ("since", "until", "seconds"),
    [
        (START - timedelta(hours=1), START + timedelta(seconds=5), 5),
        (END - timedelta(seconds=5), END + timedelta(hours=1), 5),
        (END - timedelta(seconds=5), None, 5),
        (START - timedelta(hours=1), START, 0),
        (END, None, 0),
    ],
)
def test_of_a_span_only_what_lies_in_the_month_is_counted(
    since: datetime, until: datetime | None, seconds: int
) -> None:
    told = window_of(JUNE, SEEN).seconds(time_text(since), time_text(until) if until else None)
    assert (told, month_seen(JUNE, SEEN).lasted(since, until)) == (seconds, seconds)


@pytest.mark.parametrize(
    "month", ["2026-13", "2026-6", "2026-06-01", "June", "", "1999-12", "9999-12"]
)
def test_what_is_no_month_is_refused_by_both(month: str) -> None:
    for of in (window_of, month_seen):
        with pytest.raises(MonthMalformed):
            of(month, SEEN)


def test_a_hand_over_as_the_month_turns_counts_for_the_next_in_both() -> None:
    world = MetricsWorld()
    order = world.dispatched("r-1")
    turning = (END - DAY_ONE) / timedelta(hours=1)
    world.write(order, WorkOrderHandedOver("r-1", VILLAGE, TOWN, "raise", 0), hours=turning)
    found = {month: world.counted(month=month)["hand_overs"] for month in (JUNE, "2026-07")}
    assert [each.numerator for each in found.values()] == [0, 1]
    assert found == {month: world.recounted(month=month)["hand_overs"] for month in found}
