"""What every event log must do, the one in memory and the one in MongoDB."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

import pytest
from pymongo.database import Database

from services.common.clock import RealClock
from services.common.contracts.commit import Cause, Commit, Tip, chained, happened, sealed
from services.common.contracts.event_types import UnknownEvent, UnknownEventVersion
from services.common.eventlog.mongo import Row
from services.common.eventlog.mongo_log import MongoLog, create_indexes
from services.common.eventlog.mongo_outbox import MongoOutbox
from services.common.eventlog.onwards import SKEW
from services.common.eventlog.ports import ClockBehind, EventLog, Outbox, StreamConflict, Unreadable
from services.testing.memory_log import MemoryLog
from tests.support.databases import own_database
from tests.support.examples import acknowledged, at, draft, noted

TINY = timedelta(microseconds=1)


class LogWithOutbox(Protocol):
    """Both sides of one log."""

    log: EventLog
    outbox: Outbox

    def replica(self, skew: timedelta | None = SKEW) -> EventLog:
        """The same log as another process writes it."""
        ...


class InMemory:
    """A log in memory is its own outbox."""

    def __init__(self) -> None:
        both = MemoryLog("dispatch", RealClock())
        self.log: EventLog = both
        self.outbox: Outbox = both
        self._both = both

    def replica(self, skew: timedelta | None = SKEW) -> EventLog:
        self._both._skew = skew
        return self._both


class InMongo:
    """A log in a database of its own."""

    def __init__(self, database: Database[Row]) -> None:
        create_indexes(database)
        self.database = database
        self.log: EventLog = MongoLog("dispatch", database)
        self.outbox: Outbox = MongoOutbox("dispatch", database, RealClock())

    def replica(self, skew: timedelta | None = SKEW) -> EventLog:
        return MongoLog("dispatch", self.database, skew)


@pytest.fixture(params=["memory", "mongo"])
def both(request: pytest.FixtureRequest) -> Iterator[LogWithOutbox]:
    if request.param == "memory":
        yield InMemory()
        return
    with own_database(request.getfixturevalue("mongodb_uri"), "contract") as database:
        yield InMongo(database)


def test_a_commit_comes_back_as_it_was_written(both: LogWithOutbox) -> None:
    written = both.log.append(draft("workOrder-a", acknowledged(), noted()), Tip())
    [read] = both.log.read("workOrder-a")
    assert (read.version, read.draft, read.body) == (1, written.draft, written.body)
    assert read.hash == chained("", written.body)


def test_versions_of_a_stream_count_without_holes(both: LogWithOutbox) -> None:
    tip = Tip()
    for _ in range(3):
        tip = both.log.append(draft(), tip).tip
    assert [each.version for each in both.log.read("workOrder-a")] == [1, 2, 3]
    assert [each.version for each in both.log.read("workOrder-a", after=1, upto=2)] == [2]


def test_of_two_writers_at_one_tip_the_second_is_told(both: LogWithOutbox) -> None:
    both.log.append(draft(), Tip())
    with pytest.raises(StreamConflict):
        both.log.append(draft(), Tip())
    assert len(list(both.log.read("workOrder-a"))) == 1


def test_a_writer_that_knows_fewer_events_than_a_commit_holds_is_stale(both: LogWithOutbox) -> None:
    """Versions number commits: a commit of three events must not leave room at version 2 and 3."""
    first = both.log.append(draft("workOrder-a", acknowledged(), noted(), noted()), Tip())
    both.log.append(draft(), first.tip)
    with pytest.raises(StreamConflict):
        both.log.append(draft(), first.tip)


def test_a_command_id_enters_a_stream_once(both: LogWithOutbox) -> None:
    tip = both.log.append(draft(command_id="same"), Tip()).tip
    with pytest.raises(StreamConflict):
        both.log.append(draft(command_id="same"), tip)


def test_the_same_command_id_may_enter_two_streams(both: LogWithOutbox) -> None:
    both.log.append(draft("workOrder-a", command_id="same"), Tip())
    both.log.append(draft("workOrder-b", command_id="same"), Tip())
    assert len(list(both.log.read("workOrder-b"))) == 1


def test_a_stream_never_goes_back_in_business_time(both: LogWithOutbox) -> None:
    tip = both.log.append(draft(recorded_at=at(1)), Tip()).tip
    with pytest.raises(ClockBehind):
        both.log.append(draft(recorded_at=at(1) - TINY), tip)
    again = both.log.append(draft(recorded_at=at(1)), tip)
    assert again.version == 2, "the same moment is no step back"


def test_another_stream_may_be_behind_by_what_clocks_differ_and_no_more(
    both: LogWithOutbox,
) -> None:
    both.log.append(draft("workOrder-a", recorded_at=at(6)), Tip())
    both.log.append(draft("workOrder-b", recorded_at=at(6) - SKEW), Tip())
    with pytest.raises(ClockBehind):
        both.log.append(draft("workOrder-c", recorded_at=at(6) - SKEW - TINY), Tip())
    assert list(both.log.read("workOrder-c")) == []


def test_a_replica_whose_clock_was_set_back_is_refused_until_it_has_caught_up(
    both: LogWithOutbox,
) -> None:
    both.log.append(draft("workOrder-a", recorded_at=at(6)), Tip())
    both.outbox.stamp(10)
    replica = both.replica()
    with pytest.raises(ClockBehind):
        replica.append(draft("workOrder-b", recorded_at=at(0)), Tip())
    assert replica.append(draft("workOrder-b", recorded_at=at(6)), Tip()).version == 1


def test_under_a_stepped_clock_what_is_in_flight_may_be_a_step_behind(
    both: LogWithOutbox,
) -> None:
    both.log.append(draft("workOrder-a", recorded_at=at(6)), Tip())
    both.outbox.stamp(10)
    stepped = both.replica(skew=None)
    tip = stepped.append(draft("workOrder-b", recorded_at=at(0)), Tip()).tip
    with pytest.raises(ClockBehind):
        stepped.append(draft("workOrder-b", recorded_at=at(0) - TINY), tip)


def test_what_has_no_position_is_no_part_of_the_order(both: LogWithOutbox) -> None:
    both.log.append(draft(), Tip())
    assert both.log.head() == 0
    assert both.log.stamps(0, 10) == []
    assert both.outbox.unpublished(10) == []
    assert both.outbox.pending() == 1


def test_stamping_orders_everything_once_and_keeps_streams_in_order(both: LogWithOutbox) -> None:
    tips: dict[str, Tip] = {}
    for turn in range(5):
        for stream in ("workOrder-a", "workOrder-b", "workOrder-c"):
            tips[stream] = both.log.append(draft(stream), tips.get(stream, Tip())).tip
        if turn % 2:
            both.outbox.stamp(4)
    while both.outbox.stamp(4):
        pass
    stamps = both.log.stamps(0, 100)
    assert [each.position for each in stamps] == list(range(1, 16))
    for stream in tips:
        assert [each.version for each in stamps if each.stream == stream] == [1, 2, 3, 4, 5]
    times = [each.stamped_at for each in stamps]
    assert times == sorted(times)
    assert both.log.head() == 15


def test_something_waits_from_the_append_until_it_is_cleared(both: LogWithOutbox) -> None:
    assert not both.outbox.waiting()
    both.log.append(draft(), Tip())
    assert both.outbox.waiting()
    both.outbox.stamp(10)
    assert both.outbox.waiting()
    both.outbox.clear(both.outbox.unpublished(10))
    assert not both.outbox.waiting()


def test_only_cleared_commits_leave_the_outbox(both: LogWithOutbox) -> None:
    first = both.log.append(draft("workOrder-a"), Tip())
    both.log.append(draft("workOrder-b"), Tip())
    both.outbox.stamp(10)
    assert [each.position for each in both.outbox.unpublished(10)] == [1, 2]
    both.outbox.clear([both.outbox.unpublished(1)[0]])
    assert both.outbox.pending() == 1
    assert first.stream == "workOrder-a"


def test_a_cleared_commit_keeps_its_position(both: LogWithOutbox) -> None:
    both.log.append(draft(), Tip())
    both.outbox.stamp(10)
    both.outbox.clear(both.outbox.unpublished(10))
    [read] = both.log.read("workOrder-a")
    assert read.position == 1
    assert read.stamped_at is not None


def test_commits_come_in_the_order_of_their_places_whole_and_a_part_at_a_time(
    both: LogWithOutbox,
) -> None:
    first = both.log.append(draft("workOrder-a", noted("1")), Tip())
    both.log.append(draft("workOrder-b", noted("2")), Tip())
    both.outbox.stamp(10)
    both.log.append(draft("workOrder-a", noted("3")), first.tip)
    assert placed(both.log.commits(0, 10)) == [("workOrder-a", 1, 1), ("workOrder-b", 1, 2)]
    assert placed(both.log.commits(1, 10)) == [("workOrder-b", 1, 2)]
    assert placed(both.log.commits(0, 1)) == [("workOrder-a", 1, 1)]
    assert list(both.log.commits(2, 10)) == [], "what has no place yet is told to nobody"
    [read] = both.log.commits(0, 1)
    assert isinstance(read, Commit)
    assert (read.draft, read.body) == (first.draft, first.body)


def placed(found: Sequence[Commit | Unreadable]) -> list[tuple[str, int, int | None]]:
    """Return stream, version and place of commits that can all be read."""
    readable = [each for each in found if isinstance(each, Commit)]
    assert len(readable) == len(found)
    return [(each.stream, each.version, each.position) for each in readable]


def test_a_commit_of_a_newer_release_stands_in_its_place_with_its_cause(
    both: LogWithOutbox,
) -> None:
    cause = Cause("request-a", 3, position=8)
    newer = happened([UnknownEvent("ProgressNoted", 99, {"x": 1})], at())
    both.log.append(replace(draft("workOrder-a"), events=newer, cause=cause), Tip())
    both.log.append(draft("workOrder-b", noted("2")), Tip())
    both.outbox.stamp(10)
    unreadable, read = both.log.commits(0, 10)
    assert isinstance(unreadable, Unreadable)
    assert isinstance(unreadable.error, UnknownEventVersion)
    assert (unreadable.stamp.stream, unreadable.stamp.version) == ("workOrder-a", 1)
    assert unreadable.stamp.position == 1
    assert unreadable.cause == cause
    assert unreadable.cause is not None
    assert unreadable.cause.position == 8
    assert placed([read]) == [("workOrder-b", 1, 2)]


def test_places_of_commits_are_found_by_stream_and_version(both: LogWithOutbox) -> None:
    first = both.log.append(draft("workOrder-a", noted("1")), Tip())
    both.outbox.stamp(10)
    both.log.append(draft("workOrder-a", noted("2")), first.tip)
    asked = [("workOrder-a", 1), ("workOrder-a", 2), ("workOrder-x", 1)]
    assert both.log.positions(asked) == {("workOrder-a", 1): 1}
    assert both.log.positions([]) == {}


def test_a_group_is_appended_but_for_those_where_another_was_faster(both: LogWithOutbox) -> None:
    taken = both.log.append(draft("workOrder-a", noted("1")), Tip())
    group = [
        sealed(draft("workOrder-a", noted("2")), Tip()),
        sealed(draft("workOrder-b", noted("3")), Tip()),
        sealed(replace(draft("workOrder-a"), command_id=taken.draft.command_id), taken.tip),
    ]
    assert list(both.log.append_many(group[:2])) == [False, True]
    assert list(both.log.append_many(group[2:])) == [False], "its command is done already"
    assert [each.body for each in both.log.read("workOrder-a")] == [taken.body]
    assert [each.body for each in both.log.read("workOrder-b")] == [group[1].body]
    assert list(both.log.append_many([])) == []
    assert both.outbox.stamp(10) == 2


def test_a_group_never_has_two_commits_of_one_stream(both: LogWithOutbox) -> None:
    first = sealed(draft("workOrder-a", noted("1")), Tip())
    second = sealed(draft("workOrder-a", noted("2")), first.tip)
    with pytest.raises(ValueError, match="two commits of one stream"):
        both.log.append_many([first, second])
    assert list(both.log.read("workOrder-a")) == []


def test_a_group_takes_business_time_back_as_little_as_a_single_commit(
    both: LogWithOutbox,
) -> None:
    both.log.append(draft("workOrder-a", recorded_at=at(12)), Tip())
    group = [
        sealed(draft("workOrder-b", recorded_at=at(12)), Tip()),
        sealed(draft("workOrder-c", recorded_at=at(12) - SKEW - TINY), Tip()),
    ]
    with pytest.raises(ClockBehind):
        both.log.append_many(group)
    assert list(both.log.read("workOrder-b")) == []
