"""Positions: one allocation document decides the order of a log, and how far it is published.

A turn: take a window of unstamped commits; compare-and-set the allocation document; stamp. Who
begins anew finishes the stamps of the last turn first. The lease of the leader only saves work,
correctness is the compare-and-set. (Several relays without it: 1,266 gaps and 5 order violations in
1,600 commits.)

What this process has appended itself it needs not look for (`place`), as long as it is sure that
nobody else has given it a place: see `epoch`.

A release before this one left the mark `pending` on what had a position and was not published; now
it means "has no position", and the allocation says how far the log is published.
"""

import hashlib
import logging
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Final

from pymongo import ASCENDING
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from services.common.clock import Clock
from services.common.contracts.codec import time_text, to_time
from services.common.contracts.commit import Commit
from services.common.contracts.event_types import UnknownEvent
from services.common.errors import Corrupt
from services.common.eventlog.mongo import Causal, Row, answering, durable
from services.common.eventlog.mongo_log import ALLOCATION, COMMITS, to_commit
from services.common.eventlog.mongo_window import (
    begun,
    by_stream,
    id_of,
    in_order,
    published_by_marks,
    row_of,
    stamps_of,
    window,
)

NOTHING_YET: Row = {
    "_id": ALLOCATION, "seq": 0, "next": 1, "first": 1, "ids": [], "stamped_at": "",
    "recorded_at": "", "chain": "", "published": 0,
}  # fmt: skip
_log = logging.getLogger(__name__)
#: Streams of which it is remembered how far they have positions, and ids found by looking.
REMEMBERED: Final = 20_000


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
        self._turn: Row | None = None  #: the last one, ours, with all its stamps
        self._epoch = 0
        self._epochs = 0  #: so many have begun: no number comes again
        self._placed: OrderedDict[str, int] = OrderedDict()
        self._found: set[str] = set()  #: by looking, in this epoch
        self._published: int | None = None  #: not known: not read, or forgotten

    # -- positions -------------------------------------------------------------------------------

    @property
    def epoch(self) -> int:
        """The number of an unbroken run of turns of this process; 0: it is in none.

        Ask before an append: a commit that was appended within an epoch, and is handed over in the
        same, can't have got a place but by this process. A turn that is under way interrupts it
        only if it is lost: the next begins another then.
        """
        return self._epoch

    def stamp(self, limit: int) -> int:
        """Take one turn by the database; who has lost a race looks again."""
        with self._causal.session() as session:
            while True:  # each race that is lost another has won: somebody gets on
                turn = self._turn if self._turn is not None else self._begun(session)
                found = window(self._commits, limit, session)
                if not found:
                    return 0
                if self._take(turn, found, session):
                    self._note_found(found)
                    return len(found)

    def _note_found(self, rows: Sequence[Row]) -> None:
        """Remember what must not be placed again when it is handed over, for a whole epoch."""
        self._found.update(row["_id"] for row in rows)
        if len(self._found) > REMEMBERED:
            self._begin_epoch()

    def place(self, commits: Sequence[Commit], epoch: int) -> Sequence[Commit] | None:
        """Take one turn with what this process has appended; see `Outbox`."""
        turn = self._turn
        if turn is None or epoch != self._epoch:
            return None
        own = {id_of(each): each for each in commits if id_of(each) not in self._found}
        with self._causal.session() as session:
            found = self._window_of(own.values(), session)
            if found is None or (found and not self._take(turn, found, session)):
                return None
        first = turn["next"]
        stamped_at = to_time(self._turn["stamped_at"]) if self._turn and found else None
        return [
            replace(own[row["_id"]], position=position, stamped_at=stamped_at)
            for position, row in enumerate(found, start=first)
        ]

    def _window_of(self, commits: Iterable[Commit], session: ClientSession) -> list[Row] | None:
        """Return `commits` as a turn's window; None if one doesn't follow what has its place."""
        streams = by_stream(map(row_of, commits))
        if any(self._placed.get(each, 0) >= rows[0]["version"] for each, rows in streams.items()):
            return None
        unknown = {
            stream: rows
            for stream, rows in streams.items()
            if self._placed.get(stream, 0) != rows[0]["version"] - 1
        }
        if unknown and len(begun(self._commits, unknown, session)) < len(unknown):
            return None
        found = in_order(streams)
        return found if len(found) == sum(map(len, streams.values())) else None

    def head(self) -> int:
        """Return the end of the last turn that this process has seen through."""
        return int(self._turn["next"]) - 1 if self._turn is not None else 0

    def forget(self) -> None:
        """Believe nothing that is in memory: another process takes the turns."""
        self._turn, self._epoch, self._published = None, 0, None

    def _begun(self, session: ClientSession) -> Row:
        """Begin an epoch: read the last turn and finish its stamps, whoever took it."""
        found = self._last_turn(session)
        self._stamp(found, session)
        self._begin_epoch()
        self._turn = found
        self.publish_to(int(found["published"]))
        return found

    def _begin_epoch(self) -> None:
        self._epochs += 1
        self._epoch = self._epochs
        self._found.clear()

    def _last_turn(self, session: ClientSession) -> Row:
        """Read the last turn. It says how far the log is published, also if none did before."""
        while (found := self._seen_turn(session)) is None or "published" not in found:
            if found is None:
                with suppress(DuplicateKeyError):
                    self._allocation.insert_one(dict(NOTHING_YET), session=session)
            else:  # before a stamp removes a mark; who is late must not read what is left of them
                published = published_by_marks(self._commits, found, session)
                self._allocation.update_one(
                    {"_id": ALLOCATION, "published": {"$exists": False}},
                    {"$set": {"published": published}},
                    session=session,
                )
        return found

    def _seen_turn(self, session: ClientSession) -> Row | None:
        return self._allocation.find_one({"_id": ALLOCATION}, session=session)

    def _take(self, turn: Row, rows: Sequence[Row], session: ClientSession) -> bool:
        """Make `rows` the next turn, and stamp them; False: another was faster."""
        self._turn = None  # nothing is sure until all of it is done
        taken = {
            "seq": turn["seq"] + 1,
            "first": turn["next"],
            "next": turn["next"] + len(rows),
            "ids": [row["_id"] for row in rows],
            "stamped_at": max(turn["stamped_at"], time_text(self._clock.now())),
            # a release before this one wrote none
            "recorded_at": max(turn.get("recorded_at", ""), *(row["recorded_at"] for row in rows)),
            "chain": chain_over(turn["chain"], (row["hash"] for row in rows)),
        }
        done = self._allocation.update_one(
            {"_id": ALLOCATION, "seq": turn["seq"]},
            {"$set": taken, "$max": {"published": self._published or 0}},
            session=session,
        )
        if done.modified_count != 1:
            return False
        self._stamp(taken, session)
        self._turn = taken
        self._note_placed(rows)
        return True

    def _stamp(self, turn: Row, session: ClientSession) -> None:
        """Give the commits of a turn their positions, those that have none."""
        if turn["ids"]:
            self._commits.bulk_write(stamps_of(turn), ordered=False, session=session)

    def _note_placed(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self._placed[row["stream"]] = row["version"]
            self._placed.move_to_end(row["stream"])
        while len(self._placed) > REMEMBERED:
            self._placed.popitem(last=False)

    # -- publishing ------------------------------------------------------------------------------

    def published(self) -> int:
        """Return up to which position every event was published, at least."""
        if self._published is None:
            with self._causal.session() as session:
                turn = self._last_turn(session)
            self.publish_to(int(turn["published"]))
        return self._published or 0

    def publish_to(self, position: int) -> None:
        """Note that everything up to `position` is published; the next turn writes it."""
        self._published = max(self._published or 0, position)

    def save_published(self) -> None:
        """Write what was noted, when no turn comes that would."""
        if self._published is not None:  # else it was forgotten, and is read again
            with answering():
                self._allocation.update_one(
                    {"_id": ALLOCATION}, {"$max": {"published": self._published}}
                )

    def as_written(self, after: int, limit: int) -> Sequence[Commit]:
        """Return commits with a position > `after`, as a relay passes them on.

        Events stay as they were written, also what only a newer release can read.
        """
        with self._causal.session() as session:
            rows = self._commits.find(
                {"position": {"$gt": after}}, session=session, limit=limit
            ).sort("position", ASCENDING)
            return [each for row in rows for each in _readable(row)]

    # -- for who looks ---------------------------------------------------------------------------

    def pending(self) -> int:
        """Return how many commits wait to be published: none is missed, also in mid-turn."""
        with self._causal.session() as session:
            before = self._seen_turn(session) or NOTHING_YET
            waiting = self._commits.count_documents(
                {"pending": True, "position": None, "_id": {"$nin": before["ids"]}},
                session=session,
            )
            turn = self._seen_turn(session) or NOTHING_YET
            return waiting + int(turn["next"]) - 1 - self._seen_published(turn, session)

    def oldest_pending(self) -> datetime | None:
        """Return when the oldest commit that waits was recorded, or None."""
        with self._causal.session() as session:
            unplaced = self._commits.find_one(
                {"pending": True, "position": None}, {"recorded_at": 1},
                sort=[("recorded_at", ASCENDING)], session=session,
            )  # fmt: skip
            turn = self._seen_turn(session) or NOTHING_YET
            unpublished = self._commits.find_one(
                {"position": self._seen_published(turn, session) + 1},
                {"recorded_at": 1}, session=session,
            )  # fmt: skip
        found = [row for row in (unplaced, unpublished) if row is not None]
        return min((to_time(row["recorded_at"]) for row in found), default=None)

    def _seen_published(self, turn: Row, session: ClientSession) -> int:
        if "published" in turn:
            return int(turn["published"])
        return published_by_marks(self._commits, turn, session)


def _readable(row: Row) -> Iterator[Commit]:
    """Yield the commit of a document, unless it is none."""
    try:
        yield to_commit(row, UnknownEvent)
    except Corrupt as error:
        _log.error("%s is not published: %s", row["_id"], error)
