"""What waits for the relay is shown in the machine's time, however fast business time runs."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from services.common.clock import Clock, ManualTime, ScaledClock, SteppedClock
from services.common.observability.metrics import PlatformMetrics
from services.common.running.tasks import GAUGES_SECONDS, OutboxGauges

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
SINCE = timedelta(minutes=30)


def shown(clock: Clock, waiting: int, oldest: datetime | None) -> tuple[float | None, float | None]:
    """Return how many commits wait, and the lag, after one look."""
    registry = CollectorRegistry()
    outbox: Any = SimpleNamespace(
        name="intake", pending=lambda: waiting, oldest_pending=lambda: oldest
    )
    desk: Any = SimpleNamespace(clock=clock)
    gauges = OutboxGauges(outbox, desk, PlatformMetrics(registry, "intake"))
    assert gauges.turn() == GAUGES_SECONDS
    labels = {"service": "intake", "log": "intake"}
    names = ("shaobao_pending_commits", "shaobao_relay_lag_seconds")
    commits, lag = (registry.get_sample_value(name, labels) for name in names)
    return commits, lag


def running(rate: int) -> Clock:
    """Return a clock at noon whose business time runs `rate` times as fast."""
    machine = SteppedClock(ManualTime(NOON).read)
    return ScaledClock(wall_start=NOON, business_start=NOON, rate=rate, machine=machine)


@pytest.mark.parametrize(("rate", "seconds"), [(1, 1800.0), (1800, 1.0), (3600, 0.5)])
def test_the_lag_is_in_seconds_of_the_machine(rate: int, seconds: float) -> None:
    assert shown(running(rate), 3, NOON - SINCE) == (3.0, seconds)


def test_on_a_stepped_clock_the_steps_count_as_they_are() -> None:
    assert shown(SteppedClock(ManualTime(NOON).read), 1, NOON - SINCE) == (1.0, 1800.0)


@pytest.mark.parametrize("oldest", [None, NOON + SINCE])
def test_nothing_that_waits_and_a_clock_that_ran_backwards_are_no_lag(
    oldest: datetime | None,
) -> None:
    assert shown(running(1800), 1 if oldest else 0, oldest) == (1.0 if oldest else 0.0, 0.0)
