"""The only publisher of events: positioned commits become messages, at least once, never lost.

The set of pending commits is the outbox; there is nothing else to forget. Two relays may race: a
subscriber may get an event twice, under one id.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from services.common.contracts.commit import Commit
from services.common.contracts.doorbell import advanced
from services.common.contracts.envelope import CONTENT_TYPE, messages_of
from services.common.eventlog.ports import Outbox
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
        self, outbox: Outbox, publisher: Publisher,
        refused: Callable[[int], None] = lambda _count: None,
    ) -> None:  # fmt: skip
        """Wire a log; `refused(count)` is told of messages that a full queue has not taken."""
        self.wake: Wake | None = Wake()
        self._outbox = outbox
        self._publisher = publisher
        self._refused = refused
        self._exchange = events_exchange(outbox.name)

    def turn(self) -> float:
        """Publish and clear one window; return the seconds to pause.

        Raises:
            Transient: Broker or database are away; what was cleared stays cleared.
        """
        commits = self._outbox.unpublished(WINDOW_COMMITS)
        if not commits:
            return IDLE_SECONDS
        first = [letter_of(advanced(self._outbox.name, commits[-1].position or 0))]
        for batch, letters in self._batches(commits):
            self._publish(batch, [*first, *letters])
            first = []
        return 0.0

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

    def _publish(self, batch: list[Commit], letters: list[Letter]) -> None:
        """Publish one batch and clear it."""
        refused = self._publisher.publish(letters).count(Fate.REFUSED)
        if refused:
            _log.warning("%d messages of %s met a full queue", refused, self._exchange)
            self._refused(refused)
        self._outbox.clear(batch)

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
