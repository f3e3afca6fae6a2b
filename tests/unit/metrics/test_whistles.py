"""Whistles, report-ins, ratings and standing duties: a hand-made month, counted both ways."""

import pytest

from services.audit.ledger import Counted
from services.common.contracts.events.clocks import MissWithdrawn
from services.common.contracts.events.escalation import (
    CallExcused,
    CallInsisted,
    CallRefused,
    CallWithdrawn,
    DepartmentRated,
    DutyCheckedIn,
    StandingDutyAssigned,
    StandingDutyEnded,
    WhistleRated,
    WhistleRejected,
)
from services.common.contracts.streams import clock_stream, duty_stream, whistle_stream
from tests.support.examples import DAY_ONE, TOWN, VILLAGE
from tests.support.examples_metrics import COURT, MARKET, OTHER_TOWN, MetricsWorld, call_of

HOUR = 3600


@pytest.fixture
def world() -> MetricsWorld:
    return MetricsWorld()


def _both(world: MetricsWorld, unit: str = TOWN) -> dict[str, Counted]:
    counted = world.counted(unit)
    assert counted == world.recounted(unit)
    return counted


def _in_time(world: MetricsWorld, unit: str, arming: int, hours: float) -> None:
    event = world.arrived("h-1", unit, hours)
    world.met("h-1", arming, "report_in", call_of("h-1", unit), by=event)


def test_whistles_are_counted_by_kind_and_a_rejected_one_is_excluded(world: MetricsWorld) -> None:
    world.blown("h-1", MARKET)
    world.blown("h-2", COURT)
    world.write(whistle_stream("h-2"), WhistleRejected("escalation/why", (), ()))
    assert _both(world)["whistles"] == Counted(1, None, 1)
    assert world.bodies()["whistles"]["parts"]["request"]["numerator"] == 1
    assert _both(world, OTHER_TOWN)["whistles"] == Counted(0)


def test_who_reports_in_by_the_limit_counts_once_it_has_come_due(world: MetricsWorld) -> None:
    world.blown("h-1", VILLAGE, MARKET)
    _in_time(world, VILLAGE, 1, hours=3)
    _in_time(world, MARKET, 2, hours=5)
    assert _both(world)["report_in"] == Counted(0, 0, 0), "the limit has not come yet"
    world.move_to(25)
    assert _both(world)["report_in"] == Counted(2, 2, 0)
    assert _both(world, MARKET)["own_report_in"] == Counted(1, 1, 0)
    assert _both(world)["report_in_seconds"] == Counted(8 * HOUR, 2)


def test_a_silent_department_misses_the_limit_and_is_charged_for_its_absence(
    world: MetricsWorld,
) -> None:
    world.blown("h-1", MARKET)
    call = call_of("h-1", MARKET)
    for step in range(4):
        world.move_to(24 + 4 * step)
        world.missed("h-1", 1, "report_in", call, step)
    assert _both(world)["report_in"] == Counted(0, 1, 0)
    assert _both(world)["agency_seconds"] == Counted(36 * HOUR, 1), "it still runs"
    event = world.arrived("h-1", MARKET, hours=41)
    world.met("h-1", 1, "report_in", call, late=17 * HOUR, by=event)
    assert _both(world)["report_in"] == Counted(0, 1, 0)
    assert _both(world)["report_in_seconds"] == Counted(41 * HOUR, 1)
    assert _both(world, MARKET)["own_agency_seconds"] == Counted(41 * HOUR, 1)
    assert _both(world, MARKET)["escalation_depth"] == Counted(4, 1)
    assert world.bodies()["agency_seconds"]["parts"][MARKET]["numerator"] == 41 * HOUR


def test_a_miss_that_was_withdrawn_was_met_in_time(world: MetricsWorld) -> None:
    world.blown("h-1", MARKET)
    call = call_of("h-1", MARKET)
    event = world.arrived("h-1", MARKET, hours=23)
    world.move_to(24)
    world.missed("h-1", 1, "report_in", call)
    world.write(clock_stream("h-1"), MissWithdrawn(1, "report_in", call, event))
    assert _both(world)["report_in"] == Counted(1, 1, 0)


def test_a_unit_that_was_excused_before_the_limit_is_excluded(world: MetricsWorld) -> None:
    world.blown("h-1", MARKET, COURT)
    call = call_of("h-1", COURT)
    world.write(call, CallRefused("h-1", TOWN, COURT, "escalation/why"), hours=2)
    world.lifted("h-1", 2, "report_in", call)
    world.write(call, CallExcused("h-1", COURT, "p-1"), hours=4)
    world.move_to(25)
    assert _both(world)["report_in"] == Counted(0, 1, 1)
    assert _both(world, COURT)["own_report_in"] == Counted(0, 0, 1)
    assert _both(world, COURT)["own_agency_seconds"] == Counted(4 * HOUR, 1)


def test_a_call_withdrawn_before_the_limit_is_excluded(world: MetricsWorld) -> None:
    world.blown("h-1", MARKET)
    call = call_of("h-1", MARKET)
    world.write(call, CallWithdrawn("h-1", MARKET), hours=3)
    world.lifted("h-1", 1, "report_in", call)
    assert _both(world)["report_in"] == Counted(0, 0, 0), "the limit has not come yet"
    world.move_to(25)
    assert _both(world)["report_in"] == Counted(0, 0, 1)


def test_a_call_withdrawn_at_the_very_moment_of_the_limit_is_excluded(world: MetricsWorld) -> None:
    world.blown("h-1", MARKET)
    call = call_of("h-1", MARKET)
    world.move_to(24)
    world.write(call, CallWithdrawn("h-1", MARKET), hours=24)
    world.lifted("h-1", 1, "report_in", call)
    world.move_to(25)
    assert _both(world)["report_in"] == Counted(0, 0, 1)


def test_a_call_whose_clock_is_not_known_yet_adds_nothing_to_report_in(world: MetricsWorld) -> None:
    world.called("h-1", MARKET)
    world.write(call_of("h-1", MARKET), CallWithdrawn("h-1", MARKET), hours=3)
    world.move_to(80)
    assert _both(world)["report_in"] == Counted(0, 0, 0)


def test_a_call_withdrawn_after_the_limit_stays_a_miss(world: MetricsWorld) -> None:
    world.blown("h-1", MARKET)
    call = call_of("h-1", MARKET)
    world.move_to(24)
    world.missed("h-1", 1, "report_in", call)
    world.write(call, CallWithdrawn("h-1", MARKET), hours=30)
    world.lifted("h-1", 1, "report_in", call)
    assert _both(world)["report_in"] == Counted(0, 1, 0)


def test_being_called_again_does_not_wash_a_miss(world: MetricsWorld) -> None:
    world.blown("h-1", MARKET)
    call = call_of("h-1", MARKET)
    world.move_to(24)
    world.missed("h-1", 1, "report_in", call)
    world.write(call, CallRefused("h-1", TOWN, MARKET, "escalation/why"), hours=25)
    world.lifted("h-1", 1, "report_in", call)
    world.write(call, CallInsisted("h-1", MARKET, "request", "p-1"), hours=26)
    world.armed("h-1", 2, "report_in", call, MARKET)
    event = world.arrived("h-1", MARKET, hours=27)
    world.met("h-1", 2, "report_in", call, by=event)
    world.move_to(80)
    assert _both(world)["report_in"] == Counted(0, 1, 0), "once, by its first limit that ran out"


def test_a_call_counts_in_the_month_of_its_first_limit_that_ran_out_alone(
    world: MetricsWorld,
) -> None:
    world.blown("h-1", MARKET, hours=28 * 24)
    call = call_of("h-1", MARKET)
    world.move_to(29 * 24)
    world.missed("h-1", 1, "report_in", call)
    world.write(call, CallRefused("h-1", TOWN, MARKET, "escalation/why"))
    world.lifted("h-1", 1, "report_in", call)
    world.write(call, CallInsisted("h-1", MARKET, "request", "p-1"), hours=29 * 24 + 20)
    world.armed("h-1", 2, "report_in", call, MARKET)
    world.move_to(32 * 24)
    world.missed("h-1", 2, "report_in", call)
    assert _both(world)["report_in"] == Counted(0, 1, 0)
    july = world.counted(month="2026-07")
    assert july["report_in"] == Counted(0, 0, 0)
    assert july == world.recounted(month="2026-07")


def test_a_limit_that_comes_due_next_month_counts_there(world: MetricsWorld) -> None:
    """The whistle is over in June; the limit runs out in July."""
    world.blown("h-1", MARKET, hours=29 * 24 + 10)
    _in_time(world, MARKET, 1, hours=29 * 24 + 11)
    world.write(call_of("h-1", MARKET), CallWithdrawn("h-1", MARKET))
    world.write(whistle_stream("h-1"), WhistleRejected("escalation/why", (), ()))
    world.move_to(40 * 24)
    assert _both(world)["report_in"] == Counted(0, 0, 0)
    july = world.counted(month="2026-07")
    assert july["report_in"] == Counted(1, 1, 0)
    assert july == world.recounted(month="2026-07")


def test_ratings_go_both_ways_mark_by_mark(world: MetricsWorld) -> None:
    world.blown("h-1", MARKET)
    call = call_of("h-1", MARKET)
    world.write(call, DepartmentRated("h-1", MARKET, speed=5, cooperation=4, result=3))
    world.write(call, WhistleRated("h-1", MARKET, needed=4, described=2))
    assert _both(world)["department_ratings"] == Counted(12, 3)
    assert _both(world, MARKET)["own_whistle_ratings"] == Counted(6, 2)
    marks = world.bodies()["department_ratings"]["parts"]
    assert {name: found["value"] for name, found in marks.items()} == {
        "cooperation": "4.0000",
        "result": "3.0000",
        "speed": "5.0000",
    }


def test_a_standing_duty_shows_the_slots_that_were_kept(world: MetricsWorld) -> None:
    stream = duty_stream("p-1")
    world.write(stream, StandingDutyAssigned("h-1", VILLAGE, "what", 86_400, DAY_ONE))
    world.armed("p-1", 1, "check_in", stream, VILLAGE)
    world.write(stream, DutyCheckedIn("h-1", VILLAGE, 1), hours=20)
    world.met("p-1", 1, "check_in", stream)
    world.armed("p-1", 2, "check_in", stream, VILLAGE)
    world.move_to(48)
    world.missed("p-1", 2, "check_in", stream)
    world.write(stream, StandingDutyEnded("h-1", VILLAGE, 1, 1))
    assert _both(world)["duty_slots_kept"] == Counted(1, 2)
    assert _both(world, VILLAGE)["escalation_depth"] == Counted(1, 1)
