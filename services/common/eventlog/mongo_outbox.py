"""Positions: one allocation document decides the order of a log; pending commits are the outbox.

A turn: finish the stamps of the last turn; take a window of unstamped commits; compare-and-set the
allocation document; stamp. The leader's lease only saves work, correctness is the
compare-and-set. (Several at once without it: 1,266 gaps and 5 order violations in 1,600 commits.)
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from pymongo import ASCENDING, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from services.common.clock import Clock
from services.common.contracts.codec import time_text, to_time
from services.common.contracts.commit import Commit
from services.common.contracts.event_types import UnknownEvent
from services.common.eventlog.mongo import Causal, Row, durable
from services.common.eventlog.mongo_log import ALLOCATION, COMMITS, to_commit

NOTHING_YET: Row = {
    "_id": ALLOCATION, "seq": 0, "next": 1, "first": 1, "ids": [], "stamped_at": "",
    "recorded_at": "", "chain": "",
}  # fmt: skip


def chain_over(chain: str, hashes: Iterable[str]) -> str:
    """Return the running SHA-256 over commit hashes in position order, in hex."""
    for each in hashes:
        chain = hashlib.sha256((chain + each).encode()).hexdigest()
    return chain


class MongoOutbox:
    """A log as its sequencer and its relay see it."""

    def __init__(self, name: str, database: Database[Row], clock: Clock) -> None:
        """Serve the log of service `name`. `clock` gives `stamped_at` (business time)."""
        self.name = name
        self._clock = clock
        self._causal = Causal(database)
        self._commits = durable(database, COMMITS)
        self._allocation = durable(database, ALLOCATION)
        self._finished = -1
        self._head = 0

    def stamp(self, limit: int) -> int:
        """Take one turn; a lost race counts as nothing stamped and the next turn goes on."""
        with self._causal.session() as session:
            turn = self._turn(session)
            self._finish(turn, session)
            window = self._window(limit, session)
            if not window:
                return 0
            taken = self._take(turn, window, session)
            if taken is None:
                return 0
            self._finish(taken, session)
            return len(window)

    def head(self) -> int:
        """Return the end of the last turn that this process has seen through."""
        return self._head

    def _turn(self, session: ClientSession) -> Row:
        found = self._allocation.find_one({"_id": ALLOCATION}, session=session)
        if found is None:
            try:
                self._allocation.insert_one(dict(NOTHING_YET), session=session)
            except DuplicateKeyError:
                return self._turn(session)
            return dict(NOTHING_YET)
        return found

    def _finish(self, turn: Row, session: ClientSession) -> None:
        if turn["seq"] == self._finished:
            return
        if turn["ids"]:
            self._stamp_all(turn, session)
        self._finished = turn["seq"]
        self._head = turn["next"] - 1

    def _stamp_all(self, turn: Row, session: ClientSession) -> None:
        self._commits.bulk_write(
            [
                UpdateOne(
                    {"_id": each, "position": {"$exists": False}},
                    {"$set": {"position": position, "stamped_at": turn["stamped_at"]}},
                )
                for position, each in enumerate(turn["ids"], start=turn["first"])
            ],
            ordered=False,
            session=session,
        )

    def _window(self, limit: int, session: ClientSession) -> list[Row]:
        """Return unstamped commits such that no stream is entered in its middle."""
        seen = self._commits.find(
            {"pending": True, "position": None}, {"stream": 1, "version": 1}, session=session
        ).limit(limit)
        highest: dict[str, int] = {}
        for row in seen:
            highest[row["stream"]] = max(row["version"], highest.get(row["stream"], 0))
        if not highest:
            return []
        rows = self._commits.find(
            {"stream": {"$in": list(highest)}, "position": None},
            {"stream": 1, "version": 1, "hash": 1, "recorded_at": 1},
            session=session,
        ).sort([("stream", ASCENDING), ("version", ASCENDING)])
        streams = {
            stream: [row for row in found if row["version"] <= highest[stream]]
            for stream, found in groupby(rows, lambda row: str(row["stream"]))
        }
        begun = self._begun(streams, session)
        window = [row for stream in begun for row in _unbroken(stream, streams[stream])]
        return sorted(window, key=lambda row: row["order"])

    def _begun(self, streams: Mapping[str, list[Row]], session: ClientSession) -> list[str]:
        """Return those streams whose first unstamped commit follows a stamped one, or none."""
        before = {
            f"{stream}@{rows[0]['version'] - 1}": stream
            for stream, rows in streams.items()
            if rows and rows[0]["version"] > 1
        }
        new = [stream for stream, rows in streams.items() if rows and rows[0]["version"] == 1]
        if not before:
            return new
        stamped = self._commits.find(
            {"_id": {"$in": list(before)}, "position": {"$gt": 0}}, {"_id": 1}, session=session
        )
        return [*new, *(before[row["_id"]] for row in stamped)]

    def _take(self, turn: Row, window: Sequence[Row], session: ClientSession) -> Row | None:
        taken = {
            "seq": turn["seq"] + 1,
            "first": turn["next"],
            "next": turn["next"] + len(window),
            "ids": [row["_id"] for row in window],
            "stamped_at": max(turn["stamped_at"], time_text(self._clock.now())),
            # a release before this one wrote none
            "recorded_at": max(
                turn.get("recorded_at", ""), *(row["recorded_at"] for row in window)
            ),
            "chain": chain_over(turn["chain"], (row["hash"] for row in window)),
        }
        done = self._allocation.update_one(
            {"_id": ALLOCATION, "seq": turn["seq"]}, {"$set": taken}, session=session
        )
        return taken if done.modified_count == 1 else None

    def unpublished(self, limit: int) -> Sequence[Commit]:
        """Return stamped commits that nobody has cleared, in position order.

        Events stay as they were written: a relay passes on what a newer release has written too.
        """
        with self._causal.session() as session:
            rows = self._commits.find(
                {"pending": True, "position": {"$gt": 0}}, session=session, limit=limit
            ).sort("position", ASCENDING)
            return [to_commit(row, UnknownEvent) for row in rows]

    def clear(self, commits: Iterable[Commit]) -> None:
        """Mark as published."""
        ids = [f"{each.stream}@{each.version}" for each in commits]
        with self._causal.session() as session:
            self._commits.update_many(
                {"_id": {"$in": ids}}, {"$unset": {"pending": ""}}, session=session
            )

    def pending(self) -> int:
        """Return how many commits wait to be published."""
        with self._causal.session() as session:
            return self._commits.count_documents({"pending": True}, session=session)

    def oldest_pending(self) -> datetime | None:
        """Return when the oldest commit that waits was recorded, or None."""
        with self._causal.session() as session:
            row = self._commits.find_one(
                {"pending": True}, {"recorded_at": 1}, sort=[("recorded_at", 1)], session=session
            )
        return to_time(row["recorded_at"]) if row else None


def _unbroken(stream: str, rows: Sequence[Row]) -> Iterator[Row]:
    """Yield the run of `rows` without holes, with a key that keeps their order among others."""
    latest = ""
    for expected, row in enumerate(rows, start=rows[0]["version"]):
        if row["version"] != expected:
            return
        latest = max(latest, row["recorded_at"])
        yield {**row, "order": (latest, stream, row["version"])}
