"""Orphans: open requests that no clock watches, judged where the reactions' cursor stands."""

from collections.abc import Mapping

import pytest

from services.common.contracts.event_types import UnknownEvent
from services.common.contracts.streams import clock_stream
from services.common.following.cursors import Cursor, Held
from services.escalation.clocks.orphans import WATCHED_REQUESTS, Orphan, orphans
from services.escalation.tasks import REACTIONS_CONSUMER
from tests.support import examples_clock_facts as f
from tests.support.examples_clock_facts import REQUEST, C, H, P, R, W, dispatched_order
from tests.support.examples_clocks import World, line, moment
from tests.support.following import rest, stamped, tell


def found_in(world: World) -> tuple[Orphan, ...]:
    return orphans(world.documents, world.logs, world.cursors.load(REACTIONS_CONSUMER))


def unwatched(world: World) -> bool:
    return world.documents.find(WATCHED_REQUESTS.name, {"unwatched": True}) != []


def known_to_the_list_alone() -> World:
    """Return a world whose reactions have not moved; the order stands after five adoptions."""
    world = World()
    for stream, event in ((R, f.received()), (R, f.forwarded()), (W, f.dispatched())):
        world.append(stream, event)
    stamped(world.logs)
    for each in world.projections:
        rest(each)
    assert unwatched(world)
    return world


def judged_at(positions: Mapping[str, int], held: Mapping[str, int] | None = None) -> list[str]:
    """Return whom the list accuses if the reactions' cursor stands at `positions`.

    `held`: from which commit on it holds a stream.
    """
    world, since = known_to_the_list_alone(), moment("d1 09:00")
    waiting = {stream: Held(version, "sick", since) for stream, version in (held or {}).items()}
    return [
        each.request_id
        for each in orphans(world.documents, world.logs, Cursor(1, positions, waiting))
    ]


# -- what is one -----------------------------------------------------------------------------------


def test_an_open_request_with_a_running_clock_is_no_orphan() -> None:
    world = dispatched_order()
    world.run_until("d20 00:00")  # promise missed, ladders ringing
    assert found_in(world) == ()


def test_an_open_request_whose_clocks_have_all_ended_is_an_orphan() -> None:
    world = dispatched_order()
    world.say("d1 10:00", W, f.acknowledged())
    world.say("d1 11:00", W, f.spoken())
    world.run_until("d16 09:22")
    world.say("d16 10:00", W, f.resolved())  # and intake asks nobody
    assert [(each.request_id, each.work_order) for each in found_in(world)] == [(REQUEST, W)]
    world.say("d16 10:01", R, f.follow_up_opened())
    assert found_in(world) == ()


def test_a_closed_request_is_no_orphan() -> None:
    world = dispatched_order()
    world.say("d1 11:00", W, f.resolved())
    world.say("d1 11:00", R, f.follow_up_opened())
    world.say("d1 12:00", R, f.follow_up_recorded(), f.request_closed())
    assert found_in(world) == ()
    world.say("d1 12:00", W, f.order_closed())
    assert found_in(world) == ()


def test_clocks_of_whistles_and_duties_are_not_taken_for_requests() -> None:
    world = World("d2 15:00")
    world.say("d2 15:00", H, f.blown())
    world.say("d2 15:00", P, f.duty_assigned(moment("d5 15:00")))
    assert world.documents.find(WATCHED_REQUESTS.name, {}) == []


def test_an_event_of_a_newer_release_is_passed_over() -> None:
    world = dispatched_order()
    world.append(clock_stream(REQUEST), UnknownEvent("DeadlinePaused", 1, {"subject": W}))
    world.settle()
    assert found_in(world) == ()
    world.run_until("d1 21:12")
    assert line(world.events(C)[-1]) == "reminded a4"


# -- how far the reactions are ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("positions", "accused"),
    [
        ({}, []),
        ({"intake": 2, "escalation": 9}, []),
        ({"intake": 2, "dispatch": 5}, []),
        ({"intake": 1, "dispatch": 6}, []),
        ({"intake": 2, "dispatch": 6}, [REQUEST]),
        ({"intake": 3, "dispatch": 9, "escalation": 1}, [REQUEST]),
    ],
)
def test_what_the_reactions_have_not_come_to_yet_is_lag_and_no_orphan(
    positions: Mapping[str, int], accused: list[str]
) -> None:
    assert judged_at(positions) == accused


@pytest.mark.parametrize(
    ("held", "accused"),
    [
        ({R: 1}, []),
        ({R: 2}, []),
        ({W: 1}, []),
        ({R: 3}, [REQUEST]),  # all that the list has seen was handled
        ({H: 1}, [REQUEST]),
    ],
)
def test_what_the_reactions_hold_is_no_orphan_from_there_on(
    held: Mapping[str, int], accused: list[str]
) -> None:
    assert judged_at({"intake": 2, "dispatch": 6}, held) == accused


def test_what_has_no_position_yet_is_no_orphan() -> None:
    world = World()
    tell(world.projections[2].consumer, world.append(R, f.received()))
    assert unwatched(world)
    everywhere = dict.fromkeys(world.logs, 1000)
    assert orphans(world.documents, world.logs, Cursor(1, everywhere)) == ()


def test_a_list_that_lags_behind_the_clock_s_stream_accuses_nobody() -> None:
    world = World()
    world.append(R, f.received())
    stamped(world.logs)
    for each in (world.projections[2], world.reactions):
        rest(each)
    assert unwatched(world)
    assert found_in(world) == ()
