"""Commits never change: what one follower of a process has just read, the others need not read.

A service's followers hear of the same commit one after another. Without this each of them asks
the database for it and decodes it again.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from services.common.contracts.commit import Commit
from services.common.eventlog.ports import LogReader, Stamp, Unreadable

#: Some five megabytes, and longer than a commit takes through all followers of a service.
REMEMBERED: Final = 1000


class RecentlyRead:
    """A log that remembers the commits that were read last.

    Only a reading that names its end can be answered from memory; one to the end of the stream
    must ask where that is. A remembered commit may lack the position that it got since: followers
    go by streams and versions.
    """

    def __init__(self, log: LogReader, remembered: int = REMEMBERED) -> None:
        """Read `log`, and remember up to `remembered` commits."""
        self.name = log.name
        self._log = log
        self._most = remembered
        self._found: OrderedDict[tuple[str, int], Commit] = OrderedDict()

    def read(self, stream: str, after: int = 0, upto: int | None = None) -> Iterator[Commit]:
        """Yield commits, from memory if all of them are there; see `LogReader`."""
        if upto is not None:
            known = [self._found.get((stream, each)) for each in range(after + 1, upto + 1)]
            if None not in known:
                yield from (each for each in known if each is not None)
                return
        for commit in self._log.read(stream, after, upto):
            self._remember(commit)
            yield commit

    def _remember(self, commit: Commit) -> None:
        self._found[commit.stream, commit.version] = commit
        if len(self._found) > self._most:
            self._found.popitem(last=False)

    def read_many(self, streams: Iterable[str]) -> Iterator[Commit]:
        """Read several streams; see `LogReader`."""
        return self._log.read_many(streams)

    def stamps(self, after: int, limit: int) -> Sequence[Stamp]:
        """Read the order; see `LogReader`."""
        return self._log.stamps(after, limit)

    def head(self) -> int:
        """Return the end of the order."""
        return self._log.head()

    def commits(self, after: int, limit: int) -> Sequence[Commit | Unreadable]:
        """Read in the order; see `LogReader`."""
        return self._log.commits(after, limit)

    def positions(self, commits: Iterable[tuple[str, int]]) -> Mapping[tuple[str, int], int]:
        """Return where commits stand; see `LogReader`."""
        return self._log.positions(commits)
