"""What every event log must do, the one in memory and the one in MongoDB."""

from datetime import timedelta

import pytest

from services.common.contracts.commit import Tip, chained
from services.common.eventlog.onwards import SKEW
from services.common.eventlog.ports import ClockBehind, StreamConflict
from tests.contract.both_logs import LogWithOutbox
from tests.support.examples import acknowledged, at, draft, noted

TINY = timedelta(microseconds=1)


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
    assert both.outbox.as_written(0, 10) == []
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


def test_an_outbox_knows_where_the_order_ends_that_it_has_stamped(both: LogWithOutbox) -> None:
    both.outbox.stamp(10)
    assert both.outbox.head() == 0
    tip = both.log.append(draft(), Tip()).tip
    both.log.append(draft(), tip)
    assert both.outbox.head() == 0, "what has no place yet is no part of it"
    both.outbox.stamp(10)
    assert both.outbox.head() == both.log.head() == 2
    both.outbox.publish_to(2)
    both.outbox.stamp(10)
    assert both.outbox.head() == 2


def publish(both: LogWithOutbox, position: int) -> None:
    """Note and write that everything up to `position` is published."""
    both.outbox.publish_to(position)
    both.outbox.save_published()


def test_something_waits_from_the_append_until_it_is_published(both: LogWithOutbox) -> None:
    assert both.outbox.pending() == 0
    both.log.append(draft(), Tip())
    assert both.outbox.pending() == 1
    both.outbox.stamp(10)
    assert both.outbox.pending() == 1
    publish(both, 1)
    assert both.outbox.pending() == 0


def test_how_far_a_log_is_published_never_goes_back(both: LogWithOutbox) -> None:
    assert both.outbox.published() == 0
    both.log.append(draft("workOrder-a"), Tip())
    both.log.append(draft("workOrder-b"), Tip())
    both.outbox.stamp(10)
    publish(both, 2)
    publish(both, 1)
    assert (both.outbox.published(), both.outbox.pending()) == (2, 0)


def test_a_turn_keeps_how_far_it_is_published(both: LogWithOutbox) -> None:
    both.log.append(draft("workOrder-a"), Tip())
    both.outbox.stamp(10)
    both.outbox.publish_to(1)
    both.log.append(draft("workOrder-b"), Tip())
    both.outbox.stamp(10)
    both.outbox.forget()
    assert (both.outbox.published(), both.outbox.pending()) == (1, 1)


def test_what_is_published_keeps_its_position_and_can_be_read_again(both: LogWithOutbox) -> None:
    both.log.append(draft("workOrder-a"), Tip())
    both.log.append(draft("workOrder-b"), Tip())
    both.outbox.stamp(10)
    publish(both, 2)
    assert [each.position for each in both.outbox.as_written(0, 10)] == [1, 2]
    assert [each.position for each in both.outbox.as_written(1, 10)] == [2]
    assert [each.position for each in both.outbox.as_written(0, 1)] == [1]
    [read] = both.log.read("workOrder-a")
    assert read.position == 1
    assert read.stamped_at is not None
