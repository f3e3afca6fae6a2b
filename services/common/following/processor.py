"""Brings one consumer forward through the logs, by position and in batches.

A turn reads what is new, in causal order, tells it to a batch of the consumer, lets that write,
and moves the cursor. However a turn ends but well, the next one starts from the saved cursor and
with a new batch: what is in memory is never believed after a failure.

What can't be handled holds its own stream, and what hangs on that by a cause; the cursor goes on.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from services.common.contracts.commit import Commit
from services.common.contracts.streams import category_of, logs_with
from services.common.errors import Transient
from services.common.eventlog.ports import LogReader
from services.common.following.batches import Consumer
from services.common.following.cursors import Cursor, Cursors, Held, TooManyHeld
from services.common.following.holding import hanging_on, held_now
from services.common.following.merging import Entry
from services.common.following.passed import is_read, passed
from services.common.following.reading import Reading
from services.common.following.telling import CommitFault, HeldUp, Telling
from services.common.following.whereabouts import Whereabouts

BATCH_COMMITS: Final = 500
MOST_HELD: Final = 10_000
#: How long a cursor may be unsaved when all is written: so much is told again at most.
UNSAVED_SECONDS: Final = 1.0


class Processor:
    """Tells one consumer every commit of the categories that it follows.

    One at a time: whoever has several threads lets only one of them call it.
    """

    def __init__(
        self,
        consumer: Consumer,
        *,
        logs: Mapping[str, LogReader],
        cursors: Cursors,
        observers: Sequence[Callable[[Commit], None]] = (),
        batch_commits: int = BATCH_COMMITS,
        patient: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Wire a consumer. Of `logs`, by service, it reads those that hold what it follows.

        `observers` are shown each commit before the consumer is told it (the chart, which has to
        know by which tables it was decided). `patient`: what was told is written as late as the
        consumer allows, and the cursor saved a little later; whoever turns it then comes back in
        time (`wait`).
        """
        self.consumer = consumer
        self.logs = {log: logs[log] for log in logs_with(consumer.follows)}
        self.cursors = cursors
        self._telling = Telling(consumer, observers)
        self._most = batch_commits
        self._limit = batch_commits
        self._patient = patient
        self._monotonic = monotonic
        self._standing: Whereabouts | None = None

    # -- what is new -----------------------------------------------------------------------------

    def turn(self) -> int:
        """Tell what is new, a batch at most; return how many commits were passed.

        0: the consumer has come to the end of what can be told now.

        Raises:
            Transient: Something is away, or another replica was faster. Take another turn later.
            Exception: A fault of ours in writing. Later turns tell less, until it is found.
        """
        try:
            return self._turn(self._standing or self._loaded())
        except CommitFault as fault:
            self._standing = None
            self._hold(fault)
            return 1  # it has moved: there is more to tell
        except BaseException:
            self._standing = None
            raise

    def _turn(self, standing: Whereabouts) -> int:
        passed, told = 0, []
        for entry in standing.reading.entries(self._limit - len(standing.told)):
            passed += 1
            if self._is_held(entry, standing.held):
                continue  # nor shown: what can't be shown would never be passed
            self._telling.show(entry)
            if self._concerns(entry):
                told.append(entry)
        if passed and standing.unsaved_since is None:
            standing.unsaved_since = self._monotonic()
        self._telling.tell(standing.batch, told)
        standing.told += told
        if standing.told and self._wait(standing) <= 0:
            self._write(standing)
        if not standing.told:
            standing.done = standing.reading.told
            if standing.unsaved_since is not None and self._wait(standing) <= 0:
                self._save(standing)
        self._standing = standing
        return passed

    def _wait(self, standing: Whereabouts) -> float:
        """Return for how many seconds what is unwritten, or else the cursor, may wait."""
        if not self._patient or len(standing.told) >= self._limit:
            return 0.0
        patience = self.consumer.patience_seconds if standing.told else UNSAVED_SECONDS
        return patience - (self._monotonic() - (standing.unsaved_since or 0.0))

    def _write(self, standing: Whereabouts) -> None:
        """Let the batch write; what was held up meanwhile is saved at once, for it is passed."""
        held_up = self._written(standing)
        standing.told = []
        self._limit = min(self._limit * 2, self._most)
        if held_up:
            self._refuse_one_more(standing.held)
            for stream, (version, error) in held_up.items():
                standing.held[stream] = held_now(self.consumer.name, stream, version, error)
            self._save(standing)

    def _save(self, standing: Whereabouts) -> None:
        """Move the cursor over what is written."""
        moved = replace(standing.cursor, positions=standing.reading.told, held=dict(standing.held))
        standing.cursor = self._saved(moved)
        standing.done, standing.unsaved_since = moved.positions, None

    def wait(self) -> float | None:
        """Return in how many seconds another turn is due, also if nothing comes; None: never."""
        standing = self._standing
        if standing is None or standing.unsaved_since is None:
            return None
        return max(0.0, self._wait(standing))

    def cursor(self) -> Cursor:
        """Return how far the consumer is, also if that isn't saved yet."""
        standing = self._standing
        if standing is None:
            return self.cursors.load(self.consumer.name)
        return replace(standing.cursor, positions=standing.done, held=dict(standing.held))

    def start_again(self) -> None:
        """Believe nothing that is in memory: the next turn starts from the saved cursor."""
        self._standing = None

    def is_overtaken_by(self, saved: Cursor) -> bool:
        """Say whether `saved` is newer than the cursor that is in memory."""
        return self._standing is not None and self._standing.cursor.revision < saved.revision

    def next_retry(self) -> datetime | None:
        """Return when the next held stream is to be taken up, as far as is in memory."""
        held = self._standing.held.values() if self._standing is not None else ()
        return min((each.retry_at for each in held if each.retry_at is not None), default=None)

    def _loaded(self) -> Whereabouts:
        cursor = self.cursors.load(self.consumer.name)
        reading = Reading(self.logs, cursor.positions, self._most)
        batch = self.consumer.batch()
        return Whereabouts(cursor, reading, batch, dict(cursor.held), cursor.positions)

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
        self._refuse_one_more(held)
        why = f"waits for {cause.stream}"
        held[entry.stream] = Held(entry.version, why, datetime.now(UTC), hangs_on=cause.stream)
        return True

    def _written(self, standing: Whereabouts) -> HeldUp:
        """Let the batch write; a fault in that is found by telling less."""
        if not standing.told:
            return {}
        try:
            return self._telling.written(standing.batch, standing.told)
        except (Transient, CommitFault):
            raise
        except Exception:
            self._limit = max(1, len(standing.told) // 2)
            raise

    def _concerns(self, entry: Entry) -> bool:
        return category_of(entry.stream) in self.consumer.follows

    def _saved(self, cursor: Cursor) -> Cursor:
        return self.cursors.save(self.consumer.name, cursor)

    # -- trouble ---------------------------------------------------------------------------------

    def _hold(self, fault: CommitFault) -> None:
        """Write down that a stream waits. What was told of the batch is told again."""
        cursor = self.cursors.load(self.consumer.name)
        entry, known = fault.entry, cursor.held.get(fault.entry.stream)
        if known is not None and known.version <= entry.version:
            return  # another replica was faster
        self._refuse_one_more(cursor.held)
        found = held_now(self.consumer.name, entry.stream, entry.version, fault.error)
        self.cursors.save(
            self.consumer.name, replace(cursor, held={**cursor.held, entry.stream: found})
        )

    def _refuse_one_more(self, held: Mapping[str, Held]) -> None:
        if len(held) >= MOST_HELD:
            raise TooManyHeld(consumer=self.consumer.name, streams=len(held))

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
        self.rest()  # thrown away instead, what is held ahead of the cursor would be due for ever
        self._standing = None
        cursor = self.cursors.load(self.consumer.name)
        if stream not in cursor.held:
            return
        group = {name: cursor.held[name] for name in hanging_on(stream, cursor.held)}
        held = {name: each for name, each in cursor.held.items() if name not in group}
        skipped = passed(group, cursor.positions, self.logs)
        ahead = set(group).difference(each.stream for each in skipped)
        held |= {name: group[name] for name in ahead if is_read(name, self.logs)}
        for entry in skipped:
            if not self._is_held(entry, held):
                self._tell_alone(entry, group[entry.stream], held)
        self._saved(replace(cursor, held=held))

    def rest(self) -> None:
        """Save what is unsaved: nothing more is coming just now. Raises as `turn` does."""
        standing, self._standing = self._standing, None
        if standing is not None and standing.unsaved_since is not None:
            try:
                self._write(standing)
                self._save(standing)
            except CommitFault as fault:
                self._hold(fault)
                return
        self._standing = standing

    def _tell_alone(self, entry: Entry, was: Held, held: dict[str, Held]) -> None:
        """Tell one commit and let that be written; if it fails, its stream is held again."""
        if not self._concerns(entry):
            return
        same = entry.version == was.version and was.hangs_on is None
        before = was if same else None
        try:
            self._telling.show(entry)
            batch = self.consumer.batch()
            self._telling.tell(batch, [entry])
            held_up = self._telling.written(batch, [entry])
        except CommitFault as fault:
            held[entry.stream] = held_now(
                self.consumer.name, entry.stream, entry.version, fault.error, before
            )
        else:
            for stream, (version, error) in held_up.items():
                held[stream] = held_now(self.consumer.name, stream, version, error, before)
