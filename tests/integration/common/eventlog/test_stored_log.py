"""What MongoDB does to a log: it cuts microseconds, and it may be slow to agree, or away."""

from datetime import UTC, datetime

import pytest
from pymongo.database import Database

from services.common.contracts.commit import Tip, chained, sealed
from services.common.eventlog.mongo import Causal, Row, client, durable
from services.common.eventlog.mongo_log import COMMITS, INDEXES, MongoLog, create_indexes
from services.common.eventlog.ports import StoreAway, StreamConflict
from services.common.eventlog.verify import verify
from tests.support.examples import draft

MICROSECONDS = datetime(2026, 6, 1, 1, 12, 0, 123456, tzinfo=UTC)


@pytest.fixture
def log(database: Database[Row]) -> MongoLog:
    return MongoLog("dispatch", database)


def test_bson_cuts_microseconds_and_zones(database: Database[Row]) -> None:
    """The reason why text is hashed, and not a document."""
    database["probe"].insert_one({"_id": 1, "at": MICROSECONDS, "steps": (1, 2)})
    row = database["probe"].find_one({"_id": 1})
    assert row is not None
    assert row["at"] == datetime(2026, 6, 1, 1, 12, 0, 123000)  # noqa: DTZ001  naive it comes back
    assert row["steps"] == [1, 2]


def test_microseconds_zones_and_hashes_survive_the_database(
    database: Database[Row], log: MongoLog
) -> None:
    written = log.append(draft(recorded_at=MICROSECONDS), Tip())
    [read] = log.read("workOrder-a")
    assert read.draft.recorded_at == MICROSECONDS
    assert read.facts[0].occurred_at == MICROSECONDS
    assert read.hash == chained("", read.body) == written.hash
    assert list(verify(database, lambda _done, _of: None)) == []


def test_unique_indexes_hold_the_shard_key_and_nothing_is_unique_beyond_a_stream() -> None:
    """A unique command id or position could not stay valid when the log is sharded by stream."""
    unique = [each.document for each in INDEXES if each.document.get("unique")]
    assert [list(each["key"]) for each in unique] == [
        ["stream", "version"],
        ["stream", "command_id"],
    ]


def test_the_log_is_written_on_disk_by_majority_and_read_at_majority(
    database: Database[Row],
) -> None:
    """Without `j` a majority write waits for the journal's 100 ms timer: 158 appends a second."""
    commits = durable(database, COMMITS)
    written = commits.write_concern.document
    assert (written["w"], written["j"]) == ("majority", True)
    assert commits.read_concern.level == "majority"


def test_making_indexes_again_changes_nothing(database: Database[Row]) -> None:
    before = database[COMMITS].index_information()
    create_indexes(database)
    assert database[COMMITS].index_information() == before


def test_only_index_fields_stand_beside_the_body(database: Database[Row], log: MongoLog) -> None:
    log.append(draft(), Tip())
    row = durable(database, COMMITS).find_one({})
    assert row is not None
    assert set(row) == {
        "_id", "stream", "version", "command_id", "recorded_at", "body", "hash", "previous_hash",
        "pending",
    }  # fmt: skip


def test_the_loser_of_a_race_reads_the_winner_at_once(
    mongodb_uri: str, database: Database[Row], log: MongoLog
) -> None:
    with client(mongodb_uri) as other:
        faster = MongoLog("dispatch", other[database.name])
        tip = Tip()
        for _ in range(30):
            won = faster.append(draft(), tip)
            with pytest.raises(StreamConflict):
                log.append(draft(), tip)
            assert [each.version for each in log.read("workOrder-a", tip.version)] == [won.version]
            tip = won.tip


def test_a_session_that_began_early_and_ends_late_takes_nothing_back(
    database: Database[Row],
) -> None:
    """Otherwise the next read might miss what this process itself has written."""
    causal = Causal(database)
    probe = durable(database, "probe")
    with causal.session() as early:
        probe.find_one({}, session=early)
        with causal.session() as late:
            probe.insert_one({"_id": 1}, session=late)
            written_at = late.operation_time
            assert written_at is not None
    with causal.session() as following:
        assert following.operation_time is not None
        assert following.operation_time >= written_at


def test_a_database_that_is_away_is_transient() -> None:
    with client("mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200&replicaSet=rs0") as gone:
        away = MongoLog("dispatch", gone.get_database("nowhere", write_concern=None))
        with pytest.raises(StoreAway):
            list(away.read("workOrder-a"))
        with pytest.raises(StoreAway):
            away.append(draft(), Tip())


def test_a_stream_longer_than_a_page_is_read_whole(database: Database[Row], log: MongoLog) -> None:
    tip, rows = Tip(), []
    for number in range(1203):
        commit = sealed(draft(command_id=f"c-{number}"), tip)
        tip = commit.tip
        rows.append(
            {
                "_id": f"{commit.stream}@{commit.version}",
                "stream": commit.stream,
                "version": commit.version,
                "command_id": commit.draft.command_id,
                "body": commit.body,
                "hash": commit.hash,
                "previous_hash": commit.previous_hash,
            }
        )
    durable(database, COMMITS).insert_many(rows)
    assert [each.version for each in log.read("workOrder-a")] == list(range(1, 1204))
    assert [each.version for each in log.read("workOrder-a", 499, 1001)] == list(range(500, 1002))
