"""Positions on a real MongoDB: several relays at once, and relays that die in the middle."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from uuid import uuid4

import pytest
from pymongo.client_session import ClientSession
from pymongo.database import Database

from services.common.clock import ManualTime, RealClock, SteppedClock
from services.common.contracts.commit import Commit, Tip
from services.common.eventlog.mongo import Row, client, durable
from services.common.eventlog.mongo_log import ALLOCATION, COMMITS, MongoLog, MongoLogReader
from services.common.eventlog.mongo_outbox import MongoOutbox, chain_over
from services.common.eventlog.mongo_window import stamps_of, window
from services.common.eventlog.ports import Stamp, StreamConflict
from tests.support.examples import DAY_ONE, at, draft

RELAYS = 4
WRITERS = 4
STREAMS = 12
EACH_WRITES = 40


class Killed(BaseException):
    """The process is gone: nothing catches this."""


class DiesBeforeStamping(MongoOutbox):
    """A relay killed between the compare-and-set and the stamps."""

    taking = False

    def _take(self, turn: Row, rows: Sequence[Row], session: ClientSession) -> bool:
        self.taking = True
        return super()._take(turn, rows, session)

    def _stamp(self, turn: Row, session: ClientSession) -> None:
        if not self.taking:
            super()._stamp(turn, session)
            return
        self.stamp_some(turn, session)
        raise Killed

    def stamp_some(self, turn: Row, session: ClientSession) -> None:
        """Stamp nothing."""


class DiesHalfWay(DiesBeforeStamping):
    """A relay killed after it stamped every other commit of its turn."""

    def stamp_some(self, turn: Row, session: ClientSession) -> None:
        self._commits.bulk_write(stamps_of(turn)[::2], session=session)


@pytest.fixture
def log(database: Database[Row]) -> MongoLog:
    return MongoLog("dispatch", database)


@pytest.fixture
def outbox(database: Database[Row]) -> MongoOutbox:
    return MongoOutbox("dispatch", database, RealClock())


def kill(relay: MongoOutbox) -> None:
    """Let a relay take a turn that it doesn't survive."""
    with pytest.raises(Killed):
        relay.stamp(100)


def append(log: MongoLog, count: int, stream: str = "workOrder-a") -> None:
    """Append to the end of a stream."""
    tip = Tip()
    for commit in log.read(stream):
        tip = commit.tip
    for _ in range(count):
        tip = log.append(draft(stream), tip).tip


def assert_whole(stamps: list[Stamp], database: Database[Row], commits: int) -> None:
    """Positions 1..n without a gap, each commit once, streams in order, the chain as allocated."""
    assert [each.position for each in stamps] == list(range(1, commits + 1))
    assert len({(each.stream, each.version) for each in stamps}) == commits
    versions: dict[str, int] = {}
    for each in stamps:
        assert each.version == versions.get(each.stream, 0) + 1, "a stream out of order"
        versions[each.stream] = each.version
    times = [each.stamped_at for each in stamps]
    assert times == sorted(times)
    turn = durable(database, ALLOCATION).find_one({"_id": ALLOCATION})
    assert turn is not None
    assert turn["chain"] == chain_over("", [each.hash for each in stamps])
    assert turn["next"] == commits + 1


def _write(uri: str, name: str, number: int) -> None:
    """Append to all streams, racing the other writers for each version."""
    with client(uri) as connected:
        log = MongoLog("dispatch", connected[name])
        for turn in range(EACH_WRITES):
            stream = f"workOrder-{(turn + number) % STREAMS}"
            while True:
                tip = Tip()
                for commit in log.read(stream):
                    tip = commit.tip
                try:
                    log.append(draft(stream, command_id=uuid4().hex), tip)
                except StreamConflict:
                    continue
                break


def _relay(uri: str, name: str, done: Event) -> None:
    """Take turns without any lease until the writers are done."""
    with client(uri) as connected:
        outbox = MongoOutbox("dispatch", connected[name], RealClock())
        while not done.is_set():
            outbox.stamp(7)
            outbox.publish_to(outbox.head())
            outbox.save_published()


def test_relays_racing_without_a_lease_leave_no_gap_and_keep_every_stream_in_order(
    mongodb_uri: str, database: Database[Row], log: MongoLog, outbox: MongoOutbox
) -> None:
    done = Event()
    with ThreadPoolExecutor(RELAYS + WRITERS) as pool:
        relays = [pool.submit(_relay, mongodb_uri, database.name, done) for _ in range(RELAYS)]
        writers = [pool.submit(_write, mongodb_uri, database.name, n) for n in range(WRITERS)]
        try:
            for writer in writers:
                writer.result(timeout=120)
        finally:
            done.set()
        for relay in relays:
            relay.result(timeout=60)
    while outbox.stamp(1000):
        pass
    assert_whole(list(log.stamps(0, 10_000)), database, WRITERS * EACH_WRITES)
    assert log.head() == WRITERS * EACH_WRITES


@pytest.mark.parametrize("dying", [DiesBeforeStamping, DiesHalfWay])
def test_the_next_relay_finishes_the_stamps_of_one_that_died(
    dying: type[MongoOutbox], database: Database[Row], log: MongoLog, outbox: MongoOutbox
) -> None:
    append(log, 5)
    kill(dying("dispatch", database, RealClock()))
    assert outbox.pending() == 5
    append(log, 2, "workOrder-b")
    assert outbox.stamp(100) == 2
    assert_whole(list(log.stamps(0, 100)), database, 7)
    assert [each.stream for each in log.stamps(0, 100)] == ["workOrder-a"] * 5 + ["workOrder-b"] * 2


def places(log: MongoLog, after: int) -> list[int | None]:
    """Return where the commits stand that a reader is given; all can be read."""
    return [each.position for each in log.commits(after, 100) if isinstance(each, Commit)]


def test_readers_by_position_stop_at_a_half_stamped_turn_and_never_skip(
    database: Database[Row], log: MongoLog, outbox: MongoOutbox
) -> None:
    append(log, 3)
    outbox.stamp(100)
    append(log, 4, "workOrder-b")
    kill(DiesHalfWay("dispatch", database, RealClock()))  # 4 and 6 are stamped, 5 and 7 are not
    assert [each.position for each in log.stamps(0, 100)] == [1, 2, 3, 4]
    assert [each.position for each in log.stamps(3, 100)] == [4]
    assert list(log.stamps(4, 100)) == []
    assert [places(log, after) for after in (0, 3, 4)] == [[1, 2, 3, 4], [4], []]
    assert log.head() == 4
    outbox.stamp(100)
    assert [each.position for each in log.stamps(4, 100)] == places(log, 4) == [5, 6, 7]
    assert log.head() == 7


def test_a_relay_that_comes_back_after_another_finished_its_turn_changes_nothing(
    database: Database[Row], log: MongoLog, outbox: MongoOutbox
) -> None:
    append(log, 3)
    slow = MongoOutbox("dispatch", database, RealClock())
    with slow._causal.session() as session:
        turn = slow._begun(session)
        rows = window(slow._commits, 100, session)
        assert slow._take(turn, rows, session)
        taken = slow._turn
        assert taken is not None
        append(log, 2, "workOrder-b")
        assert outbox.stamp(100) == 2  # finishes what `slow` has taken, and goes on
        before = list(log.stamps(0, 100))
        slow._stamp(taken, session)
        assert not slow._take(turn, rows, session), "an old turn was taken again"
    assert list(log.stamps(0, 100)) == before
    assert_whole(before, database, 5)


def test_a_stream_is_left_out_until_the_commit_before_has_a_position(
    database: Database[Row], log: MongoLog, outbox: MongoOutbox
) -> None:
    append(log, 2)
    commits = durable(database, COMMITS)
    first = commits.find_one_and_delete({"_id": "workOrder-a@1"})
    assert first is not None
    append(log, 1, "workOrder-b")
    assert outbox.stamp(100) == 1
    assert [each.stream for each in log.stamps(0, 100)] == ["workOrder-b"]
    commits.insert_one(first)
    assert outbox.stamp(100) == 2
    assert_whole(list(log.stamps(0, 100)), database, 3)


def test_a_window_takes_the_older_commits_of_its_streams_too(
    database: Database[Row], log: MongoLog, outbox: MongoOutbox
) -> None:
    """Even if only the newest of a stream is seen as pending, none may be left behind it."""
    append(log, 6)
    durable(database, COMMITS).update_many({"version": {"$lt": 6}}, {"$unset": {"pending": ""}})
    assert outbox.stamp(1) == 6
    assert_whole(list(log.stamps(0, 100)), database, 6)


def test_what_is_stamped_later_is_never_stamped_earlier_in_time(
    database: Database[Row], log: MongoLog
) -> None:
    time = ManualTime(at(5))
    ahead = MongoOutbox("dispatch", database, SteppedClock(time.read))
    behind = MongoOutbox("dispatch", database, SteppedClock(lambda: DAY_ONE))
    append(log, 1)
    ahead.stamp(10)
    append(log, 1, "workOrder-b")
    behind.stamp(10)
    assert [each.stamped_at for each in log.stamps(0, 10)] == [at(5), at(5)]


def test_an_outbox_that_lost_its_race_looks_again_and_goes_on(
    database: Database[Row], log: MongoLog, outbox: MongoOutbox
) -> None:
    append(log, 1)
    assert outbox.stamp(100) == 1
    append(log, 1, "workOrder-b")
    MongoOutbox("dispatch", database, RealClock()).stamp(100)
    append(log, 1, "workOrder-c")
    assert outbox.stamp(100) == 1, "a race that was lost let a commit wait"
    assert_whole(list(log.stamps(0, 100)), database, 3)


def test_an_outbox_that_another_has_stamped_knows_where_the_order_ends_when_it_has_begun(
    database: Database[Row], log: MongoLog, outbox: MongoOutbox
) -> None:
    append(log, 3)
    MongoOutbox("dispatch", database, RealClock()).stamp(100)
    assert outbox.head() == 0
    assert (outbox.stamp(100), outbox.head()) == (0, 3)
    append(log, 1)
    MongoOutbox("dispatch", database, RealClock()).stamp(100)
    outbox.forget()
    assert outbox.head() == 0
    assert (outbox.stamp(100), outbox.head()) == (0, 4)


@pytest.fixture
def reader(database: Database[Row]) -> MongoLogReader:
    return MongoLogReader("dispatch", database)


def test_a_reader_stops_before_a_hole_in_a_stream(
    database: Database[Row], log: MongoLog, reader: MongoLogReader
) -> None:
    append(log, 4)
    durable(database, COMMITS).delete_one({"_id": "workOrder-a@3"})
    assert [each.version for each in reader.read("workOrder-a")] == [1, 2]
    assert [each.version for each in reader.read("workOrder-a", after=3)] == [4]
