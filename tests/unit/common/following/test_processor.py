"""A processor tells a batch what is new, causes first, and its cursor says only what is true."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import pytest

from services.common.contracts.commit import Cause, Commit
from services.common.eventlog.ports import SourceBehind, StoreAway, Unreadable
from services.common.following.cursors import Cursor
from services.common.following.merging import CausesFirst, Entry
from services.testing.memory_log import MemoryLog
from tests.support.examples import noted
from tests.unit.common.eventlog.toy import append, clock
from tests.unit.common.following.processing import (
    TABLE,
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

# -- what is new -----------------------------------------------------------------------------------


def test_a_turn_tells_what_is_new_in_order_and_moves_the_cursor_to_it(world: World) -> None:
    for stream in (W, V, TABLE, W):
        world.happens(stream)
    assert world.processor.turn() == 4
    assert world.told == [f"{W}@1", f"{V}@1", f"{W}@2"]
    assert world.cursor == Cursor(1, {"dispatch": 4, "intake": 0})


def test_a_turn_with_nothing_new_writes_nothing(world: World) -> None:
    world.happens(W)
    world.processor.turn()
    del world.scribe.did[:]
    assert world.processor.turn() == 0
    assert (world.scribe.did, world.cursor.revision) == ([], 1)


def test_what_has_no_place_is_not_told_until_it_has(world: World) -> None:
    world.happens(W)
    append(world.dispatch, W)
    world.rest()
    assert world.told == [f"{W}@1"]
    world.dispatch.stamp(1)
    world.rest()
    assert world.told == [f"{W}@1", f"{W}@2"]


class Closed(MemoryLog):
    """A log that nobody may read."""

    def read(self, stream: str, after: int = 0, upto: int | None = None) -> Iterator[Commit]:
        raise AssertionError(stream, after, upto)

    def commits(self, after: int, limit: int) -> Sequence[Commit | Unreadable]:
        raise AssertionError(after, limit)

    def positions(self, commits: Iterable[tuple[str, int]]) -> Mapping[tuple[str, int], int]:
        raise AssertionError(commits)


def test_a_log_that_holds_nothing_followed_is_not_read_not_even_for_a_cause() -> None:
    world = World(Scribe(["workOrder"]))
    world.intake = Closed("intake", clock())
    world.processor = world.replica()
    append(world.dispatch, W, cause=Cause(R, 1))
    world.dispatch.stamp(1)
    world.rest()
    assert (world.told, world.cursor.positions) == ([f"{W}@1"], {"dispatch": 1})


# -- causes first ----------------------------------------------------------------------------------


@pytest.mark.parametrize("says_its_place", [True, False])
def test_an_effect_waits_for_its_cause_that_stands_far_ahead(*, says_its_place: bool) -> None:
    world = World(batch_commits=2)
    requests = [world.happens(R) for _ in range(7)]
    place = requests[-1].position if says_its_place else None
    effect = world.happens(W, replace(requests[-1], position=place))
    world.happens(V, effect)
    world.rest()
    assert world.told == [*(f"{R}@{number}" for number in range(1, 8)), f"{W}@1", f"{V}@1"]


def test_an_effect_waits_from_turn_to_turn(world: World) -> None:
    append(world.intake, R)
    append(world.dispatch, W, cause=Cause(R, 1, position=1))
    world.dispatch.stamp(1)
    assert (world.processor.turn(), world.cursor.revision) == (0, 0)
    world.intake.stamp(1)
    assert (world.processor.turn(), world.told) == (2, [f"{R}@1", f"{W}@1"])


def test_a_cause_that_says_its_place_is_not_looked_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.happens(W, world.happens(R))
    monkeypatch.setattr(MemoryLog, "positions", Closed.positions)
    world.rest()
    assert world.told == [f"{R}@1", f"{W}@1"]


@pytest.mark.parametrize("source", [R, "novel-n"])
def test_a_cause_in_a_log_that_is_not_followed_is_waited_for_by_nobody(source: str) -> None:
    merged = CausesFirst({"dispatch": 0})
    effect = Entry("dispatch", 1, W, 1, torn(), Cause(source, 1))
    merged.take("dispatch", [effect])
    assert (merged.next(), merged.next(), merged.told) == (effect, None, {"dispatch": 1})


@pytest.mark.parametrize("logs", [("dispatch", "intake"), ("intake", "dispatch")])
def test_of_a_circle_recorded_at_one_time_the_same_one_goes_first_whichever_log_is_named_first(
    logs: tuple[str, ...],
) -> None:
    """Two replicas must tell the same order."""
    merged = CausesFirst(dict.fromkeys(logs, 0))
    order = Entry("dispatch", 1, W, 1, torn(), Cause(R, 1))
    merged.take("dispatch", [order])
    merged.take("intake", [Entry("intake", 1, R, 1, torn(), Cause(W, 1))])
    assert (merged.next(), merged.out_of_circle()) == (None, order)


def test_only_what_an_older_release_has_written_is_freed_from_a_circle() -> None:
    """Positions and causes that say their place can't form one: then something is still to come."""
    merged = CausesFirst({"dispatch": 0, "intake": 0})
    merged.take("dispatch", [Entry("dispatch", 1, W, 1, torn(), Cause(R, 1, position=1))])
    merged.take("intake", [Entry("intake", 1, R, 1, torn(), Cause(W, 1, position=1))])
    assert (merged.next(), merged.out_of_circle()) == (None, None)


# -- writing, and what is away ---------------------------------------------------------------------


def test_the_batch_is_written_before_the_cursor_moves(world: World) -> None:
    world.happens(W)
    world.processor.turn()
    assert world.scribe.did == ["batch", f"{W}@1", "flush", "save"]


@pytest.mark.parametrize("where", ["trouble", "trouble_in_flush"])
def test_what_is_away_leaves_the_cursor_and_all_is_told_again_to_a_new_batch(
    world: World, where: str
) -> None:
    world.happens(U)
    world.processor.turn()
    before = world.cursor
    world.happens(W)
    world.happens(V)
    getattr(world.scribe, where)[f"{V}@1"] = StoreAway()
    with pytest.raises(StoreAway):
        world.processor.turn()
    assert (world.cursor, world.told) == (before, [f"{U}@1"])
    getattr(world.scribe, where).clear()
    del world.scribe.did[:]
    assert world.processor.turn() == 2
    assert world.scribe.did == ["batch", f"{W}@1", f"{V}@1", "flush", "save"]


def test_observers_are_shown_a_commit_before_its_consumer_and_may_hold_everything_up() -> None:
    world = World()
    shown: list[str] = []

    def show(commit: Commit) -> None:
        shown.append(f"{commit.stream}@{commit.version}")
        world.scribe.did.append("shown")
        if len(shown) == 1:
            raise SourceBehind(stream=TABLE, reached=0, wanted=1)

    world.happens(W)
    world.happens(TABLE)
    watched = world.replica(observers=[show])
    with pytest.raises(SourceBehind):
        watched.turn()
    assert world.told == []
    assert watched.turn() == 2
    assert (shown, world.told) == ([f"{W}@1", f"{W}@1", f"{TABLE}@1"], [f"{W}@1"])
    assert world.scribe.did[-5:] == ["shown", "shown", f"{W}@1", "flush", "save"]


# -- what an older release has written -------------------------------------------------------------


def old(world: World, stream: str, because: tuple[str, int] | None = None) -> None:
    """Append a commit without a place, whose cause says none either."""
    log = world.intake if stream.startswith("request") else world.dispatch
    append(log, stream, noted(), cause=Cause(*because) if because else None)


def test_a_cause_that_gets_its_place_later_than_its_effect_is_waited_for(world: World) -> None:
    old(world, R)
    old(world, W, (R, 1))
    world.dispatch.stamp(1)
    assert world.processor.turn() == 0
    world.intake.stamp(1)
    world.rest()
    assert world.told == [f"{R}@1", f"{W}@1"]


def test_a_circle_of_places_and_causes_stops_nobody(world: World) -> None:
    old(world, V, (R, 1))
    old(world, W)
    old(world, Q, (W, 1))
    old(world, R)
    world.dispatch.stamp(2)
    world.intake.stamp(2)
    world.rest()
    assert set(world.told) == {f"{Q}@1", f"{R}@1", f"{V}@1", f"{W}@1"}
    assert world.told.index(f"{W}@1") < world.told.index(f"{Q}@1")


def test_a_batch_that_was_told_nothing_writes_nothing() -> None:
    world = World()
    world.happens(W)
    world.scribe.trouble_in_flush[f"{W}@1"] = Sick()
    world.rest()
    world.happens(W)
    world.rest()
    assert hanging(world.held) == {W: (1, None)}
    assert world.cursor.positions["dispatch"] == 2
    assert world.scribe.did.count("flush") == 1
