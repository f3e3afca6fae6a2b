"""Brings one consumer forward through the logs, by position and in batches.

A turn reads what is new, in causal order, tells it to a batch of the consumer, lets that write,
and moves the cursor. However a turn ends but well, the next one starts from the saved cursor and
with a new batch: what is in memory is never believed after a failure.

What can't be handled holds its own stream, and what hangs on that by a cause; the cursor goes on.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from services.common.contracts.commit import Cause, Commit
from services.common.contracts.streams import category_of, log_of, logs_with
from services.common.errors import Corrupt, Transient
from services.common.eventlog.ports import LogReader
from services.common.following.batches import Batch, BatchConsumer
from services.common.following.cursors import Cursor, Cursors, Held, StreamHeldUp, TooManyHeld
from services.common.following.holding import hanging_on, held_after, in_causal_order
from services.common.following.merging import UNKNOWN, Entry
from services.common.following.reading import Reading

BATCH_COMMITS: Final = 500
MOST_HELD: Final = 10_000

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Standing:
    """Where a processor is, in memory: thrown away by whatever goes wrong."""

    cursor: Cursor
    reading: Reading


class _Fault(Exception):
    """What happened at one commit of a batch."""

    def __init__(self, entry: Entry, error: Exception) -> None:
        super().__init__(repr(error))
        self.entry = entry
        self.error = error


class Processor:
    """Tells one consumer every commit of the categories that it follows.

    One at a time: whoever has several threads lets only one of them call it.
    """

    def __init__(
        self,
        consumer: BatchConsumer,
        *,
        logs: Mapping[str, LogReader],
        cursors: Cursors,
        observers: Sequence[Callable[[Commit], None]] = (),
        batch_commits: int = BATCH_COMMITS,
    ) -> None:
        """Wire a consumer. Of `logs`, by service, it reads those that hold what it follows.

        `observers` are shown each commit before the consumer is told it (the chart, which has to
        know by which tables it was decided).
        """
        self.consumer = consumer
        self.logs = {log: logs[log] for log in logs_with(consumer.follows)}
        self.cursors = cursors
        self._observers = tuple(observers)
        self._most = batch_commits
        self._limit = batch_commits
        self._standing: _Standing | None = None

    # -- what is new -----------------------------------------------------------------------------

    def turn(self) -> int:
        """Tell what is new, a batch at most; return how many commits were passed.

        0: the consumer has come to the end of what can be told now.

        Raises:
            Transient: Something is away, or another replica was faster. Take another turn later.
            Exception: A fault of ours in writing. Take another turn: it is told less and less,
                until the commit is found.
        """
        try:
            return self._turn(self._standing or self._loaded())
        except _Fault as fault:
            self._standing = None
            self._hold(fault)
            return 1  # it has moved: there is more to tell
        except BaseException:
            self._standing = None
            raise

    def _turn(self, standing: _Standing) -> int:
        batch, held = self.consumer.batch(), dict(standing.cursor.held)
        passed, told = 0, []
        for entry in standing.reading.entries(self._limit):
            passed += 1
            if not self._is_held(entry, held) and self._concerns(entry):
                told.append(entry)
        if not passed:
            self._standing = standing
            return 0
        self._tell(batch, told)
        moved = replace(standing.cursor, positions=standing.reading.told, held=held)
        self._standing = _Standing(self._saved(moved), standing.reading)
        self._limit = min(self._limit * 2, self._most)
        return passed

    def _loaded(self) -> _Standing:
        cursor = self.cursors.load(self.consumer.name)
        return _Standing(cursor, Reading(self.logs, cursor.positions, self._most))

    # -- telling ---------------------------------------------------------------------------------

    def _is_held(self, entry: Entry, held: dict[str, Held]) -> bool:
        """Say whether `entry` waits; what hangs on a held stream is held from here on, too."""
        own = held.get(entry.stream)
        if own is not None and entry.version >= own.version:
            return True
        cause = entry.cause if self.consumer.in_causal_order else None
        above = held.get(cause.stream) if cause is not None else None
        if cause is None or above is None or cause.version < above.version:
            return False
        if len(held) >= MOST_HELD:
            raise TooManyHeld(consumer=self.consumer.name, streams=len(held))
        why = f"waits for {cause.stream}"
        held[entry.stream] = Held(entry.version, why, datetime.now(UTC), hangs_on=cause.stream)
        return True

    def _concerns(self, entry: Entry) -> bool:
        return category_of(entry.stream) in self.consumer.follows

    def _tell(self, batch: Batch, told: Sequence[Entry]) -> None:
        """Tell commits, and let the batch write if that were any.

        A fault in writing is found by telling less and less.
        """
        if not told:
            return
        for entry in told:
            for show in (*self._observers, batch.expect):
                _guarded(entry, show)
        for entry in told:
            _guarded(entry, batch.handle)
        try:
            batch.flush()
        except Transient:
            raise
        except Exception as error:
            if len(told) == 1:
                raise _Fault(told[0], error) from error
            self._limit = max(1, len(told) // 2)
            raise

    def _saved(self, cursor: Cursor) -> Cursor:
        return self.cursors.save(self.consumer.name, cursor)

    # -- trouble ---------------------------------------------------------------------------------

    def _hold(self, fault: _Fault) -> None:
        """Write down that a stream waits. What was told of the batch is told again."""
        cursor = self.cursors.load(self.consumer.name)
        entry, known = fault.entry, cursor.held.get(fault.entry.stream)
        if known is not None and known.version <= entry.version:
            return  # another replica was faster
        if len(cursor.held) >= MOST_HELD:
            raise TooManyHeld(consumer=self.consumer.name, streams=len(cursor.held))
        found = held_after(entry.version, fault.error)
        self._report(entry.stream, found)
        self._saved(replace(cursor, held={**cursor.held, entry.stream: found}))

    def _report(self, stream: str, held: Held) -> None:
        what = "has parked" if held.parked else "tries again later"
        _log.error(
            "%s %s %s from version %d: %s",
            self.consumer.name, what, stream, held.version, held.reason,
        )  # fmt: skip

    def held(self) -> Mapping[str, Held]:
        """Return the streams that wait, as they are saved."""
        return self.cursors.load(self.consumer.name).held

    def retry_due(self, now: datetime) -> int:
        """Take up what is due at machine time `now`; return how many streams that were.

        Raises:
            Transient: Something is away, or the cursor moved meanwhile. Try again.
        """
        due = [
            stream
            for stream, held in self.held().items()
            if held.retry_at is not None and held.retry_at <= now
        ]
        for stream in due:
            self.replay(stream)
        return len(due)

    def replay(self, stream: str) -> None:
        """Take up a held stream and all that hangs on it, from where each was held.

        Raises:
            Transient: Something is away, or the cursor moved meanwhile. Try again.
        """
        self._standing = None
        cursor = self.cursors.load(self.consumer.name)
        if stream not in cursor.held:
            return
        group = {name: cursor.held[name] for name in hanging_on(stream, cursor.held)}
        held = {name: each for name, each in cursor.held.items() if name not in group}
        skipped = self._skipped(group, cursor.positions)
        ahead = set(group).difference(each.stream for each in skipped)
        held |= {name: group[name] for name in ahead if log_of(name) in self.logs}
        for entry in skipped:
            if not self._is_held(entry, held):
                self._tell_alone(entry, group[entry.stream], held)
        self._saved(replace(cursor, held=held))

    def _tell_alone(self, entry: Entry, was: Held, held: dict[str, Held]) -> None:
        """Tell one commit and let that be written; if it fails, its stream is held again."""
        if not self._concerns(entry):
            return
        try:
            self._tell(self.consumer.batch(), [entry])
        except _Fault as fault:
            same = entry.version == was.version and was.hangs_on is None
            found = held_after(entry.version, fault.error, was if same else None)
            self._report(entry.stream, found)
            held[entry.stream] = found

    def _skipped(self, group: Mapping[str, Held], positions: Mapping[str, int]) -> list[Entry]:
        """Return what the cursor has passed of the group, causes first.

        Of a stream that it hasn't come to, nothing; nor of one that is followed no more.
        """
        found = [
            entry
            for stream, held in group.items()
            if log_of(stream) in self.logs
            for entry in self._passed_of(stream, held.version, positions.get(log_of(stream), 0))
        ]
        return list(in_causal_order(found))

    def _passed_of(self, stream: str, version: int, upto: int) -> Iterator[Entry]:
        """Yield the commits of a stream from `version` on that stand before position `upto`."""
        log = self.logs[log_of(stream)]
        while True:
            try:
                for commit in log.read(stream, version - 1):
                    if commit.position is None or commit.position > upto:
                        return
                    yield Entry(log.name, commit.position, stream, version, commit, commit.cause)
                    version += 1
            except Corrupt as error:
                place = log.positions([(stream, version)]).get((stream, version), UNKNOWN)
                if place > upto:
                    return
                yield Entry(log.name, place, stream, version, error, self._cause_at(log, place))
                version += 1
            else:
                return

    def _cause_at(self, log: LogReader, position: int) -> Cause | None:
        """Return the cause of a commit that can't be read, as far as that can."""
        return next(each.cause for each in log.commits(position - 1, 1))


def _guarded(entry: Entry, tell: Callable[[Commit], None]) -> None:
    """Tell a commit; what goes wrong is that commit's fault, unless something is away.

    Raises:
        Transient: Something is away.
        _Fault: Everything else.
    """
    if isinstance(entry.read, Corrupt):
        raise _Fault(entry, entry.read)
    try:
        tell(entry.read)
    except StreamHeldUp as error:
        raise _Fault(entry, error) from error
    except Transient:
        raise
    except Exception as error:
        raise _Fault(entry, error) from error
