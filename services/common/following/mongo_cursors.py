"""Cursors in MongoDB: one document a consumer in `view_<service>`, written as a whole.

A cursor may lose its tail with the database's primary: what it then says is true as well, and what
comes after it is told again. What was done before it was moved is on disk.
"""

from collections.abc import Mapping
from datetime import UTC
from typing import Any, Final

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from services.common.eventlog.mongo import Row, answering, rebuildable
from services.common.following.cursors import Cursor, CursorMoved, Held

CURSORS: Final = "cursors"


class MongoCursors:
    """The cursors of the consumers of one service."""

    def __init__(self, database: Database[Row]) -> None:
        """Keep them in `database`."""
        self._cursors = rebuildable(database, CURSORS)

    def load(self, consumer: str) -> Cursor:
        """Return the cursor; one of revision 0 if the consumer is new."""
        with answering():
            row = self._cursors.find_one({"_id": consumer})
        return _cursor(row) if row is not None else Cursor()

    def load_all(self) -> Mapping[str, Cursor]:
        """Return every cursor, by consumer."""
        with answering():
            return {row["_id"]: _cursor(row) for row in self._cursors.find()}

    def save(self, consumer: str, cursor: Cursor) -> Cursor:
        """Write `cursor` over the revision that it bears; see `Cursors`."""
        saved = Cursor(cursor.revision + 1, cursor.positions, cursor.held)
        row = _row(consumer, saved)
        with answering():
            if not (self._insert(row) if cursor.revision == 0 else self._replace(row)):
                raise CursorMoved(consumer=consumer, revision=cursor.revision)
        return saved

    def _insert(self, row: Row) -> bool:
        try:
            self._cursors.insert_one(row)
        except DuplicateKeyError:
            return False
        return True

    def _replace(self, row: Row) -> bool:
        before = {"_id": row["_id"], "revision": row["revision"] - 1}
        return self._cursors.replace_one(before, row).matched_count == 1


def _row(consumer: str, cursor: Cursor) -> Row:
    held = [
        {
            "stream": stream,
            "version": each.version,
            "reason": each.reason,
            "since": each.since,
            "hangs_on": each.hangs_on,
            "retry_at": each.retry_at,
            "attempts": each.attempts,
            "faults": each.faults,
        }
        for stream, each in cursor.held.items()
    ]
    return {
        "_id": consumer,
        "revision": cursor.revision,
        "positions": dict(cursor.positions),
        "held": held,
    }


def _cursor(row: Row) -> Cursor:
    held = {each["stream"]: _held(each) for each in row["held"]}
    return Cursor(row["revision"], dict(row["positions"]), held)


def _held(row: dict[str, Any]) -> Held:
    return Held(
        version=row["version"],
        reason=row["reason"],
        since=row["since"].replace(tzinfo=UTC),
        hangs_on=row["hangs_on"],
        retry_at=row["retry_at"].replace(tzinfo=UTC) if row["retry_at"] is not None else None,
        attempts=row["attempts"],
        faults=row["faults"],
    )
