"""What a log and an outbox must do. Memory and MongoDB pass one suite."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.common.contracts.commit import Cause, Commit, Draft, Tip
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


@dataclass(frozen=True, slots=True)
class Stamp:
    """Where a commit stands in the order of its log."""

    position: int
    stream: str
    version: int
    hash: str
    stamped_at: datetime


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A commit in its place that this release can't read. `cause`: as far as that can be read."""

    stamp: Stamp
    error: Corrupt
    cause: Cause | None = None

    @property
    def why(self) -> str:
        """What is wrong with it, in words."""
        return f"{type(self.error).__name__}: {self.error}"


@dataclass(frozen=True, slots=True)
class End:
    """The last commit of a stream: its version, and its place unless it has none yet."""

    version: int
    position: int | None


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

    def read_many(self, streams: Iterable[str]) -> Iterator[Commit]:
        """Yield the commits of several streams, one after the other, each as `read` does.

        Raises:
            Corrupt: The next commit can't be decoded: read that stream alone.
            StoreAway: The database is away.
        """
        ...

    def stamps(self, after: int, limit: int) -> Sequence[Stamp]:
        """Return up to `limit` stamps with position > `after`: the contiguous run, ascending."""
        ...

    def head(self, known: int = 0) -> int:
        """Return the last position of the contiguous run, 0 if nothing is stamped.

        `known`: a position that is stamped for sure; if there is none behind it, that is all that
        is asked.
        """
        ...

    def commits(self, after: int, limit: int) -> Sequence[Commit | Unreadable]:
        """Return up to `limit` commits with position > `after`: the contiguous run, ascending."""
        ...

    def unplaced(self, limit: int) -> Sequence[Commit | Unreadable]:
        """Return up to `limit` commits that have no position yet, in no order.

        An `Unreadable` of them bears the position 0.
        """
        ...

    def positions(self, commits: Iterable[tuple[str, int]]) -> Mapping[tuple[str, int], int]:
        """Return where commits, by stream and version, stand; some may have no place yet."""
        ...

    def ends(self, streams: Iterable[str]) -> Mapping[str, End]:
        """Return the last commit of each of `streams` that has any."""
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

    def append_many(self, commits: Sequence[Commit]) -> Sequence[bool]:
        """Append sealed commits, each of another stream, in no order; say of each whether it was.

        False: (stream, version) or (stream, command_id) exists; see `append`.

        Raises:
            ValueError: Two are of one stream: the second could land on somebody else's first.
            ClockBehind: As above. Nothing was written.
            StoreAway: Unknown which were written. Reload and look for the command ids.
        """
        ...


class Outbox(Protocol):
    """A log as its sequencer and its relay see it: what has no position yet, what is published."""

    name: str

    @property
    def epoch(self) -> int:
        """The number of an unbroken run of turns of this process, or 0.

        Ask before an append, and hand the commit over (`place`) with the answer.
        """
        ...

    def stamp(self, limit: int) -> int:
        """Give the next commits their positions, whoever appended them; return how many.

        Safe to race.
        """
        ...

    def place(self, commits: Sequence[Commit], epoch: int) -> Sequence[Commit] | None:
        """Give `commits`, which this process has appended within `epoch`, their positions.

        Return them with these; one that has its place already is left out. None: it isn't sure that
        they are next. Nothing is lost then, `stamp` finds them.
        """
        ...

    def head(self) -> int:
        """Return the last position of the contiguous run as far as this process knows, else 0."""
        ...

    def published(self) -> int:
        """Return up to which position every event was published, at least."""
        ...

    def publish_to(self, position: int) -> None:
        """Note that everything up to `position` is published; a later turn writes it."""
        ...

    def save_published(self) -> None:
        """Write what was noted."""
        ...

    def as_written(self, after: int, limit: int) -> Sequence[Commit]:
        """Return commits with a position > `after`; events of a newer release as they stand."""
        ...

    def forget(self) -> None:
        """Believe nothing that is in memory: another process takes the turns."""
        ...

    def pending(self) -> int:
        """Return how many commits wait to be published."""
        ...
