"""Leases on a real database: one holder, takeover after the end, and no clock of ours."""

from collections.abc import Iterator
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.collection import Collection

from services.common.eventlog.ports import StoreAway
from services.common.work.lease import MongoLease
from tests.support.databases import own_database
from tests.support.waiting import eventually


@pytest.fixture
def leases(mongodb_uri: str) -> Iterator[Collection[dict[str, Any]]]:
    with own_database(mongodb_uri, "work") as database:
        yield database["leases"]


def test_one_holds_it_until_it_lets_go(leases: Collection[dict[str, Any]]) -> None:
    first, second = MongoLease(leases, "relay"), MongoLease(leases, "relay")

    assert (first.hold(), second.hold(), first.hold()) == (True, False, True)
    first.release()
    assert MongoLease(leases, "relay").hold(), "whoever asks next has it at once"


def test_who_was_refused_has_it_a_moment_after_it_was_given_back(
    leases: Collection[dict[str, Any]],
) -> None:
    first, second = MongoLease(leases, "relay"), MongoLease(leases, "relay")
    assert (first.hold(), second.hold()) == (True, False)
    first.release()
    eventually(second.hold, awaited="the lease that was given back")
    assert not first.hold()


def test_different_leases_are_different(leases: Collection[dict[str, Any]]) -> None:
    assert MongoLease(leases, "relay").hold()
    assert MongoLease(leases, "leader").hold()


def test_a_holder_that_died_is_followed_when_the_lease_has_run_out(
    leases: Collection[dict[str, Any]],
) -> None:
    assert MongoLease(leases, "relay", seconds=0.3).hold()
    second = MongoLease(leases, "relay")

    eventually(second.hold, awaited="the end of a dead holder's lease")


def test_releasing_what_is_not_ours_changes_nothing(leases: Collection[dict[str, Any]]) -> None:
    first, second = MongoLease(leases, "relay"), MongoLease(leases, "relay")
    first.hold()

    second.release()

    assert not second.hold()


def test_a_database_that_is_away_is_transient() -> None:
    client: MongoClient[dict[str, Any]] = MongoClient(
        "mongodb://127.0.0.1:9/", serverSelectionTimeoutMS=200
    )
    with client, pytest.raises(StoreAway):
        MongoLease(client["x"]["leases"], "relay").hold()
