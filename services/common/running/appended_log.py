"""A service's own log, as its process appends to it: what rings everything that follows.

A `FollowedLog` is the other side: a log as it is read.
"""

import time
from collections.abc import Callable, Sequence

from services.common.contracts.commit import Commit, Draft, Tip
from services.common.eventlog.mongo_log import MongoLog
from services.common.eventlog.ports import StreamConflict
from services.common.eventlog.reading_through import ReadingThrough
from services.common.observability.metrics import PlatformMetrics


class AppendedLog(ReadingThrough):
    """A log whose appends are told to who is to go on with them, and measured."""

    def __init__(self, log: MongoLog, metrics: PlatformMetrics) -> None:
        """Append to `log`; nobody hears of it yet.

        `appended` is told commits, and what `epoch` was before they were appended (`Outbox.epoch`).
        """
        self.epoch: Callable[[], int] = lambda: 0
        self.appended: Callable[[Sequence[Commit], int], None] = lambda _commits, _epoch: None
        super().__init__(log)
        self._appending = log
        self._metrics = metrics

    def append(self, draft: Draft, after: Tip) -> Commit:
        """Append and note how long it took."""
        started, epoch = time.monotonic(), self.epoch()
        outcome = "failed"
        try:
            commit = self._appending.append(draft, after)
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
            done = self._appending.append_many(commits)
            outcomes = ["appended" if each else "conflict" for each in done]
        finally:
            for outcome in outcomes:
                self._metrics.appended(outcome, time.monotonic() - started)
        self.appended([each for each, is_in in zip(commits, done, strict=True) if is_in], epoch)
        return done
