"""How far one consumer is, in MongoDB: `following` (a row a stream), `swept` (a row a log) and
`consumers` (a row a consumer: the categories of streams it follows, for who looks from outside).

A checkpoint is a lower bound and may lose its tail: the targets decide what is done. Parked and
retry rows are durable, since nothing else remembers them. All reads are local: at majority one
would not see one's own last move.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from pymongo import ASCENDING, IndexModel
from pymongo.database import Database

from services.common.eventlog.mongo import Row, answering, durable, rebuildable
from services.common.following.ports import Followed, Parked

FOLLOWING = "following"
SWEPT = "swept"
CONSUMERS = "consumers"
#: What a row holds while its stream is tried again.
TROUBLE: Final = {"retry_at": "", "attempts": "", "faults": "", "reason": ""}


class MongoCheckpoints:
    """The rows of one consumer in `view_<service>`."""

    def __init__(self, consumer: str, database: Database[Row]) -> None:
        """Keep the checkpoints of `consumer`."""
        self.consumer = consumer
        self._moving = rebuildable(database, FOLLOWING)
        self._trouble = durable(database, FOLLOWING)
        self._swept = rebuildable(database, SWEPT)
        self._consumers = durable(database, CONSUMERS)

    def prepare(self, follows: Collection[str]) -> None:
        """Make the indexes that trouble is looked up by, and write down what is followed."""
        keys = [("consumer", ASCENDING), ("retry_at", ASCENDING)]
        parked = [("consumer", ASCENDING), ("parked.at", ASCENDING)]
        with answering():
            self._trouble.create_indexes(
                [
                    IndexModel(
                        keys,
                        name="retry",
                        partialFilterExpression={"retry_at": {"$exists": True}},
                    ),
                    IndexModel(
                        parked,
                        name="parked",
                        partialFilterExpression={"parked": {"$exists": True}},
                    ),
                ]
            )
            self._consumers.update_one(
                {"_id": self.consumer}, {"$set": {"follows": sorted(follows)}}, upsert=True
            )

    def _id(self, name: str) -> str:
        return f"{self.consumer}|{name}"

    def of(self, streams: Iterable[str]) -> Mapping[str, Followed]:
        """Return how far the consumer is in each of `streams`."""
        wanted = {self._id(stream): stream for stream in streams}
        with answering():
            rows = {row["_id"]: row for row in self._moving.find({"_id": {"$in": list(wanted)}})}
        return {stream: _followed(rows.get(key, {})) for key, stream in wanted.items()}

    def move(self, stream: str, version: int) -> None:
        """Move forward; trouble is over."""
        with answering():
            self._moving.update_one(
                {"_id": self._id(stream)},
                {
                    "$max": {"version": version},
                    "$set": {"consumer": self.consumer, "stream": stream},
                    "$unset": TROUBLE,
                },
                upsert=True,
            )

    def park(self, parked: Parked) -> None:
        """Stop following."""
        row = {
            "version": parked.version,
            "reason": parked.reason,
            "at": parked.at,
            "hangs_on": parked.hangs_on,
            "rung": parked.rung,
        }
        self._set(parked.stream, {"parked": row}, {"retry_at": ""})

    def rung(self, stream: str) -> None:
        """Count a doorbell of a parked stream."""
        with answering():
            self._moving.update_one(
                {"_id": self._id(stream), "parked": {"$exists": True}}, {"$inc": {"parked.rung": 1}}
            )

    def unpark(self, stream: str) -> Sequence[str]:
        """Follow it again, and what hangs on it."""
        self._set(stream, {}, {"parked": "", **TROUBLE})
        with answering():
            hanging = self._moving.find(
                {"consumer": self.consumer, "parked.hangs_on": stream}, {"stream": 1}
            )
            names = [row["stream"] for row in hanging]
        return [stream, *(name for each in names for name in self.unpark(each))]

    def parked(self) -> Sequence[Parked]:
        """Return every parked stream, oldest first."""
        with answering():
            rows = self._moving.find({"consumer": self.consumer, "parked": {"$exists": True}})
            return [_parked(row) for row in rows.sort("parked.at", ASCENDING)]

    def retry_at(self, stream: str, at: datetime, reason: str, *, fault: bool = False) -> None:
        """Write a retry row."""
        counted = {"attempts": 1, "faults": int(fault)}
        self._set(stream, {"retry_at": at, "reason": reason}, {}, counted)

    def due_retries(self, now: datetime, limit: int) -> Sequence[str]:
        """Return streams whose retry is due, oldest first."""
        with answering():
            rows = self._moving.find(
                {"consumer": self.consumer, "retry_at": {"$lte": now}}, {"stream": 1}
            )
            return [row["stream"] for row in rows.sort("retry_at", ASCENDING).limit(limit)]

    def retrying(self) -> int:
        """Return how many streams have a retry row."""
        with answering():
            return self._moving.count_documents(
                {"consumer": self.consumer, "retry_at": {"$exists": True}}
            )

    def retried(self, stream: str, now: datetime) -> None:
        """Forget a retry that was due."""
        with answering():
            self._trouble.update_one(
                {"_id": self._id(stream), "retry_at": {"$lte": now}},
                {"$unset": TROUBLE},
            )

    def swept(self, log: str) -> int:
        """Return the swept position."""
        with answering():
            row = self._swept.find_one({"_id": self._id(log)})
        return int(row["position"]) if row else 0

    def sweep_to(self, log: str, position: int) -> None:
        """Move the swept position forward."""
        with answering():
            self._swept.update_one(
                {"_id": self._id(log)},
                {"$max": {"position": position}, "$set": {"consumer": self.consumer}},
                upsert=True,
            )

    def forget(self) -> None:
        """Start from nothing."""
        with answering():
            self._trouble.delete_many({"consumer": self.consumer})
            self._swept.delete_many({"consumer": self.consumer})

    def _set(
        self,
        stream: str,
        fields: Mapping[str, Any],
        gone: Mapping[str, str],
        more: Mapping[str, int] | None = None,
    ) -> None:
        update: dict[str, Any] = {
            "$set": {**fields, "consumer": self.consumer, "stream": stream},
        }
        if gone:
            update["$unset"] = dict(gone)
        if more:
            update["$inc"] = dict(more)
        with answering():
            self._trouble.update_one({"_id": self._id(stream)}, update, upsert=True)


def _followed(row: Row) -> Followed:
    parked = _parked(row) if row.get("parked") else None
    return Followed(row.get("version", 0), parked, row.get("attempts", 0), row.get("faults", 0))


def _parked(row: Row) -> Parked:
    found = row["parked"]
    return Parked(
        row["stream"],
        found["version"],
        found["reason"],
        found["at"].replace(tzinfo=UTC),
        found["hangs_on"],
        found["rung"],
    )
