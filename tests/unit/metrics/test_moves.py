"""Which records have moved, and who moved a cursor: what figures are kept fresh by."""

import pytest

from services.common.eventlog.ports import StoreAway
from services.common.following.cursors import Cursor, CursorMoved
from services.common.following.memory import MemoryCursors, MemoryDocuments
from services.common.following.ports import Document, Documents
from services.common.following.processors import Processors, processors_of
from services.metrics.moves import MovedRecords, WatchedCursors
from services.metrics.wiring import consumers
from tests.support.examples_metrics import MetricsWorld
from tests.support.following import settle

MODEL = "request_records"


def taken(moved: MovedRecords) -> list[tuple[str, list[str]]]:
    return [(model, sorted(found)) for model, found in moved.take(50)]


def test_what_was_written_is_taken_once() -> None:
    moved = MovedRecords(MemoryDocuments())
    moved.put_many(MODEL, [Document("a", 0, {}), Document("b", 0, {})])
    assert moved
    assert taken(moved) == [(MODEL, ["a", "b"])]
    assert not moved
    assert taken(moved) == []


def test_many_are_taken_in_pages() -> None:
    moved = MovedRecords(MemoryDocuments())
    moved.note(MODEL, map(str, range(5)))
    assert [len(found) for _, found in moved.take(2)] == [2, 2, 1]


def test_what_a_follower_reads_may_have_been_written_unseen_by_an_earlier_one() -> None:
    moved = MovedRecords(MemoryDocuments())
    moved.get_many(MODEL, ["a"])
    assert taken(moved) == [(MODEL, ["a"])]


def test_a_write_that_failed_may_have_happened() -> None:
    class Away(MemoryDocuments):
        def put_many(self, model: str, documents: object) -> list[bool]:  # noqa: ARG002
            assert moved.in_flux(model, "a"), "while it is written nobody can say what is stored"
            raise StoreAway(what=model)

    moved = MovedRecords(Away())
    with pytest.raises(StoreAway):
        moved.put(MODEL, Document("a", 0, {}))
    assert taken(moved) == [(MODEL, ["a"])]
    assert not moved.in_flux(MODEL, "a")


def test_a_processor_that_starts_again_notes_what_it_is_told_again() -> None:
    """What it is told may be in the documents already: then it writes none of them."""
    world = MetricsWorld()
    world.dispatched("r-1")
    settle(world.logs, _following(world, world.documents))
    assert not world.moved
    settle(world.logs, _following(world, world.moved))
    assert taken(world.moved) == [(MODEL, ["r-1"])]
    assert world.documents.get(MODEL, "r-1").revision == 1


def _following(world: MetricsWorld, documents: Documents) -> Processors:
    """Return processors that have followed nothing yet."""
    observers = (world.chart.observe,)
    cursors, made = MemoryCursors(), consumers(documents)
    return processors_of(made, logs=world.logs, cursors=cursors, observers=observers)


def test_a_cursor_that_is_moved_here_is_known_and_nobody_elses() -> None:
    cursors = WatchedCursors(MemoryCursors())
    saved = cursors.save("metrics", Cursor(positions={"intake": 3}))
    assert cursors.load("metrics") == saved
    assert cursors.known == {"metrics": saved}
    assert cursors.moved_by_others == 0


def test_a_cursor_that_another_has_moved_shows_when_it_is_read() -> None:
    stored = MemoryCursors()
    cursors = WatchedCursors(stored)
    saved = cursors.save("metrics", Cursor())
    moved = stored.save("metrics", saved)
    assert cursors.load_all() == {"metrics": moved}
    assert cursors.load_all() == {"metrics": moved}
    assert (cursors.moved_by_others, cursors.known) == (1, {"metrics": moved})


def test_a_cursor_that_another_has_moved_shows_when_it_is_written() -> None:
    stored = MemoryCursors()
    cursors = WatchedCursors(stored)
    saved = cursors.save("metrics", Cursor())
    stored.save("metrics", saved)
    with pytest.raises(CursorMoved):
        cursors.save("metrics", saved)
    assert cursors.moved_by_others == 1


def test_what_is_read_while_it_is_being_written_here_is_ours() -> None:
    class Slow(MemoryCursors):
        def save(self, consumer: str, cursor: Cursor) -> Cursor:
            saved = super().save(consumer, cursor)
            assert cursors.load(consumer) == saved, "read before the writer has its answer"
            return saved

    cursors = WatchedCursors(Slow())
    cursors.save("metrics", cursors.save("metrics", Cursor()))
    assert cursors.moved_by_others == 0


def test_an_answer_that_comes_late_makes_nothing_older() -> None:
    stored = MemoryCursors()
    cursors = WatchedCursors(stored)
    first = cursors.save("metrics", Cursor())
    second = cursors.save("metrics", first)
    late = WatchedCursors(stored)
    assert late.load("metrics") == second
    assert late._seen("metrics", first) == first
    assert late.known == {"metrics": second}
