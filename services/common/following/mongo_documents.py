"""Read-model documents in MongoDB: a collection a model, compare-and-set on the revision."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import uuid4

from pymongo import ASCENDING, IndexModel, ReplaceOne
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import BulkWriteError, DuplicateKeyError

from services.common.eventlog.mongo import Row, answering, duplicates, on_disk
from services.common.following.ports import Document


class MongoDocuments:
    """The read models of one service in `view_<service>`."""

    def __init__(self, database: Database[Row]) -> None:
        """Keep documents in `database`."""
        self._database = database

    def create_indexes(self, model: str, indexed: Iterable[Sequence[str]]) -> None:
        """Make an index for each sequence of body fields that `find` asks by."""
        wanted = [
            IndexModel([(f"body.{field}", ASCENDING) for field in fields]) for fields in indexed
        ]
        if wanted:
            with answering():
                self._of(model).create_indexes(wanted)

    def get(self, model: str, id: str) -> Document:  # noqa: A002  the port's own name
        """Return the document, or one of revision 0."""
        with answering():
            row = self._of(model).find_one({"_id": id})
        return _document(row) if row else Document(id, 0, {})

    def get_many(self, model: str, ids: Iterable[str]) -> Mapping[str, Document]:
        """Return the documents, or ones of revision 0, in one request."""
        found = {each: Document(each, 0, {}) for each in ids}
        with answering():
            rows = self._of(model).find({"_id": {"$in": list(found)}}) if found else ()
            return found | {row["_id"]: _document(row) for row in rows}

    def put(self, model: str, document: Document) -> bool:
        """Write over the revision it was read at."""
        row = {"revision": document.revision + 1, "body": dict(document.body)}
        with answering():
            if document.revision == 0:
                return self._insert(model, {"_id": document.id, **row})
            done = self._of(model).replace_one(
                {"_id": document.id, "revision": document.revision}, row
            )
            return done.modified_count == 1

    def put_many(self, model: str, documents: Sequence[Document]) -> Sequence[bool]:
        """Write each over the revision it was read at, in one request.

        The server only counts how many it found so. If that are not all, the mark that this group
        leaves in its documents says which.
        """
        if not documents:
            return []
        group = uuid4().hex
        with answering():
            try:
                done = self._of(model).bulk_write(
                    [_write(each, group) for each in documents], ordered=False
                )
            except BulkWriteError as error:
                duplicates(error)
            else:
                if done.matched_count + done.upserted_count == len(documents):
                    return [True] * len(documents)
            ids = [each.id for each in documents]
            rows = self._of(model).find({"_id": {"$in": ids}, "group": group}, {"_id": 1})
            written = {row["_id"] for row in rows}
        return [each.id in written for each in documents]

    def _insert(self, model: str, row: Row) -> bool:
        try:
            self._of(model).insert_one(row)
        except DuplicateKeyError:
            return False
        return True

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
        """Return the documents that match."""
        field = "_id" if order_by == "_id" else f"body.{order_by}"
        query: dict[str, Any] = {f"body.{name}": wanted for name, wanted in where.items()}
        bounds = {"$lte": upto, "$gt": after}
        wanted = {name: value for name, value in bounds.items() if value is not None}
        if wanted:
            query.setdefault("$and", []).append({field: wanted})
        with answering():
            rows = self._of(model).find(query).sort([(field, ASCENDING), ("_id", ASCENDING)])
            return [_document(row) for row in rows.limit(limit)]

    def drop(self, model: str) -> None:
        """Delete every document of `model`; its indexes stay."""
        with answering():
            self._of(model).delete_many({})

    def _of(self, model: str) -> Collection[Row]:
        return on_disk(self._database, model)


def _document(row: Row) -> Document:
    return Document(row["_id"], row["revision"], row["body"])


def _write(document: Document, group: str) -> ReplaceOne[Row]:
    """Return the write of one document of a group; a new one is met by its id."""
    before = {"_id": document.id, "revision": document.revision}
    row = {"revision": document.revision + 1, "body": dict(document.body), "group": group}
    return ReplaceOne(before, row, upsert=document.revision == 0)
