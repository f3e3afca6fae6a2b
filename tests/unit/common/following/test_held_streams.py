"""What a processor can't go on with waits by itself, and is taken up again."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from services.common.contracts.commit import Fact
from services.common.contracts.event_types import UnknownEventVersion
from services.common.eventlog.ports import StoreAway
from services.common.following.cursors import CursorMoved, StreamHeldUp, TooManyHeld
from services.common.following.memory import MemoryDocuments
from services.common.following.projecting import Projector, ReadModel
from tests.support.examples import acknowledged, noted
from tests.unit.common.eventlog.toy import append
from tests.unit.common.following.processing import (
    FOR_EVER,
    TABLE,
    Q,
    R,
    Sick,
    U,
    V,
    W,
    World,
    hanging,
    older,
    torn,
    world,
)

__all__ = ["older", "world"]


# -- what can't be handled -------------------------------------------------------------------------


def test_what_is_corrupt_parks_its_stream_and_others_go_on(world: World) -> None:
    for stream in (V, W, W, V):
        world.happens(stream)
    world.scribe.trouble[f"{W}@1"] = torn()
    world.rest()
    assert world.told == [f"{V}@1", f"{V}@2"]
    assert world.held[W].parked
    assert (hanging(world.held), world.held[W].reason) == ({W: (1, None)}, "Corrupt: why=torn")
    for stream in (W, V):
        world.happens(stream)
    world.rest()
    assert world.told == [f"{V}@1", f"{V}@2", f"{V}@3"]
    assert (world.cursor.positions["dispatch"], hanging(world.held)) == (6, {W: (1, None)})


def test_what_has_its_cause_in_a_held_stream_hangs_on_it_also_by_others(world: World) -> None:
    early, late = world.happens(W), world.happens(W)
    for stream, because in ((R, None), (Q, early)):
        world.happens(stream, because)
    effect = world.happens(R, late)
    for stream in (V, U):
        world.happens(stream)
    world.happens(V, effect)
    world.scribe.trouble[f"{W}@2"] = torn()
    world.rest()
    assert sorted(world.told) == [f"{Q}@1", f"{R}@1", f"{W}@1", f"{V}@1", f"{U}@1"]
    assert hanging(world.held) == {W: (2, None), R: (2, W), V: (2, R)}
    assert [each.parked for each in world.held.values()] == [True, False, False]


def test_told_stream_by_stream_nothing_hangs(world: World) -> None:
    world.scribe.in_causal_order = False
    world.happens(R, world.happens(W))
    world.scribe.trouble[f"{W}@1"] = torn()
    world.rest()
    assert (world.told, hanging(world.held)) == ([f"{R}@1"], {W: (1, None)})


def failed(world: World, error: Exception) -> None:
    """Let the first commit of a stream fail, and the cursor go past it."""
    world.happens(W)
    world.scribe.trouble[f"{W}@1"] = error
    world.rest()


def test_a_fault_of_ours_is_tried_again_more_and_more_rarely_and_then_parked(world: World) -> None:
    failed(world, Sick("oh"))
    for attempts, seconds in enumerate((1, 2, 5, 15, 60)):
        held = world.held[W]
        assert held.retry_at == held.since + timedelta(seconds=seconds)
        assert (held.attempts, held.parked, held.reason) == (attempts, False, "Sick: oh")
        world.try_again()
    assert (world.held[W].parked, world.held[W].attempts) == (True, 5)
    assert world.processor.retry_due(FOR_EVER) == 0


@pytest.mark.parametrize("error", [StreamHeldUp(), UnknownEventVersion()])
def test_what_waits_for_others_is_tried_again_for_ever(world: World, error: Exception) -> None:
    failed(world, error)
    world.try_again(times=20)
    held = world.held[W]
    assert held.retry_at == held.since + timedelta(seconds=60)


def test_a_retry_that_works_ends_the_waiting_and_only_when_it_is_due(world: World) -> None:
    failed(world, Sick())
    world.scribe.trouble.clear()
    due = world.held[W].retry_at
    assert due is not None
    assert world.processor.retry_due(due - timedelta(milliseconds=1)) == 0
    assert (world.told, hanging(world.held)) == ([], {W: (1, None)})
    assert world.processor.retry_due(due) == 1
    assert (world.told, world.held) == ([f"{W}@1"], {})


def test_what_only_a_newer_release_can_read_waits_for_it_alone(
    world: World, older: pytest.MonkeyPatch
) -> None:
    world.happens(R, world.happens(W, event=acknowledged()))
    for stream, event in ((U, noted()), (TABLE, acknowledged())):
        world.happens(stream, event=event)
    world.rest()
    world.try_again()
    assert (world.told, hanging(world.held)) == ([f"{U}@1"], {W: (1, None), R: (1, W)})
    assert world.held[W].reason.startswith("UnknownEventVersion")
    assert world.cursor.positions == {"dispatch": 3, "intake": 1}
    older.undo()
    world.replica().retry_due(FOR_EVER)
    assert (world.told, world.held) == ([f"{U}@1", f"{W}@1", f"{R}@1"], {})


def test_a_retry_that_gets_further_counts_from_the_start(world: World) -> None:
    failed(world, Sick())
    world.happens(W)
    world.rest()
    world.try_again(times=3)
    world.scribe.trouble = {f"{W}@2": Sick()}
    world.try_again()
    assert (world.told, hanging(world.held)) == ([f"{W}@1"], {W: (2, None)})
    assert world.held[W].attempts == 0


# -- taking up again -------------------------------------------------------------------------------


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
    failed(world, torn())
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
    failed(world, torn())
    before = world.cursor
    world.scribe.trouble[f"{W}@1"] = StoreAway()
    with pytest.raises(StoreAway):
        world.processor.replay(W)
    assert world.cursor == before


def test_a_replay_of_what_is_not_held_does_nothing(world: World) -> None:
    failed(world, torn())
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
    with pytest.raises(CursorMoved):
        slow.turn()
    assert (slow.turn(), slow.turn()) == (1, 0)
    assert documents.get("counts", "all").body == {"notes": 3, "seen": {W: 3}}


def test_the_slower_of_two_leaves_what_the_faster_has_held(world: World) -> None:
    slow = world.replica()
    world.happens(V)
    slow.turn()
    failed(world, Sick())
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
