"""A log as the processors of one process read it: what one has read, the others have in memory.

Nobody asks the database whether there is more: a log ends where it was announced to end, by a
doorbell, by the sequencer in this process, or by who looks every few seconds.
"""

from collections.abc import Sequence
from threading import Lock
from typing import Final

from services.common.contracts.commit import Commit
from services.common.eventlog.ports import LogReader, Unreadable
from services.common.eventlog.reading_through import ReadingThrough

#: How many of the newest commits are kept, for who comes a little later.
KEPT_COMMITS: Final = 1000


class FollowedLog(ReadingThrough):
    """A `LogReader` that keeps the newest commits and knows where the log ends."""

    def __init__(self, log: LogReader) -> None:
        """Read `log`; it is asked for its end when somebody first wants to know."""
        super().__init__(log)
        self._head: int | None = None
        self._kept: list[Commit | Unreadable] = []
        self._kept_after = 0  #: the position before the first that is kept
        self._reading = Lock()

    @property
    def known_head(self) -> int:
        """Where the log ends as far as was announced."""
        return self._head or 0

    def announced_head(self) -> int:
        """Return the same, and look if nobody has announced anything yet."""
        if self._head is None:
            self.look()
        return self.known_head

    def announce(self, head: int) -> bool:
        """Say that the log goes up to `head`; return whether that is news."""
        if self._head is not None and head <= self._head:
            return False
        self._head = head
        return True

    def look(self) -> bool:
        """Ask the log where it ends; return whether that is news."""
        return self.announce(self._log.head(self.known_head))

    def give(self, commits: Sequence[Commit]) -> None:
        """Keep commits that have just got their positions, if they are the next behind the last.

        *Each* of them: what is in between somebody else has placed, and it must be read.
        """
        expected = self._kept_after + len(self._kept) + 1
        places = [each.position for each in commits]
        if places == list(range(expected, expected + len(places))):
            self._keep(expected - 1, commits)

    def commits(self, after: int, limit: int) -> Sequence[Commit | Unreadable]:
        """Return what follows up to the announced end; see `LogReader`."""
        if self._head is None:
            self.look()
        if after >= self.known_head:
            return []
        with self._reading:  # who waits here finds in memory what the other has read
            if not self._kept_after <= after < self._kept_after + len(self._kept):
                announced = self._head
                found = self._log.commits(after, limit)
                self._keep(after, found)
                if not found and self._head == announced:
                    self._head = after  # announced too early: that it is there will be news
                return found
            first = after - self._kept_after
            return self._kept[first : first + limit]

    def _keep(self, after: int, found: Sequence[Commit | Unreadable]) -> None:
        """Keep what was read if it is the newest: who is far behind must not crowd it out."""
        end = self._kept_after + len(self._kept)
        if after == end:
            self._kept.extend(found)
        elif after + len(found) > end:
            self._kept, self._kept_after = list(found), after
        surplus = len(self._kept) - KEPT_COMMITS
        if surplus > 0:
            del self._kept[:surplus]
            self._kept_after += surplus
