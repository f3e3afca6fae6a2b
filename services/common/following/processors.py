"""The processors of one service, and the tasks that turn them while this replica leads."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from services.common.contracts.commit import Commit
from services.common.eventlog.ports import LogReader
from services.common.following.batches import Consumer
from services.common.following.bell import Bell
from services.common.following.cursors import Cursors
from services.common.following.processor import Processor
from services.common.work.lease import Lease
from services.common.work.tasks import WITHOUT_LEASE_SECONDS, Gathering, Task
from services.common.work.wake import Wake

#: How long a processor that has come to the end waits for a ring at most.
LONGEST_PAUSE_SECONDS: Final = 60.0
#: How often cursors are looked at that somebody else may have moved (`dead replay`).
WATCH_SECONDS: Final = 6.0
#: A processor that has come to the end writes and saves at once, but not more often than so.
RESTED_SECONDS: Final = 0.5
#: When busy, how long a processor lets commits gather between two turns, and one whose consumer
#: is written behind: a turn costs about as much whatever it brings.
GATHERED_SECONDS: Final = 0.005
GATHERED_BEHIND_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Processors:
    """One processor for each consumer of a service."""

    each: tuple[Processor, ...]
    cursors: Cursors

    def named(self, consumer: str) -> Processor:
        """Return the processor of one consumer.

        Raises:
            KeyError: This service has no such consumer.
        """
        return {each.consumer.name: each for each in self.each}[consumer]

    def __iter__(self) -> Iterator[Processor]:
        """Iterate over the processors."""
        return iter(self.each)


def processors_of(
    consumers: Iterable[Consumer],
    *,
    logs: Mapping[str, LogReader],
    cursors: Cursors,
    observers: Iterable[Callable[[Commit], None]] = (),
    patient: bool = False,
) -> Processors:
    """Return a processor for each of `consumers`; `patient`: see `Processor`."""
    shown = tuple(observers)
    found = (
        Processor(each, logs=logs, cursors=cursors, observers=shown, patient=patient)
        for each in consumers
    )
    return Processors(tuple(found), cursors)


def following(processors: Processors, bell: Bell, lease: Lease) -> Iterator[Task]:
    """Yield the tasks that keep every consumer at the end of its logs, while `lease` is ours."""
    found = [Following(each, bell.wake_for(each.logs), lease) for each in processors]
    yield from (Gathering(each, _gathered(each.processor.consumer)) for each in found)
    yield CursorWatch(processors.cursors, found, lease)


def _gathered(consumer: Consumer) -> float:
    return GATHERED_BEHIND_SECONDS if consumer.patience_seconds else GATHERED_SECONDS


class Following:
    """Turns one processor: at once while there is more, else when it is rung or a retry is due."""

    def __init__(
        self,
        processor: Processor,
        wake: Wake,
        lease: Lease,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Turn `processor` while `lease` is ours."""
        self.processor = processor
        self.wake: Wake | None = wake
        self._wake = wake
        self._lease = lease
        self._monotonic = monotonic
        self._rest_at = 0.0

    @property
    def name(self) -> str:
        """Whose commits are told."""
        return f"following for {self.processor.consumer.name}"

    def turn(self) -> float:
        """Take up what is due, then tell what is new.

        Raises:
            Transient: Something is away, or another replica was faster.
        """
        if not self._lease.hold():
            self.processor.start_again()  # the cursor is another's to move
            return WITHOUT_LEASE_SECONDS
        due = self.processor.next_retry()
        if due is not None and due <= datetime.now(UTC):
            self.processor.retry_due(datetime.now(UTC))
        if self.processor.turn():
            return 0.0
        early = self._rest_at - self._monotonic()
        if early <= 0 and self.processor.wait() is not None:
            self.processor.rest()
            self._rest_at = self._monotonic() + RESTED_SECONDS
            early = 0.0
        return self._pause(early)

    def _pause(self, early: float) -> float:
        """Return how long nothing has to be done unless it is rung; it may rest in `early`."""
        waits = [LONGEST_PAUSE_SECONDS]
        due, unsaved = self.processor.next_retry(), self.processor.wait()
        if due is not None:
            waits.append((due - datetime.now(UTC)).total_seconds())
        if unsaved is not None:
            waits.append(min(unsaved, early))
        return max(0.0, min(waits))

    def end(self) -> None:
        """Save what is unsaved, so that the next one need not tell it again.

        Raises:
            Transient: Something is away, or the next one has begun.
        """
        if self.processor.wait() is not None:
            self.processor.rest()

    def look_again(self) -> None:
        """Start from the saved cursor: somebody has changed it."""
        self.processor.start_again()
        self._wake.ring()


class CursorWatch:
    """Notices what others have written into cursors: an operator who lets a stream go on."""

    name: Final = "cursors"
    wake: Wake | None = None

    def __init__(self, cursors: Cursors, followings: Iterable[Following], lease: Lease) -> None:
        """Watch the cursors of `followings`."""
        self._cursors = cursors
        self._followings = tuple(followings)
        self._lease = lease

    def turn(self) -> float:
        """Look once."""
        if self._lease.hold():
            saved = self._cursors.load_all()
            for each in self._followings:
                found = saved.get(each.processor.consumer.name)
                if found is not None and each.processor.is_overtaken_by(found):
                    each.look_again()
        return WATCH_SECONDS
