"""What checkpoints and documents must do. Memory and MongoDB pass one suite."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from services.common.errors import Corrupt, Transient


class CauseFailed(Transient):
    """A fault of ours met the cause of a commit, which has a retry of its own. Wait for it."""


class StreamParked(Corrupt):
    """This consumer has given up on the stream until a person replays it (`shaobao dead`)."""


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

    def get_many(self, model: str, ids: Iterable[str]) -> Mapping[str, Document]:
        """Do `get` with several, by id."""
        ...

    def put(self, model: str, document: Document) -> bool:
        """Write `document` over the revision it was read at; False if somebody was faster."""
        ...

    def put_many(self, model: str, documents: Sequence[Document]) -> Sequence[bool]:
        """Do `put` with several, each of another id; say of each whether it was written."""
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
