"""What is due, for whom it rings, which clocks a matter has, and the orphans."""

import pytest

from services.common.contracts.commit import Cause
from services.common.contracts.event_types import UnknownEvent
from services.common.contracts.streams import clock_stream
from services.common.errors import NotFound
from services.common.following.ports import Document, Parked
from services.escalation.clocks.orphans import WATCHED_REQUESTS, Orphan, orphans
from services.escalation.clocks.projections import DUE_TIMES, RINGS
from services.escalation.clocks.views import clocks_of, rings_for
from services.escalation.reading import Body
from tests.support import examples_clock_facts as f
from tests.support.examples_clock_facts import CALLED, CH, REQUEST, A, C, D, H, P, R, W
from tests.support.examples_clocks import CENTRE, DEPUTY, TOWN, VILLAGE, World, line, moment


def dispatched_order() -> World:
    world = World()
    world.say("d1 09:12", R, f.received(), f.forwarded())
    world.say("d1 09:12", W, f.dispatched(), cause=Cause(R, 1))
    return world


def entries(world: World, unit: str) -> list[tuple[str, int, int | None]]:
    rows = rings_for(world.documents, unit, world.clock.now())
    return [
        (each["what"], each["arming"], each.get("step")) for row in rows for each in row["entries"]
    ]


# -- rings -----------------------------------------------------------------------------------------


def test_the_holder_is_reminded_and_the_superiors_are_rung_until_the_clock_ends() -> None:
    world = dispatched_order()
    world.run_until("d2 00:00")
    assert entries(world, VILLAGE) == [("reminder", 4, None)]
    world.run_until("d2 14:00")
    assert entries(world, TOWN) == [("ring", 4, 1)]
    assert entries(world, CENTRE) == [("ring", 4, 2)]
    world.say("d2 15:00", W, f.acknowledged())
    assert [entries(world, unit) for unit in (VILLAGE, TOWN, CENTRE)] == [[], [], []]


def test_the_top_is_rung_again_in_the_same_entry() -> None:
    world = dispatched_order()
    world.run_until("d3 09:00")
    (row,) = rings_for(world.documents, "leader-110112", world.clock.now())
    (entry,) = row["entries"]
    assert (entry["step"], entry["due_at"]) == (6, "2026-06-03T01:12:00.000000Z")


def test_a_ring_that_comes_once_stays_in_the_list_for_its_step() -> None:
    world = World("d12 10:00")
    world.say("d12 10:00", P, f.duty_assigned(moment("d13 10:00")))
    world.run_until("d13 10:00")
    world.say("d13 10:00", P, f.duty_ended(0, 1))  # the clocks have stopped
    assert entries(world, TOWN) == [("ring", 1, 1)]
    world.time.move_to(moment("d13 14:00"))
    assert entries(world, TOWN) == []


def test_rings_come_in_pages_the_longest_first() -> None:
    world = World("d2 15:00")
    world.say("d2 15:00", H, f.blown())
    world.say("d2 15:30", R, f.received())
    world.run_until("d2 23:00")
    first = rings_for(world.documents, CENTRE, world.clock.now(), limit=1)
    rest = rings_for(world.documents, CENTRE, world.clock.now(), after=first[0]["sort"])
    assert [row["clock"] for row in (*first, *rest)] == [C, CH]


def test_a_stopped_clock_keeps_nothing_but_what_was_seen() -> None:
    world = dispatched_order()
    world.say("d1 10:00", W, f.order_closed())
    world.say("d1 11:00", W, f.raised())  # comes to nothing
    body = dict(world.documents.get("due_times", REQUEST).body)
    seen = body.pop("seen")
    assert body == {"open": {}}
    assert seen[C] == len(world.commits(C))


def test_read_models_fed_each_commit_twice_are_the_same() -> None:
    world = dispatched_order()
    world.run_until("d2 14:00")
    before = [world.documents.get(each.name, REQUEST) for each in (DUE_TIMES, RINGS)]
    for follower in world.projections:
        for commit in world.commits(C):
            follower.consumer.handle(commit)
    assert [world.documents.get(each.name, REQUEST) for each in (DUE_TIMES, RINGS)] == before


def test_read_models_rebuilt_are_the_same_as_those_kept() -> None:
    world = dispatched_order()
    world.run_until("d2 14:00")
    kept = {each.consumer.name: world.documents.find(each.consumer.name, {}) for each in
            world.projections}  # fmt: skip
    for follower in world.projections:
        world.documents.drop(follower.consumer.name)
        follower.checkpoints.forget()
        for stream in (R, W, C):
            follower.ring(stream)

    def bodies(found: object) -> list[Body]:
        assert isinstance(found, list)
        return [dict(each.body) for each in found if isinstance(each, Document)]

    for name, before in kept.items():
        assert bodies(world.documents.find(name, {})) == bodies(before)


# -- the clocks of a matter ------------------------------------------------------------------------


def test_the_clocks_of_a_matter_are_found_by_any_of_its_streams() -> None:
    world = dispatched_order()
    world.say("d1 10:00", W, f.raised())
    world.say("d1 10:00", A, f.raise_received())
    world.say("d2 15:00", H, f.blown())
    world.say("d2 16:10", D[3], f.called(CALLED[3]))
    assert [clocks_of(world.logs, each)["clock"] for each in (R, W, A)] == [C, C, C]
    assert [clocks_of(world.logs, each)["clock"] for each in (H, D[3])] == [CH, CH]
    assert clocks_of(world.logs, A)["about"] == [6]


def test_a_clock_is_shown_with_its_charge_its_step_and_whom_it_rang() -> None:
    world = dispatched_order()
    world.run_until("d2 14:00")
    found = clocks_of(world.logs, R)
    assert found["version"] == len(world.commits(C))
    assert found["armings"][3] == {
        "arming": 4,
        "kind": "acknowledge",
        "subject": W,
        "status": "missed",
        "charged_to": VILLAGE,
        "starts_at": "2026-06-01T01:12:00.000000Z",
        "limit_seconds": 86_400,
        "due_at": "2026-06-02T01:12:00.000000Z",
        "remind_at": "2026-06-01T13:12:00.000000Z",
        "reminded": True,
        "missed_steps": 2,
        "rung": [TOWN, CENTRE],
        "next_step_due_at": "2026-06-02T09:12:00.000000Z",
    }


def test_a_clock_at_the_top_names_each_who_was_rung_once() -> None:
    world = dispatched_order()
    world.run_until("d3 09:00")
    rung = clocks_of(world.logs, R)["armings"][3]["rung"]
    assert rung == [TOWN, CENTRE, DEPUTY, "leader-110112"]


@pytest.mark.parametrize(
    "subject", [R, W, "registry-units", C, "nonsense", "", "call-none", "clock-"]
)
def test_a_matter_without_clocks_is_not_found(subject: str) -> None:
    with pytest.raises(NotFound):
        clocks_of(World().logs, subject)


# -- orphans ---------------------------------------------------------------------------------------


def found_in(world: World) -> tuple[Orphan, ...]:
    checkpoints = world.reactions.checkpoints
    return orphans(world.documents, world.logs["escalation"], checkpoints)


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


def test_what_the_policies_have_not_handled_yet_is_lag_and_no_orphan() -> None:
    world = World()
    world.reactions.checkpoints.park(Parked(R, 1, "behind", moment("d1 09:00")))
    world.say("d1 09:12", R, f.received())
    assert world.documents.find(WATCHED_REQUESTS.name, {"unwatched": True}) != []
    assert found_in(world) == ()


def test_a_list_that_lags_behind_the_clock_s_stream_accuses_nobody() -> None:
    world = World()
    world.append(R, f.received())
    watched = world.projections[2]
    watched.ring(R)
    world.reactions.ring(R)
    assert world.documents.find(WATCHED_REQUESTS.name, {"unwatched": True}) != []
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
