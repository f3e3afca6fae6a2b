"""The event log in MongoDB: one document a commit, its body as canonical text.

Unique are (stream, version) and (stream, command_id); both hold the shard key, so both stay valid
when the collection is sharded by stream, which a globally unique id or position would not.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from services.common.contracts.codec import time_text, to_time
from services.common.contracts.commit import Commit, Draft, Tip, opened, sealed
from services.common.contracts.event_types import UnknownEvent, UnknownEventVersion
from services.common.contracts.upcasters import decoded
from services.common.errors import Corrupt
from services.common.eventlog.mongo import Causal, Row, answering, duplicates, durable
from services.common.eventlog.onwards import SKEW, refuse_going_back, refuse_two_of_a_stream
from services.common.eventlog.ports import End, Stamp, StreamConflict, Unreadable
from services.common.grouping import GroupCommit

COMMITS = "commits"
ALLOCATION = "allocation"
INDEXES = (
    IndexModel([("stream", ASCENDING), ("version", ASCENDING)], unique=True, name="version"),
    IndexModel([("stream", ASCENDING), ("command_id", ASCENDING)], unique=True, name="command"),
    IndexModel([("position", ASCENDING)], name="position", sparse=True),
    IndexModel([("command_id", ASCENDING)], name="command_anywhere"),  # for the sweep of texts
    IndexModel(
        [("pending", ASCENDING), ("position", ASCENDING)],
        name="pending",
        partialFilterExpression={"pending": True},
    ),
)
_PAGE = 500
#: What others recorded is looked up once in so long, and costs an append nothing else.
LATEST_SECONDS: Final = 1.0


def create_indexes(database: Database[Row]) -> None:
    """Make the log's indexes; making them again changes nothing."""
    with answering():
        durable(database, COMMITS).create_indexes(list(INDEXES))


def to_commit(row: Row, decode: Callable[[str, int, Row], object] = decoded) -> Commit:
    """Return the commit that a stored document holds; `decode` as in `opened`."""
    stamped_at = row.get("stamped_at")
    return opened(
        row["body"],
        previous_hash=row["previous_hash"],
        hash=row["hash"],
        position=row.get("position"),
        stamped_at=to_time(stamped_at) if stamped_at else None,
        decode=decode,
    )


class MongoLogReader:
    """A log as everybody may read it."""

    def __init__(self, name: str, database: Database[Row]) -> None:
        """Read the log of service `name` in `database` (`log_<service>`)."""
        self.name = name
        self._causal = Causal(database)
        self._commits = durable(database, COMMITS)
        self._allocation = durable(database, ALLOCATION)

    def read(self, stream: str, after: int = 0, upto: int | None = None) -> Iterator[Commit]:
        """Yield the commits of `stream`, page by page, and stop before a hole."""
        wanted = after + 1
        while rows := self._page(stream, wanted, upto):
            for row in rows:
                if row["version"] != wanted:
                    return
                yield to_commit(row)
                wanted += 1
            if len(rows) < _PAGE:
                return

    def _page(self, stream: str, first: int, upto: int | None) -> list[Row]:
        bounds = {"$gte": first} if upto is None else {"$gte": first, "$lte": upto}
        with self._causal.session() as session:
            found = self._commits.find(
                {"stream": stream, "version": bounds}, session=session, limit=_PAGE
            )
            return list(found.sort("version", ASCENDING))

    def read_many(self, streams: Iterable[str]) -> Iterator[Commit]:
        """Yield the commits of several streams, and of each stop before a hole."""
        wanted = sorted(set(streams))
        expected = dict.fromkeys(wanted, 1)
        with self._causal.session() as session:
            rows = self._commits.find({"stream": {"$in": wanted}}, session=session)
            for row in rows.sort([("stream", ASCENDING), ("version", ASCENDING)]):
                if row["version"] == expected[row["stream"]]:
                    expected[row["stream"]] += 1
                    yield to_commit(row)

    def stamps(self, after: int, limit: int) -> Sequence[Stamp]:
        """Return the contiguous run after `after`; a half-stamped turn ends it."""
        with self._causal.session() as session:
            rows = self._commits.find(
                {"position": {"$gt": after}},
                {"_id": 0, "stream": 1, "version": 1, "hash": 1, "position": 1, "stamped_at": 1},
                session=session,
                limit=limit,
            ).sort("position", ASCENDING)
            return [
                to_stamp(row)
                for expected, row in enumerate(rows, start=after + 1)
                if row["position"] == expected
            ]

    def head(self, known: int = 0) -> int:
        """Return the end of the contiguous run: all turns but the last are surely stamped."""
        with self._causal.session() as session:
            turn = self._allocation.find_one({"_id": ALLOCATION}, session=session)
        if turn is None:
            return 0
        if int(turn["next"]) - 1 == known:
            return known
        before = int(turn["first"]) - 1
        return before + len(self.stamps(before, max(1, len(turn["ids"]))))

    def commits(self, after: int, limit: int) -> Sequence[Commit | Unreadable]:
        """Return the contiguous run after `after`; a half-stamped turn ends it."""
        return [readable(row) for row in self.rows(after, limit)]

    def rows(self, after: int, limit: int) -> Sequence[Row]:
        """Do what `commits` does, with what is stored of each: for who reads little of it."""
        with self._causal.session() as session:
            rows = self._commits.find({"position": {"$gt": after}}, session=session, limit=limit)
            found = list(rows.sort("position", ASCENDING))
        return [row for at, row in enumerate(found, start=after + 1) if row["position"] == at]

    def unplaced(self, limit: int) -> Sequence[Commit | Unreadable]:
        """Return what has no position yet: an index of its own holds that alone."""
        with self._causal.session() as session:
            rows = self._commits.find(
                {"pending": True, "position": None}, session=session, limit=limit
            )
            return [readable(row) for row in rows]

    def positions(self, commits: Iterable[tuple[str, int]]) -> Mapping[tuple[str, int], int]:
        """Return where commits stand, those that have a place."""
        ids = [f"{stream}@{version}" for stream, version in commits]
        fields = {"_id": 0, "stream": 1, "version": 1, "position": 1}
        with self._causal.session() as session:
            rows = self._commits.find(
                {"_id": {"$in": ids}, "position": {"$gt": 0}}, fields, session=session
            )
            return {(row["stream"], row["version"]): row["position"] for row in rows}

    def ends(self, streams: Iterable[str]) -> Mapping[str, End]:
        """Return the last commit of each stream: one look a stream, however long it is."""
        fields = {"_id": 0, "version": 1, "position": 1}
        found: dict[str, End] = {}
        with self._causal.session() as session:
            for stream in streams:
                row = self._commits.find_one(
                    {"stream": stream}, fields, sort=[("version", DESCENDING)], session=session
                )
                if row is not None:
                    found[stream] = End(row["version"], row.get("position"))
        return found


def readable(row: Row) -> Commit | Unreadable:
    """Return the commit that a stored document with a position holds, or why it can't be read."""
    try:
        return to_commit(row)
    except UnknownEventVersion as error:  # all but its events is known
        return Unreadable(to_stamp(row), error, to_commit(row, UnknownEvent).cause)
    except Corrupt as error:
        return Unreadable(to_stamp(row), error)


def to_stamp(row: Row) -> Stamp:
    """Return the stamp that a stored document carries; position 0 if it has none yet."""
    at = to_time(row.get("stamped_at") or row["recorded_at"])
    return Stamp(row.get("position") or 0, row["stream"], row["version"], row["hash"], at)


class MongoLog(MongoLogReader):
    """A log as its owner writes it."""

    def __init__(self, name: str, database: Database[Row], skew: timedelta | None = SKEW) -> None:
        """Write the log of service `name`; `skew` as in `onwards`."""
        super().__init__(name, database)
        self._skew = skew
        self._latest: datetime | None = None
        self._look_at = 0.0
        self._group = GroupCommit(self._insert_all, lambda commit: commit.stream)

    def append(self, draft: Draft, after: Tip) -> Commit:
        """Insert one document, durable by majority on disk when this returns.

        Who appends at the same time does so in the same request.
        """
        commit = sealed(draft, after)
        refuse_going_back(draft, after, self._latest_known(), self._skew)
        if not self._group.write(commit):
            raise StreamConflict(stream=commit.stream, version=commit.version)
        return commit

    def append_many(self, commits: Sequence[Commit]) -> Sequence[bool]:
        """Insert documents in no order, durable by majority on disk when this returns."""
        refuse_two_of_a_stream(commits)
        if not commits:
            return []
        latest = self._latest_known()
        for each in commits:
            refuse_going_back(each.draft, Tip(), latest, self._skew)
        return self._insert_all(commits)

    def _insert_all(self, commits: Sequence[Commit]) -> list[bool]:
        """Insert commits of several streams; say of each whether its place was free."""
        taken: set[int] = set()
        with self._causal.session() as session:
            try:
                self._commits.insert_many(map(_row, commits), ordered=False, session=session)
            except BulkWriteError as error:
                taken = duplicates(error)
        for index, each in enumerate(commits):
            if index not in taken:
                self._know(each.draft.recorded_at)
        return [index not in taken for index in range(len(commits))]

    def _latest_known(self) -> datetime | None:
        """Return the latest time recorded by this process, or by any and stamped a second ago."""
        now = time.monotonic()
        if now >= self._look_at:
            self._look_at = now + LATEST_SECONDS
            with self._causal.session() as session:
                turn = self._allocation.find_one({"_id": ALLOCATION}, session=session)
            if turn is not None and turn.get("recorded_at"):
                self._know(to_time(turn["recorded_at"]))
        return self._latest

    def _know(self, recorded_at: datetime) -> None:
        self._latest = max(self._latest or recorded_at, recorded_at)


def _row(commit: Commit) -> dict[str, Any]:
    return {
        "_id": f"{commit.stream}@{commit.version}",
        "stream": commit.stream,
        "version": commit.version,
        "command_id": commit.draft.command_id,
        "recorded_at": time_text(commit.draft.recorded_at),
        "body": commit.body,
        "hash": commit.hash,
        "previous_hash": commit.previous_hash,
        "pending": True,
    }
