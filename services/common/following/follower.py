"""The one follower. A doorbell, a gap, the sweeper, an unparked stream, a rebuild and the look
before a clock fires all end in `catch_up`.

Causal order: before a commit that has a cause is handled, the consumer's own following of that
cause is caught up. Causes are older than effects, so this ends; and nothing is met before it is
armed. A message's body is never used: it may be late, doubled or lost.
"""

import logging
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from services.common.contracts.commit import Cause, Commit
from services.common.contracts.streams import LOG_OF_CATEGORY, category_of, log_of, logs_with
from services.common.errors import Corrupt, Transient
from services.common.eventlog.charts import LiveChart
from services.common.eventlog.ports import LogReader, SourceBehind, Stamp
from services.common.following.ports import CauseFailed, Checkpoints, Followed, Parked, StreamParked

RETRY_TIERS: Final = tuple(timedelta(seconds=each) for each in (1, 2, 5, 15, 60))
UNEXPECTED_ATTEMPTS: Final = len(RETRY_TIERS)
SWEEP_WINDOW: Final = 2000
#: Streams whose last handled version is remembered, beside the checkpoints.
REMEMBERED: Final = 5000

_log = logging.getLogger(__name__)


class Consumer(Protocol):
    """Something that is told every commit of the streams it follows, at least once.

    `follows`: categories of streams. Others of the same logs are read only where a cause leads
    through them, and it hears nothing of those; other logs are not read at all.

    In causal order, or with `in_causal_order = False` each stream by itself: what one stream
    can't do then holds up no other (the caller of departments, one of whose queues is full).

    `handle` is idempotent by its target: the cause cursor of a reaction's target, the `seen` of a
    document, the message id of a call.
    """

    name: str
    follows: frozenset[str]
    in_causal_order: bool

    def handle(self, commit: Commit) -> None:
        """Do what follows from `commit`."""
        ...


def is_for(stream: str, follows: Collection[str]) -> bool:
    """Say whether who `follows` these categories has to hear of `stream`.

    Of the registry everybody has who reads dispatch's log: it brings the chart up to date.
    """
    category = category_of(stream)
    return category in follows or category == "registry"


def not_handled(
    stamps: Iterable[Stamp], follows: Collection[str], checkpoints: Checkpoints
) -> list[Stamp]:
    """Return those of `stamps` that a consumer has to hear of and has not handled."""
    awaited = [each for each in stamps if is_for(each.stream, follows)]
    followed = checkpoints.of({each.stream for each in awaited})
    return [each for each in awaited if followed[each.stream].version < each.version]


class Follower:
    """Brings one consumer forward through the streams it follows."""

    def __init__(
        self,
        consumer: Consumer,
        *,
        logs: Mapping[str, LogReader],
        checkpoints: Checkpoints,
        chart: LiveChart,
    ) -> None:
        """Wire a consumer. Of `logs`, by service, it reads those that hold what it follows."""
        self.consumer = consumer
        self.logs = {log: logs[log] for log in logs_with(consumer.follows)}
        self.checkpoints = checkpoints
        self._chart = chart
        self._heads: dict[str, int] = {}
        self._handled: OrderedDict[str, int] = OrderedDict()

    def concerned_by(self, stream: str) -> bool:
        """Say whether this consumer has to hear of `stream`."""
        return is_for(stream, self.consumer.follows) and log_of(stream) in self.logs

    def has_handled(self, stream: str, version: int) -> bool:
        """Say whether this process has itself handled that commit of late: asks nobody.

        A checkpoint may lose its tail with the database's primary, this memory doesn't. It spares
        a doorbell or a cause the question; sweeps always look at what is kept.
        """
        return self._handled.get(stream, 0) >= version

    # -- the algorithm ---------------------------------------------------------------------------

    def catch_up(self, stream: str, upto: int | None = None) -> None:
        """Handle every commit of `stream` after the checkpoint, up to `upto` or its end.

        A stream of a log that this consumer doesn't follow is no concern of it, nor is one of a
        category that only a newer release knows.

        Raises:
            StreamParked: The stream, or one that it hangs on, is parked.
            SourceBehind: `upto` is not readable yet.
            Transient: Something is away; what was handled stays handled.
        """
        log = self.logs.get(LOG_OF_CATEGORY.get(category_of(stream), ""))
        if log is None:
            return
        followed = self._of(stream)
        if followed.parked is not None:
            raise StreamParked(stream=stream, reason=followed.parked.reason)
        if upto is not None and followed.version >= upto:
            return
        reached = self._handle_all(log, stream, followed.version, upto)
        if upto is not None and reached < upto:
            raise SourceBehind(stream=stream, reached=reached, wanted=upto)

    def _handle_all(self, log: LogReader, stream: str, after: int, upto: int | None) -> int:
        reached = after
        try:
            for commit in log.read(stream, after, upto):
                self._handle(commit)
                reached = commit.version
                self.checkpoints.move(stream, reached)
                self._remember(stream, reached)
        except Corrupt as error:
            self._park(stream, reached + 1, error)
            raise StreamParked(stream=stream, reason=_reason(error)) from error
        return reached

    def _handle(self, commit: Commit) -> None:
        self._chart.observe(commit)
        cause = commit.cause if self.consumer.in_causal_order else None
        if cause is not None and not self.has_handled(cause.stream, cause.version):
            self._catch_up_cause(cause)
        if category_of(commit.stream) in self.consumer.follows:
            self.consumer.handle(commit)

    def _catch_up_cause(self, cause: Cause) -> None:
        """Catch up a cause; a fault of ours in it is written down there, not at its effect.

        So the cause is what is parked in the end, its effect hangs on it, and replaying the cause
        brings both along.
        """
        try:
            self.catch_up(cause.stream, cause.version)
        except (Transient, Corrupt):
            raise
        except Exception as error:
            self._unexpected(cause.stream, error)
            raise CauseFailed(stream=cause.stream, why=_reason(error)) from error

    def _remember(self, stream: str, version: int) -> None:
        self._handled[stream] = max(version, self._handled.pop(stream, 0))
        if len(self._handled) > REMEMBERED:
            self._handled.popitem(last=False)

    # -- the callers -----------------------------------------------------------------------------

    def ring(self, stream: str, version: int | None = None) -> None:
        """Answer a doorbell: catch up, and write down what did not work. Raises only if it can't.

        Raises:
            Transient: Not even the retry row could be written: keep the message.
        """
        try:
            self.catch_up(stream, version)
        except StreamParked:
            self.checkpoints.rung(stream)
        except Transient as error:
            self._retry(stream, error)
        except Exception as error:  # noqa: BLE001  a fault of ours must not stop other streams
            self._unexpected(stream, error)

    def sweep(self, log: str) -> int:
        """Catch up what doorbells missed in `log`; return how many streams were behind.

        It looks up to the head of one turn ago: what is newer is still on its way.
        """
        seen = self._heads.get(log)
        self._heads[log] = self.logs[log].head()
        behind = 0
        while seen is not None:
            stamps = self.logs[log].stamps(self.checkpoints.swept(log), SWEEP_WINDOW)
            known = [each for each in stamps if each.position <= seen]
            if not known:
                break
            behind += self._ring_those_behind(self._latest(known))
            self.checkpoints.sweep_to(log, known[-1].position)
        return behind

    def _latest(self, stamps: Iterable[Stamp]) -> Mapping[str, int]:
        """Return the last version of each stream that concerns this consumer."""
        return {each.stream: each.version for each in stamps if self.concerned_by(each.stream)}

    def _ring_those_behind(self, latest: Mapping[str, int]) -> int:
        followed = self.checkpoints.of(latest)
        behind = [
            stream
            for stream, version in latest.items()
            if followed[stream].version < version and followed[stream].parked is None
        ]
        for stream in behind:
            self.ring(stream, latest[stream])
        return len(behind)

    def retry_due(self, now: datetime, limit: int = 100) -> int:
        """Try again what is due at machine time `now`; return how many streams.

        A row whose stream needs nothing more is forgotten: somebody else was faster, or the
        version that a doorbell named never came.
        """
        streams = self.checkpoints.due_retries(now, limit)
        for stream in streams:
            self.ring(stream)
            self.checkpoints.retried(stream, now)
        return len(streams)

    def replay(self, stream: str) -> None:
        """Unpark `stream` and all that hang on it, and catch them up."""
        for each in self.checkpoints.unpark(stream):
            self.ring(each)

    def behind(self, log: str) -> int:
        """Return how many commits of `log` are stamped but not handled (counts one window)."""
        stamps = self.logs[log].stamps(self.checkpoints.swept(log), SWEEP_WINDOW)
        return len(not_handled(stamps, self.consumer.follows, self.checkpoints))

    # -- trouble ---------------------------------------------------------------------------------

    def _of(self, stream: str) -> Followed:
        return self.checkpoints.of([stream])[stream]

    def _park(self, stream: str, version: int, error: Corrupt) -> None:
        hangs_on = str(error.facts["stream"]) if isinstance(error, StreamParked) else None
        self._put_aside(Parked(stream, version, _reason(error), datetime.now(UTC), hangs_on))
        if hangs_on is not None and self._of(hangs_on).parked is None:
            # replayed while we looked: nobody else would ever unpark this one
            self.checkpoints.unpark(stream)
            self._retry(stream, error)

    def _put_aside(self, parked: Parked) -> None:
        self.checkpoints.park(parked)
        where = f"{parked.stream} at version {parked.version}"
        _log.error("%s has parked %s: %s", self.consumer.name, where, parked.reason)

    def _retry(self, stream: str, error: Exception, *, fault: bool = False) -> None:
        attempts = self._of(stream).attempts
        wait = RETRY_TIERS[min(attempts, len(RETRY_TIERS) - 1)]
        self.checkpoints.retry_at(stream, datetime.now(UTC) + wait, _reason(error), fault=fault)
        name, seconds = self.consumer.name, wait.total_seconds()
        _log.warning("%s tries %s again in %.0f s: %s", name, stream, seconds, _reason(error))

    def _unexpected(self, stream: str, error: Exception) -> None:
        _log.error("%s failed at %s", self.consumer.name, stream, exc_info=error)
        followed = self._of(stream)
        if followed.faults < UNEXPECTED_ATTEMPTS:
            self._retry(stream, error, fault=True)
            return
        reason = _reason(error)
        self._put_aside(Parked(stream, followed.version + 1, reason, datetime.now(UTC)))


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
