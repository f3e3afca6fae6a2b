"""A log whose appends are measured, and heard of by who is to go on with them."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from services.common.contracts.commit import Commit, Draft, Tip
from services.common.eventlog.mongo_log import MongoLog
from services.common.eventlog.ports import End, Stamp, StreamConflict, Unreadable
from services.common.observability.metrics import PlatformMetrics


class MeasuredLog:
    """A log whose appends are measured and told to `appended`."""

    def __init__(self, log: MongoLog, metrics: PlatformMetrics) -> None:
        """Measure `log`; nobody hears of its appends yet.

        `appended` is told commits, and what `epoch` was before they were appended (`Outbox.epoch`).
        """
        self.epoch: Callable[[], int] = lambda: 0
        self.appended: Callable[[Sequence[Commit], int], None] = lambda _commits, _epoch: None
        self.name = log.name
        self._log = log
        self._metrics = metrics

    def read(self, stream: str, after: int = 0, upto: int | None = None) -> Iterator[Commit]:
        """Read; see `LogReader`."""
        return self._log.read(stream, after, upto)

    def read_many(self, streams: Iterable[str]) -> Iterator[Commit]:
        """Read several streams; see `LogReader`."""
        return self._log.read_many(streams)

    def stamps(self, after: int, limit: int) -> Sequence[Stamp]:
        """Read the order; see `LogReader`."""
        return self._log.stamps(after, limit)

    def head(self, known: int = 0) -> int:
        """Return the end of the order."""
        return self._log.head(known)

    def commits(self, after: int, limit: int) -> Sequence[Commit | Unreadable]:
        """Read in the order; see `LogReader`."""
        return self._log.commits(after, limit)

    def positions(self, commits: Iterable[tuple[str, int]]) -> Mapping[tuple[str, int], int]:
        """Return where commits stand; see `LogReader`."""
        return self._log.positions(commits)

    def ends(self, streams: Iterable[str]) -> Mapping[str, End]:
        """Return where streams end; see `LogReader`."""
        return self._log.ends(streams)

    def append(self, draft: Draft, after: Tip) -> Commit:
        """Append and note how long it took."""
        started, epoch = time.monotonic(), self.epoch()
        outcome = "failed"
        try:
            commit = self._log.append(draft, after)
            outcome = "appended"
        except StreamConflict:
            outcome = "conflict"
            raise
        finally:
            self._metrics.appended(outcome, time.monotonic() - started)
        self.appended([commit], epoch)
        return commit

    def append_many(self, commits: Sequence[Commit]) -> Sequence[bool]:
        """Append a group and note of each how long the group took."""
        started, epoch = time.monotonic(), self.epoch()
        outcomes = ["failed"] * len(commits)
        try:
            done = self._log.append_many(commits)
            outcomes = ["appended" if each else "conflict" for each in done]
        finally:
            for outcome in outcomes:
                self._metrics.appended(outcome, time.monotonic() - started)
        self.appended([each for each, is_in in zip(commits, done, strict=True) if is_in], epoch)
        return done
