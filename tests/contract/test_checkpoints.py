"""What checkpoints must do, those in memory and those in MongoDB."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from services.common.following.memory import MemoryCheckpoints
from services.common.following.mongo_checkpoints import MongoCheckpoints
from services.common.following.ports import Checkpoints, Followed, Parked
from tests.support.databases import own_database

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
A, B, C = "workOrder-a", "workOrder-b", "workOrder-c"


@pytest.fixture(params=["memory", "mongo"])
def rows(request: pytest.FixtureRequest) -> Iterator[Checkpoints]:
    if request.param == "memory":
        yield MemoryCheckpoints("lists")
        return
    with own_database(request.getfixturevalue("mongodb_uri"), "contract") as database:
        others = MongoCheckpoints("others", database)
        others.move(A, 99)
        others.park(Parked(A, 99, "of another consumer", NOON))
        others.sweep_to("dispatch", 99)
        found = MongoCheckpoints("lists", database)
        found.prepare({"request"})
        yield found
        assert others.of([A])[A].version == 99, "another consumer's rows are none of its business"


def test_a_stream_never_heard_of_is_at_nothing(rows: Checkpoints) -> None:
    assert rows.of([A, B]) == {A: Followed(), B: Followed()}
    assert rows.swept("dispatch") == 0
    assert list(rows.parked()) == []


def test_moving_goes_forward_only(rows: Checkpoints) -> None:
    rows.move(A, 3)
    rows.move(A, 2)
    assert rows.of([A, B]) == {A: Followed(3), B: Followed()}


def test_sweeping_goes_forward_only_and_log_by_log(rows: Checkpoints) -> None:
    rows.sweep_to("dispatch", 7)
    rows.sweep_to("dispatch", 5)
    assert (rows.swept("dispatch"), rows.swept("intake")) == (7, 0)


def test_a_parked_stream_keeps_its_place_and_says_why(rows: Checkpoints) -> None:
    parked = Parked(A, 4, "unreadable", NOON, hangs_on=None)
    rows.move(A, 3)
    rows.park(parked)
    assert rows.of([A])[A] == Followed(3, parked)
    assert list(rows.parked()) == [parked]


def test_parked_streams_come_oldest_first(rows: Checkpoints) -> None:
    rows.park(Parked(B, 1, "later", NOON + timedelta(seconds=1)))
    rows.park(Parked(A, 1, "earlier", NOON))
    assert [each.stream for each in rows.parked()] == [A, B]


def test_doorbells_of_a_parked_stream_are_counted_and_no_others(rows: Checkpoints) -> None:
    rows.park(Parked(A, 1, "unreadable", NOON))
    rows.rung(A)
    rows.rung(A)
    rows.rung(B)
    assert [each.rung for each in rows.parked()] == [2]
    assert rows.of([B])[B] == Followed()


def test_unparking_takes_along_everything_that_hangs_on_it(rows: Checkpoints) -> None:
    rows.park(Parked(A, 1, "unreadable", NOON))
    rows.park(Parked(B, 1, "hangs", NOON, hangs_on=A))
    rows.park(Parked(C, 1, "hangs", NOON, hangs_on=B))
    rows.park(Parked("workOrder-d", 1, "another matter", NOON))
    assert set(rows.unpark(A)) == {A, B, C}
    assert [each.stream for each in rows.parked()] == ["workOrder-d"]


def test_a_retry_is_due_at_its_time_oldest_first(rows: Checkpoints) -> None:
    rows.retry_at(B, NOON + timedelta(seconds=2), "away")
    rows.retry_at(A, NOON + timedelta(seconds=1), "away")
    rows.retry_at(C, NOON + timedelta(seconds=9), "away")
    assert list(rows.due_retries(NOON, 10)) == []
    assert list(rows.due_retries(NOON + timedelta(seconds=2), 10)) == [A, B]
    assert list(rows.due_retries(NOON + timedelta(seconds=2), 1)) == [A]


def test_streams_that_wait_for_a_retry_are_counted_due_or_not_until_they_move_or_are_parked(
    rows: Checkpoints,
) -> None:
    assert rows.retrying() == 0
    rows.move("workOrder-d", 1)
    rows.retry_at(A, NOON, "away")
    rows.retry_at(A, NOON, "still away")
    rows.retry_at(B, NOON + timedelta(days=1), "away")
    rows.retry_at(C, NOON, "away")
    assert rows.retrying() == 3
    rows.move(A, 1)
    rows.park(Parked(B, 1, "unreadable", NOON))
    rows.retried(C, NOON)
    assert rows.retrying() == 0


def test_attempts_are_counted_until_the_stream_moves(rows: Checkpoints) -> None:
    rows.retry_at(A, NOON, "away")
    rows.retry_at(A, NOON, "away")
    assert rows.of([A])[A] == Followed(attempts=2)
    rows.retry_at(A, NOON, "a fault of ours", fault=True)
    assert rows.of([A])[A] == Followed(attempts=3, faults=1)
    rows.move(A, 1)
    assert rows.of([A])[A] == Followed(1)
    assert list(rows.due_retries(NOON, 10)) == []


def test_a_retry_that_was_due_is_forgotten_and_a_later_one_stays(rows: Checkpoints) -> None:
    rows.retry_at(A, NOON, "away")
    rows.retry_at(B, NOON + timedelta(seconds=5), "written while we tried")
    rows.retried(A, NOON)
    rows.retried(B, NOON)
    rows.retried(C, NOON)
    assert list(rows.due_retries(NOON + timedelta(seconds=5), 10)) == [B]
    assert (rows.of([A])[A].attempts, rows.of([B])[B].attempts) == (0, 1)


def test_parking_ends_retries_and_unparking_starts_attempts_anew(rows: Checkpoints) -> None:
    rows.retry_at(A, NOON, "away")
    rows.park(Parked(A, 1, "unreadable", NOON))
    assert list(rows.due_retries(NOON, 10)) == []
    rows.unpark(A)
    assert rows.of([A])[A] == Followed()


def test_forgetting_starts_from_nothing(rows: Checkpoints) -> None:
    rows.move(A, 3)
    rows.park(Parked(B, 1, "unreadable", NOON))
    rows.retry_at(C, NOON, "away")
    rows.sweep_to("dispatch", 7)
    rows.forget()
    assert rows.of([A, B, C]) == {A: Followed(), B: Followed(), C: Followed()}
    assert rows.swept("dispatch") == 0
    assert list(rows.due_retries(NOON, 10)) == []
