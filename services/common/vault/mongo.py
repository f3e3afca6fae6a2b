"""Keys and texts in MongoDB. Writes at majority and on disk; j=false would wait for its timer.

Database `keys` has a collection for each kind of key, so that rights can be given by kind: the
reporters' to intake alone. Texts lie in `vault_<service>.texts`.
"""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

from bson.binary import Binary, UuidRepresentation
from bson.codec_options import CodecOptions
from pymongo import MongoClient, ReturnDocument
from pymongo.collection import Collection
from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    DuplicateKeyError,
    ExecutionTimeout,
    WTimeoutError,
)
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from services.common.grouping import GroupCommit
from services.common.vault.errors import VaultAway
from services.common.vault.names import KEY_KINDS, key_kind
from services.common.vault.ports import KeyRow, TextRow

Row = dict[str, Any]
TAKEN: Final = 11000  #: the server's code for a key that is taken
_ON_DISK: Final = WriteConcern(w="majority", j=True, wtimeout=10_000)
_MAJORITY: Final = ReadConcern("majority")
_OPTIONS: Final[CodecOptions[Row]] = CodecOptions(
    tz_aware=True, tzinfo=UTC, uuid_representation=UuidRepresentation.STANDARD
)


@contextmanager
def _answering() -> Iterator[None]:
    """Turn a store that is away into something to try again; other errors are ours to see."""
    try:
        yield
    except (ConnectionFailure, ExecutionTimeout, WTimeoutError) as error:
        raise VaultAway(why=type(error).__name__) from error


class MongoKeyRows:
    """All keys, in the database `<prefix>keys`."""

    def __init__(self, client: MongoClient[Row], prefix: str = "") -> None:
        database = client.get_database(f"{prefix}keys", codec_options=_OPTIONS)
        # Read locally on the primary, not at majority: a key that another process has inserted
        # just now is there to be found. What is then sealed under it is written at majority
        # later in the same oplog, so it can't outlive its key.
        self._kinds = {
            kind: database.get_collection(
                kind, write_concern=_ON_DISK, read_concern=ReadConcern("local")
            )
            for kind in KEY_KINDS
        }
        self._groups = {
            kind: GroupCommit(self._insert_all, lambda row: row.name) for kind in KEY_KINDS
        }
        # who asks at the same time asks together, as who writes does
        self._asking = {kind: GroupCommit(self._find_all, lambda name: name) for kind in KEY_KINDS}

    def _of(self, name: str) -> Collection[Row]:
        return self._kinds[key_kind(name)]

    def insert(self, row: KeyRow) -> bool:
        """Keep `row` unless the name is taken."""
        return self._groups[key_kind(row.name)].write(row)

    def _insert_all(self, rows: Sequence[KeyRow]) -> list[bool]:
        """Keep rows of one kind; say of each whether its name was free."""
        with _answering():
            taken = _inserted(self._of(rows[0].name), [_key_document(each) for each in rows])
        return [index not in taken for index in range(len(rows))]

    def find(self, name: str) -> KeyRow | None:
        """Return the row of that name."""
        return self._asking[key_kind(name)].write(name)

    def _find_all(self, names: Sequence[str]) -> list[KeyRow | None]:
        """Return the rows of names of one kind, None for those that are not there."""
        with _answering():
            rows = list(self._of(names[0]).find({"_id": {"$in": list(names)}}))
        found = {row["_id"]: _key_row(row) for row in rows}
        return [found.get(name) for name in names]

    def erase(self, name: str, at: datetime) -> None:
        """Put the tombstone in place; an earlier one stays."""
        try:
            with _answering():
                self._of(name).replace_one(
                    {"_id": name, "erased_at": None}, {"erased_at": at}, upsert=True
                )
        except DuplicateKeyError:
            return  # there is a tombstone: the filter didn't match it, so the upsert met its id

    def not_wrapped_by(self, master_key_id: str) -> Iterator[KeyRow]:
        """Return the keys under other master keys."""
        wanted = {"erased_at": None, "master_key_id": {"$ne": master_key_id}}
        for collection in self._kinds.values():
            with _answering():
                for found in collection.find(wanted):
                    yield _key_row(found)

    def replace(self, old: KeyRow, new: KeyRow) -> bool:
        """Put `new` in place of `old`, if it is still there."""
        with _answering():
            done = self._of(old.name).replace_one(_key_document(old), _key_document(new))
        return done.modified_count == 1


def _inserted(collection: Collection[Row], documents: Sequence[Row]) -> set[int]:
    """Insert documents in no order; return which of them met an id that is taken, by index."""
    try:
        collection.insert_many(documents, ordered=False)
    except BulkWriteError as error:
        faults = error.details["writeErrors"]
        if error.details["writeConcernErrors"]:  # written perhaps, and not by a majority yet
            raise VaultAway(why="no majority in time") from error
        if any(each["code"] != TAKEN for each in faults):
            raise
        return {each["index"] for each in faults}
    return set()


def _key_document(row: KeyRow) -> Row:
    return {
        "_id": row.name,
        "master_key_id": row.master_key_id,
        "wrapped": Binary(row.wrapped),
        "erased_at": row.erased_at,
    }


def _key_row(found: Row) -> KeyRow:
    return KeyRow(
        name=found["_id"],
        master_key_id=found.get("master_key_id", ""),
        wrapped=bytes(found.get("wrapped", b"")),
        erased_at=found["erased_at"],
    )


class MongoTextRows:
    """One service's view: writes `<prefix>vault_<service>`, reads those of all."""

    def __init__(self, client: MongoClient[Row], service: str, prefix: str = "") -> None:
        self._client = client
        self._prefix = prefix
        self._own = self._of(service)
        self._group = GroupCommit(self._insert_all, lambda row: row.text_id)

    def _of(self, service: str) -> Collection[Row]:
        database = self._client.get_database(
            f"{self._prefix}vault_{service}", codec_options=_OPTIONS
        )
        return database.get_collection("texts", write_concern=_ON_DISK, read_concern=_MAJORITY)

    def prepare(self) -> None:
        """Make the index that the sweep reads. Harmless to repeat."""
        with _answering():
            self._own.create_index(
                "written_at", name="unsettled", partialFilterExpression={"settled": False}
            )

    def insert_or_touch(self, rows: Sequence[TextRow]) -> Sequence[TextRow]:
        """Keep each row unless its id is taken; set `written_at` either way."""
        return self._group.write_all(rows)

    def _insert_all(self, rows: Sequence[TextRow]) -> list[TextRow]:
        documents = [{**_text_document(each), "settled": False} for each in rows]
        with _answering():
            taken = _inserted(self._own, documents)
        return [self._touched(each) if index in taken else each for index, each in enumerate(rows)]

    def _touched(self, row: TextRow) -> TextRow:
        """Return what is kept under the id of `row`, touched; or `row`, kept."""
        document = _text_document(row)
        text_id, written_at = document.pop("_id"), document.pop("written_at")
        update = {
            "$setOnInsert": {**document, "settled": False},
            "$set": {"written_at": written_at},
        }
        try:
            with _answering():
                kept: Row = self._own.find_one_and_update(
                    {"_id": text_id}, update, upsert=True, return_document=ReturnDocument.AFTER
                )
        except DuplicateKeyError as error:  # the server repeats upserts that met, but not for ever
            raise VaultAway(why="upserts kept meeting each other") from error
        return _text_row(kept)

    def find(self, service: str, text_id: uuid.UUID) -> TextRow | None:
        """Return a text of any service."""
        with _answering():
            found = self._of(service).find_one({"_id": text_id})
        return None if found is None else _text_row(found)

    def unsettled_before(self, moment: datetime) -> Iterator[TextRow]:
        """Return the texts written before `moment` and not settled."""
        wanted = {"settled": False, "written_at": {"$lt": moment}}
        with _answering():
            for found in self._own.find(wanted).sort("written_at", 1):
                yield _text_row(found)

    def settle(self, row: TextRow) -> None:
        """Note that the command of `row` has committed."""
        with _answering():
            self._own.update_one({"_id": row.text_id}, {"$set": {"settled": True}})

    def remove(self, row: TextRow) -> bool:
        """Remove `row` unless it was touched since."""
        with _answering():
            done = self._own.delete_one({"_id": row.text_id, "written_at": row.written_at})
        return done.deleted_count == 1


def _text_document(row: TextRow) -> Row:
    return {
        "_id": row.text_id,
        "key_name": row.key_name,
        "command_id": row.command_id,
        "field": row.field,
        "sealed": Binary(row.sealed),
        "written_at": row.written_at,
    }


def _text_row(found: Row) -> TextRow:
    return TextRow(
        text_id=found["_id"],
        key_name=found["key_name"],
        command_id=found["command_id"],
        field=found["field"],
        sealed=bytes(found["sealed"]),
        written_at=found["written_at"],
    )
