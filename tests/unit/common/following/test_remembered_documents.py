"""A batch remembers the documents that it has written, until another moves them."""

from collections.abc import Iterable, Mapping

import pytest

from services.common.eventlog.ports import StreamConflict
from services.common.following.memory import MemoryDocuments
from services.common.following.ports import Document
from services.common.following.processor import Processor
from services.common.following.projecting import Projector, ReadModel
from tests.support.following import rest
from tests.unit.common.following.processing import U, V, W, World


class Counting(MemoryDocuments):
    """Documents that count how often one is read."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []

    def get_many(self, model: str, ids: Iterable[str]) -> Mapping[str, Document]:
        wanted = sorted(ids)
        self.read += wanted
        return super().get_many(model, wanted)


def of_streams(documents: MemoryDocuments) -> Projector:
    """Return a read model of how many notes each stream has."""

    def count(body: dict[str, object], _: object) -> dict[str, object]:
        notes = body.setdefault("notes", [])
        assert isinstance(notes, list)
        notes.append("a note")
        return body

    model = ReadModel("notes", frozenset({"workOrder"}), lambda commit: commit.stream, count)
    return Projector("notes", model, documents)


def followed(world: World, processor: Processor, *streams: str) -> None:
    for stream in streams:
        world.happens(stream)
        rest(processor)


def test_a_document_that_was_written_is_not_read_again(world: World) -> None:
    documents = Counting()
    followed(world, world.replica(of_streams(documents)), W, V, W, W)
    assert documents.read == [W, V]
    found = documents.get("notes", W)
    assert (found.revision, found.body) == (3, {"notes": ["a note"] * 3, "seen": {W: 3}})


def test_a_remembered_document_that_another_has_moved_is_read_again(world: World) -> None:
    documents = Counting()
    processor = world.replica(of_streams(documents))
    followed(world, processor, W)
    moved = documents.get("notes", W)
    documents.put("notes", Document(W, moved.revision, {**moved.body, "others": 1}))
    with pytest.raises(StreamConflict):
        followed(world, processor, W)
    assert processor.turn() == 1
    assert documents.read == [W, W]
    assert documents.get("notes", W).body == {"notes": ["a note"] * 2, "others": 1, "seen": {W: 2}}


def test_only_so_many_documents_are_remembered_and_the_least_used_leave(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.common.following.projecting.REMEMBERED", 2)
    documents = Counting()
    processor = world.replica(of_streams(documents))
    followed(world, processor, W, V, W, U, W, V)
    assert documents.read == [W, V, U, V]
