"""A replay takes up a held stream and all that hangs on it, as far as the cursor has come."""

from contextlib import suppress
from typing import Any

import pytest

from services.common.contracts.commit import Fact
from services.common.eventlog.ports import StoreAway, StreamConflict
from services.common.following.cursors import CursorMoved, TooManyHeld
from services.common.following.memory import MemoryDocuments
from services.common.following.projecting import Projector, ReadModel
from tests.support.examples import acknowledged, noted
from tests.unit.common.eventlog.toy import append
from tests.unit.common.following.processing import (
    Q,
    R,
    Scribe,
    Sick,
    U,
    V,
    W,
    World,
    hanging,
    torn,
)


def test_a_replay_takes_up_all_that_hang_on_it_causes_first_from_where_each_was_held(
    world: World,
) -> None:
    """The request stands before its cause, each by its place in its own log."""
    world.happens(V)
    orders = [world.happens(W) for _ in range(3)]
    effect = world.happens(R, orders[-1])
    world.happens(R)
    world.happens(V, effect)
    world.scribe.trouble[f"{W}@2"] = torn()
    world.rest()
    assert world.told == [f"{V}@1", f"{W}@1"]
    world.scribe.trouble.clear()
    world.processor.replay(W)
    assert world.told[2:] == [f"{W}@2", f"{W}@3", f"{R}@1", f"{R}@2", f"{V}@2"]
    assert (world.held, world.processor.turn()) == ({}, 0)


@pytest.mark.parametrize("ahead", ["readable", "unreadable", "without a place"])
def test_a_replay_goes_only_as_far_as_the_cursor(
    world: World, older: pytest.MonkeyPatch, ahead: str
) -> None:
    world.fails(torn())
    before = world.cursor.positions
    world.scribe.trouble.clear()
    append(world.dispatch, W, acknowledged() if ahead == "unreadable" else noted())
    world.dispatch.stamp(ahead != "without a place")
    world.processor.replay(W)
    assert (world.told, world.held, world.cursor.positions) == ([f"{W}@1"], {}, before)
    older.undo()
    world.dispatch.stamp(1)
    world.rest()
    assert world.told == [f"{W}@1", f"{W}@2"]


@pytest.mark.parametrize("where", ["trouble", "trouble_in_flush"])
def test_what_fails_again_in_a_replay_stays_held_and_the_rest_is_done(
    world: World, where: str
) -> None:
    first, second = world.happens(W), world.happens(W)
    for stream, because in ((V, first), (R, second), (U, first)):
        world.happens(stream, because)
    world.happens(Q)
    world.scribe.trouble |= {f"{W}@1": torn(), f"{Q}@1": torn()}
    world.rest()
    del world.scribe.trouble[f"{W}@1"]
    getattr(world.scribe, where)[f"{W}@2"] = torn()
    world.processor.replay(W)
    assert world.told == [f"{W}@1", f"{V}@1", f"{U}@1"]
    assert hanging(world.held) == {Q: (1, None), W: (2, None), R: (1, W)}


def test_what_is_away_in_a_replay_leaves_everything_held(world: World) -> None:
    world.fails(torn())
    before = world.cursor
    world.scribe.trouble[f"{W}@1"] = StoreAway()
    with pytest.raises(StoreAway):
        world.processor.replay(W)
    assert world.cursor == before


def test_a_replay_of_what_is_not_held_does_nothing(world: World) -> None:
    world.fails(torn())
    del world.scribe.did[:]
    world.processor.replay(V)
    assert (world.scribe.did, hanging(world.held)) == ([], {W: (1, None)})


# -- a fault in what is written at once ------------------------------------------------------------


def test_a_fault_in_writing_is_narrowed_down_to_its_stream() -> None:
    world = World(batch_commits=8)
    streams = [f"workOrder-{number}" for number in range(10)]
    for stream in streams:
        world.happens(stream)
    world.scribe.trouble_in_flush["workOrder-5@1"] = Sick()
    for _ in range(20):
        with suppress(Sick):
            world.processor.turn()
    assert hanging(world.held) == {"workOrder-5": (1, None)}
    assert world.told == [f"{stream}@1" for stream in streams if stream != "workOrder-5"]
    for _ in range(20):
        world.happens(W)
    assert [world.processor.turn() for _ in range(4)] == [8, 8, 4, 0], "not as fast again"


# -- two replicas ----------------------------------------------------------------------------------


def _count(body: dict[str, Any], _: Fact) -> dict[str, Any]:
    return {**body, "notes": body.get("notes", 0) + 1}


def test_the_slower_of_two_starts_again_and_counts_nothing_twice(world: World) -> None:
    documents = MemoryDocuments()
    model = ReadModel("counts", frozenset({"workOrder"}), lambda _: "all", _count)
    slow, fast = (world.replica(Projector("counts", model, documents)) for _ in range(2))
    world.happens(W)
    slow.turn()
    world.happens(W)
    fast.turn()
    world.happens(W)
    with pytest.raises(StreamConflict):
        slow.turn()
    assert (slow.turn(), slow.turn()) == (1, 0)
    assert documents.get("counts", "all").body == {"notes": 3, "seen": {W: 3}}


def test_the_slower_of_two_whose_documents_nobody_has_moved_starts_again_too(
    world: World,
) -> None:
    slow, fast = world.replica(), world.replica(Scribe())
    world.happens(W)
    slow.turn()
    world.happens(V)
    fast.turn()
    world.happens(U)
    with pytest.raises(CursorMoved):
        slow.turn()
    del world.told[:]
    assert (slow.turn(), slow.turn(), world.told) == (1, 0, [f"{U}@1"])


def test_the_slower_of_two_leaves_what_the_faster_has_held(world: World) -> None:
    slow = world.replica()
    world.happens(V)
    slow.turn()
    world.fails(Sick())
    world.try_again(times=2)
    before = world.cursor
    assert (slow.turn(), world.cursor) == (1, before)
    assert (slow.turn(), world.told) == (0, [f"{V}@1"])


# -- too much trouble ------------------------------------------------------------------------------


@pytest.mark.parametrize("hang", [False, True])
def test_with_too_many_held_the_cursor_stands(
    world: World, monkeypatch: pytest.MonkeyPatch, *, hang: bool
) -> None:
    monkeypatch.setattr("services.common.following.processor.MOST_HELD", 2)
    world.happens(W)
    world.scribe.trouble = {f"{stream}@1": torn() for stream in (W, V, U)}
    world.rest()
    cause = world.happens(W) if hang else None
    for stream in (V, U):
        world.happens(stream, cause)
    with pytest.raises(TooManyHeld):
        world.rest()
    stands = world.cursor
    with pytest.raises(TooManyHeld):
        world.processor.turn()
    assert (world.cursor, world.cursor.positions["dispatch"]) == (stands, 1)
    assert set(world.held) == ({W} if hang else {W, V})
