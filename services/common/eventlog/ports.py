"""What a log, an outbox, checkpoints and documents must do. Memory and MongoDB pass one suite."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from services.common.contracts.commit import Commit, Draft, Tip
from services.common.errors import Corrupt, Transient


class StreamConflict(Transient):
    """Another writer appended first. Reload the stream and decide again."""


class ClockBehind(Transient):
    """This machine's clock is behind the log, whose business time never goes back. Set it right.

    Nothing was written. The same call succeeds once the clock has caught up.
    """


class StoreAway(Transient):
    """The database didn't answer or lost its primary. Try again: ids make it safe."""


class SourceBehind(Transient):
    """A commit that must exist is not readable yet. Try again when it has arrived."""


class CauseFailed(Transient):
    """A fault of ours met the cause of a commit, which has a retry of its own. Wait for it."""


class StreamParked(Corrupt):
    """This consumer has given up on the stream until a person replays it (`shaobao dead`)."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """Where a commit stands in the order of its log."""

    position: int
    stream: str
    version: int
    hash: str
    stamped_at: datetime


class LogReader(Protocol):
    """A log as everybody may read it, at majority."""

    name: str  #: the owning service

    def read(self, stream: str, after: int = 0, upto: int | None = None) -> Iterator[Commit]:
        """Yield the commits of `stream` with `after` < version <= `upto`, ascending, no holes.

        Raises:
            Corrupt: The next commit can't be decoded; those before it were yielded.
            StoreAway: The database is away.
        """
        ...

    def stamps(self, after: int, limit: int) -> Sequence[Stamp]:
        """Return up to `limit` stamps with position > `after`: the contiguous run, ascending."""
        ...

    def head(self) -> int:
        """Return the last position of the contiguous run, 0 if nothing is stamped."""
        ...


class EventLog(LogReader, Protocol):
    """A log as its owner writes it."""

    def append(self, draft: Draft, after: Tip) -> Commit:
        """Make `draft` the commit after `after`; durable by majority on disk when it returns.

        Raises:
            StreamConflict: (stream, version) or (stream, command_id) exists. Reload, look for
                the command id first, then decide again.
            ClockBehind: `recorded_at` is before that of `after`, or more than the log's skew
                before the latest that the log knows. Nothing was written.
            StoreAway: Unknown whether it was written. Reload and look for the command id.
        """
        ...


class Outbox(Protocol):
    """A log as its relay sees it: what has no position yet, what was not published yet."""

    name: str

    def waiting(self) -> bool:
        """Say whether anything is pending: the one cheap question of an idle relay."""
        ...

    def stamp(self, limit: int) -> int:
        """Give the next pending commits their positions; return how many. Safe to race."""
        ...

    def unpublished(self, limit: int) -> Sequence[Commit]:
        """Return stamped commits that nobody has cleared, in position order."""
        ...

    def clear(self, commits: Iterable[Commit]) -> None:
        """Mark as published: every message of these was acked and none came back."""
        ...

    def pending(self) -> int:
        """Return how many commits wait to be published."""
        ...


@dataclass(frozen=True, slots=True)
class Parked:
    """Why and where a consumer stopped following a stream."""

    stream: str
    version: int  #: the commit that could not be handled
    reason: str
    at: datetime  #: machine time
    hangs_on: str | None = None  #: the parked stream that this one waits for
    rung: int = 0  #: doorbells that came meanwhile


@dataclass(frozen=True, slots=True)
class Followed:
    """How far a consumer is in a stream. `version` is a lower bound; targets decide.

    `attempts`: how often in a row the next commit failed; `faults`: how many of these were faults
    of ours and no store that was away.
    """

    version: int = 0
    parked: Parked | None = None
    attempts: int = 0
    faults: int = 0


class Checkpoints(Protocol):
    """How far one consumer is, stream by stream, and what it could not handle."""

    consumer: str

    def of(self, streams: Iterable[str]) -> Mapping[str, Followed]:
        """Return how far the consumer is in each of `streams` (all of them are in the answer)."""
        ...

    def move(self, stream: str, version: int) -> None:
        """Say that everything up to `version` is handled. Never moves backwards."""
        ...

    def park(self, parked: Parked) -> None:
        """Stop following a stream."""
        ...

    def rung(self, stream: str) -> None:
        """Count a doorbell of a parked stream."""
        ...

    def unpark(self, stream: str) -> Sequence[str]:
        """Follow `stream` again, and all that hang on it; return their names."""
        ...

    def parked(self) -> Sequence[Parked]:
        """Return every parked stream, oldest first."""
        ...

    def retry_at(self, stream: str, at: datetime, reason: str, *, fault: bool = False) -> None:
        """Write a retry row: the sweeper tries `stream` again at machine time `at`."""
        ...

    def due_retries(self, now: datetime, limit: int) -> Sequence[str]:
        """Return streams whose retry is due, oldest first."""
        ...

    def retrying(self) -> int:
        """Return how many streams wait for a retry, due or not."""
        ...

    def retried(self, stream: str, now: datetime) -> None:
        """Forget a retry of `stream` that was due at machine time `now`; a later one stays."""
        ...

    def swept(self, log: str) -> int:
        """Return the position up to which `log` has been swept."""
        ...

    def sweep_to(self, log: str, position: int) -> None:
        """Say that `log` is swept up to `position`. Never moves backwards."""
        ...

    def forget(self) -> None:
        """Start from nothing: before a rebuild."""
        ...


@dataclass(frozen=True, slots=True)
class Document:
    """One read-model document. `body` is plain JSON; times are canonical text, so they sort."""

    id: str
    revision: int  #: 0 = does not exist yet
    body: Mapping[str, Any]


class Documents(Protocol):
    """Read-model documents by model and id, written by compare-and-set on the revision."""

    def get(self, model: str, id: str) -> Document:  # noqa: A002
        """Return the document, or one of revision 0 with an empty body."""
        ...

    def put(self, model: str, document: Document) -> bool:
        """Write `document` over the revision it was read at; False if somebody was faster."""
        ...

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
        """Return documents whose fields equal `where` (a list field: contains), ascending.

        `upto` (included) and `after` (excluded) bound the field `order_by`.
        """
        ...

    def drop(self, model: str) -> None:
        """Delete every document of `model`: before a rebuild."""
        ...
