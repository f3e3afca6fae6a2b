"""The only publisher of events: positioned commits become messages, at least once, never lost.

How far a log is published is a position in it. Two relays may race, and a position may be saved
late: a subscriber may get an event twice, under one id.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from services.common.contracts.commit import Commit
from services.common.contracts.doorbell import advanced
from services.common.contracts.envelope import CONTENT_TYPE, messages_of
from services.common.eventlog.ports import LogReader, Outbox, Unreadable
from services.common.messaging.doorbells import letter_of
from services.common.messaging.publisher import Fate, Letter, Publisher
from services.common.messaging.topology import events_exchange
from services.common.work.wake import Wake

#: Letters whose confirms are awaited together; more gains little and risks the time-out.
BATCH_LETTERS: Final = 100
WINDOW_COMMITS: Final = 500
#: How often it looks for commits of which nobody told it.
IDLE_SECONDS: Final = 5.0

_log = logging.getLogger(__name__)


class Relay:
    """Publishes the outbox of one log: a doorbell for the services, the events for who binds them.

    Whoever lets a queue of his run full misses what it refuses, and holds up nobody.
    """

    name: Final = "relay"

    def __init__(
        self, outbox: Outbox, log: LogReader, publisher: Publisher,
        refused: Callable[[int], None] = lambda _count: None,
    ) -> None:  # fmt: skip
        """Wire a log; `refused(count)` is told of messages that a full queue has not taken."""
        self._wake = Wake()
        self.wake: Wake | None = self._wake
        self._outbox = outbox
        self._log = log
        self._publisher = publisher
        self._refused = refused
        self._exchange = events_exchange(outbox.name)
        self._saved = True

    def ring(self) -> None:
        """Hear that there is more to publish."""
        self._wake.ring()

    def turn(self) -> float:
        """Publish one window; return the seconds to pause.

        Raises:
            Transient: Broker or database are away; what was published stays so.
        """
        after = self._outbox.published()
        found = self._log.commits(after, WINDOW_COMMITS)
        if not found:
            return self._rest()
        if any(isinstance(each, Unreadable) for each in found):  # a newer release wrote it
            commits = self._outbox.as_written(after, len(found))
        else:
            commits = [each for each in found if isinstance(each, Commit)]
        self._saved = False
        self._publish_all(commits, after + len(found))
        return 0.0

    def _rest(self) -> float:
        """Write how far it is: under load the turns of the sequencer do."""
        if self._saved:
            return IDLE_SECONDS
        self._outbox.save_published()
        self._saved = True
        return IDLE_SECONDS

    def _publish_all(self, commits: Sequence[Commit], head: int) -> None:
        first = [letter_of(advanced(self._outbox.name, head))]
        for batch, letters in self._batches(commits):
            self._publish([*first, *letters])
            self._outbox.publish_to(batch[-1].position or 0)
            first = []
        self._outbox.publish_to(head)

    def _batches(self, commits: Sequence[Commit]) -> Iterator[tuple[list[Commit], list[Letter]]]:
        """Yield commits in position order with their letters, about `BATCH_LETTERS` at a time."""
        batch: list[Commit] = []
        letters: list[Letter] = []
        for commit in commits:
            batch.append(commit)
            letters += self._letters(commit)
            if len(letters) >= BATCH_LETTERS:
                yield batch, letters
                batch, letters = [], []
        if batch:
            yield batch, letters

    def _publish(self, letters: list[Letter]) -> None:
        """Publish one batch."""
        refused = self._publisher.publish(letters).count(Fate.REFUSED)
        if refused:
            _log.warning("%d messages of %s met a full queue", refused, self._exchange)
            self._refused(refused)

    def _letters(self, commit: Commit) -> Iterator[Letter]:
        for message in messages_of(commit, self._outbox.name):
            yield Letter(
                exchange=self._exchange,
                routing_key=message.routing_key,
                message_id=message.id,
                body=message.body.encode(),
                content_type=CONTENT_TYPE,
                mandatory=False,
            )
