"""Checkpoints and documents in memory: for a rebuild, and for whole stories in one process.

They pass the same contract suite as the real ones.
"""

import copy
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.common.following.cursors import Cursor, CursorMoved
from services.common.following.ports import Document, Followed, Parked


@dataclass(slots=True)
class _Row:
    version: int = 0
    parked: Parked | None = None
    attempts: int = 0
    faults: int = 0
    retry_at: datetime | None = None

    def followed(self) -> Followed:
        return Followed(self.version, self.parked, self.attempts, self.faults)

    def go_on(self) -> None:
        self.attempts, self.faults, self.retry_at = 0, 0, None


class MemoryCheckpoints:
    """How far one consumer is, in dictionaries."""

    def __init__(self, consumer: str) -> None:
        """Start at nothing."""
        self.consumer = consumer
        self._rows: dict[str, _Row] = {}
        self._swept: dict[str, int] = {}

    def of(self, streams: Iterable[str]) -> Mapping[str, Followed]:
        """Return how far the consumer is in each of `streams`."""
        return {stream: self._rows.get(stream, _Row()).followed() for stream in streams}

    def move(self, stream: str, version: int) -> None:
        """Move forward; trouble is over."""
        row = self._row(stream)
        row.version = max(row.version, version)
        row.go_on()

    def park(self, parked: Parked) -> None:
        """Stop following."""
        row = self._row(parked.stream)
        row.parked, row.retry_at = parked, None

    def rung(self, stream: str) -> None:
        """Count a doorbell of a parked stream."""
        row = self._row(stream)
        if row.parked is not None:
            row.parked = replace(row.parked, rung=row.parked.rung + 1)

    def unpark(self, stream: str) -> Sequence[str]:
        """Follow it again, and what hangs on it."""
        hanging = [
            each
            for each, row in self._rows.items()
            if row.parked is not None and row.parked.hangs_on == stream
        ]
        row = self._row(stream)
        row.parked = None
        row.go_on()
        return [stream, *(name for each in hanging for name in self.unpark(each))]

    def parked(self) -> Sequence[Parked]:
        """Return every parked stream, oldest first."""
        found = [row.parked for row in self._rows.values() if row.parked is not None]
        return sorted(found, key=lambda each: each.at)

    def retry_at(
        self,
        stream: str,
        at: datetime,
        reason: str,  # noqa: ARG002  shown by others
        *,
        fault: bool = False,
    ) -> None:
        """Write a retry row."""
        row = self._row(stream)
        row.retry_at, row.attempts = at, row.attempts + 1
        row.faults += fault

    def due_retries(self, now: datetime, limit: int) -> Sequence[str]:
        """Return streams whose retry is due, oldest first."""
        due = [
            (row.retry_at, stream)
            for stream, row in self._rows.items()
            if row.retry_at is not None and row.retry_at <= now
        ]
        return [stream for _, stream in sorted(due)[:limit]]

    def retrying(self) -> int:
        """Return how many streams have a retry row."""
        return sum(row.retry_at is not None for row in self._rows.values())

    def retried(self, stream: str, now: datetime) -> None:
        """Forget a retry that was due."""
        row = self._row(stream)
        if row.retry_at is not None and row.retry_at <= now:
            row.go_on()

    def swept(self, log: str) -> int:
        """Return the swept position."""
        return self._swept.get(log, 0)

    def sweep_to(self, log: str, position: int) -> None:
        """Move the swept position forward."""
        self._swept[log] = max(self.swept(log), position)

    def forget(self) -> None:
        """Start from nothing."""
        self._rows.clear()
        self._swept.clear()

    def _row(self, stream: str) -> _Row:
        return self._rows.setdefault(stream, _Row())


class MemoryCursors:
    """The cursors of consumers, in a dictionary."""

    def __init__(self) -> None:
        """Start with new consumers only."""
        self._lock = threading.Lock()
        self._cursors: dict[str, Cursor] = {}

    def load(self, consumer: str) -> Cursor:
        """Return the cursor, or one of revision 0."""
        return self._cursors.get(consumer, Cursor())

    def save(self, consumer: str, cursor: Cursor) -> Cursor:
        """Write over the revision that it bears."""
        with self._lock:
            if self.load(consumer).revision != cursor.revision:
                raise CursorMoved(consumer=consumer, revision=cursor.revision)
            saved = replace(cursor, revision=cursor.revision + 1)
            self._cursors[consumer] = saved
            return saved


class MemoryDocuments:
    """Read-model documents in dictionaries, copied on the way in and out."""

    def __init__(self) -> None:
        """Start empty."""
        self._lock = threading.Lock()
        self._models: dict[str, dict[str, Document]] = {}

    def get(self, model: str, id: str) -> Document:  # noqa: A002  the port's own name
        """Return a copy of the document, or one of revision 0."""
        found = self._models.get(model, {}).get(id)
        return copy.deepcopy(found) if found is not None else Document(id, 0, {})

    def get_many(self, model: str, ids: Iterable[str]) -> Mapping[str, Document]:
        """Return copies of the documents, by id."""
        return {each: self.get(model, each) for each in ids}

    def put(self, model: str, document: Document) -> bool:
        """Write over the revision it was read at."""
        with self._lock:
            if self._revision(model, document.id) != document.revision:
                return False
            body = copy.deepcopy(dict(document.body))
            stored = Document(document.id, document.revision + 1, body)
            self._models.setdefault(model, {})[document.id] = stored
            return True

    def put_many(self, model: str, documents: Sequence[Document]) -> Sequence[bool]:
        """Write each over the revision it was read at."""
        return [self.put(model, each) for each in documents]

    def find(
        self,
        model: str,
        where: Mapping[str, Any],
        *,
        order_by: str = "_id",
        upto: str | None = None,
        after: str | None = None,
        limit: int = 1000,
    ) -> Sequence[Document]:
        """Return copies of the documents that match."""
        found = [
            each
            for each in self._models.get(model, {}).values()
            if all(_matches(each.body.get(name), wanted) for name, wanted in where.items())
        ]
        keyed = [(_key(each, order_by), each.id, each) for each in found]
        kept = [
            entry
            for entry in keyed
            if (upto is None or (entry[0] is not None and entry[0] <= upto))
            and (after is None or (entry[0] is not None and entry[0] > after))
        ]
        kept.sort(key=lambda entry: (entry[0] is not None, entry[0] or "", entry[1]))
        return [copy.deepcopy(entry[2]) for entry in kept[:limit]]

    def drop(self, model: str) -> None:
        """Delete every document of `model`."""
        self._models.pop(model, None)

    def _revision(self, model: str, id: str) -> int:  # noqa: A002  the port's own name
        found = self._models.get(model, {}).get(id)
        return found.revision if found is not None else 0


def _matches(value: Any, wanted: Any) -> bool:
    return wanted in value if isinstance(value, list) else bool(value == wanted)


def _key(document: Document, order_by: str) -> str | None:
    value = document.id if order_by == "_id" else document.body.get(order_by)
    return value if isinstance(value, str) else None
