"""Read models count once, whatever is repeated, raced or killed; a bare `$inc` would not."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from services.common.contracts.commit import Commit, Fact
from services.common.contracts.events.dispatch import ProgressNoted
from services.common.eventlog.ports import StreamConflict
from services.common.following.batches import Consumer
from services.common.following.cursors import Cursor
from services.common.following.memory import MemoryCursors, MemoryDocuments
from services.common.following.ports import Document
from services.common.following.processor import Processor
from services.common.following.projecting import Projector, ReadModel
from services.testing.memory_log import MemoryLog
from tests.support.examples import noted
from tests.support.following import tell
from tests.unit.common.eventlog.toy import STREAM, append, log_of


class Killed(BaseException):
    """The process is gone: nothing catches this."""


class KilledBeforeMoving(MemoryCursors):
    """Cursors of a process that is killed between the write and the cursor, once."""

    alive = True

    def save(self, consumer: str, cursor: Cursor) -> Cursor:
        if self.alive:
            self.alive = False
            raise Killed
        return super().save(consumer, cursor)


def _apply(body: dict[str, Any], fact: Fact) -> dict[str, Any]:
    body["notes"] = body.get("notes", 0) + isinstance(fact.event, ProgressNoted)
    return body


def _subject_of(commit: Commit) -> str | None:
    return None if commit.stream == "workOrder-other" else "all"


COUNTS = ReadModel("counts", frozenset({"workOrder"}), _subject_of, _apply)


class Counter:
    """The obvious way: add to a figure, keep the cursor elsewhere."""

    name = "counter"
    follows = frozenset({"workOrder"})
    in_causal_order = True
    patience_seconds = 0.0

    def __init__(self) -> None:
        self.notes = 0

    def batch(self) -> "Counter":
        return self

    def expect(self, commit: Commit) -> None:
        """Need nothing."""

    def handle(self, commit: Commit) -> None:
        self.notes += sum(isinstance(fact.event, ProgressNoted) for fact in commit.facts)

    def flush(self) -> None:
        """Write as one goes."""


@pytest.fixture
def log() -> MemoryLog:
    return log_of()


@pytest.fixture
def documents() -> MemoryDocuments:
    return MemoryDocuments()


def killed_once(consumer: Consumer, log: MemoryLog) -> None:
    """Follow until killed between write and cursor; then follow again to the end."""
    log.stamp(10)
    cursors = KilledBeforeMoving()
    with pytest.raises(Killed):
        Processor(consumer, logs={"dispatch": log}, cursors=cursors).turn()
    assert Processor(consumer, logs={"dispatch": log}, cursors=cursors).turn() == log.head()


def test_a_bare_increment_counts_twice_after_a_crash(log: MemoryLog) -> None:
    """The counter-example, so that nobody needs to try it again."""
    append(log, STREAM, noted())
    append(log, STREAM, noted())
    counter = Counter()
    killed_once(counter, log)
    assert counter.notes == 4


def test_a_document_that_holds_what_it_has_seen_counts_once_after_a_crash(
    log: MemoryLog, documents: MemoryDocuments
) -> None:
    append(log, STREAM, noted())
    append(log, STREAM, noted())
    killed_once(Projector("counts", COUNTS, documents), log)
    assert documents.get("counts", "all").body == {"notes": 2, "seen": {STREAM: 2}}


def test_a_repeated_commit_is_counted_once_and_streams_are_apart(
    log: MemoryLog, documents: MemoryDocuments
) -> None:
    projector = Projector("counts", COUNTS, documents)
    commits = [append(log, stream, noted(), noted()) for stream in (STREAM, "workOrder-b", STREAM)]
    tell(projector, *commits, *reversed(commits))
    for commit in (*commits, *reversed(commits)):
        tell(projector, commit)
    body = documents.get("counts", "all").body
    assert body == {"notes": 6, "seen": {STREAM: 2, "workOrder-b": 1}}


def test_what_a_document_has_seen_of_other_streams_stays_when_apply_returns_a_new_body(
    log: MemoryLog, documents: MemoryDocuments
) -> None:
    def apply(body: dict[str, Any], _: Fact) -> dict[str, Any]:
        return {"notes": body.get("notes", 0) + 1}

    anew = replace(COUNTS, apply=apply)
    commits = [append(log, stream, noted()) for stream in (STREAM, "workOrder-b")]
    tell(Projector("counts", anew, documents), *commits)
    body = documents.get("counts", "all").body
    assert body == {"notes": 2, "seen": {STREAM: 1, "workOrder-b": 1}}


def test_all_that_a_batch_was_told_is_one_write(log: MemoryLog, documents: MemoryDocuments) -> None:
    commits = [append(log, STREAM, noted(), noted(), noted()) for _ in range(3)]
    tell(Projector("counts", COUNTS, documents), *commits)
    found = documents.get("counts", "all")
    assert (found.revision, found.body["notes"]) == (1, 9)


def test_what_is_no_concern_of_a_model_leaves_no_document(
    log: MemoryLog, documents: MemoryDocuments
) -> None:
    tell(Projector("counts", COUNTS, documents), append(log, "workOrder-other", noted()))
    assert documents.get("counts", "all").revision == 0


class Racing(MemoryDocuments):
    """Documents that another replica changes right before each of the first writes."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def put_many(self, model: str, documents: Sequence[Document]) -> Sequence[bool]:
        if self.times:
            self.times -= 1
            for each in documents:
                present = self.get(model, each.id)
                other = {**present.body, "others": present.body.get("others", 0) + 1}
                self.put(model, Document(each.id, present.revision, other))
        return super().put_many(model, documents)


def test_who_lost_the_race_for_a_document_throws_the_batch_away(log: MemoryLog) -> None:
    documents = Racing(times=1)
    projector = Projector("counts", COUNTS, documents)
    commit = append(log, STREAM, noted())
    with pytest.raises(StreamConflict):
        tell(projector, commit)
    assert documents.get("counts", "all").body == {"others": 1}
    tell(projector, commit)
    assert documents.get("counts", "all").body == {"notes": 1, "others": 1, "seen": {STREAM: 1}}


def test_a_processor_that_lost_the_race_reads_the_document_again_in_its_next_turn(
    log: MemoryLog,
) -> None:
    documents = Racing(times=3)
    append(log, STREAM, noted())
    log.stamp(1)
    projector = Projector("counts", COUNTS, documents)
    processor = Processor(projector, logs={"dispatch": log}, cursors=MemoryCursors())
    for _ in range(3):
        with pytest.raises(StreamConflict):
            processor.turn()
    assert processor.turn() == 1
    assert documents.get("counts", "all").body == {"notes": 1, "others": 3, "seen": {STREAM: 1}}


def test_only_a_model_of_several_categories_is_told_in_causal_order(
    documents: MemoryDocuments,
) -> None:
    both = ReadModel("both", frozenset({"request", "workOrder"}), _subject_of, _apply)
    assert Projector("both", both, documents).in_causal_order
    assert not Projector("counts", COUNTS, documents).in_causal_order
