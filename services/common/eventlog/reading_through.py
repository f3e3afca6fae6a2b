"""A log as another one: what is asked of it, it asks that one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from services.common.contracts.commit import Commit
from services.common.eventlog.ports import End, LogReader, Stamp, Unreadable


class ReadingThrough:
    """A `LogReader` over another; a subclass changes what it has to."""

    def __init__(self, log: LogReader) -> None:
        """Read `log`."""
        self.name = log.name
        self._log = log

    def read(self, stream: str, after: int = 0, upto: int | None = None) -> Iterator[Commit]:
        """Read a stream; see `LogReader`."""
        return self._log.read(stream, after, upto)

    def read_many(self, streams: Iterable[str]) -> Iterator[Commit]:
        """Read several streams; see `LogReader`."""
        return self._log.read_many(streams)

    def stamps(self, after: int, limit: int) -> Sequence[Stamp]:
        """Read the order; see `LogReader`."""
        return self._log.stamps(after, limit)

    def head(self, known: int = 0) -> int:
        """Return the end of the order as it is now; see `LogReader`."""
        return self._log.head(known)

    def commits(self, after: int, limit: int) -> Sequence[Commit | Unreadable]:
        """Read in the order; see `LogReader`."""
        return self._log.commits(after, limit)

    def unplaced(self, limit: int) -> Sequence[Commit | Unreadable]:
        """Read what has no position yet; see `LogReader`."""
        return self._log.unplaced(limit)

    def positions(self, commits: Iterable[tuple[str, int]]) -> Mapping[tuple[str, int], int]:
        """Return where commits stand; see `LogReader`."""
        return self._log.positions(commits)

    def ends(self, streams: Iterable[str]) -> Mapping[str, End]:
        """Return where streams end; see `LogReader`."""
        return self._log.ends(streams)
