"""What cursors must do, those in memory and those in MongoDB."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from services.common.following.cursors import Cursor, CursorMoved, Cursors, Held
from services.common.following.memory import MemoryCursors
from services.common.following.mongo_cursors import MongoCursors
from tests.support.databases import own_database

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture(params=["memory", "mongo"])
def cursors(request: pytest.FixtureRequest) -> Iterator[Cursors]:
    if request.param == "memory":
        yield MemoryCursors()
        return
    with own_database(request.getfixturevalue("mongodb_uri"), "contract") as database:
        yield MongoCursors(database)


def test_a_new_consumer_is_at_nothing(cursors: Cursors) -> None:
    assert cursors.load("lists") == Cursor()


def test_what_is_saved_comes_back_with_the_next_revision(cursors: Cursors) -> None:
    held = {
        "request-a": Held(3, "Undecodable: why", NOON),
        "request-b": Held(1, "waits", NOON, hangs_on="request-a"),
        "clock-c.d": Held(2, "away", NOON, retry_at=NOON + timedelta(seconds=5), attempts=2),
    }
    saved = cursors.save("lists", Cursor(0, {"intake": 7, "dispatch": 0}, held))
    assert saved == Cursor(1, {"intake": 7, "dispatch": 0}, held)
    assert cursors.load("lists") == saved
    again = cursors.save("lists", Cursor(1, {"intake": 9}))
    assert cursors.load("lists") == again == Cursor(2, {"intake": 9})


def test_of_two_who_move_it_the_slower_is_told_and_moves_nothing(cursors: Cursors) -> None:
    first = cursors.save("lists", Cursor(0, {"intake": 1}))
    for late in (Cursor(0, {"intake": 2}), Cursor(2, {"intake": 2})):
        with pytest.raises(CursorMoved):
            cursors.save("lists", late)
    assert cursors.load("lists") == first


def test_consumers_stand_apart(cursors: Cursors) -> None:
    cursors.save("lists", Cursor(0, {"intake": 1}))
    assert cursors.load("others") == Cursor()


def test_all_cursors_are_read_at_once(cursors: Cursors) -> None:
    assert cursors.load_all() == {}
    held = {"clock-c.d": Held(2, "away", NOON, retry_at=NOON)}
    saved = {
        "dispatch.lists": cursors.save("dispatch.lists", Cursor(0, {"intake": 7}, held)),
        "dispatch": cursors.save("dispatch", Cursor(0, {"intake": 9})),
    }
    assert cursors.load_all() == saved


def test_only_what_waits_for_nothing_else_is_parked() -> None:
    assert Held(1, "", NOON).parked
    assert not Held(1, "", NOON, retry_at=NOON).parked
    assert not Held(1, "", NOON, hangs_on="request-a").parked
