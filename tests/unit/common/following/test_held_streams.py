"""What a processor can't go on with waits by itself, and is taken up again."""

from contextlib import suppress
from datetime import timedelta

import pytest

from services.common.contracts.event_types import UnknownEventVersion
from services.common.eventlog.ports import StoreAway
from services.common.following.cursors import StreamHeldUp
from tests.support.examples import acknowledged, noted
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
    torn,
)

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


def test_a_fault_of_ours_is_tried_again_more_and_more_rarely_and_then_parked(world: World) -> None:
    world.fails(Sick("oh"))
    for attempts, seconds in enumerate((1, 2, 5, 15, 60)):
        held = world.held[W]
        assert held.retry_at == held.since + timedelta(seconds=seconds)
        assert (held.attempts, held.parked, held.reason) == (attempts, False, "Sick: oh")
        world.try_again()
    assert (world.held[W].parked, world.held[W].attempts) == (True, 5)
    assert world.processor.retry_due(FOR_EVER) == 0


@pytest.mark.parametrize("error", [StreamHeldUp(), UnknownEventVersion()])
def test_what_waits_for_others_is_tried_again_for_ever(world: World, error: Exception) -> None:
    world.fails(error)
    world.try_again(times=20)
    held = world.held[W]
    assert held.retry_at == held.since + timedelta(seconds=60)


def test_what_was_held_up_from_outside_is_no_fault_of_ours(world: World) -> None:
    world.fails(StreamHeldUp())
    world.try_again(times=6)
    world.scribe.trouble[f"{W}@1"] = Sick()
    world.try_again(times=5)
    assert not world.held[W].parked
    world.try_again()
    assert world.held[W].parked


def test_the_first_failure_of_what_only_hung_is_its_first(world: World) -> None:
    world.happens(V, world.happens(W))
    world.scribe.trouble[f"{W}@1"] = torn()
    world.rest()
    world.scribe.trouble = {f"{V}@1": Sick()}
    world.processor.replay(W)
    assert (world.held[V].attempts, world.held[V].faults) == (0, 1)


def test_a_retry_before_the_cursor_has_come_there_forgets_nothing(world: World) -> None:
    for stream in (U, W, V):
        world.happens(stream)
    world.scribe.trouble = {f"{W}@1": Sick(), f"{V}@1": StoreAway()}
    for _ in range(4):
        with suppress(StoreAway):
            world.processor.turn()
        assert world.processor.retry_due(FOR_EVER) <= 1
    assert hanging(world.held) == {W: (1, None)}
    del world.scribe.trouble[f"{V}@1"]
    world.rest()
    world.try_again()
    assert world.held[W].attempts == 1


def test_what_is_followed_no_more_is_held_no_more(world: World) -> None:
    world.fails(Sick())
    world.scribe.follows = frozenset({"request"})
    narrow = world.replica()
    assert narrow.retry_due(FOR_EVER) == 1
    assert world.held == {}


def test_what_nobody_follows_passes_the_waiting_on_though_it_cant_be_read(
    world: World, older: pytest.MonkeyPatch
) -> None:
    unread = world.happens(TABLE, world.happens(W), event=acknowledged())
    world.happens(V, unread)
    world.scribe.trouble = {f"{W}@1": torn()}
    world.rest()
    world.processor.replay(W)
    assert (world.told, set(world.held)) == ([], {TABLE, V, W})
    world.scribe.trouble = {}
    older.undo()
    world.processor.replay(W)
    assert (world.told, world.held) == ([f"{W}@1", f"{V}@1"], {})


def test_a_retry_that_works_ends_the_waiting_and_only_when_it_is_due(world: World) -> None:
    world.fails(Sick())
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
    world.fails(Sick())
    world.happens(W)
    world.rest()
    world.try_again(times=3)
    world.scribe.trouble = {f"{W}@2": Sick()}
    world.try_again()
    assert (world.told, hanging(world.held)) == ([f"{W}@1"], {W: (2, None)})
    assert world.held[W].attempts == 0


# -- taking up again -------------------------------------------------------------------------------
