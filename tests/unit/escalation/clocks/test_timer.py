"""The timer: silent departments and villages, outages, two timers, a clock that is stuck."""

import pytest

from services.common.contracts.commit import Cause
from services.common.contracts.event_types import UnknownEvent
from services.common.contracts.events.clocks import DeadlineMissed
from services.common.contracts.streams import clock_stream, derived, request_stream
from services.escalation.clocks.timer import Turn
from tests.support.examples_clock_facts import (
    CALLED,
    CH,
    CP,
    C,
    D,
    H,
    P,
    R,
    W,
    acknowledged,
    approved,
    blown,
    called,
    checked_in,
    dispatched_order,
    duty_assigned,
    follow_up_opened,
    handed_over,
    received,
    reported_in,
    spoken,
)
from tests.support.examples_clocks import CENTRE, DEPUTY, LEADER, TOWN, VILLAGE, World, moment
from tests.support.examples_clocks import events_of as only


def called_out() -> World:
    """Return the night market with three of four there: dept-market is silent."""
    world = World("d2 15:00")
    world.say("d2 15:00", H, blown())
    world.say("d2 16:10", H, approved())
    for stream, unit in zip(D, CALLED, strict=True):
        world.say("d2 16:10", stream, called(unit), cause=Cause(H, 2))
    for stream, unit in zip(D[:3], CALLED[:3], strict=True):
        world.say("d2 19:30", stream, reported_in(unit))
    return world


def after(world: World, stream: str, letter: str, version: int) -> list[str]:
    return world.story(stream, letter)[version:]


# -- 3a --------------------------------------------------------------------------------------------


def test_a_silent_department_is_reminded_then_climbed_over_until_it_comes() -> None:
    world = called_out()
    before = len(world.commits(CH))
    world.run_until("d4 09:00")
    world.say("d4 09:30", D[3], reported_in(CALLED[3]))
    assert after(world, CH, "b", before) == [
        "reminded b6",
        f"missed b6 step 0, escalated 1 {CENTRE} d3 20:10",
        f"missed b6 step 1, escalated 2 {DEPUTY} d4 00:10",
        f"missed b6 step 2, escalated 3 {LEADER} d4 04:10",
        f"missed b6 step 3, escalated 4 {LEADER} d4 08:10",
        f"missed b6 step 4, escalated 5 {LEADER} d4 12:10",
        "met b6 late 62400",
    ]
    missed = only(DeadlineMissed, world.events(CH))
    assert {each.charged_to for each in missed} == {"dept-market"}
    assert {each.subject for each in missed} == {D[3]}


def test_a_late_timer_says_how_late_and_starts_the_next_step_when_it_records_the_miss() -> None:
    world = called_out()
    before = len(world.commits(CH))
    world.tick("d4 08:00")  # away since d2: neither reminder nor four misses at once
    world.tick("d4 11:59")
    world.tick("d4 12:00")
    assert after(world, CH, "b", before) == [
        f"missed b6 step 0 late 57000, escalated 1 {CENTRE} d4 12:00",
        f"missed b6 step 1, escalated 2 {DEPUTY} d4 16:00",
    ]


# -- 3b --------------------------------------------------------------------------------------------


def test_a_village_that_never_acknowledges_loses_the_order_and_keeps_the_miss() -> None:
    world = dispatched_order()
    world.run_until("d2 10:00")
    world.say("d2 11:00", W, handed_over("take_over"))
    assert after(world, C, "a", 2) == [
        "reminded a4",
        f"missed a4 step 0, escalated 1 {TOWN} d2 13:12",
        "lifted a4, lifted a5, armed a6 contact d3 11:00, armed a7 resolution d17 11:00",
    ]
    (missed,) = only(DeadlineMissed, world.events(C))
    assert missed.charged_to == VILLAGE
    assert missed.sources_behind == ()


def test_a_silent_town_is_climbed_over_too_and_the_top_rings_every_four_hours() -> None:
    world = dispatched_order()
    world.run_until("d3 05:12")
    rung = [line.rpartition("escalated ")[2] for line in after(world, C, "a", 3)]
    assert rung == [
        f"1 {TOWN} d2 13:12",
        f"2 {CENTRE} d2 17:12",
        f"3 {DEPUTY} d2 21:12",
        f"4 {LEADER} d3 01:12",
        f"5 {LEADER} d3 05:12",
        f"6 {LEADER} d3 09:12",
    ]


def test_a_promise_missed_rings_nobody_and_opens_a_follow_up_beside_the_order_s_ladder() -> None:
    world = dispatched_order()
    world.run_until("d16 09:22")
    assert world.story(C)[-1] == "missed a3 step 0"
    assert world.events(C)[-1].charged_to == VILLAGE
    world.say("d16 09:22", R, follow_up_opened(1, "promised_date_passed", 0), cause=Cause(C, 9))
    assert world.story(C)[-1] == "armed a6 follow_up d17 09:22"
    world.run_until("d16 13:13")
    assert f"escalated 2 {CENTRE} d16 17:12" in world.story(C)[-1]  # a5, the resolution


# -- an outage -----------------------------------------------------------------------------------


def test_a_patrol_missed_while_the_timer_was_away_is_missed_slot_by_slot() -> None:
    world = World("d12 10:00")
    world.say("d12 10:00", P, duty_assigned(moment("d20 10:00")))
    world.time.move_to(moment("d14 12:00"))
    world.append(P, checked_in(3))
    world.tick("d14 20:00")
    (commit,) = world.story(CP, "s")[1:]
    assert commit.split(", ") == [
        "missed s1 step 0 late 122400",
        f"escalated 1 {TOWN} d15 00:00",
        "armed s2 check_in d14 10:00",
        "missed s2 step 0 late 36000",
        f"escalated 1 {TOWN} d15 00:00",
        "armed s3 check_in d15 10:00",
        "met s3",
        "armed s4 check_in d16 10:00",
    ]


def test_slots_that_ran_out_in_an_outage_fire_one_by_one_in_the_same_turn() -> None:
    world = World("d12 10:00")
    world.say("d12 10:00", P, duty_assigned(moment("d20 10:00")))
    world.tick("d14 20:00")
    missed = only(DeadlineMissed, world.events(CP))
    assert [each.late_by_seconds for each in missed] == [122_400, 36_000]


# -- exactly once ----------------------------------------------------------------------------------


def test_a_timer_whose_read_model_lags_decides_nothing_twice() -> None:
    world = dispatched_order()
    world.time.move_to(moment("d2 09:12"))
    assert world.timer.turn(moment("d2 09:12")).fired == 1
    assert world.timer.turn(moment("d2 09:12")).fired == 0  # due_times still says a4


def test_a_second_timer_finds_the_step_decided() -> None:
    world = dispatched_order()
    other = world.timer_of()
    world.time.move_to(moment("d2 09:12"))
    assert [timer.turn(moment("d2 09:12")) for timer in (other, world.timer)] == [Turn(1), Turn(0)]
    (commit,) = [each for each in world.commits(C) if each.cause is None]
    assert commit.draft.command_id == derived(C, 4, "miss 0")
    assert commit.draft.actor.policy == "escalation.timer"
    assert commit.draft.correlation == "c-1"


def test_everything_that_ran_out_in_an_outage_fires_in_the_order_of_its_due_times() -> None:
    world = World()
    for number, minute in ((3, 10), (1, 20), (2, 30)):
        world.say(f"d1 09:{minute}", request_stream(f"r-{number}"), received())
    world.tick("d1 12:00")
    written = [each.stream for each in world.logs["escalation"].stamps(0, 100)]
    assert written[-3:] == [clock_stream(f"r-{n}") for n in (3, 1, 2)]


def test_what_is_due_longer_fires_first_though_a_reminder_is_due_longer_still() -> None:
    world = dispatched_order()  # a4: reminder d1 21:12, due d2 09:12
    world.say("d1 20:00", H, blown())  # b1: reminder d1 22:00, due d2 00:00
    before = world.logs["escalation"].head()
    world.tick("d2 10:00")
    fired = [each.stream for each in world.logs["escalation"].stamps(before, 100)]
    assert fired == [CH, C]


def test_of_one_matter_s_clocks_the_one_that_is_due_longest_fires_first() -> None:
    world = dispatched_order()  # a3 is due at d16 09:22, a5 at d16 09:12
    world.say("d1 10:00", W, acknowledged())
    world.say("d1 11:00", W, spoken())
    before = len(world.commits(C))
    world.tick("d16 10:00")
    fired = [each.arming for each in only(DeadlineMissed, world.events(C))]
    assert (fired, len(world.commits(C))) == ([5, 3], before + 2)


def test_one_clock_that_can_t_be_read_does_not_hold_up_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World()
    broken, sound = clock_stream("r-1"), clock_stream("r-2")
    world.say("d1 09:00", request_stream("r-1"), received())
    world.say("d1 09:01", request_stream("r-2"), received())
    world.append(broken, UnknownEvent("DeadlineMet", 99, {}))
    world.time.move_to(moment("d1 11:30"))
    assert world.timer.turn(moment("d1 11:30")) == Turn(1, (broken,))
    assert "missed a1 step 0" in world.story(sound)[-1]
    assert broken in caplog.text


def test_the_next_due_time_is_told_for_a_clock_that_is_stepped() -> None:
    world = dispatched_order()
    assert world.timer.next_due() == moment("d1 21:12")
    world.tick("d1 21:12")
    assert world.timer.next_due() == moment("d2 09:12")
    assert World().timer.next_due() is None
