"""What is due, for whom it rings, and which clocks a matter has."""

import pytest

from services.common.errors import NotFound
from services.common.following.memory import MemoryCursors
from services.common.following.ports import Document
from services.common.following.processors import processors_of
from services.escalation.clocks.projections import DUE_TIMES, RINGS
from services.escalation.clocks.views import clocks_of, rings_for
from services.escalation.reading import Body
from tests.support import examples_clock_facts as f
from tests.support.examples_clock_facts import (
    CALLED,
    CH,
    REQUEST,
    A,
    C,
    D,
    H,
    P,
    R,
    W,
    dispatched_order,
)
from tests.support.examples_clocks import CENTRE, DEPUTY, TOWN, VILLAGE, World, moment
from tests.support.following import settle, tell


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


def test_a_ring_that_comes_once_leaves_the_document_at_the_moment_its_step_is_over() -> None:
    world = World("d12 10:00")
    world.say("d12 10:00", P, f.duty_assigned(moment("d20 10:00")))
    world.run_until("d13 10:00")
    assert world.documents.find("rings", {"units": TOWN})
    world.say("d13 14:00", P, f.checked_in(2))
    assert world.documents.find("rings", {"units": TOWN}) == []


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
    for projection in world.projections:
        tell(projection.consumer, *world.commits(C))
    assert [world.documents.get(each.name, REQUEST) for each in (DUE_TIMES, RINGS)] == before


def test_read_models_rebuilt_are_the_same_as_those_kept() -> None:
    world = dispatched_order()
    world.run_until("d2 14:00")
    consumers = [each.consumer for each in world.projections]
    kept = {each.name: world.documents.find(each.name, {}) for each in consumers}
    for each in consumers:
        world.documents.drop(each.name)
    settle(world.logs, processors_of(consumers, logs=world.logs, cursors=MemoryCursors()))

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
