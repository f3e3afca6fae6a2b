"""The documents that the service keeps and lists show."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from pymongo import ASCENDING
from pymongo.database import Database

from services.common.eventlog.mongo import Row, answering, rebuildable
from services.common.following.cursors import CursorMoved
from services.common.following.mongo_cursors import MongoCursors
from services.common.following.mongo_documents import MongoDocuments
from services.common.following.ports import Document

PAGE: Final = 1000
ATTEMPTS: Final = 100


class KeptDocuments:
    """The documents that the service keeps in `view_<service>`."""

    def __init__(self, database: Database[Row]) -> None:
        """Reach the documents in `database`."""
        self._database = database
        self._documents = MongoDocuments(database)
        self._cursors = MongoCursors(database)

    def get_many(self, model: str, ids: Iterable[str]) -> Mapping[str, Document]:
        """Return the documents, or ones of revision 0, in one request."""
        return self._documents.get_many(model, ids)

    def put_many(self, model: str, documents: Sequence[Document]) -> Sequence[bool]:
        """Write each over the revision it was read at; say of each whether it was written."""
        return self._documents.put_many(model, documents)

    def pages(self, model: str) -> Iterator[Sequence[str]]:
        """Yield the ids of all documents of `model`, up to a thousand at a time, ascending."""
        yield from pages(self._database, model, {})

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


def pages(
    database: Database[Row], collection: str, bounds: Mapping[str, str]
) -> Iterator[Sequence[str]]:
    """Yield the ids within `bounds` of a collection; each page is a request of its own.

    No cursor stays open meanwhile: the server would close it.
    """
    after: dict[str, Any] = dict(bounds)
    while True:
        query = {"_id": after} if after else {}
        with answering():
            rows = rebuildable(database, collection).find(query, {"_id": 1})
            found = [row["_id"] for row in rows.sort("_id", ASCENDING).limit(PAGE)]
        if found:
            yield found
        if len(found) < PAGE:
            return
        after = {**bounds, "$gt": found[-1]}
        after.pop("$gte", None)
