"""How far a log is published, on a real MongoDB; also as a release before this one has left it."""

from dataclasses import replace
from typing import Any

import pytest
from pymongo.database import Database

from services.common.clock import RealClock
from services.common.contracts.codec import parsed
from services.common.contracts.commit import Happened, Tip
from services.common.contracts.envelope import messages_of
from services.common.contracts.event_types import UnknownEvent
from services.common.eventlog.mongo import Row, durable
from services.common.eventlog.mongo_log import ALLOCATION, COMMITS, MongoLog
from services.common.eventlog.mongo_outbox import MongoOutbox
from tests.support.examples import DAY_ONE, acknowledged, at, draft, noted


@pytest.fixture
def log(database: Database[Row]) -> MongoLog:
    return MongoLog("dispatch", database)


@pytest.fixture
def outbox(database: Database[Row]) -> MongoOutbox:
    return MongoOutbox("dispatch", database, RealClock())


def append(log: MongoLog, commits: int) -> None:
    tip = Tip()
    for _ in range(commits):
        tip = log.append(draft(), tip).tip


def left_by_an_older_release(
    database: Database[Row], log: MongoLog, commits: int, last_turn: int, waiting: set[int]
) -> None:
    """Leave a log whose relay hasn't published `waiting`, and no word of how far it has."""
    append(log, commits)
    MongoOutbox("dispatch", database, RealClock()).stamp(100)
    rows = durable(database, COMMITS)
    rows.update_many({"position": {"$in": list(waiting)}}, {"$set": {"pending": True}})
    ids = [f"workOrder-a@{version}" for version in range(last_turn, commits + 1)]
    durable(database, ALLOCATION).update_one(
        {"_id": ALLOCATION}, {"$set": {"first": last_turn, "ids": ids}, "$unset": {"published": ""}}
    )


def unstamped(database: Database[Row], *positions: int) -> None:
    """Let the one who took the last turn have died before it stamped these."""
    durable(database, COMMITS).update_many(
        {"position": {"$in": list(positions)}},
        {"$set": {"pending": True}, "$unset": {"position": "", "stamped_at": ""}},
    )


@pytest.mark.parametrize(
    ("waiting", "published"), [(set(), 6), ({4, 5, 6}, 3), ({6}, 5), ({2, 6}, 1), ({1, 2}, 0)]
)
def test_what_an_older_release_has_marked_is_still_to_be_published(
    database: Database[Row], log: MongoLog, outbox: MongoOutbox, waiting: set[int], published: int
) -> None:
    left_by_an_older_release(database, log, 6, 5, waiting)
    assert outbox.pending() == 6 - published
    assert outbox.published() == published
    outbox.stamp(100)
    successor = MongoOutbox("dispatch", database, RealClock())
    assert (outbox.published(), successor.published()) == (published, published)


@pytest.mark.parametrize("begins", ["sequencer", "relay"])
@pytest.mark.parametrize(
    ("missing", "waiting", "published"),
    [((4, 5, 6), set(), 3), ((5,), set(), 4), ((4, 6), {5}, 3), ((6,), {2}, 1)],
)
def test_what_an_older_release_took_and_did_not_stamp_is_published_too(
    database: Database[Row], log: MongoLog, begins: str,
    missing: tuple[int, ...], waiting: set[int], published: int,
) -> None:  # fmt: skip
    """It finds its position in the end, and with it loses the only mark that it has."""
    left_by_an_older_release(database, log, 6, 4, waiting)
    unstamped(database, *missing)
    first = MongoOutbox("dispatch", database, RealClock())
    assert first.pending() == 6 - published
    if begins == "relay":
        assert first.published() == published
    first.stamp(100)  # and dies before it has written anything else
    successor = MongoOutbox("dispatch", database, RealClock())
    assert (successor.published(), successor.pending()) == (published, 6 - published)
    assert log.head() == 6


def test_who_reads_the_marks_too_late_does_not_believe_what_is_left_of_them(
    database: Database[Row], log: MongoLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    left_by_an_older_release(database, log, 3, 1, set())
    unstamped(database, 1, 2, 3)
    late = MongoOutbox("dispatch", database, RealClock())
    see = late._seen_turn

    def overtaken(session: Any) -> Row | None:
        monkeypatch.undo()
        found = see(session)
        MongoOutbox("dispatch", database, RealClock()).stamp(100)
        return found

    monkeypatch.setattr(late, "_seen_turn", overtaken)
    assert late.published() == 0


def test_a_successor_publishes_again_what_was_not_written_to_be_published(
    database: Database[Row], log: MongoLog, outbox: MongoOutbox
) -> None:
    append(log, 3)
    outbox.stamp(10)
    outbox.publish_to(2)
    outbox.save_published()
    outbox.publish_to(3)  # and then the relay is killed
    successor = MongoOutbox("dispatch", database, RealClock())
    assert (successor.published(), successor.pending()) == (2, 1)
    assert [each.position for each in successor.as_written(2, 10)] == [3]
    outbox.forget()
    assert outbox.published() == 2


def test_a_relay_that_is_behind_takes_nothing_back(
    database: Database[Row], log: MongoLog, outbox: MongoOutbox
) -> None:
    append(log, 3)
    outbox.stamp(10)
    behind = MongoOutbox("dispatch", database, RealClock())
    behind.stamp(10)
    assert behind.published() == 0
    outbox.publish_to(3)
    outbox.save_published()
    behind.publish_to(1)
    behind.save_published()
    assert outbox.pending() == 0
    log.append(draft("workOrder-b"), Tip())
    assert behind.stamp(10) == 1, "nobody else has taken a turn"
    assert outbox.pending() == 1
    behind.forget()
    assert behind.published() == 3


def test_who_has_forgotten_how_far_it_is_writes_nothing(
    database: Database[Row], log: MongoLog, outbox: MongoOutbox
) -> None:
    """Of a log of an older release it would say that nothing is published."""
    left_by_an_older_release(database, log, 3, 1, set())
    outbox.forget()
    outbox.save_published()
    assert outbox.published() == 3


def test_a_relay_passes_on_what_a_newer_release_wrote_and_everything_byte_for_byte(
    log: MongoLog, outbox: MongoOutbox
) -> None:
    """While replicas of two releases run, the older one may hold the relay's lease."""
    first = log.append(draft("workOrder-a", acknowledged(), noted()), Tip())
    newer = Happened(UnknownEvent("WorkOrderAcknowledged", 99, {"by": "v"}), DAY_ONE)
    log.append(replace(draft(), events=(newer,)), first.tip)
    outbox.stamp(10)
    known, unknown = outbox.as_written(0, 10)
    [read] = log.read("workOrder-a", 0, 1)
    assert list(messages_of(known, "dispatch")) == list(messages_of(read, "dispatch"))
    [message] = messages_of(unknown, "dispatch")
    assert parsed(message.body)["data"] == {"by": "v"}
    assert parsed(message.body)["dataschema"] == "/schemas/WorkOrderAcknowledged/99"


def test_what_is_no_commit_any_more_is_left_out(
    database: Database[Row], log: MongoLog, outbox: MongoOutbox, caplog: pytest.LogCaptureFixture
) -> None:
    append(log, 3)
    outbox.stamp(10)
    durable(database, COMMITS).update_one({"version": 2}, {"$set": {"body": "{"}})
    assert [each.position for each in outbox.as_written(0, 10)] == [1, 3]
    assert "workOrder-a@2 is not published" in caplog.text


def test_the_oldest_that_waits_is_known_until_it_is_published(
    log: MongoLog, outbox: MongoOutbox
) -> None:
    assert outbox.oldest_pending() is None
    tip = log.append(draft(recorded_at=at(2)), Tip()).tip
    log.append(draft(recorded_at=at(3)), tip)
    assert outbox.oldest_pending() == at(2)
    outbox.stamp(10)
    assert outbox.oldest_pending() == at(2)
    for published, oldest in ((1, at(3)), (2, None)):
        outbox.publish_to(published)
        outbox.save_published()
        assert outbox.oldest_pending() == oldest


def test_what_gets_its_position_while_somebody_counts_is_not_missed(
    database: Database[Row], log: MongoLog, outbox: MongoOutbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(log, 2)
    see = outbox._seen_turn

    def overtaken(session: Any) -> Row | None:
        monkeypatch.undo()
        found = see(session)
        MongoOutbox("dispatch", database, RealClock()).stamp(100)
        return found

    monkeypatch.setattr(outbox, "_seen_turn", overtaken)
    assert outbox.pending() == 2
