"""Rebuilds read models while the service runs; lists never get empty meanwhile.

Nothing is dropped first: a running processor would apply its next commit to a document that is
not there, and what came before would be missing for ever. Instead the logs are followed anew into
a shadow, and each shadow document is written over the kept one by compare-and-set, once it has
seen all that the kept one has. From there the running processor goes on as it would have: what a
document has seen it passes over, so its cursor stays as it is.

Who follows may keep in memory what it has written. So where documents were written beside it, the
cursor is moved to where it stands: a process whose cursor another has moved starts from what is
stored.

The shadow is held in memory: some 10 KB a document.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pymongo.database import Database

from services.common.contracts.commit import Commit
from services.common.eventlog.charts import LiveChart
from services.common.eventlog.mongo import Row, answering, rebuildable
from services.common.eventlog.ports import LogReader, StreamConflict
from services.common.following.batches import Batch
from services.common.following.cursors import CursorMoved
from services.common.following.memory import MemoryCursors, MemoryDocuments
from services.common.following.mongo_cursors import MongoCursors
from services.common.following.mongo_documents import MongoDocuments
from services.common.following.ports import Document
from services.common.following.processor import Processor
from services.common.following.projecting import Projector

ATTEMPTS: Final = 100
Move = Callable[[int, int], None]


@dataclass(slots=True)
class Tally:
    """What a rebuild did; commits and events are counted once a model.

    `unreadable`: stream -> why; documents that have seen more of it were left alone.
    """

    commits: int = 0
    events: int = 0
    documents: int = 0
    written: int = 0
    removed: int = 0
    unreadable: dict[str, str] = field(default_factory=dict)


class Shadow(MemoryDocuments):
    """Documents that only the rebuild sees."""

    def ids(self, model: str) -> list[str]:
        """Return the ids of every document of `model`."""
        return sorted(self._models.get(model, {}))


class KeptDocuments:
    """The documents that the service keeps and lists show."""

    def __init__(self, database: Database[Row]) -> None:
        """Reach the documents in `view_<service>`."""
        self._database = database
        self._documents = MongoDocuments(database)
        self._cursors = MongoCursors(database)

    def get(self, model: str, id: str) -> Document:  # noqa: A002  the port's own name
        """Return the document, or one of revision 0."""
        return self._documents.get(model, id)

    def put(self, model: str, document: Document) -> bool:
        """Write over the revision it was read at; False if somebody was faster."""
        return self._documents.put(model, document)

    def ids(self, model: str) -> Iterator[str]:
        """Yield the id of every document of `model`."""
        with answering():
            for row in rebuildable(self._database, model).find({}, {"_id": 1}):
                yield row["_id"]

    def remove(self, model: str, document: Document) -> bool:
        """Delete a document that no commit accounts for, unless it has moved since."""
        wanted = {"_id": document.id, "revision": document.revision}
        with answering():
            done = rebuildable(self._database, model).delete_one(wanted)
        return done.deleted_count == 1

    def start_again(self, consumer: str) -> None:
        """Let who follows believe nothing that it has in memory; one that never followed hasn't.

        Raises:
            CursorMoved: It moves its cursor itself, again and again.
        """
        for attempts_left in reversed(range(ATTEMPTS)):
            cursor = self._cursors.load(consumer)
            if not cursor.revision:
                return
            try:
                self._cursors.save(consumer, cursor)
            except CursorMoved:
                if not attempts_left:
                    raise
            else:
                return


class Rebuild:
    """Follows the logs for each of several read models, then settles their documents."""

    def __init__(
        self,
        models: Iterable[Projector],
        *,
        logs: Mapping[str, LogReader],
        shadow: Shadow,
        kept: KeptDocuments,
    ) -> None:
        """Wire projectors that write to `shadow`."""
        self.tally = Tally()
        self._shadow = shadow
        self._kept = kept
        chart = LiveChart(logs["dispatch"])
        self._processors = {
            projector.model.name: Processor(
                _Counted(projector, self.tally),
                logs=logs,
                cursors=MemoryCursors(),
                observers=(chart.observe,),
            )
            for projector in models
        }

    def run(self, move: Move) -> Tally:
        """Rebuild; `move(done, of)` counts commits, also those that were passed over.

        Raises:
            Transient: Something is away; what was written is right. Run it again.
        """
        of = sum(log.head() for each in self._processors.values() for log in each.logs.values())
        done = 0
        for processor in self._processors.values():
            while passed := processor.turn():
                done += passed
                move(min(done, of), of)
        for model, processor in self._processors.items():
            before = self.tally.written + self.tally.removed
            try:
                self._settle(model, processor)
            finally:  # cut short, too, it may have written
                if self.tally.written + self.tally.removed > before:
                    self._kept.start_again(processor.consumer.name)
        return self.tally

    def _catch_up(self, processor: Processor) -> None:
        while processor.turn():
            pass

    def _can_read(self, processor: Processor, streams: Iterable[str]) -> bool:
        """Say whether all of `streams` can be read; note those that can't."""
        held = processor.held()
        found = {stream: held[stream].reason for stream in streams if stream in held}
        self.tally.unreadable |= found
        return not found

    # -- settling --------------------------------------------------------------------------------

    def _settle(self, model: str, processor: Processor) -> None:
        self._can_read(processor, processor.held())
        for each in self._shadow.ids(model):
            self._write(model, each, processor)
        for each in self._kept.ids(model):
            if not self._shadow.get(model, each).revision:
                self._stray(model, each, processor)
        self.tally.documents += len(self._shadow.ids(model))

    def _write(self, model: str, id: str, processor: Processor) -> None:  # noqa: A002  its own name
        """Bring the kept document to what the logs say, however the service moves it meanwhile."""
        for _ in range(ATTEMPTS):
            kept = self._kept.get(model, id)
            if self._ahead(model, kept):
                self._catch_up(processor)
            if not self._can_read(processor, self._ahead(model, kept)):
                return
            wanted = self._shadow.get(model, id)
            if kept.body == wanted.body:
                return
            if self._kept.put(model, Document(id, kept.revision, wanted.body)):
                self.tally.written += 1
                return
        raise StreamConflict(model=model, document=id)

    def _ahead(self, model: str, kept: Document) -> list[str]:
        """Return the streams of which the service has seen more than the shadow."""
        wanted = _seen(self._shadow.get(model, kept.id))
        return [each for each, version in _seen(kept).items() if version > wanted.get(each, 0)]

    def _stray(self, model: str, id: str, processor: Processor) -> None:  # noqa: A002  its own name
        """Remove a document that the logs don't account for; one that is only newer is right."""
        kept = self._kept.get(model, id)
        self._catch_up(processor)
        if not self._can_read(processor, _seen(kept)):
            return
        if self._shadow.get(model, id).revision:
            self._write(model, id, processor)
        elif kept.revision and self._kept.remove(model, kept):
            self.tally.removed += 1


class _Counted:
    """A projector whose commits are counted."""

    def __init__(self, projector: Projector, tally: Tally) -> None:
        self.name = projector.name
        self.follows = projector.follows
        self.in_causal_order = projector.in_causal_order
        self.patience_seconds = projector.patience_seconds
        self._projector = projector
        self._tally = tally

    def batch(self) -> "_CountedBatch":
        return _CountedBatch(self._projector.batch(), self._tally)


class _CountedBatch:
    """A batch of documents that are counted as written when they are."""

    def __init__(self, batch: Batch, tally: Tally) -> None:
        self._batch = batch
        self._tally = tally
        self._events: list[int] = []

    def expect(self, commit: Commit) -> None:
        self._batch.expect(commit)

    def handle(self, commit: Commit) -> None:
        self._batch.handle(commit)
        self._events.append(len(commit.draft.events))

    def flush(self) -> None:
        self._batch.flush()
        self._tally.commits += len(self._events)
        self._tally.events += sum(self._events)


def _seen(document: Document) -> Mapping[str, int]:
    body: Mapping[str, Any] = document.body
    found: Mapping[str, int] = body.get("seen", {})
    return found
