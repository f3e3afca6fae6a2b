"""Which records have changed, told by who follows in the same process; nobody asks the database.

What a follower reads or writes of a record, it has to do with: that record is looked at again. What
others write (another replica, a rebuild, a replay) shows in cursors, which they move after it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import ceil
from typing import Any, Final

from services.common.following.cursors import Cursor, CursorMoved, Cursors
from services.common.following.ports import Document, Documents
from services.metrics.projections import READ_MODELS

MODELS: Final = tuple(each.name for each in READ_MODELS)


class MovedRecords:
    """The `Documents` that projectors keep records in, and which of these have moved.

    Also what was only read is noted: a follower that starts again reads what an earlier one, of
    whatever process, may have written unseen. What is being written is known apart: nobody else can
    say yet what is stored.
    """

    def __init__(self, documents: Documents) -> None:
        """Note nothing yet."""
        self._documents = documents
        self._moved: dict[str, set[str]] = {name: set() for name in MODELS}
        self._moving: dict[str, set[str]] = {name: set() for name in MODELS}

    # -- what has moved --------------------------------------------------------------------------

    def __bool__(self) -> bool:
        """Say whether a record has moved that nobody has taken."""
        return any(self._moved.values())

    def note(self, model: str, ids: Iterable[str]) -> None:
        """Note that records may have moved."""
        self._moved[model].update(ids)

    def take(self, limit: int) -> Iterator[tuple[str, Sequence[str]]]:
        """Yield what has moved until now, some records of one model at a time.

        Whoever fails to read what he was given notes it again.
        """
        for model, moved in self._moved.items():
            for _ in range(ceil(len(moved) / limit)):
                yield model, [moved.pop() for _ in range(min(limit, len(moved)))]

    def forget(self) -> None:
        """Drop what has moved until now: all is read anew, or nobody wants it."""
        for moved in self._moved.values():
            moved.clear()

    def in_flux(self, model: str, id: str) -> bool:  # noqa: A002  what it is called
        """Say whether a record has moved, or is moving, and has not been taken since."""
        return id in self._moved[model] or id in self._moving[model]

    # -- `Documents` -----------------------------------------------------------------------------

    def get(self, model: str, id: str) -> Document:  # noqa: A002  the port's own name
        """Return the document."""
        return self.get_many(model, [id])[id]

    def get_many(self, model: str, ids: Iterable[str]) -> Mapping[str, Document]:
        """Return the documents, by id."""
        found = self._documents.get_many(model, ids)
        self.note(model, found)
        return found

    def put(self, model: str, document: Document) -> bool:
        """Write over the revision it was read at."""
        return self.put_many(model, [document])[0]

    def put_many(self, model: str, documents: Sequence[Document]) -> Sequence[bool]:
        """Write each over the revision it was read at; however that ends, they have moved."""
        ids = {each.id for each in documents}
        self._moving[model] |= ids
        try:
            return self._documents.put_many(model, documents)
        finally:
            self._moving[model] -= ids
            self.note(model, ids)

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
        """Return documents that match; who follows never asks so."""
        return self._documents.find(
            model, where, order_by=order_by, upto=upto, after=after, limit=limit
        )

    def drop(self, model: str) -> None:
        """Delete every document of `model`."""
        self._documents.drop(model)


class WatchedCursors:
    """The cursors of a process: as it knows them, and how often another was seen to move one."""

    def __init__(self, cursors: Cursors) -> None:
        """Know nothing yet of `cursors`."""
        self.moved_by_others = 0
        self._cursors = cursors
        self._known: dict[str, Cursor] = {}
        self._saving: dict[str, int] = {}  #: the revision that is on its way

    @property
    def known(self) -> Mapping[str, Cursor]:
        """The newest of each that was loaded or saved here: what it says is true, or was."""
        return self._known

    def load(self, consumer: str) -> Cursor:
        """Return the cursor as it is stored."""
        return self._seen(consumer, self._cursors.load(consumer))

    def load_all(self) -> Mapping[str, Cursor]:
        """Return every cursor as it is stored."""
        found = self._cursors.load_all()
        return {consumer: self._seen(consumer, each) for consumer, each in found.items()}

    def save(self, consumer: str, cursor: Cursor) -> Cursor:
        """Write over the revision that it bears.

        Raises:
            CursorMoved: Another was faster; that is counted.
        """
        self._saving[consumer] = cursor.revision + 1
        try:
            saved = self._cursors.save(consumer, cursor)
        except CursorMoved:
            self.moved_by_others += 1
            raise
        finally:
            del self._saving[consumer]
        self._known[consumer] = saved
        return saved

    def _seen(self, consumer: str, found: Cursor) -> Cursor:
        """Keep what was read if it is news; if we are not just writing it, another has."""
        known = self._known.get(consumer, Cursor())
        if found.revision <= known.revision:
            return found
        if found.revision != self._saving.get(consumer):
            self.moved_by_others += 1
        self._known[consumer] = found
        return found
