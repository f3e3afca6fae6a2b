"""What every event log must do for those who follow it by position, and write to it in groups."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from services.common.contracts.commit import Cause, Commit, Tip, happened, sealed
from services.common.contracts.event_types import UnknownEvent, UnknownEventVersion
from services.common.eventlog.onwards import SKEW
from services.common.eventlog.ports import ClockBehind, End, Unreadable
from tests.contract.both_logs import LogWithOutbox
from tests.support.examples import at, draft, noted

TINY = timedelta(microseconds=1)


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


def test_what_has_no_place_yet_is_found_until_it_has_one(both: LogWithOutbox) -> None:
    first = both.log.append(draft("workOrder-a", noted("1")), Tip())
    both.outbox.stamp(10)
    both.log.append(draft("workOrder-a", noted("2")), first.tip)
    newer = happened([UnknownEvent("ProgressNoted", 99, {"x": 1})], at())
    both.log.append(replace(draft("workOrder-b"), events=newer), Tip())

    assert sorted(map(name_of, both.log.unplaced(10))) == [
        ("workOrder-a", 2, False),
        ("workOrder-b", 1, True),
    ]
    assert len(both.log.unplaced(1)) == 1
    both.outbox.stamp(10)
    assert list(both.log.unplaced(10)) == []


def name_of(found: Commit | Unreadable) -> tuple[str, int, bool]:
    """Return the stream and version of a commit, and whether it can't be read."""
    if isinstance(found, Unreadable):
        return found.stamp.stream, found.stamp.version, True
    return found.stream, found.version, False


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


def test_where_streams_end_is_known_also_before_the_last_commit_has_its_place(
    both: LogWithOutbox,
) -> None:
    tip = both.log.append(draft("workOrder-a"), Tip()).tip
    both.log.append(draft("workOrder-b"), Tip())
    both.outbox.stamp(10)
    both.log.append(draft("workOrder-a"), tip)
    asked = ["workOrder-a", "workOrder-b", "workOrder-x"]
    assert both.log.ends(asked) == {"workOrder-a": End(2, None), "workOrder-b": End(1, 2)}
    both.outbox.stamp(10)
    assert both.log.ends(iter(asked[:1])) == {"workOrder-a": End(2, 3)}
    assert both.log.ends([]) == {}


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


def test_several_streams_are_read_one_after_the_other_each_whole(both: LogWithOutbox) -> None:
    first = both.log.append(draft("workOrder-b", noted("1")), Tip())
    both.log.append(draft("workOrder-a", noted("2")), Tip())
    both.log.append(draft("workOrder-b", noted("3")), first.tip)
    both.log.append(draft("workOrder-c", noted("4")), Tip())
    found = both.log.read_many(["workOrder-b", "workOrder-a", "workOrder-x", "workOrder-b"])
    assert [(each.stream, each.version) for each in found] == [
        ("workOrder-a", 1), ("workOrder-b", 1), ("workOrder-b", 2),
    ]  # fmt: skip
    assert list(both.log.read_many([])) == []
