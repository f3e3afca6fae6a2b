"""A timer that is away for any time, any number of times, fires each step once and in order."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.common.contracts.commit import Commit
from services.common.contracts.events.clocks import (
    DeadlineArmed,
    DeadlineEscalated,
    DeadlineMissed,
    DeadlineReminded,
)
from services.common.contracts.streams import clock_stream, request_stream
from services.escalation.clocks.rules import seconds_late
from tests.support.examples_clock_facts import received
from tests.support.examples_clocks import World, moment

START = moment("d1 09:00")
arrivals = st.lists(st.integers(0, 600), min_size=1, max_size=4)
wake_ups = st.lists(st.integers(1, 900), min_size=1, max_size=12)


def arrived(minutes: list[int]) -> tuple[World, list[str]]:
    """Return a world in which requests came in and nobody ever forwards them."""
    world = World()
    for number, minute in enumerate(sorted(minutes)):
        world.time.move_to(START + timedelta(minutes=minute))
        world.append(request_stream(f"r-{number}"), received())
    world.settle()
    return world, [clock_stream(f"r-{number}") for number in range(len(minutes))]


def fired(world: World) -> list[tuple[datetime, datetime, Any]]:
    """Return (recorded_at, due_at, event) of everything that the timer wrote, as it was written."""
    written = world.logs["escalation"].commits(0, 10_000)
    commits = [each for each in written if isinstance(each, Commit) and each.cause is None]
    return [
        (fact.recorded_at, fact.event.due_at, fact.event)
        for commit in commits
        for fact in commit.facts
        if isinstance(fact.event, DeadlineMissed)
    ]


def expected_steps(armed: DeadlineArmed, turns: list[datetime]) -> list[tuple[datetime, datetime]]:
    """Return (recorded_at, due_at) of each step, told without any of the product's rules."""
    due_at, found = armed.due_at, []
    for turn in turns:
        if turn >= due_at:
            found.append((turn, due_at))
            due_at = turn + timedelta(seconds=armed.step_seconds)
    return found


@settings(max_examples=40, deadline=None)
@given(minutes=arrivals, waits=wake_ups, again=st.booleans())
def test_any_pause_of_the_timer_fires_each_step_once_with_its_true_lateness(
    minutes: list[int], waits: list[int], again: bool
) -> None:
    world, clocks = arrived(minutes)
    turns: list[datetime] = []
    for wait in waits:
        world.time.move_to(world.time.read() + timedelta(minutes=wait))
        turns.append(world.time.read())
        world.timer.turn(turns[-1])
        if again:  # a second timer, before anything has followed the first
            assert world.timer.turn(turns[-1]).fired == 0
        world.settle()
    by_clock = defaultdict(list)
    for stream in clocks:
        armed = world.events(stream)[0]
        steps = [each for each in world.events(stream) if isinstance(each, DeadlineMissed)]
        expected = expected_steps(armed, turns)
        assert [each.step for each in steps] == list(range(len(expected)))
        assert [each.due_at for each in steps] == [due for _, due in expected]
        assert [each.late_by_seconds for each in steps] == [
            seconds_late(at, due) for at, due in expected
        ]
        by_clock[stream] = steps
    assert sum(len(steps) for steps in by_clock.values()) == len(fired(world))


@settings(max_examples=40, deadline=None)
@given(minutes=arrivals, waits=wake_ups)
def test_after_any_pause_what_is_due_fires_in_the_order_of_its_due_times(
    minutes: list[int], waits: list[int]
) -> None:
    world, _ = arrived(minutes)
    for wait in waits:
        world.tick(world.time.read() + timedelta(minutes=wait))
    turns = defaultdict(list)
    for recorded_at, due_at, _ in fired(world):
        turns[recorded_at].append(due_at)
    assert all(due == sorted(due) for due in turns.values())


@settings(max_examples=40, deadline=None)
@given(minutes=arrivals, waits=wake_ups)
def test_a_reminder_comes_at_most_once_and_never_once_the_limit_is_gone(
    minutes: list[int], waits: list[int]
) -> None:
    world, clocks = arrived(minutes)
    for wait in waits:
        world.tick(world.time.read() + timedelta(minutes=wait))
    for stream in clocks:
        names = [type(each) for each in world.events(stream)]
        assert names.count(DeadlineReminded) <= 1
        if DeadlineReminded in names and DeadlineMissed in names:
            assert names.index(DeadlineReminded) < names.index(DeadlineMissed)
        assert names.count(DeadlineEscalated) == names.count(DeadlineMissed)
