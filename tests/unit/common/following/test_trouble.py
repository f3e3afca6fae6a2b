"""Trouble while following: parked, tried again, replayed; and never for the innocent's loss."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from services.common.contracts import event_types as register
from services.common.contracts.commit import Cause, Commit
from services.common.contracts.event_types import REGISTER, EventType, event
from services.common.errors import Corrupt, Transient
from services.common.eventlog.ports import StoreAway
from services.common.following.follower import RETRY_TIERS, UNEXPECTED_ATTEMPTS
from services.common.following.memory import MemoryCheckpoints
from services.common.following.ports import Followed, Parked, StreamParked
from services.testing.memory_log import MemoryLog
from tests.support.examples import DAY_ONE
from tests.unit.common.eventlog.toy import append
from tests.unit.common.following.world import LATER, R, V, W, World


@pytest.fixture
def world() -> World:
    return World()


def test_a_corrupt_commit_parks_its_stream_after_what_came_before(world: World) -> None:
    for _ in range(3):
        world.order()
    world.corrupt(f"{W}@2")
    world.follower.ring(W, 3)
    [parked] = world.checkpoints.parked()
    assert (parked.stream, parked.version, parked.hangs_on) == (W, 2, None)
    assert "unreadable" in parked.reason
    assert world.heard == [f"{W}@1"]
    world.follower.ring(W, 3)
    assert [each.rung for each in world.checkpoints.parked()] == [2]


def test_a_parked_stream_takes_no_innocent_with_it(world: World) -> None:
    for stream in (W, V):
        world.order(stream)
        world.order(stream)
    world.corrupt(f"{W}@1")
    for stream in (W, V):
        world.follower.ring(stream, 2)
    world.stamp_all()
    for _ in range(3):
        world.follower.sweep("dispatch")
    assert world.heard == [f"{V}@1", f"{V}@2"]
    assert world.parked() == [W]


def test_an_outage_before_it_does_not_count_as_a_fault_of_ours(world: World) -> None:
    world.order()
    for _ in range(UNEXPECTED_ATTEMPTS):
        world.consumer.trouble[f"{W}@1"] = StoreAway()
        world.follower.ring(W, 1)
    world.consumer.trouble[f"{W}@1"] = KeyError("a bug")
    world.follower.ring(W, 1)
    assert world.parked() == []


def test_a_fault_of_ours_in_a_cause_parks_the_cause_and_its_effect_goes_on_with_it(
    world: World,
) -> None:
    world.request()
    world.order(cause=Cause(R, 1))
    world.consumer.trouble[f"{R}@1"] = KeyError("a bug")
    for _ in range(UNEXPECTED_ATTEMPTS):
        world.follower.ring(W, 1)
        assert world.parked() == []
    for _ in range(2):
        world.follower.ring(W, 1)
    assert {each.stream: each.hangs_on for each in world.checkpoints.parked()} == {R: None, W: R}
    world.consumer.trouble.clear()
    world.follower.replay(R)
    assert (world.heard, world.parked()) == ([f"{R}@1", f"{W}@1"], [])


def test_what_hangs_on_a_parked_cause_is_parked_and_goes_on_with_it(world: World) -> None:
    world.request()
    world.order(cause=Cause(R, 1))
    world.order(V, cause=Cause(W, 1))
    world.corrupt(f"{R}@1")
    world.follower.ring(V, 1)
    hanging = {each.stream: each.hangs_on for each in world.checkpoints.parked()}
    assert hanging == {R: None, W: R, V: W}
    world.consumer.trouble.clear()
    world.follower.replay(R)
    assert world.heard == [f"{R}@1", f"{W}@1", f"{V}@1"]
    assert world.parked() == []


def test_a_cause_that_was_replayed_meanwhile_does_not_leave_its_effect_parked() -> None:
    """Somebody replays the cause between our look at it and our parking of what hangs on it."""

    class ReplayedMeanwhile(MemoryCheckpoints):
        def park(self, parked: Parked) -> None:
            super().park(parked)
            if parked.hangs_on is not None:
                row = self._row(parked.hangs_on)
                row.parked = None

    world = World(ReplayedMeanwhile("hearing"))
    world.request()
    world.order(cause=Cause(R, 1))
    world.checkpoints.park(Parked(R, 1, "unreadable", DAY_ONE))
    world.follower.ring(W, 1)
    assert world.parked() == []
    world.follower.retry_due(datetime.now(UTC) + LATER)
    assert world.heard == [f"{R}@1", f"{W}@1"]


@dataclass(frozen=True, slots=True)
class Later:
    """An event as the next release writes it."""

    unit: str


@pytest.fixture
def next_release() -> Iterator[EventType]:
    """A type whose second version only the next release knows."""
    event("TemporaryExample", of="workOrder", version=2)(Later)
    yield REGISTER["TemporaryExample"]
    del REGISTER["TemporaryExample"], register._OF_SHAPE[Later]


def test_a_version_of_the_next_release_parks_its_stream_until_the_upgrade(
    world: World, next_release: EventType
) -> None:
    append(world.dispatch, W, Later("v"))
    world.order(V)
    REGISTER["TemporaryExample"] = replace(next_release, version=1)  # this reader is older
    for stream in (W, V):
        world.follower.ring(stream, 1)
    assert (world.heard, world.parked()) == ([f"{V}@1"], [W])
    assert "UnknownEventVersion" in world.checkpoints.parked()[0].reason
    REGISTER["TemporaryExample"] = next_release
    world.follower.replay(W)
    assert (world.heard, world.parked()) == ([f"{V}@1", f"{W}@1"], [])


def test_replaying_what_is_still_corrupt_parks_it_again(world: World) -> None:
    world.order()
    world.corrupt(f"{W}@1")
    world.follower.ring(W, 1)
    world.follower.replay(W)
    assert world.parked() == [W]


def test_what_is_away_leaves_a_retry_row_and_is_done_when_it_is_back(world: World) -> None:
    world.order()
    world.consumer.trouble[f"{W}@1"] = StoreAway()
    before = datetime.now(UTC)
    world.follower.ring(W, 1)
    assert list(world.checkpoints.due_retries(before + RETRY_TIERS[0] / 2, 10)) == []
    assert world.due() == [W]
    world.consumer.trouble.clear()
    assert world.follower.retry_due(datetime.now(UTC) + LATER) == 1
    assert (world.heard, world.due()) == ([f"{W}@1"], [])


def test_retries_come_in_tiers_and_never_end_in_parking_for_what_is_away(world: World) -> None:
    world.order()
    world.consumer.trouble[f"{W}@1"] = Transient()
    for _ in range(2 * UNEXPECTED_ATTEMPTS):
        world.follower.retry_due(datetime.now(UTC) + LATER)
        world.follower.ring(W, 1)
    assert (world.parked(), world.due()) == ([], [W])
    waits = [each.total_seconds() for each in RETRY_TIERS]
    assert waits == sorted(waits)


def test_a_retry_that_has_nothing_left_to_do_is_forgotten(world: World) -> None:
    """Else the sweeper would try it again and again at once, without an end."""
    world.order()
    world.follower.ring(W, 2)  # names a version that never comes
    assert world.heard == [f"{W}@1"]
    assert world.due() == [W]
    world.follower.retry_due(datetime.now(UTC) + LATER)
    assert world.due() == []
    assert world.follower.retry_due(datetime.now(UTC) + LATER) == 0


def test_a_retry_of_a_stream_that_was_parked_meanwhile_is_forgotten(world: World) -> None:
    world.order()
    world.corrupt(f"{W}@1")
    world.follower.ring(W, 1)
    world.checkpoints.retry_at(W, datetime.now(UTC), "written by another replica")
    world.follower.retry_due(datetime.now(UTC) + LATER)
    assert (world.parked(), world.due()) == ([W], [])


def test_an_unexpected_fault_is_tried_again_five_times_and_parked_at_the_sixth(
    world: World,
) -> None:
    world.order()
    world.consumer.trouble[f"{W}@1"] = ZeroDivisionError("a fault of ours")
    for _ in range(UNEXPECTED_ATTEMPTS):
        world.follower.ring(W, 1)
        assert world.parked() == []
    world.follower.ring(W, 1)
    [parked] = world.checkpoints.parked()
    assert "ZeroDivisionError" in parked.reason
    assert world.due() == []


def test_a_retry_leaves_a_line_that_names_consumer_stream_and_reason(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.order()
    world.consumer.trouble[f"{W}@1"] = StoreAway(what="the list")
    world.follower.ring(W, 1)
    [line] = caplog.records
    assert line.levelname == "WARNING"
    assert f"hearing tries {W} again in 1 s: StoreAway" in line.message
    assert "the list" in line.message


def test_a_fault_of_ours_leaves_its_traceback_every_time_until_the_stream_is_parked(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.order()
    fault = ZeroDivisionError("a fault of ours")
    world.consumer.trouble[f"{W}@1"] = fault
    for _ in range(UNEXPECTED_ATTEMPTS + 1):
        world.follower.ring(W, 1)
    traced = [each for each in caplog.records if each.exc_info]
    assert {each.message for each in traced} == {f"hearing failed at {W}"}
    assert [each.exc_info[1] for each in traced if each.exc_info] == [fault] * len(traced)
    assert len(traced) == UNEXPECTED_ATTEMPTS + 1
    assert "Traceback" in caplog.text
    last = caplog.records[-1]
    assert last.levelname == "ERROR"
    assert last.message == f"hearing has parked {W} at version 1: ZeroDivisionError: {fault}"


def test_parking_leaves_a_line_and_so_does_parking_of_what_hangs_on_it(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.request()
    world.order(cause=Cause(R, 1))
    world.corrupt(f"{R}@1")
    world.follower.ring(W, 1)
    assert [each.levelname for each in caplog.records] == ["ERROR", "ERROR"]
    first, second = (each.message for each in caplog.records)
    assert first.startswith(f"hearing has parked {R} at version 1: Corrupt")
    assert second.startswith(f"hearing has parked {W} at version 1: StreamParked")


def test_a_doorbell_that_can_not_even_be_noted_stays_in_the_queue() -> None:
    class Away(MemoryCheckpoints):
        def of(self, streams: Iterable[str]) -> Mapping[str, Followed]:
            raise StoreAway(of=list(streams))

    world = World(Away("hearing"))
    world.order()
    with pytest.raises(StoreAway):
        world.follower.ring(W, 1)


def test_looking_at_a_parked_stream_says_so(world: World) -> None:
    world.order()
    world.corrupt(f"{W}@1")
    with pytest.raises(StreamParked):
        world.follower.catch_up(W)
    with pytest.raises(StreamParked):
        world.follower.catch_up(W)


def test_a_half_read_stream_keeps_what_was_handled(world: World) -> None:
    class Torn:
        """A log whose third commit can't be decoded."""

        name = "dispatch"

        def __init__(self, log: MemoryLog) -> None:
            self._log = log

        def read(self, stream: str, after: int = 0, upto: int | None = None) -> Iterator[Commit]:
            for commit in self._log.read(stream, after, upto):
                if commit.version == 3:
                    raise Corrupt(why="unknown version")
                yield commit

    for _ in range(4):
        world.order()
    world.follower.logs = {"dispatch": Torn(world.dispatch)}  # type: ignore[dict-item]
    world.follower.ring(W, 4)
    assert world.heard == [f"{W}@1", f"{W}@2"]
    assert [each.version for each in world.checkpoints.parked()] == [3]
