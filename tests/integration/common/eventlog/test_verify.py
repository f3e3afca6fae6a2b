"""`log verify` finds whatever was changed, cut off, taken out or put in, and nothing else."""

from collections.abc import Callable
from typing import Any

import pytest
from pymongo.database import Database

from services.common.clock import RealClock
from services.common.contracts.commit import Tip, chained
from services.common.eventlog.mongo import Row, durable
from services.common.eventlog.mongo_log import ALLOCATION, COMMITS, MongoLog
from services.common.eventlog.mongo_outbox import MongoOutbox
from services.common.eventlog.verify import verify
from tests.support.examples import acknowledged, draft, noted

A = "workOrder-a"


@pytest.fixture
def rows(database: Database[Row]) -> Any:
    """The commits of a log of two streams, three commits each, all stamped."""
    log = MongoLog("dispatch", database)
    tips: dict[str, Tip] = {}
    for _ in range(3):
        for stream in (A, "workOrder-b"):
            wanted = draft(stream, acknowledged(), noted())
            tips[stream] = log.append(wanted, tips.get(stream, Tip())).tip
    MongoOutbox("dispatch", database, RealClock()).stamp(100)
    return durable(database, COMMITS)


def findings(database: Database[Row]) -> list[tuple[str, str]]:
    return [(each.where, each.what) for each in verify(database, lambda _done, _of: None)]


def found(database: Database[Row], where: str, what: str) -> bool:
    return any(place == where and what in said for place, said in findings(database))


def change(rows: Any, where: str, edit: Callable[[Row], Row]) -> None:
    """Edit a stored commit; a careful forger's hash is recomputed by the caller."""
    row = rows.find_one({"_id": where})
    rows.replace_one({"_id": where}, edit(row))


def test_a_whole_log_is_clean_and_progress_is_told(database: Database[Row], rows: Any) -> None:
    told: list[tuple[int, int]] = []
    assert list(verify(database, lambda done, of: told.append((done, of)))) == []
    assert told == [(number, 6) for number in range(1, 7)]
    assert rows.count_documents({}) == 6


def test_an_empty_log_is_clean(database: Database[Row]) -> None:
    assert findings(database) == []


def test_commits_without_a_position_are_no_finding(database: Database[Row], rows: Any) -> None:
    tip = list(MongoLog("dispatch", database).read(A))[-1].tip
    MongoLog("dispatch", database).append(draft(A), tip)
    assert findings(database) == []
    assert rows.count_documents({"position": None}) == 1


def test_a_turn_that_a_dead_relay_left_half_stamped_is_no_finding(
    database: Database[Row], rows: Any
) -> None:
    rows.update_many({"position": {"$in": [4, 6]}}, {"$unset": {"position": "", "stamped_at": ""}})
    assert findings(database) == []


def test_an_edited_body_is_found(database: Database[Row], rows: Any) -> None:
    change(rows, f"{A}@2", lambda row: {**row, "body": row["body"].replace("p-1", "p-2")})
    assert found(database, f"{A}@2", "the body was changed")


def test_an_edited_body_with_a_fitting_hash_is_found_at_the_commit_after_it(
    database: Database[Row], rows: Any
) -> None:
    def forged(row: Row) -> Row:
        body = row["body"].replace("p-1", "p-2")
        return {**row, "body": body, "hash": chained(row["previous_hash"], body)}

    change(rows, f"{A}@2", forged)
    assert found(database, f"{A}@3", "does not follow the commit before it")
    assert found(database, "order", "the chain over positions")


def test_an_edited_last_commit_with_a_fitting_hash_is_found_by_the_order(
    database: Database[Row], rows: Any
) -> None:
    def forged(row: Row) -> Row:
        body = row["body"].replace("p-1", "p-2")
        return {**row, "body": body, "hash": chained(row["previous_hash"], body)}

    change(rows, f"{A}@3", forged)
    assert findings(database) == [("order", "the chain over positions is not what was allocated")]


@pytest.mark.parametrize("field", ["command_id", "recorded_at"])
def test_an_edited_index_field_is_found(database: Database[Row], rows: Any, field: str) -> None:
    rows.update_one({"_id": f"{A}@2"}, {"$set": {field: "x"}})
    assert found(database, f"{A}@2", f"index field {field}")


def test_a_commit_moved_to_another_stream_is_found(database: Database[Row], rows: Any) -> None:
    rows.update_one({"_id": f"{A}@2"}, {"$set": {"stream": "workOrder-c"}})
    assert found(database, f"{A}@2", "index field stream")
    assert found(database, f"{A}@2", "its id is not its stream and version")


@pytest.mark.parametrize("body", ["{", "[]"])
def test_a_body_that_is_no_commit_is_found(database: Database[Row], rows: Any, body: str) -> None:
    rows.update_one({"_id": f"{A}@2"}, {"$set": {"body": body}})
    assert any(where == f"{A}@2" for where, _ in findings(database))


def test_a_hole_is_found_in_the_stream_and_in_the_order(database: Database[Row], rows: Any) -> None:
    position = rows.find_one({"_id": f"{A}@2"})["position"]
    rows.delete_one({"_id": f"{A}@2"})
    assert found(database, f"{A}@3", "version 2 is missing")
    assert found(database, f"position {position}", "no commit has this position")


def test_a_cut_tail_of_a_stream_is_found_by_the_order(database: Database[Row], rows: Any) -> None:
    """The stream's own chain is whole; only the order knows that it went on."""
    position = rows.find_one({"_id": f"{A}@3"})["position"]
    rows.delete_one({"_id": f"{A}@3"})
    assert [where for where, _ in findings(database)] in (
        [f"position {position}", "order"],
        [f"position {position}"],
    )


def test_a_cut_tail_of_the_log_is_found(database: Database[Row], rows: Any) -> None:
    rows.delete_many({"position": {"$gte": 5}})
    assert findings(database) == [("position 5", "the end of the order is missing")]


def test_a_deleted_stream_is_found_by_the_order(database: Database[Row], rows: Any) -> None:
    rows.delete_many({"stream": A})
    assert any("no commit has this position" in what for _, what in findings(database))


def test_two_commits_that_changed_places_are_found(database: Database[Row], rows: Any) -> None:
    one, two = rows.find_one({"position": 2}), rows.find_one({"position": 5})
    rows.update_one({"_id": one["_id"]}, {"$set": {"position": 5}})
    rows.update_one({"_id": two["_id"]}, {"$set": {"position": 2}})
    assert findings(database) != []


def test_a_lost_allocation_document_is_found(database: Database[Row], rows: Any) -> None:
    durable(database, ALLOCATION).delete_one({"_id": ALLOCATION})
    last = rows.find_one({"position": 6})
    assert found(database, last["_id"], "position 6 was never given")


def test_an_allocation_document_from_an_old_backup_is_found(
    database: Database[Row], rows: Any
) -> None:
    allocation = durable(database, ALLOCATION)
    old = allocation.find_one({"_id": ALLOCATION})
    assert old is not None
    log = MongoLog("dispatch", database)
    log.append(draft(A), list(log.read(A))[-1].tip)
    MongoOutbox("dispatch", database, RealClock()).stamp(10)
    allocation.replace_one({"_id": ALLOCATION}, old)
    assert found(database, f"{A}@4", "position 7 was never given")
    assert rows.count_documents({}) == 7
