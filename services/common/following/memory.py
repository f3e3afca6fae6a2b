"""Cursors and documents in memory: for a rebuild, and for whole stories in one process.

They pass the same contract suite as the real ones.
"""

import copy
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from services.common.following.cursors import Cursor, CursorMoved
from services.common.following.ports import Document


class MemoryCursors:
    """The cursors of consumers, in a dictionary."""

    def __init__(self) -> None:
        """Start with new consumers only."""
        self._lock = threading.Lock()
        self._cursors: dict[str, Cursor] = {}

    def load(self, consumer: str) -> Cursor:
        """Return the cursor, or one of revision 0."""
        return self._cursors.get(consumer, Cursor())

    def load_all(self) -> Mapping[str, Cursor]:
        """Return every cursor, by consumer."""
        return dict(self._cursors)

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
