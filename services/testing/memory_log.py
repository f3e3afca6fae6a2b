"""The log and its outbox in memory.

It passes the same contract suite as the real one; whole stories run on it in one process. Nothing
is durable and nothing is shared between processes.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from services.common.clock import Clock
from services.common.contracts.commit import Commit, Draft, Tip, opened, sealed
from services.common.contracts.event_types import UnknownEvent, UnknownEventVersion
from services.common.contracts.upcasters import decoded
from services.common.errors import Corrupt
from services.common.eventlog.onwards import SKEW, refuse_going_back, refuse_two_of_a_stream
from services.common.eventlog.ports import End, Stamp, StreamConflict, Unreadable


class MemoryLog:
    """An event log, its outbox and its order, in lists."""

    def __init__(self, name: str, clock: Clock, skew: timedelta | None = SKEW) -> None:
        """Start empty. `clock` gives `stamped_at`; `skew` as in `onwards`."""
        self.name = name
        self._clock = clock
        self._skew = skew
        self._latest: datetime | None = None
        self._lock = threading.RLock()
        self._streams: dict[str, list[Commit]] = {}
        self._unstamped: list[tuple[str, int]] = []
        self._order: list[Stamp] = []
        self._published = 0

    # -- as everybody reads it -------------------------------------------------------------------

    def read(self, stream: str, after: int = 0, upto: int | None = None) -> Iterator[Commit]:
        """Yield commits through their stored text, so that nothing but the text crosses."""
        for commit in list(self._streams.get(stream, ())[after:upto]):
            yield _reopened(commit)

    def read_many(self, streams: Iterable[str]) -> Iterator[Commit]:
        """Yield the commits of several streams, one after the other."""
        for stream in sorted(set(streams)):
            yield from self.read(stream)

    def stamps(self, after: int, limit: int) -> Sequence[Stamp]:
        """Return a slice of the order."""
        return self._order[after : after + limit]

    def head(self, known: int = 0) -> int:  # noqa: ARG002  it costs nothing to look
        """Return the last position."""
        return len(self._order)

    def commits(self, after: int, limit: int) -> Sequence[Commit | Unreadable]:
        """Return a slice of the order, through the stored text too."""
        return [self._readable(each) for each in self.stamps(after, limit)]

    def unplaced(self, limit: int) -> Sequence[Commit | Unreadable]:
        """Return what has no position yet."""
        found = [self._streams[stream][at - 1] for stream, at in self._unstamped[:limit]]
        return [
            self._readable(Stamp(0, each.stream, each.version, each.hash, each.draft.recorded_at))
            for each in found
        ]

    def _readable(self, stamp: Stamp) -> Commit | Unreadable:
        commit = self._streams[stamp.stream][stamp.version - 1]
        try:
            return _reopened(commit)
        except UnknownEventVersion as error:
            return Unreadable(stamp, error, _reopened(commit, UnknownEvent).cause)
        except Corrupt as error:
            return Unreadable(stamp, error)

    def positions(self, commits: Iterable[tuple[str, int]]) -> Mapping[tuple[str, int], int]:
        """Return where commits stand, those that have a place."""
        wanted = set(commits)
        return {
            (each.stream, each.version): each.position
            for each in self._order
            if (each.stream, each.version) in wanted
        }

    def ends(self, streams: Iterable[str]) -> Mapping[str, End]:
        """Return the last commit of each stream that has any."""
        last = {stream: self._streams[stream][-1] for stream in streams if stream in self._streams}
        return {stream: End(each.version, each.position) for stream, each in last.items()}

    # -- as its owner writes it ------------------------------------------------------------------

    def append(self, draft: Draft, after: Tip) -> Commit:
        """Append unless the version or the command id is taken, or the clock is behind."""
        with self._lock:
            if self._is_taken(draft, after.version + 1):
                raise StreamConflict(stream=draft.stream, version=after.version + 1)
            refuse_going_back(draft, after, self._latest, self._skew)
            return self._put(sealed(draft, after))

    def append_many(self, commits: Sequence[Commit]) -> Sequence[bool]:
        """Append sealed commits; say of each whether it was."""
        refuse_two_of_a_stream(commits)
        with self._lock:
            for each in commits:
                refuse_going_back(each.draft, Tip(), self._latest, self._skew)
            return [self.append_sealed(each) for each in commits]

    def append_sealed(self, commit: Commit) -> bool:
        """Append one sealed commit as a unique index would let it in; say whether it was."""
        with self._lock:
            if self._is_taken(commit.draft, commit.version):
                return False
            self._put(commit)
            return True

    def _is_taken(self, draft: Draft, version: int) -> bool:
        commits = self._streams.get(draft.stream, [])
        known = any(each.draft.command_id == draft.command_id for each in commits)
        return known or len(commits) != version - 1

    def _put(self, commit: Commit) -> Commit:
        self._streams.setdefault(commit.stream, []).append(commit)
        recorded_at = commit.draft.recorded_at
        self._latest = max(self._latest or recorded_at, recorded_at)
        self._unstamped.append((commit.stream, commit.version))
        return commit

    # -- as its sequencer and its relay see it ---------------------------------------------------

    @property
    def epoch(self) -> int:
        """One process, one epoch."""
        return 1

    def stamp(self, limit: int) -> int:
        """Give the next commits their positions, in the order in which they were appended."""
        with self._lock:
            turn, self._unstamped = self._unstamped[:limit], self._unstamped[limit:]
            for stream, version in turn:
                self._stamp(stream, version)
            return len(turn)

    def _stamp(self, stream: str, version: int) -> None:
        now = self._clock.now()
        stamped_at = max(self._order[-1].stamped_at, now) if self._order else now
        commit = self._streams[stream][version - 1]
        position = len(self._order) + 1
        self._streams[stream][version - 1] = replace(
            commit, position=position, stamped_at=stamped_at
        )
        self._order.append(Stamp(position, stream, version, commit.hash, stamped_at))

    def place(self, commits: Sequence[Commit], epoch: int) -> Sequence[Commit] | None:
        """Give positions to these of what was appended, if they are next in their streams."""
        with self._lock:
            handed = {(each.stream, each.version) for each in commits}
            wanted = [each for each in self._unstamped if each in handed]
            rest = [each for each in self._unstamped if each not in handed]
            if epoch != self.epoch or any((stream, at - 1) in rest for stream, at in wanted):
                return None
            self._unstamped = rest
            for stream, version in wanted:
                self._stamp(stream, version)
            return [self._streams[stream][version - 1] for stream, version in wanted]

    def published(self) -> int:
        """Return up to which position every event was published."""
        return self._published

    def publish_to(self, position: int) -> None:
        """Note how far it is published."""
        self._published = max(self._published, position)

    def save_published(self) -> None:
        """Do nothing: there is no disk."""

    def forget(self) -> None:
        """Do nothing: nobody else takes turns."""

    def as_written(self, after: int, limit: int) -> Sequence[Commit]:
        """Return a slice of the order, its events as they stand; what is torn is left out."""
        found: list[Commit] = []
        for each in self.stamps(after, limit):
            with suppress(Corrupt):
                found.append(_reopened(self._streams[each.stream][each.version - 1], UnknownEvent))
        return found

    def pending(self) -> int:
        """Return how many commits wait to be published."""
        return len(self._unstamped) + self.head() - self._published


def _reopened(
    commit: Commit, decode: Callable[[str, int, dict[str, Any]], object] = decoded
) -> Commit:
    return opened(
        commit.body,
        previous_hash=commit.previous_hash,
        hash=commit.hash,
        position=commit.position,
        stamped_at=commit.stamped_at,
        decode=decode,
    )
