"""Checkpoints in MongoDB: one document a stream in `view_<service>`, its body as canonical text.

They may lose their tail with the database's primary, and may be dropped at any time: then long
streams are folded from the beginning once.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from pymongo.database import Database

from services.common.eventlog.mongo import Row, answering, rebuildable

CHECKPOINTS: Final = "checkpoints"
#: Few streams have one. Which, is asked once in so long, instead of at every stream that is loaded.
LISTED_SECONDS: Final = 30.0


class MongoCheckpoints:
    """The checkpoints of the streams of one service."""

    def __init__(
        self, database: Database[Row], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Keep them in `database`. `monotonic` returns seconds."""
        self._rows = rebuildable(database, CHECKPOINTS)
        self._monotonic = monotonic
        self._streams: set[str] = set()
        self._list_at = monotonic()

    def find(self, streams: Iterable[str]) -> Mapping[str, Mapping[str, Any]]:
        """Return what lies there for `streams`.

        What another process has saved is seen `LISTED_SECONDS` later at the latest.
        """
        with answering():
            wanted = [each for each in streams if each in self._listed()]
            rows = self._rows.find({"_id": {"$in": wanted}}) if wanted else ()
            return {row["_id"]: row for row in rows}

    def save(self, stream: str, document: Mapping[str, Any]) -> None:
        """Put `document` in place of what lies there."""
        with answering():
            self._rows.replace_one({"_id": stream}, dict(document), upsert=True)
        self._streams.add(stream)

    def _listed(self) -> set[str]:
        now = self._monotonic()
        if now >= self._list_at:
            self._streams = {row["_id"] for row in self._rows.find({}, {"_id": 1})}
            self._list_at = now + LISTED_SECONDS
        return self._streams
