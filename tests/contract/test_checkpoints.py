"""What a store of checkpoints must do, the one in memory and the one in MongoDB."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import PyMongoError

from services.common.eventlog.checkpoints import CheckpointStore
from services.common.eventlog.known import APART, Known
from services.common.eventlog.loading import load
from services.common.eventlog.mongo import Row
from services.common.eventlog.mongo_checkpoints import LISTED_SECONDS, MongoCheckpoints
from services.common.eventlog.ports import StoreAway
from services.testing.memory_checkpoints import MemoryCheckpoints
from tests.support.databases import own_database
from tests.unit.common.eventlog.toy import NOTES, STREAM, Counted

#: Begins another process on the same documents.
Restart = Callable[[], CheckpointStore]


@pytest.fixture
def database(mongodb_uri: str) -> Iterator[Database[Row]]:
    with own_database(mongodb_uri, "contract") as found:
        yield found


@pytest.fixture(params=["memory", "mongo"])
def restart(request: pytest.FixtureRequest) -> Restart:
    if request.param == "memory":
        store = MemoryCheckpoints()
        return lambda: store
    database = request.getfixturevalue("database")
    return lambda: MongoCheckpoints(database)


def test_what_was_saved_is_found_by_this_process_and_by_the_next(restart: Restart) -> None:
    store = restart()
    assert store.find(["a-1"]) == {}
    store.save("a-1", {"version": 500, "body": '{"zh":"报到"}'})
    for each in (store, restart()):
        [row] = each.find(["a-1", "a-2"]).values()
        assert (row["version"], row["body"]) == (500, '{"zh":"报到"}')


def test_the_last_one_saved_counts_even_if_it_is_shorter(restart: Restart) -> None:
    """A log that was restored from an older copy begins its checkpoints anew."""
    store = restart()
    for version in (1000, 500):
        store.save("a-1", {"version": version})
    assert restart().find(["a-1"])["a-1"]["version"] == 500


def test_a_long_stream_is_folded_from_it(restart: Restart) -> None:
    log = Counted()
    log.grow(2 * APART)

    def read() -> int:
        known = Known(checkpoints=restart(), aggregates=[NOTES])
        return log.read_by(lambda: load(log, NOTES, STREAM, known))

    assert read() == 2 * APART
    log.grow(2)
    assert read() == 3
    assert load(log, NOTES, STREAM, Known(checkpoints=restart(), aggregates=[NOTES])) == load(
        log, NOTES, STREAM
    )


# -- in MongoDB alone ------------------------------------------------------------------------------


def test_a_document_that_somebody_has_spoilt_is_passed_over(database: Database[Row]) -> None:
    log = Counted()
    log.grow(APART)
    whole = Known(checkpoints=MongoCheckpoints(database), aggregates=[NOTES])
    load(log, NOTES, STREAM, whole)
    for change in ({"$unset": {"body": ""}}, {"$set": {"version": 499}}, {"$set": {"sum": None}}):
        assert database.checkpoints.update_one({"_id": STREAM}, change).modified_count == 1
        known = Known(checkpoints=MongoCheckpoints(database), aggregates=[NOTES])
        assert log.read_by(lambda: load(log, NOTES, STREAM, known)) == APART  # noqa: B023
        again = Known(checkpoints=MongoCheckpoints(database), aggregates=[NOTES])
        assert log.read_by(lambda: load(log, NOTES, STREAM, again)) == 1  # noqa: B023


class Looked:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_which_streams_have_one_is_asked_from_time_to_time(database: Database[Row]) -> None:
    seconds = Looked()
    store = MongoCheckpoints(database, seconds)
    assert store.find(["a-1"]) == {}
    MongoCheckpoints(database).save("a-1", {"version": 500})
    assert store.find(["a-1"]) == {}, "another process has saved it"
    seconds.now += LISTED_SECONDS
    assert set(store.find(["a-1"])) == {"a-1"}


@pytest.mark.parametrize(
    "ask", [lambda store: store.find(["a-1"]), lambda store: store.save("a-1", {"version": 1})]
)
def test_a_database_that_is_away_is_said_to_be(ask: Callable[[MongoCheckpoints], Any]) -> None:
    nowhere: MongoClient[Row]
    with MongoClient("127.0.0.1", 1, serverSelectionTimeoutMS=50) as nowhere:
        store = MongoCheckpoints(nowhere["nowhere"])
        with pytest.raises(StoreAway) as caught:
            ask(store)
    assert isinstance(caught.value.__cause__, PyMongoError)
