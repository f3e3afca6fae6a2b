"""Read models count once, whatever is repeated, raced or killed; a bare `$inc` would not."""

from typing import Any

import pytest

from services.common.contracts.commit import Commit, Fact
from services.common.contracts.events.dispatch import ProgressNoted
from services.common.eventlog.charts import LiveChart
from services.common.eventlog.ports import StreamConflict
from services.common.following.follower import Follower
from services.common.following.memory import MemoryCheckpoints, MemoryDocuments
from services.common.following.ports import Document
from services.common.following.projecting import ATTEMPTS, Projector, ReadModel
from services.testing.memory_log import MemoryLog
from tests.support.examples import acknowledged, noted
from tests.unit.common.eventlog.toy import STREAM, append, log_of


class Killed(BaseException):
    """The process is gone: nothing catches this."""


class KilledBeforeMoving(MemoryCheckpoints):
    """Checkpoints of a process that is killed between the write and the checkpoint, once."""

    alive = True

    def move(self, stream: str, version: int) -> None:
        if self.alive:
            self.alive = False
            raise Killed
        super().move(stream, version)


def _apply(body: dict[str, Any], fact: Fact) -> dict[str, Any]:
    body["notes"] = body.get("notes", 0) + isinstance(fact.event, ProgressNoted)
    return body


def _subject_of(commit: Commit) -> str | None:
    return None if commit.stream == "workOrder-other" else "all"


COUNTS = ReadModel("counts", frozenset({"workOrder"}), _subject_of, _apply)


class Counter:
    """The obvious way: add to a figure, keep the checkpoint elsewhere."""

    name = "counter"
    follows = frozenset({"workOrder"})
    in_causal_order = True

    def __init__(self) -> None:
        self.notes = 0

    def handle(self, commit: Commit) -> None:
        self.notes += sum(isinstance(fact.event, ProgressNoted) for fact in commit.facts)


@pytest.fixture
def log() -> MemoryLog:
    return log_of()


@pytest.fixture
def documents() -> MemoryDocuments:
    return MemoryDocuments()


def killed_once(consumer: Any, log: MemoryLog) -> None:
    """Follow until killed between write and checkpoint; then follow again to the end."""
    follower = Follower(
        consumer,
        logs={"dispatch": log},
        checkpoints=KilledBeforeMoving(consumer.name),
        chart=LiveChart(log),
    )
    with pytest.raises(Killed):
        follower.catch_up(STREAM)
    follower.catch_up(STREAM)


def test_a_bare_increment_counts_twice_after_a_crash(log: MemoryLog) -> None:
    """The counter-example, so that nobody needs to try it again."""
    append(log, STREAM, noted())
    append(log, STREAM, noted())
    counter = Counter()
    killed_once(counter, log)
    assert counter.notes == 3


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
    for commit in (*commits, *reversed(commits)):
        projector.handle(commit)
    body = documents.get("counts", "all").body
    assert body == {"notes": 6, "seen": {STREAM: 2, "workOrder-b": 1}}


def test_all_events_of_a_commit_are_one_write(log: MemoryLog, documents: MemoryDocuments) -> None:
    Projector("counts", COUNTS, documents).handle(append(log, STREAM, noted(), noted(), noted()))
    assert documents.get("counts", "all").revision == 1


def test_what_is_no_concern_of_a_model_leaves_no_document(
    log: MemoryLog, documents: MemoryDocuments
) -> None:
    Projector("counts", COUNTS, documents).handle(append(log, "workOrder-other", noted()))
    assert documents.get("counts", "all").revision == 0


class Racing(MemoryDocuments):
    """Documents that another replica changes right before each of the first writes."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def put(self, model: str, document: Document) -> bool:
        if self.times:
            self.times -= 1
            present = self.get(model, document.id)
            other = {**present.body, "others": present.body.get("others", 0) + 1}
            super().put(model, Document(document.id, present.revision, other))
        return super().put(model, document)


def test_who_lost_the_race_for_a_document_reads_it_again(log: MemoryLog) -> None:
    documents = Racing(times=3)
    Projector("counts", COUNTS, documents).handle(append(log, STREAM, noted()))
    assert documents.get("counts", "all").body == {"notes": 1, "others": 3, "seen": {STREAM: 1}}


def test_who_loses_again_and_again_tries_later(log: MemoryLog) -> None:
    documents = Racing(times=ATTEMPTS)
    with pytest.raises(StreamConflict):
        Projector("counts", COUNTS, documents).handle(append(log, STREAM, acknowledged()))
    assert "seen" not in documents.get("counts", "all").body
