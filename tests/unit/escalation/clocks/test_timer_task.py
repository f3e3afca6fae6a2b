"""How long the timer sleeps: until something is due, or until clocks may have been armed."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry

from services.common.clock import RealClock
from services.common.observability.metrics import PlatformMetrics
from services.escalation.clocks.timer import Turn
from services.escalation.tasks import (
    LONGEST_SLEEP_SECONDS,
    QUICK_TIMER_SECONDS,
    TIMER_SECONDS,
    UNPUNCTUAL_SECONDS,
    TimerTask,
)
from tests.support.examples_clock_facts import dispatched_order


@dataclass
class Scripted:
    """A timer that notes when it was turned, with something due in so many seconds."""

    due_in: float | None = None
    stuck: tuple[str, ...] = ()
    turns: int = 0

    def turn(self, _: datetime) -> Turn:
        self.turns += 1
        return Turn(0, self.stuck)

    def next_due(self) -> datetime | None:
        return None if self.due_in is None else datetime.now(UTC) + timedelta(seconds=self.due_in)


@dataclass
class Night:
    """The timer's task, and machine time that a test moves."""

    timer: Scripted = field(default_factory=Scripted)
    now: float = 100.0

    def __post_init__(self) -> None:
        metrics = PlatformMetrics(CollectorRegistry(), "escalation")
        self.task = TimerTask(
            self.timer,  # type: ignore[arg-type]
            RealClock(),
            metrics,
            monotonic=lambda: self.now,
            wall=lambda: self.now,
        )

    def sleeps(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def night() -> Night:
    return Night()


def test_with_nothing_armed_it_sleeps_long_but_not_for_ever(night: Night) -> None:
    assert night.task.turn() == LONGEST_SLEEP_SECONDS


def test_it_wakes_when_something_is_due(night: Night) -> None:
    night.timer.due_in = 4.0
    assert TIMER_SECONDS < night.task.turn() <= 4.0
    night.sleeps(4.0)
    night.timer.due_in = 3600.0
    assert night.task.turn() == LONGEST_SLEEP_SECONDS


def test_it_ends_a_long_sleep_with_others_and_does_not_take_that_for_a_ring(night: Night) -> None:
    night.now = 100.5
    pause = night.task.turn()
    assert night.now + pause == 110.0
    night.sleeps(pause - UNPUNCTUAL_SECONDS / 2)
    assert night.task.turn() > TIMER_SECONDS


def test_rung_it_looks_at_once_and_again_when_what_rang_is_in_the_list(night: Night) -> None:
    night.task.turn()
    night.sleeps(5.0)
    assert night.task.turn() == TIMER_SECONDS
    assert night.timer.turns == 2
    night.sleeps(TIMER_SECONDS)
    assert night.task.turn() == LONGEST_SLEEP_SECONDS
    assert night.timer.turns == 3


def test_rung_again_and_again_it_looks_once_a_second(night: Night) -> None:
    night.task.turn()
    for _ in range(3):
        night.sleeps(0.25)
        assert night.task.turn() == pytest.approx(100.0 + TIMER_SECONDS - night.now)
    assert night.timer.turns == 1
    night.sleeps(0.25)
    assert night.task.turn() == TIMER_SECONDS, "what rang last may not be in the list yet"


def test_what_could_not_be_fired_is_tried_again_soon(night: Night) -> None:
    night.timer.stuck = ("clock-a",)
    assert night.task.turn() == TIMER_SECONDS


def test_on_a_clock_that_is_stepped_it_looks_all_the_time() -> None:
    world = dispatched_order()
    metrics = PlatformMetrics(CollectorRegistry(), "escalation")
    assert TimerTask(world.timer, world.clock, metrics).turn() == QUICK_TIMER_SECONDS
