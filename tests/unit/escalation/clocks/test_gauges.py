"""What escalation shows of its clocks: how many run, which were missed and how quickly, orphans."""

from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry

from services.common.clock import Clock, ScaledClock
from services.common.contracts.event_types import UnknownEvent
from services.common.following.cursors import Cursor
from services.common.observability.metrics import PlatformMetrics
from services.common.work.leading import Leadership
from services.common.work.lease import Leases
from services.common.work.tasks import Leased
from services.escalation import tasks
from services.escalation.tasks import (
    REACTIONS_CONSUMER,
    ArmedClocks,
    OrphanWatch,
    TimerTask,
    measured,
)
from tests.support import examples_clock_facts as f
from tests.support.examples_clock_facts import C, P, R, W, dispatched_order
from tests.support.examples_clocks import World, moment
from tests.support.following import rest, stamped


class Shown:
    """The clocks of a world, and what a scrape sees of them."""

    def __init__(self, world: World, leases: Leases | None = None) -> None:
        self.registry = CollectorRegistry()
        self.metrics = PlatformMetrics(self.registry, "escalation")
        self.leadership = Leadership((leases or Leases()).lease("clock gauges"))
        self.metrics.clocks_shown_while(self.leadership.believed)
        documents = world.documents
        watch = OrphanWatch(documents, world.logs, world.cursors, self.metrics)
        self.orphans = Leased(watch, self.leadership)
        self.armed = Leased(ArmedClocks(documents, self.metrics), self.leadership)
        self.timer = world.timer_of(missed=measured(world.clock, self.metrics))

    def __call__(self, name: str, clock_kind: str | None = None) -> float | None:
        of_kind = {} if clock_kind is None else {"clock_kind": clock_kind}
        return self.registry.get_sample_value(name, {"service": "escalation", **of_kind})


def test_armed_clocks_are_counted_by_kind_and_those_that_ended_are_not() -> None:
    world = dispatched_order()
    shown = Shown(world)
    shown.armed.turn()
    kinds = ("promised", "acknowledge", "resolution", "contact", "forward")
    armed = [shown("shaobao_clocks_armed", kind) for kind in kinds]
    assert armed == [1, 1, 1, 0, 0]
    world.say("d1 10:00", W, f.order_closed())
    shown.armed.turn()
    assert [shown("shaobao_clocks_armed", kind) for kind in kinds] == [0] * 5


def test_every_armed_clock_is_counted_over_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "PAGE", 1)
    world = dispatched_order()
    world.say("d1 09:20", P, f.duty_assigned(moment("d13 10:00")))
    shown = Shown(world)
    shown.armed.turn()
    assert shown("shaobao_clocks_armed", "check_in") == 1
    assert shown("shaobao_clocks_armed", "acknowledge") == 1


def test_a_missed_step_is_counted_once_with_the_time_from_its_due_time_to_the_record() -> None:
    world = dispatched_order()
    shown = Shown(world)
    world.time.move_to(moment("d2 09:12") + timedelta(seconds=1.5))
    for _ in range(2):
        shown.timer.turn(world.clock.now())  # due_times lags: the second turn finds it decided
    assert shown("shaobao_clocks_missed_total", "acknowledge") == 1
    assert shown("shaobao_clock_firing_lag_seconds_count", "acknowledge") == 1
    assert shown("shaobao_clock_firing_lag_seconds_sum", "acknowledge") == 1.5


def test_a_clock_that_can_not_be_fired_is_counted_as_a_failed_turn() -> None:
    world = dispatched_order()
    shown = Shown(world)
    task = TimerTask(shown.timer, world.clock, shown.metrics)
    name, timer = "shaobao_task_faults_total", {"service": "escalation", "task": "timer"}
    task.turn()
    assert shown.registry.get_sample_value(name, timer) is None
    world.append(C, UnknownEvent("DeadlineMet", 99, {}))
    world.time.move_to(moment("d2 09:12"))
    task.turn()
    assert shown.registry.get_sample_value(name, timer) == 1


def test_a_reminder_is_no_miss() -> None:
    world = dispatched_order()
    shown = Shown(world)
    world.time.move_to(moment("d1 21:12"))
    assert shown.timer.turn(world.clock.now()).fired == 1
    assert shown("shaobao_clocks_missed_total", "acknowledge") is None


def test_on_a_scaled_clock_the_lag_is_what_passed_on_the_machine() -> None:
    shown = Shown(World())
    clock: Clock = ScaledClock(moment("d1 09:00"), moment("d1 09:00"), 600)
    measured(clock, shown.metrics)("promised", timedelta(minutes=10))
    assert shown("shaobao_clock_firing_lag_seconds_sum", "promised") == 1


def test_orphans_and_armed_clocks_are_shown_by_the_leader_alone() -> None:
    leases, world = Leases(), dispatched_order()
    first, second = Shown(world, leases), Shown(world, leases)
    for shown in (first, second):
        shown.orphans.turn()
        shown.armed.turn()
    assert first("shaobao_orphan_work_orders") == 0
    assert second("shaobao_orphan_work_orders") is None
    assert second("shaobao_clocks_armed", "promised") is None


def test_a_replica_that_loses_its_lease_stops_showing_its_last_value() -> None:
    leases, world = Leases(), dispatched_order()
    first, second = Shown(world, leases), Shown(world, leases)
    first.orphans.turn()
    first.armed.turn()
    first.orphans.end()
    second.orphans.turn()
    first.orphans.turn()
    assert first("shaobao_orphan_work_orders") is None
    assert first("shaobao_clocks_armed", "promised") is None
    assert second("shaobao_orphan_work_orders") == 0


def test_an_order_without_a_clock_is_shown_as_an_orphan() -> None:
    world = World()
    world.append(R, f.received())
    stamped(world.logs)
    for each in world.projections:
        rest(each)
    shown = Shown(world)
    shown.orphans.turn()
    assert shown("shaobao_orphan_work_orders") == 0  # the reactions have not come to it
    world.cursors.save(REACTIONS_CONSUMER, Cursor(0, {"intake": 1}))  # and armed nothing
    shown.orphans.turn()
    assert shown("shaobao_orphan_work_orders") == 1
